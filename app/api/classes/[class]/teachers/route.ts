import { z } from "zod";
import { forItsTeachers, jsonBody, refusal } from "../../class-request.ts";

const body = z.strictObject({ person: z.string().max(80), teaches: z.boolean() });

/** Let another instructor of this server teach the class, too, or not any more. */
export async function PATCH(request: Request, { params }: { params: Promise<{ class: string }> }): Promise<Response> {
  const { class: classId } = await params;
  return forItsTeachers(request, "/api/classes/[class]/teachers", classId, async ({ runtime, person }) => {
    const parsed = body.safeParse(await jsonBody(request));
    if (!parsed.success) return refusal(400, "The form could not be read. Reload the page.");
    const { classes, people, audit } = runtime.database;
    const teacher = (await people.teachers()).find(({ id }) => id === parsed.data.person);
    if (!teacher)
      return refusal(404, "Nobody of that name teaches on this server. The administrator invites instructors.");
    await classes.setCoInstructor(classId, teacher, parsed.data.teaches);
    await audit.record({
      actor: person,
      ...{ action: parsed.data.teaches ? "co-instructor added" : "co-instructor removed" },
      ...{ subject: "class", subjectId: classId, ownerId: teacher.id, classId },
    });
    return new Response(null, { status: 204 });
  });
}
