"use client";

import { useState } from "react";
import { sendJson } from "../_class/send-json.ts";

/** For a computer that others use, too. Says first how one comes back. */
export function SignOut({ back }: { back: string }) {
  const [asking, setAsking] = useState(false);
  const [trouble, setTrouble] = useState<string>();
  const leave = async () => {
    try {
      await sendJson("POST", "/api/auth/sign-out", {});
      window.location.assign("/");
    } catch (error) {
      setTrouble((error as Error).message);
    }
  };
  if (!asking) {
    return (
      <button type="button" className="link" onClick={() => setAsking(true)}>
        Sign out
      </button>
    );
  }
  return (
    <span role="alert" className="basis-full border-l-2 border-notyet pl-3 text-ink">
      {back}{" "}
      <button type="button" className="button" onClick={() => void leave()}>
        Sign out of this browser
      </button>{" "}
      <button type="button" className="button" onClick={() => setAsking(false)}>
        Stay
      </button>
      {trouble && <span className="block">{trouble}</span>}
    </span>
  );
}
