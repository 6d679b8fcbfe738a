"use client";

import Link from "next/link";
import { useState } from "react";
import type { Role } from "../../classroom/person.ts";
import { Field, inputClass } from "../_class/field.tsx";
import { sendJson } from "../_class/send-json.ts";
import { SingleSignOnButton } from "../_class/single-sign-on-button.tsx";
import { Trouble } from "../_components/trouble.tsx";
import { usePageWords, useTrouble } from "../_words/page-words.tsx";
import { woven } from "../_words/woven.tsx";
import { JoinedRecording } from "./joined-recording.tsx";
import { ReturnCode } from "./return-code.tsx";

interface Joined {
  name: string;
  again: boolean;
  returnCode?: string;
  /** The class records what terminals print. */
  recording?: { classId: string; keptDays: number };
}

interface Signed {
  name: string;
  role: Role;
}

/** Code and name; then the code for another device, which is shown once. */
export function JoinForm(props: { code: string; signedInAs?: Signed; singleSignOn?: string }) {
  const { code, signedInAs, singleSignOn } = props;
  const words = usePageWords();
  const troubleOf = useTrouble();
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
      setTrouble(troubleOf(error));
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
          <span className="mt-1 block text-small text-quiet">{words("join.or-without")}</span>
        </p>
      )}
      {signedInAs !== undefined && <SignedIn {...signedInAs} />}
      <Field label={words("join.code")} hint={words("join.code-hint")}>
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
      <Field label={words("join.name")} hint={words("join.name-hint")}>
        <input
          name="name"
          required
          maxLength={200}
          autoComplete="name"
          defaultValue={signedInAs?.name}
          className={inputClass}
        />
      </Field>
      <Field label={words("join.mail")} hint={words("join.mail-hint")}>
        <input name="email" type="email" maxLength={254} autoComplete="email" className={inputClass} />
      </Field>
      <Trouble className="mt-4">{trouble}</Trouble>
      <p className="mt-6">
        <button type="submit" className="button button-lead min-h-11 px-5" disabled={busy}>
          {words("join.join")}
        </button>
      </p>
      <p className="mt-6 text-quiet">
        {woven(
          () => words("join.before"),
          [
            (inner) => (
              <a className="link" href="/return">
                {inner}
              </a>
            ),
          ],
        )}
      </p>
    </form>
  );
}

function SignedIn({ name, role }: Signed) {
  const words = usePageWords();
  const id = role === "student" ? "join.signed-in" : "join.signed-in-role";
  return (
    <p className="mt-4 border-l-2 border-accent pl-3">
      {woven((values) => words(id, values), [(inner) => <strong>{inner}</strong>], {
        name,
        role: words(`role.${role}`),
      })}
    </p>
  );
}

function Welcome({ joined }: { joined: Joined }) {
  const words = usePageWords();
  const { name, again, recording, returnCode } = joined;
  return (
    <div role="status">
      <p className="mt-4 text-body">
        {woven(
          (values) => words(again ? "join.in-already" : "join.in", values),
          [(inner) => <strong>{inner}</strong>],
          { name },
        )}
      </p>
      {recording && <JoinedRecording {...recording} />}
      {returnCode && <ReturnCode code={returnCode} />}
      <p className="mt-6">
        <Link className="button button-lead min-h-11 px-5" href="/">
          {words("join.to-course")}
        </Link>
      </p>
    </div>
  );
}
