"use client";

import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { inputClass } from "../../_class/field.tsx";
import { sendJson } from "../../_class/send-json.ts";
import { LocalTime } from "../../_components/local-time.tsx";
import { Trouble } from "../../_components/trouble.tsx";

export interface ShownRegrade {
  id: string;
  /** What was judged again, by its title. */
  of: string;
  by: string;
  askedAtMs: number;
  done: boolean;
  trouble: string | undefined;
  judgements: number;
  unread: number;
  changes: { student: string; step: string; kind: "passes-now" | "stays" | "differs"; checks: string[] }[];
}

interface Chapter {
  id: string;
  number: number;
  title: string;
  steps: { id: string; title: string }[];
}

const KIND = {
  "passes-now": "passes now",
  stays: "would not pass today; the pass stays",
  differs: "not passed; a check says something else now",
} as const;
/** Between two looks at whether it is done. */
const LOOK_MS = 2_000;

/** What was seen in this class, judged again with the checks of today: after a check was corrected, or when one asks. */
export function JudgeAgain(props: { classId: string; chapters: Chapter[]; regrades: ShownRegrade[] }) {
  const { classId, chapters, regrades } = props;
  const router = useRouter();
  const [of, setOf] = useState("");
  const [trouble, setTrouble] = useState<string>();
  const address = `/api/classes/${classId}/regrade`;
  const waiting = regrades[0] !== undefined && !regrades[0].done;
  useEffect(() => {
    if (!waiting) return;
    const timer = setInterval(async () => {
      const answer = await fetch(address).catch(() => undefined);
      const said = (await answer?.json().catch(() => undefined)) as { waiting?: boolean } | undefined;
      if (said?.waiting === false) router.refresh();
    }, LOOK_MS);
    return () => clearInterval(timer);
  }, [waiting, address, router]);
  const ask = async () => {
    setTrouble(undefined);
    try {
      await sendJson("POST", address, of === "" ? {} : { of });
      router.refresh();
    } catch (error) {
      setTrouble((error as Error).message);
    }
  };
  return (
    <section aria-labelledby="judge-again" className="off-projector mt-10 border-t border-rule pt-5">
      <h2 id="judge-again" className="font-semibold">
        Judge again with today's checks
      </h2>
      <p className="mt-1 max-w-[64ch] text-quiet">
        What was seen on the nodes is stored with every attempt. It is judged again as the checks are now; nobody has to
        do anything again. A pass stays, whatever comes out.
      </p>
      <p className="mt-3 flex flex-wrap items-end gap-3">
        <label className="flex min-w-0 flex-wrap items-center gap-2">
          What:
          <select
            value={of}
            className={`${inputClass} w-auto max-w-full`}
            onChange={({ currentTarget }) => setOf(currentTarget.value)}
          >
            <option value="">the whole course</option>
            {chapters.map((chapter) => (
              <optgroup key={chapter.id} label={`${chapter.number} ${chapter.title}`}>
                <option value={chapter.id}>all of {chapter.title}</option>
                {chapter.steps.map((step) => (
                  <option key={step.id} value={`${chapter.id}/${step.id}`}>
                    {step.title}
                  </option>
                ))}
              </optgroup>
            ))}
          </select>
        </label>
        <button type="button" className="button" disabled={waiting} onClick={() => void ask()}>
          Judge again
        </button>
        {waiting && <span role="status">Being judged again</span>}
      </p>
      <Trouble className="mt-2">{trouble}</Trouble>
      <ul aria-label="Judged again" className="mt-3">
        {regrades
          .filter(({ done }) => done)
          .map((regrade) => (
            <li key={regrade.id} className="border-t border-rule py-2 [overflow-wrap:anywhere]">
              <Regrade regrade={regrade} />
            </li>
          ))}
      </ul>
    </section>
  );
}

function Regrade({ regrade: { of, by, askedAtMs, trouble, judgements, unread, changes } }: { regrade: ShownRegrade }) {
  if (trouble !== undefined) {
    return (
      <p>
        {of}, <LocalTime ms={askedAtMs} seconds />: could not be judged again ({trouble}). Try it again.
      </p>
    );
  }
  return (
    <>
      <p>
        {of}, <LocalTime ms={askedAtMs} seconds /> by {by}: {judgements === 1 ? "1 look" : `${judgements} looks`} judged
        {unread > 0 && ` (${unread} of a version that can no longer be read were left out)`},{" "}
        {changes.length === 0 ? "nothing changes." : changes.length === 1 ? "1 change:" : `${changes.length} changes:`}
      </p>
      <ul className="mt-1 border-l-2 border-rule pl-3">
        {changes.map(({ student, step, kind, checks }) => (
          <li key={`${student} ${step}`}>
            <strong>{student}</strong>, {step}: {KIND[kind]}
            {checks.length > 0 && <span className="text-quiet"> ({checks.join("; ")})</span>}
          </li>
        ))}
      </ul>
    </>
  );
}
