import { z } from "zod";
import { displayName } from "../../../classroom/display-name.ts";
import { forTeachers, jsonBody, refusal } from "./class-request.ts";
import { recordingSetting } from "./recording-setting.ts";

const body = z.strictObject({
  name: z.string().max(400),
  course: z.string().max(80),
  chapters: z.array(z.string().max(80)).max(100),
  timeZone: z.string().max(80),
  recording: recordingSetting.optional(),
});

/** Make a class. */
export function POST(request: Request): Promise<Response> {
  return forTeachers(request, "/api/classes", async ({ runtime, person }) => {
    const parsed = body.safeParse(await jsonBody(request));
    if (!parsed.success) return refusal(400, "The form could not be read. Reload the page.");
    const name = displayName(parsed.data.name);
    if (name === undefined) return refusal(400, "Give the class a name of at most 60 characters.");
    const course = (await runtime.courses()).course(parsed.data.course);
    if (course === undefined) return refusal(404, "There is no such course.");
    const chapters = course.chapters.map(({ id }) => id).filter((id) => parsed.data.chapters.includes(id));
    if (chapters.length === 0) return refusal(400, "Open at least one chapter.");
    if (!isTimeZone(parsed.data.timeZone)) {
      return refusal(400, "The time zone is not known; it is written like Africa/Nairobi.");
    }
    const { timeZone } = parsed.data;
    const made = await runtime.database.classes.create({
      ...{ name, courseId: course.id, chapters, timeZone, teacher: person },
    });
    const { recording } = parsed.data;
    if (recording) await runtime.database.recordings.setClass(made.id, recording);
    await runtime.database.audit.record({
      actor: person,
      ...{ action: "class made", subject: "class", subjectId: made.id, classId: made.id },
    });
    return Response.json({ id: made.id }, { status: 201 });
  });
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
