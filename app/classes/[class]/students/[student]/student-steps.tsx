"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import type { BoardCell, Reply } from "../../../../../gateway/protocol.ts";
import { inputClass } from "../../../../_class/field.tsx";
import { sendJson } from "../../../../_class/send-json.ts";
import { LocalTime } from "../../../../_components/local-time.tsx";
import { VerdictMark } from "../../../../_components/verdict-mark.tsx";
import { stateWords } from "../../../../_course/verdicts.ts";
import { pageConnection } from "../../../../_terminal/connection.ts";
import { sentence } from "../../../../_words/sentence.ts";
import { Attempts } from "../../attempts.tsx";

interface Step {
  key: string;
  title: string;
}

/** Every step of the open chapters: how it stands, its attempts, and waiving it with a reason. */
export function StudentSteps(props: {
  classId: string;
  student: { id: string; name: string };
  chapters: { id: string; number: number; title: string; steps: { id: string; title: string; hints: number }[] }[];
  cells: BoardCell[];
  waivable: boolean;
}) {
  const { classId, student, chapters, cells, waivable } = props;
  const [shown, setShown] = useState<Step>();
  const [waiving, setWaiving] = useState<Step>();
  return (
    <section aria-labelledby="steps" className="mt-10">
      <h2 id="steps" className="text-section">
        Steps
      </h2>
      {chapters.map((chapter) => (
        <section key={chapter.id} className="mt-4">
          <h3 className="font-semibold">
            <span className="font-mono text-quiet">{chapter.number}</span> {chapter.title}
          </h3>
          <ul>
            {chapter.steps.map(({ id, title, hints }, at) => {
              const step = { key: `${chapter.id}/${id}`, title };
              const cell = cells.find((one) => one.step === step.key);
              return (
                <li key={id} className="border-t border-rule py-1.5">
                  <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
                    <VerdictMark state={cell?.state ?? "unchecked"} />
                    <span className="min-w-0 grow basis-60">
                      {title}
                      <span className="block text-small text-quiet">
                        {stateWords[cell?.state ?? "unchecked"]}
                        {cell?.waivedFor !== undefined && `, waived: ${cell.waivedFor}`}
                        {cell && (
                          <>
                            , <LocalTime ms={cell.sinceMs} />
                          </>
                        )}
                        {cell?.reason && `. ${sentence(cell.reason)}`}
                      </span>
                    </span>
                    <button type="button" className="button" onClick={() => setShown(step)}>
                      Attempts<span className="sr-only"> at {title}</span>
                    </button>
                    {waivable && hints > 0 && cell?.state !== "passed" && (
                      <SendHint
                        {...{ classId, hints }}
                        student={student}
                        step={`${chapter.number}.${at + 1} “${title}”`}
                      />
                    )}
                    {waivable && cell?.state !== "passed" && (
                      <button type="button" className="button" onClick={() => setWaiving(step)}>
                        Waive<span className="sr-only"> {title}</span>
                      </button>
                    )}
                  </div>
                  {waiving?.key === step.key && (
                    <Waive classId={classId} student={student} step={step} onClose={() => setWaiving(undefined)} />
                  )}
                  {shown?.key === step.key && (
                    <Attempts
                      {...{ classId, student, step }}
                      key={`${student.id} ${step.key}`}
                      onClose={() => setShown(undefined)}
                    />
                  )}
                </li>
              );
            })}
          </ul>
        </section>
      ))}
    </section>
  );
}

/** Points the student to a hint of the text, gentlest first; what they open is counted as always. */
function SendHint(props: { classId: string; student: { id: string; name: string }; step: string; hints: number }) {
  const { classId, student, step, hints } = props;
  const [sent, setSent] = useState(0);
  const [trouble, setTrouble] = useState<string>();
  if (sent >= hints) return <span className="text-small text-quiet">all {hints} hints sent</span>;
  const level = sent + 1;
  const send = () => {
    const text = `Open hint ${level} of step ${step}.`;
    pageConnection()
      .socket.timeout(10_000)
      .emit("class:say", { classId, to: student.id, text }, (late: Error | null, reply?: Reply<object>) => {
        if (late || !reply) return setTrouble("There is no connection. Try it again.");
        setTrouble(reply.ok ? undefined : sentence(reply.refusal.message));
        if (reply.ok) setSent(level);
      });
  };
  return (
    <>
      <button type="button" className="button" onClick={send}>
        Send hint {level}
        <span className="sr-only"> of {step}</span>
      </button>
      {trouble && <span role="alert">{trouble}</span>}
    </>
  );
}

function Waive(props: { classId: string; student: { id: string; name: string }; step: Step; onClose: () => void }) {
  const { classId, student, step, onClose } = props;
  const router = useRouter();
  const [trouble, setTrouble] = useState<string>();
  const waive = async (form: FormData) => {
    try {
      const reason = String(form.get("reason") ?? "");
      await sendJson("PATCH", `/api/classes/${classId}/students/${student.id}`, { waive: { step: step.key, reason } });
      onClose();
      router.refresh();
    } catch (error) {
      setTrouble((error as Error).message);
    }
  };
  return (
    <form
      className="mt-2 border-l-2 border-notyet pl-3"
      onSubmit={(event) => {
        event.preventDefault();
        void waive(new FormData(event.currentTarget));
      }}
    >
      <label>
        Why is “{step.title}” waived? The student reads this; the step counts as done, with no points.
        <input name="reason" required minLength={3} maxLength={300} className={inputClass} />
      </label>
      <p className="mt-2 flex gap-3">
        <button type="submit" className="button">
          Waive it
        </button>
        <button type="button" className="button" onClick={onClose}>
          Leave it
        </button>
      </p>
      {trouble && <p role="alert">{trouble}</p>}
    </form>
  );
}
