/** The piece of a text around the words that were looked for, cut so that they can be marked. */
import { plain } from "../../content/pipeline/search-index.ts";

export interface Piece {
  text: string;
  /** One of the words that were looked for begins here. */
  marked: boolean;
}

const BEFORE = 50;
const LENGTH = 170;

/** @param asked as it was typed; a text without any of its words gives its beginning */
export function excerptOf(text: string, asked: string): Piece[] {
  const wanted = plain(asked)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 1);
  const words = [...text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)].map(([word], at, all) => ({ word, index: all[at]!.index }));
  const isWanted = (word: string) => wanted.some((start) => plain(word).startsWith(start));
  const first = words.find(({ word }) => isWanted(word))?.index ?? 0;
  // From the beginning of a word to the end of one.
  const from = first <= BEFORE ? 0 : (words.find(({ index }) => index >= first - BEFORE)?.index ?? 0);
  const end = from + LENGTH >= text.length ? text.length : text.lastIndexOf(" ", from + LENGTH);
  const to = end > from ? end : Math.min(text.length, from + LENGTH);

  const pieces: Piece[] = [];
  let at = from;
  for (const { word, index } of words) {
    if (index < from || index + word.length > to || !isWanted(word)) continue;
    if (index > at) pieces.push({ text: text.slice(at, index), marked: false });
    pieces.push({ text: word, marked: true });
    at = index + word.length;
  }
  if (at < to) pieces.push({ text: text.slice(at, to), marked: false });
  if (from > 0) pieces.unshift({ text: "… ", marked: false });
  if (to < text.length) pieces.push({ text: " …", marked: false });
  return pieces;
}
