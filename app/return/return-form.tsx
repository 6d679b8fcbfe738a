"use client";

import { useEffect, useState } from "react";
import { Field, inputClass } from "../_class/field.tsx";
import { sendJson } from "../_class/send-json.ts";
import { Trouble } from "../_components/trouble.tsx";
import { usePageWords, useTrouble } from "../_words/page-words.tsx";
import { woven } from "../_words/woven.tsx";
import { ReturnCode } from "../join/return-code.tsx";

/** Signs in with a return code. The link carries it behind `#`, so that it reaches no log; signing in takes a press. */
export function ReturnForm({ signedIn }: { signedIn: boolean }) {
  const words = usePageWords();
  const troubleOf = useTrouble();
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
      setTrouble(troubleOf(error));
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
      {signedIn && <h2 className="mt-10 text-section">{words("return.other-person")}</h2>}
      <Field label={words("return.code")} hint={words("return.code-hint")}>
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
      <Trouble className="mt-4">{trouble}</Trouble>
      <p className="mt-6">
        <button type="submit" className="button button-lead min-h-11 px-5" disabled={busy}>
          {words("return.title")}
        </button>
      </p>
    </form>
  );
}

/** A new code for the person who is signed in; it ends the one before. */
export function NewReturnCode({ name }: { name: string }) {
  const words = usePageWords();
  const troubleOf = useTrouble();
  const [code, setCode] = useState<string>();
  const [trouble, setTrouble] = useState<string>();
  const make = async () => {
    try {
      setCode((await sendJson<{ returnCode: string }>("POST", "/api/auth/return-code", {})).returnCode);
    } catch (error) {
      setTrouble(troubleOf(error));
    }
  };
  return (
    <section aria-label={words("return.new")}>
      <p className="mt-4 text-body">
        {woven((values) => words("return.new-text", values), [(inner) => <strong>{inner}</strong>], { name })}
      </p>
      {code ? (
        <ReturnCode code={code} />
      ) : (
        <p className="mt-4">
          <button type="button" className="button min-h-11" onClick={make}>
            {words("return.make")}
          </button>
        </p>
      )}
      <Trouble className="mt-3">{trouble}</Trouble>
    </section>
  );
}
