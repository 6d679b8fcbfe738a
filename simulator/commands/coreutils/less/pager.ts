/** The pager at work: its keys, what it asks for at the bottom, and what it paints. */
import { boundedExpression } from "../../../shell/bounded-expression.ts";
import { KeyReader } from "../../../shell/keys.ts";
import type { ProgramContext, Tty } from "../../../shell/process.ts";
import { reasonOf } from "../arguments.ts";
import { keysWithin } from "../keys-within.ts";
import { posixExpression } from "../posix-expression.ts";
import { keyNames } from "./key-names.ts";
import { Position } from "./position.ts";
import { type Question, questionOf, SEARCHES, standing, TOLD } from "./question.ts";
import { type Row, ShownText } from "./shown-text.ts";
import { STYLE, STYLES } from "./styled-text.ts";

/** A place in the list: two may have one name. */
export interface ListedFile {
  name: string;
}

export interface PageOptions {
  /** Letters of less's options: `S` chops long lines, `N` numbers, `F` prints what fits, `X` leaves the screen, `M`, `K`. */
  flags: ReadonlySet<string>;
  /** Of the file, for the first prompt. */
  name?: string;
  /** `G`, `F`, `/text`: what is typed first. */
  start?: string;
  /** What the file holds now, for `F` and `R`. */
  more?: () => Promise<string>;
  /** The files of the command line, and which of them this is; those that cannot be read leave the list. */
  files?: { all: ListedFile[]; this: ListedFile };
}

/** How a pager is left: for good, by ^Z, for the file that is so many further on, or for a command. */
export type PagerEnd = "quit" | "stop" | { step: number } | { command: string };

/** How often a file that is followed is looked at. */
const FOLLOW_MS = 500;

/** What the screen shows, so that only what is new is written. */
interface Painted {
  /** Of what the rows are made. */
  of: string;
  top: number;
  rows: number;
}

const TILDE = "\x1b[1m~\x1b[0m";

export class Pager {
  readonly options: PageOptions;
  readonly #ctx: ProgramContext;
  readonly #tty: Tty;
  readonly #name: string;
  readonly #shown: ShownText;
  #keys = new KeyReader();
  readonly #position: Position;
  /** How far `d` and `u` go once a count was given. */
  #half: number | undefined;
  /** How far a screen goes once `z` or `w` had a count. */
  #window: number | undefined;
  /** The file's name is told in the first prompt. */
  #isFirstPrompt: boolean;
  #count = "";
  #message = "";
  /** RETURN and the space bar take the message away and do nothing else. */
  #waitsForReturn = false;
  #asking: Question | undefined;
  #query: RegExp | undefined;
  /** What the search was asked to be, by its first characters: `!` that a line does not match. */
  #how: ReadonlySet<string> = new Set();
  #isHighlighted = true;
  #backward = false;
  /** Where the text is shown again when the help is left. */
  #topBelow = 0;
  #start: string;
  #more: PageOptions["more"];
  #marks = new Map<string, number>();
  #painted: Painted | undefined;
  /** The screen is painted anew, not scrolled. */
  #isWiped = false;
  /** The end has been read: how many lines there are is known. */
  #sawEnd: boolean;

  constructor(ctx: ProgramContext, tty: Tty, text: string, options: PageOptions) {
    this.options = options;
    this.#ctx = ctx;
    this.#tty = tty;
    this.#shown = new ShownText(text, options.flags);
    this.#position = new Position(() => ({
      rows: this.#shown.rows(tty.columns).length,
      height: Math.max(1, tty.rows - 1),
    }));
    this.#more = options.more;
    this.#name = options.name === "-" ? "" : (options.name ?? "");
    this.#start = options.start ?? "";
    this.#sawEnd = options.more !== undefined;
    this.#isFirstPrompt = this.#name !== "" && !options.flags.has("M");
  }

  /** Whether one screen shows all of it. @source less 590: a line that goes on to the right does not fit */
  fits(): boolean {
    const rows = this.#shown.rows(this.#tty.columns);
    return rows.length < this.#tty.rows && !rows.some((row) => row.isChopped);
  }

  async printWhole(): Promise<void> {
    const rows = this.#shown.rows(this.#tty.columns).map((row) => row.text);
    const before = this.#start === "G" ? Math.max(0, this.#tty.rows - 1 - rows.length) : 0;
    await this.#tty.write([...Array<string>(before).fill(TILDE), ...rows].map((row) => `${row}\n`).join(""));
  }

  /** Paint the whole screen the next time. */
  wipe(): void {
    this.#isWiped = true;
  }

  /** As if the file was just opened: the prompt has its name. */
  comeBack(): void {
    this.#isWiped = true;
    this.#isFirstPrompt = this.#name !== "" && !this.#shown.flags.has("M");
  }

  /** What is typed first. */
  async begin(): Promise<void> {
    if (this.#start === "F") await this.#follow();
    else if (/^\d+$/.test(this.#start)) this.#goTo(Number(this.#start) - 1);
    else for (const key of /^[/?]/.test(this.#start) ? [...this.#start, "^m"] : this.#start) this.#press(key);
  }

  /** Until it is left. @param typed keys that were typed before it was there */
  async run(typed: readonly string[] = []): Promise<{ end: PagerEnd; typed: string[] }> {
    let names = [...typed];
    for (;;) {
      for (const [at, name] of names.entries()) {
        const waits = this.#asking === undefined;
        this.#isFirstPrompt = false;
        const end = waits && name === "^z" ? "stop" : waits && /^[FR]$/.test(name) ? undefined : this.#press(name);
        if (waits && name === "F") await this.#follow();
        if (waits && name === "R") await this.#readAgain();
        if (end !== undefined) return { end, typed: names.slice(at + 1) };
      }
      await this.draw();
      const bytes = await this.#tty.readKeys();
      if (bytes.length === 0) return { end: "quit", typed: [] };
      names = this.#keys.feed(bytes).flatMap(keyNames);
    }
  }

  async draw(): Promise<void> {
    const rows = this.#shown.rows(this.#tty.columns);
    const screenRows = this.#tty.rows;
    const height = Math.max(1, screenRows - 1);
    this.#position.settle();
    const from = this.#position.top;
    const isAtEnd = from + height >= rows.length;
    if (isAtEnd) this.#sawEnd = true;
    const typed = this.#asking ? questionOf(this.#asking) : this.#count && `:${this.#count}`;
    const status = typed || this.#message || this.#prompt(rows, isAtEnd);
    this.#message = "";
    this.#isFirstPrompt = false;
    const text = (at: number) => (rows[at] ? this.#marked(rows[at].text) : TILDE);
    const some = (first: number, end: number) =>
      Array.from({ length: Math.max(0, end - first) }, (_, at) => text(first + at));
    const of = `${this.#shown.rowsKey(this.#tty.columns)} ${screenRows} ${this.#query?.source ?? ""} ${this.#isHighlighted} ${this.#shown.length}`;
    const before = this.#painted;
    const isWiped = this.#isWiped;
    const isOther = isWiped || (before !== undefined && before.of !== of);
    this.#painted = { of, top: from, rows: height };
    this.#isWiped = false;
    let out: string;
    const step = before ? from - before.top : 0;
    if (isOther || step < -height) out = `\x1b[H\x1b[2J${some(from, from + height).join("\n")}\n`;
    else if (!before) {
      // The first screen goes on where the cursor is, and a text that ends earlier leaves the rest alone.
      const tildes = this.#start === "G" || this.#start === "F" ? Math.max(0, height - rows.length) : 0;
      const first = [...Array<string>(tildes).fill(TILDE), ...some(from, Math.min(rows.length, from + height))];
      out = `\r${first.map((row) => `${row}\n`).join("")}`;
    } else if (step < 0)
      out = `\r\x1b[K${some(from, before.top)
        .reverse()
        .map((row) => `\x1b[H\x1bM${row}`)
        .join("")}\x1b[${screenRows};1H\r\x1b[K`;
    else {
      const skips = step > height;
      const next = some(skips ? from : before.top + height, from + height);
      out = `\r\x1b[K${skips ? "...skipping...\n" : ""}${next.map((row) => `${row}\n`).join("")}`;
    }
    await this.#tty.write(`${out}${status}\x1b[K`);
  }

  /** What stands below the text. @source less 590: its short and long prompt */
  #prompt(rows: readonly Row[], isAtEnd: boolean): string {
    const next = this.#nextFile();
    const end = `(END)${next === undefined ? "" : ` - Next: ${next}`}`;
    if (this.#isFirstPrompt) return standing(`${this.#nameAndPlace()}${isAtEnd ? ` ${end}` : ""}`);
    if (!this.#shown.flags.has("M") || this.#shown.isHelp) {
      const filtered = this.#shown.filter && !this.#shown.isHelp ? "& " : "";
      return isAtEnd ? `${filtered}${standing(end)}` : `${filtered}:`;
    }
    const { text, last } = this.#shownLines(rows);
    const share = this.#sawEnd ? ` ${this.#shown.percentAt(last)}%` : "";
    const prompt = `${text}${isAtEnd ? ` ${end}` : share}`;
    // One that is too wide loses its beginning.
    return standing(prompt.slice(-Math.max(1, this.#tty.columns - 2)));
  }

  get #at(): number {
    const { files } = this.options;
    return files ? files.all.indexOf(files.this) : 0;
  }

  #nextFile(): string | undefined {
    return this.#shown.isHelp ? undefined : this.options.files?.all[this.#at + 1]?.name;
  }

  #nameAndPlace(): string {
    const count = this.options.files?.all.length ?? 1;
    return count > 1 ? `${this.#name} (file ${this.#at + 1} of ${count})` : this.#name;
  }

  /** The file and which of its lines are on the screen, as prompts tell it; the last of them, counted from 0. */
  #shownLines(rows: readonly Row[]): { text: string; last: number } {
    const end = Math.min(rows.length, this.#position.top + Math.max(1, this.#tty.rows - 1));
    const [first, last] = [rows[this.#position.top]?.line ?? 0, rows[end - 1]?.line ?? 0];
    const of = this.#sawEnd ? `/${this.#shown.lines.length}` : "";
    return { text: `${this.#name && `${this.#nameAndPlace()} `}lines ${first + 1}-${last + 1}${of}`, last };
  }

  #marked(text: string): string {
    if (!this.#query || !this.#isHighlighted) return text;
    const every = boundedExpression(this.#query.source, `${this.#query.flags.replace("g", "")}g`);
    const mark = (part: string) => part.replace(every, (found) => (found === "" ? "" : `\x1b[7m${found}\x1b[27m`));
    return text
      .split(STYLE)
      .map((part) => (STYLE.test(part) ? part : mark(part)))
      .join("");
  }

  #press(name: string): PagerEnd | undefined {
    if (this.#asking?.mark === " :") return this.#command(name);
    if (this.#asking?.mark === "!" && /^\^[mj]$/.test(name)) {
      const command = this.#asking.text;
      this.#asking = undefined;
      return { command };
    }
    if (this.#asking) return void this.#answer(name);
    const waited = this.#waitsForReturn;
    this.#waitsForReturn = false;
    if (waited) this.#message = "";
    if (waited && ["^m", "^j", " "].includes(name)) return undefined;
    const screen = Math.max(1, this.#tty.rows - 1);
    const window = this.#window ?? screen;
    const count = this.#count === "" ? undefined : Number(this.#count);
    if (/^\d$/.test(name)) {
      this.#count = (this.#count + name).slice(0, 9);
      return undefined;
    }
    this.#count = "";
    switch (name) {
      case "q":
      case "Q":
        if (!this.#shown.isHelp) return "quit";
        this.#shown.isHelp = false;
        this.#position.toRow(this.#topBelow);
        break;
      case "^c":
        if (this.#shown.flags.has("K")) return "quit";
        break;
      case "j":
      case "e":
      case "^m":
      case "^j":
      case "^n":
      case "^e":
      case "down":
        this.#position.forward(count ?? 1);
        break;
      case "k":
      case "y":
      case "^k":
      case "^p":
      case "^y":
      case "up":
        this.#position.back(count ?? 1);
        break;
      case " ":
      case "f":
      case "^f":
      case "^v":
      case "page-down":
        this.#position.forward(count ?? window);
        break;
      case "b":
      case "^b":
      case "M-v":
      case "page-up":
        this.#position.back(count ?? window);
        break;
      case "z":
        this.#window = count ?? this.#window;
        this.#position.forward(this.#window ?? screen);
        break;
      case "w":
        this.#window = count ?? this.#window;
        this.#position.back(this.#window ?? screen);
        break;
      case "d":
      case "^d":
        this.#half = count ?? this.#half;
        this.#position.forward(this.#half ?? (this.#tty.rows + 1) >> 1);
        break;
      case "u":
      case "^u":
        this.#half = count ?? this.#half;
        this.#position.back(this.#half ?? (this.#tty.rows + 1) >> 1);
        break;
      case "g":
      case "<":
      case "home":
        this.#goTo((count ?? 1) - 1);
        break;
      case "G":
      case ">":
      case "end":
        if (count === undefined) this.#position.toEnd();
        else this.#goTo(count - 1);
        break;
      case "p":
      case "%":
        this.#goTo(this.#shown.lineAtPercent(Math.min(100, count ?? 0)));
        break;
      case "right":
        this.#shown.left += count ?? this.#tty.columns >> 1;
        break;
      case "left":
        this.#shown.left = Math.max(0, this.#shown.left - (count ?? this.#tty.columns >> 1));
        break;
      case "/":
      case "?":
      case "&":
      case "m":
      case "'":
      case "-":
      case "_":
      case "!":
        this.#asking = { mark: name, text: "", how: new Set() };
        break;
      case ":":
        this.#asking = { mark: " :", text: "", how: new Set() };
        break;
      case "M-u":
        this.#isHighlighted = !this.#isHighlighted;
        break;
      case "n":
        this.#seek(this.#backward ? -1 : 1);
        break;
      case "N":
        this.#seek(this.#backward ? 1 : -1);
        break;
      case "^l":
      case "^r":
      case "r":
        this.#isWiped = true;
        break;
      case "h":
      case "H":
        if (!this.#shown.isHelp) this.#topBelow = this.#position.top;
        this.#shown.isHelp = true;
        this.#position.toRow(0);
        break;
      case "=":
      case "^g":
        this.say(this.#place(screen));
        break;
    }
    return undefined;
  }

  /** At the bottom, until RETURN is pressed. */
  say(message: string): void {
    this.#message = standing(`${message}  (press RETURN)`);
    this.#waitsForReturn = true;
  }

  /** `=`: lines, bytes, how far. */
  #place(screen: number): string {
    const rows = this.#shown.rows(this.#tty.columns);
    this.#sawEnd = true;
    const { text, last } = this.#shownLines(rows);
    return (
      `${text} byte ${this.#shown.bytesTo(last)}/${this.#shown.bytesTo(this.#shown.lines.length - 1)} ` +
      `${this.#position.top + screen >= rows.length ? "(END)" : `${this.#shown.percentAt(last)}%`}`
    );
  }

  #goTo(line: number): void {
    const at = this.#shown.rows(this.#tty.columns).findIndex((row) => row.line >= line);
    if (at < 0) this.#position.toEnd();
    else this.#position.toRow(at);
  }

  /** The letter behind `:`. */
  #command(letter: string): PagerEnd | undefined {
    this.#asking = undefined;
    const files = this.options.files?.all ?? [];
    const step = letter === "n" ? 1 : letter === "p" ? -1 : letter === "x" ? -this.#at : 0;
    if (step !== 0 && files[this.#at + step] !== undefined) return { step };
    if (step !== 0) this.say(step < 0 ? "No previous file" : "No next file");
    if (letter === "q" || letter === "Q") return "quit";
    if (letter === "f") this.say(this.#place(Math.max(1, this.#tty.rows - 1)));
    return undefined;
  }

  /** A key for the line at the bottom. */
  #answer(name: string): void {
    const asking = this.#asking!;
    if (asking.mark === "-" || asking.mark === "_") {
      this.#asking = undefined;
      this.#option(asking.mark, name === "I" ? "i" : name);
    } else if (asking.mark === "m" || asking.mark === "'") {
      this.#asking = undefined;
      this.#mark(asking.mark, name);
    } else if (asking.mark === "&" && (name === "^m" || name === "^j")) {
      this.#asking = undefined;
      const query = asking.text === "" ? undefined : this.#expression(asking.text);
      const line = this.#shown.rows(this.#tty.columns)[this.#position.top]?.line ?? 0;
      if (asking.text === "" || query) this.#shown.filter = query && { query, not: asking.how.has("!") };
      this.#goTo(line);
    } else if (name === "^m" || name === "^j") {
      this.#asking = undefined;
      this.#backward = asking.mark === "?";
      if (asking.text !== "") {
        this.#query = this.#expression(asking.text);
        this.#how = asking.how;
        this.#isHighlighted = true;
      }
      if (!this.#query) return;
      // The file is opened anew for it.
      if (this.#how.has("@")) this.comeBack();
      // A new search takes in what is on the screen: down from its first row, up from its last.
      if (this.#how.has("@"))
        this.#seek(this.#backward ? -1 : 1, this.#backward ? Number.MAX_SAFE_INTEGER : -this.#position.top);
      else this.#seek(this.#backward ? -1 : 1, this.#backward ? this.#tty.rows - 2 : 0);
    } else if (name === "^c" || name === "^g" || name === "escape") this.#asking = undefined;
    else if (name === "^backspace" || name === "backspace" || name === "^h") {
      if (asking.text === "") this.#asking = undefined;
      else asking.text = asking.text.slice(0, -1);
    } else if (name === "^u") asking.text = "";
    else if (asking.text === "" && /^[/?&]$/.test(asking.mark) && SEARCHES.has(name)) {
      if (!asking.how.delete(name)) asking.how.add(name);
    } else if ([...name].length === 1) asking.text += name;
  }

  /** `-` and `_` with a letter: another setting, or what it is. */
  #option(mark: string, letter: string): void {
    const told = TOLD[letter];
    if (!told) {
      this.#message = standing(`There is no ${letter} option ("h" for help)`);
      return;
    }
    const { flags } = this.#shown;
    if (mark === "-" && !flags.delete(letter)) flags.add(letter);
    // Numbers on every row and no numbers at all exclude each other.
    if (mark === "-" && /n/i.test(letter)) flags.delete(letter === "n" ? "N" : "n");
    this.say(told[flags.has(letter) ? 1 : 0]);
  }

  #mark(how: string, letter: string): void {
    const line = this.#shown.rows(this.#tty.columns)[this.#position.top]?.line ?? 0;
    if (how === "m") {
      this.#marks.set(letter, line);
      return;
    }
    const target = letter === "^" ? 0 : letter === "$" ? this.#shown.lines.length - 1 : this.#marks.get(letter);
    if (target === undefined) {
      if (letter !== "'") this.say("Mark not set");
      return;
    }
    this.#marks.set("'", line);
    this.#goTo(target);
  }

  /** @returns whether it could be read; what was read before stays otherwise */
  async #readAgain(): Promise<boolean> {
    if (!this.#more || this.#shown.isHelp) return true;
    try {
      this.#shown.replace(await this.#more());
      return true;
    } catch (error) {
      this.say(`${this.#name}: ${reasonOf(error)}`);
      return false;
    }
  }

  /** `F`: what is added to the file is shown as it comes, until ^C. */
  async #follow(): Promise<void> {
    if (!this.#more || this.#shown.isHelp) {
      this.say("Cannot follow this");
      return;
    }
    for (;;) {
      if (!(await this.#readAgain())) return;
      this.#position.toEnd();
      this.#message = standing("Waiting for data... (interrupt to abort)");
      await this.draw();
      const bytes = await keysWithin(this.#ctx, this.#tty, FOLLOW_MS);
      if (bytes && (bytes.length === 0 || bytes.includes(0x03) || bytes.includes(0x18) || bytes.includes(0x71))) return;
    }
  }

  #expression(text: string): RegExp | undefined {
    try {
      return posixExpression(text, "extended", this.#shown.flags.has("i") && text === text.toLowerCase() ? "i" : "");
    } catch {
      this.say("Invalid pattern");
      return undefined;
    }
  }

  /** @param first the first row that is looked at, from the top of the screen */
  #seek(step: 1 | -1, first: number = step): void {
    const rows = this.#shown.rows(this.#tty.columns);
    const query = this.#query;
    this.#isHighlighted = true;
    if (!query) {
      this.say("No previous regular expression");
      return;
    }
    for (let at = Math.min(this.#position.top + first, rows.length - 1); at >= 0 && at < rows.length; at += step) {
      query.lastIndex = 0;
      if (query.test(rows[at]!.text.replaceAll(STYLES, "")) !== this.#how.has("!")) {
        this.#position.toRow(at);
        return;
      }
    }
    this.say("Pattern not found");
  }
}
