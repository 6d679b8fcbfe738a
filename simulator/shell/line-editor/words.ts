/** Where words begin and end in an edited line: readline's, blanks', and the shell's. */

export const isWordCharacter = (char: string | undefined) => char !== undefined && /^[\p{L}\p{N}]/u.test(char);
const isBlank = (char: string | undefined) => char === " " || char === "\t";

export function wordEnd(characters: readonly string[], from: number): number {
  let at = from;
  while (at < characters.length && !isWordCharacter(characters[at])) at++;
  while (at < characters.length && isWordCharacter(characters[at])) at++;
  return at;
}

export function wordStart(characters: readonly string[], from: number): number {
  let at = from;
  while (at > 0 && !isWordCharacter(characters[at - 1])) at--;
  while (at > 0 && isWordCharacter(characters[at - 1])) at--;
  return at;
}

/** Over so many words, backwards when the count is negative. */
export function overWords(characters: readonly string[], from: number, count: number): number {
  let at = from;
  for (let n = Math.abs(count); n > 0; n--) {
    const next = count > 0 ? wordEnd(characters, at) : wordStart(characters, at);
    if (next === at) break;
    at = next;
  }
  return at;
}

export function blankWordStart(characters: readonly string[], from: number): number {
  let at = from;
  while (at > 0 && isBlank(characters[at - 1])) at--;
  while (at > 0 && !isBlank(characters[at - 1])) at--;
  return at;
}

/** A word of the shell goes up to a blank or operator outside of quotes. */
const endsShellWord = (char: string | undefined) => char === undefined || /^[\s|&;()<>]/.test(char);

export function shellWordEnd(characters: readonly string[], from: number): number {
  let at = from;
  while (at < characters.length && endsShellWord(characters[at])) at++;
  let quote = "";
  for (; at < characters.length; at++) {
    const char = characters[at]!;
    if (char === "\\" && quote !== "'") at++;
    else if (quote) {
      if (char === quote) quote = "";
    } else if (char === "'" || char === '"') quote = char;
    else if (endsShellWord(char)) break;
  }
  return Math.min(at, characters.length);
}

export function shellWordStart(characters: readonly string[], from: number): number {
  // The words are read from the left, as only so quotes are known.
  let start = 0;
  for (let at = 0; at < from; ) {
    while (at < from && endsShellWord(characters[at])) at++;
    if (at >= from) break;
    start = at;
    at = shellWordEnd(characters, at);
  }
  return start;
}

export type CaseChange = "upper" | "lower" | "capital";

export function withCase(characters: readonly string[], change: CaseChange): string[] {
  let inside = false;
  return characters.map((char) => {
    if (!isWordCharacter(char)) {
      inside = false;
      return char;
    }
    const upper = change === "upper" || (change === "capital" && !inside);
    inside = true;
    const changed = upper ? char.toUpperCase() : char.toLowerCase();
    return [...changed].length === [...char].length ? changed : char;
  });
}
