import { may } from "../../../classroom/may.ts";
import { routeRules } from "../../../classroom/rules.ts";
import { searchIndexOf } from "../../../content/pipeline/course-search.ts";
import { webRuntime } from "../../../server/web-runtime.ts";

/** Chapters that a class opens are found within so many seconds. */
const FRESH_SECONDS = 120;

/** The index of a course for the browser: `?course=ID&language=en`. Of a class's chapters, those that are open. */
export async function GET(request: Request): Promise<Response> {
  const runtime = webRuntime();
  const person = await runtime.identify(request.headers);
  if (person === undefined) return Response.json({ message: "You are not signed in." }, { status: 401 });
  if (!may(person, routeRules["/api/search"]!)) {
    return Response.json({ message: "This is not for your role." }, { status: 403 });
  }
  const query = new URL(request.url).searchParams;
  const course = (await runtime.courses()).course(query.get("course") ?? "");
  if (course === undefined) return Response.json({ message: "There is no such course." }, { status: 404 });
  const asked = query.get("language") ?? "en";
  const language = course.chapters.some(({ texts }) => texts[asked] !== undefined) ? asked : "en";
  const seat = await runtime.database.classes.seatOf(person.id, course.id);
  return new Response(searchIndexOf(course, language, seat?.chapters), {
    headers: {
      "content-type": "application/json; charset=utf-8",
      "cache-control": `private, max-age=${FRESH_SECONDS}`,
    },
  });
}
