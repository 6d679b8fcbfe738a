import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { meetingInWords, wallTimeIn } from "../../../classroom/class-time.ts";
import { boardStudent } from "../../../classroom/standing.ts";
import type { StudentStanding } from "../../../database/classes.ts";
import type { BoardStudent } from "../../../gateway/protocol.ts";
import { type WebRuntime, webRuntime } from "../../../server/web-runtime.ts";
import { HERE_ALONE, leadsHereAlone, ownAddress } from "../../_class/own-address.ts";
import { QrCode } from "../../_class/qr-code.tsx";
import { askedBy } from "../../_components/asked-by.ts";
import { Crumb } from "../../_components/crumb.tsx";
import { SiteHeader } from "../../_components/site-header.tsx";
import { chosenTheme } from "../../_components/theme.ts";
import { Board } from "./board.tsx";
import type { Whose } from "./change-labs.tsx";
import { ClassControls } from "./class-controls.tsx";
import { JudgeAgain } from "./judge-again.tsx";
import { type NodeSeats, NodeSeatsTable } from "./node-seats.tsx";
import { shownRegrades } from "./shown-regrades.ts";

export const metadata: Metadata = { title: "Class" };

/** A class: how to join it, its board, what is open, its results. */
export default async function ClassPage({ params }: { params: Promise<{ class: string }> }) {
  const { class: classId } = await params;
  const runtime = webRuntime();
  const { classes } = runtime.database;
  await askedBy("/classes/[class]", async ({ id }) => ({ teachesClass: await classes.isTaughtBy(classId, id) }));
  const found = await classes.find(classId);
  if (found === undefined) notFound();
  const course = (await runtime.courses()).course(found.courseId);
  const teachers = await classes.teachers(classId);
  const others = (await runtime.database.people.teachers()).filter(({ id }) => !teachers.some((one) => one.id === id));
  const nowMs = Date.now();
  const standings = await classes.standings(classId);
  const students = standings.map((standing) => boardStudent(standing, nowMs));
  const chapters = (course?.chapters ?? []).map(({ id, number, title, steps }) => ({
    ...{ id, number, title, open: found.chapters.includes(id) },
    steps: steps.map((step) => ({ id: step.id, title: step.title })),
  }));
  const groups = await runtime.database.groups.all(classId);
  const { timeZone, startsAt, endsAt } = found;
  const wall = (at: Date | null) => (at ? wallTimeIn(at, timeZone) : "");
  const titles = new Map([
    [found.courseId, "The whole course"],
    ...chapters.flatMap(({ id, title, steps }) => [
      [`${found.courseId}/${id}`, title] as const,
      ...steps.map((step) => [`${found.courseId}/${id}/${step.id}`, step.title] as const),
    ]),
  ]);
  const regrades = shownRegrades(await runtime.database.judgements.ofClass(classId, 5), {
    students: new Map(students.map((student) => [student.id, student.name])),
    people: new Map(teachers.map(({ id, name }) => [id, name])),
    titles,
  });
  const nodeSeats = await nodeSeatsOf(runtime, classId, standings);
  const address = await ownAddress();
  const link = found.joinCode && `${address}/join?code=${found.joinCode}`;
  return (
    <>
      <SiteHeader theme={await chosenTheme()}>
        <Crumb href="/classes">Classes</Crumb>
      </SiteHeader>
      <main className="mx-auto w-full max-w-[90rem] px-4 py-8">
        <h1 className="text-title [overflow-wrap:anywhere]">{found.name}</h1>
        <p className="mt-1 text-quiet">
          {course?.title ?? found.courseId}, {meetingInWords(found, timeZone) ?? timeZone}
          {found.archivedAt && ", archived"}
        </p>
        <p className="mt-1">
          <Link className="link" href={`/learn/${found.courseId}/notes`}>
            Instructor notes
          </Link>
        </p>
        {link && (
          <details className="off-projector mt-5 border-y border-rule py-3" open={students.length === 0}>
            <summary className="font-semibold">
              Joining: <span className="font-mono">{found.joinCode}</span>
            </summary>
            <div className="mt-3 flex flex-wrap items-start gap-6">
              <QrCode text={link} label={`QR code of ${link}`} />
              <div className="min-w-0">
                <p className="text-quiet">Students open this address, or scan it:</p>
                <p className="mt-1 font-mono text-body break-all">{link}</p>
                <p className="mt-4 text-quiet">or type the code at {address}/join:</p>
                <p className="mt-1 font-mono text-title tracking-[0.15em]">{found.joinCode}</p>
                {leadsHereAlone(address) && <p className="mt-4 max-w-[60ch] text-notyet">{HERE_ALONE}</p>}
                <p className="mt-4">
                  <Link className="button" href={`/classes/${found.id}/joining`}>
                    Large, for the projector
                  </Link>
                </p>
              </div>
            </div>
          </details>
        )}
        <Board classId={found.id} chapters={chapters.filter(({ open }) => open)} students={students} />
        {groups.length > 0 && (
          <section aria-labelledby="groups" className="off-projector mt-10">
            <h2 id="groups" className="text-section">
              Groups
            </h2>
            <p className="mt-1 text-quiet">Who is credited with what, and whose terminal typed when:</p>
            <ul className="mt-2 flex flex-wrap gap-x-6 gap-y-1">
              {groups.map(({ id, name, members }) => (
                <li key={id}>
                  <Link href={`/classes/${classId}/groups/${id}`} className="link [overflow-wrap:anywhere]">
                    {name}
                  </Link>{" "}
                  <span className="text-quiet">{members.length}</span>
                </li>
              ))}
            </ul>
          </section>
        )}
        {nodeSeats && <NodeSeatsTable classId={found.id} given={nodeSeats} />}
        {!found.archivedAt && (
          <JudgeAgain
            classId={found.id}
            chapters={chapters.filter(({ steps }) => steps.length > 0)}
            regrades={regrades}
          />
        )}
        <ClassControls
          classId={found.id}
          chapters={chapters.map(({ id, number, title, open }) => ({ id, number, title, open }))}
          joining={found.joinCode !== null}
          archived={found.archivedAt !== null}
          name={found.name}
          teachers={teachers}
          others={others}
          recording={(await runtime.database.recordings.ofClass(classId)) ?? { on: false, keptDays: 30 }}
          joined={students.length > 0}
          dates={{ startsAt: wall(startsAt), endsAt: wall(endsAt), timeZone }}
          groups={found.groupCount}
          whose={whoseLabs(students)}
        />
      </main>
    </>
  );
}

/** Everybody, and each group. */
function whoseLabs(students: BoardStudent[]): Whose[] {
  const groups = Map.groupBy(students, ({ group }) => group);
  const alone = groups.get(undefined)?.length ?? 0;
  const named = [...groups.keys()].filter((name) => name !== undefined);
  return [
    { value: "all", label: "Everybody", labs: alone + named.length },
    ...named.map((group): Whose => ({ value: { group }, label: group, labs: 1 })),
  ];
}

/** The seats of the inventory that the class stands on, with whose they are; undefined where labs are simulated. */
async function nodeSeatsOf(
  { database }: WebRuntime,
  classId: string,
  standings: readonly StudentStanding[],
): Promise<NodeSeats | undefined> {
  const inventory = (await database.inventories.all()).find((one) => one.inUse && one.classId === classId);
  if (!inventory) return undefined;
  const byLab = Map.groupBy(standings, ({ labId }) => labId);
  const labs = [...byLab].flatMap(([id, owners]) =>
    id === null ? [] : [{ id, of: owners[0]!.group ?? owners.map(({ displayName }) => displayName).join(", ") }],
  );
  return { inventory: inventory.name, seats: inventory.seats, labs };
}
