"use client";

import { useWords } from "../_words/words.tsx";

/** What a recording has and has not, in the words that every notice uses. */
export function WhatIsKept({ days }: { days: number }) {
  return useWords()("recording.kept", { days });
}
