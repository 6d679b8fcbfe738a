import Link from "next/link";
import { meetingInWords } from "../classroom/class-time.ts";
import { may } from "../classroom/may.ts";
import type { Role } from "../classroom/person.ts";
import { webRuntime } from "../server/web-runtime.ts";
import { askedBy } from "./_components/asked-by.ts";
import { chosenLanguage } from "./_components/language.ts";
import { SiteHeader } from "./_components/site-header.tsx";
import { chosenTheme } from "./_components/theme.ts";
import { VerdictMark } from "./_components/verdict-mark.tsx";
import { AttendedClasses } from "./_home/attended-classes.tsx";
import { type CourseProgress, progressOf } from "./_home/progress.ts";
import { SignOut } from "./_home/sign-out.tsx";
import { VotesFigure } from "./_home/votes-figure.tsx";
import { HeaderSearch } from "./_search/header-search.tsx";

/** Home: what this is, the way in, what is needed, and how far you are. */
export default async function Home() {
  const runtime = webRuntime();
  const theme = await chosenTheme();
  const person = await askedBy("/");
  const courses = await Promise.all(
    (await runtime.courses()).all().map((course) => progressOf(runtime.database, person, course)),
  );
  const attended = runtime.mode === "shared" ? await runtime.database.enrolments.attended(person.id) : [];
  const [first] = courses;

  return (
    <>
      <SiteHeader
        theme={theme}
        {...(first && { search: <HeaderSearch course={first.id} language={await chosenLanguage()} /> })}
      />
      <main className="mx-auto grid w-full max-w-[68rem] grow content-start gap-x-16 gap-y-10 px-4 pt-10 pb-16 wide:grid-cols-[minmax(0,1fr)_22rem] wide:px-8 wide:pt-16">
        <div className="max-w-[38rem]">
          <h1 className="text-[2.125rem] leading-[2.5rem] font-[650]">
            Proxmox VE clusters and VM migration, learned by doing
          </h1>
          <p className="mt-5 text-body">
            You get three nodes of your own. The text explains one idea at a time, you try it at once in real terminals,
            and a grader reads the nodes and says what it saw: what is done, what is not yet, and what to try next.
          </p>
          {first && <WayIn course={first} />}
          <AttendedClasses
            attended={attended.map((one) => ({
              ...{ classId: one.classId, name: one.className, as: one.displayName, seat: one.seat.slice(1) },
              ...{ meets: meetingInWords(one, one.timeZone), chosen: one.chosen },
            }))}
          />
          {runtime.mode === "shared" && (
            <p className="mt-4 flex flex-wrap gap-x-5 gap-y-1 text-quiet">
              <span className="[overflow-wrap:anywhere]">Signed in as {person.name}</span>
              {may(person, "teach") && (
                <Link className="link" href="/classes">
                  Classes
                </Link>
              )}
              {may(person, "run-server") && (
                <Link className="link" href="/instructors">
                  Instructors
                </Link>
              )}
              {may(person, "run-server") && (
                <Link className="link" href="/inventories">
                  Real nodes
                </Link>
              )}
              <a className="link" href="/join">
                Join a class
              </a>
              <a className="link" href="/return">
                Go on with another device
              </a>
              <Link className="link" href="/account">
                What others did here
              </Link>
              <SignOut back={wayBack(person.role, runtime.singleSignOn)} />
            </p>
          )}
          <dl className="mt-10 grid gap-x-6 gap-y-2 border-t border-rule pt-4 wide:grid-cols-[9rem_1fr]">
            <dt className="font-semibold">You need</dt>
            <dd>This browser. The nodes are simulated on this server; no other hardware and no internet is needed.</dd>
            <dt className="font-semibold">You should know</dt>
            <dd>A little Linux: a shell, files, SSH. What a virtual machine is. Nothing about clusters.</dd>
            <dt className="font-semibold">You can stop</dt>
            <dd>At any time. Nodes, terminals and progress are kept, and you go on where you were.</dd>
          </dl>
        </div>
        <aside className="wide:pt-2">
          <VotesFigure />
        </aside>
        {courses.map((course) => (
          <CourseContents key={course.id} course={course} notes={may(person, "read-notes")} />
        ))}
      </main>
      <footer className="border-t border-rule px-4 py-3 text-small text-quiet wide:px-8">
        Quorate is free software (Apache-2.0); the course text is CC BY 4.0. Proxmox is a trademark of Proxmox Server
        Solutions GmbH, who have no part in this course.
      </footer>
    </>
  );
}

/** How somebody comes back who signs out. */
function wayBack(role: Role, singleSignOn: string | undefined): string {
  const by = singleSignOn === undefined ? "" : `, or with ${singleSignOn} if you came by it or connected it`;
  if (role === "administrator") return `You come back with a link that is printed at the next start of Quorate${by}.`;
  if (role === "instructor") return `You come back with a new link from the administrator${by}.`;
  return `You come back with your return code${by}. Make a new one first if you have none: under “Go on with another device”.`;
}

function WayIn({ course }: { course: CourseProgress }) {
  const { resume } = course;
  return (
    <p className="mt-7 flex flex-wrap items-center gap-x-4 gap-y-2">
      <Link className="button button-lead min-h-11 px-5 text-[1.0625rem]" href={resume.href}>
        {resume.begun ? "Go on" : "Start learning"}
      </Link>
      <span className="text-quiet">
        {resume.begun ? "with" : "First:"} chapter {resume.number}, {resume.title}
        {resume.step !== undefined && `, step ${resume.step.number}: ${resume.step.title}`}
      </span>
    </p>
  );
}

function minutesInWords(chapters: { minutes: number }[]): string {
  const minutes = chapters.reduce((sum, chapter) => sum + chapter.minutes, 0);
  if (minutes < 60) return `${minutes} minutes`;
  return minutes % 60 === 0 ? `${minutes / 60} hours` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function CourseContents({ course, notes }: { course: CourseProgress; notes: boolean }) {
  const core = course.chapters.filter((chapter) => chapter.core);
  return (
    <section aria-labelledby={`course-${course.id}`} className="col-span-full border-t-2 border-edge pt-4">
      <div className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
        <h2 id={`course-${course.id}`} className="text-section">
          {course.title}
        </h2>
        <p className="text-quiet">
          {course.stepsPassed} of {course.stepsTotal} steps passed
        </p>
      </div>
      <p className="mt-1 max-w-[60ch] text-quiet">{course.summary}</p>
      <p className="mt-1 max-w-[64ch] text-quiet">
        {course.chapters.length} chapters, {minutesInWords(course.chapters)}. The shortest way is the{" "}
        <strong className="text-ink">core path</strong>: {core.length} chapters, {minutesInWords(core)}. The others are
        for later, in any order.
      </p>
      <p className="mt-2 flex flex-wrap gap-x-5">
        <Link className="link" href={`/learn/${course.id}/glossary`}>
          Words and commands
        </Link>
        <Link className="link" href={`/learn/${course.id}/figures`}>
          All figures
        </Link>
        {notes && (
          <Link className="link" href={`/learn/${course.id}/notes`}>
            For whoever teaches it
          </Link>
        )}
        {course.stepsPassed > 0 && (
          <>
            <Link className="link" href="/receipts">
              Receipts of what you passed
            </Link>
            <Link className="link" href={`/learn/${course.id}/record`}>
              Record of completion
            </Link>
          </>
        )}
      </p>
      <ol className="mt-4">
        {course.chapters.map((chapter) => (
          <li key={chapter.id} className="border-t border-rule">
            <Link
              href={`/learn/${course.id}/${chapter.id}`}
              className="grid grid-cols-[1.5rem_1fr_auto] items-center gap-x-3 gap-y-1 py-2.5 hover:text-accent wide:grid-cols-[1.5rem_1fr_3rem_5rem_9rem_5rem]"
            >
              <span className="font-mono text-quiet">{chapter.number}</span>
              <span>
                <span className="text-body">{chapter.title}</span>
                {chapter.aim !== "" && (
                  <span className="block max-w-[60ch] text-small text-quiet">You can then {chapter.aim}</span>
                )}
              </span>
              <span className="text-small text-quiet max-wide:hidden">{chapter.core ? "core" : ""}</span>
              <span className="text-right text-quiet tabular-nums">{chapter.minutes} min</span>
              <span className="flex gap-1 max-wide:col-start-2" aria-hidden="true">
                {chapter.steps.map((step) => (
                  <VerdictMark key={step.id} state={step.passed ? "passed" : "unchecked"} size={14} />
                ))}
              </span>
              <span className="text-right text-quiet">
                {chapter.steps.length === 0 ? (
                  "to read"
                ) : (
                  <>
                    {chapter.stepsPassed} of {chapter.steps.length}
                    <span className="sr-only"> steps passed</span>
                  </>
                )}
              </span>
            </Link>
          </li>
        ))}
      </ol>
    </section>
  );
}
