/** The gateway's words in the language that a page is read in. */
import { refusalsEs } from "./words.es.ts";
import { refusalsEn } from "./words.ts";

const written: Record<string, Record<string, string>> = { en: refusalsEn, es: refusalsEs };

/**
 * @param cookies header of the page's connection; the choice is `quorate-language`
 * @returns English where nothing was chosen, and for a language that nobody has written
 */
export function wordsForCookies(cookies: string | undefined): Record<string, string> {
  const chosen = /(?:^|;\s*)quorate-language=([a-z]{2})\b/.exec(cookies ?? "")?.[1];
  return written[chosen ?? "en"] ?? refusalsEn;
}
