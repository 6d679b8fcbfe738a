import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { oddities } from "../../../../classroom/oddities.ts";
import { webRuntime } from "../../../../server/web-runtime.ts";
import { askedBy } from "../../../_components/asked-by.ts";
import { Crumb } from "../../../_components/crumb.tsx";
import { SiteHeader } from "../../../_components/site-header.tsx";
import { chosenTheme } from "../../../_components/theme.ts";
import { Question } from "./questions.tsx";
import { titlesOf } from "./step-titles.ts";

export const metadata: Metadata = { title: "Worth a question" };

/** What is unusual in a class, student by student, as something to ask; nothing is judged by it. */
export default async function QuestionsPage({ params }: { params: Promise<{ class: string }> }) {
  const { class: classId } = await params;
  const runtime = webRuntime();
  const { classes, stepPasses } = runtime.database;
  await askedBy("/classes/[class]/questions", async ({ id }) => ({
    teachesClass: await classes.isTaughtBy(classId, id),
  }));
  const found = await classes.find(classId);
  if (!found) notFound();
  const titleOf = titlesOf((await runtime.courses()).course(found.courseId));
  const [standings, others] = await Promise.all([classes.standings(classId), stepPasses.onRealNodes(classId)]);
  const names = new Map(standings.map(({ personId, displayName }) => [personId, displayName]));
  const students = [];
  for (const { personId, displayName, seat } of standings) {
    const unusual = oddities(personId, await stepPasses.receipts(personId, classId), others);
    if (unusual.length > 0) students.push({ personId, displayName, seat, unusual });
  }
  return (
    <>
      <SiteHeader theme={await chosenTheme()}>
        <Crumb href={`/classes/${classId}`}>{found.name}</Crumb>
      </SiteHeader>
      <main className="mx-auto w-full max-w-[60rem] px-4 py-8">
        <h1 className="text-title">Worth a question</h1>
        <p className="mt-2 max-w-[64ch] text-body">
          Unusual, and not wrong by itself: only you can know. Every pass stays as it is.
        </p>
        {students.length === 0 && <p className="mt-4">There is nothing unusual.</p>}
        {students.map(({ personId, displayName, seat, unusual }) => (
          <section key={personId} aria-label={displayName} className="mt-6 border-t-2 border-edge pt-2">
            <h2 className="font-semibold [overflow-wrap:anywhere]">
              <Link href={`/classes/${classId}/students/${personId}`} className="hover:text-accent">
                {displayName}
              </Link>{" "}
              <span className="font-normal text-quiet">seat {seat.slice(1)}</span>
            </h2>
            <ul className="max-w-[72ch]">
              {unusual.map((oddity) => (
                <li key={JSON.stringify(oddity)} className="border-t border-rule py-2 [overflow-wrap:anywhere]">
                  <Question
                    oddity={oddity}
                    nameOf={(id) => names.get(id) ?? "Somebody who left the class"}
                    titleOf={titleOf}
                  />
                </li>
              ))}
            </ul>
          </section>
        ))}
      </main>
    </>
  );
}
