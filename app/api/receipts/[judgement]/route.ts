import { may } from "../../../../classroom/may.ts";
import { routeRules } from "../../../../classroom/rules.ts";
import { unpackJudgement } from "../../../../grader/judgement.ts";
import { webRuntime } from "../../../../server/web-runtime.ts";
import { jsonDownload } from "../../../_receipts/json-download.ts";

/** What one of one's own passes was judged on, as a file for `npm run grade -- --observation`. */
export async function GET(request: Request, { params }: { params: Promise<{ judgement: string }> }): Promise<Response> {
  const { judgement } = await params;
  const runtime = webRuntime();
  const person = await runtime.identify(request.headers);
  if (person === undefined || !may(person, routeRules["/api/receipts/[judgement]"]!)) {
    return Response.json({ message: "You are not signed in." }, { status: 401 });
  }
  const found = await runtime.database.judgements.find(judgement);
  if (found?.personId !== person.id) {
    return Response.json({ message: "There is no such receipt of yours." }, { status: 404 });
  }
  return jsonDownload("judged", await unpackJudgement(found.body));
}
