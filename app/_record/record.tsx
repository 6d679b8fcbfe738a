/** A completion record for reading and for paper. */
import type { CompletionRecord } from "../../classroom/record/completion-record.ts";
import type { ChapterTitles } from "../../content/pipeline/schemas.ts";
import { duration, percent } from "../_course/exercise-words.ts";
import { PrintButton } from "../_receipts/print-button.tsx";
import type { PageWords } from "../_words/page-words-of.ts";
import { woven } from "../_words/woven.tsx";

/** By a chapter's id, in the reader's language where the course has them; without it they are those of the record. */
type TitlesOf = (chapterId: string) => (ChapterTitles & { language: string }) | undefined;

/** Likewise. */
interface CourseTitle {
  title: string;
  language: string;
}

type Passed = NonNullable<CompletionRecord["chapters"][number]["steps"][number]["passed"]>;

export function Record(props: {
  record: CompletionRecord;
  jsonHref: string;
  words: PageWords;
  courseTitle?: CourseTitle;
  titlesOf?: TitlesOf;
}) {
  const { record, jsonHref, words, titlesOf } = props;
  const { course, learner, exercise } = record;
  const { title, language } = props.courseTitle ?? { title: course.title, language: "en" };
  return (
    <>
      <h1 className="text-title">{words("record.title")}</h1>
      <p className="mt-3 text-section [overflow-wrap:anywhere]">{learner.name}</p>
      <p className="text-body [overflow-wrap:anywhere]">
        <span lang={language}>{title}</span>
        {record.class && ` ${classWords(words, record.class)}`}
      </p>
      <dl className="mt-4 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 border-y-2 border-edge py-3">
        <dt className="text-quiet">{words("record.steps-passed")}</dt>
        <dd>
          {words(course.stepsWaived > 0 ? "record.of-waived" : "record.of", {
            ...{ passed: course.stepsPassed, count: course.steps, waived: course.stepsWaived },
          })}
        </dd>
        {course.coreSteps > 0 && (
          <>
            <dt className="text-quiet">{words("record.core")}</dt>
            <dd>{words("record.of", { passed: course.coreStepsPassed, count: course.coreSteps })}</dd>
          </>
        )}
        {exercise && (
          <>
            <dt className="text-quiet">{words("record.exercise")}</dt>
            <dd>{exerciseWords(words, exercise)}</dd>
          </>
        )}
      </dl>
      <p className="no-print mt-4 flex flex-wrap gap-3">
        <PrintButton />
        <a className="button" href={jsonHref} download>
          {words("record.signed-file")}
        </a>
        <a className="button" href="/api/record-key" download>
          {words("record.public-key")}
        </a>
      </p>
      {record.chapters.map((chapter) => (
        <Chapter
          key={chapter.id}
          chapter={chapter}
          titles={titlesOf?.(chapter.id)}
          inClass={record.class !== null}
          words={words}
        />
      ))}
      <section aria-label={words("record.shows")} className="mt-8 border-t-2 border-edge pt-3 text-ui">
        <h2 className="text-section">{words("record.shows")}</h2>
        {record.keyHeldBy === "learner" ? (
          <p className="mt-2 max-w-[60ch]">
            {woven(() => words("record.learner-key"), [(inner) => <strong className="font-semibold">{inner}</strong>])}
          </p>
        ) : (
          <p className="mt-2 max-w-[60ch]">{words("record.installation-key")}</p>
        )}
        <p className="mt-2 max-w-[60ch]">
          {words("record.verify")}{" "}
          <code className="font-mono text-small [overflow-wrap:anywhere]">npm run verify-record -- FILE --key PUB</code>
        </p>
        <dl className="mt-3 grid grid-cols-[auto_1fr] gap-x-4 gap-y-0.5 text-small">
          <dt className="text-quiet">{words("record.as-of")}</dt>
          <dd>
            <At iso={record.issuedAt} />
          </dd>
          <dt className="text-quiet">{words("record.key")}</dt>
          <dd className="font-mono [overflow-wrap:anywhere]">{record.signedBy}</dd>
          <dt className="text-quiet">Quorate</dt>
          <dd className="font-mono">{record.quorate}</dd>
        </dl>
      </section>
    </>
  );
}

function Chapter(props: {
  chapter: CompletionRecord["chapters"][number];
  titles: ReturnType<TitlesOf>;
  inClass: boolean;
  words: PageWords;
}) {
  const { chapter, titles, inClass, words } = props;
  if (chapter.steps.length === 0) return null;
  const open = chapter.steps.filter(({ passed }) => passed === null).length;
  return (
    <section aria-label={titles?.title ?? chapter.title} className="mt-6 break-inside-avoid">
      <h2 className="text-step">
        <span className="font-mono font-normal text-quiet">{chapter.number}</span>{" "}
        <span lang={titles?.language}>{titles?.title ?? chapter.title}</span>
        {open === chapter.steps.length && <span className="font-normal text-quiet">: {words("record.no-step")}</span>}
      </h2>
      {open < chapter.steps.length && (
        <ul className="mt-1">
          {chapter.steps.map(({ id, title, passed }) => (
            <li key={id} className="flex flex-wrap items-baseline gap-x-4 border-t border-rule py-1">
              <span className="min-w-0 grow basis-60" lang={titles?.language}>
                {titles?.steps[id] ?? title}
              </span>
              <span className={`text-small ${passed ? "" : "text-quiet"}`}>
                {passed ? <HowPassed passed={passed} inClass={inClass} words={words} /> : words("record.not-passed")}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function HowPassed({ passed, inClass, words }: { passed: Passed; inClass: boolean; words: PageWords }) {
  const more = [
    passed.lab && words("record.on", { kind: words(`kind.${passed.lab}`) }),
    passed.asGroup && words("record.in-group"),
    !inClass && passed.class && words("record.in", { class: passed.class }),
  ].filter((part): part is string => typeof part === "string");
  return (
    <>
      {words(passed.waivedFor === null ? "record.passed" : "record.waived")} <At iso={passed.at} />
      {passed.waivedFor !== null && `: ${passed.waivedFor}`}
      {more.length > 0 && <span className="text-quiet"> {more.join(", ")}</span>}
    </>
  );
}

/** With its day and in UTC: a record is read long after, by somebody elsewhere. */
function At({ iso }: { iso: string }) {
  return (
    <time dateTime={iso}>
      {iso.slice(0, 10)} <span className="text-quiet">{iso.slice(11, 16)} UTC</span>
    </time>
  );
}

function classWords(words: PageWords, { name, seat, group }: NonNullable<CompletionRecord["class"]>): string {
  return group === null
    ? words("record.class", { class: name, seat })
    : words("record.class-group", { class: name, seat, group });
}

function exerciseWords(words: PageWords, exercise: NonNullable<CompletionRecord["exercise"]>): string {
  const { timesBegun, seconds, passedAt } = exercise;
  if (timesBegun === 0 && exercise.score === 0 && passedAt === null) return words("record.not-begun");
  const score = percent(exercise.score);
  const said =
    passedAt === null
      ? words("record.at-best", { score })
      : seconds === null
        ? score
        : words("record.score-in", { score, duration: duration(words, seconds * 1000) });
  return timesBegun > 1 ? `${said}, ${words("record.begun-times", { count: timesBegun })}` : said;
}
