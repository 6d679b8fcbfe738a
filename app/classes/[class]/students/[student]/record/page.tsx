import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { webRuntime } from "../../../../../../server/web-runtime.ts";
import { askedBy } from "../../../../../_components/asked-by.ts";
import { Crumb } from "../../../../../_components/crumb.tsx";
import { SiteHeader } from "../../../../../_components/site-header.tsx";
import { chosenTheme } from "../../../../../_components/theme.ts";
import { studentRecord } from "../../../../../_record/load-record.ts";
import { Record } from "../../../../../_record/record.tsx";
import { englishReader } from "../../../../../_words/reader.ts";

export const metadata: Metadata = { title: "Record of completion" };

/** What a student passed in this class, to be printed or kept as a signed file. */
export default async function StudentRecordPage({ params }: { params: Promise<{ class: string; student: string }> }) {
  const { class: classId, student: studentId } = await params;
  const runtime = webRuntime();
  await askedBy("/classes/[class]/students/[student]/record", async ({ id }) => ({
    teachesClass: await runtime.database.classes.isTaughtBy(classId, id),
  }));
  const record = await studentRecord(runtime, classId, studentId);
  if (!record) notFound();
  const here = `/classes/${classId}/students/${studentId}`;
  return (
    <>
      <SiteHeader theme={await chosenTheme()}>
        <Crumb href={here}>{record.learner.name}</Crumb>
      </SiteHeader>
      <main className="mx-auto w-full max-w-[52rem] px-4 py-8">
        <Record record={record} jsonHref={`/api${here}/record`} words={englishReader.words} />
      </main>
    </>
  );
}
