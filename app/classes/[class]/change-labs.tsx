"use client";

/** Labs of a class, a group or a student into another state: says what is lost, asks, and shows how far it is. */
import { useState } from "react";
import { Field, inputClass } from "../../_class/field.tsx";
import { askForLines } from "../../_class/json-lines.ts";
import type { LabsChanging } from "../../_class/labs-changing.ts";
import { Trouble } from "../../_components/trouble.tsx";
import { whatIsLost } from "../../_course/lab-change-words.ts";
import { english, wordsOf } from "../../_words/catalogue.ts";

export interface Whose {
  value: "all" | { group: string } | { student: string };
  label: string;
  labs: number;
}

interface Asked {
  whose: Whose;
  /** `fresh`, `node NAME` or `chapter ID`. */
  state: string;
  reason: string;
}

export function ChangeLabs(props: {
  classId: string;
  whose: Whose[];
  chapters: { id: string; number: number; title: string }[];
  /** That one may be made fresh alone; empty for several labs. */
  nodes: string[];
}) {
  const { classId, whose, chapters, nodes } = props;
  const [asked, setAsked] = useState<Asked>();
  const [progress, setProgress] = useState<LabsChanging>();
  const [problems, setProblems] = useState<LabsChanging[]>([]);
  const [trouble, setTrouble] = useState<string>();
  const [busy, setBusy] = useState(false);

  const change = async ({ whose: { value }, state, reason }: Asked) => {
    setAsked(undefined);
    setBusy(true);
    setTrouble(undefined);
    setProgress(undefined);
    setProblems([]);
    const [kind, name = ""] = state.split(" ");
    const to = kind === "chapter" ? { chapter: name } : "fresh";
    try {
      const request = { whose: value, to, reason, ...(kind === "node" && { node: name }) };
      await askForLines<LabsChanging>(`/api/classes/${classId}/labs`, request, (line) => {
        setProgress(line);
        if (line.problem !== undefined) setProblems((known) => [...known, line]);
      });
    } catch (error) {
      setTrouble((error as Error).message);
    } finally {
      setBusy(false);
    }
  };

  const node = asked?.state.startsWith("node ") ? asked.state.slice(5) : undefined;
  return (
    <div className="max-w-[34rem]">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          const chosen = whose[Number(form.get("whose") ?? 0)];
          const [state, reason] = [String(form.get("state")), String(form.get("reason")).trim()];
          if (chosen) setAsked({ whose: chosen, state, reason });
        }}
      >
        {whose.length > 1 && (
          <Field label="Whose labs">
            <select name="whose" className={inputClass}>
              {whose.map(({ label, labs }, at) => (
                <option key={label} value={at}>
                  {label}: {labs === 1 ? "1 lab" : `${labs} labs`}
                </option>
              ))}
            </select>
          </Field>
        )}
        <Field label="State">
          <select name="state" className={inputClass}>
            <option value="fresh">Fresh nodes, not in any cluster</option>
            {nodes.map((name) => (
              <option key={name} value={`node ${name}`}>
                Only {name}, as right after its installation
              </option>
            ))}
            {chapters.map(({ id, number, title }) => (
              <option key={id} value={`chapter ${id}`}>
                As chapter {number} begins: {title}
              </option>
            ))}
          </select>
        </Field>
        <Field label="Reason" hint="The students can read it.">
          <input name="reason" required minLength={3} maxLength={300} autoComplete="off" className={inputClass} />
        </Field>
        <p className="mt-3">
          <button type="submit" className="button" disabled={busy || asked !== undefined}>
            Change the lab{whose[0]?.labs === 1 && whose.length === 1 ? "" : "s"}
          </button>
        </p>
      </form>
      {asked && (
        <div role="alert" className="mt-3 border-l-2 border-notyet pl-3">
          <p>
            <strong>
              {asked.whose.label}, {asked.whose.labs === 1 ? "1 lab" : `${asked.whose.labs} labs`}.
            </strong>{" "}
            {node !== undefined
              ? whatIsLost(wordsOf(english), { to: "installed" }, node).join(" ")
              : "All nodes change to that state, and programs that run in the terminals end."}{" "}
            What is in a simulated lab now is kept as a restore point; its student can go back to it. Passes stay. A
            group shares its lab, so all of its members lose what is open.
          </p>
          <p className="mt-2 flex flex-wrap gap-3">
            <button type="button" className="button" onClick={() => void change(asked)}>
              {asked.whose.labs === 1 ? "Change it" : `Change ${asked.whose.labs} labs`}
            </button>
            <button type="button" className="button" onClick={() => setAsked(undefined)}>
              Leave {asked.whose.labs === 1 ? "it" : "them"}
            </button>
          </p>
        </div>
      )}
      <p role="status" className="mt-2">
        {busy && (
          <>
            <progress className="mr-2" max={progress?.of ?? 1} value={progress?.done ?? 0} />
            {progress ? `${progress.done} of ${progress.of}, last ${progress.name}. ` : "Begun. "}
            It goes on if you leave this page.
          </>
        )}
        {!busy && progress && progress.done === progress.of && (
          <>
            Done: {progress.of - problems.length} of {progress.of} changed. Terminals come back by themselves, with new
            shells.
          </>
        )}
      </p>
      {problems.length > 0 && (
        <ul aria-label="Labs that stayed as they were" className="mt-2 border-l-2 border-notyet pl-3">
          {problems.map(({ name, problem }) => (
            <li key={name} className="[overflow-wrap:anywhere]">
              <strong>{name}:</strong> {problem}
            </li>
          ))}
        </ul>
      )}
      <Trouble className="mt-2">{trouble}</Trouble>
    </div>
  );
}
