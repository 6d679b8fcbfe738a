import { z } from "zod";
import { jsonLines } from "../../../../_class/json-lines.ts";
import { forTeachers, jsonBody, refusal } from "../../../classes/class-request.ts";

const body = z.strictObject({ trust: z.boolean() });

/** The doctor: a line of JSON for each node as it is done, and a last one with every report. */
export function POST(request: Request, { params }: { params: Promise<{ inventory: string }> }): Promise<Response> {
  return forTeachers(request, "/api/inventories/[inventory]/doctor", async ({ runtime, person }) => {
    const { inventory: name } = await params;
    const parsed = body.safeParse(await jsonBody(request));
    if (!parsed.success) return refusal(400, "The form could not be read. Reload the page.");
    const { inventories, audit } = runtime.database;
    if (!(await inventories.find(name))) return refusal(404, "There is no such inventory any more. Reload the page.");
    const { trust } = parsed.data;
    if (trust) {
      await audit.record({
        actor: person,
        ...{ action: "host keys trusted", subject: "server", subjectId: name },
      });
    }
    return jsonLines(async (tell) => {
      const reports = await runtime.inventories.examine(name, trust, (done, of, { seat, node }) =>
        tell({ done, of, at: `${seat} / ${node}` }),
      );
      tell({ reports: reports ?? [] });
    });
  });
}
