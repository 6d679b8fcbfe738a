"use client";

import { useWords } from "../_words/words.tsx";

export function PrintButton() {
  const words = useWords();
  return (
    <button type="button" className="button" onClick={() => window.print()}>
      {words("print.print")}
    </button>
  );
}
