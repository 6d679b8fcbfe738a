import type { Metadata } from "next";
import Link from "next/link";
import { meeting } from "../classroom/class-time.ts";
import { may } from "../classroom/may.ts";
import type { Person } from "../classroom/person.ts";
import { type WebRuntime, webRuntime } from "../server/web-runtime.ts";
import { askedBy } from "./_components/asked-by.ts";
import { PageFrame } from "./_components/page-frame.tsx";
import { AttendedClasses } from "./_home/attended-classes.tsx";
import { CourseContents } from "./_home/course-contents.tsx";
import { type CourseProgress, progressOf } from "./_home/progress.ts";
import { SignOut } from "./_home/sign-out.tsx";
import { VotesFigure } from "./_home/votes-figure.tsx";
import { CourseSearch } from "./_search/course-search.tsx";
import { PageWordsHere } from "./_words/page-words-here.tsx";
import type { PageWords } from "./_words/page-words-of.ts";
import { type Reader, reader } from "./_words/reader.ts";
import { woven } from "./_words/woven.tsx";

export async function generateMetadata(): Promise<Metadata> {
  return { description: (await reader()).words("home.title") };
}

/** Home: what this is, the way in, what is needed, and how far you are. */
export default async function Home() {
  const runtime = webRuntime();
  const person = await askedBy("/");
  const read = await reader();
  const { words, chosen } = read;
  const courses = await Promise.all(
    (await runtime.courses()).all().map((course) => progressOf(runtime.database, person, course, chosen)),
  );
  const [first] = courses;

  return (
    <PageFrame
      className="grid max-w-[68rem] grow content-start gap-x-16 gap-y-10 px-4 pt-10 pb-16 wide:grid-cols-[minmax(0,1fr)_22rem] wide:px-8 wide:pt-16"
      search={first && <CourseSearch course={first.id} language={chosen} />}
      footer={
        <footer className="border-t border-rule px-4 py-3 text-small text-quiet wide:px-8">
          {words("home.licence")}
        </footer>
      }
    >
      <div className="max-w-[38rem]">
        <h1 className="text-[2.125rem] leading-[2.5rem] font-[650]">{words("home.title")}</h1>
        <p className="mt-5 text-body">{words("home.lead")}</p>
        {first && <WayIn course={first} words={words} />}
        {runtime.mode === "shared" && (
          <PageWordsHere>
            <Shared runtime={runtime} person={person} reader={read} />
          </PageWordsHere>
        )}
        <dl className="mt-10 grid gap-x-6 gap-y-2 border-t border-rule pt-4 wide:grid-cols-[9rem_1fr]">
          <dt className="font-semibold">{words("home.need")}</dt>
          <dd>{words("home.need-text")}</dd>
          <dt className="font-semibold">{words("home.know")}</dt>
          <dd>{words("home.know-text")}</dd>
          <dt className="font-semibold">{words("home.stop")}</dt>
          <dd>{words("home.stop-text")}</dd>
        </dl>
      </div>
      <aside className="wide:pt-2">
        <VotesFigure words={words} />
      </aside>
      {courses.map((course) => (
        <CourseContents
          key={course.id}
          course={course}
          notes={may(person, "read-notes")}
          words={words}
          language={chosen}
        />
      ))}
    </PageFrame>
  );
}

function WayIn({ course, words }: { course: CourseProgress; words: PageWords }) {
  const { begun, href, number, title, language, step } = course.resume;
  const inIts = (inner: string) => <span lang={language}>{inner}</span>;
  return (
    <p className="mt-7 flex flex-wrap items-center gap-x-4 gap-y-2">
      <Link className="button button-lead min-h-11 px-5 text-[1.0625rem]" href={href}>
        {words(begun ? "home.go-on" : "home.begin")}
      </Link>
      <span className="text-quiet">
        {woven((values) => words(begun ? "home.go-on-with" : "home.begin-with", values), [inIts], { number, title })}
        {step !== undefined && ", "}
        {step !== undefined && woven((values) => words("home.at-step", values), [inIts], { ...step })}
      </span>
    </p>
  );
}

/** Where several use one server: who is signed in, their classes, and the ways from here. */
async function Shared(props: { runtime: WebRuntime; person: Person; reader: Reader }) {
  const { runtime, person } = props;
  const { words, locale } = props.reader;
  const attended = await runtime.database.enrolments.attended(person.id);
  const meets = (one: (typeof attended)[number]) => {
    const found = meeting(one, one.timeZone, locale);
    return found && words(`meets.${found.kind}`, { from: found.from, to: found.to });
  };
  return (
    <>
      <AttendedClasses
        attended={attended.map((one) => ({
          ...{ classId: one.classId, name: one.className, as: one.displayName, seat: one.seat.slice(1) },
          ...{ meets: meets(one), chosen: one.chosen },
        }))}
      />
      <p className="mt-4 flex flex-wrap gap-x-5 gap-y-1 text-quiet">
        <span className="[overflow-wrap:anywhere]">{words("home.signed-in-as", { name: person.name })}</span>
        {may(person, "teach") && (
          <Link className="link" href="/classes">
            {words("home.classes")}
          </Link>
        )}
        {may(person, "run-server") && (
          <Link className="link" href="/instructors">
            {words("home.instructors")}
          </Link>
        )}
        {may(person, "run-server") && (
          <Link className="link" href="/inventories">
            {words("home.real-nodes")}
          </Link>
        )}
        <a className="link" href="/join">
          {words("home.join")}
        </a>
        <a className="link" href="/return">
          {words("home.other-device")}
        </a>
        <Link className="link" href="/account">
          {words("home.by-others")}
        </Link>
        <SignOut back={wayBack(words, person.role, runtime.singleSignOn)} />
      </p>
    </>
  );
}

/** How somebody comes back who signs out. */
function wayBack(words: PageWords, role: Person["role"], provider: string | undefined): string {
  return provider === undefined ? words(`sign-out.${role}`) : words(`sign-out.${role}-or`, { provider });
}
