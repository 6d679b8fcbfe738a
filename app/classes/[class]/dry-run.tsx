"use client";

/** What is missing before the class begins, as a list with the next moves. */
import { useState } from "react";
import type { DryRunFinding } from "../../../server/dry-run.ts";
import { askForLines } from "../../_class/json-lines.ts";
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
  const [at, setAt] = useState<string>();
  const [findings, setFindings] = useState<DryRunFinding[]>();
  const [trouble, setTrouble] = useState<string>();
  const run = async () => {
    setTrouble(undefined);
    setFindings(undefined);
    setAt("begun");
    try {
      let last: DryRunFinding[] | undefined;
      await askForLines<Line>(`/api/classes/${classId}/dry-run`, {}, (line) => {
        if ("findings" in line) last = line.findings;
        else setAt(line.at);
      });
      if (!last) throw new Error("The answer broke off. Try it again.");
      setFindings(last);
    } catch (error) {
      setTrouble((error as Error).message);
    } finally {
      setAt(undefined);
    }
  };
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
        <button type="button" className="button" disabled={at !== undefined} onClick={() => void run()}>
          Look what is missing
        </button>
        <span role="status">
          {at !== undefined && `Looking: ${at}`}
          {findings &&
            (open === 0 ? "All is well." : open === 1 ? "1 thing to look at." : `${open} things to look at.`)}
        </span>
      </p>
      {trouble && (
        <p role="alert" className="mt-2 border-l-2 border-notyet pl-3">
          {trouble}
        </p>
      )}
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
