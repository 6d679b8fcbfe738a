"use client";

import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { inputClass } from "../../_class/field.tsx";
import { sendJson } from "../../_class/send-json.ts";
import { ChangeLabs, type Whose } from "./change-labs.tsx";
import { ClassDates } from "./class-dates.tsx";
import { DryRun } from "./dry-run.tsx";
import { Roster } from "./roster.tsx";

interface Teacher {
  id: string;
  name: string;
  role: string;
}

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
  name: string;
  teachers: Teacher[];
  /** Who could teach it, too. */
  others: Teacher[];
  recording: { on: boolean; keptDays: number };
  dates: { startsAt: string; endsAt: string; timeZone: string };
  groups: number;
  /** Whose labs can be put into another state. */
  whose: Whose[];
  /** Somebody has joined: recording can only be switched off. */
  joined: boolean;
}) {
  const { classId, chapters, joining, archived, name, teachers, others, recording, joined, dates, groups, whose } =
    props;
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
    <section
      aria-label="This class"
      className="off-projector mt-10 grid gap-8 border-t border-rule pt-5 wide:grid-cols-2"
    >
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
        {!archived && <People {...{ classId, change, teachers, others, groups }} />}
        {!archived && <DryRun classId={classId} />}
        {!archived && joined && (
          <details className="mt-6">
            <summary className="font-semibold">Put labs into another state</summary>
            <ChangeLabs classId={classId} whose={whose} chapters={chapters} nodes={[]} />
          </details>
        )}
        <h2 className="mt-6 font-semibold">Results</h2>
        <p className="mt-2 flex flex-wrap gap-3">
          <a className="button" href={`/api/classes/${classId}/results?bom=1`}>
            CSV for a spreadsheet
          </a>
          <a className="button" href={`/api/classes/${classId}/results`}>
            CSV, plain UTF-8
          </a>
          <a className="button" href={`/api/classes/${classId}/export`}>
            JSON with every attempt
          </a>
        </p>
        <p className="mt-2">
          <Link className="link" href={`/classes/${classId}/questions`}>
            What is unusual, as questions
          </Link>
        </p>
        {!archived && (
          <>
            <h2 className="mt-6 font-semibold">Recording</h2>
            <p className="mt-2">
              {recording.on
                ? `Terminals are recorded and kept for ${recording.keptDays} days. Students see it and may switch it off for themselves.`
                : joined
                  ? "Terminals are not recorded. That cannot change any more, as students have joined."
                  : "Terminals are not recorded. It can be switched on until the first student joins."}
            </p>
            {(recording.on || !joined) && (
              <p className="mt-2">
                <button
                  type="button"
                  className="button"
                  onClick={() => change({ recording: { on: !recording.on, keptDays: recording.keptDays } })}
                >
                  {recording.on ? "Stop recording" : "Record terminals"}
                </button>
              </p>
            )}
            <ClassDates dates={dates} change={change} />
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
        {archived && <DeleteClass classId={classId} name={name} />}
        {said && (
          <p role="alert" className="mt-3">
            {said}
          </p>
        )}
      </div>
    </section>
  );
}

/** Students from a list, groups, and who else teaches. */
function People(props: {
  classId: string;
  change: (what: object) => Promise<void>;
  teachers: Teacher[];
  others: Teacher[];
  groups: number;
}) {
  const { classId, change, teachers, others, groups } = props;
  const router = useRouter();
  const [trouble, setTrouble] = useState<string>();
  const setTeaches = async (person: string, teaches: boolean) => {
    try {
      await sendJson("PATCH", `/api/classes/${classId}/teachers`, { person, teaches });
      setTrouble(undefined);
      router.refresh();
    } catch (error) {
      setTrouble((error as Error).message);
    }
  };
  return (
    <>
      <h2 className="font-semibold">People</h2>
      <Roster classId={classId} />
      <form
        className="mt-3 flex flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          void change({ groups: Number(new FormData(event.currentTarget).get("groups")) });
        }}
      >
        <label className="basis-full">
          <span className="text-quiet">Deal the students out to groups</span>
          <input
            name="groups"
            type="number"
            min={0}
            max={100}
            defaultValue={groups || 6}
            className={`${inputClass} max-w-28`}
          />
        </label>
        <button type="submit" className="button">
          Make groups
        </button>
        <span className="basis-full text-small text-quiet">
          A group shares one lab; a pass goes to each member who is there. Whoever joins later is put into the smallest
          group. 0 means a lab for each student. Single students change their group on their own page.
        </span>
      </form>
      <p className="mt-4">Taught by {teachers.map(({ name }) => name).join(", ") || "nobody"}.</p>
      <p className="mt-2 flex flex-wrap gap-3">
        {others.map(({ id, name }) => (
          <button key={id} type="button" className="button" onClick={() => setTeaches(id, true)}>
            Add {name}
          </button>
        ))}
        {teachers
          .filter(({ role }) => role === "co-instructor")
          .map(({ id, name }) => (
            <button key={id} type="button" className="button" onClick={() => setTeaches(id, false)}>
              Remove {name}
            </button>
          ))}
      </p>
      {trouble && <p role="alert">{trouble}</p>}
    </>
  );
}

function DeleteClass({ classId, name }: { classId: string; name: string }) {
  const router = useRouter();
  const [trouble, setTrouble] = useState<string>();
  const remove = async (form: FormData) => {
    try {
      await sendJson("DELETE", `/api/classes/${classId}`, { name: String(form.get("name") ?? "") });
      router.push("/classes");
    } catch (error) {
      setTrouble((error as Error).message);
    }
  };
  return (
    <details className="mt-6">
      <summary className="font-semibold">Delete the class with all personal data</summary>
      <form
        className="mt-2 border-l-2 border-notyet pl-3"
        onSubmit={(event) => {
          event.preventDefault();
          void remove(new FormData(event.currentTarget));
        }}
      >
        <p>
          Attempts, passes, labs and messages of this class go, and every student who is in no other class. Export first
          what you want to keep: nothing of it can be had back, except from a backup.
        </p>
        <label className="mt-2 block">
          Type the name of the class, {name}:
          <input name="name" required maxLength={200} autoComplete="off" className={inputClass} />
        </label>
        <p className="mt-2">
          <button type="submit" className="button">
            Delete it
          </button>
        </p>
        {trouble && <p role="alert">{trouble}</p>}
      </form>
    </details>
  );
}
