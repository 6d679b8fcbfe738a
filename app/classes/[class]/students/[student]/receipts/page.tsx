import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { webRuntime } from "../../../../../../server/web-runtime.ts";
import { askedBy } from "../../../../../_components/asked-by.ts";
import { Crumb } from "../../../../../_components/crumb.tsx";
import { SiteHeader } from "../../../../../_components/site-header.tsx";
import { chosenTheme } from "../../../../../_components/theme.ts";
import { Receipts } from "../../../../../_receipts/receipts.tsx";
import { receiptsOf } from "../../../../../_receipts/receipts-of.ts";
import { englishReader } from "../../../../../_words/reader.ts";

export const metadata: Metadata = { title: "Receipts" };

/** A student's passes in this class, each with what it rests on; what they passed elsewhere is not shown. */
export default async function StudentReceiptsPage({ params }: { params: Promise<{ class: string; student: string }> }) {
  const { class: classId, student: studentId } = await params;
  const runtime = webRuntime();
  const { classes } = runtime.database;
  await askedBy("/classes/[class]/students/[student]/receipts", async ({ id }) => ({
    teachesClass: await classes.isTaughtBy(classId, id),
  }));
  const [taught, student] = await Promise.all([classes.find(classId), classes.student(classId, studentId)]);
  if (!taught || !student) notFound();
  const receipts = await receiptsOf(runtime, studentId, { classId });
  const here = `/classes/${classId}/students/${studentId}`;
  return (
    <>
      <SiteHeader theme={await chosenTheme()}>
        <Crumb href={here}>{student.displayName}</Crumb>
      </SiteHeader>
      <main className="mx-auto w-full max-w-[52rem] px-4 py-8">
        <h1 className="text-title [overflow-wrap:anywhere]">Receipts of {student.displayName}</h1>
        <p className="mt-2 max-w-[60ch] text-body">
          Every step passed in {taught.name}, seat {student.seat.slice(1)}, with what the grader saw on the nodes.
        </p>
        <Receipts receipts={receipts} jsonHref={`/api${here}/receipts`} said={englishReader} />
      </main>
    </>
  );
}
