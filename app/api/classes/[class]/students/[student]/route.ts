import { z } from "zod";
import { displayName } from "../../../../../../classroom/display-name.ts";
import { newReturnCode } from "../../../../../../classroom/return-code.ts";
import { forItsTeachers, jsonBody, refusal } from "../../../class-request.ts";

const reason = z.string().trim().min(3).max(300);
const body = z.union([
  z.strictObject({ name: z.string().max(400) }),
  z.strictObject({ waive: z.strictObject({ step: z.string().max(161), reason }) }),
  /** Empty: in no group. */
  z.strictObject({ group: z.string().max(400) }),
  /** The number of the seat. */
  z.strictObject({ seat: z.number().int().min(1).max(999) }),
  z.strictObject({ returnCode: z.literal(true) }),
  z.strictObject({ leave: z.literal(true) }),
]);

/** Correct a student's name or seat, waive a step, make a return code, or end the enrolment. */
export async function PATCH(
  request: Request,
  { params }: { params: Promise<{ class: string; student: string }> },
): Promise<Response> {
  const { class: classId, student: studentId } = await params;
  const route = "/api/classes/[class]/students/[student]";
  return forItsTeachers(request, route, classId, async ({ runtime, person, taught }) => {
    const parsed = body.safeParse(await jsonBody(request));
    if (!parsed.success) {
      return refusal(400, "Fill in every field; a reason has 3 to 300 characters. Then try it again.");
    }
    if (taught.archivedAt) return refusal(409, "This class is archived and stays as it is.");
    const { classes, audit, stepPasses, baselines } = runtime.database;
    const student = await classes.student(classId, studentId);
    if (!student) return refusal(404, "This student is not in the class any more. Reload the page.");
    const change = parsed.data;
    const record = (action: string, details: Record<string, string> = {}) =>
      audit.record({
        actor: person,
        ...{ action, subject: "person" as const, subjectId: studentId, ownerId: studentId, classId, details },
      });

    if ("name" in change) {
      const name = displayName(change.name);
      if (name === undefined)
        return refusal(400, "A name has at least one letter or digit, and at most 60 characters.");
      const now = await classes.renameStudent(classId, studentId, name);
      await record("name corrected");
      return Response.json({ name: now });
    }
    if ("waive" in change) {
      const [chapterId = "", stepId = ""] = change.waive.step.split("/");
      const found = (await runtime.courses()).chapter(taught.courseId, chapterId);
      const step = found?.chapter.steps.find(({ id }) => id === stepId);
      if (!found || !step) return refusal(404, "There is no such step.");
      if (!student.labId) return refusal(409, "The student has opened no chapter yet; then a step can be waived.");
      const stepKey = `${taught.courseId}/${found.chapter.id}/${step.id}`;
      const isNew = await stepPasses.record({
        ...{ stepKey, personId: studentId, labId: student.labId, classId, score: 0 },
        // No content judged it.
        ...{ contentHash: "", waivedFor: change.waive.reason },
      });
      if (!isNew) return refusal(409, "The student has passed this step, or it was waived before.");
      await record("step waived", { step: stepKey });
      return new Response(null, { status: 204 });
    }
    if ("group" in change) {
      const name = change.group.trim() === "" ? undefined : displayName(change.group);
      if (name === undefined && change.group.trim() !== "") {
        return refusal(400, "A group's name has at least one letter or digit, and at most 60 characters.");
      }
      await runtime.database.groups.put(classId, studentId, name);
      await record("group changed");
      return new Response(null, { status: 204 });
    }
    if ("seat" in change) {
      const moved = await runtime.database.enrolments.moveToSeat(classId, studentId, `s${change.seat}`);
      if (moved.kind === "unknown") return refusal(404, "This student is not in the class any more. Reload the page.");
      if (moved.kind === "nodes-taken")
        return refusal(409, "The real nodes of that seat are used by a lab of somebody else. Choose another seat.");
      // Other nodes: what the ones before looked like says nothing about them.
      for (const labId of moved.labIds) await baselines.retire(labId);
      await record("seat changed", { seat: String(change.seat) });
      return new Response(null, { status: 204 });
    }
    if ("returnCode" in change) {
      // An instructor's own sign-in is not a student's to be made by colleagues.
      const whose = await runtime.database.people.find(studentId);
      if (whose?.role !== "student") return refusal(403, "Only a student gets a return code from an instructor.");
      const returnCode = await newReturnCode(runtime.database, studentId);
      await record("return code made");
      return Response.json({ returnCode });
    }
    await classes.removeStudent(classId, studentId);
    await record("taken out of the class");
    return new Response(null, { status: 204 });
  });
}
