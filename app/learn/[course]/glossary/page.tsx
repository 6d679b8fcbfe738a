import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { commandAnchor } from "../../../../content/pipeline/course-search.ts";
import { webRuntime } from "../../../../server/web-runtime.ts";
import { askedBy } from "../../../_components/asked-by.ts";
import { chosenLanguage } from "../../../_components/language.ts";
import { SiteHeader } from "../../../_components/site-header.tsx";
import { chosenTheme } from "../../../_components/theme.ts";
import { HeaderSearch } from "../../../_search/header-search.tsx";

export const metadata: Metadata = { title: "Words and commands" };

/** The words of the trade and the commands that the course uses, to look up and to print. */
export default async function GlossaryPage({ params }: { params: Promise<{ course: string }> }) {
  await askedBy("/learn/[course]/glossary");
  const theme = await chosenTheme();
  const course = (await webRuntime().courses()).course((await params).course);
  if (course === undefined) notFound();
  const chapterOf = (id: string | undefined) => course.chapters.find((chapter) => chapter.id === id);
  return (
    <>
      <SiteHeader theme={theme} search={<HeaderSearch course={course.id} language={await chosenLanguage()} />} />
      <main className="mx-auto w-full max-w-[52rem] grow px-4 pt-10 pb-16">
        <h1 className="text-title">Words and commands</h1>
        <p className="mt-2 text-quiet">
          Of the course{" "}
          <Link className="link" href="/">
            {course.title}
          </Link>
        </p>
        <h2 className="mt-8 text-section">Words</h2>
        <dl className="mt-2">
          {(course.glossary.en ?? []).map(({ id, term, text, chapter }) => {
            const where = chapterOf(chapter);
            return (
              <div key={id} id={id} className="grid gap-x-6 border-t border-rule py-2 wide:grid-cols-[12rem_1fr]">
                <dt className="font-semibold">{term}</dt>
                <dd className="max-w-[60ch]">
                  {text}{" "}
                  {where && (
                    <Link className="link whitespace-nowrap" href={`/learn/${course.id}/${where.id}`}>
                      Chapter {where.number}
                    </Link>
                  )}
                </dd>
              </div>
            );
          })}
        </dl>
        <h2 className="mt-10 text-section">Commands</h2>
        <p className="mt-1 text-quiet">A filled square changes something; an empty one only looks.</p>
        <dl className="mt-2">
          {(course.commands.en ?? []).map(({ command, form, does, changes }) => (
            <div key={command} id={commandAnchor(command)} className="border-t border-rule py-2">
              <dt className="font-mono text-code [overflow-wrap:anywhere]">
                <span aria-hidden="true">{changes ? "■" : "□"}</span>
                <span className="sr-only">{changes ? "Changes: " : "Looks: "}</span> {form}
              </dt>
              <dd className="max-w-[64ch] pl-5">{does}</dd>
            </div>
          ))}
        </dl>
      </main>
    </>
  );
}
