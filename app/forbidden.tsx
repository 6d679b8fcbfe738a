import Link from "next/link";
import { PageFrame } from "./_components/page-frame.tsx";
import { reader } from "./_words/reader.ts";

/** Signed in, but this page is for others. */
export default async function Forbidden() {
  const { words } = await reader();
  return (
    <PageFrame className="max-w-[60ch] px-4 py-12">
      <h1 className="text-title">{words("forbidden.title")}</h1>
      <p className="mt-4 text-body">{words("forbidden.text")}</p>
      <p className="mt-6">
        <Link className="link" href="/">
          {words("page.start")}
        </Link>
      </p>
    </PageFrame>
  );
}
