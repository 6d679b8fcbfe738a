"use client";

import { useWords } from "../_words/words.tsx";
import { useChapter } from "./chapter-provider.tsx";
import { useSecondsUntil } from "./use-seconds-until.ts";

/** Asks the grader to look now: at one step, or at the whole chapter. One that has to wait says for how long. */
export function CheckButton({ step, label }: { step?: string; label?: string }) {
  const { checking, turnAtMs, connection, check } = useChapter();
  const words = useWords();
  const busy = checking !== undefined && (checking.step === undefined || checking.step === step);
  const seconds = useSecondsUntil(busy ? turnAtMs : undefined);
  const working = seconds === undefined ? words("step.checking") : words("step.waits", { seconds });
  const usual = label ?? words(step === undefined ? "step.check-all" : "step.check");
  const why = seconds === undefined ? undefined : words("step.waits-why");
  return (
    <button
      type="button"
      className="button"
      onClick={() => check(step)}
      disabled={connection !== "live" || busy}
      aria-busy={busy}
      title={connection === "live" ? why : words("step.needs-connection")}
    >
      {busy ? working : usual}
    </button>
  );
}
