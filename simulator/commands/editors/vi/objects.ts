/** vi's text objects: what `iw`, `a"`, `i(`, `ap` stand for around the cursor. */
import { kindOf } from "../character-kind.ts";
import type { TextBuffer } from "../text-buffer.ts";

/** A stretch of text, its end not in it; or whole lines. */
export interface Range {
  from: { row: number; column: number };
  to: { row: number; column: number };
  lines: boolean;
}

/** What of one of its rows is in a range: from where to where. */
export function columnsIn({ from, to, lines }: Range, row: number, line: string): [start: number, end: number] {
  return [lines || row > from.row ? 0 : from.column, lines || row < to.row ? line.length : to.column];
}

const BRACKETS: Record<string, [string, string]> = {
  "(": ["(", ")"],
  ")": ["(", ")"],
  b: ["(", ")"],
  "[": ["[", "]"],
  "]": ["[", "]"],
  "{": ["{", "}"],
  "}": ["{", "}"],
  B: ["{", "}"],
  "<": ["<", ">"],
  ">": ["<", ">"],
};

/** @param keys `i` or `a` and the object's letter */
export function textObject(buffer: TextBuffer, keys: string, count = 1): Range | undefined {
  const around = keys[0] === "a";
  const letter = keys.slice(1);
  if (letter === "w" || letter === "W") return word(buffer, around, letter === "W", count);
  if (letter === '"' || letter === "'" || letter === "`") return quoted(buffer, letter, around);
  if (letter === "p") return paragraph(buffer, around);
  const pair = BRACKETS[letter];
  return pair && bracketed(buffer, pair, around);
}

function word(buffer: TextBuffer, around: boolean, big: boolean, count: number): Range | undefined {
  const { row, line, column } = buffer;
  if (line === "") return undefined;
  const kind = (at: number) => {
    const found = kindOf(line[at]);
    return big && found === "sign" ? "word" : found;
  };
  let from = column;
  let to = column;
  while (from > 0 && kind(from - 1) === kind(column)) from--;
  for (let step = 0; step < count && to < line.length; step++) {
    const here = kind(to);
    while (to < line.length && kind(to) === here) to++;
    if (!around) continue;
    const isBlank = here === "blank";
    const next = kind(to);
    while (to < line.length && (isBlank ? kind(to) === next : kind(to) === "blank")) to++;
  }
  // A word at the end of its line takes the blanks before it.
  if (around && to === line.length && kind(column) !== "blank" && kind(line.length - 1) !== "blank")
    while (from > 0 && kind(from - 1) === "blank") from--;
  return { from: { row, column: from }, to: { row, column: to }, lines: false };
}

function quoted(buffer: TextBuffer, mark: string, around: boolean): Range | undefined {
  const { row, line, column } = buffer;
  const marks = [...line].flatMap((char, at) => (char === mark && line[at - 1] !== "\\" ? [at] : []));
  for (let at = 0; at + 1 < marks.length; at += 2) {
    const [open, close] = [marks[at]!, marks[at + 1]!];
    if (close < column) continue;
    let end = close + 1;
    if (around) while (/\s/.test(line[end] ?? "")) end++;
    return around
      ? { from: { row, column: open }, to: { row, column: end }, lines: false }
      : { from: { row, column: open + 1 }, to: { row, column: close }, lines: false };
  }
  return undefined;
}

function bracketed(buffer: TextBuffer, [open, close]: [string, string], around: boolean): Range | undefined {
  const from = enclosing(buffer, open, close, -1);
  const to = from && enclosing(buffer, close, open, 1);
  if (!from || !to) return undefined;
  if (around) return { from, to: { row: to.row, column: to.column + 1 }, lines: false };
  // Brackets on lines of their own hold whole lines.
  const first = buffer.lines[from.row]!;
  if (
    to.row > from.row + 1 &&
    from.column === first.length - 1 &&
    /^\s*$/.test(buffer.lines[to.row]!.slice(0, to.column))
  )
    return { from: { row: from.row + 1, column: 0 }, to: { row: to.row - 1, column: 0 }, lines: true };
  return { from: { row: from.row, column: from.column + 1 }, to, lines: false };
}

/** The bracket around the cursor in one direction, those inside skipped. */
function enclosing(buffer: TextBuffer, wanted: string, other: string, step: 1 | -1) {
  let depth = 0;
  const { lines } = buffer;
  for (let row = buffer.row; row >= 0 && row < lines.length; row += step) {
    const line = lines[row]!;
    const start = row === buffer.row ? buffer.column : step > 0 ? 0 : line.length - 1;
    for (let at = start; at >= 0 && at < line.length; at += step) {
      const isCursor = row === buffer.row && at === buffer.column;
      if (line[at] === wanted && depth === 0) return { row, column: at };
      if (line[at] === wanted) depth--;
      else if (line[at] === other && !isCursor) depth++;
    }
  }
  return undefined;
}

function paragraph(buffer: TextBuffer, around: boolean): Range {
  const { lines } = buffer;
  const isBlank = (at: number) => lines[at]!.trim() === "";
  let from = buffer.row;
  let to = buffer.row;
  const kind = isBlank(buffer.row);
  while (from > 0 && isBlank(from - 1) === kind) from--;
  while (to < lines.length - 1 && isBlank(to + 1) === kind) to++;
  if (around) while (to < lines.length - 1 && isBlank(to + 1) !== kind) to++;
  return { from: { row: from, column: 0 }, to: { row: to, column: 0 }, lines: true };
}

/** `%`: the bracket that belongs to the next one on the line. */
export function matchingBracket(buffer: TextBuffer): { row: number; column: number } | undefined {
  const at = buffer.line.slice(buffer.column).search(/[()[\]{}]/);
  if (at < 0) return undefined;
  const column = buffer.column + at;
  const char = buffer.line[column]!;
  const [open, close] = BRACKETS[char]!;
  const step = char === open ? 1 : -1;
  let depth = 0;
  for (let row = buffer.row; row >= 0 && row < buffer.lines.length; row += step) {
    const line = buffer.lines[row]!;
    for (let i = row === buffer.row ? column : step > 0 ? 0 : line.length - 1; i >= 0 && i < line.length; i += step) {
      if (line[i] === open) depth += step;
      else if (line[i] === close) depth -= step;
      if (depth === 0) return { row, column: i };
    }
  }
  return undefined;
}
