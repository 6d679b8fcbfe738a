"use client";

/** How long something is down in a year: one node, a cluster that needs quorum, any one of several. */
import { useState } from "react";
import { type AvailabilityChoice, availability, downPerYear, HOURS_PER_YEAR } from "../../models/availability.ts";
import { FigureFrame, Slider } from "./figure-frame.tsx";
import { logScale } from "./scale.ts";

const beginning: AvailabilityChoice = { nodes: 3, node: 0.995, sharedHours: 0 };

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
  const better = answer.cluster > answer.single;
  return (
    <FigureFrame
      title="How long is it down in a year?"
      drawing={<Bars rows={rows} />}
      verdict={
        better
          ? { word: "The cluster is up more often than one node.", tone: "good" }
          : { word: "The cluster is up less often than one node.", tone: "bad" }
      }
      sentence={`One node: down ${downPerYear(answer.single)} a year. The cluster cannot be changed for ${downPerYear(answer.cluster)}. Something that needs any one of the nodes: ${downPerYear(answer.anyOne)}.`}
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

const WIDTH = 640;
const LEFT = 190;

function Bars({ rows }: { rows: { word: string; share: number }[] }) {
  const x = logScale([1 / 60, HOURS_PER_YEAR], [LEFT, WIDTH - 96]);
  return (
    <svg viewBox={`0 0 ${WIDTH} ${rows.length * 34 + 30}`} className="my-3 w-full" aria-hidden="true" fill="none">
      {[1 / 60, 1, 24, 24 * 30].map((hours, at) => (
        <g key={hours}>
          <path d={`M${x(hours)} 0V${rows.length * 34 + 6}`} stroke="var(--rule)" />
          <text x={x(hours)} y={rows.length * 34 + 22} textAnchor="middle" fontSize="12" fill="var(--quiet)">
            {["1 min", "1 h", "1 day", "30 days"][at]}
          </text>
        </g>
      ))}
      {rows.map(({ word, share }, at) => {
        const end = x(Math.max((1 - share) * HOURS_PER_YEAR, 1 / 60));
        return (
          <g key={word} transform={`translate(0 ${at * 34})`}>
            <text x={LEFT - 10} y="20" textAnchor="end" fontSize="14" fill="var(--ink)">
              {word}
            </text>
            <rect
              x={LEFT}
              y="7"
              width={Math.max(2, end - LEFT)}
              height="18"
              fill={at === 1 ? "var(--accent)" : "var(--edge)"}
            />
            <text x={Math.max(LEFT + 2, end) + 8} y="20" fontSize="13" fontFamily="var(--font-mono)" fill="var(--ink)">
              {downPerYear(share)}
            </text>
          </g>
        );
      })}
    </svg>
  );
}
