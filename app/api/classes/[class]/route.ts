import { z } from "zod";
import { displayName } from "../../../../classroom/display-name.ts";
import { classDates, datesOf } from "../class-dates.ts";
import { forItsTeachers, jsonBody, refusal } from "../class-request.ts";
import { recordingSetting } from "../recording-setting.ts";

const body = z.union([
  z.strictObject({ chapters: z.array(z.string().max(80)).max(100) }),
  z.strictObject({ joining: z.boolean() }),
  /** Students in the order of their seats, dealt out to so many groups; 0 for no groups. */
  z.strictObject({ groups: z.number().int().min(0).max(100) }),
  z.strictObject({ archived: z.literal(true) }),
  z.strictObject({ recording: recordingSetting }),
  z.strictObject({ dates: classDates }),
]);

/** Delete an archived class with everything of it. `name` is typed by the reader, as it is not to be had back. */
export async function DELETE(request: Request, { params }: { params: Promise<{ class: string }> }): Promise<Response> {
  const { class: classId } = await params;
  return forItsTeachers(request, "/api/classes/[class]", classId, async ({ runtime, person, taught }) => {
    const parsed = z.strictObject({ name: z.string().max(400) }).safeParse(await jsonBody(request));
    if (!parsed.success) return refusal(400, "The form could not be read. Reload the page.");
    if (!taught.archivedAt) return refusal(409, "A class in use is not deleted. Archive it first.");
    if (displayName(parsed.data.name) !== taught.name) {
      return refusal(400, "That is not the name of this class. Nothing was deleted.");
    }
    const { labIds, people } = await runtime.database.classes.remove(classId);
    for (const labId of labIds) await runtime.labs.remove(labId).catch(() => undefined);
    await runtime.database.audit.record({
      actor: person,
      ...{ action: "class deleted", subject: "class", subjectId: classId },
      details: { labs: labIds.length, people },
    });
    return Response.json({ people, labs: labIds.length });
  });
}

/** Open chapters, open or close the joining, deal out groups, say when it meets, decide about recording, or archive. */
export async function PATCH(request: Request, { params }: { params: Promise<{ class: string }> }): Promise<Response> {
  const { class: classId } = await params;
  return forItsTeachers(request, "/api/classes/[class]", classId, async ({ runtime, person, taught }) => {
    const parsed = body.safeParse(await jsonBody(request));
    if (!parsed.success) return refusal(400, "The form could not be read. Reload the page.");
    if (taught.archivedAt) return refusal(409, "This class is archived and stays as it is.");
    const { classes, audit } = runtime.database;
    const change = parsed.data;
    if ("chapters" in change) {
      const course = (await runtime.courses()).course(taught.courseId);
      const known = course?.chapters.map(({ id }) => id) ?? [];
      await classes.setChapters(
        classId,
        known.filter((id) => change.chapters.includes(id)),
      );
    } else if ("groups" in change) {
      await runtime.database.groups.deal(classId, change.groups);
    } else if ("joining" in change) await classes.setJoining(classId, change.joining);
    else if ("dates" in change) {
      const dates = datesOf(change.dates);
      if ("problem" in dates) return refusal(400, dates.problem);
      await classes.setDates(classId, { ...dates, timeZone: change.dates.timeZone });
    } else if ("recording" in change) {
      const done = await runtime.database.recordings.setClass(classId, change.recording);
      if (!done)
        return refusal(409, "Students have joined already, and were told otherwise. It can only be switched off.");
    } else await classes.archive(classId);
    const [action] = Object.keys(change);
    await audit.record({
      actor: person,
      ...{ action: `class changed: ${action}`, subject: "class", subjectId: classId, classId },
    });
    return new Response(null, { status: 204 });
  });
}
