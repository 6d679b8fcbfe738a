/** From the text of an answer to checked values: the envelope `{data, total}`, the schema, and the first difference. */
import { z } from "zod";
import { PveError } from "./pve-error.ts";
import { wireInt } from "./schemas/wire.ts";

const envelope = z.looseObject({ data: z.unknown(), total: wireInt.optional() });

/**
 * Read an answer's `data` by a schema.
 *
 * @param request for the error: `GET /cluster/status`
 * @throws PveError malformed, with the path of the first place that differs: `data[0].nodeid`
 */
export function parseAnswer<T>(request: string, body: string, schema: z.ZodType<T>): { data: T; total?: number } {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    const start = body.slice(0, 60).replace(/\s+/g, " ");
    throw new PveError(request, { kind: "malformed", path: "", message: `no JSON: ${JSON.stringify(start)}` }, error);
  }
  const outer = envelope.safeParse(value);
  if (!outer.success) throw malformed(request, "", outer.error);
  const inner = schema.safeParse(outer.data.data);
  if (!inner.success) throw malformed(request, "data", inner.error);
  return { data: inner.data, ...(outer.data.total !== undefined && { total: outer.data.total }) };
}

function malformed(request: string, root: string, error: z.ZodError): PveError {
  const issue = error.issues[0];
  const path = (issue?.path ?? []).reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part)),
    root,
  );
  return new PveError(request, { kind: "malformed", path, message: issue?.message ?? "unknown shape" }, error);
}
