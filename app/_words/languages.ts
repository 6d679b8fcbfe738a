/** The languages of the interface. Read on the server: a page carries only the one it is read in. */
import { refusalsEs } from "../../gateway/words.es.ts";
import { checksEs } from "../../grader/checks/messages.es.ts";
import type { Catalogue } from "./catalogue.ts";
import { interfaceEs } from "./interface.es.ts";
import type { PageStrings } from "./page-words-of.ts";
import { pagesEs } from "./pages.es.ts";

interface Translation extends Catalogue {
  pages: PageStrings;
}

const written: Record<string, Translation> = {
  es: { language: "es", words: interfaceEs, checks: checksEs, refusals: refusalsEs, pages: pagesEs },
};

/** @returns undefined for English, which every page has, and for a language that nobody has written */
export function catalogueOf(language: string): Catalogue | undefined {
  const found = written[language];
  if (found === undefined) return undefined;
  const { pages: _, ...catalogue } = found;
  return catalogue;
}

/** Strings of pages outside of the chapters. */
export function pagesOf(language: string): PageStrings | undefined {
  return written[language]?.pages;
}

export const translations: readonly Translation[] = Object.values(written);

/** Those that every page can be read in. */
export const interfaceLanguages: readonly string[] = ["en", ...Object.keys(written)];
