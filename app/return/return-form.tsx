"use client";

import { useEffect, useState } from "react";
import { Field, inputClass } from "../_class/field.tsx";
import { sendJson } from "../_class/send-json.ts";
import { ReturnCode } from "../join/join-form.tsx";

/** Signs in with a return code. The link carries it behind `#`, so that it reaches no log; signing in takes a press. */
export function ReturnForm({ signedIn }: { signedIn: boolean }) {
  const [code, setCode] = useState("");
  const [trouble, setTrouble] = useState<string>();
  const [busy, setBusy] = useState(false);
  useEffect(() => setCode(decodeURIComponent(window.location.hash.slice(1)).slice(0, 60)), []);

  const comeBack = async () => {
    setBusy(true);
    setTrouble(undefined);
    try {
      await sendJson("POST", "/api/auth/return", { code });
      window.location.assign("/");
    } catch (error) {
      setTrouble((error as Error).message);
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void comeBack();
      }}
    >
      {signedIn && <h2 className="mt-10 text-section">Be somebody else in this browser</h2>}
      <Field label="Your return code" hint="You got it when you joined. Capitals and dashes do not matter.">
        <input
          value={code}
          onChange={(event) => setCode(event.target.value)}
          required
          maxLength={60}
          autoComplete="off"
          spellCheck={false}
          className={`${inputClass} font-mono`}
        />
      </Field>
      {trouble && (
        <p role="alert" className="mt-4 border-l-2 border-notyet pl-3">
          {trouble}
        </p>
      )}
      <p className="mt-6">
        <button type="submit" className="button button-lead min-h-11 px-5" disabled={busy}>
          Come back
        </button>
      </p>
    </form>
  );
}

/** A new code for the person who is signed in; it ends the one before. */
export function NewReturnCode({ name }: { name: string }) {
  const [code, setCode] = useState<string>();
  const [trouble, setTrouble] = useState<string>();
  const make = async () => {
    try {
      setCode((await sendJson<{ returnCode: string }>("POST", "/api/auth/return-code", {})).returnCode);
    } catch (error) {
      setTrouble((error as Error).message);
    }
  };
  return (
    <section aria-label="A new return code">
      <p className="mt-4 text-body">
        This browser is signed in as <strong>{name}</strong>. A new return code ends the one before.
      </p>
      {code ? (
        <ReturnCode code={code} />
      ) : (
        <p className="mt-4">
          <button type="button" className="button min-h-11" onClick={make}>
            Make a return code
          </button>
        </p>
      )}
      {trouble && <p role="alert">{trouble}</p>}
    </section>
  );
}
