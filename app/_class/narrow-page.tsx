import type { ReactNode } from "react";
import { SiteHeader } from "../_components/site-header.tsx";
import { chosenTheme } from "../_components/theme.ts";

/** A page with one thing to do. */
export async function NarrowPage({ title, children }: { title: string; children: ReactNode }) {
  return (
    <>
      <SiteHeader theme={await chosenTheme()} />
      <main className="mx-auto w-full max-w-[34rem] px-4 py-10">
        <h1 className="text-title">{title}</h1>
        {children}
      </main>
    </>
  );
}
