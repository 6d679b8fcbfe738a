/** The pager at work: its keys, what it asks for at the bottom, and what it paints. */
import { boundedExpression } from "../../../shell/bounded-expression.ts";
import { KeyReader } from "../../../shell/keys.ts";
import type { ProgramContext, Tty } from "../../../shell/process.ts";
import { reasonOf } from "../arguments.ts";
import { keysWithin } from "../keys-within.ts";
import { posixExpression } from "../posix-expression.ts";
import { type Row, ShownText } from "./shown-text.ts";
import { STYLE, STYLES } from "./styled-text.ts";

export interface PageOptions {
  /** Letters of less's options: `S` chops long lines, `N` numbers, `F` prints what fits, `X` leaves the screen, `M`, `K`. */
  flags: ReadonlySet<string>;
  /** Of the file, for the first prompt. */
  name?: string;
  /** `G`, `F`, `/text`: what is typed first. */
  start?: string;
  /** What the file holds now, for `F` and `R`. */
  more?: () => Promise<string>;
}

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

/** What less says when an option is taken back or set. */
const TOLD: Record<string, [string, string]> = {
  N: ["Don't use line numbers", "Use line numbers"],
  S: ["Fold long lines", "Chop long lines"],
  i: ["Case is significant in searches", "Ignore case in searches"],
};

export class Pager {
  readonly #ctx: ProgramContext;
  readonly #tty: Tty;
  readonly #name: string;
  readonly #shown: ShownText;
  #keys = new KeyReader();
  #top = 0;
  /** How far `d` and `u` go once a count was given. */
  #half: number | undefined;
  #count = "";
  #message = "";
  /** A line that is being typed: a search, or `-` and its letter. */
  #asking: { mark: string; text: string } | undefined;
  #query: RegExp | undefined;
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
    this.#ctx = ctx;
    this.#tty = tty;
    this.#shown = new ShownText(text, options.flags);
    this.#more = options.more;
    this.#name = options.name === "-" ? "" : (options.name ?? "");
    this.#start = options.start ?? "";
    this.#sawEnd = options.more !== undefined;
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

  /** The file's name for the first prompt, and what is typed first. */
  async begin(): Promise<void> {
    if (this.#name && !this.#shown.flags.has("M"))
      this.#message = `\x1b[7m${this.#name}${this.#shown.rows(this.#tty.columns).length < this.#tty.rows ? " (END)" : ""}\x1b[27m`;
    if (this.#start === "F") await this.#follow();
    else for (const key of /^[/?]/.test(this.#start) ? [...this.#start, "^m"] : this.#start) this.#press(key);
  }

  /** Until it is left, or stopped by ^Z. */
  async run(): Promise<"quit" | "stop"> {
    await this.draw();
    for (;;) {
      const bytes = await this.#tty.readKeys();
      if (bytes.length === 0) return "quit";
      for (const key of this.#keys.feed(bytes)) {
        const names =
          key.kind === "text" || key.kind === "paste"
            ? [...key.text]
            : [key.kind === "alt" ? `M-${key.name}` : key.kind === "control" ? `^${key.name}` : key.name];
        for (const name of names) {
          const waits = this.#asking === undefined;
          if (waits && name === "^z") return "stop";
          if (waits && name === "F") await this.#follow();
          else if (waits && name === "R") await this.#readAgain();
          else if (this.#press(name) === "quit") return "quit";
        }
      }
      await this.draw();
    }
  }

  async draw(): Promise<void> {
    const rows = this.#shown.rows(this.#tty.columns);
    const screenRows = this.#tty.rows;
    const height = Math.max(1, screenRows - 1);
    this.#top = Math.max(0, Math.min(this.#top, rows.length - height));
    const from = this.#top;
    const isAtEnd = from + height >= rows.length;
    if (isAtEnd) this.#sawEnd = true;
    const typed = this.#asking
      ? (this.#asking.mark === "&" ? "&/" : this.#asking.mark) + this.#asking.text
      : this.#count && `:${this.#count}`;
    const status = typed || this.#message || this.#prompt(rows, isAtEnd);
    this.#message = "";
    const text = (at: number) => (rows[at] ? this.#marked(rows[at].text) : TILDE);
    const some = (first: number, end: number) =>
      Array.from({ length: Math.max(0, end - first) }, (_, at) => text(first + at));
    const of = `${this.#shown.rowsKey(this.#tty.columns)} ${screenRows} ${this.#query?.source ?? ""} ${this.#shown.length}`;
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
      const tildes = this.#start === "G" ? Math.max(0, height - rows.length) : 0;
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
    const standing = (text: string) => `\x1b[7m${text}\x1b[27m`;
    if (!this.#shown.flags.has("M") || this.#shown.isHelp) {
      const filtered = this.#shown.filter && !this.#shown.isHelp ? "& " : "";
      return isAtEnd ? `${filtered}${standing("(END)")}` : `${filtered}:`;
    }
    const { text, last } = this.#shownLines(rows);
    const share = this.#sawEnd ? ` ${this.#shown.percentAt(last)}%` : "";
    const prompt = `${text}${isAtEnd ? " (END)" : share}`;
    // One that is too wide loses its beginning.
    return standing(prompt.slice(-Math.max(1, this.#tty.columns - 2)));
  }

  /** The file and which of its lines are on the screen, as prompts tell it; the last of them, counted from 0. */
  #shownLines(rows: readonly Row[]): { text: string; last: number } {
    const end = Math.min(rows.length, this.#top + Math.max(1, this.#tty.rows - 1));
    const [first, last] = [rows[this.#top]?.line ?? 0, rows[end - 1]?.line ?? 0];
    const of = this.#sawEnd ? `/${this.#shown.lines.length}` : "";
    return { text: `${this.#name && `${this.#name} `}lines ${first + 1}-${last + 1}${of}`, last };
  }

  #marked(text: string): string {
    if (!this.#query) return text;
    const every = boundedExpression(this.#query.source, `${this.#query.flags.replace("g", "")}g`);
    const mark = (part: string) => part.replace(every, (found) => (found === "" ? "" : `\x1b[7m${found}\x1b[27m`));
    return text
      .split(STYLE)
      .map((part) => (STYLE.test(part) ? part : mark(part)))
      .join("");
  }

  #press(name: string): "quit" | undefined {
    if (this.#asking) return void this.#answer(name);
    const screen = Math.max(1, this.#tty.rows - 1);
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
        this.#top = this.#topBelow;
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
        this.#top += count ?? 1;
        break;
      case "k":
      case "y":
      case "^k":
      case "^p":
      case "^y":
      case "up":
        this.#top -= count ?? 1;
        break;
      case " ":
      case "f":
      case "^f":
      case "^v":
      case "page-down":
        this.#top += count ?? screen;
        break;
      case "b":
      case "^b":
      case "M-v":
      case "page-up":
        this.#top -= count ?? screen;
        break;
      case "d":
      case "^d":
        this.#half = count ?? this.#half;
        this.#top += this.#half ?? (this.#tty.rows + 1) >> 1;
        break;
      case "u":
      case "^u":
        this.#half = count ?? this.#half;
        this.#top -= this.#half ?? (this.#tty.rows + 1) >> 1;
        break;
      case "g":
      case "<":
      case "home":
        this.#goTo((count ?? 1) - 1);
        break;
      case "G":
      case ">":
      case "end":
        if (count === undefined) this.#top = this.#shown.rows(this.#tty.columns).length;
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
        this.#asking = { mark: name, text: "" };
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
        if (!this.#shown.isHelp) this.#topBelow = this.#top;
        this.#shown.isHelp = true;
        this.#top = 0;
        break;
      case "=":
      case "^g":
        this.#message = this.#place(screen);
        break;
    }
    const last = Math.max(0, this.#shown.rows(this.#tty.columns).length - screen);
    this.#top = Math.max(0, Math.min(this.#top, last));
    return undefined;
  }

  /** `=`: lines, bytes, how far. */
  #place(screen: number): string {
    const rows = this.#shown.rows(this.#tty.columns);
    this.#sawEnd = true;
    const { text, last } = this.#shownLines(rows);
    return (
      `\x1b[7m${text} byte ${this.#shown.bytesTo(last)}/${this.#shown.bytesTo(this.#shown.lines.length - 1)} ` +
      `${this.#top + screen >= rows.length ? "(END)" : `${this.#shown.percentAt(last)}%`}  (press RETURN)\x1b[27m`
    );
  }

  #goTo(line: number): void {
    const at = this.#shown.rows(this.#tty.columns).findIndex((row) => row.line >= line);
    this.#top = at < 0 ? this.#shown.rows(this.#tty.columns).length : at;
  }

  /** A key for the line at the bottom. */
  #answer(name: string): void {
    const asking = this.#asking!;
    if (asking.mark === "-") {
      this.#asking = undefined;
      const letter = name === "I" ? "i" : name;
      if (!/^[NSi]$/.test(letter)) this.#message = `\x1b[7mThere is no ${name} option ("h" for help)\x1b[27m`;
      else {
        if (!this.#shown.flags.delete(letter)) this.#shown.flags.add(letter);
        this.#message = `\x1b[7m${TOLD[letter]![this.#shown.flags.has(letter) ? 1 : 0]}  (press RETURN)\x1b[27m`;
      }
    } else if (asking.mark === "m" || asking.mark === "'") {
      this.#asking = undefined;
      this.#mark(asking.mark, name);
    } else if (asking.mark === "&" && (name === "^m" || name === "^j")) {
      this.#asking = undefined;
      const not = asking.text.startsWith("!");
      const query = asking.text === "" ? undefined : this.#expression(asking.text.slice(not ? 1 : 0));
      if (asking.text === "" || query) this.#shown.filter = query && { query, not };
      if (query && !not) this.#query = query;
      this.#top = 0;
    } else if (name === "^m" || name === "^j") {
      this.#asking = undefined;
      this.#backward = asking.mark === "?";
      if (asking.text !== "") this.#query = this.#expression(asking.text);
      // A new search takes in what is on the screen: down from its first row, up from its last.
      if (this.#query) this.#seek(this.#backward ? -1 : 1, this.#backward ? this.#tty.rows - 2 : 0);
    } else if (name === "^c" || name === "^g" || name === "escape") this.#asking = undefined;
    else if (name === "^backspace" || name === "backspace" || name === "^h") {
      if (asking.text === "") this.#asking = undefined;
      else asking.text = asking.text.slice(0, -1);
    } else if (name === "^u") asking.text = "";
    else if ([...name].length === 1) asking.text += name;
  }

  #mark(how: string, letter: string): void {
    const line = this.#shown.rows(this.#tty.columns)[this.#top]?.line ?? 0;
    if (how === "m") {
      this.#marks.set(letter, line);
      return;
    }
    const target = letter === "^" ? 0 : letter === "$" ? this.#shown.lines.length - 1 : this.#marks.get(letter);
    if (target === undefined) {
      this.#message = letter === "'" ? "" : "\x1b[7mMark not set  (press RETURN)\x1b[27m";
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
      this.#message = `\x1b[7m${this.#name}: ${reasonOf(error)}  (press RETURN)\x1b[27m`;
      return false;
    }
  }

  /** `F`: what is added to the file is shown as it comes, until ^C. */
  async #follow(): Promise<void> {
    if (!this.#more || this.#shown.isHelp) {
      this.#message = "\x1b[7mCannot follow this  (press RETURN)\x1b[27m";
      return;
    }
    for (;;) {
      if (!(await this.#readAgain())) return;
      this.#top = Number.MAX_SAFE_INTEGER;
      this.#message = "\x1b[7mWaiting for data... (interrupt to abort)\x1b[27m";
      await this.draw();
      const bytes = await keysWithin(this.#ctx, this.#tty, FOLLOW_MS);
      if (bytes && (bytes.length === 0 || bytes.includes(0x03) || bytes.includes(0x18) || bytes.includes(0x71))) return;
    }
  }

  #expression(text: string): RegExp | undefined {
    try {
      return posixExpression(text, "extended", this.#shown.flags.has("i") && text === text.toLowerCase() ? "i" : "");
    } catch {
      this.#message = "\x1b[7mInvalid pattern  (press RETURN)\x1b[27m";
      return undefined;
    }
  }

  /** @param first the first row that is looked at, from the top of the screen */
  #seek(step: 1 | -1, first: number = step): void {
    const rows = this.#shown.rows(this.#tty.columns);
    const query = this.#query;
    if (!query) {
      this.#message = "\x1b[7mNo previous regular expression  (press RETURN)\x1b[27m";
      return;
    }
    for (let at = Math.min(this.#top + first, rows.length - 1); at >= 0 && at < rows.length; at += step) {
      query.lastIndex = 0;
      if (query.test(rows[at]!.text.replaceAll(STYLES, ""))) {
        this.#top = at;
        return;
      }
    }
    this.#message = "\x1b[7mPattern not found  (press RETURN)\x1b[27m";
  }
}
