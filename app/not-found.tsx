import Link from "next/link";
import { courseTitlesIn, titlesIn } from "../content/pipeline/courses.ts";
import { webRuntime } from "../server/web-runtime.ts";
import { PageFrame } from "./_components/page-frame.tsx";
import { reader } from "./_words/reader.ts";

/** An address that leads nowhere, with everything that does lead somewhere. */
export default async function NotFound() {
  // Read first: it makes the page one of a request, and a build has no runtime.
  const { words, chosen } = await reader();
  const courses = await webRuntime().courses();
  return (
    <PageFrame className="max-w-[60ch] px-4 py-12">
      <h1 className="text-title">{words("not-found.title")}</h1>
      <p className="mt-4 text-body">{words("not-found.text")}</p>
      {courses.all().map((course) => (
        <section key={course.id} className="mt-6">
          <h2 className="text-section" lang={courseTitlesIn(course, chosen).language}>
            {courseTitlesIn(course, chosen).title}
          </h2>
          <ol className="mt-2 text-body">
            {course.chapters.map((chapter) => {
              const { title, language } = titlesIn(chapter, chosen);
              return (
                <li key={chapter.id} className="flex gap-3 py-0.5">
                  <span className="w-5 text-right font-mono text-quiet">{chapter.number}</span>
                  <Link className="link" href={`/learn/${course.id}/${chapter.id}`} lang={language}>
                    {title}
                  </Link>
                </li>
              );
            })}
          </ol>
        </section>
      ))}
      <p className="mt-8">
        <Link className="link" href="/">
          {words("page.start")}
        </Link>
      </p>
    </PageFrame>
  );
}
