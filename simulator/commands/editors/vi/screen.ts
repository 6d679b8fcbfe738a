/** What vi shows: the text, the line below it, and what a command printed. */
import { widthOf } from "../../../shell/text-width.ts";
import { clipped, paint, shownLine } from "../full-screen.ts";
import { columnsIn, type Range } from "./objects.ts";
import type { ViState } from "./state.ts";
import { selectionOf } from "./visual-mode.ts";

/** Show it all, scrolled to where the cursor is. */
export async function draw(vi: ViState): Promise<void> {
  const { columns, rows } = vi.tty;
  const { height } = vi;
  const { buffer } = vi;
  if (vi.mode === "shown") return drawOutput(vi);
  if (buffer.row < vi.top) vi.top = buffer.row;
  if (buffer.row >= vi.top + height) vi.top = buffer.row - height + 1;
  const gutter = vi.options.has("number") ? 8 : 0;
  const at = widthOf(shownLine(buffer.line.slice(0, buffer.column)));
  const width = Math.max(1, columns - gutter);
  const from = at < width ? 0 : at - (width >> 1);
  const selected = vi.isVisual ? selectionOf(vi) : undefined;
  const out: string[] = [];
  for (let row = vi.top; row < vi.top + height; row++) {
    const line = buffer.lines[row];
    if (line === undefined) {
      out.push("~");
      continue;
    }
    const number = gutter ? `${String(row + 1).padStart(7)} ` : "";
    const shift = row === buffer.row ? from : 0;
    out.push(number + (selected ? marked(line, row, selected, shift, width) : clipped(shownLine(line), shift, width)));
  }
  const place = `${buffer.row + 1},${buffer.column + 1}`;
  const room = columns - 18;
  const status = statusLine(vi);
  const plain = vi.mode !== "line" && vi.mode !== "confirm";
  out.push(room > 20 && plain ? clipped(status, 0, room).padEnd(room) + place : clipped(status, 0, columns));
  await paint(
    vi.tty,
    out,
    vi.mode === "line"
      ? { row: rows - 1, column: Math.min(columns - 1, widthOf(vi.typed)) }
      : { row: buffer.row - vi.top, column: Math.min(columns - 1, gutter + at - from) },
  );
}

function drawOutput(vi: ViState): Promise<void> {
  const { columns, rows } = vi.tty;
  const shown = vi.output.slice(-(rows - 1)).map((line) => clipped(shownLine(line), 0, columns));
  shown.push("Press ENTER or type command to continue");
  while (shown.length < rows) shown.unshift("");
  return paint(vi.tty, shown, { row: rows - 1, column: 39 });
}

function statusLine(vi: ViState): string {
  const recording = vi.recording ? `recording ${vi.recording.register}` : "";
  switch (vi.mode) {
    case "line":
      return vi.typed;
    case "insert":
      return `-- INSERT --${recording}`;
    case "replace":
      return `-- REPLACE --${recording}`;
    case "visual":
      return `-- VISUAL --${recording}`;
    case "visual-line":
      return `-- VISUAL LINE --${recording}`;
    case "confirm":
      return `replace with ${vi.confirming?.shown} (y/n/a/q/l/^E/^Y)?`;
    default:
      return vi.message || recording;
  }
}

/** A line with what is selected of it in reverse. */
function marked(line: string, row: number, range: Range, shift: number, width: number): string {
  if (row < range.from.row || row > range.to.row) return clipped(shownLine(line), shift, width);
  const [start, end] = columnsIn(range, row, line);
  const before = widthOf(shownLine(line.slice(0, start)));
  const shown = shownLine(line);
  const behind = widthOf(shownLine(line.slice(0, end)));
  const inside =
    clipped(shown, Math.max(before, shift), Math.min(behind, shift + width) - Math.max(before, shift)) || " ";
  return `${clipped(shown, shift, Math.max(0, before - shift))}\x1b[7m${inside}\x1b[27m${clipped(shown, Math.max(behind, shift), Math.max(0, shift + width - behind))}`;
}
