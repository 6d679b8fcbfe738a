import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { commandAnchor } from "../../../../content/pipeline/course-search.ts";
import { courseTitlesIn, listIn } from "../../../../content/pipeline/courses.ts";
import { webRuntime } from "../../../../server/web-runtime.ts";
import { askedBy } from "../../../_components/asked-by.ts";
import { PageFrame } from "../../../_components/page-frame.tsx";
import { CourseSearch } from "../../../_search/course-search.tsx";
import { reader } from "../../../_words/reader.ts";
import { woven } from "../../../_words/woven.tsx";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).words("home.glossary") };
}

/** The words of the trade and the commands that the course uses, to look up and to print. */
export default async function GlossaryPage({ params }: { params: Promise<{ course: string }> }) {
  await askedBy("/learn/[course]/glossary");
  const { words, chosen, language } = await reader();
  const course = (await webRuntime().courses()).course((await params).course);
  if (course === undefined) notFound();
  const title = courseTitlesIn(course, chosen);
  const chapterOf = (id: string | undefined) => course.chapters.find((chapter) => chapter.id === id);
  const [terms, commands] = [listIn(course.glossary, chosen), listIn(course.commands, chosen)];
  const inEnglish = (list: readonly { language: string }[]) =>
    language !== "en" &&
    list.every((one) => one.language === "en") && <p className="mt-1 text-quiet">{words("glossary.in-english")}</p>;
  return (
    <PageFrame
      className="max-w-[52rem] grow px-4 pt-10 pb-16"
      search={<CourseSearch course={course.id} language={chosen} />}
    >
      <h1 className="text-title">{words("home.glossary")}</h1>
      <p className="mt-2 text-quiet">
        {woven(
          (values) => words("glossary.of-course", values),
          [
            (inner) => (
              <Link className="link" href="/" lang={title.language}>
                {inner}
              </Link>
            ),
          ],
          { course: title.title },
        )}
      </p>
      <h2 className="mt-8 text-section">{words("glossary.words")}</h2>
      {inEnglish(terms)}
      <dl className="mt-2">
        {terms.map(({ id, term, text, chapter, language: own }) => {
          const where = chapterOf(chapter);
          return (
            <div
              key={id}
              id={id}
              lang={own}
              className="grid gap-x-6 border-t border-rule py-2 wide:grid-cols-[12rem_1fr]"
            >
              <dt className="font-semibold">{term}</dt>
              <dd className="max-w-[60ch]">
                {text}{" "}
                {where && (
                  <Link className="link whitespace-nowrap" lang={language} href={`/learn/${course.id}/${where.id}`}>
                    {words("glossary.chapter", { number: where.number })}
                  </Link>
                )}
              </dd>
            </div>
          );
        })}
      </dl>
      <h2 className="mt-10 text-section">{words("glossary.commands")}</h2>
      {inEnglish(commands)}
      <p className="mt-1 text-quiet">{words("glossary.marks")}</p>
      <dl className="mt-2">
        {commands.map(({ command, form, does, changes, language: own }) => (
          <div key={command} id={commandAnchor(command)} lang={own} className="border-t border-rule py-2">
            <dt className="font-mono text-code [overflow-wrap:anywhere]">
              <span aria-hidden="true">{changes ? "■" : "□"}</span>
              <span className="sr-only" lang={language}>
                {words(changes ? "glossary.changes" : "glossary.looks")}
              </span>{" "}
              {form}
            </dt>
            <dd className="max-w-[64ch] pl-5">{does}</dd>
          </div>
        ))}
      </dl>
    </PageFrame>
  );
}
