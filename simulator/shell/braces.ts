/** Brace expansion: `a{b,c}{1..3}`. */
import type { BraceExpansionPart, WordNode, WordPart } from "./syntax-tree.ts";
import { ShellError } from "./variables.ts";

/** More words than this from one are a mistake that would only fill memory. */
const WORDS_MAX = 100_000;

/** The words a word becomes; itself when it has no braces. */
export function expandBraces(parts: readonly WordPart[]): WordPart[][] {
  let results: WordPart[][] = [[]];
  for (const part of parts) {
    if (part.type !== "BraceExpansion") {
      for (const result of results) result.push(part);
      continue;
    }
    const choices = rejoined(part.items).flatMap(choicesOf);
    if (results.length * choices.length > WORDS_MAX) {
      throw new ShellError(`brace expansion: more than ${WORDS_MAX} words in this simulated shell`);
    }
    results = results.flatMap((result) => choices.map((choice) => [...result, ...choice]));
  }
  return results;
}

/** The parser parts `{a\\,b,c}` at the comma behind the backslash, too. */
function rejoined(items: BraceExpansionPart["items"]): BraceExpansionPart["items"] {
  const out: BraceExpansionPart["items"] = [];
  for (const item of items) {
    const before = out.at(-1);
    const last = before?.type === "Word" ? before.word.parts.at(-1) : undefined;
    if (before?.type !== "Word" || item.type !== "Word" || last?.type !== "Literal" || !last.value.endsWith("\\")) {
      out.push(item);
      continue;
    }
    const parts = [
      ...before.word.parts.slice(0, -1),
      { ...last, value: last.value.slice(0, -1) },
      { type: "Escaped" as const, value: "," },
      ...item.word.parts,
    ];
    out[out.length - 1] = { ...before, word: { ...before.word, parts } };
  }
  return out;
}

function choicesOf(item: BraceExpansionPart["items"][number]): WordPart[][] {
  if (item.type === "Word") return expandBraces((item.word as WordNode).parts);
  return range(item).map((value) => [{ type: "Literal", value }]);
}

function range(item: Exclude<BraceExpansionPart["items"][number], { type: "Word" }>): string[] {
  const letters = typeof item.start === "string";
  const start = letters ? String(item.start).charCodeAt(0) : Number(item.start);
  const end = letters ? String(item.end).charCodeAt(0) : Number(item.end);
  const step = Math.max(1, Math.abs(item.step ?? 1));
  if (Math.abs(end - start) / step > WORDS_MAX) {
    throw new ShellError(`brace expansion: more than ${WORDS_MAX} words in this simulated shell`);
  }
  const padded = [item.startStr, item.endStr].filter((text) => text && /^-?0\d/.test(text));
  const width = padded.length ? Math.max(item.startStr?.length ?? 0, item.endStr?.length ?? 0) : 0;
  const out: string[] = [];
  for (let value = start; start <= end ? value <= end : value >= end; value += start <= end ? step : -step) {
    if (letters) out.push(String.fromCharCode(value));
    else out.push(value < 0 ? `-${String(-value).padStart(width - 1, "0")}` : String(value).padStart(width, "0"));
  }
  return out;
}
