import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { meetingInWords } from "../../../../classroom/class-time.ts";
import { webRuntime } from "../../../../server/web-runtime.ts";
import { HERE_ALONE, leadsHereAlone, ownAddress } from "../../../_class/own-address.ts";
import { QrCode } from "../../../_class/qr-code.tsx";
import { askedBy } from "../../../_components/asked-by.ts";

export const metadata: Metadata = { title: "Join the class" };

/** How to join, to be read from the last row of a room. */
export default async function JoiningPage({ params }: { params: Promise<{ class: string }> }) {
  const { class: classId } = await params;
  const { classes } = webRuntime().database;
  await askedBy("/classes/[class]/joining", async ({ id }) => ({
    teachesClass: await classes.isTaughtBy(classId, id),
  }));
  const found = await classes.find(classId);
  if (found === undefined) notFound();
  const address = await ownAddress();
  return (
    <main className="mx-auto grid w-full max-w-[90rem] grow content-center gap-10 px-6 py-8 wide:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
      {found.joinCode ? (
        <>
          <QrCode
            text={`${address}/join?code=${found.joinCode}`}
            label={`QR code of ${address}/join?code=${found.joinCode}`}
            className="h-auto w-full max-w-[min(44rem,80vh)] justify-self-center"
          />
          <div className="min-w-0 self-center">
            <h1 className="text-[2.5rem] leading-tight font-[650] [overflow-wrap:anywhere]">{found.name}</h1>
            <p className="mt-2 text-section text-quiet">{meetingInWords(found, found.timeZone)}</p>
            <p className="mt-10 text-section text-quiet">Open</p>
            <p className="font-mono text-[clamp(1.25rem,2.6vw,2.5rem)] leading-tight break-all">{address}/join</p>
            {leadsHereAlone(address) && <p className="mt-4 text-section text-notyet">{HERE_ALONE}</p>}
            <p className="mt-8 text-section text-quiet">and type the code</p>
            <p className="font-mono text-[clamp(2.5rem,6vw,5.5rem)] leading-tight tracking-[0.1em]">
              {found.joinCode.slice(0, 4)}
              <wbr />
              {found.joinCode.slice(4)}
            </p>
          </div>
        </>
      ) : (
        <h1 className="col-span-full text-title">Nobody can join {found.name} now.</h1>
      )}
      <p className="no-print col-span-full">
        <Link className="link" href={`/classes/${classId}`}>
          Back to the class
        </Link>
      </p>
    </main>
  );
}
