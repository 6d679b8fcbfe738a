"use client";

import { useState } from "react";
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
  const [trouble, setTrouble] = useState<string>();
  const [busy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    setTrouble(undefined);
    try {
      const path = connect ? "/api/auth/link-social" : "/api/auth/sign-in/social";
      const { url } = await sendJson<{ url?: string }>("POST", path, { back });
      if (url === undefined) throw new Error("The provider gave no address to sign in at. Try it again.");
      window.location.assign(url);
    } catch (error) {
      setTrouble((error as Error).message);
      setBusy(false);
    }
  };
  return (
    <>
      <button type="button" className="button min-h-11 px-5" disabled={busy} onClick={() => void go()}>
        {connect ? `Connect ${name}` : `Sign in with ${name}`}
      </button>
      {trouble && (
        <span role="alert" className="mt-2 block border-l-2 border-notyet pl-3">
          {trouble}. The provider may be out of reach: a class's code and your return code work without it.
        </span>
      )}
    </>
  );
}
