import { z } from "zod";
import { forTeachers, jsonBody, refusal } from "../classes/class-request.ts";

/** Three hundred seats written out in full. */
const body = z.strictObject({ yaml: z.string().max(500_000) });

/** Keep an inventory; one that is wrong is refused with every wrong place. It may name commands of this machine. */
export function POST(request: Request): Promise<Response> {
  return forTeachers(request, "/api/inventories", async ({ runtime, person }) => {
    const parsed = body.safeParse(await jsonBody(request));
    if (!parsed.success) return refusal(400, "This is longer than an inventory. Nothing was kept.");
    const kept = await runtime.inventories.keep(parsed.data.yaml);
    if ("problems" in kept) return refusal(400, ["Nothing was kept.", ...kept.problems].join("\n"));
    await runtime.database.audit.record({
      actor: person,
      ...{ action: "inventory imported", subject: "server", subjectId: kept.name },
    });
    return Response.json({ name: kept.name }, { status: 201 });
  });
}
