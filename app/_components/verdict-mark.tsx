/** The shape of a verdict. Told apart without colour: filled with a tick, half full, dashed with `?`, with a dot, empty. */
import type { State } from "../_course/verdicts.ts";

const colours: Record<State, string> = {
  passed: "text-passed",
  working: "text-accent",
  "not-yet": "text-notyet",
  "could-not-check": "text-unknown",
  unchecked: "text-quiet",
};

/** Decoration beside the verdict's word; `size` in pixels. `quiet`: the shape alone, where nobody has to do anything. */
export function VerdictMark({ state, size = 16, quiet = false }: { state: State; size?: number; quiet?: boolean }) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 16 16"
      width={size}
      height={size}
      className={`shrink-0 ${quiet ? "text-quiet" : colours[state]}`}
      fill="none"
    >
      {state === "passed" && (
        <>
          <circle cx="8" cy="8" r="7" fill="currentColor" />
          <path d="m4.7 8.3 2.3 2.3 4.3-4.9" stroke="var(--paper)" strokeWidth="1.8" />
        </>
      )}
      {state === "working" && (
        <>
          <circle cx="8" cy="8" r="6.25" stroke="currentColor" strokeWidth="1.5" />
          <circle cx="8" cy="8" r="2.5" fill="currentColor" />
        </>
      )}
      {state === "not-yet" && (
        <>
          <circle cx="8" cy="8" r="6.25" stroke="currentColor" strokeWidth="1.5" />
          <path d="M8 3.5a4.5 4.5 0 0 0 0 9Z" fill="currentColor" />
        </>
      )}
      {state === "could-not-check" && (
        <>
          <circle cx="8" cy="8" r="6.25" stroke="currentColor" strokeWidth="1.5" strokeDasharray="2.6 1.8" />
          <path
            d="M6.3 6.5a1.75 1.75 0 1 1 2.6 1.5c-.6.35-.9.7-.9 1.3M8 11.6v.2"
            stroke="currentColor"
            strokeWidth="1.4"
            strokeLinecap="round"
          />
        </>
      )}
      {state === "unchecked" && <circle cx="8" cy="8" r="6.4" stroke="currentColor" strokeWidth="1.1" />}
    </svg>
  );
}
