/** The learner's own values, which a chapter's text and checks name: `clusterName`. */
import type { ChapterFile } from "./schemas.ts";

/** The learner's own values for one who learns alone. */
export function selfPacedVariables(chapter: ChapterFile): Record<string, string> {
  return Object.fromEntries(Object.entries(chapter.variables).map(([name, { selfPaced }]) => [name, selfPaced]));
}

/** The same in a class; `code` belongs to the seat. */
export function seatVariables(chapter: ChapterFile, code: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(chapter.variables).map(([name, { perLearner }]) => [name, perLearner.replaceAll("{code}", code)]),
  );
}
