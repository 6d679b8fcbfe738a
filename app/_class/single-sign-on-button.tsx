"use client";

import { useState } from "react";
import { usePageWords, useTrouble } from "../_words/page-words.tsx";
import { sendJson } from "./send-json.ts";

/** Leads to the provider of single sign-on, and back here. */
export function SingleSignOnButton(props: {
  name: string;
  /** The person who is signed in connects it to themselves. */
  connect?: boolean;
  /** The form of a class to come back to; home unless said. */
  back?: string;
}) {
  const { name, connect = false, back } = props;
  const words = usePageWords();
  const troubleOf = useTrouble();
  const [trouble, setTrouble] = useState<string>();
  const [busy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    setTrouble(undefined);
    try {
      const path = connect ? "/api/auth/link-social" : "/api/auth/sign-in/social";
      const { url } = await sendJson<{ url?: string }>("POST", path, { back });
      if (url !== undefined) return window.location.assign(url);
      setTrouble(words("provider.no-address"));
    } catch (error) {
      setTrouble(troubleOf(error));
    }
    setBusy(false);
  };
  return (
    <>
      <button type="button" className="button min-h-11 px-5" disabled={busy} onClick={() => void go()}>
        {words(connect ? "provider.connect" : "provider.sign-in", { name })}
      </button>
      {trouble && (
        <span role="alert" className="mt-2 block border-l-2 border-notyet pl-3">
          {trouble} {words("provider.trouble")}
        </span>
      )}
    </>
  );
}
