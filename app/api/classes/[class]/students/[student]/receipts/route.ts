import { jsonDownload } from "../../../../../../_receipts/json-download.ts";
import { receiptsDocument } from "../../../../../../_receipts/receipts-document.ts";
import { receiptsOf } from "../../../../../../_receipts/receipts-of.ts";
import { forItsTeachers, refusal } from "../../../../class-request.ts";

/** A student's receipts of this class as a file, for whoever teaches it. */
export async function GET(
  request: Request,
  { params }: { params: Promise<{ class: string; student: string }> },
): Promise<Response> {
  const { class: classId, student: studentId } = await params;
  const route = "/api/classes/[class]/students/[student]/receipts";
  return forItsTeachers(request, route, classId, async ({ runtime }) => {
    const student = await runtime.database.classes.student(classId, studentId);
    if (!student) return refusal(404, "This student is not in the class any more. Reload the page.");
    const receipts = await receiptsOf(runtime, studentId, { classId });
    return jsonDownload(`receipts-${student.seat}`, receiptsDocument(student.displayName, receipts, new Date()));
  });
}
