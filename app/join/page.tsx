import type { Metadata } from "next";
import { headers } from "next/headers";
import { webRuntime } from "../../server/web-runtime.ts";
import { NarrowPage } from "../_class/narrow-page.tsx";
import { reader } from "../_words/reader.ts";
import { JoinForm } from "./join-form.tsx";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).words("join.title") };
}

/** The way into a class: its code and a name. */
export default async function JoinPage({ searchParams }: { searchParams: Promise<{ code?: string | string[] }> }) {
  const runtime = webRuntime();
  const { words } = await reader();
  if (runtime.mode === "self-paced") {
    return (
      <NarrowPage title={words("join.none")}>
        <p className="mt-4 text-body">{words("join.none-text")}</p>
      </NarrowPage>
    );
  }
  const person = await runtime.identify(await headers());
  const { code } = await searchParams;
  return (
    <NarrowPage title={words("join.title")}>
      <JoinForm
        code={typeof code === "string" ? code.slice(0, 40) : ""}
        {...(person && { signedInAs: { name: person.name, role: person.role } })}
        {...(runtime.singleSignOn !== undefined && !person && { singleSignOn: runtime.singleSignOn })}
      />
    </NarrowPage>
  );
}
