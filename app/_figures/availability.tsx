"use client";

/** How long something is down in a year: one node, a cluster that needs quorum, any one of several. */
import { useState } from "react";
import {
  type AvailabilityChoice,
  availability,
  downPerYear as downInWords,
  HOURS_PER_YEAR,
} from "../../models/availability.ts";
import { FigureFrame, Slider } from "./figure-frame.tsx";
import { logScale } from "./scale.ts";

const beginning: AvailabilityChoice = { nodes: 3, node: 0.995, sharedHours: 0 };

/** A number stays beside its unit. */
const downPerYear = (share: number) => downInWords(share).replaceAll(" ", "\u00a0");

export function Availability() {
  const [choice, setChoice] = useState(beginning);
  const answer = availability(choice);
  const change = (part: Partial<AvailabilityChoice>) => setChoice((now) => ({ ...now, ...part }));
  const rows = [
    { word: "one node alone", share: answer.single },
    { word: `cluster: ${answer.quorum} of ${choice.nodes} needed`, share: answer.cluster },
    { word: `any one of ${choice.nodes}`, share: answer.anyOne },
    { word: `all ${choice.nodes} at once`, share: answer.all },
  ];
  const verdict = compared(answer.cluster - answer.single);
  return (
    <FigureFrame
      title="How long is it down in a year?"
      drawing={<Bars rows={rows} />}
      verdict={verdict}
      sentence={`One node: down ${downPerYear(answer.single)} a year. The cluster cannot be changed for ${downPerYear(answer.cluster)}. Something that needs any one of the nodes: ${downPerYear(answer.anyOne)}.${choice.sharedHours > 0 ? ` Of each, ${choice.sharedHours} h hit all nodes at once.` : ""}`}
      controls={
        <div className="mt-2">
          <Slider
            label="Nodes"
            {...{ value: choice.nodes, min: 1, max: 9, shown: String(choice.nodes) }}
            onChange={(nodes) => change({ nodes })}
          />
          <Slider
            label="One node works"
            {...{
              value: Math.round(choice.node * 1000),
              min: 300,
              max: 999,
              shown: `${(choice.node * 100).toFixed(1)} %`,
            }}
            onChange={(value) => change({ node: value / 1000 })}
          />
          <Slider
            label="Everything down at once"
            {...{ value: choice.sharedHours, min: 0, max: 48, shown: `${choice.sharedHours} h a year` }}
            onChange={(sharedHours) => change({ sharedHours })}
          />
        </div>
      }
      caption="Nodes fail by themselves here, each without the others. The third slider is for what hits all of them: a wrong configuration, an update, the power of the room, a person. That part does not get smaller with more nodes."
      onReset={() => setChoice(beginning)}
    />
  );
}

/** @param difference of two shares of the time; what rounding leaves is none */
function compared(difference: number): { word: string; tone: "good" | "bad" | "plain" } {
  if (Math.abs(difference) < 1e-9) return { word: "The cluster is up as often as one node.", tone: "plain" };
  if (difference > 0) return { word: "The cluster is up more often than one node.", tone: "good" };
  return { word: "The cluster is up less often than one node.", tone: "bad" };
}

const WIDTH = 352;
const ROW = 44;

/** As wide as a phone, each name above its bar. */
function Bars({ rows }: { rows: { word: string; share: number }[] }) {
  const x = logScale([1 / 60, HOURS_PER_YEAR], [18, WIDTH - 84]);
  const bottom = rows.length * ROW + 2;
  return (
    <svg viewBox={`0 0 ${WIDTH} ${bottom + 20}`} className="my-3 w-full max-w-md" aria-hidden="true" fill="none">
      {[1 / 60, 1, 24, 24 * 30].map((hours, at) => (
        <g key={hours}>
          <path d={`M${x(hours)} 0V${bottom}`} stroke="var(--rule)" />
          <text x={x(hours)} y={bottom + 15} textAnchor="middle" fontSize="12" fill="var(--quiet)">
            {["1 min", "1 h", "1 day", "30 days"][at]}
          </text>
        </g>
      ))}
      {rows.map(({ word, share }, at) => {
        const end = x((1 - share) * HOURS_PER_YEAR);
        return (
          <g key={word} transform={`translate(0 ${at * ROW})`}>
            <text
              x="0"
              y="15"
              fontSize="13"
              fill="var(--ink)"
              stroke="var(--paper)"
              strokeWidth="4"
              style={{ paintOrder: "stroke" }}
            >
              {word}
            </text>
            <rect y="21" width={end} height="15" fill={at === 1 ? "var(--accent)" : "var(--edge)"} />
            <text x={end + 7} y="33" fontSize="13" fontFamily="var(--font-mono)" fill="var(--ink)">
              {downPerYear(share)}
            </text>
          </g>
        );
      })}
    </svg>
  );
}
