/** The commands of visual mode. */
import { isBefore } from "../text-buffer.ts";
import { insertAt } from "./insertion.ts";
import type { ViCommand } from "./keys.ts";
import { type Range, textObject } from "./objects.ts";
import { applyOperator, joinLines, rewrite } from "./operators.ts";
import { putText, stored } from "./registers.ts";
import { keepChange, type Mode, type ViState } from "./state.ts";
import { targetOf } from "./targets.ts";

/** What commands do that are operators by another name; a capital takes whole lines. */
const OPERATOR_OF: Record<string, string> = {
  x: "d",
  delete: "d",
  X: "D",
  D: "D",
  s: "c",
  S: "C",
  R: "C",
  Y: "Y",
  "~": "g~",
  u: "gu",
  U: "gU",
};

/** Do a whole command to what is selected; a motion moves the end at the cursor. */
export async function visualCommand(vi: ViState, { command, count }: ViCommand): Promise<unknown> {
  const { buffer } = vi;
  const selected = selectionOf(vi);
  const times = count ?? 1;
  if (/^[ia]./su.test(command)) {
    const object = textObject(buffer, command, times);
    if (!object) return;
    vi.anchor = object.from;
    if (object.lines) vi.mode = "visual-line";
    return buffer.move(object.to.row, Math.max(0, object.to.column - (object.lines ? 0 : 1)));
  }
  if (command === "v" || command === "V") {
    const wanted: Mode = command === "v" ? "visual" : "visual-line";
    if (vi.mode === wanted) leaveVisual(vi);
    else vi.mode = wanted;
    return;
  }
  if (command === "o") {
    const cursor = buffer.place;
    buffer.move(vi.anchor.row, vi.anchor.column);
    vi.anchor = cursor;
    return;
  }
  if (command === ":") {
    leaveVisual(vi);
    vi.mode = "line";
    vi.typed = ":'<,'>";
    return;
  }
  if (command === "/" || command === "?" || command === "^v") {
    vi.message = `${command === "^v" ? "visual blocks are" : "searching while something is selected is"} not modelled in this simulated vi`;
    return;
  }
  const named = OPERATOR_OF[command] ?? command;
  const takesLines = /^[DCY]$/.test(named);
  const operator = takesLines ? named.toLowerCase() : named;
  if (/^(?:[dcy<>=!]|g[~uU])$/.test(operator)) {
    leaveVisual(vi);
    // What `.` does again: the same stretch from where the cursor is then.
    const { from, to } = selected;
    const steps = selected.lines ? to.row - from.row + 1 : to.column - from.column;
    if (selected.lines || from.row === to.row) {
      vi.keys = [...String(steps), ...operator, ...(selected.lines ? operator.slice(-1) : "l")];
    }
    buffer.move(from.row, from.column);
    if (takesLines) return applyOperator(vi, operator, { ...selected, lines: true });
    return applyOperator(vi, operator, selected, times);
  }
  if (command === "p" || command === "P") {
    const put = stored(vi);
    leaveVisual(vi);
    vi.chosen = undefined;
    await applyOperator(vi, "d", selected);
    vi.registers.set('"', put);
    putText(vi, !selected.lines || buffer.row >= selected.from.row, times);
    return keepChange(vi);
  }
  if (command === "J") {
    leaveVisual(vi);
    buffer.move(selected.from.row, 0);
    return joinLines(vi, selected.to.row - selected.from.row + 1);
  }
  if (/^r./su.test(command)) {
    leaveVisual(vi);
    buffer.remember();
    rewrite(vi, selected, (text) => command.slice(1).repeat(text.length));
    return keepChange(vi);
  }
  if (command === "I" || command === "A") {
    leaveVisual(vi);
    const { from, to } = selected;
    return insertAt(vi, 1, () =>
      command === "I" ? buffer.move(from.row, from.column) : buffer.move(to.row, to.column),
    );
  }
  const target = targetOf(vi, command, count);
  if (target) buffer.move(target.row, target.column);
}

/** From where the selection began to the cursor, the characters at both ends with it. */
export function selectionOf(vi: ViState): Range {
  const cursor = vi.buffer.place;
  const [from, to] = isBefore(cursor, vi.anchor) ? [cursor, vi.anchor] : [vi.anchor, cursor];
  return {
    from: { ...from },
    to: { row: to.row, column: Math.min(to.column + 1, vi.buffer.lines[to.row]!.length) },
    lines: vi.mode === "visual-line",
  };
}

/** Back to normal mode; `'<` and `'>` keep what was selected. */
export function leaveVisual(vi: ViState): void {
  if (!vi.isVisual) return;
  const { from, to } = selectionOf(vi);
  vi.marks.set("<", from);
  vi.marks.set(">", { row: to.row, column: Math.max(0, to.column - 1) });
  vi.mode = "normal";
}
