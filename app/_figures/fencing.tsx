"use client";

/** A node falls silent: on two lines of time, where its guest runs, with and without a fence. */
import { useState } from "react";
import {
  type FencingRun,
  fencingInWords,
  HORIZON_S,
  type Method,
  runFencing,
  type Silence,
} from "../../models/fencing.ts";
import { Choices, FigureFrame } from "./figure-frame.tsx";
import { linearScale } from "./scale.ts";

export function Fencing() {
  const [silence, setSilence] = useState<Silence>("cut");
  const [method, setMethod] = useState<Method>("none");
  const run = runFencing(silence, method);
  return (
    <FigureFrame
      title="Node 1 is silent. Where does its guest run?"
      drawing={<Drawing run={run} />}
      verdict={run.twice ? { word: "Twice!", tone: "bad" } : { word: "Never twice.", tone: "good" }}
      sentence={fencingInWords(run)}
      controls={
        <>
          <Choices
            label="What really happened to node 1"
            value={silence}
            options={[
              ["dead", "it lost its power"],
              ["cut", "its network is cut"],
              ["slow", "it is too busy to answer for 30 s"],
            ]}
            onChange={setSilence}
          />
          <Choices
            label="Before the guest starts on node 2"
            value={method}
            options={[
              ["none", "nothing"],
              ["watchdog", "watchdog, as in Proxmox VE"],
              ["power-switch", "power switch"],
            ]}
            onChange={setMethod}
          />
          <ol className="!mt-3 !list-none !pl-0">
            {run.events.map(({ atS, who, what }) => (
              <li key={`${atS} ${what}`} className="grid grid-cols-[3.5rem_1fr] gap-x-3">
                <span className="text-right font-mono text-small text-quiet">{atS} s</span>
                <span>
                  {who} {what}
                </span>
              </li>
            ))}
          </ol>
        </>
      }
      caption="The times of the watchdog were recorded on a real cluster of three nodes. The others are assumptions: a standby that waits for 10 s, a switch that needs 5 s. Node 2 cannot know which of the three it was: from its side they all look the same."
    />
  );
}

function Drawing({ run }: { run: FencingRun }) {
  const x = linearScale([-10, HORIZON_S], [62, 338]);
  const first = run.spans.find(({ node }) => node === 1);
  const second = run.spans.find(({ node }) => node === 2);
  const bothFrom = run.twice ? (second?.fromS ?? 0) : undefined;
  return (
    <svg viewBox="0 0 352 146" className="my-3 w-full max-w-md" aria-hidden="true" fill="none">
      {bothFrom !== undefined && (
        <rect
          x={x(bothFrom)}
          y="6"
          width={x(HORIZON_S) - x(bothFrom)}
          height="104"
          fill="var(--raised)"
          stroke="var(--notyet)"
          strokeDasharray="5 5"
        />
      )}
      {[first, second].map((span, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two fixed rows
        <g key={row} transform={`translate(0 ${18 + row * 46})`}>
          <text x="0" y="22" fontSize="13" fontFamily="var(--font-mono)" fill="var(--ink)">
            node {row + 1}
          </text>
          <path d={`M${x(-10)} 17H${x(HORIZON_S)}`} stroke="var(--rule)" />
          {span && (
            <rect
              x={x(span.fromS)}
              y="6"
              width={Math.max(0, x(span.toS ?? HORIZON_S) - x(span.fromS))}
              height="22"
              fill={row === 0 ? "var(--edge)" : "var(--accent)"}
            />
          )}
        </g>
      ))}
      <path d={`M${x(0)} 4V118`} stroke="var(--ink)" strokeDasharray="2 3" />
      {x.ticks(5).map((tick) => (
        <text key={tick} x={x(tick)} y="138" textAnchor="middle" fontSize="12" fill="var(--quiet)">
          {tick} s
        </text>
      ))}
    </svg>
  );
}
