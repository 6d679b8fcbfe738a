import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { webRuntime } from "../../../../server/web-runtime.ts";
import { askedBy } from "../../../_components/asked-by.ts";
import { Crumb } from "../../../_components/crumb.tsx";
import { SiteHeader } from "../../../_components/site-header.tsx";
import { chosenTheme } from "../../../_components/theme.ts";
import { ownRecord } from "../../../_record/load-record.ts";
import { Record } from "../../../_record/record.tsx";

export const metadata: Metadata = { title: "Record of completion" };

/** What one has passed in a course, to be printed or kept as a signed file. */
export default async function RecordPage({ params }: { params: Promise<{ course: string }> }) {
  const person = await askedBy("/learn/[course]/record");
  const runtime = webRuntime();
  const course = (await runtime.courses()).course((await params).course);
  if (course === undefined) notFound();
  return (
    <>
      <SiteHeader theme={await chosenTheme()}>
        <Crumb href={`/learn/${course.id}`}>{course.title}</Crumb>
      </SiteHeader>
      <main className="mx-auto w-full max-w-[52rem] px-4 py-8">
        <Record record={await ownRecord(runtime, person, course)} jsonHref={`/api/records/${course.id}`} />
        <p className="no-print mt-4 text-ui">
          What the grader saw for each pass is in your{" "}
          <Link className="link" href="/receipts">
            receipts
          </Link>
          .
        </p>
      </main>
    </>
  );
}
