import type { Metadata } from "next";
import { webRuntime } from "../../server/web-runtime.ts";
import { askedBy } from "../_components/asked-by.ts";
import { SiteHeader } from "../_components/site-header.tsx";
import { chosenTheme } from "../_components/theme.ts";
import { Receipts } from "../_receipts/receipts.tsx";
import { receiptsOf } from "../_receipts/receipts-of.ts";

export const metadata: Metadata = { title: "Receipts" };

/** One's own passes, each with what it rests on. */
export default async function ReceiptsPage() {
  const person = await askedBy("/receipts");
  const runtime = webRuntime();
  const receipts = await receiptsOf(runtime, person.id);
  return (
    <>
      <SiteHeader theme={await chosenTheme()} />
      <main className="mx-auto w-full max-w-[52rem] px-4 py-8">
        <h1 className="text-title">Receipts</h1>
        <p className="mt-2 max-w-[60ch] text-body">
          Every step that you passed, with what the grader saw on the nodes. A pass stays, whatever the cluster does
          later.
        </p>
        <Receipts receipts={receipts} jsonHref="/api/receipts" />
      </main>
    </>
  );
}
