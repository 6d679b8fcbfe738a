import { unpackJudgement } from "../../../../../../../../grader/judgement.ts";
import { jsonDownload } from "../../../../../../../_receipts/json-download.ts";
import { forItsTeachers, refusal } from "../../../../../class-request.ts";

/** What a student's pass of this class was judged on, for whoever teaches it. */
export async function GET(
  request: Request,
  { params }: { params: Promise<{ class: string; student: string; judgement: string }> },
): Promise<Response> {
  const { class: classId, student: studentId, judgement } = await params;
  const route = "/api/classes/[class]/students/[student]/receipts/[judgement]";
  return forItsTeachers(request, route, classId, async ({ runtime }) => {
    const { classes, judgements } = runtime.database;
    const [student, found] = await Promise.all([classes.student(classId, studentId), judgements.find(judgement)]);
    if (!student || found?.personId !== studentId || found.classId !== classId) {
      return refusal(404, "There is no such receipt in this class.");
    }
    return jsonDownload(`judged-${student.seat}`, await unpackJudgement(found.body));
  });
}
