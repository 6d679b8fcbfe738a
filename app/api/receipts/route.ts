import { may } from "../../../classroom/may.ts";
import { routeRules } from "../../../classroom/rules.ts";
import { webRuntime } from "../../../server/web-runtime.ts";
import { jsonDownload } from "../../_receipts/json-download.ts";
import { receiptsDocument, shownReceipts } from "../../_receipts/receipts-document.ts";

/** One's own receipts as a file. */
export async function GET(request: Request): Promise<Response> {
  const runtime = webRuntime();
  const person = await runtime.identify(request.headers);
  if (person === undefined || !may(person, routeRules["/api/receipts"]!)) {
    return Response.json({ message: "You are not signed in." }, { status: 401 });
  }
  const passes = await runtime.database.stepPasses.receipts(person.id);
  const receipts = shownReceipts(passes, (await runtime.courses()).all());
  return jsonDownload("receipts", receiptsDocument(person.name, receipts, new Date()));
}
