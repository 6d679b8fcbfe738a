/**
 * `nano` with its usual keys.
 *
 * @source nano(1) and the help of GNU nano 7.2
 */
import type { Program, ProgramContext, Tty } from "../../shell/process.ts";
import { widthOf } from "../../shell/text-width.ts";
import { complain, pathIn } from "../coreutils/arguments.ts";
import { clipped, fullScreen, isTyped, openText, paint, saveText, shownLine } from "./full-screen.ts";
import { TextBuffer } from "./text-buffer.ts";

const HELP = [
  "^G Help|^O Write Out|^W Where Is|^K Cut|^C Location|M-U Undo",
  "^X Exit|^R Read File|^\\ Replace|^U Paste|^/ Go To Line|M-E Redo",
];

/** A question in the status line. */
interface Question {
  label: string;
  typed: string;
  /** One of these letters instead of a line. */
  letters?: string;
  answer(text: string): Promise<unknown>;
}

export const nano: Program = async (ctx) => {
  const operands = ctx.argv.slice(1).filter((word) => !/^[-+]./.test(word));
  const firstLine = Number(ctx.argv.find((word) => /^\+\d+/.test(word))?.slice(1) ?? 1);
  if (!ctx.tty || !ctx.isTty.stdout) {
    await ctx.stderr.write("Standard output is not a terminal\n");
    return 1;
  }
  if (operands.length > 1) {
    await complain(ctx, "more than one file at once is not modelled in this simulated node");
    return 1;
  }
  return new Nano(ctx, ctx.tty, operands[0] ?? "", firstLine).run();
};

class Nano {
  #ctx: ProgramContext;
  #tty: Tty;
  #name: string;
  #firstLine: number;
  #buffer = new TextBuffer();
  #top = 0;
  #message = "";
  #question: Question | undefined;
  #cut: string[] = [];
  #cutting = false;
  #typing = false;
  #lastSearch = "";
  #ended = false;

  constructor(ctx: ProgramContext, tty: Tty, name: string, firstLine: number) {
    this.#ctx = ctx;
    this.#tty = tty;
    this.#name = name;
    this.#firstLine = firstLine;
  }

  async run(): Promise<number> {
    if (this.#name) {
      const opened = await openText(this.#ctx, pathIn(this.#ctx, this.#name));
      if (opened.kind === "text") {
        this.#buffer.load(opened.text);
        this.#message = `Read ${lines(opened.text === "" ? 0 : this.#buffer.lines.length)}`;
        this.#buffer.move(this.#firstLine - 1, 0);
      } else if (opened.kind === "new") this.#message = "New File";
      else {
        this.#message =
          opened.reason === "Is a directory"
            ? `"${this.#name}" is a directory`
            : `Error reading ${this.#name}: ${opened.reason}`;
        this.#name = "";
      }
    }
    return fullScreen(
      this.#tty,
      () => this.#draw(),
      async (key) => {
        if (this.#question) await this.#answerKey(this.#question, key);
        else await this.#key(key);
        return this.#ended ? 0 : undefined;
      },
      () => this.#ctx.stop(),
    );
  }

  get #height(): number {
    return Math.max(1, this.#tty.rows - 4);
  }

  async #draw(): Promise<void> {
    const { columns, rows } = this.#tty;
    const buffer = this.#buffer;
    if (buffer.row < this.#top || buffer.row >= this.#top + this.#height)
      this.#top = Math.max(0, buffer.row - (this.#height >> 1));
    const left = "  GNU nano 7.2";
    const name = this.#name || "New Buffer";
    const right = buffer.modified ? "Modified  " : "";
    const middle = Math.max(left.length + 2, (columns - widthOf(name)) >> 1);
    const title = `${left.padEnd(middle)}${name}`.padEnd(Math.max(0, columns - right.length)) + right;
    const out = [`\x1b[7m${clipped(title, 0, columns)}`];
    const at = widthOf(shownLine(buffer.line.slice(0, buffer.column)));
    const from = at < columns - 1 ? 0 : at - (at % (columns - 8)) - 1;
    for (let row = this.#top; row < this.#top + this.#height; row++) {
      out.push(clipped(shownLine(buffer.lines[row] ?? ""), row === buffer.row ? from : 0, columns));
    }
    const question = this.#question;
    if (question) out.push(`\x1b[7m${clipped(`${question.label}${question.typed}`.padEnd(columns), 0, columns)}`);
    else if (this.#message) {
      const text = `[ ${this.#message} ]`;
      out.push(`${" ".repeat(Math.max(0, (columns - widthOf(text)) >> 1))}\x1b[7m${clipped(text, 0, columns)}`);
    } else out.push("");
    const help = question
      ? [question.letters ? " Y Yes| A All" : "^G Help", question.letters ? " N No|^C Cancel" : "^C Cancel"]
      : HELP;
    const cell = Math.max(1, Math.floor(columns / 6));
    for (const line of help) {
      out.push(
        line
          .split("|")
          .map((entry) => {
            const [key = "", ...label] = entry.trimStart().split(" ");
            return `\x1b[7m${key}\x1b[m ${label
              .join(" ")
              .slice(0, cell - key.length - 1)
              .padEnd(cell - key.length - 1)}`;
          })
          .join(""),
      );
    }
    this.#message = "";
    const cursor = question
      ? { row: rows - 3, column: Math.min(columns - 1, widthOf(question.label + question.typed)) }
      : { row: 1 + buffer.row - this.#top, column: Math.min(columns - 1, at - from) };
    await paint(this.#tty, out.slice(0, rows), cursor);
  }

  async #answerKey(question: Question, key: string): Promise<unknown> {
    if (key === "^c" || key === "escape") {
      this.#question = undefined;
      this.#message = "Cancelled";
      return;
    }
    if (question.letters) {
      const letter = key.toLowerCase();
      if (!question.letters.includes(letter)) return;
      this.#question = undefined;
      return question.answer(letter);
    }
    if (key === "^m") {
      this.#question = undefined;
      return question.answer(question.typed);
    }
    if (key === "^backspace" || key === "^h") question.typed = [...question.typed].slice(0, -1).join("");
    else if (key === "^u" || key === "^k") question.typed = "";
    else if (isTyped(key)) question.typed += key;
  }

  #ask(label: string, answer: Question["answer"], options: { typed?: string; letters?: string } = {}): void {
    this.#question = {
      label,
      typed: options.typed ?? "",
      answer,
      ...(options.letters && { letters: options.letters }),
    };
  }

  async #key(key: string): Promise<unknown> {
    const buffer = this.#buffer;
    const wasCutting = this.#cutting;
    const wasTyping = this.#typing;
    this.#cutting = false;
    this.#typing = false;
    const type = (change: () => void) => {
      if (!wasTyping) buffer.remember();
      this.#typing = true;
      buffer.modified = true;
      change();
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
      case "home":
      case "^a":
        return buffer.move(buffer.row, 0);
      case "end":
      case "^e":
        return buffer.move(buffer.row, buffer.line.length);
      case "page-up":
      case "^y":
        return buffer.move(buffer.row - this.#height + 2, 0);
      case "page-down":
      case "^v":
        return buffer.move(buffer.row + this.#height - 2, 0);
      case "M-\\":
        return buffer.move(0, 0);
      case "M-/":
        return buffer.move(buffer.lines.length - 1, Number.MAX_SAFE_INTEGER);
      case "^m":
        return type(() => buffer.insert("\n"));
      case "^i":
        return type(() => buffer.insert("\t"));
      case "^backspace":
      case "^h":
        return type(() => buffer.eraseBefore());
      case "delete":
      case "^d":
        return type(() => buffer.eraseAt());
      case "^k":
        return this.#cutLine(wasCutting);
      case "^u":
        return this.#paste();
      case "M-u":
        this.#message = buffer.undo() ? "Undid change" : "Nothing to undo";
        return;
      case "M-e":
        this.#message = buffer.redo() ? "Redid change" : "Nothing to redo";
        return;
      case "^w":
        return this.#search();
      case "M-w":
        return this.#goToFound(this.#lastSearch);
      case "^|":
        return this.#replace();
      case "^_":
      case "^\x7f":
      case "M-g":
        return this.#ask("Enter line number, column number: ", async (text) => {
          const [row = 1, column = 1] = text.split(/[, ]+/).map(Number);
          if (!Number.isInteger(row) || !Number.isInteger(column)) this.#message = "Invalid line or column number";
          else buffer.move(row - 1, column - 1);
        });
      case "^c":
        return this.#tellLocation();
      case "^g":
        this.#message = "The keys are below; this simulated nano has no help pages";
        return;
      case "^r":
        return this.#ask("File to insert [from ./]: ", (name) => this.#readFile(name));
      case "^o":
        return this.#ask("File Name to Write: ", async (name) => void (await this.#write(name)), { typed: this.#name });
      case "^s":
        await this.#write(this.#name);
        return;
      case "^x":
        return this.#exit();
      default:
        if (isTyped(key)) type(() => buffer.insert(key));
        else if (key.startsWith("^") || key.startsWith("M-")) this.#message = "Unbound key";
    }
  }

  #cutLine(more: boolean): void {
    const buffer = this.#buffer;
    this.#cutting = true;
    if (buffer.lines.length === 1 && buffer.line === "") return;
    buffer.remember();
    if (!more) this.#cut = [];
    this.#cut.push(buffer.line);
    buffer.lines.splice(buffer.row, 1);
    if (buffer.row === buffer.lines.length) buffer.lines.push("");
    buffer.column = 0;
  }

  #paste(): void {
    if (this.#cut.length === 0) {
      this.#message = "Cutbuffer is empty";
      return;
    }
    this.#buffer.remember();
    this.#buffer.insert(`${this.#cut.join("\n")}\n`);
  }

  #search(): void {
    const before = this.#lastSearch ? ` [${this.#lastSearch}]` : "";
    this.#ask(`Search${before}: `, async (text) => this.#goToFound(text || this.#lastSearch));
  }

  #goToFound(text: string): void {
    if (text === "") return;
    this.#lastSearch = text;
    const found = this.#buffer.find(text);
    if (!found) this.#message = `"${text}" not found`;
    else if (found.row === this.#buffer.row && found.column === this.#buffer.column)
      this.#message = "This is the only occurrence";
    else this.#buffer.move(found.row, found.column);
  }

  #replace(): void {
    const before = this.#lastSearch ? ` [${this.#lastSearch}]` : "";
    this.#ask(`Search (to replace)${before}: `, async (typed) => {
      const wanted = typed || this.#lastSearch;
      if (wanted === "") return;
      this.#lastSearch = wanted;
      this.#ask("Replace with: ", async (by) =>
        this.#replaceNext(wanted, by, 0, { row: this.#buffer.row, column: this.#buffer.column }),
      );
    });
  }

  /** From the cursor to the end of the text, one question at a time; what lies before the cursor is left alone. */
  #replaceNext(wanted: string, by: string, done: number, from: { row: number; column: number }): unknown {
    const buffer = this.#buffer;
    const told = () => {
      this.#message =
        done === 0 ? `"${wanted}" not found` : `Replaced ${done} ${done === 1 ? "occurrence" : "occurrences"}`;
    };
    const seek = (at: { row: number; column: number }) => {
      for (let row = at.row; row < buffer.lines.length; row++) {
        const column = buffer.lines[row]!.toLowerCase().indexOf(wanted.toLowerCase(), row === at.row ? at.column : 0);
        if (column >= 0) return { row, column };
      }
      return undefined;
    };
    const found = seek(from);
    if (!found) return told();
    buffer.move(found.row, found.column);
    const change = (at: { row: number; column: number }) => {
      const line = buffer.lines[at.row]!;
      buffer.lines[at.row] = line.slice(0, at.column) + by + line.slice(at.column + wanted.length);
      done++;
      return { row: at.row, column: at.column + by.length };
    };
    this.#ask(
      "Replace this instance? ",
      async (letter) => {
        if (letter === "n")
          return this.#replaceNext(wanted, by, done, { row: found.row, column: found.column + wanted.length });
        buffer.remember();
        let next: { row: number; column: number } | undefined = change(found);
        if (letter === "y") return seek(next) ? this.#replaceNext(wanted, by, done, next) : told();
        for (next = seek(next); next; next = seek(change(next)));
        told();
      },
      { letters: "yna" },
    );
  }

  #tellLocation(): void {
    const { row, column, line, lines: all } = this.#buffer;
    const before = all.slice(0, row).reduce((sum, text) => sum + text.length + 1, 0) + column;
    const size = this.#buffer.text().length;
    const share = (part: number, whole: number) => (whole === 0 ? 0 : Math.floor((part * 100) / whole));
    this.#message =
      `line ${row + 1}/${all.length} (${share(row + 1, all.length)}%), ` +
      `col ${column + 1}/${line.length + 1} (${share(column + 1, line.length + 1)}%), ` +
      `char ${before}/${size} (${share(before, size)}%)`;
  }

  async #readFile(name: string): Promise<void> {
    const opened = await openText(this.#ctx, pathIn(this.#ctx, name));
    if (opened.kind !== "text") {
      this.#message = opened.kind === "new" ? `File "${name}" not found` : `Error reading ${name}: ${opened.reason}`;
      return;
    }
    this.#buffer.remember();
    this.#buffer.insert(opened.text);
    this.#message = `Read ${lines(opened.text.split("\n").length - 1)}`;
  }

  async #write(name: string): Promise<boolean> {
    if (name === "") {
      this.#ask("File Name to Write: ", async (typed) => void (typed && (await this.#write(typed))));
      return false;
    }
    const text = this.#buffer.text();
    const refused = await saveText(this.#ctx, pathIn(this.#ctx, name), text);
    if (refused) {
      this.#message = `Error writing ${name}: ${refused}`;
      return false;
    }
    this.#name = name;
    this.#buffer.modified = false;
    this.#message = `Wrote ${lines(text === "" ? 0 : this.#buffer.lines.length)}`;
    return true;
  }

  #exit(): void {
    if (!this.#buffer.modified) {
      this.#ended = true;
      return;
    }
    this.#ask(
      "Save modified buffer? ",
      async (letter) => {
        if (letter === "n") {
          this.#ended = true;
          return;
        }
        this.#ask(
          "File Name to Write: ",
          async (name) => {
            this.#ended = await this.#write(name);
          },
          { typed: this.#name },
        );
      },
      { letters: "yn" },
    );
  }
}

function lines(count: number): string {
  return `${count} ${count === 1 ? "line" : "lines"}`;
}
