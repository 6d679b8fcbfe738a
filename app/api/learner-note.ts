/** What both small route handlers share: who asks, from where, about which chapter. */
import type { z } from "zod";
import { may } from "../../classroom/may.ts";
import type { Person } from "../../classroom/person.ts";
import { routeRules } from "../../classroom/rules.ts";
import type { Chapter, Course } from "../../content/pipeline/courses.ts";
import type { Database } from "../../database/database.ts";
import { webRuntime } from "../../server/web-runtime.ts";
import type { Values } from "../_words/catalogue.ts";
import type { PageWordId } from "../_words/pages.en.ts";
import { reader } from "../_words/reader.ts";

/** Why a note makes no sense, or what there is to say of it now that it is stored. */
export type Said =
  | { refused: PageWordId }
  /** In the lab's own words, which are English. */
  | { labSays: string }
  | { printed: string };

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
  store: (note: LearnerNote<T>) => Promise<Said | undefined>,
): Promise<Response> {
  const runtime = webRuntime();
  if (!request.headers.get("content-type")?.startsWith("application/json")) {
    // A form of another site cannot send this type without asking first.
    return refusal(415, "refused.not-json");
  }
  const person = await runtime.identify(request.headers);
  if (person === undefined) return refusal(401, "refused.not-signed-in");
  const action = routeRules[new URL(request.url).pathname];
  if (action === undefined || !may(person, action)) return refusal(403, "refused.role");
  const parsed = schema.safeParse(await request.json().catch(() => undefined));
  if (!parsed.success) return refusal(400, "refused.malformed", { detail: parsed.error.issues[0]?.message ?? "JSON" });
  const found = (await runtime.courses()).chapter(parsed.data.course, parsed.data.chapter);
  if (found === undefined) return refusal(404, "refused.no-chapter");
  const seat = await runtime.database.classes.seatOf(person.id, found.course.id);
  if (seat && !seat.chapters.includes(found.chapter.id)) return refusal(403, "refused.not-open");
  const said = await store({
    database: runtime.database,
    person,
    classId: seat?.classId,
    ...found,
    note: parsed.data,
  });
  if (said === undefined) return new Response(null, { status: 204 });
  if ("printed" in said) return Response.json(said);
  if ("refused" in said) return refusal(404, said.refused);
  const { words } = await reader();
  return Response.json({ message: words("lab.says"), inEnglish: said.labSays }, { status: 404 });
}

/** In the language that the page is read in. */
async function refusal(status: number, id: PageWordId, values: Values = {}): Promise<Response> {
  const { words } = await reader();
  return Response.json({ message: words(id, values) }, { status });
}
