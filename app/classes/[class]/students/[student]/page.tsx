import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { oddities } from "../../../../../classroom/oddities.ts";
import { boardStudent } from "../../../../../classroom/standing.ts";
import type { Lab } from "../../../../../database/labs.ts";
import type { Capability } from "../../../../../labs/labs.ts";
import { webRuntime } from "../../../../../server/web-runtime.ts";
import { askedBy } from "../../../../_components/asked-by.ts";
import { Crumb } from "../../../../_components/crumb.tsx";
import { SiteHeader } from "../../../../_components/site-header.tsx";
import { chosenTheme } from "../../../../_components/theme.ts";
import { englishPageWords } from "../../../../_words/page-catalogue.ts";
import { RecordingList } from "../../../../recordings/recording-list.tsx";
import { reachedCells } from "../../board-rows.ts";
import { Questions } from "../../questions/questions.tsx";
import { titlesOf } from "../../questions/step-titles.ts";
import { StudentActs } from "./student-acts.tsx";
import { StudentLab } from "./student-lab.tsx";
import { StudentSteps } from "./student-steps.tsx";

export const metadata: Metadata = { title: "Student" };

/** One student, for whoever teaches them: how the lab stands, what is passed, and ways to help. */
export default async function StudentPage({ params }: { params: Promise<{ class: string; student: string }> }) {
  const { class: classId, student: studentId } = await params;
  const runtime = webRuntime();
  const { classes, enrolments, labs, recordings, stepPasses, terminalSessions } = runtime.database;
  await askedBy("/classes/[class]/students/[student]", async ({ id }) => ({
    teachesClass: await classes.isTaughtBy(classId, id),
  }));
  const [taught, standing] = await Promise.all([classes.find(classId), classes.student(classId, studentId)]);
  if (!taught || !standing) notFound();
  const course = (await runtime.courses()).course(taught.courseId);
  const email = (await enrolments.emails(classId)).get(studentId);
  const lab = standing.labId ? await labs.find(standing.labId) : undefined;
  const terminals = lab ? await terminalSessions.open(lab.id, studentId) : [];
  const otherKeys = lab ? await terminalSessions.nodesEndedBy(lab.id, studentId, "host-key-changed") : [];
  const recorded = (await recordings.list({ classId })).filter(({ personId }) => personId === studentId);
  const chapters = (course?.chapters ?? []).filter(({ id }) => taught.chapters.includes(id));
  const [reached] = reachedCells(
    [boardStudent(standing, Date.now())],
    chapters.flatMap(({ id, steps }) => steps.map((step) => `${id}/${step.id}`)),
  );
  const resettable = lab ? await resettableNodes(lab) : [];
  const passes = await stepPasses.receipts(studentId, classId);
  const onRealNodes = passes.some(({ receipt }) => receipt?.labBackend === "inventory");
  const unusual = oddities(studentId, passes, onRealNodes ? await stepPasses.onRealNodes(classId) : []);
  const names = new Map(
    onRealNodes && unusual.length > 0
      ? (await classes.standings(classId)).map(({ personId, displayName }) => [personId, displayName])
      : [],
  );
  return (
    <>
      <SiteHeader theme={await chosenTheme()}>
        <Crumb href={`/classes/${classId}`}>{taught.name}</Crumb>
      </SiteHeader>
      <main className="mx-auto w-full max-w-[72rem] px-4 py-8">
        <h1 className="text-title [overflow-wrap:anywhere]">{standing.displayName}</h1>
        <p className="mt-1 text-quiet">
          Seat {standing.seat.slice(1)}, {standing.group !== undefined && `${standing.group}, `}{" "}
          {standing.present ? "here now" : lab ? "away" : "has opened no chapter yet"}
          {email !== undefined && (
            <>
              , <span className="[overflow-wrap:anywhere]">{email}</span>
            </>
          )}
        </p>
        {lab && (
          <StudentLab
            labId={lab.id}
            nodes={lab.nodes}
            owner={standing.displayName}
            otherKeys={otherKeys}
            terminals={terminals.map(({ id, node }) => ({ id, node }))}
          />
        )}
        {!taught.archivedAt && (
          <StudentActs
            classId={classId}
            student={{ id: studentId, name: standing.displayName }}
            group={standing.group ?? ""}
            seat={Number(standing.seat.slice(1))}
            chapters={chapters.map(({ id, number, title }) => ({ id, number, title }))}
            nodes={resettable}
          />
        )}
        <Questions
          oddities={unusual}
          nameOf={(id) => names.get(id) ?? "Somebody who left the class"}
          titleOf={titlesOf(course)}
        />
        <p className="mt-6 flex flex-wrap gap-x-5">
          <Link className="link py-1" href={`/classes/${classId}/students/${studentId}/receipts`}>
            Receipts: what each pass rests on
          </Link>
          <Link className="link py-1" href={`/classes/${classId}/students/${studentId}/record`}>
            Record of completion
          </Link>
        </p>
        <StudentSteps
          classId={classId}
          student={{ id: studentId, name: standing.displayName }}
          chapters={chapters.map(({ id, number, title, steps }) => ({
            ...{ id, number, title },
            steps: steps.map((step) => ({ id: step.id, title: step.title, hints: hintsOf(id, step.id) })),
          }))}
          cells={reached?.cells ?? []}
          waivable={lab !== undefined && !taught.archivedAt}
        />
        {recorded.length > 0 && (
          <section aria-labelledby="recordings" className="mt-8">
            <h2 id="recordings" className="font-semibold">
              Recorded terminals
            </h2>
            <p className="text-small text-quiet">A replay is written down, and the student can read that.</p>
            <RecordingList recordings={recorded} words={englishPageWords} />
          </section>
        )}
      </main>
    </>
  );

  /** How many hints the text of a step has. */
  function hintsOf(chapterId: string, stepId: string): number {
    const text = course?.chapters.find(({ id }) => id === chapterId)?.texts.en;
    return text?.outline.hints.filter((hint) => hint.startsWith(`${stepId}/`)).length ?? 0;
  }

  /** A lab that cannot be reached now offers nothing. */
  async function resettableNodes({ id, nodes }: Lab): Promise<string[]> {
    const capabilities: Capability[] = await runtime.labs.capabilities(id).catch(() => []);
    return capabilities.includes("resetNode") ? nodes : [];
  }
}
