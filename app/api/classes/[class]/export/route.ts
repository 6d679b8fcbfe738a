import { forItsTeachers } from "../../class-request.ts";

/** Attempts of one answer are read in pages, so that a class of months does not fill the memory. */
const pageSize = 500;

/** Everything judged in the class as one JSON document: students, passes with scores, every attempt with its verdict. */
export async function GET(request: Request, { params }: { params: Promise<{ class: string }> }): Promise<Response> {
  const { class: classId } = await params;
  return forItsTeachers(request, "/api/classes/[class]/export", classId, async ({ runtime, taught }) => {
    const { classes, enrolments } = runtime.database;
    const [standings, emails] = await Promise.all([classes.standings(classId), enrolments.emails(classId)]);
    const head = {
      format: "quorate-class/1",
      exportedAt: new Date().toISOString(),
      class: {
        ...{ id: taught.id, name: taught.name, course: taught.courseId, timeZone: taught.timeZone },
        ...{ startsAt: taught.startsAt, endsAt: taught.endsAt },
        ...{ createdAt: taught.createdAt, archivedAt: taught.archivedAt },
      },
      students: standings.map(({ personId, displayName, seat, passes }) => ({
        ...{ id: personId, name: displayName, seat, email: emails.get(personId) },
        passes: passes.map(({ stepKey, passedAt, score, waivedFor }) => ({
          step: stepKey,
          passedAt,
          score,
          waivedFor,
        })),
      })),
    };
    const encoder = new TextEncoder();
    const stream = new ReadableStream<Uint8Array>({
      async start(controller) {
        try {
          controller.enqueue(encoder.encode(`${JSON.stringify(head).slice(0, -1)},"attempts":[`));
          let after: string | undefined;
          for (let first = true; ; ) {
            const page = await classes.attemptsPage(classId, after, pageSize);
            for (const attempt of page) {
              controller.enqueue(encoder.encode(`${first ? "" : ","}\n${JSON.stringify(attempt)}`));
              first = false;
            }
            after = page.at(-1)?.id;
            if (page.length < pageSize) break;
          }
          controller.enqueue(encoder.encode("\n]}\n"));
          controller.close();
        } catch (cause) {
          // Cut off, so that half a document is not taken for a whole one.
          controller.error(cause);
        }
      },
    });
    return new Response(stream, {
      headers: {
        "content-type": "application/json",
        "content-disposition": `attachment; filename="class-${classId}.json"`,
        "cache-control": "no-store",
      },
    });
  });
}
