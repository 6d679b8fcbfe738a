"use client";

import { useEffect, useState } from "react";
import type { CheckResult } from "../../../gateway/protocol.ts";
import { LocalTime } from "../../_components/local-time.tsx";
import { VerdictMark } from "../../_components/verdict-mark.tsx";
import { stateWords } from "../../_course/verdicts.ts";
import { sentence } from "../../_words/sentence.ts";

interface Attempt {
  verdict: Omit<CheckResult, "judgedAtMs" | "sinceMs">;
  trigger: string;
  judgedAtMs: number;
}

/** What was judged of one student's step, with the evidence. */
export function Attempts(props: {
  classId: string;
  student: { id: string; name: string };
  step: { key: string; title: string };
  onClose: () => void;
}) {
  const { classId, student, step, onClose } = props;
  const [attempts, setAttempts] = useState<Attempt[]>();
  const [trouble, setTrouble] = useState<string>();
  useEffect(() => {
    const query = new URLSearchParams({ student: student.id, step: step.key });
    fetch(`/api/classes/${classId}/attempts?${query}`)
      .then(async (response) => {
        const answer = (await response.json()) as { attempts: Attempt[]; message?: string };
        if (response.ok) setAttempts(answer.attempts);
        else setTrouble(answer.message);
      })
      .catch(() => setTrouble("The server cannot be reached. Choose the cell again."));
  }, [classId, student.id, step.key]);

  return (
    <section aria-label="Attempts" className="mt-6 border-t-2 border-edge pt-4">
      <div className="flex flex-wrap items-center gap-4">
        <h3 className="grow text-step">
          {student.name}: {step.title}
        </h3>
        <button type="button" className="button" onClick={onClose}>
          Close
        </button>
      </div>
      {trouble && <p role="alert">{trouble}</p>}
      {attempts?.length === 0 && <p className="mt-2 text-quiet">Nothing was judged yet.</p>}
      <ol className="mt-2">
        {attempts?.map(({ verdict, judgedAtMs, trigger }) => (
          <li key={`${verdict.key} ${judgedAtMs}`} className="border-t border-rule py-2">
            <p className="flex flex-wrap items-center gap-x-2">
              <VerdictMark state={verdict.outcome} />
              <strong>{stateWords[verdict.outcome]}</strong>
              <span className="font-mono text-small text-quiet">{verdict.key.split("/").at(-1)}</span>
              <span className="text-small text-quiet">
                <LocalTime ms={judgedAtMs} seconds />
                {trigger === "button" && ", asked for"}
                {trigger === "again" && ", what was seen before judged again"}
              </span>
            </p>
            <p className="mt-1 max-w-[68ch]">{sentence(verdict.message)}</p>
            {verdict.seen && <p className="max-w-[68ch] text-quiet">Seen: {sentence(verdict.seen)}</p>}
            {verdict.expected && <p className="max-w-[68ch] text-quiet">Expected: {sentence(verdict.expected)}</p>}
            {verdict.evidence.length > 0 && (
              <details className="mt-1">
                <summary className="text-small text-quiet">Evidence</summary>
                <ul className="font-mono text-small [overflow-wrap:anywhere]">
                  {verdict.evidence.map((fact) => (
                    <li key={`${fact.node} ${fact.source}`}>
                      {fact.node && `${fact.node} `}
                      {fact.source} = {String(fact.value)}
                    </li>
                  ))}
                </ul>
              </details>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
