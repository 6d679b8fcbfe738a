import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { webRuntime } from "../../../../../server/web-runtime.ts";
import { askedBy } from "../../../../_components/asked-by.ts";
import { Crumb } from "../../../../_components/crumb.tsx";
import { LocalTime } from "../../../../_components/local-time.tsx";
import { SiteHeader } from "../../../../_components/site-header.tsx";
import { chosenTheme } from "../../../../_components/theme.ts";
import { GroupCredits } from "./group-credits.tsx";

export const metadata: Metadata = { title: "Group" };

/** An afternoon of five people at three nodes. */
const SPANS_SHOWN = 200;

/** A group, for whoever teaches it: who is credited with what, and when whose terminal typed. */
export default async function GroupPage({ params }: { params: Promise<{ class: string; group: string }> }) {
  const { class: classId, group: groupId } = await params;
  const runtime = webRuntime();
  const { classes, groups, passCorrections, typing } = runtime.database;
  await askedBy("/classes/[class]/groups/[group]", async ({ id }) => ({
    teachesClass: await classes.isTaughtBy(classId, id),
  }));
  const [taught, all] = await Promise.all([classes.find(classId), groups.all(classId)]);
  const group = all.find(({ id }) => id === groupId);
  if (!taught || !group) notFound();
  const { labId, members } = group;
  const course = (await runtime.courses()).course(taught.courseId);
  const [credits, spans, standings] = await Promise.all([
    labId ? passCorrections.credits(classId, [labId]) : [],
    labId ? typing.ofLab(labId, SPANS_SHOWN) : [],
    classes.standings(classId),
  ]);
  const names = new Map(standings.map(({ personId, displayName }) => [personId, displayName]));
  return (
    <>
      <SiteHeader theme={await chosenTheme()}>
        <Crumb href={`/classes/${classId}`}>{taught.name}</Crumb>
      </SiteHeader>
      <main className="mx-auto w-full max-w-[60rem] px-4 py-8">
        <h1 className="text-title [overflow-wrap:anywhere]">{group.name}</h1>
        <p className="mt-1 text-quiet [overflow-wrap:anywhere]">
          {members.length === 0 ? "Nobody is in it now." : members.map(({ name }) => name).join(", ")}
        </p>
        <h2 className="mt-8 text-section">Who is credited</h2>
        <p className="mt-1 max-w-[64ch] text-quiet">
          A pass is credited to each member who had a page of the lab open, or typed in it, since the chapter began
          there. Correct it where the room says otherwise: the student reads your reason, and the grader leaves it so.
        </p>
        <GroupCredits
          address={`/api/classes/${classId}/groups/${groupId}`}
          members={members.map(({ personId, name }) => ({ id: personId, name }))}
          fixed={taught.archivedAt !== null}
          steps={credits.map(({ stepKey, credited, corrections }) => ({
            ...{ key: stepKey, title: titleOf(stepKey) },
            credited: credited.map(({ personId, name }) => ({ id: personId, name })),
            corrections: corrections.map(({ name, credited: now, reason, at }) => ({
              ...{ name, credited: now, reason, atMs: at.getTime() },
            })),
          }))}
        />
        <h2 className="mt-10 text-section">Whose terminal typed when</h2>
        <p className="mt-1 max-w-[64ch] text-quiet">
          From the gateway's log of the last 30 days; what was typed is not in it. It tells whose browser the keys came
          from, and is no proof of who sat at the keyboard.
        </p>
        {spans.length === 0 ? (
          <p className="mt-3">Nobody typed so far.</p>
        ) : (
          <ol className="mt-3">
            {spans.map(({ personId, node, from, until }) => (
              <li
                key={`${personId} ${node} ${from.getTime()}`}
                className="flex flex-wrap gap-x-4 border-t border-rule py-1.5"
              >
                <span className="min-w-40 text-quiet tabular-nums">
                  <LocalTime ms={from.getTime()} /> to <LocalTime ms={until.getTime()} />
                </span>
                <span className="min-w-0 grow [overflow-wrap:anywhere]">
                  {names.get(personId) ?? "An instructor, or somebody who left"}
                </span>
                <span className="font-mono">{node}</span>
              </li>
            ))}
          </ol>
        )}
      </main>
    </>
  );

  /** Of `course/chapter/step`. */
  function titleOf(key: string): string {
    const [, chapterId, stepId] = key.split("/");
    const chapter = course?.chapters.find(({ id }) => id === chapterId);
    const step = chapter?.steps.find(({ id }) => id === stepId);
    return chapter && step ? `${chapter.number}.${chapter.steps.indexOf(step) + 1} ${step.title}` : key;
  }
}
