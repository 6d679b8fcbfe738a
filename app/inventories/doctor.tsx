"use client";

import { type NodeReport, SUBJECT_TITLES, worstOf } from "../../labs/doctor/findings.ts";
import { useLongAnswer } from "../_class/use-long-answer.ts";
import { Trouble } from "../_components/trouble.tsx";
import { healthColours, healthWords } from "./health.ts";

type Line = { done: number; of: number; at: string } | { reports: NodeReport[] };

/** Every node examined, with how far it is; then what is wrong and the next move. */
export function Doctor({ address }: { address: string }) {
  const {
    going,
    result: reports,
    trouble,
    ask,
  } = useLongAnswer(address, (line: Line) => ("reports" in line ? line.reports : undefined));
  const progress = going && (going.line && "done" in going.line ? going.line : { done: 0, of: 0, at: "" });
  return (
    <div className="mt-3">
      <p className="flex flex-wrap items-center gap-3">
        <button
          type="button"
          className="button"
          disabled={progress !== undefined}
          onClick={() => void ask({ trust: false })}
        >
          Examine every node
        </button>
        <button
          type="button"
          className="button"
          disabled={progress !== undefined}
          onClick={() => void ask({ trust: true })}
        >
          Examine, and trust new host keys
        </button>
        {progress && (
          <span role="status" className="flex items-center gap-2">
            <progress max={progress.of || 1} value={progress.done} />
            {progress.of === 0 ? "Begun" : `${progress.done} of ${progress.of}: ${progress.at}`}
          </span>
        )}
      </p>
      <Trouble className="mt-2">{trouble}</Trouble>
      {reports && <NodeReports reports={reports} />}
    </div>
  );
}

export function NodeReports({ reports }: { reports: NodeReport[] }) {
  return (
    <ul aria-label="What the doctor found" className="mt-3">
      {reports.map(({ seat, node, host, findings }) => (
        <li key={`${seat}/${node}`} className="border-t border-rule py-2 [overflow-wrap:anywhere]">
          <strong>
            {seat} / {node}
          </strong>{" "}
          <span className="font-mono text-small text-quiet">{host}</span> {healthWords[worstOf(findings)]}
          <ul>
            {findings
              .filter(({ health }) => health !== "good")
              .map(({ subject, health, seen, next }) => (
                <li key={`${subject} ${seen}`} className={`mt-1 border-l-2 pl-3 ${healthColours[health]}`}>
                  <span className="text-quiet">{healthWords[health]}:</span> {SUBJECT_TITLES[subject]}: {seen}
                  {next && <span className="block">Next: {next}</span>}
                </li>
              ))}
          </ul>
        </li>
      ))}
    </ul>
  );
}
