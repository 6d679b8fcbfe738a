import { z } from "zod";
import { forTeachers, jsonBody, refusal } from "../../classes/class-request.ts";

const body = z.union([
  /** `null`: learners outside any class. */
  z.strictObject({ use: z.strictObject({ classId: z.string().max(80).nullable() }) }),
  z.strictObject({ stop: z.literal(true) }),
]);
const ROUTE = "/api/inventories/[inventory]";
interface Params {
  params: Promise<{ inventory: string }>;
}

/** Say whose new labs stand on an inventory, or that none do any more. */
export function PATCH(request: Request, { params }: Params): Promise<Response> {
  return forTeachers(request, ROUTE, async ({ runtime, person }) => {
    const { inventory: name } = await params;
    const parsed = body.safeParse(await jsonBody(request));
    if (!parsed.success) return refusal(400, "The form could not be read. Reload the page.");
    const { inventories, classes, audit } = runtime.database;
    if (!(await inventories.find(name))) return refusal(404, "There is no such inventory any more. Reload the page.");
    const use = "use" in parsed.data ? parsed.data.use : undefined;
    if (use?.classId && !(await classes.find(use.classId))) return refusal(404, "There is no such class any more.");
    await inventories.use(name, use);
    const action = use ? "inventory used" : "inventory no longer used";
    await audit.record({
      actor: person,
      ...{ action, subject: "server", subjectId: name },
      ...(use?.classId && { classId: use.classId }),
    });
    return new Response(null, { status: 204 });
  });
}

/** Remove an inventory with its secrets. */
export function DELETE(request: Request, { params }: Params): Promise<Response> {
  return forTeachers(request, ROUTE, async ({ runtime, person }) => {
    const { inventory: name } = await params;
    const { inventories, audit } = runtime.database;
    if (!(await inventories.find(name))) return refusal(404, "There is no such inventory any more. Reload the page.");
    await inventories.remove(name);
    await audit.record({
      actor: person,
      ...{ action: "inventory removed", subject: "server", subjectId: name },
    });
    return new Response(null, { status: 204 });
  });
}
