import { z } from "zod";
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
    const encoder = new TextEncoder();
    let open = true;
    const stream = new ReadableStream<Uint8Array>({
      async start(controller) {
        const send = (value: object) => {
          if (open) controller.enqueue(encoder.encode(`${JSON.stringify(value)}\n`));
        };
        try {
          const reports = await runtime.inventories.examine(name, trust, (done, of, { seat, node }) =>
            send({ done, of, at: `${seat} / ${node}` }),
          );
          send({ reports: reports ?? [] });
          if (open) controller.close();
        } catch (cause) {
          controller.error(cause);
        }
      },
      cancel() {
        open = false;
      },
    });
    // Compressed, lines would wait for one another.
    return new Response(stream, {
      headers: { "content-type": "application/x-ndjson", "cache-control": "no-store, no-transform" },
    });
  });
}
