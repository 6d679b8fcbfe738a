import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { webRuntime } from "../../../../server/web-runtime.ts";
import { askedBy } from "../../../_components/asked-by.ts";
import { SiteHeader } from "../../../_components/site-header.tsx";
import { chosenTheme } from "../../../_components/theme.ts";
import { ChapterText } from "../../../_course/chapter-text.tsx";
import { PrintButton } from "../../../_receipts/print-button.tsx";

export const metadata: Metadata = { title: "Instructor notes" };

/** For whoever teaches: how long each chapter takes, what goes wrong, what to ask. On paper a chapter is not torn apart. */
export default async function NotesPage({ params }: { params: Promise<{ course: string }> }) {
  await askedBy("/learn/[course]/notes");
  const theme = await chosenTheme();
  const course = (await webRuntime().courses()).course((await params).course);
  if (course === undefined) notFound();
  const chapters = course.chapters.flatMap((chapter) => {
    const notes = chapter.notes.en;
    return notes ? [{ ...chapter, notes }] : [];
  });
  return (
    <>
      <SiteHeader theme={theme} />
      <main className="mx-auto w-full max-w-[43rem] grow px-4 pt-10 pb-16">
        <h1 className="text-title">Instructor notes</h1>
        <p className="mt-2 max-w-[60ch] text-quiet">
          Of the course {course.title}. Students do not see this page. The figures to show are on{" "}
          <Link className="link" href={`/learn/${course.id}/figures`}>
            a page of their own
          </Link>
          .
        </p>
        <nav aria-label="Chapters" className="no-print mt-4 flex flex-wrap gap-x-4 gap-y-1">
          {chapters.map(({ id, number, title }) => (
            <a key={id} className="link" href={`#${id}`}>
              {number} {title}
            </a>
          ))}
        </nav>
        <p className="no-print mt-4">
          <PrintButton />
        </p>
        {chapters.map(({ id, number, title, minutes, core, notes }) => (
          <section key={id} aria-labelledby={id} className="mt-10 border-t-2 border-edge pt-3 print:break-inside-avoid">
            <h2 id={id} className="text-section">
              <span className="font-mono text-quiet">{number}</span>{" "}
              <Link className="hover:text-accent" href={`/learn/${course.id}/${id}`}>
                {title}
              </Link>
            </h2>
            <p className="mb-3 text-quiet">
              {minutes} minutes{core ? ", on the core path" : ", beside the core path"}
            </p>
            <ChapterText text={notes} />
          </section>
        ))}
      </main>
    </>
  );
}
