import type { Metadata } from "next";
import { webRuntime } from "../../server/web-runtime.ts";
import { NarrowPage } from "../_class/narrow-page.tsx";
import { askedBy } from "../_components/asked-by.ts";
import { RecordingList } from "./recording-list.tsx";

export const metadata: Metadata = { title: "My recordings" };

/** One's own recorded terminals on a lab. */
export default async function RecordingsPage({ searchParams }: { searchParams: Promise<{ lab?: string | string[] }> }) {
  const { lab } = await searchParams;
  const labId = typeof lab === "string" ? lab : "";
  const { labs, recordings } = webRuntime().database;
  const person = await askedBy("/recordings", async ({ id }) => ({ ownLab: await labs.belongsTo(labId, id) }));
  const own = await recordings.list({ labId, personId: person.id });
  return (
    <NarrowPage title="My recordings">
      <p className="mt-4 text-body">
        What your terminals printed, while your class recorded and you had not switched it off. Your instructors can
        replay it, too; when they do, it stands under what others did.
      </p>
      {own.length === 0 ? <p className="mt-4 text-quiet">Nothing is recorded.</p> : <RecordingList recordings={own} />}
    </NarrowPage>
  );
}
