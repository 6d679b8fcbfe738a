import type { Metadata } from "next";
import Link from "next/link";
import { meetingInWords } from "../../classroom/class-time.ts";
import { webRuntime } from "../../server/web-runtime.ts";
import { askedBy } from "../_components/asked-by.ts";
import { SiteHeader } from "../_components/site-header.tsx";
import { chosenTheme } from "../_components/theme.ts";

export const metadata: Metadata = { title: "Classes" };

/** The classes one teaches; an administrator sees all. */
export default async function ClassesPage() {
  const person = await askedBy("/classes");
  const { database } = webRuntime();
  const classes = await database.classes.all(person.role === "administrator" ? undefined : person.id);
  return (
    <>
      <SiteHeader theme={await chosenTheme()} />
      <main className="mx-auto w-full max-w-[52rem] px-4 py-10">
        <div className="flex flex-wrap items-center justify-between gap-4">
          <h1 className="text-title">Classes</h1>
          <Link className="button button-lead min-h-11 px-5" href="/classes/new">
            Make a class
          </Link>
        </div>
        {classes.length === 0 && <p className="mt-6 text-body">There is no class yet. Making one takes a minute.</p>}
        <ul className="mt-6">
          {classes.map((one) => (
            <li key={one.id} className="border-t border-rule">
              <Link
                href={`/classes/${one.id}`}
                className="flex flex-wrap items-baseline gap-x-4 py-3 text-body hover:text-accent"
              >
                <span className="grow font-semibold [overflow-wrap:anywhere]">
                  {one.name}
                  <span className="block text-small font-normal text-quiet">{meetingInWords(one, one.timeZone)}</span>
                </span>
                <span className="text-quiet">
                  {one.students} {one.students === 1 ? "student" : "students"}
                  {one.archivedAt && ", archived"}
                </span>
              </Link>
            </li>
          ))}
        </ul>
      </main>
    </>
  );
}
