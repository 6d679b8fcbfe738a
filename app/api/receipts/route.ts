import { may } from "../../../classroom/may.ts";
import { routeRules } from "../../../classroom/rules.ts";
import { webRuntime } from "../../../server/web-runtime.ts";
import { jsonDownload } from "../../_receipts/json-download.ts";
import { receiptsDocument } from "../../_receipts/receipts-document.ts";
import { receiptsOf } from "../../_receipts/receipts-of.ts";

/** One's own receipts as a file. */
export async function GET(request: Request): Promise<Response> {
  const runtime = webRuntime();
  const person = await runtime.identify(request.headers);
  if (person === undefined || !may(person, routeRules["/api/receipts"]!)) {
    return Response.json({ message: "You are not signed in." }, { status: 401 });
  }
  const receipts = await receiptsOf(runtime, person.id);
  return jsonDownload("receipts", receiptsDocument(person.name, receipts, new Date()));
}
