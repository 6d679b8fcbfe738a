import Link from "next/link";
import { VerdictMark } from "../_components/verdict-mark.tsx";
import { englishPageWords } from "../_words/page-catalogue.ts";
import type { PageWords } from "../_words/page-words-of.ts";
import { woven } from "../_words/woven.tsx";
import type { ChapterStanding, CourseProgress } from "./progress.ts";

/** A course's chapters, with how far the reader is in each. @param props.language the one that was chosen */
export function CourseContents(props: {
  course: CourseProgress;
  /** The notes for who teaches are offered. */
  notes: boolean;
  words: PageWords;
  language: string;
}) {
  const { course, notes, words, language } = props;
  const core = course.chapters.filter((chapter) => chapter.core);
  const untranslated = course.chapters.some((chapter) => chapter.language !== language);
  return (
    <section aria-labelledby={`course-${course.id}`} className="col-span-full border-t-2 border-edge pt-4">
      <div className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
        <h2 id={`course-${course.id}`} className="text-section" lang={course.language}>
          {course.title}
        </h2>
        <p className="text-quiet">
          {words("home.steps-passed", { passed: course.stepsPassed, count: course.stepsTotal })}
        </p>
      </div>
      <p className="mt-1 max-w-[60ch] text-quiet" lang={course.language}>
        {course.summary}
      </p>
      <p className="mt-1 max-w-[64ch] text-quiet">
        {words("home.chapters", { count: course.chapters.length, time: minutesInWords(words, course.chapters) })}{" "}
        {woven(
          (values) => words("home.core-path", values),
          [(inner) => <strong className="text-ink">{inner}</strong>],
          { count: core.length, time: minutesInWords(words, core) },
        )}
        {untranslated && ` ${words("home.english-only")}`}
      </p>
      <p className="mt-2 flex flex-wrap gap-x-5 gap-y-2">
        <Link className="link" href={`/learn/${course.id}/glossary`}>
          {words("home.glossary")}
        </Link>
        <Link className="link" href={`/learn/${course.id}/figures`}>
          {words("home.figures")}
        </Link>
        {notes && (
          <Link className="link" href={`/learn/${course.id}/notes`}>
            {words("home.notes")}
          </Link>
        )}
        {course.stepsPassed > 0 && (
          <>
            <Link className="link" href="/receipts">
              {words("home.receipts")}
            </Link>
            <Link className="link" href={`/learn/${course.id}/record`}>
              {words("home.record")}
            </Link>
          </>
        )}
      </p>
      <ol className="mt-4">
        {course.chapters.map((chapter) => (
          <li key={chapter.id} className="border-t border-rule">
            <Chapter
              chapter={chapter}
              href={`/learn/${course.id}/${chapter.id}`}
              words={words}
              ownWords={chapter.language === language ? words : englishPageWords}
            />
          </li>
        ))}
      </ol>
    </section>
  );
}

/** @param props.ownWords of the language that its titles are in: half a sentence in another helps nobody */
function Chapter(props: { chapter: ChapterStanding; href: string; words: PageWords; ownWords: PageWords }) {
  const { chapter, href, words, ownWords } = props;
  const { number, title, aim, language, core, minutes, steps, stepsPassed } = chapter;
  return (
    <Link
      href={href}
      className="grid grid-cols-[1.5rem_1fr_auto] items-center gap-x-3 gap-y-1 py-2.5 hover:text-accent wide:grid-cols-[1.5rem_1fr_4rem_5rem_9rem_5rem]"
    >
      <span className="font-mono text-quiet">{number}</span>
      <span>
        <span className="text-body" lang={language}>
          {title}
        </span>
        {core && <span className="text-small text-quiet wide:hidden"> {words("home.core")}</span>}
        {aim !== "" && (
          <span className="block max-w-[60ch] text-small text-quiet" lang={language}>
            {ownWords("home.aim", { aim })}
          </span>
        )}
      </span>
      <span className="text-small text-quiet max-wide:hidden">{core ? words("home.core") : ""}</span>
      <span className="text-right text-quiet tabular-nums">{words("home.min", { count: minutes })}</span>
      <span className="flex gap-1 max-wide:col-start-2" aria-hidden="true">
        {steps.map((step) => (
          <VerdictMark key={step.id} state={step.passed ? "passed" : "unchecked"} size={14} />
        ))}
      </span>
      <span className="text-right text-quiet">
        {steps.length === 0 ? (
          words("home.to-read")
        ) : (
          <>
            {words("home.passed-of", { passed: stepsPassed, count: steps.length })}
            <span className="sr-only"> {words("home.of-steps")}</span>
          </>
        )}
      </span>
    </Link>
  );
}

function minutesInWords(words: PageWords, chapters: { minutes: number }[]): string {
  const sum = chapters.reduce((all, chapter) => all + chapter.minutes, 0);
  if (sum < 60) return words("home.minutes", { count: sum });
  const [hours, minutes] = [Math.floor(sum / 60), sum % 60];
  return minutes === 0 ? words("home.hours", { hours }) : words("home.hours-minutes", { hours, minutes });
}
