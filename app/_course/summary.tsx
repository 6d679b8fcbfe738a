"use client";

/** What to take along: the one part that somebody who comes back reads. */
import type { ReactNode } from "react";
import { useCatalogue, useWords } from "../_words/words.tsx";

export function Summary({ children }: { children?: ReactNode }) {
  const words = useWords();
  const { language } = useCatalogue();
  return (
    <section
      aria-label={words("chapter.summary")}
      className="my-10 border-t-2 border-b border-t-edge border-b-rule pt-3 pb-2"
    >
      <h2 id="summary" lang={language} className="text-section">
        {words("chapter.summary")}
      </h2>
      {children}
    </section>
  );
}
