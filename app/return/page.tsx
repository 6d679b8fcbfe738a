import type { Metadata } from "next";
import { headers } from "next/headers";
import { webRuntime } from "../../server/web-runtime.ts";
import { NarrowPage } from "../_class/narrow-page.tsx";
import { NewReturnCode, ReturnForm } from "./return-form.tsx";

export const metadata: Metadata = { title: "Come back" };

/** The way back for somebody who joined on another device, and a new code for one who is here. */
export default async function ReturnPage() {
  const runtime = webRuntime();
  if (runtime.mode === "self-paced") {
    return (
      <NarrowPage title="There is nothing to sign in to">
        <p className="mt-4 text-body">This Quorate is for one learner, and you are there already.</p>
      </NarrowPage>
    );
  }
  const person = await runtime.identify(await headers());
  return (
    <NarrowPage title={person ? "Go on with another device" : "Come back"}>
      {person && <NewReturnCode name={person.name} />}
      <ReturnForm signedIn={person !== undefined} />
    </NarrowPage>
  );
}
