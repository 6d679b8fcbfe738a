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

/** The ring beside its numbers, or above them where there is no room. */
function Drawing({
  choice,
  holder,
  answer,
}: {
  choice: RingChoice;
  holder: number;
  answer: ReturnType<typeof judgeRing>;
}) {
  const rows = [
    ["token waited for", `${answer.tokenMs} ms`],
    ["then consensus within", `${answer.consensusMs} ms`],
    ["a silent node is out after", `${answer.noticedMs.map((ms) => (ms / 1000).toFixed(1)).join("–")} s`],
    ["one round, of what is allowed", `${answer.roundMs} ms`],
  ];
  return (
    <div className="my-3 flex flex-wrap items-center gap-x-10 gap-y-3">
      <Ring choice={choice} holder={holder} />
      <div className="min-w-60 max-w-80 flex-1">
        {rows.map(([word, value]) => (
          <div key={word} className="flex justify-between gap-3 py-0.5">
            <span>{word}</span>
            <span className="whitespace-nowrap font-mono text-small">{value}</span>
          </div>
        ))}
        <svg viewBox="0 0 296 18" className="mt-1 w-full" aria-hidden="true" fill="none">
          <rect x="0.5" y="0.5" width="295" height="17" stroke="var(--edge)" />
          <rect
            width={296 * Math.min(1, answer.roundMs / answer.tokenMs)}
            height="18"
            fill={answer.latency === "steady" ? "var(--accent)" : "var(--notyet)"}
          />
        </svg>
      </div>
    </div>
  );
}

function Ring({ choice, holder }: { choice: RingChoice; holder: number }) {
  const places = Array.from({ length: choice.nodes }, (_, at) => {
    const angle = (at / choice.nodes) * 2 * Math.PI - Math.PI / 2;
    return { x: 130 + Math.cos(angle) * 98, y: 122 + Math.sin(angle) * 96 };
  });
  return (
    <svg viewBox="0 0 260 240" className="w-60" aria-hidden="true" fill="none">
      <ellipse
        cx="130"
        cy="122"
        rx="98"
        ry="96"
        stroke="var(--edge)"
        strokeDasharray={choice.lossPercent > 0 ? "6 5" : undefined}
      />
      {choice.links === 2 && <ellipse cx="130" cy="122" rx="90" ry="88" stroke="var(--edge)" />}
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
            <circle cx="24" cy="-15" r="8" fill="var(--accent)" stroke="var(--paper)" strokeWidth="2" />
          )}
        </g>
      ))}
    </svg>
  );
}
