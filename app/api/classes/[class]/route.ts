import { z } from "zod";
import { forItsTeachers, jsonBody, refusal } from "../class-request.ts";

const body = z.union([
  z.strictObject({ chapters: z.array(z.string().max(80)).max(100) }),
  z.strictObject({ joining: z.boolean() }),
  z.strictObject({ archived: z.literal(true) }),
]);

/** Open chapters, open or close the joining, or archive the class. */
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
    } else if ("joining" in change) await classes.setJoining(classId, change.joining);
    else await classes.archive(classId);
    const [action] = Object.keys(change);
    await audit.record({
      actor: person,
      ...{ action: `class changed: ${action}`, subject: "class", subjectId: classId, classId },
    });
    return new Response(null, { status: 204 });
  });
}
