/** The language that a page is read in, on the server: its words, and what checks and the gateway say in it. */
import { cookies } from "next/headers";
import type { Message } from "../../gateway/protocol.ts";
import { choiceCookies } from "../_components/kept-choice.ts";
import { type Catalogue, english, sentenceIn } from "./catalogue.ts";
import { catalogueOf, pagesOf } from "./languages.ts";
import { englishPageWords } from "./page-catalogue.ts";
import { type PageStrings, type PageWords, pageWordsOf } from "./page-words-of.ts";
import { pagesEn } from "./pages.en.ts";

export interface Reader {
  /** As chosen, for texts: a course may have one in a language that the interface has not. English unless chosen. */
  chosen: string;
  /** For times and dates: `en-GB`, `es`. */
  locale: string;
  /** Of the words. */
  language: string;
  /** Undefined for English, which every page carries. */
  catalogue: Catalogue | undefined;
  pages: PageStrings;
  words: PageWords;
  sentence(message: Message): string;
}

export async function reader(): Promise<Reader> {
  const kept = (await cookies()).get(choiceCookies.language)?.value;
  return readerOf(kept !== undefined && /^[a-z]{2}(-[A-Z]{2})?$/.test(kept) ? kept : "en");
}

function readerOf(chosen: string): Reader {
  const catalogue = catalogueOf(chosen);
  const pages = pagesOf(chosen) ?? pagesEn;
  const said = catalogue ?? english;
  return {
    ...{ chosen, catalogue, pages, language: said.language, locale: said.checks.lists },
    words: pageWordsOf(said, pages),
    sentence: (message) => sentenceIn(said, message),
  };
}

/** For pages that are in English only. */
export const englishReader: Pick<Reader, "language" | "words" | "sentence"> = {
  language: "en",
  words: englishPageWords,
  sentence: (message) => sentenceIn(english, message),
};
