import { type ResultRow, resultsCsv } from "../../../../../classroom/results-csv.ts";
import { forItsTeachers } from "../../class-request.ts";

/** Every student's steps as CSV (UTF-8); `?bom=1` with the mark by which spreadsheets know it. */
export async function GET(request: Request, { params }: { params: Promise<{ class: string }> }): Promise<Response> {
  const { class: classId } = await params;
  return forItsTeachers(request, "/api/classes/[class]/results", classId, async ({ runtime, taught }) => {
    const course = (await runtime.courses()).course(taught.courseId);
    const standings = await runtime.database.classes.standings(classId);
    const rows = standings.flatMap((student) =>
      (course?.chapters ?? []).flatMap((chapter) =>
        chapter.steps.map((step): ResultRow => {
          const stepKey = `${taught.courseId}/${chapter.id}/${step.id}`;
          const pass = student.passes.find((one) => one.stepKey === stepKey);
          return {
            ...{ seat: student.seat, name: student.displayName, chapter: chapter.id, step: step.id },
            ...{ title: step.title, passedAt: pass?.passedAt, waivedFor: pass?.waivedFor ?? undefined },
            score: pass?.score,
          };
        }),
      ),
    );
    return new Response(resultsCsv(rows, new URL(request.url).searchParams.get("bom") === "1"), {
      headers: {
        "content-type": "text/csv; charset=utf-8",
        "content-disposition": `attachment; filename="results-${classId}.csv"`,
        "cache-control": "no-store",
      },
    });
  });
}
