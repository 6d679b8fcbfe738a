import type { ReactNode } from "react";
import { PageFrame } from "../_components/page-frame.tsx";
import { PageWordsHere } from "../_words/page-words-here.tsx";

/** A page with one thing to do. */
export function NarrowPage({ title, children }: { title: string; children: ReactNode }) {
  return (
    <PageFrame className="max-w-[34rem] px-4 py-10">
      <h1 className="text-title">{title}</h1>
      <PageWordsHere>{children}</PageWordsHere>
    </PageFrame>
  );
}
