import { forItsTeachers, refusal } from "../../class-request.ts";

/** The newest of a step are what an instructor reads standing beside somebody. */
const attemptsMost = 30;

/** What was judged of one student's step, newest first: `?student=ID&step=chapter/step`. */
export async function GET(request: Request, { params }: { params: Promise<{ class: string }> }): Promise<Response> {
  const { class: classId } = await params;
  return forItsTeachers(request, "/api/classes/[class]/attempts", classId, async ({ runtime, taught }) => {
    const { searchParams } = new URL(request.url);
    const student = searchParams.get("student") ?? "";
    const step = searchParams.get("step") ?? "";
    if (!/^[a-z0-9-]{1,80}\/[a-z0-9-]{1,80}$/.test(step)) return refusal(400, "no such step");
    const key = `${taught.courseId}/${step}`;
    const attempts = await runtime.database.classes.attempts(classId, student, key, attemptsMost);
    return Response.json({
      attempts: attempts.map(({ verdict, trigger, judgedAt }) => ({
        ...{ verdict, trigger, judgedAtMs: judgedAt.getTime() },
      })),
    });
  });
}
