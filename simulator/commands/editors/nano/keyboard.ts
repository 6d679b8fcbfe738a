/** Where each key goes: to the question that is asked, to the help, or to what it does in the text. */
import { isTyped, suspendKey } from "../full-screen.ts";
import { copyText, cutTail, cutText, paste, toggleMark } from "./cut-buffer.ts";
import { helpKey, openHelp } from "./help.ts";
import { askCommand, askFileToInsert } from "./insertion.ts";
import { keyTable } from "./key-table.ts";
import { tellCounts, tellLocation } from "./location.ts";
import { centre, firstLine, lastLine, nextWord, page, previousWord } from "./moving.ts";
import { exit, switchFile } from "./open-files.ts";
import { askLine, askReplace, askSearch } from "./place-questions.ts";
import { answerKey } from "./questions.ts";
import { seekAgain } from "./search.ts";
import { type NanoState, tell, warn } from "./state.ts";
import { breakLine, eraseAt, eraseBefore, redo, toggleComment, typeTab, typeText, undo } from "./typing.ts";
import { askName, save } from "./writing.ts";

/** @param streak what the key before did, when this one may go on with it */
type Action = (nano: NanoState, streak: string | undefined) => unknown;

/** Keys that change something; view mode refuses them. */
const CHANGES = keyTable<Action>([
  [breakLine, "^m"],
  [typeTab, "^i"],
  [eraseBefore, "^backspace", "^h"],
  [eraseAt, "delete", "^d"],
  [cutText, "^k", "M-k"],
  [cutTail, "M-t"],
  [paste, "^u"],
  [toggleComment, "M-3"],
  [undo, "M-u"],
  [redo, "M-e"],
  [askReplace, "^|", "M-r"],
  [askFileToInsert, "^r"],
  [askCommand, "^t"],
  [(nano) => askName(nano, () => undefined), "^o"],
  [save, "^s"],
]);

/** Keys that change nothing in a file. */
const OTHERS = keyTable<Action>([
  [({ file }) => file.buffer.left(), "left", "^b"],
  [({ file }) => file.buffer.right(), "right", "^f"],
  [({ file: { buffer } }) => buffer.move(buffer.row - 1), "up", "^p"],
  [({ file: { buffer } }) => buffer.move(buffer.row + 1), "down", "^n"],
  [previousWord, "word-left", "M- "],
  [nextWord, "word-right"],
  [({ file: { buffer } }) => buffer.move(buffer.row, 0), "home", "^a"],
  [({ file: { buffer } }) => buffer.move(buffer.row, buffer.line.length), "end", "^e"],
  [(nano) => page(nano, -1), "page-up", "^y"],
  [(nano) => page(nano, 1), "page-down", "^v"],
  [firstLine, "M-\\", "M-|"],
  [lastLine, "M-/", "M-?"],
  [centre, "^l"],
  [copyText, "M-6", "M-^"],
  [toggleMark, "M-a", "^~"],
  [(nano) => searchTowards(nano, false), "^w"],
  [(nano) => searchTowards(nano, true), "^q"],
  [(nano) => seekAgain(nano, false), "M-w"],
  [(nano) => seekAgain(nano, true), "M-q"],
  [askLine, "^_", "^\x7f", "M-g"],
  [tellLocation, "^c"],
  [tellCounts, "M-d"],
  [openHelp, "^g"],
  [(nano) => warn(nano, "To suspend, type ^T^Z"), "^z"],
  [exit, "^x"],
  [(nano) => switchFile(nano, 1), "M-.", "M->"],
  [(nano) => switchFile(nano, -1), "M-,", "M-<"],
  [(nano) => toggle(nano, "numbers", "Line numbering"), "M-n"],
  [(nano) => toggle(nano, "softWrap", "Soft wrapping of overlong lines"), "M-s"],
  [(nano) => toggle(nano, "autoIndent", "Auto indent"), "M-i"],
  [(nano) => toggle(nano, "tabsToSpaces", "Conversion of typed tabs to spaces"), "M-o"],
  [toggleMenu, "M-x"],
]);

/** Keys of the real one that are not here. */
const NOT_MODELLED: ReadonlySet<string> = new Set(
  "^j ^} M-} M-{ M-] M-j M-p M-m M-c M-l M-y M-h M-v M-( M-) M-: M-; M-+ M-- M-& M-f M-b".split(" "),
);

/** Do what one key means at the time. @returns `suspendKey` to be stopped, the exit status at the end */
export async function pressKey(nano: NanoState, key: string): Promise<number | typeof suspendKey | undefined> {
  if (nano.messageKeys > 0 && --nano.messageKeys === 0) nano.message = "";
  nano.isGrave = false;
  const { question } = nano;
  const wants = await (question ? answerKey(nano, question, key) : nano.help ? helpKey(nano, key) : textKey(nano, key));
  if (wants === suspendKey) return suspendKey;
  return nano.ended ? 0 : undefined;
}

/** One key in the text. */
function textKey(nano: NanoState, key: string): unknown {
  const { streak } = nano;
  nano.streak = undefined;
  const change = CHANGES.get(key);
  if (nano.flags.view && (change || isTyped(key))) return warn(nano, "Key is invalid in view mode");
  const action = change ?? OTHERS.get(key);
  if (action) return action(nano, streak);
  if (isTyped(key)) {
    nano.file.mark = undefined;
    typeText(nano, key, streak);
  } else if (NOT_MODELLED.has(key)) warn(nano, "Not modelled in this simulated nano (see fidelity page)");
  else if (key.startsWith("M-")) warn(nano, `Unbound key: M-${key.slice(2).toUpperCase()}`);
  else if (key.startsWith("^")) warn(nano, `Unbound key: ${key.toUpperCase()}`);
}

function searchTowards(nano: NanoState, backwards: boolean): void {
  nano.search.backwards = backwards;
  askSearch(nano);
}

function toggle(nano: NanoState, flag: "numbers" | "softWrap" | "autoIndent" | "tabsToSpaces", name: string): void {
  nano.flags[flag] = !nano.flags[flag];
  tell(nano, `${name} ${nano.flags[flag] ? "enabled" : "disabled"}`);
}

/** The keys at the bottom, shown or not. */
function toggleMenu(nano: NanoState): void {
  nano.flags.noHelp = !nano.flags.noHelp;
  tell(nano, `Help mode ${nano.flags.noHelp ? "disabled" : "enabled"}`);
}
