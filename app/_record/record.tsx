/** A completion record for reading and for paper. */
import type { CompletionRecord } from "../../classroom/record/completion-record.ts";
import { duration, percent } from "../_course/exercise-words.ts";
import { PrintButton } from "../_receipts/print-button.tsx";
import { english, wordsOf } from "../_words/catalogue.ts";

const KIND = { simulated: "simulated nodes", inventory: "real nodes" } as const;

type Passed = NonNullable<CompletionRecord["chapters"][number]["steps"][number]["passed"]>;

export function Record({ record, jsonHref }: { record: CompletionRecord; jsonHref: string }) {
  const { course, learner, exercise } = record;
  return (
    <>
      <h1 className="text-title">Record of completion</h1>
      <p className="mt-3 text-section [overflow-wrap:anywhere]">{learner.name}</p>
      <p className="text-body [overflow-wrap:anywhere]">
        {course.title}
        {record.class && (
          <>
            {" "}
            in the class {record.class.name}, seat {record.class.seat}
            {record.class.group !== null && `, ${record.class.group}`}
          </>
        )}
      </p>
      <dl className="mt-4 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 border-y-2 border-edge py-3">
        <dt className="text-quiet">Steps passed</dt>
        <dd>
          {course.stepsPassed} of {course.steps}
          {course.stepsWaived > 0 && `, ${course.stepsWaived} waived`}
        </dd>
        {course.coreSteps > 0 && (
          <>
            <dt className="text-quiet">Of the core path</dt>
            <dd>
              {course.coreStepsPassed} of {course.coreSteps}
            </dd>
          </>
        )}
        {exercise && (
          <>
            <dt className="text-quiet">Final exercise</dt>
            <dd>{exerciseWords(exercise)}</dd>
          </>
        )}
      </dl>
      <p className="no-print mt-4 flex flex-wrap gap-3">
        <PrintButton />
        <a className="button" href={jsonHref} download>
          Signed file
        </a>
        <a className="button" href="/api/record-key" download>
          The public key
        </a>
      </p>
      {record.chapters.map((chapter) => (
        <Chapter key={chapter.id} chapter={chapter} inClass={record.class !== null} />
      ))}
      <section aria-label="What this record shows" className="mt-8 border-t-2 border-edge pt-3 text-ui">
        <h2 className="text-section">What this record shows</h2>
        {record.keyHeldBy === "learner" ? (
          <p className="mt-2 max-w-[60ch]">
            <strong className="font-semibold">The learner held the key that signs it.</strong> Whoever runs Quorate on a
            computer of their own can sign what they like there. The signature shows that the file is whole since then,
            and no more.
          </p>
        ) : (
          <p className="mt-2 max-w-[60ch]">
            The file is signed with the key of this installation, which the learner did not hold. The grader saw each
            passed step on the nodes; who typed there, nobody can prove.
          </p>
        )}
        <p className="mt-2 max-w-[60ch]">
          The file can be verified, this page and its print cannot:{" "}
          <code className="font-mono text-small [overflow-wrap:anywhere]">npm run verify-record -- FILE --key PUB</code>
        </p>
        <dl className="mt-3 grid grid-cols-[auto_1fr] gap-x-4 gap-y-0.5 text-small">
          <dt className="text-quiet">As of</dt>
          <dd>
            <At iso={record.issuedAt} />
          </dd>
          <dt className="text-quiet">Key</dt>
          <dd className="font-mono [overflow-wrap:anywhere]">{record.signedBy}</dd>
          <dt className="text-quiet">Quorate</dt>
          <dd className="font-mono">{record.quorate}</dd>
        </dl>
      </section>
    </>
  );
}

function Chapter({ chapter, inClass }: { chapter: CompletionRecord["chapters"][number]; inClass: boolean }) {
  if (chapter.steps.length === 0) return null;
  const open = chapter.steps.filter(({ passed }) => passed === null).length;
  return (
    <section aria-label={chapter.title} className="mt-6 break-inside-avoid">
      <h2 className="text-step">
        <span className="font-mono font-normal text-quiet">{chapter.number}</span> {chapter.title}
        {open === chapter.steps.length && <span className="font-normal text-quiet">: no step passed</span>}
      </h2>
      {open < chapter.steps.length && (
        <ul className="mt-1">
          {chapter.steps.map(({ id, title, passed }) => (
            <li key={id} className="flex flex-wrap items-baseline gap-x-4 border-t border-rule py-1">
              <span className="min-w-0 grow basis-60">{title}</span>
              <span className={`text-small ${passed ? "" : "text-quiet"}`}>
                {passed ? <HowPassed passed={passed} inClass={inClass} /> : "not passed"}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function HowPassed({ passed, inClass }: { passed: Passed; inClass: boolean }) {
  const more = [
    passed.lab && `on ${KIND[passed.lab]}`,
    passed.asGroup && "in a group",
    !inClass && passed.class && `in ${passed.class}`,
  ].filter((part): part is string => typeof part === "string");
  return (
    <>
      {passed.waivedFor === null ? "passed " : "waived "}
      <At iso={passed.at} />
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

function exerciseWords(exercise: NonNullable<CompletionRecord["exercise"]>): string {
  const { score, timesBegun, seconds, passedAt } = exercise;
  const begun = timesBegun > 1 ? `, begun ${timesBegun} times` : "";
  if (passedAt !== null)
    return `${percent(score)}${seconds === null ? "" : `, in ${duration(wordsOf(english), seconds * 1000)}`}${begun}`;
  return timesBegun === 0 && score === 0 ? "not begun" : `${percent(score)} at best, not finished${begun}`;
}
