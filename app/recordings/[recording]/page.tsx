import type { Metadata } from "next";
import { webRuntime } from "../../../server/web-runtime.ts";
import { askedBy } from "../../_components/asked-by.ts";
import { LocalTime } from "../../_components/local-time.tsx";
import { PageFrame } from "../../_components/page-frame.tsx";
import { PageWordsHere } from "../../_words/page-words-here.tsx";
import { reader } from "../../_words/reader.ts";
import { DeleteRecording } from "../delete-recording.tsx";
import { Replay } from "./replay.tsx";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).words("recordings.one") };
}

/** A recorded terminal, for whose it is and for who teaches the class. One of others and none look alike. */
export default async function RecordingPage({ params }: { params: Promise<{ recording: string }> }) {
  const { recording: id } = await params;
  const { recordings, classes } = webRuntime().database;
  const found = await recordings.find(id);
  const person = await askedBy("/recordings/[recording]", async ({ id: asking }) => ({
    ownRecording: found?.personId === asking,
    teachesClass: found !== undefined && (await classes.isTaughtBy(found.classId, asking)),
  }));
  const { words } = await reader();
  const node = found?.node ?? "";
  const list =
    found?.personId === person.id
      ? `/recordings?lab=${encodeURIComponent(found.labId)}`
      : `/classes/${found?.classId}/students/${found?.personId}`;
  return (
    <PageFrame className="max-w-[72rem] px-4 py-8">
      <h1 className="text-title">{words("recordings.of", { node })}</h1>
      <p className="mt-1 text-quiet">
        {found && <LocalTime ms={found.startedAt.getTime()} seconds />}
        {found?.endedAt === null && `, ${words("recordings.going-on")}`}
      </p>
      <PageWordsHere>
        <Replay id={id} />
      {found?.endedAt && (
        <p className="mt-3">
          <DeleteRecording id={id} node={node} next={list} />
        </p>
      )}
      </PageWordsHere>
    </PageFrame>
  );
}
