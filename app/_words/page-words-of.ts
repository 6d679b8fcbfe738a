/** The words of pages outside of the chapters: those of every page and their own. */
import { filledIn } from "../../grader/checks/messages.en.ts";
import type { Catalogue, Values } from "./catalogue.ts";
import type { WordId } from "./interface.en.ts";
import type { PageWordId } from "./pages.en.ts";

export type PageStrings = Record<PageWordId, string>;
export type PageWords = (id: WordId | PageWordId, values?: Values) => string;

export function pageWordsOf({ words, checks }: Catalogue, pages: PageStrings): PageWords {
  const all: Record<WordId | PageWordId, string> = { ...words, ...pages };
  return (id, values = {}) => filledIn(all[id], values, checks);
}
