import { z } from "zod";
import { forItsTeachers, jsonBody, refusal } from "../../class-request.ts";

const body = z.strictObject({
  inventory: z.string().max(80),
  seat: z.string().max(80),
  /** Whose nodes they are from now on; `null`: nobody's. */
  labId: z.string().max(80).nullable(),
});

/** Give a seat of real nodes to a lab of the class, or free it. */
export async function PATCH(request: Request, { params }: { params: Promise<{ class: string }> }): Promise<Response> {
  const { class: classId } = await params;
  return forItsTeachers(request, "/api/classes/[class]/node-seats", classId, async ({ runtime, person }) => {
    const parsed = body.safeParse(await jsonBody(request));
    if (!parsed.success) return refusal(400, "The form could not be read. Reload the page.");
    const { inventory: name, seat, labId } = parsed.data;
    const { inventories, labs, baselines, audit } = runtime.database;
    const inventory = await inventories.find(name);
    if (!inventory?.inUse || inventory.classId !== classId || !inventory.seats.some((one) => one.name === seat)) {
      return refusal(404, "The class has no such seat any more. Reload the page.");
    }
    const lab = labId === null ? undefined : await labs.find(labId);
    if (labId !== null && (lab?.classId !== classId || lab.backend !== "inventory")) {
      return refusal(404, "The class has no such lab on real nodes. Reload the page.");
    }
    const moved = await inventories.give(name, seat, labId);
    // Other nodes: what the ones before looked like is no beginning for these.
    for (const changed of moved) await baselines.retire(changed);
    await audit.record({
      actor: person,
      ...{ action: "node seat given", subject: "class", subjectId: classId, classId },
      details: { inventory: name, seat, labs: moved.length },
    });
    return new Response(null, { status: 204 });
  });
}
