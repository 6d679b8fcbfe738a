/** The words of pages outside of the chapters in English. Read on the server: scripts carry none of them. */
import { english } from "./catalogue.ts";
import { type PageWords, pageWordsOf } from "./page-words-of.ts";
import { type PageWordId, pagesEn } from "./pages.en.ts";

/** For the pages that are in English only. */
export const englishPageWords: PageWords = pageWordsOf(english, pagesEn);

/** Whether a page has words for an id that came from the server. */
export function isPageWord(id: string): id is PageWordId {
  return Object.hasOwn(pagesEn, id);
}
