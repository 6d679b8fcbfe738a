"use client";

import Link from "next/link";
import { useState } from "react";
import { Field, inputClass } from "../_class/field.tsx";
import { sendJson } from "../_class/send-json.ts";
import { SingleSignOnButton } from "../_class/single-sign-on-button.tsx";
import { JoinedRecording } from "./joined-recording.tsx";

interface Joined {
  name: string;
  again: boolean;
  returnCode?: string;
  /** The class records what terminals print. */
  recording?: { classId: string; keptDays: number };
}

/** Code and name; then the code for another device, which is shown once. */
export function JoinForm(props: { code: string; signedInAs?: string; role?: string; singleSignOn?: string }) {
  const { code, signedInAs, role, singleSignOn } = props;
  const [joined, setJoined] = useState<Joined>();
  const [trouble, setTrouble] = useState<string>();
  const [busy, setBusy] = useState(false);
  if (joined) return <Welcome joined={joined} />;

  const join = async (form: FormData) => {
    setBusy(true);
    setTrouble(undefined);
    try {
      const answer = await sendJson<Joined>("POST", "/api/auth/join", {
        code: String(form.get("code") ?? ""),
        name: String(form.get("name") ?? ""),
        email: String(form.get("email") ?? ""),
      });
      setJoined(answer);
    } catch (error) {
      setTrouble((error as Error).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void join(new FormData(event.currentTarget));
      }}
    >
      {singleSignOn !== undefined && (
        <p className="mt-4">
          <SingleSignOnButton name={singleSignOn} back={`/join?code=${code}`} />
          <span className="mt-1 block text-small text-quiet">You then join as that person. Or join without it:</span>
        </p>
      )}
      {signedInAs !== undefined && (
        <p className="mt-4 border-l-2 border-accent pl-3">
          This browser is signed in as <strong>{signedInAs}</strong>
          {role !== "student" && ` (${role})`}, and joins as that person.
        </p>
      )}
      <Field label="Code of the class" hint="Your instructor shows it. Capitals and dashes do not matter.">
        <input
          name="code"
          required
          maxLength={40}
          defaultValue={code}
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          className={`${inputClass} font-mono`}
        />
      </Field>
      <Field label="Your name" hint="As you want to be called; one word is enough. The instructor sees it.">
        <input
          name="name"
          required
          maxLength={200}
          autoComplete="name"
          defaultValue={signedInAs}
          className={inputClass}
        />
      </Field>
      <Field label="Mail address" hint="If you like. Your instructors see it; Quorate sends no mail.">
        <input name="email" type="email" maxLength={254} autoComplete="email" className={inputClass} />
      </Field>
      {trouble && (
        <p role="alert" className="mt-4 border-l-2 border-notyet pl-3">
          {trouble}
        </p>
      )}
      <p className="mt-6">
        <button type="submit" className="button button-lead min-h-11 px-5" disabled={busy}>
          Join
        </button>
      </p>
      <p className="mt-6 text-quiet">
        You joined before, on another device?{" "}
        <a className="link" href="/return">
          Come back with your return code
        </a>
        ; a second joining makes a second student.
      </p>
    </form>
  );
}

function Welcome({ joined }: { joined: Joined }) {
  return (
    <div role="status">
      <p className="mt-4 text-body">
        {joined.again ? "You were in this class already, as" : "You are in, as"} <strong>{joined.name}</strong>.
      </p>
      {joined.recording && <JoinedRecording {...joined.recording} />}
      {joined.returnCode && <ReturnCode code={joined.returnCode} />}
      <p className="mt-6">
        <Link className="button button-lead min-h-11 px-5" href="/">
          To the course
        </Link>
      </p>
    </div>
  );
}

/** The code for another device, and its link. */
export function ReturnCode({ code }: { code: string }) {
  const link = `${window.location.origin}/return#${code}`;
  return (
    <section aria-label="Your return code" className="mt-5 border-y border-rule py-4">
      <p>
        To go on with another device or browser, keep your return code. It is shown only now, and is like a password:
      </p>
      <p className="my-3 font-mono text-section">{code}</p>
      <p className="text-quiet">
        Type it at <span className="font-mono">{window.location.origin}/return</span>, or open{" "}
        <a className="link break-all" href={link}>
          your own link
        </a>{" "}
        there.
      </p>
    </section>
  );
}
