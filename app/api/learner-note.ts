/** What both small route handlers share: who asks, from where, about which chapter. */
import type { z } from "zod";
import { may } from "../../classroom/may.ts";
import type { Person } from "../../classroom/person.ts";
import { routeRules } from "../../classroom/rules.ts";
import type { Chapter, Course } from "../../content/pipeline/courses.ts";
import type { Database } from "../../database/database.ts";
import { webRuntime } from "../../server/web-runtime.ts";

export interface LearnerNote<T> {
  database: Database;
  person: Person;
  /** Where the person learns the course in a class. */
  classId: string | undefined;
  course: Course;
  chapter: Chapter;
  note: T;
}

/**
 * Store something that a learner did on a chapter's page.
 *
 * @param store returns why the note makes no sense, nothing when it is stored, or what there is to say of it then
 */
export async function learnerNote<T extends { course: string; chapter: string }>(
  request: Request,
  schema: z.ZodType<T>,
  store: (note: LearnerNote<T>) => Promise<string | { printed: string } | undefined>,
): Promise<Response> {
  const runtime = webRuntime();
  if (!request.headers.get("content-type")?.startsWith("application/json")) {
    // A form of another site cannot send this type without asking first.
    return refusal(415, "send JSON");
  }
  const person = await runtime.identify(request.headers);
  if (person === undefined) return refusal(401, "You are not signed in.");
  const action = routeRules[new URL(request.url).pathname];
  if (action === undefined || !may(person, action)) return refusal(403, "This is not for your role.");
  const parsed = schema.safeParse(await request.json().catch(() => undefined));
  if (!parsed.success) return refusal(400, parsed.error.issues[0]?.message ?? "not understood");
  const found = (await runtime.courses()).chapter(parsed.data.course, parsed.data.chapter);
  if (found === undefined) return refusal(404, "There is no such chapter.");
  const seat = await runtime.database.classes.seatOf(person.id, found.course.id);
  if (seat && !seat.chapters.includes(found.chapter.id)) return refusal(403, "Your class has not opened this chapter.");
  const reason = await store({
    database: runtime.database,
    person,
    classId: seat?.classId,
    ...found,
    note: parsed.data,
  });
  if (typeof reason === "object") return Response.json(reason);
  return reason === undefined ? new Response(null, { status: 204 }) : refusal(404, reason);
}

function refusal(status: number, message: string): Response {
  return Response.json({ message }, { status });
}
