import { z } from "zod";
import { may } from "../../../classroom/may.ts";
import { webRuntime } from "../../../server/web-runtime.ts";
import { learnerNote } from "../learner-note.ts";

const body = z.strictObject({
  course: z.string().max(80),
  chapter: z.string().max(80),
  /** `chapter`: the state in which this chapter's lab begins. */
  to: z.enum(["chapter", "restore-point"]),
  restorePoint: z.string().max(80).optional(),
});

/** Put the learner's lab into another state; what is in it now is kept as a restore point. */
export function POST(request: Request): Promise<Response> {
  return learnerNote(request, body, async ({ database, person, classId, course, chapter, note }) => {
    const lab = await database.labs.ofPerson(person.id, course.id, classId);
    if (!lab || !may(person, "fault-lab", { ownLab: await database.labs.belongsTo(lab.id, person.id) })) {
      return "You have no lab for this course yet. Open one of its chapters first.";
    }
    const runtime = webRuntime();
    const start = await runtime.chapterStart(`${course.id}/${chapter.id}`);
    if (!start) return "There is no such chapter.";
    const target =
      note.to === "restore-point"
        ? { to: note.to, id: note.restorePoint ?? "", label: `Left in chapter ${chapter.number}, to go back` }
        : start.change(`Before chapter ${chapter.number} was prepared`, lab.variables);
    try {
      await runtime.labs.change(lab.id, target);
    } catch (error) {
      // By name: Next has its own copy of the class.
      if (error instanceof Error && error.name === "LabUnavailable") return error.message;
      throw error;
    }
    await database.baselines.retire(lab.id);
    return undefined;
  });
}
