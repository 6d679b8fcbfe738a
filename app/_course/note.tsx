"use client";

import type { ReactNode } from "react";
import { useCatalogue, useWords } from "../_words/words.tsx";

/** Something beside the way that is worth knowing. */
export function Note({ children }: { children?: ReactNode }) {
  const words = useWords();
  const { language } = useCatalogue();
  return (
    <aside className="my-4 border-y border-rule py-1 pl-4 [&>p]:my-2" aria-label={words("note.note")}>
      <strong lang={language} className="text-ui text-quiet">
        {words("note.note")}
      </strong>
      {children}
    </aside>
  );
}
