import type { Metadata } from "next";
import { headers } from "next/headers";
import { webRuntime } from "../../server/web-runtime.ts";
import { NarrowPage } from "../_class/narrow-page.tsx";
import { reader } from "../_words/reader.ts";
import { NewReturnCode, ReturnForm } from "./return-form.tsx";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).words("return.title") };
}

/** The way back for somebody who joined on another device, and a new code for one who is here. */
export default async function ReturnPage() {
  const runtime = webRuntime();
  const { words } = await reader();
  if (runtime.mode === "self-paced") {
    return (
      <NarrowPage title={words("return.nothing")}>
        <p className="mt-4 text-body">{words("return.nothing-text")}</p>
      </NarrowPage>
    );
  }
  const person = await runtime.identify(await headers());
  return (
    <NarrowPage title={words(person ? "home.other-device" : "return.title")}>
      {person && <NewReturnCode name={person.name} />}
      <ReturnForm signedIn={person !== undefined} />
    </NarrowPage>
  );
}
