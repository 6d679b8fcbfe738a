/** Operators on what a motion, a text object or a selection takes in, and joining lines. */
import { bigKindOf, firstSignOf, kindOf } from "../character-kind.ts";
import { shownLine } from "../full-screen.ts";
import { isBefore } from "../text-buffer.ts";
import type { ViCommand } from "./keys.ts";
import type { Target } from "./motions.ts";
import { columnsIn, type Range, textObject } from "./objects.ts";
import { registerOf, store } from "./registers.ts";
import { keepChange, SHIFT, type ViState } from "./state.ts";
import { targetOf } from "./targets.ts";

/** Use an operator on what a motion, a text object or the operator once more stands for. */
export async function operate(vi: ViState, operator: string, { command, count }: ViCommand): Promise<void> {
  const range = rangeOf(vi, operator, command, count);
  if (range) await applyOperator(vi, operator, range);
}

/**
 * Use an operator on a range. `c` goes on in insert mode and `!` on the command line.
 *
 * @param times how far `>` and `<` shift
 */
export async function applyOperator(vi: ViState, operator: string, range: Range, times = 1): Promise<unknown> {
  const { buffer } = vi;
  const { from, to } = range;
  const count = to.row - from.row + 1;
  switch (operator) {
    case "y":
      store(vi, registerOf(vi, range), "yank");
      if (count > 2 && range.lines) vi.message = `${count} lines yanked`;
      return buffer.move(from.row, range.lines ? buffer.column : from.column);
    case "d":
    case "c": {
      // There is no line to be deleted in an empty text.
      if (operator === "d" && range.lines && buffer.lines.length === 1 && buffer.line === "") return;
      store(vi, registerOf(vi, range), "delete");
      buffer.remember();
      if (range.lines && operator === "d") {
        deleteLines(vi, from.row, count);
        return keepChange(vi);
      }
      if (range.lines) {
        buffer.lines.splice(from.row, count, "");
        buffer.move(from.row, 0);
      } else {
        if (operator === "c" && vi.compatible && from.row === to.row && from.column < to.column) {
          // cpoptions has `$`: the line stays on the screen, its end marked, until it is typed over.
          const shown = shownLine(buffer.lines[from.row]!.slice(0, to.column));
          vi.overlay = { row: from.row, text: `${shown.slice(0, -1)}$` };
        }
        buffer.eraseBetween(from, to);
      }
      if (operator === "d") return keepChange(vi);
      vi.inserting = { times: 1, keys: [] };
      vi.mode = "insert";
      return;
    }
    case ">":
    case "<":
      buffer.remember();
      for (let step = 0; step < times; step++)
        for (let row = from.row; row <= to.row; row++) shiftLine(vi, row, operator === ">");
      buffer.move(from.row);
      buffer.column = firstSignOf(buffer.line);
      if (count > 2) vi.message = `${count} lines ${operator}ed ${times} time${times === 1 ? "" : "s"}`;
      return keepChange(vi);
    case "=":
      buffer.move(from.row, 0);
      vi.message = `${count} lines indented`;
      return keepChange(vi);
    case "!":
      vi.mode = "line";
      vi.typed = `:${from.row + 1},${to.row + 1}!`;
      return;
    default:
      buffer.remember();
      recase(vi, range, operator);
      buffer.move(from.row, range.lines ? buffer.column : from.column);
      return keepChange(vi);
  }
}

function rangeOf(vi: ViState, operator: string, keys: string, count: number | undefined): Range | undefined {
  const { buffer } = vi;
  const { row, column } = buffer;
  if (keys === operator) {
    const to = Math.min(row + (count ?? 1) - 1, buffer.lines.length - 1);
    return { from: { row, column }, to: { row: to, column }, lines: true };
  }
  if (/^[ia]./su.test(keys)) return textObject(buffer, keys, count);
  const isWord = keys === "w" || keys === "W";
  const onBlank = /\s/.test(buffer.line[column] ?? " ");
  const motion = isWord && operator === "c" && !onBlank ? (keys === "w" ? "e" : "E") : keys;
  let target = motion === keys ? targetOf(vi, motion, count) : wordEnd(vi, motion, count ?? 1);
  if (!target) return undefined;
  // `dw` at the end of a line leaves the next one.
  if (isWord && motion === keys && target.row > row && buffer.lines[target.row]!.slice(0, target.column).trim() === "")
    target = { row: target.row - 1, column: buffer.lines[target.row - 1]!.length };
  const forwards = !isBefore(target, buffer);
  const [from, to] = forwards ? [{ row, column }, target] : [target, { row, column }];
  const end = to.column + (target.inclusive && (forwards || motion === "%") ? 1 : 0);
  return {
    from: { row: from.row, column: from.column },
    to: { row: to.row, column: end },
    lines: target.lines === true,
  };
}

/** Where `cw` ends: `e`, but that a cursor at a word's end counts as one. */
function wordEnd(vi: ViState, motion: string, count: number): Target | undefined {
  const { buffer } = vi;
  const kind = motion === "e" ? kindOf : bigKindOf;
  const isEnd = kind(buffer.line[buffer.column]) !== kind(buffer.line[buffer.column + 1]);
  if (!isEnd) return targetOf(vi, motion, count);
  return count === 1 ? { ...buffer.place, inclusive: true } : targetOf(vi, motion, count - 1);
}

function shiftLine(vi: ViState, row: number, right: boolean): void {
  const line = vi.buffer.lines[row]!;
  if (line === "") return;
  const unit = vi.options.has("expandtab") ? " ".repeat(SHIFT) : "\t";
  vi.buffer.lines[row] = right ? unit + line : line.replace(/^(?:\t| {1,8}\t?)/, "");
}

/** `g~`, `gu` and `gU`. */
export function recase(vi: ViState, range: Range, operator: string): void {
  rewrite(vi, range, (text) => recased(text, operator));
}

/** Put something else in the place of what is in a range, row by row. */
export function rewrite(vi: ViState, range: Range, change: (text: string) => string): void {
  for (let row = range.from.row; row <= range.to.row; row++) {
    const line = vi.buffer.lines[row]!;
    const [start, end] = columnsIn(range, row, line);
    vi.buffer.lines[row] = line.slice(0, start) + change(line.slice(start, end)) + line.slice(end);
  }
}

function recased(text: string, operator: string): string {
  if (operator === "gu") return text.toLowerCase();
  if (operator === "gU") return text.toUpperCase();
  return [...text].map((char) => (char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase())).join("");
}

function deleteLines(vi: ViState, from: number, count: number): void {
  const { buffer } = vi;
  const gone = buffer.lines.splice(from, count).length;
  if (buffer.lines.length === 0) buffer.lines.push("");
  buffer.move(from);
  buffer.column = firstSignOf(buffer.line);
  if (gone > 2) vi.message = `${gone} fewer lines`;
}

/** @param times lines that become one, two at least @param between what is put between them; empty keeps their blanks */
export function joinLines(vi: ViState, times: number, between = " "): void {
  const { buffer } = vi;
  buffer.remember();
  for (let step = 0; step < Math.max(1, times - 1) && buffer.row < buffer.lines.length - 1; step++) {
    const [next = ""] = buffer.lines.splice(buffer.row + 1, 1);
    const line = between ? buffer.line.replace(/\s+$/, "") : buffer.line;
    const tail = between ? next.trimStart() : next;
    buffer.column = line.length;
    buffer.line = line + (line && tail && !tail.startsWith(")") ? between : "") + tail;
  }
  keepChange(vi);
}
