import { may } from "../../../../classroom/may.ts";
import { routeRules } from "../../../../classroom/rules.ts";
import { webRuntime } from "../../../../server/web-runtime.ts";
import { jsonDownload } from "../../../_receipts/json-download.ts";
import { ownRecord } from "../../../_record/load-record.ts";

/** One's own record of a course, signed now. */
export async function GET(request: Request, { params }: { params: Promise<{ course: string }> }): Promise<Response> {
  const runtime = webRuntime();
  const person = await runtime.identify(request.headers);
  if (person === undefined || !may(person, routeRules["/api/records/[course]"]!)) {
    return Response.json({ message: "You are not signed in." }, { status: 401 });
  }
  const course = (await runtime.courses()).course((await params).course);
  if (!course) return Response.json({ message: "There is no such course." }, { status: 404 });
  return jsonDownload(`record-${course.id}`, runtime.records.sign(await ownRecord(runtime, person, course)));
}
