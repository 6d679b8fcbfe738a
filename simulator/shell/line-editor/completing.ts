/** Tab and its kin: the word at the cursor is completed, or what could stand there is listed. @source readline 8.2 complete.c */
import type { Completion, CompletionKind } from "../completion.ts";
import { widthOf } from "../text-width.ts";
import { charactersOf } from "./edited-line.ts";
import type { Editing, EditorFunction } from "./editing.ts";

/** What is asked for, and the characters of the word that is completed. */
async function asked(editing: Editing, kind?: CompletionKind): Promise<Completion & { start: number }> {
  const { line } = editing;
  const before = line.characters.slice(0, line.point).join("");
  const found = await editing.host.complete(before, kind, editing.settings.isOn("completion-ignore-case"));
  return { ...found, start: charactersOf(before.slice(0, found.from)).length };
}

/** Put text in the place of the word. @returns whether that changed the line */
function replaceWord({ line }: Editing, start: number, text: string): boolean {
  if (line.characters.slice(start, line.point).join("") === text) return false;
  line.together(() => {
    line.delete(start, line.point);
    line.insert(text);
  });
  return true;
}

const complete =
  (kind?: CompletionKind): EditorFunction =>
  async (editing) => {
    const { line, display, settings } = editing;
    const again = editing.lastFunction === (kind ? `complete-${kind}` : "complete") && !editing.completed;
    const found = await asked(editing, kind);
    editing.completed = false;
    const { candidates } = found;
    if (candidates.length === 0) return display.ring();
    if (again) return list(editing, found);
    if (candidates.length === 1) {
      const before = line.text;
      replaceWord(editing, found.start, candidates[0]!);
      // What closes the word and parts it from the next; a blank that is there already is not put in again.
      if (found.suffix) line.insert(found.suffix);
      editing.completed = line.text !== before;
      return;
    }
    const typed = line.characters.slice(found.start, line.point).join("");
    const common = commonBeginning(candidates, settings.isOn("completion-ignore-case"));
    const longer = common.length > typed.length || (common.length === typed.length && common !== typed);
    if (longer) editing.completed = replaceWord(editing, found.start, common);
    if (settings.isOn("show-all-if-ambiguous")) return list(editing, found);
    if (settings.isOn("show-all-if-unmodified") && !longer) return list(editing, found);
    display.ring();
  };

const possible =
  (kind?: CompletionKind): EditorFunction =>
  async (editing) => {
    const found = await asked(editing, kind);
    if (found.candidates.length === 0) return editing.display.ring();
    await list(editing, found);
  };

/** M-*: all of them in the place of the word. */
const insertAll =
  (kind?: CompletionKind): EditorFunction =>
  async (editing) => {
    const found = await asked(editing, kind);
    if (found.candidates.length === 0) return editing.display.ring();
    replaceWord(editing, found.start, found.candidates.map((one) => `${one} `).join(""));
  };

/** TAB bound to it: one candidate after the other in the place of the word. */
const menuComplete: EditorFunction = async (editing) => {
  const { display } = editing;
  if (editing.lastFunction !== "menu-complete" || !editing.menu) {
    const found = await asked(editing);
    if (found.candidates.length === 0) return display.ring();
    editing.menu = { candidates: found.candidates, start: found.start, at: -1, suffix: found.suffix };
  }
  const { menu } = editing;
  menu.at = (menu.at + 1) % menu.candidates.length;
  replaceWord(
    editing,
    menu.start,
    menu.candidates[menu.at]! + (menu.candidates[menu.at]!.endsWith("/") ? "" : menu.suffix),
  );
};

/** Columns of names below the line; many are asked about, more than a screen is turned page by page. */
async function list(editing: Editing, found: Completion): Promise<void> {
  const { line, display, settings } = editing;
  const { shown } = found;
  display.below(line);
  const limit = Number(settings.variables.get("completion-query-items"));
  if (limit > 0 && shown.length >= limit) {
    display.print(`Display all ${shown.length} possibilities? (y or n)`);
    const answer = await answered(editing, "yY ", "nN\x7f");
    display.print("\n");
    if (answer !== "yes") return;
  }
  // The slash of a folder is not counted.
  const width = Math.max(...shown.map((one) => widthOf(one.replace(/(.)\/$/, "$1")))) + 2;
  let columns = Math.floor(display.columns / width);
  if (columns !== 1 && columns * width === display.columns) columns--;
  columns = Math.max(1, columns);
  const rows = Math.ceil(shown.length / columns);
  const across = settings.isOn("print-completions-horizontally");
  let lines = 0;
  for (let row = 0; row < rows; row++) {
    let text = "";
    for (let column = 0; column < columns; column++) {
      const one = shown[across ? row * columns + column : column * rows + row];
      if (one === undefined) break;
      text += column + 1 < columns ? one + " ".repeat(Math.max(0, width - widthOf(one))) : one;
    }
    display.print(`${text}\n`);
    lines++;
    if (!settings.isOn("page-completions") || lines < display.rows - 1 || row === rows - 1) continue;
    display.print("--More--");
    const answer = await answered(editing, "yY ", "nNqQ\x7f", "\r\n");
    display.print("\r\x1b[K");
    if (answer === "no") return;
    lines = answer === "line" ? lines - 1 : 0;
  }
}

async function answered(editing: Editing, yes: string, no: string, line = ""): Promise<"yes" | "no" | "line"> {
  for (;;) {
    const key = await editing.readAnswer();
    if (key === undefined || no.includes(key)) return "no";
    if (key === "\x07") {
      editing.display.ring();
      return "no";
    }
    if (yes.includes(key)) return "yes";
    if (line.includes(key)) return "line";
    editing.display.ring();
  }
}

function commonBeginning(texts: readonly string[], ignoreCase: boolean): string {
  const same = (a: string, b: string) => (ignoreCase ? a.toLowerCase().startsWith(b.toLowerCase()) : a.startsWith(b));
  let prefix = charactersOf(texts[0] ?? "");
  for (const text of texts) while (!same(text, prefix.join(""))) prefix = prefix.slice(0, -1);
  // The quote of what differs is no part of what is the same.
  const common = prefix.join("");
  return /(?:^|[^\\])(?:\\\\)*\\$/.test(common) ? common.slice(0, -1) : common;
}

export const completing: Record<string, EditorFunction> = {
  complete: complete(),
  "complete-command": complete("command"),
  "complete-filename": complete("filename"),
  "complete-hostname": complete("hostname"),
  "complete-username": complete("username"),
  "complete-variable": complete("variable"),
  "glob-complete-word": complete("glob"),
  "glob-expand-word": insertAll("glob"),
  "glob-list-expansions": possible("glob"),
  "insert-completions": insertAll(),
  "menu-complete": menuComplete,
  "possible-completions": possible(),
  "possible-command-completions": possible("command"),
  "possible-filename-completions": possible("filename"),
  "possible-hostname-completions": possible("hostname"),
  "possible-username-completions": possible("username"),
  "possible-variable-completions": possible("variable"),
};
