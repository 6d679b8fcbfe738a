/** Brace expansion, which comes before all others and works on the text of a word: `a{b,c}{1..3}`. */
import { ShellError } from "./variables.ts";

/** More words than this from one are a mistake that would only fill memory. */
const WORDS_MAX = 100_000;

/** Characters that are looked at for braces that belong together: some 0.1 s. */
const LOOKED_AT_MAX = 20_000_000;

interface Work {
  left: number;
}

/** The texts that a word becomes; undefined when it has no braces to expand. */
export function expandBraces(text: string, work: Work = { left: LOOKED_AT_MAX }): string[] | undefined {
  const found = text.includes("{") ? firstBraces(text, work) : undefined;
  return found && combined(text, found, work);
}

interface Braces {
  open: number;
  close: number;
  /** Between commas, or what a range gives. */
  choices: string[];
}

function combined(text: string, { open, close, choices }: Braces, work: Work): string[] {
  const before = text.slice(0, open);
  const rest = text.slice(close + 1);
  const tails = expandBraces(rest, work) ?? [rest];
  const heads = choices.flatMap((choice) => expandBraces(choice, work) ?? [choice]);
  if (heads.length * tails.length > WORDS_MAX) throw tooMany();
  return heads.flatMap((head) => tails.map((tail) => before + head + tail));
}

/** The first braces that hold a comma or a range, quotes and expansions left alone. */
function firstBraces(text: string, work: Work): Braces | undefined {
  for (let at = 0; at < text.length; at++) {
    const skipped = skip(text, at);
    if (skipped > at) {
      at = skipped - 1;
      continue;
    }
    if (text[at] !== "{") continue;
    const inside = insideOf(text, at);
    work.left -= (inside?.close ?? text.length) - at;
    if (work.left < 0) throw new ShellError("brace expansion: too many braces for this simulated shell");
    if (!inside) continue;
    const { close, commas } = inside;
    if (commas.length > 0) {
      const ends = [...commas, close];
      return { open: at, close, choices: ends.map((end, index) => text.slice((commas[index - 1] ?? at) + 1, end)) };
    }
    const values = range(text.slice(at + 1, close));
    if (values) return { open: at, close, choices: values };
  }
  return undefined;
}

function insideOf(text: string, open: number): { close: number; commas: number[] } | undefined {
  const commas: number[] = [];
  let depth = 0;
  for (let at = open + 1; at < text.length; at++) {
    const skipped = skip(text, at);
    if (skipped > at) {
      at = skipped - 1;
      continue;
    }
    if (text[at] === "{") depth++;
    else if (text[at] === "," && depth === 0) commas.push(at);
    else if (text[at] === "}" && depth-- === 0) return { close: at, commas };
  }
  return undefined;
}

/** Where a quote or an expansion that begins at a place ends; the place itself when none does. */
function skip(text: string, at: number): number {
  const char = text[at]!;
  if (char === "\\") return at + 2;
  if (char === "'") return after(text, text.indexOf("'", at + 1));
  if (char === "`" || char === '"') {
    for (let end = at + 1; end < text.length; end++) {
      if (text[end] === "\\") end++;
      else if (text[end] === char) return end + 1;
    }
    return text.length;
  }
  if ((char === "$" || char === "<" || char === ">") && text[at + 1] === "(") return closing(text, at + 1, "(", ")");
  if (char === "$" && text[at + 1] === "{") return closing(text, at + 1, "{", "}");
  return at;
}

function after(text: string, end: number): number {
  return end < 0 ? text.length : end + 1;
}

function closing(text: string, open: number, opens: string, closes: string): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === opens) depth++;
    else if (text[at] === closes && --depth === 0) return at + 1;
    else if (at > open && `\\'"\``.includes(text[at]!)) at = skip(text, at) - 1;
  }
  return text.length;
}

/** `1..10`, `a..e`, `10..1..3`. */
function range(text: string): string[] | undefined {
  const found = /^(?:([-+]?\d+)\.\.([-+]?\d+)|([A-Za-z])\.\.([A-Za-z]))(?:\.\.([-+]?\d+))?$/.exec(text);
  if (!found) return undefined;
  const [, first, last, firstLetter, lastLetter, stepText] = found;
  const letters = firstLetter !== undefined;
  const start = letters ? firstLetter.charCodeAt(0) : Number(first);
  const end = letters ? lastLetter!.charCodeAt(0) : Number(last);
  const step = Math.max(1, Math.abs(Number(stepText ?? 1)));
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end)) return undefined;
  if (Math.abs(end - start) / step > WORDS_MAX) throw tooMany();
  const padded = !letters && [first!, last!].some((one) => /^-?0\d/.test(one));
  const width = padded ? Math.max(first!.length, last!.length) : 0;
  const out: string[] = [];
  for (let value = start; start <= end ? value <= end : value >= end; value += start <= end ? step : -step) {
    if (letters) out.push(value === 92 ? "\\\\" : String.fromCharCode(value).replace(/[^A-Za-z0-9]/, "\\$&"));
    else out.push(value < 0 ? `-${String(-value).padStart(width - 1, "0")}` : String(value).padStart(width, "0"));
  }
  return out;
}

function tooMany(): ShellError {
  return new ShellError(`brace expansion: more than ${WORDS_MAX} words in this simulated shell`);
}
