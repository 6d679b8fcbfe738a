/** `less` and `more`, and the pager that `man` and `journalctl` open: one screen at a time. Keys and prompts of less 590. */
import { boundedExpression } from "../../shell/bounded-expression.ts";
import { KeyReader } from "../../shell/keys.ts";
import { FileError } from "../../shell/node-files.ts";
import type { Program, ProgramContext, Tty } from "../../shell/process.ts";
import { pathIn, readArguments, reasonOf } from "./arguments.ts";
import { keysWithin } from "./keys-within.ts";
import { posixExpression } from "./posix-expression.ts";
import { collect, openInput } from "./streams.ts";

/** What it shows at most, bytes: all of it is held, and a screen is looked for in one piece. */
const SHOWN_BYTES_MAX = 4 << 20;

/** A file's size; a file with holes may be far larger than what is read of it. */
const sizeOf = (ctx: ProgramContext, name: string) => ctx.files.stat(pathIn(ctx, name)).then(({ size }) => size);

/** Without a terminal the text is passed on. */
export const less: Program = async (ctx) => {
  const preset = presetOptions(ctx.env.get("LESS") ?? "");
  const words = [...(preset.start === "" ? [] : [`+${preset.start}`]), ...ctx.argv.slice(1)];
  const { flags, operands } = readArguments(
    ctx.argv.filter((word) => !/^\+/.test(word)),
    "NSRFXEeiIKnmMqQ~p:x:",
    {},
  );
  for (const letter of preset.flags) flags.set(letter, "");
  if (operands.length === 0 && ctx.isTty.stdin) {
    await ctx.stderr.write('Missing filename ("less --help" for help)\n');
    return 1;
  }
  let text = "";
  for (const operand of operands.length ? operands : ["-"]) {
    try {
      if (operand !== "-" && (await sizeOf(ctx, operand)) > SHOWN_BYTES_MAX) throw new FileError("EFBIG", operand);
      text += (await collect(ctx, openInput(ctx, operand), undefined, SHOWN_BYTES_MAX)).toString("utf8");
    } catch (error) {
      await ctx.stderr.write(`${operand}: ${reasonOf(error)}\n`);
      return 1;
    }
  }
  const start = words.findLast((word) => word.startsWith("+"))?.slice(1) ?? "";
  const only = operands.length === 1 && operands[0] !== "-" ? operands[0]! : undefined;
  return page(ctx, text, {
    flags: new Set(flags.keys()),
    name: operands[0] ?? "",
    start,
    ...(only !== undefined && {
      more: () => collect(ctx, openInput(ctx, only)).then((bytes) => bytes.toString("utf8")),
    }),
  });
};

/** What `$LESS` says, with or without dashes: `FRSXMK`, `-R -S`, `FRSXMK +G`. */
export function presetOptions(text: string): { flags: Set<string>; start: string } {
  const words = text.split(/\s+/).filter(Boolean);
  const letters = words.filter((word) => !word.startsWith("+")).map((word) => word.replace(/^-(?!-)/, ""));
  return {
    flags: new Set(letters.filter((word) => !word.startsWith("-")).flatMap((word) => [...word])),
    start: words.findLast((word) => word.startsWith("+"))?.slice(1) ?? "",
  };
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
}

/** Show a text on the terminal until `q`; where there is none, write it. */
export async function page(ctx: ProgramContext, text: string, options: PageOptions): Promise<number> {
  const { tty } = ctx;
  if (!tty || !ctx.isTty.stdout) {
    await ctx.stdout.write(text);
    return 0;
  }
  const pager = new Pager(ctx, tty, text, options);
  if (options.flags.has("F") && pager.fits()) {
    await pager.printWhole();
    return 0;
  }
  const alternate = !options.flags.has("X");
  tty.setMode("raw");
  if (alternate) await tty.write("\x1b[?1049h\x1b[H");
  const stopResize = tty.onResize(() => void pager.draw().catch(() => undefined));
  const leave = () => tty.write(`\r\x1b[K${alternate ? "\x1b[?1049l" : ""}`);
  try {
    await pager.begin();
    while ((await pager.run()) === "stop") {
      await leave();
      tty.setMode("cooked");
      await ctx.stop();
      tty.setMode("raw");
      if (alternate) await tty.write("\x1b[?1049h");
      pager.wipe();
    }
    await leave();
    return 0;
  } catch (error) {
    // A terminal that is gone takes nothing more.
    leave().catch(() => undefined);
    throw error;
  } finally {
    stopResize();
    tty.setMode("cooked");
  }
}

const linesOf = (text: string) => text.replace(/\n$/, "").split("\n");

/** How often a file that is followed is looked at. */
const FOLLOW_MS = 500;

const HELP = `SUMMARY OF COMMANDS

  q             leave                    h            this page
  e  j  RETURN  forward one line         y  k         back one line
  f  SPACE      forward one screen       b            back one screen
  d             forward half a screen    u            back half a screen
  g  <          first line, or line N    G  >         last line, or line N
  /text         search forward           ?text        search backward
  n             the next one             N            the one before
  &text         only lines that match    &!text       only those that do not
  F             forward for ever (^C)    R            read the file anew
  m<letter>     mark                     '<letter>    go to the mark, '' back
  LEFT  RIGHT   half a screen sideways   p  %         go to N percent
  -N  -S  -i    numbers, chopped lines, capitals and small letters alike
  =             where this is

  A number before a command is its N. Text is an extended regular expression.`.split("\n");

interface Row {
  text: string;
  /** Index of the line that it is of. */
  line: number;
  /** Its line goes on to the right of the screen. */
  isChopped?: boolean;
}

/** What the screen shows, so that only what is new is written. */
interface Painted {
  /** Of what the rows are made. */
  of: string;
  top: number;
  rows: number;
}

/** Colours in a text. */
const STYLE = /(\x1b\[[\d;]*m)/;
const STYLES = /\x1b\[[\d;]*m/g;

const TILDE = "\x1b[1m~\x1b[0m";

/** What less says when an option is taken back or set. */
const TOLD: Record<string, [string, string]> = {
  N: ["Don't use line numbers", "Use line numbers"],
  S: ["Fold long lines", "Chop long lines"],
  i: ["Case is significant in searches", "Ignore case in searches"],
};

class Pager {
  readonly #ctx: ProgramContext;
  readonly #tty: Tty;
  readonly #flags: Set<string>;
  readonly #name: string;
  /** What was read last. */
  #text: string;
  #lines: string[];
  #keys = new KeyReader();
  #top = 0;
  #count = "";
  #message = "";
  /** A line that is being typed: a search, or `-` and its letter. */
  #asking: { mark: string; text: string } | undefined;
  #query: RegExp | undefined;
  #backward = false;
  /** What is shown again when the help is left. */
  #below: { lines: string[]; top: number } | undefined;
  #start: string;
  #cached: { key: string; rows: Row[] } | undefined;
  /** Where lines end, in bytes; made when it is asked for. */
  #measured: { lines: readonly string[]; ends: number[] } | undefined;
  #more: PageOptions["more"];
  /** `&`: what is shown alone, and what it leaves out. */
  #filter: { query: RegExp; not: boolean } | undefined;
  /** Columns that are out of sight to the left. */
  #left = 0;
  #marks = new Map<string, number>();
  #painted: Painted | undefined;
  /** The screen is painted anew, not scrolled. */
  #isWiped = false;
  /** The end has been read: how many lines there are is known. */
  #sawEnd: boolean;

  constructor(ctx: ProgramContext, tty: Tty, text: string, options: PageOptions) {
    this.#ctx = ctx;
    this.#tty = tty;
    this.#text = text;
    this.#lines = linesOf(text);
    this.#more = options.more;
    this.#flags = new Set(options.flags);
    this.#name = options.name === "-" ? "" : (options.name ?? "");
    this.#start = options.start ?? "";
    this.#sawEnd = options.more !== undefined;
  }

  /** Whether one screen shows all of it. @source less 590: a line that goes on to the right does not fit */
  fits(): boolean {
    const rows = this.#rows();
    return rows.length < this.#tty.rows && !rows.some((row) => row.isChopped);
  }

  async printWhole(): Promise<void> {
    const rows = this.#rows().map((row) => row.text);
    const before = this.#start === "G" ? Math.max(0, this.#tty.rows - 1 - rows.length) : 0;
    await this.#tty.write([...Array<string>(before).fill(TILDE), ...rows].map((row) => `${row}\n`).join(""));
  }

  /** Paint the whole screen the next time. */
  wipe(): void {
    this.#isWiped = true;
  }

  /** The file's name for the first prompt, and what is typed first. */
  async begin(): Promise<void> {
    if (this.#name && !this.#flags.has("M"))
      this.#message = `\x1b[7m${this.#name}${this.#rows().length < this.#tty.rows ? " (END)" : ""}\x1b[27m`;
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

  /** Lines as the screen has them: long ones go on in the next row unless they are chopped. */
  #rows(): Row[] {
    const width = Math.max(1, this.#tty.columns);
    const key = this.#rowsKey(width);
    if (this.#cached?.key !== key) this.#cached = { key, rows: this.#rowsAt(width) };
    return this.#cached.rows;
  }

  #rowsKey(width: number): string {
    const filter = this.#filter ? `${this.#filter.not}${this.#filter.query.source}` : "";
    return `${width} ${[...this.#flags].join("")} ${this.#below !== undefined} ${this.#left} ${this.#lines.length} ${filter}`;
  }

  #rowsAt(width: number): Row[] {
    const filter = this.#below ? undefined : this.#filter;
    const chops = this.#flags.has("S") || this.#left > 0;
    return this.#lines.flatMap((line, index) => {
      if (filter) {
        filter.query.lastIndex = 0;
        if (filter.query.test(line.replaceAll(STYLES, "")) === filter.not) return [];
      }
      const shown = this.#flags.has("N") && !this.#below ? `${String(index + 1).padStart(7)} ${line}` : line;
      const { characters, styles } = readStyles(shown, this.#flags.has("R"));
      const piece = (from: number, to: number) => styledPiece(characters, styles, from, to);
      if (characters.length <= width && this.#left === 0) return [{ text: piece(0, width), line: index }];
      if (!chops)
        return Array.from({ length: Math.ceil(characters.length / width) }, (_, at) => ({
          text: piece(at * width, (at + 1) * width),
          line: index,
        }));
      const isChopped = characters.length > this.#left + width;
      const text = piece(this.#left, this.#left + width - (isChopped ? 1 : 0));
      return [{ text: isChopped ? `${text}\x1b[7m>\x1b[27m` : text, line: index, isChopped }];
    });
  }

  async draw(): Promise<void> {
    const rows = this.#rows();
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
    const of = `${this.#rowsKey(this.#tty.columns)} ${screenRows} ${this.#query?.source ?? ""} ${this.#text.length}`;
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
    if (!this.#flags.has("M") || this.#below) {
      const filtered = this.#filter && !this.#below ? "& " : "";
      return isAtEnd ? `${filtered}${standing("(END)")}` : `${filtered}:`;
    }
    const { text, last } = this.#shownLines(rows);
    const share = this.#sawEnd ? ` ${this.#percentAt(last)}%` : "";
    const prompt = `${text}${isAtEnd ? " (END)" : share}`;
    // One that is too wide loses its beginning.
    return standing(prompt.slice(-Math.max(1, this.#tty.columns - 2)));
  }

  /** The file and which of its lines are on the screen, as prompts tell it; the last of them, counted from 0. */
  #shownLines(rows: readonly Row[]): { text: string; last: number } {
    const end = Math.min(rows.length, this.#top + Math.max(1, this.#tty.rows - 1));
    const [first, last] = [rows[this.#top]?.line ?? 0, rows[end - 1]?.line ?? 0];
    const of = this.#sawEnd ? `/${this.#lines.length}` : "";
    return { text: `${this.#name && `${this.#name} `}lines ${first + 1}-${last + 1}${of}`, last };
  }

  /** How much of the text stands above the end of a line. */
  #percentAt(line: number): number {
    return Math.floor((this.#bytesTo(line) * 100) / Math.max(1, this.#bytesTo(this.#lines.length - 1)));
  }

  /** Bytes up to the end of a line. */
  #bytesTo(line: number): number {
    if (this.#measured?.lines !== this.#lines) {
      const ends: number[] = [];
      for (const one of this.#lines) ends.push((ends.at(-1) ?? 0) + Buffer.byteLength(one) + 1);
      this.#measured = { lines: this.#lines, ends };
    }
    return this.#measured.ends[line] ?? 0;
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
        if (!this.#below) return "quit";
        [this.#lines, this.#top, this.#below] = [this.#below.lines, this.#below.top, undefined];
        break;
      case "^c":
        if (this.#flags.has("K")) return "quit";
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
        this.#top += count ?? screen >> 1;
        break;
      case "u":
      case "^u":
        this.#top -= count ?? screen >> 1;
        break;
      case "g":
      case "<":
      case "home":
        this.#goTo((count ?? 1) - 1);
        break;
      case "G":
      case ">":
      case "end":
        if (count === undefined) this.#top = this.#rows().length;
        else this.#goTo(count - 1);
        break;
      case "p":
      case "%":
        this.#top = Math.floor((this.#rows().length * Math.min(100, count ?? 0)) / 100);
        break;
      case "right":
        this.#left += count ?? this.#tty.columns >> 1;
        break;
      case "left":
        this.#left = Math.max(0, this.#left - (count ?? this.#tty.columns >> 1));
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
        this.#below ??= { lines: this.#lines, top: this.#top };
        [this.#lines, this.#top] = [HELP, 0];
        break;
      case "=":
      case "^g":
        this.#message = this.#place(screen);
        break;
    }
    const last = Math.max(0, this.#rows().length - screen);
    this.#top = Math.max(0, Math.min(this.#top, last));
    return undefined;
  }

  /** `=`: lines, bytes, how far. */
  #place(screen: number): string {
    const rows = this.#rows();
    this.#sawEnd = true;
    const { text, last } = this.#shownLines(rows);
    return (
      `\x1b[7m${text} byte ${this.#bytesTo(last)}/${this.#bytesTo(this.#lines.length - 1)} ` +
      `${this.#top + screen >= rows.length ? "(END)" : `${this.#percentAt(last)}%`}  (press RETURN)\x1b[27m`
    );
  }

  #goTo(line: number): void {
    const at = this.#rows().findIndex((row) => row.line >= line);
    this.#top = at < 0 ? this.#rows().length : at;
  }

  /** A key for the line at the bottom. */
  #answer(name: string): void {
    const asking = this.#asking!;
    if (asking.mark === "-") {
      this.#asking = undefined;
      const letter = name === "I" ? "i" : name;
      if (!/^[NSi]$/.test(letter)) this.#message = `\x1b[7mThere is no ${name} option ("h" for help)\x1b[27m`;
      else {
        if (!this.#flags.delete(letter)) this.#flags.add(letter);
        this.#message = `\x1b[7m${TOLD[letter]![this.#flags.has(letter) ? 1 : 0]}  (press RETURN)\x1b[27m`;
      }
    } else if (asking.mark === "m" || asking.mark === "'") {
      this.#asking = undefined;
      this.#mark(asking.mark, name);
    } else if (asking.mark === "&" && (name === "^m" || name === "^j")) {
      this.#asking = undefined;
      const not = asking.text.startsWith("!");
      const query = asking.text === "" ? undefined : this.#expression(asking.text.slice(not ? 1 : 0));
      if (asking.text === "" || query) this.#filter = query && { query, not };
      if (query && !not) this.#query = query;
      this.#top = 0;
    } else if (name === "^m" || name === "^j") {
      this.#asking = undefined;
      this.#backward = asking.mark === "?";
      if (asking.text !== "") this.#query = this.#expression(asking.text);
      if (this.#query) this.#seek(this.#backward ? -1 : 1);
    } else if (name === "^c" || name === "^g" || name === "escape") this.#asking = undefined;
    else if (name === "^backspace" || name === "backspace" || name === "^h") {
      if (asking.text === "") this.#asking = undefined;
      else asking.text = asking.text.slice(0, -1);
    } else if ([...name].length === 1) asking.text += name;
  }

  #mark(how: string, letter: string): void {
    const line = this.#rows()[this.#top]?.line ?? 0;
    if (how === "m") {
      this.#marks.set(letter, line);
      return;
    }
    const target = letter === "^" ? 0 : letter === "$" ? this.#lines.length - 1 : this.#marks.get(letter);
    if (target === undefined) {
      this.#message = letter === "'" ? "" : "\x1b[7mMark not set  (press RETURN)\x1b[27m";
      return;
    }
    this.#marks.set("'", line);
    this.#goTo(target);
  }

  async #readAgain(): Promise<void> {
    if (!this.#more || this.#below) return;
    const text = await this.#more();
    if (text === this.#text) return;
    this.#text = text;
    this.#lines = linesOf(text);
    this.#cached = undefined;
  }

  /** `F`: what is added to the file is shown as it comes, until ^C. */
  async #follow(): Promise<void> {
    if (!this.#more || this.#below) {
      this.#message = "\x1b[7mCannot follow this  (press RETURN)\x1b[27m";
      return;
    }
    for (;;) {
      await this.#readAgain();
      this.#top = Number.MAX_SAFE_INTEGER;
      this.#message = "\x1b[7mWaiting for data... (^X or interrupt to abort)\x1b[27m";
      await this.draw();
      const bytes = await keysWithin(this.#ctx, this.#tty, FOLLOW_MS);
      if (bytes && (bytes.length === 0 || bytes.includes(0x03) || bytes.includes(0x18) || bytes.includes(0x71))) return;
    }
  }

  #expression(text: string): RegExp | undefined {
    try {
      return posixExpression(text, "extended", this.#flags.has("i") && text === text.toLowerCase() ? "i" : "");
    } catch {
      this.#message = "\x1b[7mInvalid pattern  (press RETURN)\x1b[27m";
      return undefined;
    }
  }

  #seek(step: 1 | -1): void {
    const rows = this.#rows();
    const query = this.#query;
    if (!query) {
      this.#message = "\x1b[7mNo previous regular expression  (press RETURN)\x1b[27m";
      return;
    }
    for (let at = this.#top + step; at >= 0 && at < rows.length; at += step) {
      query.lastIndex = 0;
      if (query.test(rows[at]!.text.replaceAll(STYLES, ""))) {
        this.#top = at;
        return;
      }
    }
    this.#message = "\x1b[7mPattern not found  (press RETURN)\x1b[27m";
  }
}

/** A line's characters, tabs as blanks and control characters as less shows them; the colours that `-R` lets through. */
function readStyles(line: string, letsThrough: boolean): { characters: string[]; styles: Map<number, string> } {
  const styles = new Map<number, string>();
  if (!/[\x00-\x1f\x7f]/.test(line)) return { characters: [...line], styles };
  const characters: string[] = [];
  for (const part of line.split(STYLE)) {
    if (letsThrough && part.startsWith("\x1b[") && part.endsWith("m")) {
      styles.set(characters.length, (styles.get(characters.length) ?? "") + part);
      continue;
    }
    for (const char of part) {
      if (char === "\t") for (let count = 8 - (characters.length % 8); count > 0; count--) characters.push(" ");
      else if (char === "\x1b") characters.push("E", "S", "C");
      else if (char < " " || char === "\x7f") characters.push("^", String.fromCharCode(char.charCodeAt(0) ^ 64));
      else characters.push(char);
    }
  }
  return { characters, styles };
}

/** The characters from one column to another in the colours that they have there. */
function styledPiece(characters: readonly string[], styles: ReadonlyMap<number, string>, from: number, to: number) {
  const text = characters.slice(from, to);
  if (styles.size === 0) return text.join("");
  let out = "";
  let active = "";
  for (const [at, style] of styles) {
    if (at > from) break;
    active = /\x1b\[0?m$/.test(style) ? "" : style;
  }
  out += active;
  for (const [index, char] of text.entries()) {
    const style = index === 0 ? undefined : styles.get(from + index);
    if (style !== undefined) {
      out += style;
      active = /\x1b\[0?m$/.test(style) ? "" : style;
    }
    out += char;
  }
  return active === "" ? out : `${out}\x1b[m`;
}
