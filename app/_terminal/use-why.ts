"use client";

import type { Message } from "../../gateway/protocol.ts";
import { sentenceIn, wordIn } from "../_words/catalogue.ts";
import type { WordId } from "../_words/interface.en.ts";
import { useCatalogue } from "../_words/words.tsx";

/** Why a file did not get where it should, as a sentence in the page's language. */
export function useWhy(): (why: Message) => string {
  const catalogue = useCatalogue();
  return (why) =>
    Object.hasOwn(catalogue.words, why.id)
      ? wordIn(catalogue, why.id as WordId, why.values)
      : sentenceIn(catalogue, why);
}
