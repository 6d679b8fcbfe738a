import { z } from "zod";
import { learnerNote } from "../learner-note.ts";

const body = z.strictObject({
  course: z.string().max(80),
  chapter: z.string().max(80),
  /** `STEP/hint-LEVEL`, as the text names it. */
  hint: z.string().regex(/^[a-z0-9-]{1,80}\/hint-[1-3]$/),
});

/** A hint was opened: stored, because a score names it. */
export function POST(request: Request): Promise<Response> {
  return learnerNote(request, body, async ({ database, person, classId, course, chapter, note }) => {
    const [stepId = "", level = ""] = note.hint.split("/hint-");
    if (!chapter.texts.en?.outline.hints.includes(note.hint)) return { refused: "refused.no-hint" };
    const lab = await database.labs.ofPerson(person.id, course.id, classId);
    if (lab === undefined) return { refused: "lab.none-yet" };
    const stepKey = `${course.id}/${chapter.id}/${stepId}`;
    await database.hints.open({ personId: person.id, labId: lab.id, stepKey, level: Number(level) });
    return undefined;
  });
}
