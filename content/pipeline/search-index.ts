/**
 * A course's search: one index for a language, made from texts that were compiled ahead, asked in the browser.
 *
 * Nothing here needs Node: the page reads the index with the same rules by which it was made.
 */
import MiniSearch, { type Options } from "minisearch";

export interface Found {
  href: string;
  title: string;
  /** Where it stands: a chapter with its number, or the list of words or commands. */
  where: string;
  text: string;
  /** Of title and text: English where nobody has translated them. */
  language: string;
}

const rules: Options<Found & { id: number }> = {
  fields: ["title", "text"],
  storeFields: ["href", "title", "where", "text", "language"],
  // Whoever types "migracion" means "migración".
  processTerm: (term) => plain(term) || null,
  searchOptions: {
    boost: { title: 3 },
    prefix: true,
    // One slip in a word of five letters or more.
    fuzzy: (term) => (term.length > 4 ? 0.2 : false),
    combineWith: "AND",
  },
};

/** More than fits a screen is no help: the next word narrows it. */
export const FOUND_MOST = 12;

/** @returns JSON for `openIndex` */
export function makeIndex(entries: readonly Found[]): string {
  const index = new MiniSearch(rules);
  index.addAll(entries.map((entry, id) => ({ ...entry, id })));
  return JSON.stringify(index);
}

/** @returns a search: the best first, at most FOUND_MOST */
export function openIndex(json: string): (asked: string) => Found[] {
  const index = MiniSearch.loadJSON(json, rules);
  return (asked) =>
    index
      .search(asked)
      .slice(0, FOUND_MOST)
      .map(({ href, title, where, text, language }) => ({ href, title, where, text, language }));
}

/** Lower case, without accents. */
export function plain(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase();
}
