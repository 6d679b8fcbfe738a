/** The lines that a `:` command is for: `%`, `3,5`, `.,$`, `'<,'>`, `/this/,/that/`, each with offsets. */
import { expressionOf, withinBounds } from "./patterns.ts";
import type { ViState } from "./state.ts";

/**
 * Read the range that a command begins with.
 *
 * @returns its rows, those of the cursor when none is given, and the command; undefined and a message when it is none
 */
export function rangeBefore(
  vi: ViState,
  command: string,
): { from: number; to: number; given: boolean; rest: string } | undefined {
  const { buffer } = vi;
  if (command.startsWith("%")) return { from: 0, to: buffer.lines.length - 1, given: true, rest: command.slice(1) };
  const address = String.raw`(?:\d+|\.|\$|'[a-zA-Z<>'^]|\/(?:\\.|[^/\\])*\/|\?(?:\\.|[^?\\])*\?|(?=[-+]))(?:[-+]\d*)*`;
  const parts = new RegExp(`^(${address})?(?:([,;])(${address})?)?`).exec(command)!;
  const rest = command.slice(parts[0].length).trimStart();
  if (parts[0] === "") return { from: buffer.row, to: buffer.row, given: false, rest };
  const from = lineOf(vi, parts[1] ?? ".");
  const to = parts[2] ? lineOf(vi, parts[3] ?? ".") : from;
  if (from === undefined || to === undefined) {
    vi.message = /['/?]/.test(parts[0]) ? vi.message || "E20: Mark not set" : "E16: Invalid range";
    return undefined;
  }
  if (Math.max(from, to) >= buffer.lines.length && rest !== "") {
    vi.message = "E16: Invalid range";
    return undefined;
  }
  return { from: Math.max(0, Math.min(from, to)), to: Math.max(0, Math.max(from, to)), given: true, rest };
}

/** @returns the row of one line's address; undefined when it is none */
export function lineOf(vi: ViState, text: string): number | undefined {
  const { buffer } = vi;
  const parts = /^(\d+|\.|\$|'[a-zA-Z<>'^]|\/(?:\\.|[^/\\])*\/|\?(?:\\.|[^?\\])*\?)?((?:[-+]\d*)*)$/.exec(text);
  if (!parts) return undefined;
  const [, base = ".", offsets = ""] = parts;
  let row: number | undefined;
  if (base === ".") row = buffer.row;
  else if (base === "$") row = buffer.lines.length - 1;
  else if (base[0] === "'") row = vi.marks.get(base[1]!)?.row;
  else if (base[0] === "/" || base[0] === "?") {
    const pattern = expressionOf(vi, base.slice(1, -1) || vi.search.text, "g");
    row = pattern && withinBounds(vi, () => buffer.find(pattern, base[0] === "?"))?.row;
  } else row = Number(base) - 1;
  if (row === undefined) return undefined;
  for (const [offset] of offsets.matchAll(/[-+]\d*/g))
    row += offset.length === 1 ? Number(`${offset}1`) : Number(offset);
  return row;
}
