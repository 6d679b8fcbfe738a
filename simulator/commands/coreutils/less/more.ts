/** `more`: a text from its beginning to its end, a screen at a time, on the shell's own screen. As in util-linux 2.38. */
import { BoundReached } from "../../../shell/bound.ts";
import { KeyReader } from "../../../shell/keys.ts";
import { FileError } from "../../../shell/node-files.ts";
import type { Program, Tty } from "../../../shell/process.ts";
import { type Arguments, readArguments, reasonOf, refuseUsage } from "../arguments.ts";
import { posixExpression } from "../posix-expression.ts";
import { keyNames } from "./key-names.ts";
import { readShown } from "./read-shown.ts";
import { ShownText } from "./shown-text.ts";

const LONG = {
  silent: "d",
  logical: "f",
  "no-pause": "l",
  "print-over": "c",
  "clean-print": "p",
  squeeze: "s",
  plain: "u",
  "lines=": "n",
  "exit-on-eof": "e",
  help: "h",
  version: "V",
};

const USAGE = `Usage:
 more [options] <file>...

Options:
 -e, --exit-on-eof   leave at the end of the text
 -n, --lines <n>     rows of a screen
 -s, --squeeze       several empty lines as one
 +<n>, +/<text>      begin at a line, or at the first one with a text
 -h, --help          this text
 -V, --version       the version
`;

/** Without a terminal the text is passed on. */
export const more: Program = async (ctx) => {
  const { tty } = ctx;
  let args: Arguments;
  try {
    args = readArguments(
      ctx.argv.filter((word) => !word.startsWith("+")),
      "dflcpsuehVn:",
      LONG,
    );
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  if (args.flags.has("V") || args.flags.has("h")) {
    await ctx.stdout.write(args.flags.has("V") ? "more from util-linux 2.38.1\n" : USAGE);
    return 0;
  }
  const lines = args.flags.get("n");
  if (lines !== undefined && !/^\d+$/.test(lines)) {
    await ctx.stderr.write(`more: argument error: '${lines}'\n`);
    return 1;
  }
  if (args.operands.length === 0 && ctx.isTty.stdin) {
    await ctx.stderr.write("more: bad usage\nTry 'more --help' for more information.\n");
    return 1;
  }
  const start = ctx.argv.findLast((word) => word.startsWith("+"))?.slice(1);
  const files = args.operands.length ? args.operands : ["-"];
  for (const [at, file] of files.entries()) {
    let text: string;
    try {
      text = await readShown(ctx, file);
    } catch (error) {
      if (error instanceof FileError && error.code === "EISDIR")
        await ctx.stdout.write(`\n*** ${file}: directory ***\n\n`);
      else await ctx.stderr.write(`more: cannot open ${file}: ${reasonOf(error)}\n`);
      continue;
    }
    const head = files.length > 1 ? `${":".repeat(14)}\n${file}\n${":".repeat(14)}\n` : "";
    if (args.flags.has("s")) text = text.replaceAll(/\n{3,}/g, "\n\n");
    if (!tty || !ctx.isTty.stdout) await ctx.stdout.write(head + text);
    else {
      const pages = new Pages(tty, text, {
        head,
        rows: Number(lines) || undefined,
        isPipe: file === "-",
        endsWithText: args.flags.has("e"),
      });
      if ((await pages.run(start, at < files.length - 1)) === "quit") break;
    }
  }
  return 0;
};

class Pages {
  readonly #tty: Tty;
  readonly #shown: ShownText;
  readonly #keys = new KeyReader();
  readonly #rows: number | undefined;
  /** How far it is is told of a file alone. */
  readonly #isPipe: boolean;
  readonly #endsWithText: boolean;
  #head: string;
  /** The first row that was not shown yet. */
  #next = 0;
  /** How far `d` and `^D` go on, until they are told another number. */
  #scroll: number | undefined;
  #query = "";
  /** What was typed so far of a text to look for. */
  #asked: string | undefined;

  constructor(
    tty: Tty,
    text: string,
    options: { head: string; rows: number | undefined; isPipe: boolean; endsWithText: boolean },
  ) {
    this.#tty = tty;
    this.#shown = new ShownText(text, new Set(["R"]));
    this.#head = options.head;
    this.#rows = options.rows;
    this.#isPipe = options.isPipe;
    this.#endsWithText = options.endsWithText;
  }

  /**
   * @param start `+`'s: a line's number, or `/` and an expression
   * @param hasNext another file comes when this one is through
   */
  async run(start: string | undefined, hasNext: boolean): Promise<"quit" | "end"> {
    this.#tty.setMode("raw");
    try {
      if (start?.startsWith("/")) await this.#find(start.slice(1));
      else if (start !== undefined) this.#next = Math.max(0, Number(start) - 1) || 0;
      const heads = this.#head.split("\n").length - 1;
      await this.#tty.write(this.#head === "" ? "" : `\x1b[H\x1b[2J${this.#head}`);
      await this.#show(this.#screen - heads);
      let count = "";
      let asks = true;
      for (;;) {
        if (this.#isThrough && this.#endsWithText) return "end";
        if (asks) await this.#tty.write(`\r\x1b[K\x1b[7m${this.#prompt()}\x1b[27m`);
        const bytes = await this.#tty.readKeys();
        if (bytes.length === 0) return "quit";
        for (const name of this.#keys.feed(bytes).flatMap(keyNames)) {
          if (this.#asked !== undefined) {
            asks = (await this.#answer(name, this.#asked)) === "ask";
            continue;
          }
          if (/^\d$/.test(name)) {
            count = (count + name).slice(0, 6);
            continue;
          }
          if (this.#isThrough && hasNext && /^[ zf]$|^\^[mjf]$/.test(name)) {
            await this.#clear();
            return "end";
          }
          const given = count === "" ? undefined : Number(count);
          count = "";
          const then = await this.#press(name, given);
          if (then === "quit") return "quit";
          asks = then === "ask";
        }
      }
    } finally {
      this.#tty.setMode("cooked");
    }
  }

  get #screen(): number {
    return this.#rows ?? Math.max(1, this.#tty.rows - 1);
  }

  get #all() {
    return this.#shown.rows(this.#tty.columns);
  }

  get #isThrough(): boolean {
    return this.#next >= this.#all.length;
  }

  #clear(): Promise<void> {
    return this.#tty.write("\r\x1b[K");
  }

  async #show(count: number): Promise<void> {
    const rows = this.#all.slice(this.#next, this.#next + Math.max(0, count));
    this.#next += rows.length;
    await this.#tty.write(rows.map((row) => `${row.text}\n`).join(""));
  }

  #prompt(): string {
    if (this.#isThrough) return "(END)";
    const line = this.#all[this.#next - 1]?.line ?? -1;
    const share =
      line < 0 ? 0 : Math.floor((this.#shown.bytesTo(line) * 100) / this.#shown.bytesTo(this.#shown.lines.length - 1));
    return this.#isPipe ? "--More--" : `--More--(${share}%)`;
  }

  async #press(name: string, count: number | undefined): Promise<"quit" | "ask" | "stay"> {
    const on = async (rows: number) => {
      await this.#clear();
      await this.#show(rows);
    };
    switch (name) {
      case "q":
      case "Q":
      case "^c":
        await this.#clear();
        return "quit";
      case " ":
      case "z":
      case "^f":
        await on(count ?? this.#screen);
        break;
      case "^m":
      case "^j":
      case "j":
        await on(count ?? 1);
        break;
      case "d":
      case "^d":
        this.#scroll = count ?? this.#scroll ?? (this.#tty.rows >> 1) - 1;
        await on(this.#scroll);
        break;
      case "s":
      case "f": {
        const skipped = (count ?? 1) * (name === "f" ? this.#screen : 1);
        await this.#clear();
        await this.#tty.write(`\n...skipping ${skipped} lines\n\n`);
        this.#next += skipped;
        await this.#show(this.#screen);
        break;
      }
      case "b":
      case "^b": {
        if (this.#isPipe) break;
        const back = count ?? 1;
        await this.#clear();
        await this.#tty.write(`...back ${back} page${back === 1 ? "" : "s"}\n\n`);
        this.#next = Math.max(0, this.#next - (back + 1) * this.#screen);
        await this.#show(this.#screen);
        break;
      }
      case "=":
        await this.#tty.write(`\r\x1b[K${(this.#all[this.#next - 1]?.line ?? -1) + 1}`);
        return "stay";
      case "^l":
        await this.#tty.write("\x1b[H\x1b[2J");
        this.#next = Math.max(0, this.#next - this.#screen);
        await this.#show(this.#screen);
        break;
      case "/":
        await this.#tty.write("\r\x1b[K/");
        this.#asked = "";
        return "stay";
      case "n":
        await this.#clear();
        return this.#find(this.#query);
      case "h":
      case "?":
        await on(0);
        await this.#tty.write(`${HELP}\n`);
        break;
      default:
        return "stay";
    }
    return "ask";
  }

  /** A key for the text to look for. */
  async #answer(name: string, typed: string): Promise<"ask" | "stay"> {
    if (name === "^m" || name === "^j") {
      this.#asked = undefined;
      await this.#clear();
      return this.#find(typed || this.#query);
    }
    if (name === "^c" || name === "escape") this.#asked = undefined;
    else if (/backspace|\^h/.test(name)) {
      this.#asked = typed === "" ? undefined : typed.slice(0, -1);
      await this.#tty.write("\b \b");
    } else if ([...name].length === 1) {
      this.#asked = typed + name;
      await this.#tty.write(name);
    }
    return this.#asked === undefined ? "ask" : "stay";
  }

  /** In the prompt's place; the next key is a command as any other. */
  async #told(text: string): Promise<"stay"> {
    await this.#tty.write(`\r\x1b[K\x1b[7m${text}\x1b[27m`);
    return "stay";
  }

  async #find(query: string): Promise<"ask" | "stay"> {
    this.#query = query;
    if (query === "") return this.#told("No previous regular expression");
    const rows = this.#all;
    let at: number;
    try {
      const expression = posixExpression(query, "basic");
      at = rows.findIndex((row, index) => index >= this.#next && expression.test(row.text));
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof BoundReached) return this.#told(error.message);
      throw error;
    }
    if (at < 0) return this.#told("Pattern not found");
    // Two lines before what was found are shown with it.
    await this.#tty.write("...skipping\n");
    this.#next = Math.max(0, at - 2);
    await this.#show(this.#screen - 1);
    return "ask";
  }
}

const HELP = `SPACE, z, ^F   the next screen        RETURN, j   the next line
d, ^D          on by 11 lines         s, f        skip a line, a screen
b, ^B          back by a screen       =           this line's number
/text, n       look for a text        ^L          the screen anew
q, ^C          leave                  h, ?        this page`;
