import type { Metadata } from "next";
import { webRuntime } from "../../server/web-runtime.ts";
import { NarrowPage } from "../_class/narrow-page.tsx";
import { askedBy } from "../_components/asked-by.ts";
import { reader } from "../_words/reader.ts";
import { RecordingList } from "./recording-list.tsx";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).words("recordings.title") };
}

/** One's own recorded terminals on a lab. */
export default async function RecordingsPage({ searchParams }: { searchParams: Promise<{ lab?: string | string[] }> }) {
  const { lab } = await searchParams;
  const labId = typeof lab === "string" ? lab : "";
  const { labs, recordings } = webRuntime().database;
  const person = await askedBy("/recordings", async ({ id }) => ({ ownLab: await labs.belongsTo(labId, id) }));
  const { words } = await reader();
  const own = await recordings.list({ labId, personId: person.id });
  return (
    <NarrowPage title={words("recordings.title")}>
      <p className="mt-4 text-body">{words("recordings.text")}</p>
      {own.length === 0 ? (
        <p className="mt-4 text-quiet">{words("recordings.none")}</p>
      ) : (
        <RecordingList recordings={own} words={words} />
      )}
    </NarrowPage>
  );
}
