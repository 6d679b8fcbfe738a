/** Where vi's motions lead. */
import { bigKindOf, firstSignOf, kindOf } from "../character-kind.ts";
import type { TextBuffer } from "../text-buffer.ts";
import { matchingBracket } from "./objects.ts";

export interface Target {
  row: number;
  column: number;
  /** An operator takes whole lines. */
  lines?: boolean;
  /** An operator takes the character there, too. */
  inclusive?: boolean;
}

/** @returns where a motion leads, done `count` times; undefined when it is none or leads nowhere */
export function motionTarget(buffer: TextBuffer, keys: string, count: number | undefined): Target | undefined {
  const times = count ?? 1;
  const { row, column, line, lines } = buffer;
  const inLine = (at: number): Target => ({ row, column: Math.min(Math.max(at, 0), line.length) });
  const whole = (at: number): Target | undefined =>
    at < 0 || at >= lines.length ? undefined : { row: at, column, lines: true };
  const firstSign = (at: number): Target => ({ row: at, column: firstSignOf(lines[at]!), lines: true });
  switch (keys) {
    case "h":
    case "left":
    case "^backspace":
    case "^h":
      return column === 0 ? undefined : inLine(column - times);
    case "l":
    case "right":
    case " ":
      return column >= line.length ? undefined : inLine(column + times);
    case "j":
    case "down":
    case "^n":
    case "^j":
      return whole(row + times);
    case "k":
    case "up":
    case "^p":
      return whole(row - times);
    case "^m":
    case "+":
      return row + times < lines.length ? firstSign(row + times) : undefined;
    case "-":
      return row - times >= 0 ? firstSign(row - times) : undefined;
    case "_":
      return firstSign(Math.min(row + times - 1, lines.length - 1));
    case "0":
    case "home":
      return inLine(0);
    case "^":
      return inLine(firstSignOf(line));
    case "|":
      return inLine(times - 1);
    case "g_":
      return { row, column: Math.max(0, line.trimEnd().length - 1), inclusive: true };
    case "$":
    case "end":
      return {
        row: Math.min(row + times - 1, lines.length - 1),
        column: lines[Math.min(row + times - 1, lines.length - 1)]!.length,
      };
    case "G":
      return firstSign(Math.min((count ?? lines.length) - 1, lines.length - 1));
    case "gg":
      return firstSign(Math.min(times - 1, lines.length - 1));
    case "{":
    case "}":
      return paragraphEnd(lines, row, keys === "}" ? 1 : -1, times);
    case "%": {
      if (count !== undefined) return firstSign(Math.min(Math.ceil((lines.length * count) / 100), lines.length) - 1);
      const found = matchingBracket(buffer);
      return found && { ...found, inclusive: true };
    }
    case "w":
    case "W":
    case "b":
    case "B":
    case "e":
    case "E":
    case "ge": {
      const kind = keys === keys.toUpperCase() ? bigKindOf : kindOf;
      let at: Target = { row, column };
      for (let step = 0; step < times; step++) {
        if (keys === "w" || keys === "W") at = nextWord(lines, at, kind);
        else if (keys === "b" || keys === "B") at = wordBefore(lines, at, kind);
        else if (keys === "ge") at = endBefore(lines, at);
        else at = wordEnd(lines, at, kind);
      }
      return at;
    }
  }
  const sought = /^([fFtT])(.+)$/su.exec(keys);
  return sought ? soughtInLine(buffer, sought[1]!, sought[2]!, times) : undefined;
}

function soughtInLine(buffer: TextBuffer, how: string, char: string, times: number): Target | undefined {
  const { row, column, line } = buffer;
  let at = column;
  for (let step = 0; step < times; step++) {
    at = how === "f" || how === "t" ? line.indexOf(char, at + 1) : at > 0 ? line.lastIndexOf(char, at - 1) : -1;
    if (at < 0) return undefined;
  }
  const shift = how === "t" ? -1 : how === "T" ? 1 : 0;
  return { row, column: at + shift, inclusive: how === "f" || how === "t" };
}

function paragraphEnd(lines: readonly string[], from: number, step: 1 | -1, times: number): Target {
  let row = from;
  for (let done = 0; done < times; done++) {
    while (lines[row] === "" && row + step >= 0 && row + step < lines.length) row += step;
    while (lines[row] !== "" && row + step >= 0 && row + step < lines.length) row += step;
  }
  return { row, column: lines[row] === "" || step < 0 ? 0 : lines[row]!.length };
}

function nextWord(lines: readonly string[], from: Target, kindAt: (char: string | undefined) => string): Target {
  let { row, column } = from;
  const kind = kindAt(lines[row]![column]);
  while (column < lines[row]!.length && kind !== "blank" && kindAt(lines[row]![column]) === kind) column++;
  for (;;) {
    while (column < lines[row]!.length && kindAt(lines[row]![column]) === "blank") column++;
    if (column < lines[row]!.length || row === lines.length - 1) return { row, column };
    row++;
    column = 0;
    if (lines[row] === "") return { row, column };
  }
}

function wordBefore(lines: readonly string[], from: Target, kindAt: (char: string | undefined) => string): Target {
  let { row, column } = from;
  for (;;) {
    column--;
    while (column >= 0 && kindAt(lines[row]![column]) === "blank") column--;
    if (column >= 0) break;
    if (row === 0) return { row: 0, column: 0 };
    row--;
    column = lines[row]!.length;
    if (column === 0) return { row, column };
  }
  const kind = kindAt(lines[row]![column]);
  while (column > 0 && kindAt(lines[row]![column - 1]) === kind) column--;
  return { row, column };
}

function endBefore(lines: readonly string[], from: Target): Target {
  let { row, column } = from;
  const kind = kindOf(lines[row]![column]);
  while (column >= 0 && kind !== "blank" && kindOf(lines[row]![column]) === kind) column--;
  for (;;) {
    while (column >= 0 && kindOf(lines[row]![column]) === "blank") column--;
    if (column >= 0 || row === 0) return { row, column: Math.max(0, column), inclusive: true };
    row--;
    column = lines[row]!.length - 1;
  }
}

function wordEnd(lines: readonly string[], from: Target, kindAt: (char: string | undefined) => string): Target {
  let { row, column } = from;
  column++;
  for (;;) {
    while (column < lines[row]!.length && kindAt(lines[row]![column]) === "blank") column++;
    if (column < lines[row]!.length) break;
    if (row === lines.length - 1) return { row, column: Math.max(0, lines[row]!.length - 1) };
    row++;
    column = 0;
  }
  const kind = kindAt(lines[row]![column]);
  while (column + 1 < lines[row]!.length && kindAt(lines[row]![column + 1]) === kind) column++;
  return { row, column, inclusive: true };
}
