import type { Metadata } from "next";
import { webRuntime } from "../../server/web-runtime.ts";
import { askedBy } from "../_components/asked-by.ts";
import { PageFrame } from "../_components/page-frame.tsx";
import { Receipts } from "../_receipts/receipts.tsx";
import { receiptsOf } from "../_receipts/receipts-of.ts";
import { reader } from "../_words/reader.ts";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).words("receipts.title") };
}

/** One's own passes, each with what it rests on. */
export default async function ReceiptsPage() {
  const person = await askedBy("/receipts");
  const said = await reader();
  const receipts = await receiptsOf(webRuntime(), person.id, { language: said.chosen });
  return (
    <PageFrame className="max-w-[52rem] px-4 py-8">
      <h1 className="text-title">{said.words("receipts.title")}</h1>
      <p className="mt-2 max-w-[60ch] text-body">{said.words("receipts.text")}</p>
      <Receipts receipts={receipts} jsonHref="/api/receipts" said={said} />
    </PageFrame>
  );
}
