"use client";

import { usePageWords } from "../_words/page-words.tsx";

export function PrintButton() {
  const words = usePageWords();
  return (
    <button type="button" className="button" onClick={() => window.print()}>
      {words("print.print")}
    </button>
  );
}
