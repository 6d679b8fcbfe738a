/**
 * Judge a chapter: one observation against every check of every step, so that working ahead is credited.
 *
 * Pure: the same observation, baseline and variables give the same verdicts, whenever and wherever they are judged.
 */
import type { ChapterChecks, CheckContext } from "./checks/check.ts";
import { couldNotCheck } from "./checks/check.ts";
import { say } from "./checks/messages.ts";
import type { CheckVerdict } from "./verdict.ts";

/** What of a chapter is judged: `Chapter` of the content pipeline fits. */
export interface JudgedChapter {
  course: { id: string };
  chapter: { id: string; steps: { id: string; checks: { id: string; weight: number }[] }[] };
}

/** Verdicts in the order of the chapter. A check that throws could not check; the others are judged all the same. */
export function judge(chapter: JudgedChapter, checks: ChapterChecks, context: CheckContext): CheckVerdict[] {
  return chapter.chapter.steps.flatMap((step) =>
    step.checks.map(({ id, weight }) => {
      const key = `${chapter.course.id}/${chapter.chapter.id}/${step.id}/${id}`;
      const check = checks[step.id]?.[id];
      if (!check) return { key, weight, ...broken("checks.ts has no such check") };
      try {
        return { key, weight, ...check(context) };
      } catch (error) {
        return { key, weight, ...broken(error instanceof Error ? error.message : String(error)) };
      }
    }),
  );
}

/** A step's verdict from its checks: passed when all are; otherwise what can still be mended comes first. */
export function outcomeOf(verdicts: readonly { outcome: CheckVerdict["outcome"] }[]): CheckVerdict["outcome"] {
  if (verdicts.some(({ outcome }) => outcome === "not-yet")) return "not-yet";
  if (verdicts.some(({ outcome }) => outcome === "could-not-check")) return "could-not-check";
  return "passed";
}

/** Share of the weight that passed, 0 to 1. */
export function scoreOf(verdicts: readonly { outcome: CheckVerdict["outcome"]; weight: number }[]): number {
  const sum = (list: readonly { weight: number }[]) => list.reduce((total, { weight }) => total + weight, 0);
  const total = sum(verdicts);
  return total === 0 ? 0 : sum(verdicts.filter(({ outcome }) => outcome === "passed")) / total;
}

function broken(reason: string) {
  return couldNotCheck(say("check.broken", { reason }), say("next.tell-author"));
}
