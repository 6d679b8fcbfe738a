/** Insert and replace mode. */
import { isTyped } from "../full-screen.ts";
import { motionTarget } from "./motions.ts";
import { keepChange, SHIFT, type ViState } from "./state.ts";

/** One key of insert or replace mode. */
export function insertKey(vi: ViState, key: string): unknown {
  const { buffer } = vi;
  if (key !== "escape") vi.inserting.keys.push(key);
  switch (key) {
    case "escape": {
      const { times, keys } = vi.inserting;
      vi.inserting = { times: 1, keys: [] };
      for (let step = 1; step < Math.min(times, 1_000); step++) for (const one of keys) insertKey(vi, one);
      vi.mode = "normal";
      if (buffer.column > 0) buffer.left();
      vi.marks.set("^", buffer.place);
      keepChange(vi);
      return;
    }
    case "^m":
      return insertLine(vi);
    case "^i":
      return buffer.insert(vi.options.has("expandtab") ? " ".repeat(SHIFT - (buffer.column % SHIFT)) : "\t");
    case "^backspace":
    case "^h":
      return vi.mode === "replace" ? restore(vi) : buffer.eraseBefore();
    case "^w": {
      const start = motionTarget(buffer, "b", 1);
      const from = start && start.row === buffer.row ? start.column : 0;
      buffer.line = buffer.line.slice(0, from) + buffer.line.slice(buffer.column);
      buffer.column = from;
      return;
    }
    case "^u":
      buffer.line = buffer.line.slice(buffer.column);
      buffer.column = 0;
      return;
    case "delete":
      return buffer.eraseAt();
    case "up":
      return buffer.move(buffer.row - 1);
    case "down":
      return buffer.move(buffer.row + 1);
    case "left":
      return buffer.column > 0 ? buffer.left() : undefined;
    case "right":
      return buffer.column < buffer.line.length ? buffer.right() : undefined;
    case "home":
      return buffer.move(buffer.row, 0);
    case "end":
      return buffer.move(buffer.row, buffer.line.length);
  }
  if (!isTyped(key)) return;
  if (vi.mode === "replace") {
    const [before = ""] = buffer.line.slice(buffer.column);
    vi.replaced.push(before);
    if (before !== "") buffer.eraseAt();
  }
  buffer.insert(key);
}

/** Backspace in replace mode: what was there comes back. */
function restore(vi: ViState): void {
  const { buffer } = vi;
  const before = vi.replaced.pop();
  if (before === undefined) {
    if (buffer.column > 0) buffer.left();
    return;
  }
  buffer.eraseBefore();
  const { column } = buffer;
  buffer.insert(before);
  buffer.column = column;
}

/** A new line at the cursor, indented as the one above where `autoindent` is on. */
export function insertLine(vi: ViState): void {
  vi.buffer.insert(`\n${indentOf(vi)}`);
}

/** The blanks that a new line begins with beside the cursor's, where `autoindent` is on. */
export function indentOf(vi: ViState): string {
  return vi.options.has("autoindent") ? /^[ \t]*/.exec(vi.buffer.line)![0] : "";
}

/**
 * Begin to insert.
 *
 * @param times how often what is typed is put in
 * @param move goes where it begins; undo takes back what this changes with the rest
 */
export function insertAt(vi: ViState, times: number, move?: () => void): void {
  vi.buffer.remember();
  move?.();
  vi.inserting = { times, keys: [] };
  vi.mode = "insert";
}
