"use client";

/** What is missing before the class begins, as a list with the next moves. */
import type { DryRunFinding } from "../../../server/dry-run.ts";
import { useLongAnswer } from "../../_class/use-long-answer.ts";
import { Trouble } from "../../_components/trouble.tsx";
import { NodeReports } from "../../inventories/doctor.tsx";
import { healthColours, healthWords } from "../../inventories/health.ts";

type Line = { at: string } | { findings: DryRunFinding[] };

const TITLES: Record<DryRunFinding["subject"], string> = {
  people: "Students",
  dates: "Dates",
  joining: "Joining",
  address: "Address",
  chapters: "Chapters",
  recording: "Recording",
  labs: "Labs",
  stages: "Beginnings of chapters",
  memory: "Memory",
  nodes: "Real nodes",
};

export function DryRun({ classId }: { classId: string }) {
  const {
    going,
    result: findings,
    trouble,
    ask,
  } = useLongAnswer(`/api/classes/${classId}/dry-run`, (line: Line) =>
    "findings" in line ? line.findings : undefined,
  );
  const at = going && (going.line && "at" in going.line ? going.line.at : "begun");
  const open = findings?.filter(({ health }) => health !== "good").length ?? 0;
  return (
    <section aria-labelledby="dry-run" className="mt-6">
      <h2 id="dry-run" className="font-semibold">
        Dry run
      </h2>
      <p className="mt-1 text-quiet">
        Before the class: looks at everything it needs, makes a lab on trial and removes it. Nothing of the class
        changes.
      </p>
      <p className="mt-2 flex flex-wrap items-center gap-3">
        <button type="button" className="button" disabled={at !== undefined} onClick={() => void ask({})}>
          Look what is missing
        </button>
        <span role="status">
          {at !== undefined && `Looking: ${at}`}
          {findings &&
            (open === 0 ? "All is well." : open === 1 ? "1 thing to look at." : `${open} things to look at.`)}
        </span>
      </p>
      <Trouble className="mt-2">{trouble}</Trouble>
      {findings && (
        <ul aria-label="What the dry run found" className="mt-3">
          {findings.map(({ subject, health, seen, next, reports }) => (
            <li key={subject} className={`mt-2 border-l-2 pl-3 [overflow-wrap:anywhere] ${healthColours[health]}`}>
              <strong>{TITLES[subject]}</strong> <span className="text-quiet">{healthWords[health]}:</span> {seen}
              {next && <span className="block">Next: {next}</span>}
              {reports && health !== "good" && <NodeReports reports={reports} />}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
