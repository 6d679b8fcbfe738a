"use client";

import { useState } from "react";
import { type Health, type NodeReport, SUBJECT_TITLES, worstOf } from "../../labs/doctor/findings.ts";

type Line = { done: number; of: number; at: string } | { reports: NodeReport[] };
const WORDS: Record<Health, string> = { good: "well", look: "look at it", unknown: "unclear", wrong: "wrong" };
const COLOURS: Record<Health, string> = {
  good: "border-passed",
  look: "border-rule",
  unknown: "border-unknown",
  wrong: "border-notyet",
};

/** Every node examined, with how far it is; then what is wrong and the next move. */
export function Doctor({ address }: { address: string }) {
  const [progress, setProgress] = useState<{ done: number; of: number; at: string }>();
  const [reports, setReports] = useState<NodeReport[]>();
  const [trouble, setTrouble] = useState<string>();
  const examine = async (trust: boolean) => {
    setTrouble(undefined);
    setReports(undefined);
    setProgress({ done: 0, of: 0, at: "" });
    try {
      const response = await fetch(address, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ trust }),
      });
      if (!response.ok || !response.body) {
        const { message } = (await response.json().catch(() => ({}))) as { message?: string };
        throw new Error(message ?? `The server answered ${response.status}. Try it again.`);
      }
      let last: NodeReport[] | undefined;
      await eachLine(response.body, (line) => {
        if ("reports" in line) last = line.reports;
        else setProgress(line);
      });
      if (!last) throw new Error("The answer broke off. Try it again.");
      setReports(last);
    } catch (error) {
      setTrouble((error as Error).message);
    } finally {
      setProgress(undefined);
    }
  };
  return (
    <div className="mt-3">
      <p className="flex flex-wrap items-center gap-3">
        <button type="button" className="button" disabled={progress !== undefined} onClick={() => void examine(false)}>
          Examine every node
        </button>
        <button type="button" className="button" disabled={progress !== undefined} onClick={() => void examine(true)}>
          Examine, and trust new host keys
        </button>
        {progress && (
          <span role="status" className="flex items-center gap-2">
            <progress max={progress.of || 1} value={progress.done} />
            {progress.of === 0 ? "Begun" : `${progress.done} of ${progress.of}: ${progress.at}`}
          </span>
        )}
      </p>
      {trouble && (
        <p role="alert" className="mt-2 border-l-2 border-notyet pl-3">
          {trouble}
        </p>
      )}
      {reports && <Reports reports={reports} />}
    </div>
  );
}

function Reports({ reports }: { reports: NodeReport[] }) {
  return (
    <ul aria-label="What the doctor found" className="mt-3">
      {reports.map(({ seat, node, host, findings }) => (
        <li key={`${seat}/${node}`} className="border-t border-rule py-2 [overflow-wrap:anywhere]">
          <strong>
            {seat} / {node}
          </strong>{" "}
          <span className="font-mono text-small text-quiet">{host}</span> {WORDS[worstOf(findings)]}
          <ul>
            {findings
              .filter(({ health }) => health !== "good")
              .map(({ subject, health, seen, next }) => (
                <li key={`${subject} ${seen}`} className={`mt-1 border-l-2 pl-3 ${COLOURS[health]}`}>
                  <span className="text-quiet">{WORDS[health]}:</span> {SUBJECT_TITLES[subject]}: {seen}
                  {next && <span className="block">Next: {next}</span>}
                </li>
              ))}
          </ul>
        </li>
      ))}
    </ul>
  );
}

async function eachLine(body: ReadableStream<Uint8Array>, told: (line: Line) => void): Promise<void> {
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  let rest = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const lines = (rest + part.value).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) told(JSON.parse(line) as Line);
  }
}
