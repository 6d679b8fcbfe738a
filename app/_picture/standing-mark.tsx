/** The shape of a node's standing, told apart without colour. */
import type { Standing } from "./picture-words.ts";

const colours: Record<Standing, string> = {
  quorate: "text-passed",
  "not-quorate": "text-notyet",
  "no-cluster": "text-quiet",
  silent: "text-unknown",
  unclear: "text-unknown",
  off: "text-quiet",
  frozen: "text-notyet",
  unseen: "text-quiet",
};

export const standingColour = (standing: Standing): string => colours[standing];

/** Filled: quorate; half: not; empty: no cluster; dashed: unknown; a stroke across: off. */
export function StandingMark({ standing }: { standing: Standing }) {
  const dashed = standing === "silent" || standing === "unclear" || standing === "unseen";
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 12 12"
      width="12"
      height="12"
      fill="none"
      stroke="currentColor"
      className={`shrink-0 ${colours[standing]}`}
    >
      <circle
        cx="6"
        cy="6"
        r="5"
        strokeWidth="1.3"
        fill={standing === "quorate" ? "currentColor" : "none"}
        strokeDasharray={dashed ? "2.2 1.6" : undefined}
      />
      {standing === "not-quorate" && <path d="M6 2.6a3.4 3.4 0 0 0 0 6.8Z" fill="currentColor" stroke="none" />}
      {standing === "off" && <path d="m2.6 9.4 6.8-6.8" strokeWidth="1.3" />}
      {standing === "frozen" && <path d="M4.5 3.8v4.4M7.5 3.8v4.4" strokeWidth="1.3" />}
    </svg>
  );
}
