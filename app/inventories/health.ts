/** How what was found is said and marked. */
import type { Health } from "../../labs/doctor/findings.ts";

export const healthWords: Record<Health, string> = {
  good: "well",
  look: "look at it",
  unknown: "unclear",
  wrong: "wrong",
};
export const healthColours: Record<Health, string> = {
  good: "border-passed",
  look: "border-rule",
  unknown: "border-unknown",
  wrong: "border-notyet",
};
