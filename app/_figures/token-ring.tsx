"use client";

/** The ring of corosync: who has the token, how long a silence is tolerated, and what delay and loss do to it. */
import { useState } from "react";
import { judgeRing, type RingChoice, ringInWords } from "../../models/token-ring.ts";
import { Choices, FigureFrame, Slider } from "./figure-frame.tsx";

const beginning: RingChoice = { nodes: 3, latencyMs: 1, lossPercent: 0, links: 1 };

export function TokenRing() {
  const [choice, setChoice] = useState(beginning);
  const [holder, setHolder] = useState(0);
  const answer = judgeRing(choice);
  const change = (part: Partial<RingChoice>) => setChoice((now) => ({ ...now, ...part }));
  const bad = answer.latency === "breaks" || answer.cutOffsPerHour > 60;
  return (
    <FigureFrame
      title="The token goes round"
      drawing={<Drawing choice={choice} holder={holder % choice.nodes} answer={answer} />}
      verdict={bad ? { word: "The membership suffers.", tone: "bad" } : { word: "It holds.", tone: "good" }}
      sentence={ringInWords(choice, answer)}
      controls={
        <>
          <div className="flex flex-wrap gap-2">
            <button type="button" className="button" onClick={() => setHolder((now) => (now + 1) % choice.nodes)}>
              Pass the token on
            </button>
          </div>
          <div className="mt-2">
            <Slider
              label="Nodes in the configuration"
              {...{ value: choice.nodes, min: 2, max: 9, shown: String(choice.nodes) }}
              onChange={(nodes) => change({ nodes })}
            />
            <Slider
              label="Delay, one way"
              {...{ value: choice.latencyMs, min: 0, max: 1200, step: 5, shown: `${choice.latencyMs} ms` }}
              onChange={(latencyMs) => change({ latencyMs })}
            />
            <Slider
              label="Lost packets"
              {...{ value: choice.lossPercent, min: 0, max: 20, step: 0.5, shown: `${choice.lossPercent} %` }}
              onChange={(lossPercent) => change({ lossPercent })}
            />
            <Choices
              label="Networks"
              value={choice.links === 1 ? "one" : "two"}
              options={[
                ["one", "one"],
                ["two", "two, independent"],
              ]}
              onChange={(value) => change({ links: value === "one" ? 1 : 2 })}
            />
          </div>
        </>
      }
      caption="Timers as Proxmox VE sets them, checked against recordings of 2 to 7 nodes. How often a heartbeat is lost is an estimate from the rate of heartbeats; in a real network losses come in bursts. Delay alone hardly touches the membership, but every change of /etc/pve must go round the ring: there you feel it first."
      onReset={() => {
        setChoice(beginning);
        setHolder(0);
      }}
    />
  );
}

function Drawing({
  choice,
  holder,
  answer,
}: {
  choice: RingChoice;
  holder: number;
  answer: ReturnType<typeof judgeRing>;
}) {
  const places = Array.from({ length: choice.nodes }, (_, at) => {
    const angle = (at / choice.nodes) * 2 * Math.PI - Math.PI / 2;
    return { x: 150 + Math.cos(angle) * 100, y: 128 + Math.sin(angle) * 96 };
  });
  const share = Math.min(1, answer.roundMs / answer.tokenMs);
  return (
    <svg viewBox="0 0 640 262" className="my-3 w-full" aria-hidden="true" fill="none">
      <ellipse
        cx="150"
        cy="128"
        rx="100"
        ry="96"
        stroke="var(--edge)"
        strokeDasharray={choice.lossPercent > 0 ? "6 5" : undefined}
      />
      {choice.links === 2 && <ellipse cx="150" cy="128" rx="92" ry="88" stroke="var(--edge)" />}
      {places.map(({ x, y }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: nodes never move
        <g key={at} transform={`translate(${x} ${y})`}>
          <rect
            x="-28"
            y="-15"
            width="56"
            height="30"
            rx="3"
            fill="var(--paper)"
            stroke="var(--ink)"
            strokeWidth={at === holder ? 2 : 1}
          />
          <text y="5" textAnchor="middle" fontSize="13" fontFamily="var(--font-mono)" fill="var(--ink)">
            pve{at + 1}
          </text>
          {at === holder && (
            <circle cx="28" cy="-15" r="8" fill="var(--accent)" stroke="var(--paper)" strokeWidth="2" />
          )}
        </g>
      ))}
      <g transform="translate(320 44)" fontSize="14" fill="var(--ink)">
        <text y="0">token waited for</text>
        <text x="296" textAnchor="end" fontFamily="var(--font-mono)">
          {answer.tokenMs} ms
        </text>
        <text y="26">then consensus within</text>
        <text x="296" y="26" textAnchor="end" fontFamily="var(--font-mono)">
          {answer.consensusMs} ms
        </text>
        <text y="52">a silent node is out after</text>
        <text x="296" y="52" textAnchor="end" fontFamily="var(--font-mono)">
          {(answer.noticedMs[0] / 1000).toFixed(1)}–{(answer.noticedMs[1] / 1000).toFixed(1)} s
        </text>
        <text y="92" fill="var(--quiet)" fontSize="13">
          one round, of what is allowed
        </text>
        <rect y="102" width="296" height="16" fill="none" stroke="var(--edge)" />
        <rect
          y="102"
          width={296 * share}
          height="16"
          fill={answer.latency === "steady" ? "var(--accent)" : "var(--notyet)"}
        />
        <text y="140" fontSize="13" fontFamily="var(--font-mono)" fill="var(--ink)">
          {answer.roundMs} ms of {answer.tokenMs} ms
        </text>
      </g>
    </svg>
  );
}
