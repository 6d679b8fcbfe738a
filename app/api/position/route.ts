import { z } from "zod";
import { learnerNote } from "../learner-note.ts";

const body = z.strictObject({
  course: z.string().max(80),
  chapter: z.string().max(80),
  step: z.string().max(80).nullable(),
});

/** Where the learner is: they come back to it. */
export function POST(request: Request): Promise<Response> {
  return learnerNote(request, body, async ({ database, person, course, chapter, note }) => {
    if (note.step !== null && !chapter.steps.some((step) => step.id === note.step)) {
      return { refused: "refused.no-step" };
    }
    await database.positions.set(person.id, { courseId: course.id, chapterId: chapter.id, stepId: note.step });
    return undefined;
  });
}
