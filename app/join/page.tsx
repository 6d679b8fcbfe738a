import type { Metadata } from "next";
import { headers } from "next/headers";
import { webRuntime } from "../../server/web-runtime.ts";
import { NarrowPage } from "../_class/narrow-page.tsx";
import { JoinForm } from "./join-form.tsx";

export const metadata: Metadata = { title: "Join a class" };

/** The way into a class: its code and a name. */
export default async function JoinPage({ searchParams }: { searchParams: Promise<{ code?: string | string[] }> }) {
  const runtime = webRuntime();
  if (runtime.mode === "self-paced") {
    return (
      <NarrowPage title="There is no class to join">
        <p className="mt-4 text-body">This Quorate is for one learner. A class runs on a shared one.</p>
      </NarrowPage>
    );
  }
  const person = await runtime.identify(await headers());
  const { code } = await searchParams;
  return (
    <NarrowPage title="Join a class">
      <JoinForm
        code={typeof code === "string" ? code.slice(0, 40) : ""}
        {...(person && { signedInAs: person.name, role: person.role })}
        {...(runtime.singleSignOn !== undefined && !person && { singleSignOn: runtime.singleSignOn })}
      />
    </NarrowPage>
  );
}
