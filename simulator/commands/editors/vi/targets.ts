/** Where the motions lead that know more than the text: searches, marks, the screen. */
import { firstSignOf } from "../character-kind.ts";
import { isBefore } from "../text-buffer.ts";
import { motionTarget, type Target } from "./motions.ts";
import { textObject } from "./objects.ts";
import { expressionOf, withinBounds } from "./patterns.ts";
import { jumpTo, type ViState } from "./state.ts";

/** @returns where a motion leads; undefined when it is none or leads nowhere, with a message for what it lacks */
export function targetOf(vi: ViState, keys: string, count: number | undefined): Target | undefined {
  const { buffer } = vi;
  if (keys === "n" || keys === "N") return findAgain(vi, keys === "N");
  if (keys === "*" || keys === "#") {
    const word = textObject(buffer, "iw");
    const text = word && buffer.line.slice(word.from.column, word.to.column);
    if (!text?.trim()) {
      vi.message = "E348: No string under cursor";
      return undefined;
    }
    vi.search = { text: `\\<${text.replace(/[\\.*[\]^$/]/g, "\\$&")}\\>`, backwards: keys === "#" };
    return findAgain(vi, false);
  }
  if (keys === ";" || keys === ",") {
    if (!vi.sought) return undefined;
    const { how, char } = vi.sought;
    const other = how === how.toLowerCase() ? how.toUpperCase() : how.toLowerCase();
    const before = buffer.column;
    const towards = keys === ";" ? how : other;
    // A `t` stands before its character already.
    if (/[tT]/.test(towards)) buffer.column += towards === "t" ? 1 : -1;
    const target = motionTarget(buffer, towards + char, count);
    buffer.column = before;
    return target;
  }
  if (keys === "H" || keys === "M" || keys === "L") {
    const last = Math.min(vi.top + vi.height, buffer.lines.length) - 1;
    const row =
      keys === "H" ? vi.top + (count ?? 1) - 1 : keys === "L" ? last - (count ?? 1) + 1 : (vi.top + last) >> 1;
    return { row: Math.min(Math.max(row, 0), last), column: 0, lines: true };
  }
  const mark = /^(['`])(.)$/su.exec(keys);
  if (mark) {
    const place = vi.marks.get(mark[2]!.replace("`", "'"));
    if (!place || place.row >= buffer.lines.length) {
      vi.message = "E20: Mark not set";
      return undefined;
    }
    return mark[1] === "'"
      ? { row: place.row, column: firstSignOf(buffer.lines[place.row]!), lines: true }
      : { ...place };
  }
  const sought = /^([fFtT])(.+)$/su.exec(keys);
  if (sought) vi.sought = { how: sought[1]!, char: sought[2]! };
  return motionTarget(buffer, keys, count);
}

/** Search and go there. @param text empty for what was searched last */
export function seek(vi: ViState, text: string, backwards: boolean): void {
  vi.search = { text: text || vi.search.text, backwards };
  const found = findAgain(vi, false);
  if (found) jumpTo(vi, found);
}

/** The next place of what was searched last. @param turned against that search's direction */
function findAgain(vi: ViState, turned: boolean): Target | undefined {
  const { text, backwards } = vi.search;
  if (!text) {
    vi.message = "E35: No previous regular expression";
    return undefined;
  }
  const pattern = expressionOf(vi, text, "g");
  const { buffer } = vi;
  const towards = turned ? !backwards : backwards;
  const found = pattern && withinBounds(vi, () => buffer.find(pattern, towards));
  if (!found && vi.message === "") vi.message = `E486: Pattern not found: ${text}`;
  else if (found) {
    const behind = isBefore(buffer, found);
    vi.message = `${towards ? "?" : "/"}${text}`;
    if (!towards && !behind) vi.message = "search hit BOTTOM, continuing at TOP";
    if (towards && behind) vi.message = "search hit TOP, continuing at BOTTOM";
  }
  return found;
}
