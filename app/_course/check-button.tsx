"use client";

import { useChapter } from "./chapter-provider.tsx";

/** Asks the grader to look now: at one step, or at the whole chapter. */
export function CheckButton({ step, label }: { step?: string; label?: string }) {
  const { checking, connection, check } = useChapter();
  const busy = checking !== undefined && (checking.step === undefined || checking.step === step);
  return (
    <button
      type="button"
      className="button"
      onClick={() => check(step)}
      disabled={connection !== "live" || busy}
      aria-busy={busy}
      title={connection === "live" ? undefined : "The checks need a connection to the server."}
    >
      {busy ? "Checking…" : (label ?? (step === undefined ? "Check all steps" : "Check this step"))}
    </button>
  );
}
