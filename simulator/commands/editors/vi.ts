/**
 * `vi`: normal, insert and command-line mode, counts, operators with motions, undo, search, substitution.
 *
 * @source vim.tiny(1) of Debian 12; POSIX vi
 */
import { BoundReached } from "../../shell/bound.ts";
import { boundedExpression } from "../../shell/bounded-expression.ts";
import type { Program, ProgramContext, Tty } from "../../shell/process.ts";
import { widthOf } from "../../shell/text-width.ts";
import { complain, pathIn } from "../coreutils/arguments.ts";
import { clipped, fullScreen, isTyped, openText, paint, saveText, shownLine } from "./full-screen.ts";
import { TextBuffer } from "./text-buffer.ts";
import { motionTarget, type Target } from "./vi-motions.ts";

type Mode = "normal" | "insert" | "replace" | "line";

export const vi: Program = async (ctx) => {
  const operands = ctx.argv.slice(1).filter((word) => !/^[-+]/.test(word));
  if (!ctx.tty || !ctx.isTty.stdout) {
    await ctx.stderr.write("Vim: Error: Output is not to a terminal\n");
    return 1;
  }
  if (operands.length > 1) {
    await complain(ctx, "more than one file at once is not modelled in this simulated node");
    return 1;
  }
  const line = ctx.argv.find((word) => /^\+\d*$/.test(word));
  return new Vi(ctx, ctx.tty, operands[0] ?? "", line?.slice(1)).run();
};

class Vi {
  #ctx: ProgramContext;
  #tty: Tty;
  #name: string;
  #startLine: string | undefined;
  #buffer = new TextBuffer();
  #mode: Mode = "normal";
  #top = 0;
  #message = "";
  /** Keys of a command that is not whole yet. */
  #pending = "";
  /** The command line with its `:`, `/` or `?`. */
  #typed = "";
  #register: { text: string; lines: boolean } = { text: "", lines: true };
  #search: { text: string; backwards: boolean } = { text: "", backwards: false };
  #numbers = false;
  #status: number | undefined;
  /** Keys of the command under way, and of the last one that changed the text, for `.`. */
  #keys: string[] = [];
  #lastChange: string[] = [];
  #repeating = false;

  constructor(ctx: ProgramContext, tty: Tty, name: string, startLine: string | undefined) {
    this.#ctx = ctx;
    this.#tty = tty;
    this.#name = name;
    this.#startLine = startLine;
  }

  async run(): Promise<number> {
    if (this.#name) await this.#open();
    if (this.#startLine !== undefined)
      this.#buffer.move(this.#startLine === "" ? this.#buffer.lines.length - 1 : Number(this.#startLine) - 1, 0);
    return fullScreen(
      this.#tty,
      () => this.#draw(),
      async (key) => {
        await this.#key(key);
        return this.#status;
      },
    );
  }

  async #open(): Promise<void> {
    const opened = await openText(this.#ctx, pathIn(this.#ctx, this.#name));
    if (opened.kind === "text") {
      this.#buffer.load(opened.text);
      this.#message = `"${this.#name}" ${this.#size(opened.text)}`;
    } else if (opened.kind === "new") this.#message = `"${this.#name}" [New]`;
    else this.#message = `"${this.#name}" ${opened.reason}`;
  }

  #size(text: string): string {
    return `${text === "" ? 0 : this.#buffer.lines.length}L, ${Buffer.byteLength(text)}B`;
  }

  async #draw(): Promise<void> {
    const { columns, rows } = this.#tty;
    const height = Math.max(1, rows - 1);
    const buffer = this.#buffer;
    if (buffer.row < this.#top) this.#top = buffer.row;
    if (buffer.row >= this.#top + height) this.#top = buffer.row - height + 1;
    const gutter = this.#numbers ? 8 : 0;
    const at = widthOf(shownLine(buffer.line.slice(0, buffer.column)));
    const width = Math.max(1, columns - gutter);
    const from = at < width ? 0 : at - (width >> 1);
    const out: string[] = [];
    for (let row = this.#top; row < this.#top + height; row++) {
      const line = buffer.lines[row];
      if (line === undefined) out.push("~");
      else {
        const number = gutter ? `${String(row + 1).padStart(7)} ` : "";
        out.push(number + clipped(shownLine(line), row === buffer.row ? from : 0, width));
      }
    }
    const status =
      this.#mode === "line"
        ? this.#typed
        : this.#mode === "insert"
          ? "-- INSERT --"
          : this.#mode === "replace"
            ? "-- REPLACE --"
            : this.#message;
    const place = `${buffer.row + 1},${buffer.column + 1}`;
    const room = columns - 18;
    out.push(
      room > 20 && this.#mode !== "line" ? clipped(status, 0, room).padEnd(room) + place : clipped(status, 0, columns),
    );
    await paint(
      this.#tty,
      out,
      this.#mode === "line"
        ? { row: rows - 1, column: Math.min(columns - 1, widthOf(this.#typed)) }
        : { row: buffer.row - this.#top, column: Math.min(columns - 1, gutter + at - from) },
    );
  }

  async #key(name: string): Promise<unknown> {
    // ESC and then a letter arrive as Alt with the letter.
    if (name.startsWith("M-")) {
      await this.#key("escape");
      return this.#key(name.slice(2));
    }
    const key = name === "^[" || (name === "^c" && this.#mode !== "normal") ? "escape" : name;
    if (this.#mode !== "line") this.#keys.push(key);
    if (this.#mode === "line") await this.#lineKey(key);
    else if (this.#mode === "normal") await this.#normalKey(key);
    else this.#insertKey(key);
  }

  #insertKey(key: string): unknown {
    const buffer = this.#buffer;
    switch (key) {
      case "escape":
        this.#mode = "normal";
        if (buffer.column > 0) buffer.left();
        this.#changed();
        return;
      case "^m":
        return buffer.insert("\n");
      case "^i":
        return buffer.insert("\t");
      case "^backspace":
      case "^h":
        return buffer.eraseBefore();
      case "delete":
        return buffer.eraseAt();
      case "up":
        return buffer.move(buffer.row - 1);
      case "down":
        return buffer.move(buffer.row + 1);
      case "left":
        return buffer.column > 0 ? buffer.left() : undefined;
      case "right":
        return buffer.column < buffer.line.length ? buffer.right() : undefined;
      case "home":
        return buffer.move(buffer.row, 0);
      case "end":
        return buffer.move(buffer.row, buffer.line.length);
    }
    if (!isTyped(key)) return;
    if (this.#mode === "replace" && buffer.column < buffer.line.length) buffer.eraseAt();
    buffer.insert(key);
  }

  /** The command under way has changed the text: `.` does it again. */
  #changed(): void {
    if (!this.#repeating) this.#lastChange = this.#keys;
    this.#keys = [];
  }

  #insertAt(move?: () => void): void {
    this.#buffer.remember();
    move?.();
    this.#mode = "insert";
  }

  async #normalKey(key: string): Promise<unknown> {
    this.#message = "";
    if (key === "escape" || key === "^c") {
      if (key === "^c") this.#message = "Type  :qa!  and press <Enter> to abandon all changes and exit Vim";
      this.#pending = "";
      this.#keys = [];
      return;
    }
    this.#pending += isTyped(key) ? key : `<${key}>`;
    const whole = /^(\d*)([dcy]?)(\d*)(.*)$/su.exec(this.#pending)!;
    // A 0 that begins a count is the motion.
    const [, first = "", operator = "", second = "", rest = ""] = /^0/.test(this.#pending)
      ? ["", "", "", "", this.#pending]
      : whole[2] && whole[3] === "0"
        ? ["", whole[1]!, whole[2], "", "0"]
        : whole;
    if (rest === "" || (/^([gfFtTrZ]|<[^>]*)$/.test(rest) && rest !== "<")) return;
    this.#pending = "";
    const count = first || second ? Number(first || 1) * Number(second || 1) : undefined;
    const command = rest.replace(/^<(.*)>$/s, "$1");
    if (operator) this.#operate(operator, command, count);
    else await this.#command(command, count);
    if (this.#mode === "normal") this.#keys = [];
    this.#settle();
  }

  /** In normal mode the cursor stands on a character, not behind the last. */
  #settle(): void {
    const buffer = this.#buffer;
    buffer.move(buffer.row, buffer.column);
    if (this.#mode === "normal" && buffer.column > 0 && buffer.column >= buffer.line.length)
      buffer.column = buffer.line.length - 1;
  }

  #target(keys: string, count: number | undefined): Target | undefined {
    if (keys === "n" || keys === "N") {
      const { text, backwards } = this.#search;
      if (!text) {
        this.#message = "E35: No previous regular expression";
        return undefined;
      }
      const pattern = this.#expression(text, "g");
      const found = pattern && this.#bounded(() => this.#buffer.find(pattern, keys === "n" ? backwards : !backwards));
      if (!found && this.#message === "") this.#message = `E486: Pattern not found: ${text}`;
      return found;
    }
    return motionTarget(this.#buffer, keys, count);
  }

  #operate(operator: string, keys: string, count: number | undefined): unknown {
    const buffer = this.#buffer;
    const { row, column } = buffer;
    let target: Target | undefined;
    if (keys === operator)
      target = { row: Math.min(row + (count ?? 1) - 1, buffer.lines.length - 1), column, lines: true };
    else if (keys === "w" && operator === "c") target = this.#target("e", count);
    else target = this.#target(keys, count);
    if (!target) return;
    if (keys === "w" && operator !== "c" && target.row > row && target.row === row + 1)
      target = { row, column: buffer.line.length };
    if (target.lines) {
      const [from, to] = [Math.min(row, target.row), Math.max(row, target.row)];
      this.#register = { text: buffer.lines.slice(from, to + 1).join("\n"), lines: true };
      if (operator === "y") {
        if (to - from > 1) this.#message = `${to - from + 1} lines yanked`;
        buffer.move(from, column);
        return;
      }
      buffer.remember();
      if (operator === "c") {
        buffer.lines.splice(from, to - from + 1, "");
        buffer.move(from, 0);
        this.#mode = "insert";
        return;
      }
      this.#deleteLines(from, to - from + 1);
      return this.#changed();
    }
    const forwards = target.row > row || (target.row === row && target.column >= column);
    const [start, end] = forwards ? [{ row, column }, target] : [target, { row, column }];
    const endColumn = end.column + (target.inclusive && forwards ? 1 : 0);
    const lines = buffer.lines.slice(start.row, end.row + 1);
    const tail = lines.at(-1)!.slice(endColumn);
    const head = lines[0]!.slice(0, start.column);
    lines[lines.length - 1] = lines.at(-1)!.slice(0, endColumn);
    lines[0] = lines[0]!.slice(start.column);
    this.#register = { text: lines.join("\n"), lines: false };
    if (operator === "y") return buffer.move(start.row, start.column);
    buffer.remember();
    buffer.lines.splice(start.row, end.row - start.row + 1, head + tail);
    buffer.move(start.row, start.column);
    if (operator === "c") this.#mode = "insert";
    else this.#changed();
  }

  #deleteLines(from: number, count: number): void {
    const buffer = this.#buffer;
    const gone = buffer.lines.splice(from, count).length;
    if (buffer.lines.length === 0) buffer.lines.push("");
    buffer.move(from);
    buffer.column = Math.max(0, buffer.line.search(/\S|$/));
    if (gone > 2) this.#message = `${gone} fewer lines`;
  }

  async #command(key: string, count: number | undefined): Promise<unknown> {
    const buffer = this.#buffer;
    const times = count ?? 1;
    const height = Math.max(1, this.#tty.rows - 1);
    switch (key) {
      case ":":
      case "/":
      case "?":
        this.#mode = "line";
        this.#typed = key;
        return;
      case "i":
        return this.#insertAt();
      case "insert":
        return this.#insertAt();
      case "a":
        return this.#insertAt(() => buffer.move(buffer.row, buffer.column + 1));
      case "I":
        return this.#insertAt(() => buffer.move(buffer.row, buffer.line.search(/\S|$/)));
      case "A":
        return this.#insertAt(() => buffer.move(buffer.row, buffer.line.length));
      case "o":
        return this.#insertAt(() => {
          buffer.move(buffer.row, buffer.line.length);
          buffer.insert("\n");
        });
      case "O":
        return this.#insertAt(() => {
          buffer.lines.splice(buffer.row, 0, "");
          buffer.column = 0;
        });
      case "R":
        buffer.remember();
        this.#mode = "replace";
        return;
      case "x":
      case "delete":
        if (buffer.line !== "") this.#operate("d", "l", times);
        return;
      case "X":
        return this.#operate("d", "h", times);
      case "s":
        return buffer.line === "" ? this.#insertAt() : this.#operate("c", "l", times);
      case "S":
        return this.#operate("c", "c", count);
      case "D":
        return this.#operate("d", "$", count);
      case "C":
        return this.#operate("c", "$", count);
      case "Y":
        return this.#operate("y", "y", count);
      case "p":
      case "P":
        this.#put(key === "P", times);
        return this.#changed();
      case "J":
        return this.#join(times);
      case "~": {
        buffer.remember();
        const part = buffer.line.slice(buffer.column, buffer.column + times);
        const swapped = [...part]
          .map((char) => (char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase()))
          .join("");
        buffer.line = buffer.line.slice(0, buffer.column) + swapped + buffer.line.slice(buffer.column + times);
        buffer.column += times;
        return this.#changed();
      }
      case "u":
        for (let step = 0; step < times; step++) if (!buffer.undo()) this.#message = "Already at oldest change";
        return;
      case "^r":
        for (let step = 0; step < times; step++) if (!buffer.redo()) this.#message = "Already at newest change";
        return;
      case ".":
        return this.#repeat();
      case "^f":
      case "page-down":
        return buffer.move(buffer.row + (height - 2) * times, 0);
      case "^b":
      case "page-up":
        return buffer.move(buffer.row - (height - 2) * times, 0);
      case "^d":
        return buffer.move(buffer.row + (height >> 1), buffer.column);
      case "^u":
        return buffer.move(buffer.row - (height >> 1), buffer.column);
      case "^g":
        this.#message = `"${this.#name}"${buffer.modified ? " [Modified]" : ""} line ${buffer.row + 1} of ${buffer.lines.length}`;
        return;
      case "^l":
        return;
      case "ZZ":
        return this.#execute("x");
      case "ZQ":
        return this.#execute("q!");
      case "v":
      case "V":
      case "^v":
        this.#message = "visual mode is not modelled in this simulated vi";
        return;
    }
    if (/^r./su.test(key)) {
      if (buffer.column + times > buffer.line.length) return;
      buffer.remember();
      buffer.line =
        buffer.line.slice(0, buffer.column) + key.slice(1).repeat(times) + buffer.line.slice(buffer.column + times);
      buffer.column += times - 1;
      return this.#changed();
    }
    const target = this.#target(key, count);
    if (target) buffer.move(target.row, target.column);
  }

  #put(before: boolean, times: number): void {
    const buffer = this.#buffer;
    const { text, lines } = this.#register;
    buffer.remember();
    if (lines) {
      const put = Array.from({ length: times }, () => text.split("\n")).flat();
      const at = buffer.row + (before ? 0 : 1);
      buffer.lines.splice(at, 0, ...put);
      buffer.move(at, 0);
    } else {
      if (!before && buffer.line !== "") buffer.move(buffer.row, buffer.column + 1);
      buffer.insert(text.repeat(times));
      buffer.column = Math.max(0, buffer.column - 1);
    }
  }

  #join(times: number): void {
    const buffer = this.#buffer;
    buffer.remember();
    for (let step = 0; step < Math.max(1, times - 1) && buffer.row < buffer.lines.length - 1; step++) {
      const [next = ""] = buffer.lines.splice(buffer.row + 1, 1);
      const line = buffer.line.replace(/\s+$/, "");
      buffer.column = line.length;
      buffer.line = line + (line && next.trimStart() ? " " : "") + next.trimStart();
    }
    this.#changed();
  }

  async #repeat(): Promise<void> {
    const keys = this.#lastChange;
    this.#repeating = true;
    this.#pending = "";
    try {
      for (const key of keys) await this.#key(key);
    } finally {
      this.#repeating = false;
    }
  }

  async #lineKey(key: string): Promise<unknown> {
    if (key === "escape") {
      this.#mode = "normal";
      return;
    }
    if (key === "^backspace" || key === "^h") {
      this.#typed = [...this.#typed].slice(0, -1).join("");
      if (this.#typed === "") this.#mode = "normal";
      return;
    }
    if (key === "^u") this.#typed = this.#typed.slice(0, 1);
    if (key !== "^m") {
      if (isTyped(key)) this.#typed += key;
      return;
    }
    this.#mode = "normal";
    this.#message = "";
    const kind = this.#typed[0];
    const text = this.#typed.slice(1);
    if (kind === ":") await this.#execute(text.trim());
    else {
      const wanted = text.replace(/(?<!\\)[/?]$/, (mark) => (mark === kind ? "" : mark));
      this.#search = { text: wanted || this.#search.text, backwards: kind === "?" };
      const found = this.#target("n", 1);
      if (found) this.#buffer.move(found.row, found.column);
    }
    this.#settle();
  }

  async #execute(command: string): Promise<unknown> {
    const buffer = this.#buffer;
    const [, range = "", rest = ""] = /^(%|(?:\d+|\.|\$)(?:,(?:\d+|\.|\$))?)?(.*)$/.exec(command)!;
    const lineOf = (text: string) =>
      text === "." ? buffer.row : text === "$" ? buffer.lines.length - 1 : Number(text) - 1;
    const [from = buffer.row, to = from] =
      range === "%" ? [0, buffer.lines.length - 1] : range ? range.split(",").map(lineOf) : [];
    if (rest === "") {
      if (range) buffer.move(to, 0);
      return;
    }
    const matching = /^(g|g!|v)([/#|,!])(.*?)(?<!\\)\2d$/.exec(command);
    if (matching) return this.#deleteMatching(matching[3]!, matching[1] !== "g");
    const substitution = /^s(?:ubstitute)?([/#|,!])(.*)$/.exec(rest);
    if (substitution)
      return this.#substitute(substitution[1]!, substitution[2]!, from, Math.min(to, buffer.lines.length - 1));
    if (rest === "d") {
      buffer.remember();
      this.#register = { text: buffer.lines.slice(from, to + 1).join("\n"), lines: true };
      return this.#deleteLines(from, to - from + 1);
    }
    const [word = "", argument = ""] = rest.split(/\s+(.*)/);
    switch (word) {
      case "w":
      case "w!":
      case "write":
        await this.#write(argument || this.#name);
        return;
      case "wq":
      case "wq!":
      case "wqa":
        if (await this.#write(argument || this.#name)) this.#status = 0;
        return;
      case "x":
      case "xit":
        if (!buffer.modified || (await this.#write(argument || this.#name))) this.#status = 0;
        return;
      case "q":
      case "qa":
      case "quit":
        if (buffer.modified) this.#message = "E37: No write since last change (add ! to override)";
        else this.#status = 0;
        return;
      case "q!":
      case "qa!":
      case "quit!":
        this.#status = 0;
        return;
      case "e!":
        await this.#open();
        return;
      case "r": {
        const opened = await openText(this.#ctx, pathIn(this.#ctx, argument));
        if (opened.kind !== "text") {
          this.#message = `E484: Can't open file ${argument}`;
          return;
        }
        buffer.remember();
        buffer.lines.splice(buffer.row + 1, 0, ...opened.text.replace(/\n$/, "").split("\n"));
        return;
      }
      case "set":
      case "se":
        if (/^nu(mber)?$/.test(argument)) this.#numbers = true;
        else if (/^nonu(mber)?$/.test(argument)) this.#numbers = false;
        return;
      case "noh":
      case "nohlsearch":
        return;
      case "syntax":
        return;
    }
    this.#message = `E492: Not an editor command: ${command}`;
  }

  /** A pattern as vim reads it; undefined for one that it cannot be. `\c` in it: capitals and small letters alike. */
  #expression(pattern: string, flags: string): RegExp | undefined {
    const alike = /\\c/.test(pattern) && !flags.includes("i") ? "i" : "";
    try {
      return boundedExpression(fromVim(pattern.replace(/\\c/g, "")), `u${flags}${alike}`);
    } catch {
      return undefined;
    }
  }

  /** What expressions answer, or nothing and a message when they take too long. */
  #bounded<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof BoundReached)) throw error;
      this.#message = error.message;
      return undefined;
    }
  }

  /** `:g/pattern/d` and `:v/pattern/d`. */
  #deleteMatching(pattern: string, kept: boolean): void {
    const buffer = this.#buffer;
    const expression = this.#expression(pattern || this.#search.text, "");
    const stay = expression && this.#bounded(() => buffer.lines.filter((line) => expression.test(line) === kept));
    if (!stay || stay.length === buffer.lines.length) {
      this.#message ||= `E486: Pattern not found: ${pattern}`;
      return;
    }
    const fewer = buffer.lines.length - stay.length;
    buffer.remember();
    buffer.lines = stay.length > 0 ? stay : [""];
    buffer.move(Math.min(buffer.row, buffer.lines.length - 1), 0);
    if (fewer > 2) this.#message = `${fewer} fewer lines`;
  }

  #substitute(mark: string, text: string, from: number, to: number): void {
    const buffer = this.#buffer;
    const [wanted = "", by = "", flags = ""] = text.split(new RegExp(`(?<!\\\\)\\${mark}`));
    const pattern = this.#expression(
      wanted || this.#search.text,
      `${flags.includes("g") ? "g" : ""}${flags.includes("i") ? "i" : ""}`,
    );
    if (!pattern) {
      this.#message = `E486: Pattern not found: ${wanted}`;
      return;
    }
    const replacement = by
      .replace(/\$/g, "$$$$")
      .replace(/\\(\d)|(?<!\\)&|\\([/&\\#|,!])/g, (_all, group, plain) => (group ? `$${group}` : (plain ?? "$&")));
    let changed = 0;
    const before = [...buffer.lines];
    const after = this.#bounded(() =>
      before.map((line, row) => {
        if (row < from || row > to) return line;
        const now = line.replace(pattern, replacement);
        if (now !== line || pattern.test(line)) changed++;
        pattern.lastIndex = 0;
        return now;
      }),
    );
    if (!after || changed === 0) {
      this.#message ||= `E486: Pattern not found: ${wanted}`;
      return;
    }
    buffer.remember();
    buffer.lines = after;
    buffer.move(to, 0);
    if (changed > 2) this.#message = `${changed} substitutions on ${changed} lines`;
  }

  async #write(name: string): Promise<boolean> {
    if (name === "") {
      this.#message = "E32: No file name";
      return false;
    }
    const path = pathIn(this.#ctx, name);
    const isNew = (await openText(this.#ctx, path)).kind === "new";
    const text = this.#buffer.text();
    const refused = await saveText(this.#ctx, path, text);
    if (refused) {
      this.#message =
        refused === "Permission denied" || refused === "Read-only file system"
          ? `"${name}" E212: Can't open file for writing`
          : `"${name}" ${refused}`;
      return false;
    }
    if (this.#name === "") this.#name = name;
    this.#buffer.modified = false;
    this.#message = `"${name}" ${isNew ? "[New] " : ""}${this.#size(text)} written`;
    return true;
  }
}

/** Vim's basic patterns as a RegExp's source: `\(`, `\|`, `\+` are special with the backslash and plain without. */
function fromVim(pattern: string): string {
  return pattern.replace(/\\(.)|([(){}|+?/-])/gsu, (_all, escaped: string | undefined, plain: string | undefined) => {
    if (plain) return plain === "-" || plain === "/" ? plain : `\\${plain}`;
    if (/[(){}|+?]/.test(escaped!)) return escaped!;
    if (escaped === "<" || escaped === ">") return "\\b";
    if (/[wdsWDSbnt.*[\]^$\\]/.test(escaped!)) return `\\${escaped}`;
    return escaped!;
  });
}
