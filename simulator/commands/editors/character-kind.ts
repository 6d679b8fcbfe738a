/** What the editors tell words by. */

/** Of a word, which blanks and signs end. */
export const kindOf = (char: string | undefined) =>
  char === undefined || /\s/.test(char) ? "blank" : /[\p{L}\p{N}_]/u.test(char) ? "word" : "sign";
/** Where a line's first character stands that is no blank; its end when there is none. */
export const firstSignOf = (line: string) => line.search(/\S|$/);

/** Of a WORD, which only blanks end. */
export const bigKindOf = (char: string | undefined) => (kindOf(char) === "blank" ? "blank" : "word");
