/** An exercise begins when its broken state has been put into a lab: what was drawn is kept with the lab, and when. */
import type { ChapterStart } from "../../content/pipeline/chapter-start.ts";
import type { Database } from "../../database/database.ts";
import type { Lab } from "../../database/labs.ts";

/** @param chapterKey `course/chapter`; nothing happens for a chapter that draws nothing */
export async function recordExerciseStart(
  database: Pick<Database, "labs" | "exerciseStarts">,
  lab: Lab,
  chapterKey: string,
  start: ChapterStart,
): Promise<void> {
  const drawn = start.drawn(lab);
  if (Object.keys(drawn).length === 0) return;
  await database.labs.setVariables(lab.id, { ...lab.variables, ...drawn });
  const { id: labId, personId, groupId } = lab;
  await database.exerciseStarts.record({ labId, personId, groupId, chapterKey, drawn });
}
