/**
 * `!!`, `!$`, `!12`, `!text`, `^a^b` and what may stand behind them, made before a line is read as a command.
 *
 * @source readline 8.2 histexpand.c; bash 5.2 bashhist.c
 */
import { historyWords } from "./history-words.ts";

/** What events are looked for in, and what later ones may refer to. */
export interface HistoryPast {
  lines: readonly string[];
  /** The number of the first of them. */
  first: number;
  /** The last substitution, for `:&`; what `!?text?` looked for and the word that it found. */
  substitution?: { from: string; to: string };
  searched?: string;
  match?: string;
}

export type Expanded = { line: string; changed: boolean; shownOnly?: boolean } | { refusal: string };

/** A line that grows beyond this by what it refers to is refused, characters: as long as a command may be. */
const EXPANDED_MAX = 1 << 20;

/** In `refusal`: what stands wrong, and why, as bash says it. */
class Refused extends Error {}

/**
 * @param quote the quote that lines before this one have left open
 * @param extglob whether `!(` begins a pattern
 */
export function expandHistory(text: string, past: HistoryPast, quote = "", extglob = false): Expanded {
  const line = text.startsWith("^") && text.length > 1 ? `!!:s${text}` : text;
  // Most lines have none, and some of them are long.
  if (!line.includes("!")) return { line, changed: false };
  let out = "";
  let changed = line !== text;
  let shownOnly = false;
  let double = quote === '"';
  try {
    const begin = quote === "'" ? afterQuote(line, 0) : 0;
    out = line.slice(0, begin);
    for (let at = begin; at < line.length; at++) {
      const char = line[at]!;
      if (char === "\\") {
        out += char + (line[++at] ?? "");
        continue;
      }
      if (char === '"') double = !double;
      else if (char === "'" && !double) {
        const end = afterQuote(line, at + 1);
        out += line.slice(at, end);
        at = end - 1;
        continue;
      }
      if (char !== "!" || isPlain(line, at, double, extglob)) {
        out += char;
        continue;
      }
      const event = expandEvent(line, at, past, out, double);
      out += event.text;
      if (out.length > EXPANDED_MAX) throw new Refused(`more than ${EXPANDED_MAX >> 20} MiB in this simulated shell`);
      shownOnly ||= event.shownOnly;
      changed = true;
      at = event.end - 1;
    }
  } catch (error) {
    if (error instanceof Refused) return { refusal: error.message };
    throw error;
  }
  return { line: out, changed, ...(shownOnly && { shownOnly }) };
}

function afterQuote(line: string, from: number): number {
  const end = line.indexOf("'", from);
  return end < 0 ? line.length : end + 1;
}

/** A `!` that is none: before a blank, `=` or `(` of a pattern, and in `$!`, `${!x}`, `[!a]`. */
function isPlain(line: string, at: number, double: boolean, extglob: boolean): boolean {
  const next = line[at + 1];
  if (next === undefined || " \t\n\r=".includes(next)) return true;
  if (double && next === '"') return true;
  if (next === "(" && extglob) return true;
  const before = line[at - 1];
  if (before === "$") return true;
  if (before === "{" && line[at - 2] === "$" && line.lastIndexOf("}") > at) return true;
  return before === "[" && line.lastIndexOf("]") > at;
}

function expandEvent(line: string, start: number, past: HistoryPast, sofar: string, double: boolean) {
  const { text: event, end } = eventAt(line, start, past, sofar, double);
  if (event === undefined) throw new Refused(`${line.slice(start, end)}: event not found`);
  const word = wordsAt(line, end, event, past);
  return modified(word.text ?? event, line, word.end, past);
}

function eventAt(line: string, start: number, past: HistoryPast, sofar: string, double: boolean) {
  const { lines, first } = past;
  const next = line[start + 1]!;
  if (":$*%^".includes(next)) return { text: lines.at(-1), end: start + 1 };
  if (next === "#") return { text: sofar, end: start + 2 };
  if (next === "!") return { text: lines.at(-1), end: start + 2 };
  const number = /^-?\d+/.exec(line.slice(start + 1, start + 20))?.[0];
  if (number !== undefined) {
    const at = Number(number) < 0 ? lines.length + Number(number) : Number(number) - first;
    return { text: lines[at], end: start + 1 + number.length };
  }
  const inside = next === "?";
  let at = start + (inside ? 2 : 1);
  const from = at;
  for (; at < line.length; at++) {
    const char = line[at]!;
    if (char === "\n" || (inside && char === "?")) break;
    if (!inside && (/[\s:;&()|<>]/.test(char) || (at > from && "^$*%-".includes(char)) || (double && char === '"')))
      break;
  }
  let wanted = line.slice(from, at);
  if (inside && line[at] === "?") at++;
  if (inside) {
    wanted ||= past.searched ?? "";
    const text = wanted === "" ? undefined : lines.findLast((one) => one.includes(wanted));
    if (text !== undefined) {
      past.searched = wanted;
      past.match = historyWords(text).find((word) => word.includes(wanted)) ?? "";
    }
    return { text, end: at };
  }
  return { text: lines.findLast((one) => one.startsWith(wanted)), end: at };
}

/** The words chosen of an event; `text` is undefined when none are. */
function wordsAt(line: string, start: number, event: string, past: HistoryPast): { text?: string; end: number } {
  const colon = line[start] === ":";
  let at = start + (colon ? 1 : 0);
  const words = historyWords(event);
  const last = words.length - 1;
  const refuse = (end: number) => new Refused(`${line.slice(start, end)}: bad word specifier`);
  if (line[at] === "%") return { text: past.match ?? "", end: at + 1 };
  if (line[at] === "*") return { text: words.slice(1).join(" "), end: at + 1 };
  if (line[at] === "$") return { text: words[last] ?? "", end: at + 1 };
  const digits = () => {
    const found = /^\d+/.exec(line.slice(at, at + 12))?.[0];
    at += found?.length ?? 0;
    return found === undefined ? undefined : Number(found);
  };
  let from = 0;
  if (line[at] === "^") {
    from = 1;
    at++;
  } else if (line[at] !== "-") {
    const number = colon ? digits() : undefined;
    if (number === undefined) return { end: start };
    from = number;
  }
  let to = from;
  if (line[at] === "*") {
    to = last;
    at++;
    if (from === words.length) return { text: "", end: at };
  } else if (line[at] === "-") {
    at++;
    const number = digits();
    if (number !== undefined) to = number;
    else if (line[at] === "$" || line[at] === "^") to = line[at++] === "$" ? last : 1;
    else to = last - 1;
  }
  if (from > last || to > last || to < from) throw refuse(at);
  return { text: words.slice(from, to + 1).join(" "), end: at };
}

/** What modifiers behind `:` make of it. */
function modified(found: string, line: string, start: number, past: HistoryPast) {
  let text = found;
  let at = start;
  let shownOnly = false;
  let quoting = "";
  while (line[at] === ":") {
    let [all, byWords] = [false, false];
    if (line[at + 1] === "g" || line[at + 1] === "a") {
      all = true;
      at++;
    } else if (line[at + 1] === "G") {
      byWords = true;
      at++;
    }
    const what = line[at + 1] ?? "";
    if (what === "q" || what === "x") quoting = what;
    else if (what === "p") shownOnly = true;
    else if (what === "t") text = text.slice(text.lastIndexOf("/") + 1);
    else if (what === "h") text = text.includes("/") ? text.slice(0, text.lastIndexOf("/")) : text;
    else if (what === "r") text = text.includes(".") ? text.slice(0, text.lastIndexOf(".")) : text;
    else if (what === "e") text = text.includes(".") ? text.slice(text.lastIndexOf(".")) : text;
    else if (what === "s" || what === "&") {
      let end = at + 2;
      if (what === "s") {
        const delimiter = line[end] ?? "/";
        const from = pattern(line, end + 1, delimiter);
        const to = pattern(line, from.end, delimiter);
        end = to.end;
        const before = from.text || past.substitution?.from || past.searched || "";
        past.substitution = { from: before, to: to.text.replace(/\\&|&/g, (one) => (one === "&" ? before : "&")) };
      }
      const change = past.substitution;
      if (!change?.from) throw new Refused(`${line.slice(start, end)}: no previous substitution`);
      if (!text.includes(change.from)) throw new Refused(`${line.slice(start, end)}: substitution failed`);
      if (byWords)
        text = historyWords(text)
          .map((word) => word.replace(change.from, () => change.to))
          .join(" ");
      else text = all ? text.replaceAll(change.from, () => change.to) : text.replace(change.from, () => change.to);
      at = end;
      continue;
    } else throw new Refused(`${line.slice(at + 1, at + 2)}: unrecognized history modifier`);
    at += 2;
  }
  if (quoting === "q") text = `'${text.replaceAll("'", "'\\''")}'`;
  else if (quoting === "x")
    text = text
      .split(/(\s)/)
      .map((part) => (/^\s?$/.test(part) ? part : `'${part}'`))
      .join("");
  return { text, end: at, shownOnly };
}

/** One side of a substitution, up to its delimiter. */
function pattern(line: string, start: number, delimiter: string): { text: string; end: number } {
  let text = "";
  let at = start;
  for (; at < line.length && line[at] !== delimiter; at++) {
    if (line[at] === "\\" && line[at + 1] === delimiter) at++;
    text += line[at];
  }
  return { text, end: Math.min(at + 1, line.length) };
}
