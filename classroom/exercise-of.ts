/** How a person stands in an exercise, from what is stored of them. */
import type { Database } from "../database/database.ts";
import { type ExerciseChapter, type ExerciseStanding, exerciseStanding } from "./exercise-standing.ts";

/** Changes of verdicts that are looked at, newest first; somebody who works for days has some hundreds. */
const ATTEMPTS_MAX = 5_000;

/**
 * @param options.classId only what was done in this class
 * @param options.labId a lab that may have no verdict yet
 */
export async function exerciseOf(
  database: Pick<Database, "attempts" | "stepPasses" | "exerciseStarts">,
  personId: string,
  chapterKey: string,
  chapter: ExerciseChapter,
  options: { classId?: string; labId?: string } = {},
): Promise<ExerciseStanding> {
  const { classId, labId } = options;
  const [all, kept] = await Promise.all([
    database.attempts.ofPerson(personId, `${chapterKey}/`, ATTEMPTS_MAX),
    database.stepPasses.receipts(personId, classId),
  ]);
  // What was judged again was not seen at the moment of judging.
  const attempts = all.filter((one) => one.trigger !== "again" && (classId === undefined || one.classId === classId));
  const passes = kept
    .filter(({ stepKey }) => stepKey.startsWith(`${chapterKey}/`))
    .map(({ receipt, ...pass }) => ({
      ...pass,
      ...(receipt?.baselineAt !== undefined && { baselineAt: receipt.baselineAt }),
    }));
  const labIds = new Set([...attempts, ...passes].map((one) => one.labId));
  if (labId !== undefined) labIds.add(labId);
  const starts = await database.exerciseStarts.ofLabs([...labIds], chapterKey);
  return exerciseStanding(chapter, { chapterKey, starts, attempts, passes });
}
