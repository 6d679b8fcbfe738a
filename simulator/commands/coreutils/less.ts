/** `less` and `more`, and the pager that `man` and `journalctl` open: one screen at a time. Keys and prompts of less 590. */
import { boundedExpression } from "../../shell/bounded-expression.ts";
import { KeyReader } from "../../shell/keys.ts";
import type { Program, ProgramContext, Tty } from "../../shell/process.ts";
import { readArguments, reasonOf } from "./arguments.ts";
import { keysWithin } from "./keys-within.ts";
import { posixExpression } from "./posix-expression.ts";
import { collect, openInput } from "./streams.ts";

/** Without a terminal the text is passed on. */
export const less: Program = async (ctx) => {
  const words = ctx.argv.slice(1);
  const { flags, operands } = readArguments(
    ctx.argv.filter((word) => !/^\+/.test(word)),
    "NSRFXEeiIKnmMqQ~p:x:",
    {},
  );
  if (operands.length === 0 && ctx.isTty.stdin) {
    await ctx.stderr.write('Missing filename ("less --help" for help)\n');
    return 1;
  }
  let text = "";
  for (const operand of operands.length ? operands : ["-"]) {
    try {
      text += (await collect(ctx, openInput(ctx, operand))).toString("utf8");
    } catch (error) {
      await ctx.stderr.write(`${operand}: ${reasonOf(error)}\n`);
      return 1;
    }
  }
  const start = words.find((word) => word.startsWith("+"))?.slice(1) ?? "";
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
  if (!tty || !ctx.isTty.stdout || (options.flags.has("F") && linesOf(text).length < tty.rows)) {
    await ctx.stdout.write(text);
    return 0;
  }
  const alternate = !options.flags.has("X");
  tty.setMode("raw");
  if (alternate) await tty.write("\x1b[?1049h");
  const pager = new Pager(ctx, tty, text, options);
  const stopResize = tty.onResize(() => void pager.draw().catch(() => undefined));
  const leave = () => tty.write(alternate ? "\x1b[?1049l" : "\r\x1b[K");
  try {
    await pager.begin();
    while ((await pager.run()) === "stop") {
      await leave();
      tty.setMode("cooked");
      await ctx.stop();
      tty.setMode("raw");
      if (alternate) await tty.write("\x1b[?1049h");
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
}

class Pager {
  readonly #ctx: ProgramContext;
  readonly #tty: Tty;
  readonly #flags: Set<string>;
  #name: string;
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
  #more: PageOptions["more"];
  /** `&`: what is shown alone, and what it leaves out. */
  #filter: { query: RegExp; not: boolean } | undefined;
  /** Columns that are out of sight to the left. */
  #left = 0;
  #marks = new Map<string, number>();

  constructor(ctx: ProgramContext, tty: Tty, text: string, options: PageOptions) {
    this.#ctx = ctx;
    this.#tty = tty;
    this.#text = text;
    this.#lines = linesOf(text);
    this.#more = options.more;
    this.#flags = new Set(options.flags);
    this.#name = options.name ?? "";
    this.#start = options.start ?? "";
  }

  /** The file's name for the first prompt, and what is typed first. */
  async begin(): Promise<void> {
    if (this.#name)
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
    const filter = this.#filter ? `${this.#filter.not}${this.#filter.query.source}` : "";
    const key = `${width} ${[...this.#flags].join("")} ${this.#below !== undefined} ${this.#left} ${this.#lines.length} ${filter}`;
    if (this.#cached?.key !== key) this.#cached = { key, rows: this.#rowsAt(width) };
    return this.#cached.rows;
  }

  #rowsAt(width: number): Row[] {
    const filter = this.#below ? undefined : this.#filter;
    return this.#lines.flatMap((line, index) => {
      if (filter) {
        filter.query.lastIndex = 0;
        if (filter.query.test(line) === filter.not) return [];
      }
      const shown = this.#flags.has("N") && !this.#below ? `${String(index + 1).padStart(7)} ${line}` : line;
      const characters = [...visible(shown)];
      if (characters.length <= width || this.#flags.has("S") || this.#left > 0)
        return [{ text: characters.slice(this.#left, this.#left + width).join(""), line: index }];
      return Array.from({ length: Math.ceil(characters.length / width) }, (_, at) => ({
        text: characters.slice(at * width, (at + 1) * width).join(""),
        line: index,
      }));
    });
  }

  async draw(): Promise<void> {
    const rows = this.#rows();
    const height = Math.max(1, this.#tty.rows - 1);
    this.#top = Math.max(0, Math.min(this.#top, rows.length - height));
    const shown = rows.slice(this.#top, this.#top + height).map((row) => this.#marked(row.text));
    while (shown.length < height) shown.push("~");
    const isAtEnd = this.#top + height >= rows.length;
    const place = `lines ${this.#top + 1}-${Math.min(rows.length, this.#top + height)}`;
    const prompt = this.#flags.has("M")
      ? `\x1b[7m${place}${isAtEnd ? `/${rows.length} (END)` : ""}\x1b[27m`
      : isAtEnd
        ? "\x1b[7m(END)\x1b[27m"
        : this.#filter
          ? "& "
          : ":";
    const typed = this.#asking ? this.#asking.mark + this.#asking.text : this.#count && `:${this.#count}`;
    const status = typed || this.#message || prompt;
    this.#message = "";
    await this.#tty.write(`\x1b[H\x1b[2J${shown.join("\n")}\n${status}`);
  }

  #marked(text: string): string {
    if (!this.#query) return text;
    const every = boundedExpression(this.#query.source, `${this.#query.flags.replace("g", "")}g`);
    return text.replace(every, (found) => (found === "" ? "" : `\x1b[7m${found}\x1b[27m`));
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
      case "h":
      case "H":
        this.#below ??= { lines: this.#lines, top: this.#top };
        [this.#lines, this.#top] = [HELP, 0];
        break;
      case "=":
      case "^g":
        this.#message = `\x1b[7m${this.#name} lines ${this.#top + 1}-${Math.min(this.#rows().length, this.#top + screen)}/${this.#rows().length}\x1b[27m`;
        break;
    }
    const last = Math.max(0, this.#rows().length - screen);
    this.#top = Math.max(0, Math.min(this.#top, last));
    return undefined;
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
      else if (!this.#flags.delete(letter)) this.#flags.add(letter);
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
      if (query.test(rows[at]!.text)) {
        this.#top = at;
        return;
      }
    }
    this.#message = "\x1b[7mPattern not found  (press RETURN)\x1b[27m";
  }
}

/** Tabs as blanks, other control characters as less shows them. */
function visible(line: string): string {
  if (!/[\x00-\x1f\x7f]/.test(line)) return line;
  let out = "";
  for (const char of line) {
    if (char === "\t") out += " ".repeat(8 - (out.length % 8));
    else if (char === "\x1b") out += "ESC";
    else if (char < " " || char === "\x7f") out += `^${String.fromCharCode(char.charCodeAt(0) ^ 64)}`;
    else out += char;
  }
  return out;
}
