import { jsonDownload } from "../../../../../../_receipts/json-download.ts";
import { studentRecord } from "../../../../../../_record/load-record.ts";
import { forItsTeachers, refusal } from "../../../../class-request.ts";

/** A student's record of this class as a signed file, for whoever teaches it. */
export async function GET(
  request: Request,
  { params }: { params: Promise<{ class: string; student: string }> },
): Promise<Response> {
  const { class: classId, student: studentId } = await params;
  const route = "/api/classes/[class]/students/[student]/record";
  return forItsTeachers(request, route, classId, async ({ runtime }) => {
    const record = await studentRecord(runtime, classId, studentId);
    if (!record) return refusal(404, "This student is not in the class any more. Reload the page.");
    return jsonDownload(`record-seat-${record.class?.seat ?? ""}`, runtime.records.sign(record));
  });
}
