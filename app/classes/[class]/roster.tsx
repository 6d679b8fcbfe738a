"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { sendJson } from "../../_class/send-json.ts";
import { Trouble } from "../../_components/trouble.tsx";
import { copyText } from "../../_course/clipboard.ts";

interface Enrolled {
  name: string;
  seat: string;
  returnCode: string;
}

/** Students from a pasted list; each gets a code to sign in with, shown once and made to be printed and cut. */
export function Roster({ classId }: { classId: string }) {
  const router = useRouter();
  const [enrolled, setEnrolled] = useState<Enrolled[]>();
  const [trouble, setTrouble] = useState<string>();
  const [busy, setBusy] = useState(false);
  const enrol = async (text: string) => {
    setBusy(true);
    setTrouble(undefined);
    try {
      const { students } = await sendJson<{ students: Enrolled[] }>("POST", `/api/classes/${classId}/roster`, { text });
      setEnrolled(students);
      router.refresh();
    } catch (error) {
      setTrouble((error as Error).message);
    } finally {
      setBusy(false);
    }
  };
  if (enrolled) return <Cards enrolled={enrolled} onClose={() => setEnrolled(undefined)} />;
  return (
    <details className="mt-2">
      <summary>Enrol students from a list</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void enrol(String(new FormData(event.currentTarget).get("text") ?? ""));
        }}
      >
        <label className="mt-2 block">
          <span className="text-quiet">
            Paste from a spreadsheet: one student in a line, the name first. With a first line of column names, “name”
            and “group” are read and everything else is passed over.
          </span>
          <textarea
            name="text"
            required
            rows={6}
            spellCheck={false}
            className="mt-1 block w-full rounded-sm border border-edge bg-paper px-3 py-2 font-mono text-small"
          />
        </label>
        <p className="mt-2">
          <button type="submit" className="button" disabled={busy}>
            Enrol them
          </button>
        </p>
        <Trouble className="mt-2 whitespace-pre-wrap">{trouble}</Trouble>
      </form>
    </details>
  );
}

function Cards({ enrolled, onClose }: { enrolled: Enrolled[]; onClose: () => void }) {
  const [copied, setCopied] = useState(false);
  const { origin } = window.location;
  const text = enrolled.map(({ name, returnCode }) => `${name}\t${origin}/return#${returnCode}`).join("\n");
  return (
    <section aria-label="Codes of the students" className="print-alone mt-2 border-y border-rule py-3">
      <p role="status">
        {enrolled.length} enrolled. Each has a code to sign in with at{" "}
        <span className="font-mono">{origin}/return</span>. They are shown only now: print this page or copy them.
      </p>
      <p className="no-print mt-2 flex flex-wrap gap-3">
        <button
          type="button"
          className="button"
          onClick={() => {
            copyText(text);
            setCopied(true);
          }}
        >
          {copied ? "Copied" : "Copy names and links"}
        </button>
        <button type="button" className="button" onClick={() => window.print()}>
          Print
        </button>
        <button type="button" className="button" onClick={onClose}>
          I have them
        </button>
      </p>
      <ul className="mt-3 grid gap-2 wide:grid-cols-2">
        {enrolled.map(({ name, seat, returnCode }) => (
          <li key={seat} className="break-inside-avoid border border-rule p-2">
            <span className="block font-semibold [overflow-wrap:anywhere]">{name}</span>
            <span className="block font-mono">{returnCode}</span>
            <span className="block text-small text-quiet">{origin}/return</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
