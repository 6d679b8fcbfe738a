import type { Metadata } from "next";
import { cookies } from "next/headers";
import Link from "next/link";
import { notFound, permanentRedirect } from "next/navigation";
import { webRuntime } from "../../../../server/web-runtime.ts";
import { ClassMessages, ClassRoomProvider, HelpButton } from "../../../_class/class-room.tsx";
import { NarrowPage } from "../../../_class/narrow-page.tsx";
import { askedBy } from "../../../_components/asked-by.ts";
import { SiteHeader } from "../../../_components/site-header.tsx";
import { chosenTheme } from "../../../_components/theme.ts";
import { ChapterProvider } from "../../../_course/chapter-provider.tsx";
import { ChapterText } from "../../../_course/chapter-text.tsx";
import { TerminalPane } from "../../../_course/terminal-pane.tsx";
import { TextPane } from "../../../_course/text-pane.tsx";
import { Workspace } from "../../../_course/workspace.tsx";
import { CourseSearch } from "../../../_search/course-search.tsx";
import { catalogueOf } from "../../../_words/languages.ts";
import { WordsProvider } from "../../../_words/words.tsx";
import { chapterView } from "./chapter-view-of.ts";

interface Params {
  params: Promise<{ course: string; chapter: string }>;
}

export async function generateMetadata({ params }: Params): Promise<Metadata> {
  const { course, chapter } = await params;
  return { title: (await webRuntime().courses()).chapter(course, chapter)?.chapter.title ?? "No such chapter" };
}

/** A chapter: text left, terminals right. */
export default async function ChapterPage({ params }: Params) {
  const { course: courseId, chapter: chapterId } = await params;
  const runtime = webRuntime();
  const theme = await chosenTheme();
  const person = await askedBy("/learn/[course]/[chapter]");

  const found = (await runtime.courses()).chapter(courseId, chapterId);
  if (found === undefined) notFound();
  const { course, chapter } = found;
  if (course.id !== courseId || chapter.id !== chapterId) permanentRedirect(`/learn/${course.id}/${chapter.id}`);

  const seat = await runtime.database.classes.seatOf(person.id, course.id);
  if (seat && !seat.chapters.includes(chapter.id)) {
    return (
      <NarrowPage title="This chapter is not open yet">
        <p className="mt-4 text-body">
          {seat.className} has not come to “{chapter.title}”. Your instructor opens it; then this page shows it.
        </p>
        <p className="mt-6">
          <Link className="link" href="/">
            To the start page
          </Link>
        </p>
      </NarrowPage>
    );
  }
  const kept = await cookies();
  const wanted = kept.get("quorate-language")?.value ?? "en";
  const language = chapter.texts[wanted] ? wanted : "en";
  const view = await chapterView(runtime, person, course, chapter, language);
  const share = Number(kept.get("quorate-layout")?.value);
  const layout = share >= 10 && share <= 90 ? { text: share, terminals: 100 - share } : undefined;
  const page = (
    <div className="print-flow flex h-dvh flex-col">
      <SiteHeader theme={theme} search={<CourseSearch course={course.id} language={language} />}>
        <span aria-hidden="true" className="text-rule max-wide:hidden">
          /
        </span>
        <Link href="/" className="truncate text-quiet hover:text-accent max-wide:hidden">
          {course.title}
        </Link>
        <span aria-hidden="true" className="text-rule">
          /
        </span>
        <span className="truncate">
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
                <ChapterText text={chapter.texts[language]!} />
              </TextPane>
            }
            terminals={<TerminalPane pictureOpen={kept.get("quorate-picture")?.value !== "folded"} />}
          />
        </main>
      </ChapterProvider>
    </div>
  );
  return (
    <WordsProvider catalogue={catalogueOf(language)}>
      {seat ? (
        <ClassRoomProvider classId={seat.classId} className={seat.className}>
          {page}
        </ClassRoomProvider>
      ) : (
        page
      )}
    </WordsProvider>
  );
}
