/** Typing and erasing, comments, and taking changes back. */
import { widthOf } from "../../../shell/text-width.ts";
import { shownLine } from "../full-screen.ts";
import { type NanoState, tell, warn } from "./state.ts";

/** Put a typed text at the cursor. @param streak what the key before did */
export function typeText(nano: NanoState, text: string, streak: string | undefined): void {
  change(nano, streak, "addition", () => nano.file.buffer.insert(text));
}

/** Tab: itself, or blanks to where it would end. */
export function typeTab(nano: NanoState, streak: string | undefined): void {
  const { line, column } = nano.file.buffer;
  const width = widthOf(shownLine(line.slice(0, column)));
  typeText(nano, nano.flags.tabsToSpaces ? " ".repeat(8 - (width % 8)) : "\t", streak);
}

/** Enter: a new line, indented as this one where that is switched on. */
export function breakLine(nano: NanoState, streak: string | undefined): void {
  const { buffer } = nano.file;
  const indent = nano.flags.autoIndent ? /^[ \t]*/.exec(buffer.line.slice(0, buffer.column))![0] : "";
  change(nano, streak, "line break", () => buffer.insert(`\n${indent}`));
}

/** Backspace; what is marked goes as a whole. */
export function eraseBefore(nano: NanoState, streak: string | undefined): unknown {
  const { buffer, mark } = nano.file;
  if (mark) return eraseRegion(nano);
  if (buffer.row === 0 && buffer.column === 0) return;
  change(nano, streak, buffer.column === 0 ? "line join" : "deletion", () => buffer.eraseBefore());
}

/** Delete; what is marked goes as a whole. */
export function eraseAt(nano: NanoState, streak: string | undefined): unknown {
  const { buffer, mark } = nano.file;
  if (mark) return eraseRegion(nano);
  const isAtEnd = buffer.column === buffer.line.length;
  if (isAtEnd && buffer.row === buffer.lines.length - 1) return;
  change(nano, streak, isAtEnd ? "line join" : "deletion", () => buffer.eraseAt());
}

/** A change that undo takes back with those of its kind before it. @param what in undo's words */
function change(nano: NanoState, streak: string | undefined, what: string, make: () => void): void {
  const { file } = nano;
  if (streak !== what) file.buffer.remember(what);
  nano.streak = what;
  file.buffer.modified = true;
  make();
  file.endWithNewline();
}

function eraseRegion(nano: NanoState): void {
  const { file } = nano;
  const region = file.region()!;
  file.buffer.remember("deletion");
  file.erase(region.from, region.to);
  file.mark = undefined;
}

/** `M-3`: make comments of the line or of what is marked, or take that back. */
export function toggleComment(nano: NanoState): unknown {
  const { file } = nano;
  const { buffer, mark } = file;
  const region = file.region();
  const [first, last] = region ? [region.from.row, region.to.row] : [buffer.row, buffer.row];
  const rows = Array.from({ length: last - first + 1 }, (_, at) => first + at).filter(
    (row) => buffer.lines[row] !== "",
  );
  if (rows.length === 0) return warn(nano, "Cannot comment past end of file");
  const isCommented = rows.every((row) => buffer.lines[row]!.startsWith("#"));
  buffer.remember(isCommented ? "uncomment" : "comment");
  for (const row of rows) buffer.lines[row] = isCommented ? buffer.lines[row]!.slice(1) : `#${buffer.lines[row]}`;
  buffer.move(buffer.row, Math.max(0, buffer.column + (mark ? 0 : isCommented ? -1 : 1)));
}

/** `M-U` */
export function undo(nano: NanoState): unknown {
  const what = nano.file.buffer.undo()?.what;
  if (what === undefined) return warn(nano, "Nothing to undo");
  tellTakenBack(nano, `Undid ${what}`);
}

/** `M-E` */
export function redo(nano: NanoState): unknown {
  const { buffer } = nano.file;
  const before = buffer.lines;
  const what = buffer.redo()?.what;
  if (what === undefined) return warn(nano, "Nothing to redo");
  if (what === "replacement") moveToChange(nano, before);
  tellTakenBack(nano, `Redid ${what}`);
}

function tellTakenBack(nano: NanoState, message: string): void {
  const { file } = nano;
  file.mark = undefined;
  file.compareToSaved();
  tell(nano, message);
}

/** To where the text differs from what it was. */
function moveToChange(nano: NanoState, before: readonly string[]): void {
  const { buffer } = nano.file;
  const row = buffer.lines.findIndex((line, at) => line !== before[at]);
  if (row < 0) return;
  const [now, was] = [buffer.lines[row]!, before[row] ?? ""];
  let column = 0;
  while (column < now.length && now[column] === was[column]) column++;
  buffer.move(row, column);
}
