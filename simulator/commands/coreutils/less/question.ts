/** What `less` asks and says in the last row of the screen. */

/** What less says when an option is taken back or set. */
export const TOLD: Record<string, [string, string]> = {
  n: ["Use line numbers", "Don't use line numbers"],
  N: ["Don't use line numbers", "Constantly display line numbers"],
  S: ["Fold long lines", "Chop long lines"],
  i: ["Case is significant in searches", "Ignore case in searches"],
};

/** First characters of a search that say what it is to be. @source less 590; with one file `*` finds no more */
export const SEARCHES = new Map([
  ["!", "Non-match"],
  ["*", "EOF-ignore"],
  ["@", "First-file"],
]);

/** A line that is being typed: a search with what stands before it, or `-`, `:`, `m` and a letter. */
export interface Question {
  mark: string;
  text: string;
  /** Of `SEARCHES`. */
  how: Set<string>;
}

export function standing(text: string): string {
  return `\x1b[7m${text}\x1b[27m`;
}

/** What is asked at the bottom of the screen, and what was typed so far. */
export function questionOf({ mark, text, how }: Question): string {
  const kinds = [...SEARCHES].flatMap(([key, name]) => (how.has(key) ? [`${name} `] : [])).join("");
  return `${kinds}${mark === "&" ? "&/" : mark}${text}`;
}
