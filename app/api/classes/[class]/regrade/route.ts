import { z } from "zod";
import { forItsTeachers, jsonBody, refusal } from "../../class-request.ts";

const body = z.strictObject({
  /** `chapter` or `chapter/step` of the class' course; all of it where it is missing. */
  of: z
    .string()
    .regex(/^[a-z0-9-]+(\/[a-z0-9-]+)?$/)
    .optional(),
});

/** Have what was seen in the class judged again with today's checks; a grader does it. */
export async function POST(request: Request, { params }: { params: Promise<{ class: string }> }): Promise<Response> {
  const { class: classId } = await params;
  return forItsTeachers(request, "/api/classes/[class]/regrade", classId, async ({ runtime, person, taught }) => {
    const parsed = body.safeParse(await jsonBody(request));
    if (!parsed.success) return refusal(400, "Say which chapter or step is to be judged again.");
    const { of } = parsed.data;
    const [chapterId, stepId] = of?.split("/") ?? [];
    const course = (await runtime.courses()).course(taught.courseId);
    const chapter = course?.chapters.find(({ id }) => id === chapterId);
    const known = of === undefined || (chapter && (!stepId || chapter.steps.some(({ id }) => id === stepId)));
    if (!known) return refusal(404, "The course has no such chapter or step. Reload the page.");
    const keyPrefix = [taught.courseId, ...(of === undefined ? [] : [of])].join("/");
    const { judgements, audit } = runtime.database;
    const id = await judgements.ask({ classId, keyPrefix, askedById: person.id });
    await audit.record({
      actor: person,
      ...{ action: "class judged again", subject: "class", subjectId: classId, classId },
      details: { of: keyPrefix },
    });
    return Response.json({ id }, { status: 202 });
  });
}

/** Whether it is done, for the page that waits. */
export async function GET(request: Request, { params }: { params: Promise<{ class: string }> }): Promise<Response> {
  const { class: classId } = await params;
  return forItsTeachers(request, "/api/classes/[class]/regrade", classId, async ({ runtime }) => {
    const [latest] = await runtime.database.judgements.ofClass(classId, 1);
    return Response.json({ waiting: latest !== undefined && latest.finishedAt === null });
  });
}
