import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { courseTitlesIn, titlesIn } from "../../../../content/pipeline/courses.ts";
import { webRuntime } from "../../../../server/web-runtime.ts";
import { askedBy } from "../../../_components/asked-by.ts";
import { Crumb } from "../../../_components/crumb.tsx";
import { PageFrame } from "../../../_components/page-frame.tsx";
import { ownRecord } from "../../../_record/load-record.ts";
import { Record } from "../../../_record/record.tsx";
import { reader } from "../../../_words/reader.ts";
import { woven } from "../../../_words/woven.tsx";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).words("record.title") };
}

/** What one has passed in a course, to be printed or kept as a signed file. */
export default async function RecordPage({ params }: { params: Promise<{ course: string }> }) {
  const person = await askedBy("/learn/[course]/record");
  const { words, chosen } = await reader();
  const runtime = webRuntime();
  const course = (await runtime.courses()).course((await params).course);
  if (course === undefined) notFound();
  const titles = courseTitlesIn(course, chosen);
  const titlesOf = (id: string) => {
    const chapter = course.chapters.find((one) => one.id === id);
    return chapter && titlesIn(chapter, chosen);
  };
  return (
    <PageFrame
      className="max-w-[52rem] px-4 py-8"
      crumb={
        <Crumb href={`/learn/${course.id}`} lang={titles.language}>
          {titles.title}
        </Crumb>
      }
    >
      <Record
        record={await ownRecord(runtime, person, course)}
        jsonHref={`/api/records/${course.id}`}
        words={words}
        courseTitle={titles}
        titlesOf={titlesOf}
      />
      <p className="no-print mt-4 text-ui">
        {woven(
          () => words("record.receipts"),
          [
            (inner) => (
              <Link className="link" href="/receipts">
                {inner}
              </Link>
            ),
          ],
        )}
      </p>
    </PageFrame>
  );
}
