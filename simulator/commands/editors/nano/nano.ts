/**
 * `nano` as Debian sets it up (`stateflags`, `locking`, `historylog`).
 *
 * @source nano(1), nanorc(5); texts and screens held against GNU nano 7.2
 */
import { boundedExpression } from "../../../shell/bounded-expression.ts";
import type { Program, ProgramContext, Tty } from "../../../shell/process.ts";
import { pathIn } from "../../coreutils/arguments.ts";
import { posixExpression } from "../../coreutils/posix-expression.ts";
import { fullScreen, isTyped, openText, paint, saveText, suspendKey } from "../full-screen.ts";
import { EditedFile, type Place } from "./edited-file.ts";
import { lockHolder, lockNameOf, removeLock, writeLock } from "./lock-file.ts";
import { EXECUTE, GO_TO_LINE, type Menu, READ_FILE, REPLACE, REPLACE_WITH, SEARCH, WRITE_OUT } from "./menus.ts";
import { type NanoView, nanoScreen, scrollToCursor, textRows } from "./nano-screen.ts";

/** Keys that a message outlives. @source nano(1), --quickblank: 20 keystrokes */
const MESSAGE_KEYS = 20;

/** A question in the status line. */
interface Question {
  /** May tell what is switched on, so it is made anew at each look. */
  label: () => string;
  typed: string;
  cursor: number;
  menu: Menu;
  /** One of these letters instead of a line. */
  letters?: string;
  /** What was answered before, newest last. */
  history?: string[];
  back?: number;
  /** Keys of this question alone. */
  keys?: Record<string, () => unknown>;
  /** At ^C. */
  cancelled?: () => void;
  answer(text: string): Promise<unknown>;
}

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

export const nano: Program = async (ctx) => {
  const options = new Set<string>();
  const opened: { name: string; at: string }[] = [];
  let at = "";
  const words = ctx.argv.slice(1);
  for (const [index, word] of words.entries()) {
    if (word.startsWith("+") && word.length > 1) at = word.slice(1);
    else if (/^-[A-Za-z0-9]+$/.test(word)) for (const letter of word.slice(1)) options.add(letter);
    else if (/^--/.test(word)) {
      const letter = LONG_OPTIONS[word.slice(2)];
      if (letter === undefined) {
        await ctx.stderr.write(
          `nano: unrecognized option '${word}'\nType 'nano -h' for a list of available options.\n`,
        );
        return 1;
      }
      options.add(letter);
    } else if (!/^-[rTYosCJfQ]$/.test(words[index - 1] ?? "") || word.includes("/")) {
      opened.push({ name: word, at });
      at = "";
    }
  }
  if (options.has("V")) {
    await ctx.stdout.write(" GNU nano, version 7.2\n (C) 2023 the Free Software Foundation and various contributors\n");
    return 0;
  }
  if (options.has("h")) {
    await ctx.stdout.write("Usage: nano [OPTIONS] [[+LINE[,COLUMN]] FILE]...\n\nSee man nano.\n");
    return 0;
  }
  if (!ctx.tty || !ctx.isTty.stdout) {
    await ctx.stderr.write("Standard output is not a terminal\n");
    return 1;
  }
  return new Nano(ctx, ctx.tty, options).run(opened);
};

const LONG_OPTIONS: Record<string, string> = {
  version: "V",
  help: "h",
  view: "v",
  linenumbers: "l",
  softwrap: "S",
  autoindent: "i",
  nohelp: "x",
  nowrap: "w",
  backup: "B",
  mouse: "m",
  restricted: "R",
  nonewlines: "L",
  smarthome: "A",
  quickblank: "U",
  constantshow: "c",
  ignorercfiles: "I",
};

class Nano {
  readonly #ctx: ProgramContext;
  readonly #tty: Tty;
  readonly #flags: NanoView["flags"];
  readonly #backs: boolean;
  readonly #locks: boolean;
  #files: EditedFile[] = [];
  #current = 0;
  #hadSeveral = false;
  #message = "";
  /** A message of weight is not replaced by a lighter one. */
  #isGrave = false;
  #messageKeys = 0;
  #question: Question | undefined;
  #cut = "";
  #cutting = false;
  #typing: string | undefined;
  #search = { text: "", backwards: false, isExpression: false, isExact: false };
  #searched: string[] = [];
  #replaced: string[] = [];
  #commands: string[] = [];
  /** The help is over the file. */
  #help: EditedFile | undefined;
  #ended = false;

  constructor(ctx: ProgramContext, tty: Tty, options: ReadonlySet<string>) {
    this.#ctx = ctx;
    this.#tty = tty;
    this.#flags = {
      autoIndent: options.has("i"),
      softWrap: options.has("S"),
      numbers: options.has("l"),
      noHelp: options.has("x"),
      view: options.has("v"),
    };
    this.#backs = options.has("B");
    this.#locks = !options.has("I") && !options.has("v");
  }

  async run(opened: readonly { name: string; at: string }[]): Promise<number> {
    const waiting = [...opened];
    const openNext = async (): Promise<void> => {
      const next = waiting.shift();
      if (!next) {
        if (this.#files.length === 0) {
          this.#files.push(new EditedFile(""));
          if (opened.length === 0) this.#tell("Welcome to nano.  For basic help, type Ctrl+G.");
        }
        this.#current = 0;
        this.#hadSeveral = this.#files.length > 1;
        if (this.#hadSeveral) this.#tellFile();
        return;
      }
      await this.#open(next.name, next.at, openNext);
    };
    await openNext();
    try {
      return await this.#edit();
    } finally {
      await this.#leaveBehind();
    }
  }

  /** When nano is ended from outside: what was not written is in NAME.save, and no lock is left. @source nano(1) */
  async #leaveBehind(): Promise<void> {
    for (const file of this.#files) {
      if (file.buffer.modified) {
        const path = pathIn(this.#ctx, `${file.name || "nano"}.save`);
        await saveText(this.#ctx, path, file.text());
      }
      if (file.lock !== undefined) await removeLock(this.#ctx, file.lock);
    }
  }

  #edit(): Promise<number> {
    return fullScreen(
      this.#tty,
      () => this.#draw(),
      async (key) => {
        if (this.#messageKeys > 0 && --this.#messageKeys === 0) this.#message = "";
        this.#isGrave = false;
        const wants = this.#question ? await this.#answerKey(this.#question, key) : await this.#key(key);
        if (wants === suspendKey) return suspendKey;
        return this.#ended ? 0 : undefined;
      },
      () => this.#ctx.stop(),
    );
  }

  get #file(): EditedFile {
    return this.#help ?? this.#files[this.#current] ?? new EditedFile("");
  }

  get #view(): NanoView {
    const question = this.#question;
    return {
      columns: this.#tty.columns,
      rows: this.#tty.rows,
      file: this.#file,
      place: this.#hadSeveral ? [this.#current + 1, this.#files.length] : undefined,
      flags: this.#flags,
      question: question && { ...question, label: question.label(), letters: question.letters },
      message: this.#message,
    };
  }

  async #draw(): Promise<void> {
    const view = this.#view;
    scrollToCursor(view);
    const { rows, cursor } = nanoScreen(view);
    await paint(this.#tty, rows, cursor);
  }

  #tell(message: string, options: { grave?: boolean } = {}): void {
    if (this.#isGrave && !options.grave) return;
    this.#message = message;
    this.#messageKeys = MESSAGE_KEYS + 1;
    this.#isGrave = options.grave ?? false;
  }

  #tellFile(): void {
    const file = this.#file;
    this.#tell(`${file.name || "New Buffer"} -- ${lines(file.lineCount)}`);
  }

  /** Read a file, ask first when somebody else edits it. */
  async #open(name: string, at: string, then: () => Promise<void>): Promise<void> {
    const path = pathIn(this.#ctx, name);
    const opened = await openText(this.#ctx, path);
    if (opened.kind === "refused") {
      this.#tell(
        opened.reason === "Is a directory" ? `"${name}" is a directory` : `Error reading ${name}: ${opened.reason}`,
        { grave: true },
      );
      return then();
    }
    const file = new EditedFile(name);
    const proceed = async () => {
      if (opened.kind === "text") {
        file.load(opened.text);
        if (this.#locks) await this.#lock(file);
        const isReadable = await this.#isWritable(path);
        if (!isReadable) this.#tell(`File '${name}' is unwritable`, { grave: true });
        const dos = file.isDos ? " (converted from DOS format)" : "";
        this.#tell(`Read ${lines(countRead(opened.text))}${dos}`);
      } else {
        const slash = name.lastIndexOf("/");
        const folder = slash > 0 ? name.slice(0, slash) : "";
        const isThere = folder === "" || (await this.#isDirectory(folder));
        if (!isThere) this.#tell(`Directory '${folder}' does not exist`, { grave: true });
        else if (this.#locks) await this.#lock(file);
        this.#tell("New File");
      }
      this.#files.push(file);
      this.#current = this.#files.length - 1;
      if (/^\/./.test(at)) this.#seek(at.slice(1), false);
      else if (at !== "") {
        const [row = 1, column = 1] = at.split(",").map(Number);
        file.buffer.move((row < 0 ? file.buffer.lines.length + row + 1 : row) - 1, column - 1);
        file.top = Math.max(0, file.buffer.row - (textRows(this.#view) >> 1));
      }
      await then();
    };
    const holder = this.#locks ? await lockHolder(this.#ctx, name) : undefined;
    if (!holder) return proceed();
    this.#ask(
      `File ${name} is being edited by ${holder.user} (with ${holder.program}, PID ${holder.pid}); open anyway?`,
      async (letter) => (letter === "y" ? proceed() : then()),
      { letters: "yn" },
    );
  }

  async #lock(file: EditedFile): Promise<void> {
    const refused = await writeLock(this.#ctx, file.name);
    if (refused) this.#tell(`Error writing lock file ${lockNameOf(file.name)}: ${refused}`, { grave: true });
    else file.lock = lockNameOf(file.name);
  }

  async #isDirectory(path: string): Promise<boolean> {
    return this.#ctx.files.stat(pathIn(this.#ctx, path)).then(
      ({ type }) => type === "directory",
      () => false,
    );
  }

  /** Root may write what is there, whatever its mode; what no one may write is in /proc, /sys and the like. */
  async #isWritable(path: string): Promise<boolean> {
    return !/^\/(?:proc|sys)\//.test(path) || /^\/proc\/sys\//.test(path);
  }

  #ask(
    label: string | (() => string),
    answer: Question["answer"],
    options: Partial<Pick<Question, "typed" | "letters" | "menu" | "history" | "keys" | "cancelled">> = {},
  ): void {
    const typed = options.typed ?? "";
    this.#question = {
      label: typeof label === "string" ? () => label : label,
      typed,
      cursor: typed.length,
      menu: options.menu ?? REPLACE_WITH,
      answer,
      ...(options.letters !== undefined && { letters: options.letters }),
      ...(options.history && { history: options.history }),
      ...(options.keys && { keys: options.keys }),
      ...(options.cancelled && { cancelled: options.cancelled }),
    };
  }

  async #answerKey(question: Question, key: string): Promise<unknown> {
    if (key === "^c" || (key === "escape" && !question.letters)) {
      this.#question = undefined;
      question.cancelled?.();
      this.#tell("Cancelled");
      return;
    }
    if (question.letters !== undefined) {
      const letter = key.toLowerCase();
      if (!question.letters.includes(letter) || letter.length !== 1) return;
      this.#question = undefined;
      return question.answer(letter);
    }
    const own = question.keys?.[key];
    if (own) return own();
    if (key === "^m") {
      this.#question = undefined;
      const { history, typed } = question;
      if (history && typed !== "") {
        const before = history.indexOf(typed);
        if (before >= 0) history.splice(before, 1);
        history.push(typed);
      }
      return question.answer(typed);
    }
    this.#editAnswer(question, key);
  }

  /** A key in the line of a question. */
  #editAnswer(question: Question, key: string): unknown {
    const { typed, cursor, history } = question;
    const set = (text: string, at: number) => {
      question.typed = text;
      question.cursor = Math.min(Math.max(0, at), text.length);
    };
    switch (key) {
      case "left":
      case "^b":
        return set(typed, cursor - 1);
      case "right":
      case "^f":
        return set(typed, cursor + 1);
      case "home":
      case "^a":
        return set(typed, 0);
      case "end":
      case "^e":
        return set(typed, typed.length);
      case "^backspace":
      case "^h":
        return set(typed.slice(0, Math.max(0, cursor - 1)) + typed.slice(cursor), cursor - 1);
      case "delete":
      case "^d":
        return set(typed.slice(0, cursor) + typed.slice(cursor + 1), cursor);
      case "^k":
        return set("", 0);
      case "^u": {
        const text = this.#cut.split("\n")[0]!;
        return set(typed.slice(0, cursor) + text + typed.slice(cursor), cursor + text.length);
      }
      case "up":
      case "^p":
      case "down":
      case "^n": {
        if (!history) return;
        const step = key === "up" || key === "^p" ? 1 : -1;
        const back = Math.min(Math.max(0, (question.back ?? 0) + step), history.length);
        question.back = back;
        const text = back === 0 ? "" : history[history.length - back]!;
        return set(text, text.length);
      }
      default:
        if (isTyped(key)) set(typed.slice(0, cursor) + key + typed.slice(cursor), cursor + key.length);
    }
  }

  async #key(key: string): Promise<unknown> {
    if (this.#help) return this.#helpKey(key);
    const file = this.#file;
    const { buffer } = file;
    const height = textRows(this.#view);
    const wasCutting = this.#cutting;
    const wasTyping = this.#typing;
    this.#cutting = false;
    this.#typing = undefined;
    if (this.#flags.view && (isTyped(key) || CHANGES.has(key))) return this.#tell("Key is invalid in view mode");
    const type = (what: string, change: () => void) => {
      if (wasTyping !== what) buffer.remember(what);
      this.#typing = what;
      buffer.modified = true;
      change();
      file.endWithNewline();
    };
    switch (key) {
      case "left":
      case "^b":
        return buffer.left();
      case "right":
      case "^f":
        return buffer.right();
      case "up":
      case "^p":
        return buffer.move(buffer.row - 1);
      case "down":
      case "^n":
        return buffer.move(buffer.row + 1);
      case "word-left":
      case "M- ":
        return this.#word(-1);
      case "word-right":
        return this.#word(1);
      case "home":
      case "^a":
        return buffer.move(buffer.row, 0);
      case "end":
      case "^e":
        return buffer.move(buffer.row, buffer.line.length);
      case "page-up":
      case "^y":
        return this.#page(-(height - 2));
      case "page-down":
      case "^v":
        return this.#page(height - 2);
      case "M-\\":
      case "M-|":
        return buffer.move(0, 0);
      case "M-/":
      case "M-?":
        file.top = Math.max(file.top, buffer.lines.length - height);
        return buffer.move(buffer.lines.length - 1, Number.MAX_SAFE_INTEGER);
      case "^m": {
        const indent = this.#flags.autoIndent ? /^[ \t]*/.exec(buffer.line.slice(0, buffer.column))![0] : "";
        return type("line break", () => buffer.insert(`\n${indent}`));
      }
      case "^i":
        return type("addition", () => buffer.insert("\t"));
      case "^backspace":
      case "^h":
        if (file.mark) return this.#eraseRegion();
        if (buffer.row === 0 && buffer.column === 0) return;
        return type(buffer.column === 0 ? "line join" : "deletion", () => buffer.eraseBefore());
      case "delete":
      case "^d":
        if (file.mark) return this.#eraseRegion();
        if (buffer.row === buffer.lines.length - 1 && buffer.column === buffer.line.length) return;
        return type(buffer.column === buffer.line.length ? "line join" : "deletion", () => buffer.eraseAt());
      case "^k":
      case "M-k":
        return this.#cutText(wasCutting);
      case "M-t":
        return this.#cutTail();
      case "M-6":
      case "M-^":
        return this.#copy(wasCutting);
      case "^u":
        return this.#paste();
      case "M-a":
      case "^~":
        file.mark = file.mark ? undefined : { row: buffer.row, column: buffer.column };
        return this.#tell(file.mark ? "Mark Set" : "Mark Unset");
      case "M-3":
        return this.#comment();
      case "M-u":
        return this.#takeBack(buffer.undo(), "Undid", "Nothing to undo");
      case "M-e": {
        const before = buffer.lines;
        const what = buffer.redo();
        if (what === "replacement") this.#moveToChange(before);
        return this.#takeBack(what, "Redid", "Nothing to redo");
      }
      case "^w":
        this.#search.backwards = false;
        return this.#askSearch();
      case "^q":
        this.#search.backwards = true;
        return this.#askSearch();
      case "M-w":
      case "M-q":
        if (this.#search.text === "") return this.#tell("No current search pattern");
        return this.#seek(this.#search.text, key === "M-q");
      case "^|":
      case "M-r":
        return this.#askReplace();
      case "^_":
      case "^\x7f":
      case "M-g":
        return this.#askLine("");
      case "^c":
        return this.#tell(location(file));
      case "M-d":
        return this.#count();
      case "^g":
        return this.#openHelp();
      case "^l":
        file.top = Math.max(0, buffer.row - (height >> 1));
        return;
      case "^t":
        return this.#askCommand();
      case "^z":
        return this.#tell("To suspend, type ^T^Z");
      case "^r":
        return this.#ask("File to insert [from ./]: ", (name) => this.#insertFile(name), {
          menu: READ_FILE,
          keys: { "^x": () => this.#askCommand() },
        });
      case "^o":
      case "M-o":
        return this.#askName(() => undefined);
      case "^s":
        if (file.name === "") return this.#askName(() => undefined);
        return this.#write(file.name);
      case "^x":
        return this.#exit();
      case "M-.":
      case "M->":
      case "M-,":
      case "M-<": {
        if (this.#files.length < 2) return this.#tell("No more open file buffers");
        const step = key === "M-." || key === "M->" ? 1 : this.#files.length - 1;
        this.#current = (this.#current + step) % this.#files.length;
        return this.#tellFile();
      }
      case "M-n":
        return this.#toggle("numbers", "Line numbering");
      case "M-s":
        return this.#toggle("softWrap", "Soft wrapping of overlong lines");
      case "M-i":
        return this.#toggle("autoIndent", "Auto indent");
      case "M-x":
        this.#flags.noHelp = !this.#flags.noHelp;
        return this.#tell(`Help mode ${this.#flags.noHelp ? "disabled" : "enabled"}`);
      default:
        if (isTyped(key)) {
          if (file.mark) file.mark = undefined;
          type("addition", () => buffer.insert(key));
        } else if (NOT_MODELLED.has(key)) this.#tell("Not modelled in this simulated nano (see fidelity page)");
        else if (key.startsWith("M-")) this.#tell(`Unbound key: M-${key.slice(2).toUpperCase()}`);
        else if (key.startsWith("^")) this.#tell(`Unbound key: ${key.toUpperCase()}`);
    }
  }

  #toggle(flag: "numbers" | "softWrap" | "autoIndent", name: string): void {
    this.#flags[flag] = !this.#flags[flag];
    this.#tell(`${name} ${this.#flags[flag] ? "enabled" : "disabled"}`);
  }

  #page(step: number): void {
    const file = this.#file;
    const last = file.buffer.lines.length - 1;
    if (step < 0 && file.buffer.row + step < 0) file.buffer.move(0, 0);
    else if (file.buffer.row + step > last) file.buffer.move(last, 0);
    else {
      file.top = Math.max(0, file.top + step);
      file.buffer.move(file.buffer.row + step, 0);
    }
  }

  #word(step: 1 | -1): unknown {
    const { buffer } = this.#file;
    const isWord = (char: string | undefined) => char !== undefined && /[\p{L}\p{N}_]/u.test(char);
    const last = { row: buffer.lines.length - 1, column: 0 };
    if (step > 0) {
      let inWord = isWord(buffer.line[buffer.column]);
      while (buffer.row < last.row || buffer.column < buffer.line.length) {
        buffer.right();
        const here = isWord(buffer.line[buffer.column]);
        if (here && !inWord) return;
        inWord = here;
      }
      return;
    }
    let seen = false;
    while (buffer.row > 0 || buffer.column > 0) {
      const { row, column } = buffer;
      buffer.left();
      const here = isWord(buffer.line[buffer.column]);
      if (seen && !here) return buffer.move(row, column);
      if (seen && buffer.row !== row) return buffer.move(row, column);
      seen ||= here;
    }
  }

  #takeBack(what: string | undefined, done: string, nothing: string): unknown {
    if (what === undefined) return this.#tell(nothing);
    this.#file.mark = undefined;
    this.#file.compareToSaved();
    this.#tell(`${done} ${what}`);
  }

  /** To where the text differs from what it was. */
  #moveToChange(before: readonly string[]): void {
    const { buffer } = this.#file;
    const row = buffer.lines.findIndex((line, at) => line !== before[at]);
    if (row < 0) return;
    const [now, was] = [buffer.lines[row]!, before[row] ?? ""];
    let column = 0;
    while (column < now.length && now[column] === was[column]) column++;
    buffer.move(row, column);
  }

  #eraseRegion(): void {
    const file = this.#file;
    const region = file.region()!;
    file.buffer.remember("deletion");
    file.erase(region.from, region.to);
    file.mark = undefined;
  }

  #cutText(more: boolean): unknown {
    const file = this.#file;
    const { buffer } = file;
    const region = file.region();
    const isLastLine = buffer.row === buffer.lines.length - 1;
    const part: { from: Place; to: Place } = region ?? {
      from: { row: buffer.row, column: 0 },
      to: isLastLine ? { row: buffer.row, column: buffer.line.length } : { row: buffer.row + 1, column: 0 },
    };
    const text = file.textBetween(part.from, part.to);
    if (text === "") {
      file.mark = undefined;
      return this.#tell("Nothing was cut");
    }
    buffer.remember("cut");
    this.#cut = more && !region ? this.#cut + text : text;
    file.erase(part.from, part.to);
    file.mark = undefined;
    this.#cutting = !region;
    this.#message = "";
  }

  #cutTail(): unknown {
    const file = this.#file;
    const { buffer } = file;
    const from = { row: buffer.row, column: buffer.column };
    const end = buffer.lines.length - 1;
    const to = { row: end, column: buffer.lines[end]!.length };
    const text = file.textBetween(from, to);
    if (text === "") return this.#tell("Nothing was cut");
    buffer.remember("cut");
    this.#cut = text;
    file.erase(from, to);
    this.#message = "";
  }

  #copy(more: boolean): unknown {
    const file = this.#file;
    const { buffer } = file;
    const region = file.region();
    if (region) {
      this.#cut = file.textBetween(region.from, region.to);
      file.mark = undefined;
      this.#message = "";
      return;
    }
    if (buffer.row === buffer.lines.length - 1) return this.#tell("Nothing was cut");
    this.#cut = `${more ? this.#cut : ""}${buffer.line}\n`;
    buffer.move(buffer.row + 1, 0);
    this.#cutting = true;
    this.#message = "";
  }

  #paste(): unknown {
    const { buffer } = this.#file;
    if (this.#cut === "") return this.#tell("Cutbuffer is empty");
    buffer.remember("paste");
    buffer.insert(this.#cut);
    this.#file.endWithNewline();
    this.#message = "";
  }

  #comment(): unknown {
    const { buffer, mark } = this.#file;
    const region = this.#file.region();
    const [first, last] = region ? [region.from.row, region.to.row] : [buffer.row, buffer.row];
    const rows = Array.from({ length: last - first + 1 }, (_, at) => first + at).filter(
      (row) => buffer.lines[row] !== "",
    );
    if (rows.length === 0) return this.#tell("Cannot comment past end of file");
    const isCommented = rows.every((row) => buffer.lines[row]!.startsWith("#"));
    buffer.remember(isCommented ? "uncomment" : "comment");
    for (const row of rows) buffer.lines[row] = isCommented ? buffer.lines[row]!.slice(1) : `#${buffer.lines[row]}`;
    buffer.move(buffer.row, Math.max(0, buffer.column + (mark ? 0 : isCommented ? -1 : 1)));
  }

  /** What is switched on, and what was looked for before. */
  #searchLabel(purpose: "" | " (to replace)"): string {
    const { text, backwards, isExpression, isExact } = this.#search;
    const flags = `${isExact ? " [Case Sensitive]" : ""}${isExpression ? " [Regexp]" : ""}${backwards ? " [Backwards]" : ""}`;
    const before = text ? ` [${text.length > 30 ? `${text.slice(0, 27)}...` : text}]` : "";
    return `Search${flags}${purpose}${before}: `;
  }

  #searchKeys(other: () => unknown): Record<string, () => unknown> {
    return {
      "M-c": () => {
        this.#search.isExact = !this.#search.isExact;
      },
      "M-r": () => {
        this.#search.isExpression = !this.#search.isExpression;
      },
      "M-b": () => {
        this.#search.backwards = !this.#search.backwards;
      },
      "^r": other,
      "^t": () => this.#askLine(""),
      "^y": () => this.#jumpFromQuestion(0),
      "^v": () => this.#jumpFromQuestion(Number.MAX_SAFE_INTEGER),
    };
  }

  #jumpFromQuestion(row: number): void {
    this.#question = undefined;
    this.#message = "";
    this.#file.buffer.move(row, row === 0 ? 0 : Number.MAX_SAFE_INTEGER);
  }

  #askSearch(): void {
    this.#ask(
      () => this.#searchLabel(""),
      async (text) => {
        const wanted = text || this.#search.text;
        if (wanted === "") return this.#tell("Cancelled");
        this.#seek(wanted, this.#search.backwards);
      },
      { menu: SEARCH, history: this.#searched, keys: this.#searchKeys(() => this.#askReplace()) },
    );
  }

  /** The expression that stands for a text; undefined, and told, when it is none. */
  #expression(text: string): RegExp | undefined {
    const { isExpression, isExact } = this.#search;
    const flags = isExact ? "g" : "gi";
    if (!isExpression) return boundedExpression(text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"), flags);
    try {
      return posixExpression(text, "extended", flags);
    } catch {
      this.#tell(`Bad regex "${text}": Invalid regular expression`);
      return undefined;
    }
  }

  #seek(text: string, backwards: boolean): unknown {
    const { buffer } = this.#file;
    this.#search.text = text;
    const wanted = this.#expression(text);
    if (!wanted) return;
    const from = { row: buffer.row, column: buffer.column };
    const found = buffer.find(wanted, backwards);
    if (!found) {
      // Where the cursor is may be the only one.
      const here = [...buffer.line.matchAll(wanted)].some((match) => match.index === from.column);
      return this.#tell(here ? "This is the only occurrence" : `"${text}" not found`);
    }
    if (found.row === from.row && found.column === from.column) return this.#tell("This is the only occurrence");
    const isWrapped = backwards
      ? found.row > from.row || (found.row === from.row && found.column > from.column)
      : found.row < from.row || (found.row === from.row && found.column < from.column);
    buffer.move(found.row, found.column);
    this.#message = "";
    if (isWrapped) this.#tell("Search Wrapped");
  }

  #askReplace(): unknown {
    if (this.#flags.view) return this.#tell("Key is invalid in view mode");
    this.#ask(
      () => this.#searchLabel(" (to replace)"),
      async (typed) => {
        const wanted = typed || this.#search.text;
        if (wanted === "") return this.#tell("Cancelled");
        this.#search.text = wanted;
        if (!this.#expression(wanted)) return;
        this.#ask("Replace with: ", async (by) => this.#replace(wanted, by), {
          menu: REPLACE_WITH,
          history: this.#replaced,
        });
      },
      { menu: REPLACE, history: this.#searched, keys: this.#searchKeys(() => this.#askSearch()) },
    );
  }

  /** Once round the text from the cursor, one question at a time. */
  #replace(wanted: string, by: string): void {
    const file = this.#file;
    const { buffer } = file;
    const expression = this.#expression(wanted)!;
    const begin = { row: buffer.row, column: buffer.column };
    let done = 0;
    let hasWrapped = false;
    let isFound = false;
    const next = (at: Place): { place: Place; text: string } | undefined => {
      for (let row = at.row; row < buffer.lines.length; row++) {
        if (hasWrapped && row > begin.row) return undefined;
        for (const match of buffer.lines[row]!.matchAll(expression)) {
          if (match[0] === "" || (row === at.row && match.index < at.column)) continue;
          if (hasWrapped && row === begin.row && match.index >= begin.column) return undefined;
          return { place: { row, column: match.index }, text: match[0] };
        }
      }
      if (hasWrapped || (begin.row === 0 && begin.column === 0)) return undefined;
      hasWrapped = true;
      return next({ row: 0, column: 0 });
    };
    const change = ({ place, text }: { place: Place; text: string }): Place => {
      const line = buffer.lines[place.row]!;
      const isGroup = this.#search.isExpression;
      const replacement = isGroup ? by.replace(/\\[1-9]/g, "") : by;
      buffer.remember("replacement");
      buffer.lines[place.row] = line.slice(0, place.column) + replacement + line.slice(place.column + text.length);
      if (hasWrapped && place.row === begin.row) begin.column += replacement.length - text.length;
      file.endWithNewline();
      done++;
      return { row: place.row, column: place.column + replacement.length };
    };
    const told = () => {
      if (isFound) buffer.move(begin.row, begin.column);
      this.#tell(isFound ? `Replaced ${done} ${done === 1 ? "occurrence" : "occurrences"}` : `"${wanted}" not found`);
    };
    const step = (from: Place): unknown => {
      const found = next(from);
      if (!found) return told();
      isFound = true;
      buffer.move(found.place.row, found.place.column);
      file.spotEnd = { row: found.place.row, column: found.place.column + found.text.length };
      this.#ask(
        "Replace this instance?",
        async (letter) => {
          file.spotEnd = undefined;
          if (letter === "n") return step({ row: found.place.row, column: found.place.column + found.text.length });
          let at = change(found);
          if (letter === "y") return step(at);
          for (let more = next(at); more; more = next(at)) at = change(more);
          told();
        },
        {
          letters: "yna",
          cancelled: () => {
            file.spotEnd = undefined;
          },
        },
      );
    };
    step(begin);
  }

  #askLine(typed: string): void {
    const { buffer } = this.#file;
    this.#ask(
      "Enter line number, column number: ",
      async (text) => {
        if (text.trim() === "") return this.#tell("Cancelled");
        const [row = "", column = ""] = text.split(/[,. ]+/);
        if (!/^-?\d*$/.test(row) || !/^-?\d*$/.test(column) || (row === "" && column === ""))
          return this.#tell("Invalid line or column number");
        const wantedRow = row === "" ? buffer.row + 1 : Number(row);
        const wantedColumn = column === "" ? 1 : Number(column);
        if (wantedRow === 0 || wantedColumn === 0) return this.#tell("Invalid line or column number");
        const target = wantedRow < 0 ? Math.max(0, buffer.lines.length + wantedRow) : wantedRow - 1;
        buffer.move(target, wantedColumn - 1);
        this.#file.top = Math.max(0, buffer.row - (textRows(this.#view) >> 1));
        this.#message = "";
      },
      {
        typed,
        menu: GO_TO_LINE,
        keys: {
          "^t": () => this.#askSearch(),
          "^y": () => this.#jumpFromQuestion(0),
          "^v": () => this.#jumpFromQuestion(Number.MAX_SAFE_INTEGER),
        },
      },
    );
  }

  #count(): void {
    const text = this.#file.text();
    const words = text.split(/[^\p{L}\p{N}_'-]+/u).filter(Boolean).length;
    const counted = (count: number, one: string) => `${count} ${count === 1 ? one : `${one}s`}`;
    this.#tell(
      `${lines(this.#file.lineCount)},  ${counted(words, "word")},  ${counted([...text].length, "character")}`,
    );
  }

  #openHelp(): void {
    const help = new EditedFile("");
    help.load(`${HELP_TEXT}\n`);
    help.name = "Main nano help text";
    this.#help = help;
    this.#message = "";
  }

  #helpKey(key: string): void {
    const { buffer } = this.#help!;
    const height = textRows(this.#view);
    if (key === "^x" || key === "^g" || key === "escape") this.#help = undefined;
    else if (key === "down" || key === "^n") buffer.move(buffer.row + 1);
    else if (key === "up" || key === "^p") buffer.move(buffer.row - 1);
    else if (key === "page-down" || key === "^v" || key === " ") buffer.move(buffer.row + height);
    else if (key === "page-up" || key === "^y") buffer.move(buffer.row - height);
    else if (key === "home" || key === "M-\\") buffer.move(0);
    else if (key === "end" || key === "M-/") buffer.move(Number.MAX_SAFE_INTEGER);
  }

  #askCommand(): void {
    this.#ask(
      "Command to execute: ",
      async (command) => {
        if (command === "") return this.#tell("Cancelled");
        let printed = "";
        const decoder = new TextDecoder();
        const collect = {
          write: async (bytes: Uint8Array | string) => {
            const part = typeof bytes === "string" ? bytes : decoder.decode(bytes, { stream: true });
            this.#ctx.hold(part.length);
            printed += part;
          },
        };
        await this.#ctx.run(command, { stdin: { read: async () => undefined }, stdout: collect, stderr: collect });
        this.#insert(printed, `Read ${lines(countRead(printed))}`);
      },
      {
        menu: EXECUTE,
        history: this.#commands,
        keys: {
          "^z": () => {
            this.#question = undefined;
            return suspendKey;
          },
        },
      },
    );
  }

  #insert(text: string, told: string): void {
    const { buffer } = this.#file;
    if (text !== "") {
      buffer.remember("insertion");
      buffer.insert(text);
      this.#file.endWithNewline();
    }
    this.#tell(told);
  }

  async #insertFile(name: string): Promise<void> {
    if (name === "") return this.#tell("Cancelled");
    const opened = await openText(this.#ctx, pathIn(this.#ctx, name));
    if (opened.kind === "new") return this.#tell(`File "${name}" not found`);
    if (opened.kind === "refused")
      return this.#tell(
        opened.reason === "Is a directory" ? `"${name}" is a directory` : `Error reading ${name}: ${opened.reason}`,
      );
    this.#insert(opened.text, `Read ${lines(countRead(opened.text))}`);
  }

  /** `^O`: under which name; another one than it was read from is asked about. */
  #askName(then: (written: boolean) => unknown, typed = this.#file.name): void {
    const file = this.#file;
    this.#ask(
      () => `File Name to Write${file.isDos ? " [DOS Format]" : ""}: `,
      async (name) => {
        if (name === "") return this.#tell("Cancelled");
        const write = async () => then(await this.#write(name));
        const again = () => this.#askName(then, name);
        const isOther = name !== file.origin;
        const isThere = isOther && (await this.#exists(name));
        const overwrite = () =>
          isThere
            ? this.#ask(`File "${name}" exists; OVERWRITE? `, async (letter) => (letter === "y" ? write() : again()), {
                letters: "yn",
              })
            : write();
        if (isOther && file.origin !== "")
          return this.#ask(
            "Save file under DIFFERENT NAME? ",
            async (letter) => (letter === "y" ? overwrite() : again()),
            {
              letters: "yn",
            },
          );
        return overwrite();
      },
      {
        typed,
        menu: WRITE_OUT,
        keys: {
          "M-d": () => {
            file.isDos = !file.isDos;
          },
        },
      },
    );
  }

  async #exists(name: string): Promise<boolean> {
    return this.#ctx.files.stat(pathIn(this.#ctx, name)).then(
      () => true,
      () => false,
    );
  }

  async #write(name: string): Promise<boolean> {
    const file = this.#file;
    if (this.#backs) await this.#backUp(name);
    const refused = await saveText(this.#ctx, pathIn(this.#ctx, name), file.text());
    if (refused) {
      this.#tell(`Error writing ${name}: ${refused}`, { grave: true });
      return false;
    }
    if (file.name !== name) {
      if (file.lock !== undefined) await removeLock(this.#ctx, file.lock);
      file.lock = undefined;
      file.name = name;
      file.origin = name;
      if (this.#locks) await this.#lock(file);
    }
    file.origin = name;
    file.markSaved();
    this.#tell(`Wrote ${lines(file.lineCount)}`);
    return true;
  }

  /** `-B`: what the file holds is kept under its name and `~`. */
  async #backUp(name: string): Promise<void> {
    const path = pathIn(this.#ctx, name);
    const before = await this.#ctx.files.readFile(path).catch(() => undefined);
    if (before) await this.#ctx.files.writeFile(`${path}~`, before).catch(() => undefined);
  }

  async #close(): Promise<void> {
    const file = this.#file;
    if (file.lock !== undefined) await removeLock(this.#ctx, file.lock);
    this.#files.splice(this.#current, 1);
    if (this.#files.length === 0) this.#ended = true;
    else {
      this.#current %= this.#files.length;
      this.#tellFile();
    }
  }

  #exit(): unknown {
    if (!this.#file.buffer.modified) return this.#close();
    return this.#ask(
      "Save modified buffer? ",
      async (letter) => {
        if (letter === "n") return this.#close();
        this.#askName((written) => written && this.#close());
      },
      { letters: "yn" },
    );
  }
}

/** Keys that view mode refuses. */
const CHANGES: ReadonlySet<string> = new Set(
  "^m ^i ^backspace ^h delete ^d ^k M-k M-t ^u ^o M-o ^s ^r ^t ^| M-r M-3 M-u M-e".split(" "),
);

/** Keys of the real one that are not here. */
const NOT_MODELLED: ReadonlySet<string> = new Set(
  "^j ^} M-} M-{ M-] M-j M-p M-m M-c M-l M-y M-h M-v M-( M-) M-: M-; M-+ M-- M-& M-f M-b M-o".split(" "),
);

function lines(count: number): string {
  return `${count} ${count === 1 ? "line" : "lines"}`;
}

/** Lines of a text, one without a newline at its end counted as well. */
function countRead(text: string): number {
  return text === "" ? 0 : text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}

function location(file: EditedFile): string {
  const { row, column, line, lines: all } = file.buffer;
  const before = all.slice(0, row).reduce((sum, text) => sum + text.length + 1, 0) + column;
  const size = all.reduce((sum, text) => sum + text.length + 1, 0) - 1;
  const share = (part: number, whole: number, width: number) =>
    String(whole === 0 ? 0 : Math.floor((part * 100) / whole)).padStart(width);
  const figure = (value: number, whole: number) => String(value).padStart(Math.max(2, String(whole).length));
  const width = line.length + 1;
  return (
    `line ${figure(row + 1, all.length)}/${all.length} (${share(row + 1, all.length, 2)}%), ` +
    `col ${String(column + 1).padStart(2)}/${String(width).padStart(2)} (${share(column + 1, width, 3)}%), ` +
    `char ${figure(before, size)}/${size} (${share(before, size, 2)}%)`
  );
}
