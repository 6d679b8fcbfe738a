import { z } from "zod";
import { newReturnCode } from "../../../../../classroom/return-code.ts";
import { readRoster } from "../../../../../classroom/roster.ts";
import { studentsMost } from "../../../../../database/classes.ts";
import { forItsTeachers, jsonBody, refusal } from "../../class-request.ts";

/** A thousand long names. */
const body = z.strictObject({ text: z.string().max(200_000) });

/** Enrol a pasted list of students; answers each one's return code, which is told only here. All of them or none. */
export async function POST(request: Request, { params }: { params: Promise<{ class: string }> }): Promise<Response> {
  const { class: classId } = await params;
  return forItsTeachers(request, "/api/classes/[class]/roster", classId, async ({ runtime, person, taught }) => {
    const parsed = body.safeParse(await jsonBody(request));
    if (!parsed.success) return refusal(400, "This is longer than a list of students. Nobody was enrolled.");
    if (taught.archivedAt) return refusal(409, "This class is archived and stays as it is.");
    const roster = readRoster(parsed.data.text);
    if (!roster.ok) return refusal(400, ["Nobody was enrolled.", ...roster.problems].join("\n"));
    const { database } = runtime;
    const added = await database.classes.addStudents(
      classId,
      roster.students.map(({ name }) => name),
    );
    if (!added)
      return refusal(409, `A class takes ${studentsMost} students, and this list is too long for the places left.`);
    for (const [at, { group }] of roster.students.entries()) {
      const student = added[at];
      if (group !== undefined && student) await database.groups.put(classId, student.personId, group);
    }
    await database.groups.placeLate(
      classId,
      added.map(({ personId }) => personId),
    );
    const students = [];
    for (const { personId, displayName, seat } of added) {
      students.push({ name: displayName, seat, returnCode: await newReturnCode(database, personId) });
    }
    await database.audit.record({
      actor: person,
      ...{ action: "students enrolled", subject: "class", subjectId: classId, classId },
      details: { students: added.length },
    });
    return Response.json({ students }, { status: 201 });
  });
}
