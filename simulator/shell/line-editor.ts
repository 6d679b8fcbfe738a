/** Editing a command line at the prompt, with readline's keys. */
import type { ShellActivity } from "./activity.ts";
import type { CompleteLine, Completion } from "./completion.ts";
import { type History, wordsOf } from "./history.ts";
import { type Key, KeyReader } from "./keys.ts";
import { Terminated } from "./process.ts";
import type { Terminal } from "./terminal.ts";
import { widthOf } from "./text-width.ts";

const BRACKETED_PASTE_ON = "\x1b[?2004h";
const BRACKETED_PASTE_OFF = "\x1b[?2004l";
/** A longer list is asked about first, as readline does. */
const LIST_MAX = 100;
/** Cut texts that are kept. */
const RING_MAX = 10;

export interface LineEditorOptions {
  terminal: Terminal;
  history: History;
  complete: CompleteLine;
  activity: ShellActivity;
  /** ^X ^E: the line in an editor; undefined when that failed. */
  edit?(line: string): Promise<string | undefined>;
}

export class LineEditor {
  #terminal: Terminal;
  #history: History;
  #complete: CompleteLine;
  #edit: LineEditorOptions["edit"];
  #lastQuery = "";
  #keys = new KeyReader();
  #characters: string[] = [];
  #cursor = 0;
  /** What was cut out, the newest last; ^Y puts it in, Alt-y the one before. */
  #ring: string[] = [];
  /** The command before this one cut: what is cut now is added to it. */
  #cutting = false;
  #cut = false;
  /** Where ^Y put what, for Alt-y. */
  #yanked: { from: number; length: number; at: number } | undefined;
  /** Where Alt-. put the last word of which line. */
  #lastWord: { from: number; length: number; line: number } | undefined;
  /** ^X waits for its second key, ^V for a key to be typed as it is. */
  #prefix: "x" | "v" | undefined;
  #undo: { characters: string[]; cursor: number }[] = [];
  /** The line being typed while older ones are looked at. */
  #draft = "";
  #place = 0;
  #prompt = "";
  /** Row of the cursor below the prompt's first row, as last drawn. */
  #row = 0;
  #out = "";
  #tabs = 0;
  #search: { query: string; at: number; failed: boolean; forward: boolean; before: string } | undefined;

  constructor(options: LineEditorOptions) {
    this.#terminal = options.terminal;
    this.#history = options.history;
    this.#complete = options.complete;
    this.#edit = options.edit;
  }

  /**
   * Read one line.
   *
   * @returns undefined at ^D on an empty line or when the client is gone
   * @throws Terminated SIGINT at ^C
   */
  async readLine(prompt: string, signal: AbortSignal): Promise<string | undefined> {
    const { terminal } = this;
    this.#start(prompt);
    terminal.setMode("raw");
    const redraw = terminal.onResize(() => {
      this.#draw();
      void this.#flush();
    });
    try {
      this.#out += BRACKETED_PASTE_ON + this.#prompt;
      this.#row = position(this.#prompt, this.#terminal.columns).row;
      for (;;) {
        const key = this.#keys.next();
        if (!key) {
          // What is typed or pasted at once is drawn at once.
          await this.#flush();
          const bytes = await terminal.read(signal);
          if (!bytes) return undefined;
          this.#keys.push(bytes);
          continue;
        }
        const done = await this.#handle(key);
        if (done) await this.#flush();
        if (done === "line") return this.#text();
        if (done === "end") return undefined;
        if (done === "interrupt") throw new Terminated("SIGINT");
      }
    } finally {
      redraw();
      // A pasted line behind this one may be for the command that it begins.
      terminal.giveBack(this.#keys.takeRest());
      terminal.setMode("cooked");
    }
  }

  get terminal(): Terminal {
    return this.#terminal;
  }

  #start(prompt: string): void {
    this.#prompt = prompt;
    this.#characters = [];
    this.#cursor = 0;
    this.#undo = [];
    this.#place = this.#history.lines.length;
    this.#draft = "";
    this.#row = 0;
    this.#tabs = 0;
    this.#search = undefined;
  }

  #text(): string {
    return this.#characters.join("");
  }

  async #flush(): Promise<void> {
    const out = this.#out;
    this.#out = "";
    if (out !== "") await this.#terminal.write(out);
  }

  async #handle(key: Key): Promise<"line" | "end" | "interrupt" | undefined> {
    if (this.#search) {
      const outcome = this.#searchKey(key);
      if (outcome !== "go-on") return undefined;
    }
    if (!(key.kind === "control" && key.name === "i")) this.#tabs = 0;
    const [yanked, lastWord] = [this.#yanked, this.#lastWord];
    this.#yanked = undefined;
    this.#lastWord = undefined;
    this.#cutting = this.#cut;
    this.#cut = false;
    if (this.#prefix) return this.#afterPrefix(key);
    if (key.kind === "alt" && key.name === "y") return void this.#yankOlder(yanked);
    if (key.kind === "alt" && (key.name === "." || key.name === "_")) return void this.#insertLastWord(lastWord);
    switch (key.kind) {
      case "text":
        this.#insert(key.text);
        return undefined;
      case "paste":
        this.#insert(key.text.replace(/\n+$/, ""));
        return undefined;
      case "named":
        this.#named(key.name);
        return undefined;
      case "alt":
        this.#alt(key.name);
        return undefined;
      case "control":
        return this.#control(key.name);
    }
  }

  async #control(name: string): Promise<"line" | "end" | "interrupt" | undefined> {
    switch (name) {
      case "m":
      case "j":
        this.#moveTo(this.#characters.length);
        this.#out += `${BRACKETED_PASTE_OFF}\n`;
        return "line";
      case "c":
        this.#moveTo(this.#characters.length);
        this.#out += `^C${BRACKETED_PASTE_OFF}\n`;
        return "interrupt";
      case "d":
        if (this.#characters.length === 0) {
          this.#out += BRACKETED_PASTE_OFF;
          return "end";
        }
        this.#delete(this.#cursor, this.#cursor + 1, false);
        return undefined;
      case "backspace":
      case "h":
        this.#delete(this.#cursor - 1, this.#cursor, false);
        return undefined;
      case "a":
        this.#moveTo(0);
        return undefined;
      case "e":
        this.#moveTo(this.#characters.length);
        return undefined;
      case "b":
        this.#moveTo(this.#cursor - 1);
        return undefined;
      case "f":
        this.#moveTo(this.#cursor + 1);
        return undefined;
      case "k":
        this.#delete(this.#cursor, this.#characters.length, true);
        return undefined;
      case "u":
        this.#delete(0, this.#cursor, true);
        return undefined;
      case "w":
        this.#delete(this.#blankWordStart(), this.#cursor, true);
        return undefined;
      case "y": {
        const text = this.#ring.at(-1) ?? "";
        this.#yanked = { from: this.#cursor, length: [...text].length, at: this.#ring.length - 1 };
        this.#insert(text);
        return undefined;
      }
      case "x":
      case "v":
      case "q":
        this.#prefix = name === "x" ? "x" : "v";
        return undefined;
      case "s":
        this.#searchFrom(this.#place, true);
        return undefined;
      case "t":
        this.#transpose();
        return undefined;
      case "l":
        this.#out += "\x1b[H\x1b[2J";
        this.#row = 0;
        this.#draw();
        return undefined;
      case "p":
        this.#older();
        return undefined;
      case "n":
        this.#newer();
        return undefined;
      case "r":
        this.#searchFrom(this.#history.lines.length, false);
        return undefined;
      case "i":
        await this.#tab();
        return undefined;
      case "_":
      case "\x7f":
        this.#undoLast();
        return undefined;
      case "g":
        this.#out += "\x07";
        return undefined;
    }
    return undefined;
  }

  #named(name: string): void {
    switch (name) {
      case "left":
        this.#moveTo(this.#cursor - 1);
        break;
      case "right":
        this.#moveTo(this.#cursor + 1);
        break;
      case "home":
        this.#moveTo(0);
        break;
      case "end":
        this.#moveTo(this.#characters.length);
        break;
      case "delete":
        this.#delete(this.#cursor, this.#cursor + 1, false);
        break;
      case "up":
        this.#older();
        break;
      case "down":
        this.#newer();
        break;
      case "word-left":
        this.#moveTo(this.#wordStart());
        break;
      case "word-right":
        this.#moveTo(this.#wordEnd());
        break;
    }
  }

  #alt(name: string): void {
    switch (name) {
      case "b":
        this.#moveTo(this.#wordStart());
        break;
      case "f":
        this.#moveTo(this.#wordEnd());
        break;
      case "d":
        this.#delete(this.#cursor, this.#wordEnd(), true);
        break;
      case "\x7f":
      case "\b":
        this.#delete(this.#wordStart(), this.#cursor, true);
        break;
      case "t": {
        // The words before and at the cursor change places.
        const end = this.#wordEnd();
        const second = this.#wordStart(end);
        const first = this.#wordStart(second);
        const firstEnd = this.#wordEnd(first);
        if (first === second) break;
        this.#remember();
        const part = (from: number, to: number) => this.#characters.slice(from, to);
        const swapped = [...part(second, end), ...part(firstEnd, second), ...part(first, firstEnd)];
        this.#characters.splice(first, end - first, ...swapped);
        this.#cursor = end;
        this.#draw();
        break;
      }
      case "#":
        this.#moveTo(0);
        this.#insert("#");
        return;
      case "\\": {
        this.#remember();
        let [from, to] = [this.#cursor, this.#cursor];
        while (from > 0 && this.#characters[from - 1] === " ") from--;
        while (this.#characters[to] === " ") to++;
        this.#characters.splice(from, to - from);
        this.#cursor = from;
        this.#draw();
        return;
      }
      case "r":
        this.#set(this.#history.lines[this.#place] ?? "");
        return;
      case "<":
        this.#show(0);
        break;
      case ">":
        this.#show(this.#history.lines.length);
        break;
      case "u":
      case "l":
      case "c": {
        const end = this.#wordEnd();
        const part = this.#characters.slice(this.#cursor, end).join("");
        const small = part.toLowerCase();
        const capital = small.replace(/[\p{L}\p{N}]/u, (first) => first.toUpperCase());
        this.#remember();
        this.#characters.splice(
          this.#cursor,
          end - this.#cursor,
          ...(name === "u" ? part.toUpperCase() : name === "l" ? small : capital),
        );
        this.#cursor = end;
        this.#draw();
        break;
      }
    }
  }

  #insert(text: string): void {
    if (text === "") return;
    this.#remember();
    const added = [...text];
    const atEnd = this.#cursor === this.#characters.length;
    this.#characters.splice(this.#cursor, 0, ...added);
    this.#cursor += added.length;
    // The usual case, typing at the end of a line that fits, needs no redrawing.
    const column = widthOf(this.#prompt) + widthOf(this.#text());
    if (atEnd && this.#search === undefined && !this.#text().includes("\n") && column < this.#terminal.columns)
      this.#out += text;
    else this.#draw();
  }

  #delete(from: number, to: number, keep: boolean): void {
    const start = Math.max(0, from);
    const end = Math.min(this.#characters.length, to);
    if (start >= end) {
      if (!keep) this.#out += "\x07";
      return;
    }
    this.#remember();
    const removed = this.#characters.splice(start, end - start).join("");
    if (keep) this.#keep(removed, start < this.#cursor);
    this.#cursor = start;
    this.#draw();
  }

  #keep(text: string, backwards: boolean): void {
    const before = this.#cutting ? (this.#ring.pop() ?? "") : "";
    this.#ring.push(backwards ? text + before : before + text);
    if (this.#ring.length > RING_MAX) this.#ring.shift();
    this.#cut = true;
  }

  #yankOlder(yanked: { from: number; length: number; at: number } | undefined): void {
    if (!yanked || this.#ring.length === 0) {
      this.#out += "\x07";
      return;
    }
    const at = (yanked.at - 1 + this.#ring.length) % this.#ring.length;
    const text = [...this.#ring[at]!];
    this.#characters.splice(yanked.from, yanked.length, ...text);
    this.#cursor = yanked.from + text.length;
    this.#yanked = { from: yanked.from, length: text.length, at };
    this.#draw();
  }

  /** Alt-.: the last word of the line before; again, of the one before that. */
  #insertLastWord(before: { from: number; length: number; line: number } | undefined): void {
    const { lines } = this.#history;
    const line = (before?.line ?? lines.length) - 1;
    const word = lines[line] === undefined ? undefined : (wordsOf(lines[line]!).at(-1) ?? "");
    if (word === undefined) {
      this.#out += "\x07";
      this.#lastWord = before;
      return;
    }
    const from = before?.from ?? this.#cursor;
    const text = [...word];
    this.#remember();
    this.#characters.splice(from, before?.length ?? 0, ...text);
    this.#cursor = from + text.length;
    this.#lastWord = { from, length: text.length, line };
    this.#draw();
  }

  /** The key behind ^X or ^V. */
  async #afterPrefix(key: Key): Promise<"line" | undefined> {
    const prefix = this.#prefix;
    this.#prefix = undefined;
    if (prefix === "v") {
      if (key.kind === "text" || key.kind === "paste") this.#insert(key.text);
      else if (key.kind === "control") {
        this.#insert(key.name === "backspace" ? "\x7f" : String.fromCharCode(key.name.charCodeAt(0) & 31));
      }
      return undefined;
    }
    if (key.kind !== "control") return undefined;
    if (key.name === "u") this.#undoLast();
    else if (key.name === "x") this.#moveTo(this.#cursor === 0 ? this.#characters.length : 0);
    else if (key.name === "e" && this.#edit) {
      await this.#flush();
      const edited = await this.#edit(this.#text());
      if (edited === undefined) {
        this.#row = 0;
        this.#draw();
        return undefined;
      }
      this.#characters = [...edited];
      this.#cursor = this.#characters.length;
      this.#out += BRACKETED_PASTE_OFF;
      return "line";
    }
    return undefined;
  }

  #transpose(): void {
    if (this.#cursor === 0 || this.#characters.length < 2) return;
    const at = this.#cursor === this.#characters.length ? this.#cursor - 1 : this.#cursor;
    this.#remember();
    const [before, after] = [this.#characters[at - 1]!, this.#characters[at]!];
    this.#characters.splice(at - 1, 2, after, before);
    this.#cursor = at + 1;
    this.#draw();
  }

  #remember(): void {
    this.#undo.push({ characters: [...this.#characters], cursor: this.#cursor });
    if (this.#undo.length > 200) this.#undo.shift();
  }

  #undoLast(): void {
    const last = this.#undo.pop();
    if (!last) return;
    this.#characters = last.characters;
    this.#cursor = last.cursor;
    this.#draw();
  }

  #moveTo(at: number): void {
    const place = Math.max(0, Math.min(this.#characters.length, at));
    if (place === this.#cursor) return;
    this.#cursor = place;
    this.#draw();
  }

  #wordStart(from = this.#cursor): number {
    let at = from;
    while (at > 0 && !isWordCharacter(this.#characters[at - 1]!)) at--;
    while (at > 0 && isWordCharacter(this.#characters[at - 1]!)) at--;
    return at;
  }

  #wordEnd(from = this.#cursor): number {
    let at = from;
    while (at < this.#characters.length && !isWordCharacter(this.#characters[at]!)) at++;
    while (at < this.#characters.length && isWordCharacter(this.#characters[at]!)) at++;
    return at;
  }

  #blankWordStart(): number {
    let at = this.#cursor;
    while (at > 0 && this.#characters[at - 1] === " ") at--;
    while (at > 0 && this.#characters[at - 1] !== " ") at--;
    return at;
  }

  #older(): void {
    if (this.#place > 0) this.#show(this.#place - 1);
  }

  #newer(): void {
    if (this.#place < this.#history.lines.length) this.#show(this.#place + 1);
  }

  #show(place: number): void {
    const { lines } = this.#history;
    if (this.#place === lines.length) this.#draft = this.#text();
    this.#place = place;
    this.#set(place === lines.length ? this.#draft : lines[place]!);
  }

  #set(text: string): void {
    this.#characters = [...text];
    this.#cursor = this.#characters.length;
    this.#draw();
  }

  #searchFrom(at: number, forward: boolean): void {
    this.#search = { query: "", at, failed: false, forward, before: this.#text() };
    this.#draw();
  }

  /** ^R and ^S: what is typed is looked for in other lines; any other key takes the line found. */
  #searchKey(key: Key): "go-on" | "taken" {
    const search = this.#search!;
    const { lines } = this.#history;
    const look = (from: number) => {
      const step = search.forward ? 1 : -1;
      const start = search.forward ? Math.max(0, from) : Math.min(from, lines.length - 1);
      search.failed = false;
      if (search.query === "") return;
      for (let at = start; at >= 0 && at < lines.length; at += step) {
        if (!lines[at]!.includes(search.query)) continue;
        search.at = at;
        this.#characters = [...lines[at]!];
        this.#cursor = [...lines[at]!.slice(0, lines[at]!.indexOf(search.query))].length;
        return;
      }
      search.failed = true;
      this.#out += "\x07";
    };
    if (key.kind === "text" || key.kind === "paste") {
      search.query += key.text;
      look(search.at);
    } else if (key.kind === "control" && (key.name === "r" || key.name === "s")) {
      search.forward = key.name === "s";
      // Nothing typed: what was looked for before.
      if (search.query === "") {
        search.query = this.#lastQuery;
        look(search.at);
      } else look(search.at + (search.forward ? 1 : -1));
    } else if (key.kind === "control" && (key.name === "backspace" || key.name === "h")) {
      search.query = search.query.slice(0, -1);
      look(lines.length - 1);
    } else if (key.kind === "control" && key.name === "g") {
      this.#search = undefined;
      this.#set(search.before);
      return "taken";
    } else {
      this.#search = undefined;
      this.#lastQuery = search.query;
      if (search.at < lines.length) this.#place = search.at;
      this.#draw();
      return "go-on";
    }
    this.#draw();
    return "taken";
  }

  async #tab(): Promise<void> {
    const before = this.#characters.slice(0, this.#cursor).join("");
    const found = await this.#complete(before);
    this.#tabs++;
    const { candidates } = found;
    if (candidates.length === 0) {
      this.#out += "\x07";
      return;
    }
    const common = candidates.length === 1 ? candidates[0]! + found.suffix : commonPrefix(candidates);
    const typed = before.slice(found.from);
    if (common.length > typed.length || candidates.length === 1) {
      this.#remember();
      const from = [...before.slice(0, found.from)].length;
      this.#characters.splice(from, this.#cursor - from, ...common);
      this.#cursor = from + [...common].length;
      // More than one is left: the next Tab lists them.
      this.#tabs = candidates.length === 1 ? 0 : 1;
      if (candidates.length > 1) this.#out += "\x07";
      this.#draw();
      return;
    }
    if (this.#tabs < 2) this.#out += "\x07";
    else await this.#list(found);
  }

  async #list(found: Completion): Promise<void> {
    const cursor = this.#cursor;
    this.#moveTo(this.#characters.length);
    if (found.shown.length > LIST_MAX) {
      this.#out += `\nDisplay all ${found.shown.length} possibilities? (y or n)`;
      await this.#flush();
      const answer = await this.#oneKey();
      if (!(answer?.kind === "text" && /^[yY ]/.test(answer.text))) {
        this.#out += "\n";
        this.#row = 0;
        this.#cursor = cursor;
        this.#draw();
        return;
      }
    }
    const width = Math.max(...found.shown.map(widthOf)) + 2;
    const columns = Math.max(1, Math.floor(this.#terminal.columns / width));
    const rows = Math.ceil(found.shown.length / columns);
    this.#out += "\n";
    for (let row = 0; row < rows; row++) {
      let line = "";
      for (let at = row; at < found.shown.length; at += rows)
        line += found.shown[at]! + " ".repeat(width - widthOf(found.shown[at]!));
      this.#out += `${line.trimEnd()}\n`;
    }
    this.#row = 0;
    this.#cursor = cursor;
    this.#draw();
  }

  async #oneKey(): Promise<Key | undefined> {
    for (;;) {
      const key = this.#keys.next();
      if (key) return key;
      const bytes = await this.#terminal.read(new AbortController().signal);
      if (!bytes) return undefined;
      this.#keys.push(bytes);
    }
  }

  /** Draw prompt and line anew and put the cursor in its place. */
  #draw(): void {
    const columns = Math.max(1, this.#terminal.columns);
    const search = this.#search;
    const prompt = search
      ? `(${search.failed ? "failed " : ""}${search.forward ? "" : "reverse-"}i-search)\`${search.query}': `
      : this.#prompt;
    const text = this.#text();
    const end = position(prompt + text, columns);
    const cursor = position(prompt + this.#characters.slice(0, this.#cursor).join(""), columns);
    let out = this.#row > 0 ? `\x1b[${this.#row}A\r` : "\r";
    out += `\x1b[J${prompt}${text}`;
    // A terminal leaves the cursor on the last column of a full row; the next one begins below.
    if (end.column === 0 && end.row > 0 && !text.endsWith("\n")) out += "\n";
    if (this.#cursor < this.#characters.length) {
      if (end.row > cursor.row) out += `\x1b[${end.row - cursor.row}A`;
      out += "\r";
      if (cursor.column > 0) out += `\x1b[${cursor.column}C`;
    }
    this.#row = cursor.row;
    this.#out += out;
  }
}

function position(text: string, columns: number): { row: number; column: number } {
  let row = 0;
  const lines = text.split("\n");
  for (const line of lines.slice(0, -1)) row += Math.floor(Math.max(0, widthOf(line) - 1) / columns) + 1;
  const width = widthOf(lines.at(-1)!);
  return { row: row + Math.floor(width / columns), column: width % columns };
}

function isWordCharacter(char: string): boolean {
  return /[\p{L}\p{N}]/u.test(char);
}

function commonPrefix(texts: readonly string[]): string {
  let prefix = texts[0] ?? "";
  for (const text of texts) while (!text.startsWith(prefix)) prefix = prefix.slice(0, -1);
  return prefix;
}
