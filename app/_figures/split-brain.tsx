"use client";

/** A machine and its standby, two groups of users, a cable to cut: what is recorded where, and what a merge loses. */
import { useReducer, useState } from "react";
import {
  actSplitBrain,
  beginSplitBrain,
  mustMerge,
  onlyOn,
  possibleActions,
  type SideName,
  type SplitBrainAction,
  type SplitBrain as State,
  splitBrainInWords,
} from "../../models/split-brain.ts";
import { Choices, FigureFrame } from "./figure-frame.tsx";

/** Shown before anybody touches it, and on paper: the cut has happened, and both sides took orders. */
const story: SplitBrainAction[] = [
  { do: "write", from: "left" },
  { do: "write", from: "right" },
];

export function SplitBrain() {
  const [fencing, setFencing] = useState(false);
  const [state, act] = useReducer(
    (now: State, action: SplitBrainAction | { do: "reset"; fencing: boolean }) =>
      action.do === "reset" ? begin(action.fencing) : actSplitBrain(now, action),
    begin(false),
  );
  const possible = possibleActions(state);
  const can = (name: SplitBrainAction["do"]) => possible.includes(name);
  const bad = state.running.left && state.running.right;
  return (
    <FigureFrame
      title="A shop with a standby machine"
      drawing={<Drawing state={state} />}
      {...(bad && { verdict: { word: "Split brain!", tone: "bad" as const } })}
      {...(state.lost.length > 0 && { verdict: { word: "Data is lost.", tone: "bad" as const } })}
      sentence={splitBrainInWords(state)}
      controls={
        <>
          <Choices
            label="Before the standby starts"
            value={fencing ? "fence" : "none"}
            options={[
              ["none", "nothing is checked"],
              ["fence", "a power switch turns the other machine off"],
            ]}
            onChange={(value) => {
              setFencing(value === "fence");
              act({ do: "reset", fencing: value === "fence" });
            }}
          />
          <div className="mt-3 flex flex-wrap gap-2">
            <button type="button" className="button" onClick={() => act({ do: "write", from: "left" })}>
              Users on the left order
            </button>
            <button type="button" className="button" onClick={() => act({ do: "write", from: "right" })}>
              Users on the right order
            </button>
            <button type="button" className="button" disabled={!can("cut")} onClick={() => act({ do: "cut" })}>
              Cut the cable
            </button>
            <button
              type="button"
              className="button"
              disabled={!can("start-standby")}
              onClick={() => act({ do: "start-standby" })}
            >
              The standby takes over
            </button>
            <button type="button" className="button" disabled={!can("heal")} onClick={() => act({ do: "heal" })}>
              Put the cable back
            </button>
            <button
              type="button"
              className="button"
              disabled={!can("keep")}
              onClick={() => act({ do: "keep", side: "left" })}
            >
              Keep the left data
            </button>
            <button
              type="button"
              className="button"
              disabled={!can("keep")}
              onClick={() => act({ do: "keep", side: "right" })}
            >
              Keep the right data
            </button>
          </div>
        </>
      }
      caption="Each box is an order that was confirmed to a customer. A thick box exists on one side only. Users of a side reach the machine on their side; while the cable is in, all reach the one that runs."
      onReset={() => act({ do: "reset", fencing })}
    />
  );
}

function begin(fencing: boolean): State {
  return story.reduce(actSplitBrain, beginSplitBrain(fencing));
}

/** As wide as a phone: nothing of it has to be scrolled into sight. */
function Drawing({ state }: { state: State }) {
  const told = [
    { word: "lost", orders: state.lost, weight: 600, colour: "var(--notyet)" },
    { word: "refused", orders: state.refused, weight: 400, colour: "var(--quiet)" },
  ].filter(({ orders }) => orders.length > 0);
  return (
    <svg
      viewBox={`0 0 352 ${190 + told.length * 20}`}
      className="my-3 w-full max-w-md"
      aria-hidden="true"
      fill="none"
      fontSize="13"
    >
      <path
        d="M152 54H200"
        stroke={state.cut ? "var(--notyet)" : "var(--edge)"}
        strokeWidth="2"
        strokeDasharray={state.cut ? "4 5" : undefined}
      />
      {state.cut && <path d="M167 40 185 68M185 40 167 68" stroke="var(--notyet)" strokeWidth="2" />}
      <Machine state={state} side="left" x={2} />
      <Machine state={state} side="right" x={200} />
      {told.map(({ word, orders, weight, colour }, at) => (
        <text key={word} x="176" y={196 + at * 20} textAnchor="middle" fontWeight={weight} fill={colour}>
          {word}: {shortened(orders.map(({ id }) => id))}
        </text>
      ))}
    </svg>
  );
}

/** As many orders as fit into a machine; older ones are counted. */
const SHOWN = 12;
const IN_A_ROW = 4;

function shortened(ids: number[]): string {
  return ids.length > SHOWN ? `${ids.slice(0, SHOWN).join(", ")}, …` : ids.join(", ");
}

function Machine({ state, side, x }: { state: State; side: SideName; x: number }) {
  const runs = state.running[side];
  const own = new Set(onlyOn(state, side).map(({ id }) => id));
  const orders = state.data[side].slice(-SHOWN);
  const older = state.data[side].length - orders.length;
  const word = state.off[side] ? "switched off" : runs ? "runs" : mustMerge(state) ? "waits" : "standby";
  return (
    <g transform={`translate(${x} 8)`}>
      <rect
        width="150"
        height="166"
        rx="3"
        fill={state.off[side] ? "none" : "var(--raised)"}
        stroke={runs ? "var(--accent)" : "var(--edge)"}
        strokeWidth={runs ? 2 : 1}
        strokeDasharray={state.off[side] ? "2 4" : undefined}
      />
      <text x="12" y="22" fontWeight="600" fill="var(--ink)">
        {side === "left" ? "machine" : "its copy"}
      </text>
      <text x="138" y="22" textAnchor="end" fill={runs ? "var(--accent)" : "var(--quiet)"}>
        {word}
      </text>
      {orders.map(({ id, from }, at) => (
        <g key={id} transform={`translate(${12 + (at % IN_A_ROW) * 33} ${36 + Math.floor(at / IN_A_ROW) * 34})`}>
          <rect
            width="27"
            height="24"
            fill={from === "left" ? "var(--paper)" : "var(--rule)"}
            stroke={own.has(id) ? "var(--notyet)" : "var(--edge)"}
            strokeWidth={own.has(id) ? 2.5 : 1}
          />
          <text x="13.5" y="17" textAnchor="middle" fontFamily="var(--font-mono)" fill="var(--ink)">
            {id}
          </text>
        </g>
      ))}
      {older > 0 && (
        <text x="12" y="154" fontSize="12" fill="var(--quiet)">
          and {older} older
        </text>
      )}
    </g>
  );
}
