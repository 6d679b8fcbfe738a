/** The help: a text over the file. */
import { EditedFile } from "./edited-file.ts";
import { keyTable } from "./key-table.ts";
import type { NanoState } from "./state.ts";

const HELP_TEXT = `Keys of nano, as this simulated node has them. ^ is Ctrl, M- is Alt (or ESC before the key).

^X  close the file, ask when it has changed     ^O  write it under a name      ^S  write it
^R  insert a file                               ^T  insert what a command prints, ^T^Z suspends
^W  search (^Q backwards), M-W next, M-Q before ^\\  replace
^K  cut the line or what is marked              ^U  paste
M-6 copy the line or what is marked             M-A (or ^6)  set the mark and take it away
M-T cut to the end of the text                  M-3  comment the line or take that back
M-U undo                                        M-E  redo
^C  where the cursor is                         M-D  how many lines, words, characters
^_  go to a line (also M-G)                     M-\\ M-/  first and last line
^A ^E  beginning and end of the line            ^Y ^V  a page up and down
^P ^N ^B ^F  up, down, back, forward            ^L  draw anew, the cursor in the middle
M-. M-,  the next file, the one before          M-N  line numbers
M-S soft wrapping   M-I indentation kept        M-X  hides the keys at the bottom

^X closes this text.`;

/** `^G` */
export function openHelp(nano: NanoState): void {
  const help = new EditedFile("");
  help.load(`${HELP_TEXT}\n`);
  help.name = "Main nano help text";
  nano.help = help;
  nano.message = "";
}

/** One key while the help is shown. */
export function helpKey(nano: NanoState, key: string): void {
  HELP_KEYS.get(key)?.(nano);
}

const HELP_KEYS = keyTable<(nano: NanoState) => void>([
  [closeHelp, "^x", "^g", "escape"],
  [(nano) => moveBy(nano, 1), "down", "^n"],
  [(nano) => moveBy(nano, -1), "up", "^p"],
  [(nano) => moveBy(nano, nano.height), "page-down", "^v", " "],
  [(nano) => moveBy(nano, -nano.height), "page-up", "^y"],
  [(nano) => nano.file.buffer.move(0), "home", "M-\\"],
  [(nano) => nano.file.buffer.move(Number.MAX_SAFE_INTEGER), "end", "M-/"],
]);

function closeHelp(nano: NanoState): void {
  nano.help = undefined;
}

function moveBy(nano: NanoState, rows: number): void {
  const { buffer } = nano.file;
  buffer.move(buffer.row + rows);
}
