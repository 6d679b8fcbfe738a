"use client";

import { useState } from "react";
import { sendJson } from "../_class/send-json.ts";
import { usePageWords, useTrouble } from "../_words/page-words.tsx";

/** For a computer that others use, too. Says first how one comes back. */
export function SignOut({ back }: { back: string }) {
  const words = usePageWords();
  const troubleOf = useTrouble();
  const [asking, setAsking] = useState(false);
  const [trouble, setTrouble] = useState<string>();
  const leave = async () => {
    try {
      await sendJson("POST", "/api/auth/sign-out", {});
      window.location.assign("/");
    } catch (error) {
      setTrouble(troubleOf(error));
    }
  };
  if (!asking) {
    return (
      <button type="button" className="link" onClick={() => setAsking(true)}>
        {words("sign-out.sign-out")}
      </button>
    );
  }
  return (
    <span role="alert" className="basis-full border-l-2 border-notyet pl-3 text-ink">
      {back}{" "}
      <button type="button" className="button" onClick={() => void leave()}>
        {words("sign-out.now")}
      </button>{" "}
      <button type="button" className="button" onClick={() => setAsking(false)}>
        {words("sign-out.stay")}
      </button>
      {trouble && <span className="block">{trouble}</span>}
    </span>
  );
}
