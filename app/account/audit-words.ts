/** Acts of others in words for whoever they concern. */
import { isPageWord } from "../_words/page-catalogue.ts";
import type { PageWords } from "../_words/page-words-of.ts";

/** An act without words is shown by its name, and a missing detail by a question mark, so that nothing is hidden. */
export function auditWords(words: PageWords, action: string, details: Record<string, unknown>): string {
  const id = `audit.${action.replaceAll(" ", "-")}`;
  const values = Object.fromEntries(Object.entries(details).map(([name, value]) => [name, String(value ?? "?")]));
  return isPageWord(id) ? words(id, values).replace(/\{\w+\}/g, "?") : action;
}
