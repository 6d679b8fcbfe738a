"use client";

import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { Field, inputClass } from "../../_class/field.tsx";
import { sendJson } from "../../_class/send-json.ts";
import { TimeZoneInput } from "../../_class/time-zone-input.tsx";
import { Trouble } from "../../_components/trouble.tsx";

interface CourseChoice {
  id: string;
  title: string;
  chapters: { id: string; number: number; title: string }[];
}

/** Real nodes that nobody uses now. */
interface InventoryChoice {
  name: string;
  seats: number;
}

/** Name, course, when it meets, open chapters, whose the labs are and what they are made of, recording. */
export function ClassForm({ courses, inventories }: { courses: CourseChoice[]; inventories: InventoryChoice[] }) {
  const router = useRouter();
  const [courseId, setCourseId] = useState(courses[0]?.id ?? "");
  const [timeZone, setTimeZone] = useState("UTC");
  const [trouble, setTrouble] = useState<string>();
  const [busy, setBusy] = useState(false);
  useEffect(() => setTimeZone(Intl.DateTimeFormat().resolvedOptions().timeZone), []);
  const course = courses.find(({ id }) => id === courseId);

  const make = async (form: FormData) => {
    setBusy(true);
    setTrouble(undefined);
    try {
      const { id } = await sendJson<{ id: string }>("POST", "/api/classes", {
        name: String(form.get("name") ?? ""),
        course: courseId,
        chapters: form.getAll("chapter").map(String),
        timeZone,
        startsAt: String(form.get("startsAt") ?? ""),
        endsAt: String(form.get("endsAt") ?? ""),
        groups: form.get("labsOf") === "groups" ? Number(form.get("groups")) : 0,
        ...(form.get("nodes") !== "" && { inventory: String(form.get("nodes")) }),
        recording: { on: form.get("recording") === "on", keptDays: Number(form.get("keptDays")) },
      });
      router.push(`/classes/${id}`);
    } catch (error) {
      setTrouble((error as Error).message);
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void make(new FormData(event.currentTarget));
      }}
    >
      <Field label="Name of the class">
        <input name="name" required maxLength={200} className={inputClass} autoComplete="off" />
      </Field>
      <Field label="Time zone" hint="Where the class meets and its times are meant, such as Africa/Nairobi.">
        <TimeZoneInput value={timeZone} onChange={(event) => setTimeZone(event.target.value)} />
      </Field>
      <div className="grid gap-x-5 wide:grid-cols-2">
        <Field label="Begins" hint="People join from an hour before.">
          <input type="datetime-local" name="startsAt" className={inputClass} />
        </Field>
        <Field label="Ends" hint="Nobody joins after it. Recordings are kept from then on.">
          <input type="datetime-local" name="endsAt" className={inputClass} />
        </Field>
      </div>
      <Field label="Course">
        <select value={courseId} onChange={(event) => setCourseId(event.target.value)} className={inputClass}>
          {courses.map(({ id, title }) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
        </select>
      </Field>
      <fieldset className="mt-5">
        <legend className="font-semibold">Chapters that are open from the start</legend>
        {course?.chapters.map((chapter) => (
          <label key={`${course.id} ${chapter.id}`} className="flex min-h-9 items-center gap-2">
            <input type="checkbox" name="chapter" value={chapter.id} defaultChecked className="size-4" />
            <span>
              <span className="font-mono text-quiet">{chapter.number}</span> {chapter.title}
            </span>
          </label>
        ))}
        <p className="text-small text-quiet">Others can be opened later, on the class's page.</p>
      </fieldset>
      <fieldset className="mt-5">
        <legend className="font-semibold">Labs</legend>
        <label className="flex min-h-9 items-center gap-2">
          <input type="radio" name="labsOf" value="students" defaultChecked className="size-4" />
          <span>One for each student</span>
        </label>
        <label className="flex min-h-9 flex-wrap items-center gap-2">
          <input type="radio" name="labsOf" value="groups" className="size-4" />
          <span>One for each of</span>
          <input
            type="number"
            name="groups"
            aria-label="How many groups"
            min={1}
            max={100}
            defaultValue={6}
            className={`${inputClass} max-w-20`}
          />
          <span>groups</span>
        </label>
        <p className="text-small text-quiet">
          Whoever joins is put into the smallest group. A list can name other groups.
        </p>
        <label className="mt-2 block">
          Nodes
          <select name="nodes" className={inputClass}>
            <option value="">Simulated on this server, three for each lab</option>
            {inventories.map(({ name, seats }) => (
              <option key={name} value={name}>
                {name}: {seats} {seats === 1 ? "seat" : "seats"} with real nodes
              </option>
            ))}
          </select>
        </label>
      </fieldset>
      <fieldset className="mt-5">
        <legend className="font-semibold">Recording</legend>
        <label className="flex min-h-9 items-center gap-2">
          <input type="checkbox" name="recording" className="size-4" /> <span>Record what terminals print</span>
        </label>
        <label className="flex flex-wrap items-center gap-2">
          Keep recordings for
          <input
            type="number"
            name="keptDays"
            min={1}
            max={365}
            defaultValue={30}
            required
            className={`${inputClass} max-w-24`}
          />
          days
        </label>
        <p className="mt-1 text-small text-quiet">
          Students are told, and each may switch it off for their own terminals. It is decided now: once somebody has
          joined it can only be switched off.
        </p>
      </fieldset>
      <Trouble className="mt-4">{trouble}</Trouble>
      <p className="mt-6">
        <button type="submit" className="button button-lead min-h-11 px-5" disabled={busy}>
          Make the class
        </button>
      </p>
    </form>
  );
}
