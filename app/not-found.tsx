import Link from "next/link";
import { webRuntime } from "../server/web-runtime.ts";
import { SiteHeader } from "./_components/site-header.tsx";
import { chosenTheme } from "./_components/theme.ts";

/** An address that leads nowhere, with everything that does lead somewhere. */
export default async function NotFound() {
  // Read first: it makes the page one of a request, and a build has no runtime.
  const theme = await chosenTheme();
  const courses = await webRuntime().courses();
  return (
    <>
      <SiteHeader theme={theme} />
      <main className="mx-auto w-full max-w-[60ch] px-4 py-12">
        <h1 className="text-title">There is no such page</h1>
        <p className="mt-4 text-body">The address may be mistyped, or the page may have moved. These chapters exist:</p>
        {courses.all().map((course) => (
          <section key={course.id} className="mt-6">
            <h2 className="text-section">{course.title}</h2>
            <ol className="mt-2 text-body">
              {course.chapters.map((chapter) => (
                <li key={chapter.id} className="flex gap-3 py-0.5">
                  <span className="w-5 text-right font-mono text-quiet">{chapter.number}</span>
                  <Link className="link" href={`/learn/${course.id}/${chapter.id}`}>
                    {chapter.title}
                  </Link>
                </li>
              ))}
            </ol>
          </section>
        ))}
        <p className="mt-8">
          <Link className="link" href="/">
            To the start page
          </Link>
        </p>
      </main>
    </>
  );
}
