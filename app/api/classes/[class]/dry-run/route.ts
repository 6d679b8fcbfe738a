import type { DryRunFinding } from "../../../../../server/dry-run.ts";
import { jsonLines } from "../../../../_class/json-lines.ts";
import { addressAskedAt } from "../../../../_class/own-address.ts";
import { forItsTeachers, refusal } from "../../class-request.ts";

/** The dry run: a line of JSON for each thing that is looked at, and a last one with what was found. */
export async function POST(request: Request, { params }: { params: Promise<{ class: string }> }): Promise<Response> {
  const { class: classId } = await params;
  return forItsTeachers(request, "/api/classes/[class]/dry-run", classId, async ({ runtime, taught }) => {
    if (taught.archivedAt) return refusal(409, "This class is archived; there is nothing to prepare.");
    const address = addressAskedAt(request.headers);
    return jsonLines<{ at: string } | { findings: DryRunFinding[] }>(async (tell) => {
      tell({ findings: await runtime.dryRun(taught, address, (at) => tell({ at })) });
    });
  });
}
