/**
 * Looking for older lines: as it is typed (^R, ^S), for a string that is entered (M-p, M-n), and for lines that begin as
 * this one does (Page Up and Down).
 *
 * @source readline 8.2 isearch.c, search.c
 */
import { charactersOf } from "./edited-line.ts";
import type { Editing } from "./editing.ts";
import { isWordCharacter } from "./words.ts";

/** Functions that a search does itself. */
const TURNS: Record<string, "back" | "on"> = { "reverse-search-history": "back", "forward-search-history": "on" };

/** @returns keys that ended it and have still to do their work */
export async function searchIncrementally(editing: Editing, backwards: boolean): Promise<string | undefined> {
  const { line, display, walk } = editing;
  const lines = [...walk.lines.map((text, at) => (at === walk.place ? line.text : text)).map(charactersOf)];
  if (walk.place === walk.lines.length) lines.push([...line.characters]);
  const saved = { place: walk.place, characters: [...line.characters], point: line.point, undos: line.undos };
  let query: string[] = [];
  let [place, column, failed, reverse] = [walk.place, line.point, false, backwards];
  let lastFound = place;
  let previous: string | undefined;
  /** The line that is looked through: still the oldest one after a search that found nothing. */
  let text = lines[place] ?? [];
  const message = () =>
    `(${failed ? "failed " : ""}${reverse ? "reverse-" : ""}i-search)\`${query.map(visible).join("")}': `;

  /** From the present place on; the line that was found last is not found again. */
  const look = () => {
    failed = false;
    if (query.length === 0) {
      failed = true;
      return;
    }
    const fits = (at: number) => query.every((char, offset) => text[at + offset] === char);
    for (;;) {
      if (reverse) {
        for (; column >= 0; column--) if (fits(column)) return;
      } else for (; column <= text.length - query.length; column++) if (fits(column)) return;
      column = Math.max(0, column);
      do {
        place += reverse ? -1 : 1;
        if (place < 0 || place >= lines.length) {
          failed = true;
          place = lastFound;
          return;
        }
        text = lines[place]!;
      } while (lines[place]!.join("") === previous || query.length > lines[place]!.length);
      column = reverse ? lines[place]!.length - query.length : 0;
    }
  };
  const found = () => {
    look();
    if (failed) {
      display.ring();
      line.isMarked = false;
    } else {
      previous = lines[place]!.join("");
      line.characters = [...lines[place]!];
      line.moveTo(column);
      line.mark = Math.min(line.length, column + query.length);
      line.isMarked = line.mark > line.point;
      lastFound = place;
    }
  };
  const restore = () => {
    line.characters = saved.characters;
    line.point = saved.point;
    line.undos = saved.undos;
    line.isMarked = false;
  };
  editing.message = message;
  for (;;) {
    const { keys, name } = await editing.readFunction();
    const turn = TURNS[name];
    if (turn) {
      if ((turn === "back") === reverse) {
        if (query.length === 0) {
          if (editing.lastQuery.length === 0) continue;
          query = [...editing.lastQuery];
        } else if (reverse) column--;
        else column++;
      } else reverse = !reverse;
      found();
    } else if (name === "self-insert" || name === "bracketed-paste-begin") {
      query.push(...charactersOf(name === "self-insert" ? keys : await editing.readPaste()));
      found();
    } else if (name === "backward-delete-char") {
      if (query.length === 0) display.ring();
      query.pop();
      found();
    } else if (name === "unix-word-rubout" || name === "yank") {
      // More of the line that was found joins what is looked for.
      const from = line.point + query.length;
      let to = name === "yank" ? line.length : from;
      if (name !== "yank" && isWordCharacter(line.characters[from])) {
        do to++;
        while (isWordCharacter(line.characters[to]));
      }
      if (to <= from) display.ring();
      query.push(...line.characters.slice(from, to));
      found();
    } else if (name === "abort") {
      restore();
      display.ring();
      return undefined;
    } else {
      editing.lastQuery = query;
      const at = column;
      restore();
      walk.show(lastFound);
      line.moveTo(Math.max(0, at));
      // What ends a search and is no more than that.
      return keys === "\x1b" || keys === "\n" ? undefined : keys;
    }
  }
}

/** M-p and M-n: a string is asked for in the place of the line. */
export async function searchForString(editing: Editing, backwards: boolean): Promise<void> {
  const { line, display, walk } = editing;
  const saved = { characters: line.characters, point: line.point, undos: line.undos };
  const restore = () => Object.assign(line, saved);
  Object.assign(line, { characters: [], point: 0, undos: [] });
  editing.message = () => `${display.prompt}:`;
  for (;;) {
    const { keys, name } = await editing.readFunction();
    if (name === "accept-line") break;
    if (name === "abort") {
      restore();
      display.ring();
      return;
    }
    if (name === "backward-delete-char" && line.length === 0) {
      restore();
      return;
    }
    if (name === "self-insert") line.insert(keys);
    else if (name === "bracketed-paste-begin") line.insert(await editing.readPaste());
    else if (name === "quoted-insert") line.insert(await editing.readQuoted());
    else if (name === "backward-delete-char") line.delete(line.point - 1, line.point);
    else if (name === "unix-line-discard") line.delete(0, line.length);
    else if (name === "unix-word-rubout" || name === "backward-kill-word") {
      await editing.perform(name, keys);
    } else display.ring();
  }
  const wanted = line.length > 0 ? line.text : editing.lastString;
  restore();
  if (wanted === "") {
    display.ring();
    return;
  }
  editing.lastString = wanted;
  for (let at = walk.place + (backwards ? -1 : 1); at >= 0 && at < walk.lines.length; at += backwards ? -1 : 1) {
    const column = walk.lines[at]!.indexOf(wanted);
    if (column < 0) continue;
    walk.show(at);
    line.point = charactersOf(walk.lines[at]!.slice(0, column)).length;
    line.mark = line.point + charactersOf(wanted).length;
    if (column > 0) editing.markNow();
    return;
  }
  display.ring();
}

/** Page Up and Down: the next line that begins with what stands before the cursor. */
export function searchForBeginning(editing: Editing, backwards: boolean): void {
  const { line, display, walk } = editing;
  if (!["history-search-backward", "history-search-forward"].includes(editing.lastFunction)) {
    editing.beginning = line.characters.slice(0, line.point).join("");
  }
  const { beginning } = editing;
  const shown = line.text;
  for (let at = walk.place + (backwards ? -1 : 1); at >= 0 && at < walk.lines.length; at += backwards ? -1 : 1) {
    if (!walk.lines[at]!.startsWith(beginning) || walk.lines[at] === shown) continue;
    walk.show(at);
    line.point = beginning === "" ? line.length : charactersOf(beginning).length;
    return;
  }
  display.ring();
}

function visible(char: string): string {
  const code = char.charCodeAt(0);
  return code < 0x20 || code === 0x7f ? `^${String.fromCharCode(code ^ 64)}` : char;
}
