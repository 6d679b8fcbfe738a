"use client";

import { useWords } from "../_words/words.tsx";
import { useChapter } from "./chapter-provider.tsx";

/** Asks the grader to look now: at one step, or at the whole chapter. */
export function CheckButton({ step, label }: { step?: string; label?: string }) {
  const { checking, connection, check } = useChapter();
  const words = useWords();
  const busy = checking !== undefined && (checking.step === undefined || checking.step === step);
  return (
    <button
      type="button"
      className="button"
      onClick={() => check(step)}
      disabled={connection !== "live" || busy}
      aria-busy={busy}
      title={connection === "live" ? undefined : words("step.needs-connection")}
    >
      {busy ? words("step.checking") : (label ?? (step === undefined ? words("step.check-all") : words("step.check")))}
    </button>
  );
}
