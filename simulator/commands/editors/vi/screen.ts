/** What vi shows: the text, the line below it, and what a command printed. */
import { widthOf } from "../../../shell/text-width.ts";
import { clipped, paint, rowsOfShown, shownLine } from "../full-screen.ts";
import { introduction } from "./introduction.ts";
import { columnsIn, type Range } from "./objects.ts";
import type { ViState } from "./state.ts";
import { selectionOf } from "./visual-mode.ts";

/** What is selected has the colour of vim's `Visual`. */
const SELECTED = "\x1b[48;5;248m";
/** Columns of the ruler, at the right of the last row. */
const RULER_COLUMNS = 18;

/** What stands in place of the first columns of a line whose beginning is above the screen. */
const BEGINS_ABOVE = "<<<";

/** Show it all, scrolled to where the cursor is; lines that are wider than the screen go on in the next row. */
export async function draw(vi: ViState): Promise<void> {
  const { columns, rows } = vi.tty;
  const { height, buffer } = vi;
  if (vi.mode === "shown") return drawOutput(vi);
  const gutter = vi.options.has("number") ? 8 : 0;
  const width = Math.max(1, columns - gutter);
  const place = placeOnScreen(vi, width);
  scrollToCursor(vi, width);
  vi.above = rowsAbove(vi, place.row);
  forgetMessage(vi);
  const text: string[] = [];
  let cursorRow = 0;
  for (let row = vi.top; text.length < height; row++) {
    if (row === buffer.row) cursorRow = text.length + place.row - vi.above;
    if (row >= buffer.lines.length) {
      text.push("~");
      continue;
    }
    const shown = rowsShown(vi, row, { width, gutter, first: row === vi.top ? vi.above : 0 });
    // A line that does not fit whole is not shown, unless it is all that there is.
    if (row > vi.top && text.length + shown.length > height) while (text.length < height) text.push("@");
    else text.push(...shown);
  }
  const status = statusLine(vi);
  const hasRuler = !vi.compatible && vi.mode !== "line" && vi.mode !== "confirm" && columns - RULER_COLUMNS > 20;
  const room = columns - RULER_COLUMNS;
  const below = hasRuler ? clipped(status, 0, room).padEnd(room) + ruler(vi) : clipped(status, 0, columns);
  if (vi.name === "" && buffer.isUntouched) introduction(vi, text);
  vi.drawn = [...text, below];
  const behind = Math.min(columns - 1, widthOf(status));
  await paint(
    vi.tty,
    vi.drawn,
    vi.mode === "line" || vi.mode === "confirm"
      ? { row: rows - 1, column: behind }
      : { row: cursorRow, column: gutter + place.column },
  );
}

/** The column of the cursor in its line as shown: on a tab its last one while nothing is typed. */
function screenColumn(vi: ViState): number {
  const { buffer } = vi;
  const at = widthOf(shownLine(buffer.line.slice(0, buffer.column)));
  if (buffer.line[buffer.column] !== "\t" || vi.mode !== "normal") return at;
  return widthOf(shownLine(buffer.line.slice(0, buffer.column + 1))) - 1;
}

/** In which of its line's rows the cursor stands, and where there. */
function placeOnScreen(vi: ViState, width: number): { row: number; column: number } {
  const column = screenColumn(vi);
  const rows = rowsOfShown(clipped(shownLine(vi.buffer.line), 0, column), width);
  const inRow = widthOf(rows.at(-1)!);
  const next = vi.buffer.line[vi.buffer.column] ?? " ";
  // It stands before what comes next, which may have no room in this row.
  if (inRow + widthOf(next) > width) return { row: rows.length, column: 0 };
  return { row: rows.length - 1, column: inRow };
}

/** How many rows of a line that is taller than the screen are above it, so that the cursor is on it. */
function rowsAbove(vi: ViState, cursorRow: number): number {
  const { height, buffer } = vi;
  if (buffer.row !== vi.top) return 0;
  const before = vi.top === vi.shown.top ? vi.above : 0;
  return Math.max(Math.min(before, cursorRow), cursorRow - height + 1);
}

function rowsOf(vi: ViState, row: number, width: number): number {
  return rowsOfShown(shownLine(vi.buffer.lines[row] ?? ""), width).length;
}

/** One line of the text in as many rows as it needs, those that are above the screen left out. */
function rowsShown(vi: ViState, row: number, to: { width: number; gutter: number; first: number }): string[] {
  const line = vi.buffer.lines[row]!;
  const overlay = vi.overlay?.row === row ? overlaid(vi, line) : undefined;
  const all = rowsOfShown(overlay ?? shownLine(line), to.width);
  const selected = overlay === undefined ? selectedColumns(vi, row, line) : undefined;
  const out: string[] = [];
  // One more than fit tells that there are more.
  const last = Math.min(all.length, to.first + vi.height + 1);
  let from = selected ? widthOf(all.slice(0, to.first).join("")) : 0;
  for (let part = to.first; part < last; part++) {
    const shown = part === to.first && part > 0 ? `${BEGINS_ABOVE}${clipped(all[part]!, 3, to.width)}` : all[part]!;
    const number = to.gutter ? (part === 0 ? `${String(row + 1).padStart(7)} ` : " ".repeat(8)) : "";
    out.push(number + (selected ? marked(shown, from, selected) : shown));
    from += widthOf(all[part]!);
  }
  return out;
}

/** A line that is being changed, with what it was behind the cursor up to its `$`. */
function overlaid(vi: ViState, line: string): string | undefined {
  const typed = shownLine(line.slice(0, vi.buffer.column));
  const { text } = vi.overlay!;
  if (vi.mode !== "insert" || widthOf(typed) >= widthOf(text)) {
    vi.overlay = undefined;
    return undefined;
  }
  return typed + clipped(text, widthOf(typed), widthOf(text)) + shownLine(line.slice(vi.buffer.column));
}

/** Far away the cursor's line comes to the middle, near by the text moves as far as it has to. */
function scrollToCursor(vi: ViState, width: number): void {
  const { buffer, height } = vi;
  const { row } = buffer;
  const last = buffer.lines.length - 1;
  vi.top = Math.min(vi.top, last);
  const middle = () => Math.max(0, Math.min(row - ((height - 1) >> 1), Math.max(0, last - height + 1)));
  if (row < vi.top) {
    vi.top = vi.top - row >= Math.max(2, (height >> 1) - 1) ? middle() : row;
  } else if (row >= vi.top + height && row - (vi.top + height) + 1 >= height) vi.top = middle();
  let needed = 0;
  for (let at = row; at >= vi.top; at--) {
    needed += rowsOf(vi, at, width);
    if (needed > height) {
      vi.top = Math.min(row, at + 1);
      return;
    }
  }
}

/** What is told goes when the text moves below it; what was just told stays, but for an echo of what was typed. */
function forgetMessage(vi: ViState): void {
  const lines = vi.buffer.lines.length;
  const moved = vi.top - vi.shown.top;
  // What has few rows in common is drawn anew, which leaves the last row alone.
  const scrolled =
    (moved > 0 && moved < vi.height) || (moved < 0 && -moved < vi.height - 2) || lines !== vi.shown.lines;
  if (scrolled && (vi.message === vi.shown.message || /^[:/?]/.test(vi.message))) vi.message = "";
  vi.shown = { top: vi.top, lines, message: vi.message };
}

/** What a command printed, below what stood on the screen. */
function drawOutput(vi: ViState): Promise<void> {
  const { columns, rows } = vi.tty;
  const shown = [
    ...(vi.drawn.length > 0 ? [...vi.drawn.slice(0, -1), vi.typed] : []),
    ...vi.output.map((line) => clipped(shownLine(line), 0, columns)),
    "Press ENTER or type command to continue",
  ].slice(-rows);
  while (shown.length < rows) shown.unshift("");
  return paint(vi.tty, shown, { row: rows - 1, column: 39 });
}

function statusLine(vi: ViState): string {
  const recording = vi.recording && !vi.compatible ? `recording ${vi.recording.register}` : "";
  if (vi.mode === "line") return vi.typed;
  if (vi.mode === "confirm") return `replace with ${vi.confirming?.shown} (y/n/a/q/l/^E/^Y)?`;
  if (vi.compatible || vi.mode === "normal" || vi.mode === "shown") return vi.message || recording;
  return `-- ${vi.mode.toUpperCase().replace("-", " ")} --${recording}`;
}

/** Line, column (bytes, and columns where they differ), and how much of the text is above. */
function ruler(vi: ViState): string {
  const { buffer, height } = vi;
  const { row, line } = buffer;
  const bytes = Buffer.byteLength(line.slice(0, buffer.column)) + 1;
  const shown = screenColumn(vi) + 1;
  const column = line === "" ? "0-1" : bytes === shown ? String(bytes) : `${bytes}-${shown}`;
  const isEmpty = buffer.lines.length === 1 && line === "";
  const above = vi.top;
  const below = buffer.lines.length - Math.min(buffer.lines.length, vi.top + height);
  const part =
    above === 0
      ? below === 0
        ? "All"
        : "Top"
      : below === 0
        ? "Bot"
        : `${Math.floor((above * 100) / (above + below))}%`;
  return `${`${isEmpty ? 0 : row + 1},${column}`.padEnd(13)} ${part}`;
}

interface SelectedColumns {
  from: number;
  to: number;
  look: string;
}

/** What stands out in a line: what is selected, or where a substitution asks. Columns of the line as shown. */
function selectedColumns(vi: ViState, row: number, line: string): SelectedColumns | undefined {
  const range = vi.isVisual ? selectionOf(vi) : placeAsked(vi);
  if (!range || row < range.from.row || row > range.to.row) return undefined;
  const [start, end] = columnsIn(range, row, line);
  const from = widthOf(shownLine(line.slice(0, start)));
  const to = Math.max(from + (line === "" ? 1 : 0), widthOf(shownLine(line.slice(0, end))));
  return { from, to, look: vi.mode === "confirm" ? "\x1b[7m" : SELECTED };
}

/** Where a substitution asks. */
function placeAsked(vi: ViState): Range | undefined {
  const asked = vi.mode === "confirm" ? vi.confirming : undefined;
  if (!asked?.match) return undefined;
  const { row, match } = asked;
  return {
    from: { row, column: match.index },
    to: { row, column: match.index + match[0].length },
    lines: false,
  };
}

/** One row of a line, which begins at a column of it, with what is selected in another look. */
function marked(shown: string, at: number, { from, to, look }: SelectedColumns): string {
  const [first, last] = [Math.max(0, from - at), to - at];
  // An empty line that is selected shows one column of it.
  const inside = clipped(shown.padEnd(shown === "" && last === 1 ? 1 : 0), first, last - first);
  if (inside === "") return shown;
  return `${clipped(shown, 0, first)}${look}${inside}\x1b[m${clipped(shown, last, widthOf(shown))}`;
}
