/** What the handlers about classes share: who asks, whether they may, and refusals with a sentence. */
import { may } from "../../../classroom/may.ts";
import type { Person } from "../../../classroom/person.ts";
import { routeRules } from "../../../classroom/rules.ts";
import type { Class } from "../../../database/classes.ts";
import { type WebRuntime, webRuntime } from "../../../server/web-runtime.ts";

export interface ClassRequest {
  runtime: WebRuntime;
  person: Person;
}

/** Answer somebody who may. @param route as `routeRules` writes it */
export async function forTeachers(
  request: Request,
  route: string,
  answer: (asked: ClassRequest) => Promise<Response>,
): Promise<Response> {
  const runtime = webRuntime();
  const person = await runtime.identify(request.headers);
  if (person === undefined) return refusal(401, "You are not signed in.");
  if (!may(person, routeRules[route]!)) return refusal(403, "This is for instructors.");
  return answer({ runtime, person });
}

/** The same about one class, which the person must teach. A class of others and one that is not there look alike. */
export async function forItsTeachers(
  request: Request,
  route: string,
  classId: string,
  answer: (asked: ClassRequest & { taught: Class }) => Promise<Response>,
): Promise<Response> {
  const runtime = webRuntime();
  const person = await runtime.identify(request.headers);
  if (person === undefined) return refusal(401, "You are not signed in.");
  const { classes } = runtime.database;
  const about = { teachesClass: await classes.isTaughtBy(classId, person.id) };
  if (!may(person, routeRules[route]!, about)) return refusal(403, "This class is not yours.");
  const taught = await classes.find(classId);
  if (taught === undefined) return refusal(404, "There is no such class.");
  return answer({ runtime, person, taught });
}

/** The body as JSON; undefined for anything else. A form of another site cannot send this type without asking first. */
export async function jsonBody(request: Request): Promise<unknown> {
  if (!request.headers.get("content-type")?.startsWith("application/json")) return undefined;
  return request.json().catch(() => undefined);
}

export function refusal(status: number, message: string): Response {
  return Response.json({ message }, { status });
}
