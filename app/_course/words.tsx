"use client";

import { useChapter } from "./chapter-provider.tsx";
import { type WordId, wordIn } from "./interface-words.ts";

/** The interface's strings in the language of the chapter on screen. */
export function useWords(): (id: WordId) => string {
  const { language } = useChapter().chapter;
  return (id) => wordIn(language, id);
}
