import { z } from "zod";
import { forItsTeachers, jsonBody, refusal } from "../../../class-request.ts";

const body = z.strictObject({
  /** `course/chapter/step`. */
  step: z.string().max(243),
  person: z.string().max(80),
  credited: z.boolean(),
  reason: z.string().trim().min(3).max(300),
});

/** Credit a member of a group with a step that the group passed, or take it back; the student reads why. */
export async function PATCH(
  request: Request,
  { params }: { params: Promise<{ class: string; group: string }> },
): Promise<Response> {
  const { class: classId, group: groupId } = await params;
  return forItsTeachers(
    request,
    "/api/classes/[class]/groups/[group]",
    classId,
    async ({ runtime, person, taught }) => {
      const parsed = body.safeParse(await jsonBody(request));
      if (!parsed.success) return refusal(400, "Say why, in 3 to 300 characters: the student can read it.");
      if (taught.archivedAt) return refusal(409, "This class is archived and stays as it is.");
      const { groups, passCorrections, audit, classes } = runtime.database;
      const group = (await groups.all(classId)).find(({ id }) => id === groupId);
      if (!group?.labId) return refusal(404, "There is no such group, or it has no lab yet. Reload the page.");
      const { step: stepKey, person: personId, credited, reason } = parsed.data;
      if (!(await classes.student(classId, personId))) {
        return refusal(404, "This student is not in the class any more. Reload the page.");
      }
      const done = await passCorrections.correct({
        ...{ classId, labId: group.labId, stepKey, personId, credited, reason, authorId: person.id },
      });
      if (!done) return refusal(409, "It is so already, or nobody of the group passed this step. Reload the page.");
      await audit.record({
        actor: person,
        ...{ action: credited ? "pass credited" : "pass taken back", subject: "person", subjectId: personId },
        ...{ ownerId: personId, classId, details: { step: stepKey, reason } },
      });
      return new Response(null, { status: 204 });
    },
  );
}
