/** Where the cursor is, and how much there is of the text. */
import { counted } from "./counted.ts";
import { type NanoState, tell } from "./state.ts";

/** `^C` */
export function tellLocation(nano: NanoState): void {
  const { row, column, line, lines } = nano.file.buffer;
  const before = lengthOf(lines.slice(0, row)) + column;
  const size = lengthOf(lines) - 1;
  const width = line.length + 1;
  tell(
    nano,
    `line ${figure(row + 1, lines.length)}/${lines.length} (${share(row + 1, lines.length, 2)}%), ` +
      `col ${String(column + 1).padStart(2)}/${String(width).padStart(2)} (${share(column + 1, width, 3)}%), ` +
      `char ${figure(before, size)}/${size} (${share(before, size, 2)}%)`,
  );
}

/** `M-D` */
export function tellCounts(nano: NanoState): void {
  const { file } = nano;
  const text = file.text();
  const words = text.split(/[^\p{L}\p{N}_'-]+/u).filter(Boolean).length;
  const characters = [...text].length;
  tell(nano, `${counted(file.lineCount, "line")},  ${counted(words, "word")},  ${counted(characters, "character")}`);
}

/** Characters of lines with their newlines. */
function lengthOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, 0);
}

/** A number as wide as the whole that it is part of, two digits at least. */
function figure(value: number, whole: number): string {
  return String(value).padStart(Math.max(2, String(whole).length));
}

/** Percent, rounded down. */
function share(part: number, whole: number, width: number): string {
  return String(whole === 0 ? 0 : Math.floor((part * 100) / whole)).padStart(width);
}
