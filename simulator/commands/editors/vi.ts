/**
 * `vi`: normal, insert, replace, visual and command-line mode, counts, registers, operators with motions and text
 * objects, marks, macros, undo, search, substitution with questions.
 *
 * @source vim.tiny(1) of Debian 12; POSIX vi
 */
import { BoundReached } from "../../shell/bound.ts";
import { boundedExpression } from "../../shell/bounded-expression.ts";
import type { ByteWriter, Program, ProgramContext, Tty } from "../../shell/process.ts";
import { quoteForShell } from "../../shell/quoting.ts";
import { widthOf } from "../../shell/text-width.ts";
import { complain, pathIn } from "../coreutils/arguments.ts";
import { clipped, fullScreen, isTyped, openText, paint, saveText, shownLine, suspendKey } from "./full-screen.ts";
import { TextBuffer } from "./text-buffer.ts";
import { readCommand, type ViCommand } from "./vi-keys.ts";
import { motionTarget, type Target } from "./vi-motions.ts";
import { type Range, textObject } from "./vi-objects.ts";

type Mode = "normal" | "insert" | "replace" | "line" | "visual" | "visual-line" | "confirm" | "shown";

interface Register {
  text: string;
  lines: boolean;
}

/** A substitution that asks at each place. */
interface Confirming {
  pattern: RegExp;
  replacement: string;
  shown: string;
  every: boolean;
  /** Where the next place is looked for. */
  row: number;
  column: number;
  to: number;
  /** The place that is asked about. */
  match: RegExpExecArray | undefined;
  changed: number;
}

/** Macros that run each other end here. */
const MACRO_DEPTH_MAX = 50;
const SHIFT = 8;
/** Output of a command that is shown or read in, bytes. */
const OUTPUT_BYTES_MAX = 1 << 20;

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
  const start = ctx.argv.find((word) => /^\+/.test(word));
  const readOnly = ctx.argv.includes("-R") || /view$/.test(ctx.argv[0]!);
  return new Vi(ctx, ctx.tty, { name: operands[0] ?? "", start: start?.slice(1), readOnly }).run();
};

class Vi {
  #ctx: ProgramContext;
  #tty: Tty;
  #name: string;
  #start: string | undefined;
  #readOnly: boolean;
  #buffer = new TextBuffer();
  #mode: Mode = "normal";
  #top = 0;
  #message = "";
  /** Keys of a command that is not whole yet. */
  #pending: string[] = [];
  /** The command line with its `:`, `/` or `?`. */
  #typed = "";
  #typedLines: string[] = [];
  #typedPlace = 0;
  #registers = new Map<string, Register>();
  /** The register that the command under way names. */
  #chosen: string | undefined;
  #search: { text: string; backwards: boolean } = { text: "", backwards: false };
  #sought: { how: string; char: string } | undefined;
  #marks = new Map<string, { row: number; column: number }>();
  /** Where the selection began. */
  #anchor = { row: 0, column: 0 };
  #options = new Set<string>();
  #status: number | undefined;
  /** Keys of the command under way, and of the last one that changed the text, for `.`. */
  #keys: string[] = [];
  #lastChange: string[] = [];
  #repeating = false;
  #recording: { register: string; keys: string[] } | undefined;
  #lastMacro = "";
  #macroDepth = 0;
  #confirming: Confirming | undefined;
  #lastSubstitution: { wanted: string; by: string; flags: string } | undefined;
  /** How often what is being inserted is put in, and its keys. */
  #inserting = { times: 1, keys: [] as string[] };
  /** What a command printed, until a key is pressed. */
  #output: string[] = [];

  constructor(ctx: ProgramContext, tty: Tty, options: { name: string; start: string | undefined; readOnly: boolean }) {
    this.#ctx = ctx;
    this.#tty = tty;
    this.#name = options.name;
    this.#start = options.start;
    this.#readOnly = options.readOnly;
  }

  async run(): Promise<number> {
    if (this.#name) await this.#open();
    if (this.#start !== undefined) {
      if (/^\d*$/.test(this.#start))
        this.#buffer.move(this.#start === "" ? this.#buffer.lines.length - 1 : Number(this.#start) - 1, 0);
      else if (this.#start.startsWith("/")) this.#seek(this.#start.slice(1), false);
      else await this.#execute(this.#start);
    }
    return fullScreen(
      this.#tty,
      () => this.#draw(),
      async (key) => {
        if (key === "^z" && this.#mode !== "insert" && this.#mode !== "line") return suspendKey;
        await this.#key(key);
        return this.#status;
      },
      () => this.#ctx.stop(),
    );
  }

  async #open(): Promise<void> {
    const opened = await openText(this.#ctx, pathIn(this.#ctx, this.#name));
    if (opened.kind === "text") {
      this.#buffer.load(opened.text);
      this.#message = `"${this.#name}" ${this.#readOnly ? "[readonly] " : ""}${this.#size(opened.text)}`;
    } else if (opened.kind === "new") this.#message = `"${this.#name}" [New]`;
    else this.#message = `"${this.#name}" ${opened.reason}`;
  }

  #size(text: string): string {
    return `${text === "" ? 0 : this.#buffer.lines.length}L, ${Buffer.byteLength(text)}B`;
  }

  get #height(): number {
    return Math.max(1, this.#tty.rows - 1);
  }

  async #draw(): Promise<void> {
    const { columns, rows } = this.#tty;
    const height = this.#height;
    const buffer = this.#buffer;
    if (this.#mode === "shown") return this.#drawOutput();
    if (buffer.row < this.#top) this.#top = buffer.row;
    if (buffer.row >= this.#top + height) this.#top = buffer.row - height + 1;
    const gutter = this.#options.has("number") ? 8 : 0;
    const at = widthOf(shownLine(buffer.line.slice(0, buffer.column)));
    const width = Math.max(1, columns - gutter);
    const from = at < width ? 0 : at - (width >> 1);
    const selected = this.#isVisual ? this.#selection() : undefined;
    const out: string[] = [];
    for (let row = this.#top; row < this.#top + height; row++) {
      const line = buffer.lines[row];
      if (line === undefined) {
        out.push("~");
        continue;
      }
      const number = gutter ? `${String(row + 1).padStart(7)} ` : "";
      const shift = row === buffer.row ? from : 0;
      out.push(
        number + (selected ? marked(line, row, selected, shift, width) : clipped(shownLine(line), shift, width)),
      );
    }
    const place = `${buffer.row + 1},${buffer.column + 1}`;
    const room = columns - 18;
    const status = this.#statusLine();
    const plain = this.#mode !== "line" && this.#mode !== "confirm";
    out.push(room > 20 && plain ? clipped(status, 0, room).padEnd(room) + place : clipped(status, 0, columns));
    await paint(
      this.#tty,
      out,
      this.#mode === "line"
        ? { row: rows - 1, column: Math.min(columns - 1, widthOf(this.#typed)) }
        : { row: buffer.row - this.#top, column: Math.min(columns - 1, gutter + at - from) },
    );
  }

  #drawOutput(): Promise<void> {
    const { columns, rows } = this.#tty;
    const shown = this.#output.slice(-(rows - 1)).map((line) => clipped(shownLine(line), 0, columns));
    shown.push("Press ENTER or type command to continue");
    while (shown.length < rows) shown.unshift("");
    return paint(this.#tty, shown, { row: rows - 1, column: 39 });
  }

  #statusLine(): string {
    const recording = this.#recording ? `recording ${this.#recording.register}` : "";
    switch (this.#mode) {
      case "line":
        return this.#typed;
      case "insert":
        return `-- INSERT --${recording}`;
      case "replace":
        return `-- REPLACE --${recording}`;
      case "visual":
        return `-- VISUAL --${recording}`;
      case "visual-line":
        return `-- VISUAL LINE --${recording}`;
      case "confirm":
        return `replace with ${this.#confirming?.shown} (y/n/a/q/l/^E/^Y)?`;
      default:
        return this.#message || recording;
    }
  }

  get #isVisual(): boolean {
    return this.#mode === "visual" || this.#mode === "visual-line";
  }

  async #key(name: string): Promise<unknown> {
    // ESC and then a letter arrive as Alt with the letter.
    if (name.startsWith("M-")) {
      await this.#key("escape");
      const rest = name.slice(2);
      return this.#key(rest < " " ? `^${String.fromCharCode(rest.charCodeAt(0) + 96)}` : rest);
    }
    const key = name === "^[" || (name === "^c" && this.#mode !== "normal") ? "escape" : name;
    if (this.#mode === "shown") {
      this.#mode = "normal";
      this.#output = [];
      if (key !== ":") return;
    }
    this.#recording?.keys.push(key);
    if (this.#mode === "confirm") return this.#confirmKey(key);
    if (this.#mode === "line") return this.#lineKey(key);
    this.#keys.push(key);
    if (this.#mode === "insert" || this.#mode === "replace") return this.#insertKey(key);
    return this.#commandKey(key);
  }

  async #type(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await this.#ctx.breathe();
      await this.#key(key);
    }
  }

  #insertKey(key: string): unknown {
    const buffer = this.#buffer;
    if (key !== "escape") this.#inserting.keys.push(key);
    switch (key) {
      case "escape": {
        const { times, keys } = this.#inserting;
        this.#inserting = { times: 1, keys: [] };
        for (let step = 1; step < Math.min(times, 1_000); step++) for (const one of keys) this.#insertKey(one);
        this.#mode = "normal";
        if (buffer.column > 0) buffer.left();
        this.#marks.set("^", { row: buffer.row, column: buffer.column });
        this.#changed();
        return;
      }
      case "^m":
        return this.#insertLine();
      case "^i":
        return buffer.insert(this.#options.has("expandtab") ? " ".repeat(SHIFT - (buffer.column % SHIFT)) : "\t");
      case "^backspace":
      case "^h":
        return buffer.eraseBefore();
      case "^w": {
        const start = motionTarget(buffer, "b", 1);
        const from = start && start.row === buffer.row ? start.column : 0;
        buffer.line = buffer.line.slice(0, from) + buffer.line.slice(buffer.column);
        buffer.column = from;
        return;
      }
      case "^u":
        buffer.line = buffer.line.slice(buffer.column);
        buffer.column = 0;
        return;
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

  #insertLine(): void {
    const indent = this.#options.has("autoindent") ? /^[ \t]*/.exec(this.#buffer.line)![0] : "";
    this.#buffer.insert(`\n${indent}`);
  }

  /** The command under way has changed the text: `.` does it again. */
  #changed(): void {
    if (!this.#repeating) this.#lastChange = this.#keys;
    this.#keys = [];
  }

  #insertAt(times: number, move?: () => void): void {
    this.#buffer.remember();
    move?.();
    this.#inserting = { times, keys: [] };
    this.#mode = "insert";
  }

  async #commandKey(key: string): Promise<unknown> {
    this.#message = "";
    if (key === "escape" || (key === "^c" && !this.#isVisual)) {
      if (key === "^c") this.#message = "Type  :qa!  and press <Enter> to abandon all changes and exit Vim";
      this.#pending = [];
      this.#keys = [];
      this.#leaveVisual();
      this.#settle();
      return;
    }
    this.#pending.push(key);
    const command = readCommand(this.#pending, this.#isVisual, this.#recording !== undefined);
    if (!command) return;
    this.#pending = [];
    this.#chosen = command.register;
    if (this.#isVisual) await this.#visualCommand(command);
    else if (command.operator) await this.#operate(command.operator, command);
    else await this.#command(command.command, command.count);
    if (this.#mode === "normal") this.#keys = [];
    this.#chosen = undefined;
    this.#settle();
  }

  /** In normal mode the cursor stands on a character, not behind the last. */
  #settle(): void {
    const buffer = this.#buffer;
    buffer.move(buffer.row, buffer.column);
    if (this.#mode === "normal" && buffer.column > 0 && buffer.column >= buffer.line.length)
      buffer.column = buffer.line.length - 1;
  }

  // Registers

  #stored(): Register {
    const name = this.#chosen && !/["+*]/.test(this.#chosen) ? this.#chosen.toLowerCase() : '"';
    return this.#registers.get(name) ?? { text: "", lines: true };
  }

  #store(register: Register, how: "yank" | "delete"): void {
    const name = this.#chosen;
    if (name === "_") return;
    this.#registers.set('"', register);
    if (name && /[A-Za-z]/.test(name)) {
      const held = this.#registers.get(name.toLowerCase());
      const lines = register.lines || held?.lines === true;
      const joined = held ? held.text + (lines ? "\n" : "") + register.text : register.text;
      this.#registers.set(name.toLowerCase(), /[A-Z]/.test(name) && held ? { text: joined, lines } : register);
      return;
    }
    if (how === "yank") this.#registers.set("0", register);
    else if (register.lines || register.text.includes("\n")) {
      for (let at = 9; at > 1; at--) {
        const before = this.#registers.get(String(at - 1));
        if (before) this.#registers.set(String(at), before);
      }
      this.#registers.set("1", register);
    } else this.#registers.set("-", register);
  }

  // Motions

  #target(keys: string, count: number | undefined): Target | undefined {
    const buffer = this.#buffer;
    if (keys === "n" || keys === "N") return this.#found(keys === "N");
    if (keys === "*" || keys === "#") {
      const word = textObject(buffer, "iw");
      const text = word && buffer.line.slice(word.from.column, word.to.column);
      if (!text?.trim()) {
        this.#message = "E348: No string under cursor";
        return undefined;
      }
      this.#search = { text: `\\<${text.replace(/[\\.*[\]^$/]/g, "\\$&")}\\>`, backwards: keys === "#" };
      return this.#found(false);
    }
    if (keys === ";" || keys === ",") {
      if (!this.#sought) return undefined;
      const { how, char } = this.#sought;
      const other = how === how.toLowerCase() ? how.toUpperCase() : how.toLowerCase();
      const before = buffer.column;
      const towards = keys === ";" ? how : other;
      // A `t` stands before its character already.
      if (/[tT]/.test(towards)) buffer.column += towards === "t" ? 1 : -1;
      const target = motionTarget(buffer, towards + char, count);
      buffer.column = before;
      return target;
    }
    if (keys === "H" || keys === "M" || keys === "L") {
      const last = Math.min(this.#top + this.#height, buffer.lines.length) - 1;
      const row =
        keys === "H" ? this.#top + (count ?? 1) - 1 : keys === "L" ? last - (count ?? 1) + 1 : (this.#top + last) >> 1;
      return { row: Math.min(Math.max(row, 0), last), column: 0, lines: true };
    }
    const mark = /^(['`])(.)$/su.exec(keys);
    if (mark) {
      const place = this.#marks.get(mark[2]!.replace("`", "'"));
      if (!place || place.row >= buffer.lines.length) {
        this.#message = "E20: Mark not set";
        return undefined;
      }
      return mark[1] === "'"
        ? { row: place.row, column: Math.max(0, buffer.lines[place.row]!.search(/\S|$/)), lines: true }
        : { ...place };
    }
    const sought = /^([fFtT])(.+)$/su.exec(keys);
    if (sought) this.#sought = { how: sought[1]!, char: sought[2]! };
    return motionTarget(buffer, keys, count);
  }

  #found(turned: boolean): Target | undefined {
    const { text, backwards } = this.#search;
    if (!text) {
      this.#message = "E35: No previous regular expression";
      return undefined;
    }
    const pattern = this.#expression(text, "g");
    const buffer = this.#buffer;
    const towards = turned ? !backwards : backwards;
    const found = pattern && this.#bounded(() => buffer.find(pattern, towards));
    if (!found && this.#message === "") this.#message = `E486: Pattern not found: ${text}`;
    else if (found) {
      const behind = found.row > buffer.row || (found.row === buffer.row && found.column > buffer.column);
      if (!towards && !behind) this.#message = "search hit BOTTOM, continuing at TOP";
      if (towards && behind) this.#message = "search hit TOP, continuing at BOTTOM";
    }
    return found;
  }

  #seek(text: string, backwards: boolean): void {
    this.#search = { text: text || this.#search.text, backwards };
    const found = this.#found(false);
    if (found) this.#jump(found);
  }

  /** Move far: `''` comes back. */
  #jump(target: { row: number; column: number }): void {
    this.#marks.set("'", { row: this.#buffer.row, column: this.#buffer.column });
    this.#buffer.move(target.row, target.column);
  }

  // Operators

  async #operate(operator: string, { command, count }: ViCommand): Promise<void> {
    const range = this.#rangeOf(operator, command, count);
    if (range) await this.#apply(operator, range);
  }

  #rangeOf(operator: string, keys: string, count: number | undefined): Range | undefined {
    const buffer = this.#buffer;
    const { row, column } = buffer;
    if (keys === operator) {
      const to = Math.min(row + (count ?? 1) - 1, buffer.lines.length - 1);
      return { from: { row, column }, to: { row: to, column }, lines: true };
    }
    if (/^[ia]./su.test(keys)) return textObject(buffer, keys, count);
    const isWord = keys === "w" || keys === "W";
    const onBlank = /\s/.test(buffer.line[column] ?? " ");
    const motion = isWord && operator === "c" && !onBlank ? (keys === "w" ? "e" : "E") : keys;
    let target = this.#target(motion, count);
    if (!target) return undefined;
    // `dw` at the end of a line leaves the next one.
    if (
      isWord &&
      motion === keys &&
      target.row > row &&
      buffer.lines[target.row]!.slice(0, target.column).trim() === ""
    )
      target = { row: target.row - 1, column: buffer.lines[target.row - 1]!.length };
    const forwards = target.row > row || (target.row === row && target.column >= column);
    const [from, to] = forwards ? [{ row, column }, target] : [target, { row, column }];
    const end = to.column + (target.inclusive && (forwards || motion === "%") ? 1 : 0);
    return {
      from: { row: from.row, column: from.column },
      to: { row: to.row, column: end },
      lines: target.lines === true,
    };
  }

  async #apply(operator: string, range: Range): Promise<unknown> {
    const buffer = this.#buffer;
    const { from, to } = range;
    const count = to.row - from.row + 1;
    switch (operator) {
      case "y":
        this.#store(this.#cut(range), "yank");
        if (count > 2 && range.lines) this.#message = `${count} lines yanked`;
        return buffer.move(from.row, range.lines ? buffer.column : from.column);
      case "d":
      case "c": {
        this.#store(this.#cut(range), "delete");
        buffer.remember();
        if (range.lines && operator === "d") {
          this.#deleteLines(from.row, count);
          return this.#changed();
        }
        if (range.lines) buffer.lines.splice(from.row, count, "");
        else {
          const head = buffer.lines[from.row]!.slice(0, from.column);
          const tail = buffer.lines[to.row]!.slice(to.column);
          buffer.lines.splice(from.row, count, head + tail);
        }
        buffer.move(from.row, range.lines ? 0 : from.column);
        if (operator === "d") return this.#changed();
        this.#inserting = { times: 1, keys: [] };
        this.#mode = "insert";
        return;
      }
      case ">":
      case "<":
        buffer.remember();
        for (let row = from.row; row <= to.row; row++) this.#shift(row, operator === ">");
        buffer.move(from.row);
        buffer.column = Math.max(0, buffer.line.search(/\S|$/));
        if (count > 2) this.#message = `${count} lines ${operator}ed 1 time`;
        return this.#changed();
      case "=":
        buffer.move(from.row, 0);
        this.#message = `${count} lines indented`;
        return this.#changed();
      case "!":
        this.#mode = "line";
        this.#typed = `:${from.row + 1},${to.row + 1}!`;
        return;
      default:
        buffer.remember();
        this.#recase(range, operator);
        buffer.move(from.row, range.lines ? buffer.column : from.column);
        return this.#changed();
    }
  }

  #cut({ from, to, lines }: Range): Register {
    const rows = this.#buffer.lines.slice(from.row, to.row + 1);
    if (!lines) {
      rows[rows.length - 1] = rows.at(-1)!.slice(0, to.column);
      rows[0] = rows[0]!.slice(from.column);
    }
    return { text: rows.join("\n"), lines };
  }

  #shift(row: number, right: boolean): void {
    const line = this.#buffer.lines[row]!;
    if (line === "") return;
    const unit = this.#options.has("expandtab") ? " ".repeat(SHIFT) : "\t";
    this.#buffer.lines[row] = right ? unit + line : line.replace(/^(?:\t| {1,8}\t?)/, "");
  }

  #recase({ from, to, lines }: Range, operator: string): void {
    for (let row = from.row; row <= to.row; row++) {
      const line = this.#buffer.lines[row]!;
      const start = lines || row > from.row ? 0 : from.column;
      const end = lines || row < to.row ? line.length : to.column;
      this.#buffer.lines[row] = line.slice(0, start) + recased(line.slice(start, end), operator) + line.slice(end);
    }
  }

  #deleteLines(from: number, count: number): void {
    const buffer = this.#buffer;
    const gone = buffer.lines.splice(from, count).length;
    if (buffer.lines.length === 0) buffer.lines.push("");
    buffer.move(from);
    buffer.column = Math.max(0, buffer.line.search(/\S|$/));
    if (gone > 2) this.#message = `${gone} fewer lines`;
  }

  // Visual mode

  #selection(): Range {
    const { row, column } = this.#buffer;
    const isForwards = row > this.#anchor.row || (row === this.#anchor.row && column >= this.#anchor.column);
    const [from, to] = isForwards ? [this.#anchor, { row, column }] : [{ row, column }, this.#anchor];
    return {
      from: { ...from },
      to: { row: to.row, column: Math.min(to.column + 1, this.#buffer.lines[to.row]!.length) },
      lines: this.#mode === "visual-line",
    };
  }

  #leaveVisual(): void {
    if (!this.#isVisual) return;
    const { from, to } = this.#selection();
    this.#marks.set("<", from);
    this.#marks.set(">", { row: to.row, column: Math.max(0, to.column - 1) });
    this.#mode = "normal";
  }

  async #visualCommand({ command, count }: ViCommand): Promise<unknown> {
    const buffer = this.#buffer;
    const selected = this.#selection();
    const times = count ?? 1;
    if (/^[ia]./su.test(command)) {
      const object = textObject(buffer, command, times);
      if (!object) return;
      this.#anchor = object.from;
      if (object.lines) this.#mode = "visual-line";
      return buffer.move(object.to.row, Math.max(0, object.to.column - (object.lines ? 0 : 1)));
    }
    if (command === "v" || command === "V") {
      const wanted: Mode = command === "v" ? "visual" : "visual-line";
      if (this.#mode === wanted) this.#leaveVisual();
      else this.#mode = wanted;
      return;
    }
    if (command === "o") {
      const { row, column } = buffer;
      buffer.move(this.#anchor.row, this.#anchor.column);
      this.#anchor = { row, column };
      return;
    }
    if (command === ":") {
      this.#leaveVisual();
      this.#mode = "line";
      this.#typed = ":'<,'>";
      return;
    }
    if (command === "/" || command === "?" || command === "^v") {
      this.#message = `${command === "^v" ? "visual blocks are" : "searching while something is selected is"} not modelled in this simulated vi`;
      return;
    }
    const whole = { ...selected, lines: true };
    const operator =
      (
        { x: "d", delete: "d", X: "D", D: "D", s: "c", S: "C", R: "C", Y: "Y", "~": "g~", u: "gu", U: "gU" } as Record<
          string,
          string
        >
      )[command] ?? command;
    if (/^(?:[dcy<>=!]|g[~uU])$/.test(operator) || /^[DCY]$/.test(operator)) {
      this.#leaveVisual();
      // What `.` does again: the same stretch from where the cursor is then.
      const { from, to } = selected;
      const steps = selected.lines ? to.row - from.row + 1 : to.column - from.column;
      if (selected.lines || from.row === to.row) {
        const again = /^[DCY]$/.test(operator) ? operator.toLowerCase() : operator;
        this.#keys = [...String(steps), ...again, ...(selected.lines ? again.slice(-1) : "l")];
      }
      buffer.move(from.row, from.column);
      if (/^[DCY]$/.test(operator)) return this.#apply(operator.toLowerCase(), whole);
      for (let step = 1; step < times && /[<>]/.test(operator); step++)
        for (let row = from.row; row <= to.row; row++) this.#shift(row, operator === ">");
      return this.#apply(operator, selected);
    }
    if (command === "p" || command === "P") {
      const put = this.#stored();
      this.#leaveVisual();
      this.#chosen = undefined;
      await this.#apply("d", selected);
      this.#registers.set('"', put);
      this.#put(!selected.lines || buffer.row < selected.from.row ? selected.lines === false : true, times);
      return this.#changed();
    }
    if (command === "J") {
      this.#leaveVisual();
      buffer.move(selected.from.row, 0);
      return this.#join(selected.to.row - selected.from.row + 1);
    }
    if (/^r./su.test(command)) {
      this.#leaveVisual();
      buffer.remember();
      for (let row = selected.from.row; row <= selected.to.row; row++) {
        const line = buffer.lines[row]!;
        const start = selected.lines || row > selected.from.row ? 0 : selected.from.column;
        const end = selected.lines || row < selected.to.row ? line.length : selected.to.column;
        buffer.lines[row] = line.slice(0, start) + command.slice(1).repeat(Math.max(0, end - start)) + line.slice(end);
      }
      return this.#changed();
    }
    if (command === "I" || command === "A") {
      this.#leaveVisual();
      const { from, to } = selected;
      return this.#insertAt(1, () =>
        command === "I" ? buffer.move(from.row, from.column) : buffer.move(to.row, to.column),
      );
    }
    const target = this.#target(command, count);
    if (target) buffer.move(target.row, target.column);
  }

  // Commands

  async #command(key: string, count: number | undefined): Promise<unknown> {
    const buffer = this.#buffer;
    const times = count ?? 1;
    const height = this.#height;
    const operate = (operator: string, motion: string) =>
      this.#operate(operator, { register: this.#chosen, operator, command: motion, count });
    switch (key) {
      case ":":
      case "/":
      case "?":
        this.#mode = "line";
        this.#typed = key + (key === ":" && count !== undefined ? `.,.+${count - 1}` : "");
        this.#typedPlace = this.#typedLines.length;
        return;
      case "i":
      case "insert":
        return this.#insertAt(times);
      case "a":
        return this.#insertAt(times, () => buffer.move(buffer.row, buffer.column + 1));
      case "I":
        return this.#insertAt(times, () => buffer.move(buffer.row, buffer.line.search(/\S|$/)));
      case "A":
        return this.#insertAt(times, () => buffer.move(buffer.row, buffer.line.length));
      case "o":
        return this.#insertAt(1, () => {
          buffer.move(buffer.row, buffer.line.length);
          this.#insertLine();
        });
      case "O":
        return this.#insertAt(1, () => {
          const indent = this.#options.has("autoindent") ? /^[ \t]*/.exec(buffer.line)![0] : "";
          buffer.lines.splice(buffer.row, 0, indent);
          buffer.column = indent.length;
        });
      case "R":
        buffer.remember();
        this.#mode = "replace";
        return;
      case "v":
      case "V":
        this.#anchor = { row: buffer.row, column: buffer.column };
        this.#mode = key === "v" ? "visual" : "visual-line";
        return;
      case "^v":
        this.#message = "visual blocks are not modelled in this simulated vi";
        return;
      case "gv": {
        const [from, to] = [this.#marks.get("<"), this.#marks.get(">")];
        if (!from || !to) return;
        this.#anchor = from;
        buffer.move(to.row, to.column);
        this.#mode = "visual";
        return;
      }
      case "x":
      case "delete":
        if (buffer.line !== "") await operate("d", "l");
        return;
      case "X":
        return operate("d", "h");
      case "s":
        return buffer.line === "" ? this.#insertAt(1) : operate("c", "l");
      case "S":
        return operate("c", "c");
      case "D":
        return operate("d", "$");
      case "C":
        return operate("c", "$");
      case "Y":
        return operate("y", "y");
      case "p":
      case "P":
        this.#put(key === "P", times);
        return this.#changed();
      case "J":
        return this.#join(times);
      case "gJ":
        return this.#join(times, "");
      case "~": {
        buffer.remember();
        const end = Math.min(buffer.line.length, buffer.column + times);
        const { row, column } = buffer;
        this.#recase({ from: { row, column }, to: { row, column: end }, lines: false }, "g~");
        buffer.column = end;
        return this.#changed();
      }
      case "&":
        if (this.#lastSubstitution) await this.#execute("s");
        return;
      case "u":
      case "U":
        for (let step = 0; step < times; step++) if (!buffer.undo()) this.#message = "Already at oldest change";
        return;
      case "^r":
        for (let step = 0; step < times; step++) if (!buffer.redo()) this.#message = "Already at newest change";
        return;
      case ".":
        for (let step = 0; step < times; step++) await this.#repeat();
        return;
      case "^a":
      case "^x":
        return this.#count(key === "^a" ? times : -times);
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
      case "^e":
        this.#top = Math.min(this.#top + times, buffer.lines.length - 1);
        return buffer.move(Math.max(buffer.row, this.#top));
      case "^y":
        this.#top = Math.max(0, this.#top - times);
        return buffer.move(Math.min(buffer.row, this.#top + height - 1));
      case "zt":
      case "zz":
      case "zb":
      case "z.":
        this.#top = Math.max(0, buffer.row - (key === "zt" ? 0 : key === "zb" ? height - 1 : height >> 1));
        return;
      case "^g":
        this.#message = `"${this.#name}"${buffer.modified ? " [Modified]" : ""} line ${buffer.row + 1} of ${buffer.lines.length} --${Math.round(((buffer.row + 1) / buffer.lines.length) * 100)}%-- col ${buffer.column + 1}`;
        return;
      case "^l":
        return;
      case "ZZ":
        return this.#execute("x");
      case "ZQ":
        return this.#execute("q!");
      case "q":
        if (!this.#recording) return;
        // Without the `q` that ends it.
        this.#registers.set(this.#recording.register, {
          text: JSON.stringify(this.#recording.keys.slice(0, -1)),
          lines: false,
        });
        this.#recording = undefined;
        return;
    }
    if (/^q[a-z0-9"]$/.test(key)) {
      this.#recording = { register: `@${key[1]}`, keys: [] };
      return;
    }
    if (/^@./su.test(key)) return this.#macro(key.slice(1), times);
    if (/^m./su.test(key)) {
      this.#marks.set(key.slice(1), { row: buffer.row, column: buffer.column });
      return;
    }
    if (/^r./su.test(key)) {
      const char = key === "r^m" ? "\n" : key.slice(1);
      if (buffer.column + times > buffer.line.length) return;
      buffer.remember();
      const tail = buffer.line.slice(buffer.column + times);
      buffer.line = buffer.line.slice(0, buffer.column);
      buffer.insert(char === "\n" ? char : char.repeat(times));
      buffer.line += tail;
      if (char !== "\n") buffer.column -= 1;
      return this.#changed();
    }
    const target = this.#target(key, count);
    if (!target) return;
    if (/^(?:[GnN*#%{}HML]|gg|['`].)$/su.test(key)) this.#jump(target);
    else buffer.move(target.row, target.column);
  }

  async #macro(name: string, times: number): Promise<void> {
    const register = name === "@" ? this.#lastMacro : name;
    const held = this.#registers.get(`@${register}`);
    this.#lastMacro = register;
    if (!held) return;
    if (this.#macroDepth >= MACRO_DEPTH_MAX) {
      this.#message = "E169: Command too recursive";
      return;
    }
    this.#macroDepth++;
    const { lines } = this.#buffer;
    try {
      for (let step = 0; step < Math.min(times, 10_000); step++) {
        const { row, column } = this.#buffer;
        await this.#type(JSON.parse(held.text) as string[]);
        // A motion that leads nowhere ends a macro; here, one that moved and changed nothing does.
        const { row: at, column: place } = this.#buffer;
        if (at === row && place === column && this.#buffer.lines === lines && times > 1_000) break;
      }
    } finally {
      this.#macroDepth--;
    }
  }

  /** `^a` and `^x`: the number under the cursor or behind it. */
  #count(by: number): unknown {
    const buffer = this.#buffer;
    for (const found of buffer.line.matchAll(/-?\d+/g)) {
      if (found.index + found[0].length <= buffer.column) continue;
      buffer.remember();
      const text = String(BigInt(found[0]) + BigInt(by));
      buffer.line = buffer.line.slice(0, found.index) + text + buffer.line.slice(found.index + found[0].length);
      buffer.column = found.index + text.length - 1;
      return this.#changed();
    }
  }

  #put(before: boolean, times: number): void {
    const buffer = this.#buffer;
    const { text, lines } = this.#stored();
    if (text === "" && !lines) return;
    buffer.remember();
    if (lines) {
      const put = Array.from({ length: times }, () => text.split("\n")).flat();
      const at = buffer.row + (before ? 0 : 1);
      buffer.lines.splice(at, 0, ...put);
      buffer.move(at, 0);
      buffer.column = Math.max(0, buffer.line.search(/\S|$/));
      if (put.length > 2) this.#message = `${put.length} more lines`;
    } else {
      if (!before && buffer.line !== "") buffer.move(buffer.row, buffer.column + 1);
      const start = { row: buffer.row, column: buffer.column };
      buffer.insert(text.repeat(times));
      if (text.includes("\n")) buffer.move(start.row, start.column);
      else buffer.column = Math.max(0, buffer.column - 1);
    }
  }

  #join(times: number, between = " "): void {
    const buffer = this.#buffer;
    buffer.remember();
    for (let step = 0; step < Math.max(1, times - 1) && buffer.row < buffer.lines.length - 1; step++) {
      const [next = ""] = buffer.lines.splice(buffer.row + 1, 1);
      const line = between ? buffer.line.replace(/\s+$/, "") : buffer.line;
      const tail = between ? next.trimStart() : next;
      buffer.column = line.length;
      buffer.line = line + (line && tail && !tail.startsWith(")") ? between : "") + tail;
    }
    this.#changed();
  }

  async #repeat(): Promise<void> {
    const keys = this.#lastChange;
    this.#repeating = true;
    this.#pending = [];
    try {
      await this.#type(keys);
    } finally {
      this.#repeating = false;
    }
  }

  // The command line

  async #lineKey(key: string): Promise<unknown> {
    if (key === "escape") {
      this.#mode = "normal";
      return;
    }
    const kind = this.#typed[0]!;
    if (key === "^backspace" || key === "^h") {
      this.#typed = [...this.#typed].slice(0, -1).join("");
      if (this.#typed === "") this.#mode = "normal";
      return;
    }
    if (key === "^u") this.#typed = kind;
    if (key === "^w") this.#typed = this.#typed.replace(/(?<=.)(\w+|[^\w\s]+)?\s*$/, "");
    if (key === "up" || key === "down") {
      const step = key === "up" ? -1 : 1;
      for (let at = this.#typedPlace + step; at >= 0 && at <= this.#typedLines.length; at += step) {
        const line = this.#typedLines[at] ?? kind;
        if (line[0] !== kind) continue;
        this.#typed = line;
        this.#typedPlace = at;
        break;
      }
      return;
    }
    if (key === "^i") return this.#completeName();
    if (key !== "^m") {
      if (isTyped(key)) this.#typed += key;
      return;
    }
    this.#mode = "normal";
    this.#message = "";
    const text = this.#typed.slice(1);
    if (text !== "" && this.#typedLines.at(-1) !== this.#typed) this.#typedLines.push(this.#typed);
    if (kind === ":") await this.#execute(text.trim());
    else
      this.#seek(
        text.replace(/(?<!\\)[/?]$/, (mark) => (mark === kind ? "" : mark)),
        kind === "?",
      );
    this.#settle();
  }

  /** Tab: the name of a file behind `:e`, `:w`, `:r`. */
  async #completeName(): Promise<void> {
    const parts = /^(:.*\s)(\S*\/)?(\S*)$/.exec(this.#typed);
    if (!parts) return;
    const [, before, directory = "", prefix = ""] = parts;
    const names = await this.#ctx.files.readdir(pathIn(this.#ctx, directory || ".")).catch(() => []);
    const [first] = names.filter((name) => name.startsWith(prefix)).sort();
    if (first !== undefined) this.#typed = `${before}${directory}${first}`;
  }

  /** One line's number in a range, from 0. @returns undefined when it is none */
  #lineOf(text: string): number | undefined {
    const buffer = this.#buffer;
    const parts = /^(\d+|\.|\$|'[a-zA-Z<>'^]|\/(?:\\.|[^/\\])*\/|\?(?:\\.|[^?\\])*\?)?((?:[-+]\d*)*)$/.exec(text);
    if (!parts) return undefined;
    const [, base = ".", offsets = ""] = parts;
    let row: number | undefined;
    if (base === ".") row = buffer.row;
    else if (base === "$") row = buffer.lines.length - 1;
    else if (base[0] === "'") row = this.#marks.get(base[1]!)?.row;
    else if (base[0] === "/" || base[0] === "?") {
      const pattern = this.#expression(base.slice(1, -1) || this.#search.text, "g");
      row = pattern && this.#bounded(() => buffer.find(pattern, base[0] === "?"))?.row;
    } else row = Number(base) - 1;
    if (row === undefined) return undefined;
    for (const [offset] of offsets.matchAll(/[-+]\d*/g))
      row += offset.length === 1 ? Number(`${offset}1`) : Number(offset);
    return row;
  }

  #range(command: string): { from: number; to: number; given: boolean; rest: string } | undefined {
    const { buffer } = { buffer: this.#buffer };
    if (command.startsWith("%")) return { from: 0, to: buffer.lines.length - 1, given: true, rest: command.slice(1) };
    const address = String.raw`(?:\d+|\.|\$|'[a-zA-Z<>'^]|\/(?:\\.|[^/\\])*\/|\?(?:\\.|[^?\\])*\?|(?=[-+]))(?:[-+]\d*)*`;
    const parts = new RegExp(`^(${address})?(?:([,;])(${address})?)?`).exec(command)!;
    const rest = command.slice(parts[0].length).trimStart();
    if (parts[0] === "") return { from: buffer.row, to: buffer.row, given: false, rest };
    const from = this.#lineOf(parts[1] ?? ".");
    const to = parts[2] ? this.#lineOf(parts[3] ?? ".") : from;
    if (from === undefined || to === undefined) {
      this.#message = /['/?]/.test(parts[0]) ? this.#message || "E20: Mark not set" : "E16: Invalid range";
      return undefined;
    }
    if (Math.max(from, to) >= buffer.lines.length && rest !== "") {
      this.#message = "E16: Invalid range";
      return undefined;
    }
    return { from: Math.max(0, Math.min(from, to)), to: Math.max(0, Math.max(from, to)), given: true, rest };
  }

  async #execute(command: string): Promise<unknown> {
    const buffer = this.#buffer;
    const global = /^(%?)(g!|g|v)([/#|,!@])(.*)$/s.exec(command);
    if (global) return this.#global(global[2]!, global[3]!, global[4]!);
    const range = this.#range(command.replace(/^:+/, ""));
    if (!range) return;
    const { from, to, given, rest } = range;
    if (rest === "") {
      if (given)
        this.#jump({
          row: to,
          column: Math.max(0, buffer.lines[Math.min(to, buffer.lines.length - 1)]!.search(/\S|$/)),
        });
      return;
    }
    const substitution = /^(?:s|substitute)(?:([/#|,!@;:])(.*)|\s*([gciI&]*))$/s.exec(rest);
    if (substitution && !/^(?:se|sy|sp)/.test(rest)) {
      if (substitution[1]) {
        const [wanted = "", by = "", flags = ""] = substitution[2]!.split(new RegExp(`(?<!\\\\)\\${substitution[1]}`));
        this.#lastSubstitution = { wanted: wanted || this.#search.text, by, flags };
      } else if (!this.#lastSubstitution) {
        this.#message = "E35: No previous regular expression";
        return;
      } else this.#lastSubstitution = { ...this.#lastSubstitution, flags: substitution[3] ?? "" };
      return this.#substitute(this.#lastSubstitution, from, to);
    }
    const filter = /^!(.*)$/s.exec(rest);
    if (filter) return given ? this.#filter(from, to, filter[1]!) : this.#runShell(filter[1]!);
    const moving = /^(m|move|t|co|copy)\s*(\S*)$/.exec(rest);
    if (moving) return this.#transfer(from, to, moving[2]!, /^m/.test(moving[1]!));
    const [, word = "", argument = ""] = /^([a-zA-Z]+!?|[<>=&]+)\s*(.*)$/s.exec(rest) ?? ["", rest];
    const range0: Range = { from: { row: from, column: 0 }, to: { row: to, column: 0 }, lines: true };
    switch (word) {
      case "d":
      case "delete":
        this.#chosen = argument || undefined;
        return this.#apply("d", range0);
      case "y":
      case "yank":
        this.#chosen = argument || undefined;
        return this.#apply("y", range0);
      case "pu":
      case "put":
        this.#chosen = argument || undefined;
        if (given) buffer.move(to, 0);
        this.#registers.set('"', { ...this.#stored(), lines: true });
        this.#chosen = undefined;
        return this.#put(false, 1);
      case ">":
      case "<":
      case ">>":
      case "<<":
        for (const mark of word) await this.#apply(mark, range0);
        return;
      case "j":
      case "join":
        buffer.move(from, 0);
        return this.#join(given && to > from ? to - from + 1 : 2);
      case "norm":
      case "normal":
      case "normal!":
        for (let row = from; row <= Math.min(to, buffer.lines.length - 1); row++) {
          buffer.move(row, 0);
          await this.#type([...argument]);
          if (this.#mode !== "normal") await this.#key("escape");
        }
        return;
      case "w":
      case "w!":
      case "write":
      case "write!":
        await this.#write(argument, given ? { from, to } : undefined, word.endsWith("!"));
        return;
      case "wq":
      case "wq!":
      case "wqa":
      case "wqa!":
        if (await this.#write(argument, undefined, word.endsWith("!"))) this.#status = 0;
        return;
      case "x":
      case "x!":
      case "xit":
      case "xa":
        if (!buffer.modified || (await this.#write(argument, undefined, word.endsWith("!")))) this.#status = 0;
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
      case "cq":
        this.#status = 1;
        return;
      case "e":
      case "edit":
      case "e!":
      case "edit!":
        if (buffer.modified && !word.endsWith("!")) {
          this.#message = "E37: No write since last change (add ! to override)";
          return;
        }
        if (argument) this.#name = argument;
        if (!this.#name) this.#message = "E32: No file name";
        else {
          if (argument) buffer.load("");
          await this.#open();
        }
        return;
      case "f":
      case "file":
        if (argument) this.#name = argument;
        return this.#command("^g", undefined);
      case "r":
      case "read":
        return this.#read(argument, given ? to : buffer.row);
      case "sh":
      case "shell":
        return this.#runShell("bash");
      case "set":
      case "se":
        return this.#set(argument);
      case "reg":
      case "registers":
      case "di":
      case "display":
        return this.#show([
          "Type Name Content",
          ...[...this.#registers]
            .filter(([name]) => name.length === 1)
            .sort(([one], [other]) => (one < other ? -1 : 1))
            .map(
              ([name, { text, lines }]) =>
                `  ${lines ? "l" : "c"}  "${name}   ${text.replaceAll("\n", "^J")}${lines ? "^J" : ""}`,
            ),
        ]);
      case "marks":
        return this.#show([
          "mark line  col file/text",
          ...[...this.#marks].map(
            ([name, { row, column }]) =>
              ` ${name} ${String(row + 1).padStart(6)} ${String(column).padStart(4)} ${buffer.lines[row] ?? ""}`,
          ),
        ]);
      case "k":
      case "ma":
      case "mark":
        this.#marks.set(argument, { row: to, column: 0 });
        return;
      case "u":
      case "undo":
        return this.#command("u", undefined);
      case "red":
      case "redo":
        return this.#command("^r", undefined);
      case "noh":
      case "nohlsearch":
      case "sy":
      case "syntax":
      case "syn":
      case "filetype":
        return;
      case "p":
      case "print":
      case "nu":
      case "number":
        return this.#show(
          buffer.lines
            .slice(from, to + 1)
            .map((line, at) => (word.startsWith("n") ? `${String(from + at + 1).padStart(3)} ${line}` : line)),
        );
      case "h":
      case "help":
        return this.#show(["help is not modelled in this simulated vi; man vi tells its commands"]);
    }
    this.#message = `E492: Not an editor command: ${command}`;
  }

  #show(lines: string[]): void {
    if (lines.length === 1) {
      this.#message = lines[0]!;
      return;
    }
    this.#output = lines;
    this.#mode = "shown";
  }

  #set(argument: string): void {
    const names: Record<string, string> = {
      nu: "number",
      ic: "ignorecase",
      scs: "smartcase",
      et: "expandtab",
      ai: "autoindent",
      hls: "hlsearch",
    };
    for (const word of argument.split(/\s+/).filter(Boolean)) {
      const off = /^no/.test(word) && word !== "notimeout";
      const name = (off ? word.slice(2) : word).replace(/!$/, "");
      const long = names[name] ?? name;
      if (/[=?]/.test(word)) continue;
      if (word.endsWith("!") ? this.#options.has(long) : off) this.#options.delete(long);
      else this.#options.add(long);
    }
  }

  #transfer(from: number, to: number, where: string, moves: boolean): void {
    const buffer = this.#buffer;
    const target = where === "0" ? -1 : this.#lineOf(where);
    if (target === undefined || target >= buffer.lines.length) {
      this.#message = "E14: Invalid address";
      return;
    }
    if (moves && target >= from && target < to) {
      this.#message = "E134: Cannot move a range of lines into itself";
      return;
    }
    buffer.remember();
    const lines = buffer.lines.slice(from, to + 1);
    buffer.lines.splice(target + 1, 0, ...lines);
    if (moves) buffer.lines.splice(target < from ? from + lines.length : from, lines.length);
    buffer.move(moves && target >= from ? target : target + lines.length, 0);
  }

  async #read(argument: string, row: number): Promise<void> {
    const buffer = this.#buffer;
    let text: string;
    if (argument.startsWith("!")) text = (await this.#outputOf(argument.slice(1))).text;
    else {
      const opened = await openText(this.#ctx, pathIn(this.#ctx, argument || this.#name));
      if (opened.kind !== "text") {
        this.#message = `E484: Can't open file ${argument}`;
        return;
      }
      text = opened.text;
    }
    buffer.remember();
    buffer.lines.splice(row + 1, 0, ...text.replace(/\n$/, "").split("\n"));
    buffer.move(row + 1, 0);
  }

  // Commands of the shell

  async #outputOf(commandLine: string, input = ""): Promise<{ text: string; status: number }> {
    let size = 0;
    const chunks: Uint8Array[] = [];
    const collect: ByteWriter = {
      async write(data) {
        const bytes = typeof data === "string" ? Buffer.from(data) : data;
        size += bytes.length;
        if (size <= OUTPUT_BYTES_MAX) chunks.push(bytes);
      },
    };
    let rest: Uint8Array | undefined = Buffer.from(input);
    const stdin = {
      async read() {
        const bytes = rest;
        rest = undefined;
        return bytes?.length ? bytes : undefined;
      },
    };
    const status = await this.#ctx.run(commandLine, { stdin, stdout: collect, stderr: collect });
    return { text: Buffer.concat(chunks).toString("utf8"), status };
  }

  async #filter(from: number, to: number, commandLine: string): Promise<void> {
    const buffer = this.#buffer;
    const lines = buffer.lines.slice(from, to + 1);
    const { text, status } = await this.#outputOf(commandLine, `${lines.join("\n")}\n`);
    buffer.remember();
    buffer.lines.splice(from, lines.length, ...(text === "" ? [] : text.replace(/\n$/, "").split("\n")));
    if (buffer.lines.length === 0) buffer.lines.push("");
    buffer.move(from, 0);
    this.#message = status === 0 ? `${lines.length} lines filtered` : `shell returned ${status}`;
  }

  /** `:!command`: on the screen below the editor's. */
  async #runShell(commandLine: string): Promise<void> {
    const tty = this.#tty;
    await tty.write("\x1b[?1049l");
    tty.setMode("cooked");
    try {
      const named = commandLine.replace(/(?<!\\)%/g, () => quoteForShell(this.#name));
      const status = await this.#ctx.run(named);
      if (status !== 0) await tty.write(`\nshell returned ${status}\n`);
      await tty.write("\nPress ENTER or type command to continue");
    } finally {
      tty.setMode("raw");
    }
    await tty.readKeys();
    await tty.write("\x1b[?1049h\x1b[2J");
  }

  // Patterns

  /** A pattern as vim reads it; undefined for one that it cannot be. `\c` in it: capitals and small letters alike. */
  #expression(pattern: string, flags: string): RegExp | undefined {
    const { size } = { size: this.#options };
    const smart = size.has("smartcase") && /[A-Z]/.test(pattern);
    const alike = (/\\c/.test(pattern) || (size.has("ignorecase") && !smart)) && !flags.includes("i") ? "i" : "";
    try {
      return boundedExpression(fromVim(pattern.replace(/\\[cC]/g, "")), `u${flags}${alike}`);
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

  /** `:g/pattern/command` and `:v/pattern/command`. */
  async #global(how: string, mark: string, text: string): Promise<void> {
    const buffer = this.#buffer;
    const end = new RegExp(`(?<!\\\\)\\${mark}`).exec(text);
    const pattern = (end ? text.slice(0, end.index) : text) || this.#search.text;
    const command = (end ? text.slice(end.index + 1).trim() : "") || "p";
    const expression = this.#expression(pattern, "");
    const chosen =
      expression && this.#bounded(() => buffer.lines.filter((line) => expression.test(line) === (how === "g")));
    if (!chosen || chosen.length === 0) {
      this.#message ||=
        how === "g" ? `E486: Pattern not found: ${pattern}` : `E538: Pattern found in every line: ${pattern}`;
      return;
    }
    const rows = buffer.lines.flatMap((line, row) => (expression.test(line) === (how === "g") ? [row] : []));
    if (/^(d|delete|p|print|nu|number)$/.test(command)) {
      if (!command.startsWith("d")) return this.#show(chosen);
      const gone = new Set(rows);
      buffer.remember();
      buffer.lines = buffer.lines.filter((_, row) => !gone.has(row));
      if (buffer.lines.length === 0) buffer.lines.push("");
      buffer.move(Math.min(buffer.row, buffer.lines.length - 1), 0);
      if (gone.size > 2) this.#message = `${gone.size} fewer lines`;
      return;
    }
    // Each command may add or take lines above the next one.
    let moved = 0;
    for (const row of rows) {
      await this.#ctx.breathe();
      const before = buffer.lines.length;
      buffer.move(row + moved, 0);
      await this.#execute(command);
      moved += buffer.lines.length - before;
    }
  }

  #substitute({ wanted, by, flags }: { wanted: string; by: string; flags: string }, from: number, to: number): unknown {
    const buffer = this.#buffer;
    this.#search = { text: wanted, backwards: false };
    const every = flags.includes("g");
    const pattern = this.#expression(wanted, `${every ? "g" : ""}${flags.includes("i") ? "i" : ""}`);
    if (!pattern || wanted === "") {
      this.#message = `E486: Pattern not found: ${wanted}`;
      return;
    }
    const replacement = replacementOf(by);
    const end = Math.min(to, buffer.lines.length - 1);
    if (flags.includes("c")) {
      const sticky = this.#expression(wanted, `g${flags.includes("i") ? "i" : ""}`)!;
      const start = { row: from, column: 0, to: end, match: undefined, changed: 0 };
      this.#confirming = { pattern: sticky, replacement, shown: by, every, ...start };
      buffer.remember();
      return this.#nextPlace();
    }
    let changed = 0;
    let places = 0;
    let last = from;
    const before = [...buffer.lines];
    const after = this.#bounded(() =>
      before.map((line, row) => {
        if (row < from || row > end) return line;
        const found = every ? (line.match(pattern)?.length ?? 0) : pattern.test(line) ? 1 : 0;
        pattern.lastIndex = 0;
        if (found === 0) return line;
        changed++;
        places += found;
        last = row;
        return line.replace(pattern, replacement);
      }),
    );
    if (!after || changed === 0) {
      this.#message ||= `E486: Pattern not found: ${wanted}`;
      return;
    }
    if (flags.includes("n")) {
      this.#message = `${places} match${places === 1 ? "" : "es"} on ${changed} line${changed === 1 ? "" : "s"}`;
      return;
    }
    buffer.remember();
    // A \r in the replacement parts lines.
    buffer.lines = after.flatMap((line) => line.split("\n"));
    buffer.move(last + buffer.lines.length - after.length, 0);
    if (places > 2) this.#message = `${places} substitutions on ${changed} line${changed === 1 ? "" : "s"}`;
  }

  /** Go to the next place that is asked about, or end. */
  #nextPlace(): void {
    const asked = this.#confirming!;
    const buffer = this.#buffer;
    this.#mode = "confirm";
    for (; asked.row <= asked.to && asked.row < buffer.lines.length; asked.row++, asked.column = 0) {
      const line = buffer.lines[asked.row]!;
      asked.pattern.lastIndex = asked.column;
      const match = this.#bounded(() => asked.pattern.exec(line)) ?? undefined;
      if (!match || asked.column > line.length) continue;
      asked.match = match;
      buffer.move(asked.row, match.index);
      return;
    }
    this.#endConfirming();
  }

  #endConfirming(): void {
    const asked = this.#confirming!;
    this.#confirming = undefined;
    this.#mode = "normal";
    if (asked.changed > 2) this.#message = `${asked.changed} substitutions`;
    this.#settle();
  }

  #confirmKey(key: string): unknown {
    const asked = this.#confirming!;
    const { match } = asked;
    const buffer = this.#buffer;
    const replace = () => {
      if (!match) return;
      const line = buffer.lines[asked.row]!;
      const matched = this.#expression(asked.pattern.source === "" ? "" : this.#search.text, "");
      const text = matched ? match[0].replace(matched, asked.replacement) : match[0];
      buffer.lines[asked.row] = line.slice(0, match.index) + text + line.slice(match.index + match[0].length);
      asked.changed++;
      pass(text.length);
    };
    const pass = (length: number) => {
      asked.column = match!.index + Math.max(length, match![0] === "" ? 1 : 0);
      if (asked.every) return;
      asked.row++;
      asked.column = 0;
    };
    switch (key) {
      case "y":
        replace();
        return this.#nextPlace();
      case "n":
        pass(match?.[0].length ?? 1);
        return this.#nextPlace();
      case "l":
        replace();
        return this.#endConfirming();
      case "a":
        for (let steps = 0; this.#confirming && steps < 100_000; steps++) {
          this.#confirmKey("y");
        }
        return;
      case "q":
      case "escape":
        return this.#endConfirming();
    }
  }

  async #write(argument: string, range: { from: number; to: number } | undefined, force: boolean): Promise<boolean> {
    const append = /^>>\s*/.test(argument);
    const name = argument.replace(/^>>\s*/, "") || this.#name;
    if (name === "") {
      this.#message = "E32: No file name";
      return false;
    }
    if (this.#readOnly && !force && name === this.#name) {
      this.#message = "E45: 'readonly' option is set (add ! to override)";
      return false;
    }
    const path = pathIn(this.#ctx, name);
    const opened = await openText(this.#ctx, path);
    const isNew = opened.kind === "new";
    if (argument && !append && !isNew && !force && name !== this.#name) {
      this.#message = "E13: File exists (add ! to override)";
      return false;
    }
    const lines = range ? this.#buffer.lines.slice(range.from, range.to + 1) : undefined;
    const text = lines ? `${lines.join("\n")}\n` : this.#buffer.text();
    const before = append && opened.kind === "text" ? opened.text : "";
    const refused = await saveText(this.#ctx, path, before + text);
    if (refused) {
      this.#message =
        refused === "Permission denied" || refused === "Read-only file system"
          ? `"${name}" E212: Can't open file for writing`
          : `"${name}" ${refused}`;
      return false;
    }
    if (this.#name === "") this.#name = name;
    if (!range && name === this.#name) this.#buffer.modified = false;
    const size = lines ? `${lines.length}L, ${Buffer.byteLength(text)}B` : this.#size(text);
    this.#message = `"${name}" ${isNew ? "[New] " : ""}${size} ${append ? "appended" : "written"}`;
    return true;
  }
}

/** A line with what is selected of it in reverse. */
function marked(line: string, row: number, { from, to, lines }: Range, shift: number, width: number): string {
  if (row < from.row || row > to.row) return clipped(shownLine(line), shift, width);
  const start = lines || row > from.row ? 0 : from.column;
  const end = lines || row < to.row ? line.length : to.column;
  const before = widthOf(shownLine(line.slice(0, start)));
  const shown = shownLine(line);
  const behind = widthOf(shownLine(line.slice(0, end)));
  const inside =
    clipped(shown, Math.max(before, shift), Math.min(behind, shift + width) - Math.max(before, shift)) || " ";
  return `${clipped(shown, shift, Math.max(0, before - shift))}\x1b[7m${inside}\x1b[27m${clipped(shown, Math.max(behind, shift), Math.max(0, shift + width - behind))}`;
}

function recased(text: string, operator: string): string {
  if (operator === "gu") return text.toLowerCase();
  if (operator === "gU") return text.toUpperCase();
  return [...text].map((char) => (char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase())).join("");
}

/** What stands behind the pattern as JavaScript reads it: `&`, `\1`, `\n`, `\r`. */
function replacementOf(by: string): string {
  return by
    .replace(/\$/g, "$$$$")
    .replace(/\\([0-9])|(?<!\\)&|\\([\s\S])/g, (_all, group?: string, escaped?: string) => {
      if (group) return group === "0" ? "$&" : `$${group}`;
      if (escaped === undefined) return "$&";
      return escaped === "r" || escaped === "n" ? "\n" : escaped === "t" ? "\t" : escaped;
    });
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
