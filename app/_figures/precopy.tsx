"use client";

/** Precopy: what is left to send over time, round by round, as the learner sets memory, writing and network. */
import { useState } from "react";
import { type PrecopyChoice, type PrecopyRun, precopyInWords, runPrecopy } from "../../models/precopy-run.ts";
import { FigureFrame, Slider } from "./figure-frame.tsx";
import { linearScale } from "./scale.ts";

const beginning: PrecopyChoice = {
  ...{ usedMib: 1024, dirtyMibPerS: 20, workingSetMib: 400, bandwidthMibPerS: 110 },
  ...{ downtimeLimitMs: 100, help: true },
};

export function Precopy() {
  const [choice, setChoice] = useState(beginning);
  const run = runPrecopy(choice);
  const change = (part: Partial<PrecopyChoice>) => setChoice((now) => ({ ...now, ...part }));
  return (
    <FigureFrame
      title="How much memory is left to copy"
      drawing={<Drawing run={run} usedMib={choice.usedMib} />}
      verdict={run.converged ? { word: "It converges.", tone: "good" } : { word: "It does not converge.", tone: "bad" }}
      sentence={precopyInWords(run)}
      controls={
        <div className="mt-2">
          <Slider
            label="Memory in use"
            {...{ value: choice.usedMib, min: 256, max: 8192, step: 256, shown: `${choice.usedMib / 1024} GiB` }}
            onChange={(usedMib) => change({ usedMib, workingSetMib: Math.min(choice.workingSetMib, usedMib) })}
          />
          <Slider
            label="The guest writes"
            {...{ value: choice.dirtyMibPerS, min: 0, max: 200, step: 5, shown: `${choice.dirtyMibPerS} MiB/s` }}
            onChange={(dirtyMibPerS) => change({ dirtyMibPerS })}
          />
          <Slider
            label="… over so much memory"
            {...{
              value: choice.workingSetMib,
              min: 16,
              max: choice.usedMib,
              step: 16,
              shown: `${choice.workingSetMib} MiB`,
            }}
            onChange={(workingSetMib) => change({ workingSetMib })}
          />
          <Slider
            label="The network carries"
            {...{
              value: choice.bandwidthMibPerS,
              min: 10,
              max: 1000,
              step: 10,
              shown: `${choice.bandwidthMibPerS} MiB/s`,
            }}
            onChange={(bandwidthMibPerS) => change({ bandwidthMibPerS })}
          />
          <Slider
            label="Longest stop allowed"
            {...{ value: choice.downtimeLimitMs, min: 20, max: 2000, step: 20, shown: `${choice.downtimeLimitMs} ms` }}
            onChange={(downtimeLimitMs) => change({ downtimeLimitMs })}
          />
          <label className="mt-2 flex items-baseline gap-2">
            <input
              type="checkbox"
              className="relative top-0.5 accent-accent"
              checked={choice.help}
              onChange={(event) => change({ help: event.currentTarget.checked })}
            />
            Proxmox VE helps: it slows the guest's processor and allows a longer stop
          </label>
        </div>
      }
      caption="The line is what would still have to be sent if the guest stopped now. A vertical hairline begins a round. A diamond is a slower processor, a square a longer stop. The simulated nodes migrate by these same rules. A gigabit network carries about 110 MiB/s."
      onReset={() => setChoice(beginning)}
    />
  );
}

const WIDTH = 640;
const HEIGHT = 220;
const LEFT = 58;
const BOTTOM = 30;

function Drawing({ run, usedMib }: { run: PrecopyRun; usedMib: number }) {
  const lastMs = Math.max(1_000, run.elapsedMs);
  const x = linearScale([0, lastMs], [LEFT, WIDTH - 14]);
  const y = linearScale([0, usedMib], [HEIGHT - BOTTOM, 12]);
  const quarters = [0, 1, 2, 3, 4].map((quarter) => (quarter / 4) * usedMib);
  const corners = run.points.map(({ atMs, leftMib }) => `${x(atMs).toFixed(1)} ${y(leftMib).toFixed(1)}`);
  // More hairlines than this are a grey wall.
  const rounds = run.rounds.length > 60 ? [] : run.rounds;
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className="my-3 w-full" aria-hidden="true" fill="none">
      {quarters.map((tick) => (
        <g key={tick}>
          <path d={`M${LEFT} ${y(tick)}H${WIDTH - 14}`} stroke="var(--rule)" />
          <text x={LEFT - 8} y={y(tick) + 4} textAnchor="end" fontSize="12" fill="var(--quiet)">
            {tick >= 1024 ? `${Number((tick / 1024).toFixed(2))} G` : `${tick} M`}
          </text>
        </g>
      ))}
      {x.ticks(6).map((tick) => (
        <text key={tick} x={x(tick)} y={HEIGHT - 10} textAnchor="middle" fontSize="12" fill="var(--quiet)">
          {tick / 1000} s
        </text>
      ))}
      {rounds.slice(1).map(({ atMs }) => (
        <path key={atMs} d={`M${x(atMs)} 12V${HEIGHT - BOTTOM}`} stroke="var(--edge)" strokeDasharray="2 4" />
      ))}
      <path d={`M${corners.join("L")}`} stroke="var(--accent)" strokeWidth="2" strokeLinejoin="round" />
      {run.helps.map(({ atMs, kind, value }) => (
        <g key={`${kind} ${value}`} transform={`translate(${x(atMs)} ${HEIGHT - BOTTOM})`}>
          {kind === "throttle" ? (
            <path d="M0-6 6 0 0 6-6 0Z" fill="var(--paper)" stroke="var(--notyet)" strokeWidth="1.5" />
          ) : (
            <path d="M-5-5H5V5H-5Z" fill="var(--notyet)" stroke="var(--notyet)" />
          )}
        </g>
      ))}
      {run.converged && (
        <g transform={`translate(${x(run.elapsedMs)} ${HEIGHT - BOTTOM})`}>
          <path d="M0 0V-34" stroke="var(--passed)" strokeWidth="2" />
          <text y="-40" textAnchor="end" fontSize="13" fontWeight="600" fill="var(--passed)">
            switch over
          </text>
        </g>
      )}
    </svg>
  );
}
