import Link from "next/link";
import { SiteHeader } from "./_components/site-header.tsx";
import { chosenTheme } from "./_components/theme.ts";

/** Signed in, but this page is for others. */
export default async function Forbidden() {
  return (
    <>
      <SiteHeader theme={await chosenTheme()} />
      <main className="mx-auto w-full max-w-[60ch] px-4 py-12">
        <h1 className="text-title">This page is not for your role</h1>
        <p className="mt-4 text-body">Ask your instructor, or the person who runs this Quorate, if you need it.</p>
        <p className="mt-6">
          <Link className="link" href="/">
            To the start page
          </Link>
        </p>
      </main>
    </>
  );
}
