import type { Metadata } from "next";
import { webRuntime } from "../../../server/web-runtime.ts";
import { askedBy } from "../../_components/asked-by.ts";
import { LocalTime } from "../../_components/local-time.tsx";
import { SiteHeader } from "../../_components/site-header.tsx";
import { chosenTheme } from "../../_components/theme.ts";
import { DeleteRecording } from "../delete-recording.tsx";
import { Replay } from "./replay.tsx";

export const metadata: Metadata = { title: "Recording" };

/** A recorded terminal, for whose it is and for who teaches the class. One of others and none look alike. */
export default async function RecordingPage({ params }: { params: Promise<{ recording: string }> }) {
  const { recording: id } = await params;
  const { recordings, classes } = webRuntime().database;
  const found = await recordings.find(id);
  const person = await askedBy("/recordings/[recording]", async ({ id: asking }) => ({
    ownRecording: found?.personId === asking,
    teachesClass: found !== undefined && (await classes.isTaughtBy(found.classId, asking)),
  }));
  const list =
    found?.personId === person.id
      ? `/recordings?lab=${encodeURIComponent(found.labId)}`
      : `/classes/${found?.classId}/students/${found?.personId}`;
  return (
    <>
      <SiteHeader theme={await chosenTheme()} />
      <main className="mx-auto w-full max-w-[72rem] px-4 py-8">
        <h1 className="text-title">Recording of {found?.node}</h1>
        <p className="mt-1 text-quiet">
          {found && <LocalTime ms={found.startedAt.getTime()} seconds />}
          {found?.endedAt === null && ", still going on"}
        </p>
        <Replay id={id} />
        {found?.endedAt && (
          <p className="mt-3">
            <DeleteRecording id={id} what="this recording" next={list} />
          </p>
        )}
      </main>
    </>
  );
}
