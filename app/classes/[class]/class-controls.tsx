"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { sendJson } from "../../_class/send-json.ts";

interface ChapterSwitch {
  id: string;
  number: number;
  title: string;
  open: boolean;
}

/** What an instructor changes about a class: open chapters, joining, the end; and its results as a file. */
export function ClassControls(props: {
  classId: string;
  chapters: ChapterSwitch[];
  joining: boolean;
  archived: boolean;
}) {
  const { classId, chapters, joining, archived } = props;
  const router = useRouter();
  const [said, setSaid] = useState<string>();
  const [asking, setAsking] = useState(false);
  const change = async (what: object) => {
    try {
      await sendJson("PATCH", `/api/classes/${classId}`, what);
      setSaid(undefined);
      setAsking(false);
      router.refresh();
    } catch (error) {
      setSaid((error as Error).message);
    }
  };
  const toggle = ({ id, open }: ChapterSwitch) =>
    change({ chapters: chapters.filter((one) => (one.id === id ? !open : one.open)).map((one) => one.id) });
  return (
    <section aria-label="This class" className="mt-10 grid gap-8 border-t border-rule pt-5 wide:grid-cols-2">
      <fieldset disabled={archived}>
        <legend className="font-semibold">Chapters that are open</legend>
        {chapters.map((chapter) => (
          <label key={chapter.id} className="flex min-h-9 items-center gap-2">
            <input type="checkbox" checked={chapter.open} onChange={() => toggle(chapter)} className="size-4" />
            <span>
              <span className="font-mono text-quiet">{chapter.number}</span> {chapter.title}
            </span>
          </label>
        ))}
      </fieldset>
      <div>
        <h2 className="font-semibold">Results</h2>
        <p className="mt-2 flex flex-wrap gap-3">
          <a className="button" href={`/api/classes/${classId}/results?bom=1`}>
            CSV for a spreadsheet
          </a>
          <a className="button" href={`/api/classes/${classId}/results`}>
            CSV, plain UTF-8
          </a>
        </p>
        {!archived && (
          <>
            <h2 className="mt-6 font-semibold">Joining and the end</h2>
            <p className="mt-2 flex flex-wrap gap-3">
              <button type="button" className="button" onClick={() => change({ joining: !joining })}>
                {joining ? "Let nobody join any more" : "Let students join: new code"}
              </button>
              {!asking && (
                <button type="button" className="button" onClick={() => setAsking(true)}>
                  Archive the class
                </button>
              )}
            </p>
            {asking && (
              <p role="alert" className="mt-3 border-l-2 border-notyet pl-3">
                Nobody joins an archived class, and its students leave their labs of it. Results stay, and it cannot be
                opened again.{" "}
                <button type="button" className="button" onClick={() => change({ archived: true })}>
                  Archive it
                </button>{" "}
                <button type="button" className="button" onClick={() => setAsking(false)}>
                  Keep it open
                </button>
              </p>
            )}
          </>
        )}
        {said && (
          <p role="alert" className="mt-3">
            {said}
          </p>
        )}
      </div>
    </section>
  );
}
