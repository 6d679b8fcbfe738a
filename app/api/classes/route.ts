import { z } from "zod";
import { displayName } from "../../../classroom/display-name.ts";
import { classDates, datesOf } from "./class-dates.ts";
import { forTeachers, jsonBody, refusal } from "./class-request.ts";
import { recordingSetting } from "./recording-setting.ts";

const body = z.strictObject({
  name: z.string().max(400),
  course: z.string().max(80),
  chapters: z.array(z.string().max(80)).max(100),
  ...classDates.shape,
  /** Labs are of groups, so many; 0: one for each student. */
  groups: z.number().int().min(0).max(100).default(0),
  /** Name of the inventory whose seats the labs take; absent: simulated nodes. */
  inventory: z.string().max(100).optional(),
  recording: recordingSetting.optional(),
});

/** Make a class. */
export function POST(request: Request): Promise<Response> {
  return forTeachers(request, "/api/classes", async ({ runtime, person }) => {
    const parsed = body.safeParse(await jsonBody(request));
    if (!parsed.success) return refusal(400, "The form could not be read. Reload the page.");
    const name = displayName(parsed.data.name);
    if (name === undefined) return refusal(400, "Give the class a name of at most 60 characters.");
    const course = (await runtime.courses()).course(parsed.data.course);
    if (course === undefined) return refusal(404, "There is no such course.");
    const chapters = course.chapters.map(({ id }) => id).filter((id) => parsed.data.chapters.includes(id));
    if (chapters.length === 0) return refusal(400, "Open at least one chapter.");
    const { timeZone } = parsed.data;
    const dates = datesOf(parsed.data);
    if ("problem" in dates) return refusal(400, dates.problem);
    const { groups: groupCount, inventory } = parsed.data;
    const { inventories, audit } = runtime.database;
    if (inventory !== undefined) {
      const found = await inventories.find(inventory);
      if (!found) return refusal(404, "These real nodes are not described here any more. Reload the page.");
      if (found.inUse) return refusal(409, "These real nodes are in use by others. Ask the administrator.");
    }
    const made = await runtime.database.classes.create({
      ...{ name, courseId: course.id, chapters, timeZone, ...dates, groupCount, teacher: person },
    });
    const { recording } = parsed.data;
    if (recording) await runtime.database.recordings.setClass(made.id, recording);
    if (inventory !== undefined) {
      await inventories.use(inventory, { classId: made.id });
      await audit.record({
        actor: person,
        ...{ action: "inventory used", subject: "server", subjectId: inventory, classId: made.id },
      });
    }
    await audit.record({
      actor: person,
      ...{ action: "class made", subject: "class", subjectId: made.id, classId: made.id },
    });
    return Response.json({ id: made.id }, { status: 201 });
  });
}
