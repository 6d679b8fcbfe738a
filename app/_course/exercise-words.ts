/** Score and time of an exercise, as pages say them. */
import type { StepProgress } from "../../gateway/protocol.ts";
import type { Words } from "../_words/catalogue.ts";

/** Share of the weight that is whole by the latest verdicts, 0 to 1. */
export function scoreNow(steps: readonly StepProgress[]): number {
  const checks = steps.flatMap((step) => step.checks);
  const sum = (list: typeof checks) => list.reduce((total, { weight }) => total + weight, 0);
  const total = sum(checks);
  return total === 0 ? 0 : sum(checks.filter(({ outcome }) => outcome === "passed")) / total;
}

/** `58 %`; never 100 before everything is whole. */
export function percent(share: number): string {
  return `${share === 1 ? 100 : Math.min(99, Math.round(share * 100))} %`;
}

/** `less than a minute`, `34 minutes`, `1 hour 4 minutes`. */
export function duration(words: Words, ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return words("duration.short");
  const hours = Math.floor(minutes / 60);
  return [
    ...(hours > 0 ? [words("duration.hours", { count: hours })] : []),
    ...(minutes % 60 > 0 ? [words("duration.minutes", { count: minutes % 60 })] : []),
  ].join(" ");
}
