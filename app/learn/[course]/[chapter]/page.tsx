import type { Metadata } from "next";
import { cookies } from "next/headers";
import Link from "next/link";
import { notFound, permanentRedirect } from "next/navigation";
import { courseTitlesIn, titlesIn } from "../../../../content/pipeline/courses.ts";
import { webRuntime } from "../../../../server/web-runtime.ts";
import { ClassMessages, ClassRoomProvider, HelpButton } from "../../../_class/class-room.tsx";
import { NarrowPage } from "../../../_class/narrow-page.tsx";
import { askedBy } from "../../../_components/asked-by.ts";
import { choiceCookies } from "../../../_components/kept-choice.ts";
import { SiteHeader } from "../../../_components/site-header.tsx";
import { chosenTheme } from "../../../_components/theme.ts";
import { ChapterProvider } from "../../../_course/chapter-provider.tsx";
import { ChapterText } from "../../../_course/chapter-text.tsx";
import { TerminalPane } from "../../../_course/terminal-pane.tsx";
import { TextPane } from "../../../_course/text-pane.tsx";
import { Workspace } from "../../../_course/workspace.tsx";
import { CourseSearch } from "../../../_search/course-search.tsx";
import { reader } from "../../../_words/reader.ts";
import { chapterView } from "./chapter-view-of.ts";

interface Params {
  params: Promise<{ course: string; chapter: string }>;
}

export async function generateMetadata({ params }: Params): Promise<Metadata> {
  const { course, chapter } = await params;
  const { words, chosen } = await reader();
  const found = (await webRuntime().courses()).chapter(course, chapter)?.chapter;
  return { title: found ? titlesIn(found, chosen).title : words("not-found.title") };
}

/** A chapter: text left, terminals right. */
export default async function ChapterPage({ params }: Params) {
  const { course: courseId, chapter: chapterId } = await params;
  const runtime = webRuntime();
  const theme = await chosenTheme();
  const read = await reader();
  const { words, chosen } = read;
  const person = await askedBy("/learn/[course]/[chapter]");

  const found = (await runtime.courses()).chapter(courseId, chapterId);
  if (found === undefined) notFound();
  const { course, chapter } = found;
  if (course.id !== courseId || chapter.id !== chapterId) permanentRedirect(`/learn/${course.id}/${chapter.id}`);

  const seat = await runtime.database.classes.seatOf(person.id, course.id);
  if (seat && !seat.chapters.includes(chapter.id)) {
    return (
      <NarrowPage title={words("not-open.title")}>
        <p className="mt-4 text-body">
          {words("not-open.text", { class: seat.className, title: titlesIn(chapter, chosen).title })}
        </p>
        <p className="mt-6">
          <Link className="link" href="/">
            {words("page.start")}
          </Link>
        </p>
      </NarrowPage>
    );
  }
  const courseTitle = courseTitlesIn(course, chosen);
  const kept = await cookies();
  const view = await chapterView(runtime, person, course, chapter, read);
  const share = Number(kept.get(choiceCookies.divider)?.value);
  const layout = share >= 10 && share <= 90 ? { text: share, terminals: 100 - share } : undefined;
  const page = (
    <div className="print-flow flex h-dvh flex-col">
      <SiteHeader
        theme={theme}
        search={<CourseSearch course={course.id} language={chosen} />}
        languages={false}
        terminals
      >
        <span aria-hidden="true" className="text-rule max-wide:hidden">
          /
        </span>
        <Link href="/" lang={courseTitle.language} className="truncate text-quiet hover:text-accent max-wide:hidden">
          {courseTitle.title}
        </Link>
        <span aria-hidden="true" className="text-rule">
          /
        </span>
        <span className="truncate" lang={view.language}>
          <span className="font-mono text-quiet">{chapter.number}</span> {view.title}
        </span>
        <HelpButton />
      </SiteHeader>
      <ClassMessages />
      <ChapterProvider chapter={view}>
        <main className="print-flow flex min-h-0 grow flex-col">
          <Workspace
            {...(layout && { layout })}
            text={
              <TextPane>
                <ChapterText text={chapter.texts[view.language]!} />
              </TextPane>
            }
            terminals={<TerminalPane pictureOpen={kept.get(choiceCookies.picture)?.value !== "folded"} />}
          />
        </main>
      </ChapterProvider>
    </div>
  );
  if (!seat) return page;
  return (
    <ClassRoomProvider classId={seat.classId} className={seat.className}>
      {page}
    </ClassRoomProvider>
  );
}
