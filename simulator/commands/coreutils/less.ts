/** `less` and `more`, and the pager that `man` and `journalctl` open: one screen at a time. Keys and prompts of less 590. */
import { boundedExpression } from "../../shell/bounded-expression.ts";
import { KeyReader } from "../../shell/keys.ts";
import type { Program, ProgramContext, Tty } from "../../shell/process.ts";
import { readArguments, reasonOf } from "./arguments.ts";
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
  return page(ctx, text, { flags: new Set(flags.keys()), name: operands[0] ?? "", start });
};

export interface PageOptions {
  /** Letters of less's options: `S` chops long lines, `N` numbers, `F` prints what fits, `X` leaves the screen, `M`, `K`. */
  flags: ReadonlySet<string>;
  /** Of the file, for the first prompt. */
  name?: string;
  /** `G`, `/text`: what is typed first. */
  start?: string;
}

/** Show a text on the terminal until `q`; where there is none, write it. */
export async function page(ctx: ProgramContext, text: string, options: PageOptions): Promise<number> {
  const { tty } = ctx;
  const lines = text.replace(/\n$/, "").split("\n");
  if (!tty || !ctx.isTty.stdout || (options.flags.has("F") && lines.length < tty.rows)) {
    await ctx.stdout.write(text);
    return 0;
  }
  const alternate = !options.flags.has("X");
  tty.setMode("raw");
  if (alternate) await tty.write("\x1b[?1049h");
  const pager = new Pager(tty, lines, options);
  const stopResize = tty.onResize(() => void pager.draw().catch(() => undefined));
  const leave = () => tty.write(alternate ? "\x1b[?1049l" : "\r\x1b[K");
  try {
    await pager.run();
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

const HELP = `SUMMARY OF COMMANDS

  q             leave                    h            this page
  e  j  RETURN  forward one line         y  k         back one line
  f  SPACE      forward one screen       b            back one screen
  d             forward half a screen    u            back half a screen
  g  <          first line, or line N    G  >         last line, or line N
  /text         search forward           ?text        search backward
  n             the next one             N            the one before
  -N  -S  -i    numbers, chopped lines, capitals and small letters alike
  =             where this is

  A number before a command is its N. Text is an extended regular expression.`.split("\n");

interface Row {
  text: string;
  /** Index of the line that it is of. */
  line: number;
}

class Pager {
  readonly #tty: Tty;
  readonly #flags: Set<string>;
  #name: string;
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

  constructor(tty: Tty, lines: string[], options: PageOptions) {
    this.#tty = tty;
    this.#lines = lines;
    this.#flags = new Set(options.flags);
    this.#name = options.name ?? "";
    this.#start = options.start ?? "";
  }

  async run(): Promise<void> {
    if (this.#name)
      this.#message = `\x1b[7m${this.#name}${this.#rows().length < this.#tty.rows ? " (END)" : ""}\x1b[27m`;
    if (this.#start)
      for (const key of /^[/?]/.test(this.#start) ? [...this.#start, "^m"] : [...this.#start]) this.#press(key);
    await this.draw();
    for (;;) {
      const bytes = await this.#tty.readKeys();
      if (bytes.length === 0) return;
      for (const key of this.#keys.feed(bytes)) {
        const names =
          key.kind === "text" || key.kind === "paste"
            ? [...key.text]
            : [key.kind === "alt" ? `M-${key.name}` : key.kind === "control" ? `^${key.name}` : key.name];
        for (const name of names) if (this.#press(name) === "quit") return;
      }
      await this.draw();
    }
  }

  /** Lines as the screen has them: long ones go on in the next row unless they are chopped. */
  #rows(): Row[] {
    const width = Math.max(1, this.#tty.columns);
    const key = `${width} ${[...this.#flags].join("")} ${this.#below !== undefined}`;
    if (this.#cached?.key !== key) this.#cached = { key, rows: this.#rowsAt(width) };
    return this.#cached.rows;
  }

  #rowsAt(width: number): Row[] {
    return this.#lines.flatMap((line, index) => {
      const shown = this.#flags.has("N") && !this.#below ? `${String(index + 1).padStart(7)} ${line}` : line;
      const characters = [...visible(shown)];
      if (characters.length <= width || this.#flags.has("S"))
        return [{ text: characters.slice(0, width).join(""), line: index }];
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
        this.#goTo(Math.floor((this.#lines.length * (count ?? 0)) / 100));
        break;
      case "/":
      case "?":
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
