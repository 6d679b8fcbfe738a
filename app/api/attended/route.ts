import { z } from "zod";
import { may } from "../../../classroom/may.ts";
import { routeRules } from "../../../classroom/rules.ts";
import { webRuntime } from "../../../server/web-runtime.ts";
import { jsonBody, refusal } from "../classes/class-request.ts";

const body = z.strictObject({ class: z.string().max(80) });

/** Of several classes of one course, work in this one from now on. */
export async function PATCH(request: Request): Promise<Response> {
  const runtime = webRuntime();
  const person = await runtime.identify(request.headers);
  if (person === undefined) return refusal(401, "You are not signed in.");
  const parsed = body.safeParse(await jsonBody(request));
  if (!parsed.success) return refusal(400, "The form could not be read. Reload the page.");
  const { classes, enrolments } = runtime.database;
  const about = { attendsClass: await classes.isAttendedBy(parsed.data.class, person.id) };
  if (!may(person, routeRules["/api/attended"]!, about)) return refusal(403, "You are not in this class any more.");
  await enrolments.choose(parsed.data.class, person.id);
  return new Response(null, { status: 204 });
}
