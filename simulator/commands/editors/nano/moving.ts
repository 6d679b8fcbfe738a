/** Moving the cursor and what is shown of the text. */
import { kindOf } from "../character-kind.ts";
import { type NanoState, tell, warn } from "./state.ts";

/** Draw the cursor's line in the middle. */
export function centre(nano: NanoState): void {
  const { file } = nano;
  file.top = Math.max(0, file.buffer.row - (nano.height >> 1));
}

export function firstLine(nano: NanoState): void {
  nano.file.buffer.move(0, 0);
}

export function lastLine(nano: NanoState): void {
  const { file } = nano;
  const count = file.buffer.lines.length;
  file.top = Math.max(file.top, count - nano.height);
  file.buffer.move(count - 1, Number.MAX_SAFE_INTEGER);
}

/** A page up or down; two of its lines stay. */
export function page(nano: NanoState, step: 1 | -1): void {
  const { file } = nano;
  const { buffer } = file;
  const last = buffer.lines.length - 1;
  const rows = step * (nano.height - 2);
  if (rows < 0 && buffer.row + rows < 0) buffer.move(0, 0);
  else if (buffer.row + rows > last) buffer.move(last, 0);
  else {
    file.top = Math.max(0, file.top + rows);
    buffer.move(buffer.row + rows, 0);
  }
}

/** To the beginning of the next word. */
export function nextWord(nano: NanoState): void {
  const { buffer } = nano.file;
  const isInWord = () => kindOf(buffer.line[buffer.column]) === "word";
  const last = buffer.lines.length - 1;
  let wasInWord = isInWord();
  while (buffer.row < last || buffer.column < buffer.line.length) {
    buffer.right();
    const here = isInWord();
    if (here && !wasInWord) return;
    wasInWord = here;
  }
}

/** To the beginning of the word, or of the one before. */
export function previousWord(nano: NanoState): unknown {
  const { buffer } = nano.file;
  let seen = false;
  while (buffer.row > 0 || buffer.column > 0) {
    const { row, column } = buffer;
    buffer.left();
    const here = kindOf(buffer.line[buffer.column]) === "word";
    if (seen && (!here || buffer.row !== row)) return buffer.move(row, column);
    seen ||= here;
  }
}

/** @param text a line, a column, or both with a comma between; a line below 0 counts from the end */
export function goToLine(nano: NanoState, text: string): unknown {
  const { buffer } = nano.file;
  if (text.trim() === "") return tell(nano, "Cancelled");
  const [row = "", column = ""] = text.split(/[,. ]+/);
  if (!/^-?\d*$/.test(row) || !/^-?\d*$/.test(column) || (row === "" && column === ""))
    return warn(nano, "Invalid line or column number");
  const wantedRow = row === "" ? buffer.row + 1 : Number(row);
  const wantedColumn = column === "" ? 1 : Number(column);
  if (wantedRow === 0 || wantedColumn === 0) return warn(nano, "Invalid line or column number");
  const target = wantedRow < 0 ? Math.max(0, buffer.lines.length + wantedRow) : wantedRow - 1;
  buffer.move(target, wantedColumn - 1);
  centre(nano);
  nano.message = "";
}
