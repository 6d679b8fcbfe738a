/** `sed`: one line after the other, as they come. */
import { PMXCFS_ROOT } from "../../cluster/pmxcfs/pmxcfs-state.ts";
import { boundedExpression } from "../../shell/bounded-expression.ts";
import { FileError } from "../../shell/node-files.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { type Arguments, complain, pathIn, readArguments, reasonOf, refuseUsage } from "./arguments.ts";
import { temporaryLetters } from "./file-changes.ts";
import { type Failure, lineBatches } from "./line-batches.ts";
import { type Address, parseSed, type SedCommand, SedError, type Substitution } from "./sed-script.ts";
import { LINE_LENGTH, replaced, visible, wrapped } from "./sed-text.ts";

/** Steps of a script between two looks at whether others wait. */
const STEPS_PER_BREATH = 200;
/** How many matches one `s///g` replaces at a stretch. */
const MATCHES_PER_BREATH = 256;
/** What pattern and hold space may grow to, characters. */
const SPACE_MAX = 2 << 20;

interface Line {
  text: string;
  open: boolean;
}

export const sed: Program = async (ctx) => {
  const scripts: string[] = [];
  if (ctx.argv.includes("--version")) {
    await ctx.stdout.write("sed (GNU sed) 4.9\nThis is sed of a simulated node.\n");
    return 0;
  }
  let args: Arguments;
  try {
    args = readArguments(await withoutScripts(ctx, scripts), "nErsuzi", {
      quiet: "n",
      silent: "n",
      "regexp-extended": "E",
      separate: "s",
      unbuffered: "u",
      "null-data": "z",
      "in-place?": "i",
      posix: "posix",
    });
  } catch (error) {
    if (error instanceof FileError) {
      await complain(ctx, `couldn't open file ${error.path}: ${reasonOf(error)}`);
      return 4;
    }
    return refuseUsage(ctx, error);
  }
  const { flags, operands } = args;
  if (scripts.length === 0) {
    const script = operands.shift();
    if (script === undefined) {
      await ctx.stderr.write("Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n");
      return 1;
    }
    scripts.push(script);
  }
  let commands: SedCommand[];
  const source = scripts.join("\n");
  const quiet = flags.has("n") || /^#n(\n|$)/.test(source);
  try {
    commands = parseSed(source, flags.has("E") || flags.has("r"));
  } catch (error) {
    if (!(error instanceof SedError)) throw error;
    await complain(ctx, error.message);
    return error.status;
  }
  const inPlace = flags.has("i");
  if (inPlace && operands.length === 0) {
    await complain(ctx, "no input files");
    return 4;
  }
  const separator = flags.has("z") ? "\0" : "\n";
  const failure: Failure = { failed: false };
  if (!inPlace && !flags.has("s")) {
    const run = new SedRun(ctx, commands, quiet, separator, operands[0] ?? "-");
    const status = await run.through(lineBatches(ctx, operands, failure, separator, "can't read "), (text) =>
      ctx.stdout.write(text),
    );
    return status || (failure.failed ? 2 : 0);
  }
  for (const operand of operands) {
    const kept: string[] = [];
    const fresh = parseSed(source, flags.has("E") || flags.has("r"));
    const run = new SedRun(ctx, fresh, quiet, separator, operand);
    const before = failure.failed;
    failure.failed = false;
    const status = await run.through(lineBatches(ctx, [operand], failure, separator, "can't read "), async (text) => {
      if (inPlace) kept.push(text);
      else await ctx.stdout.write(text);
    });
    if (inPlace && !failure.failed) {
      try {
        const path = pathIn(ctx, operand);
        const suffix = flags.get("i");
        if (suffix) {
          const backup = suffix.includes("*") ? suffix.replaceAll("*", operand) : `${operand}${suffix}`;
          await ctx.files.writeFile(pathIn(ctx, backup), await ctx.files.readFile(path));
        }
        if (path.startsWith(`${PMXCFS_ROOT}/`)) {
          if (!(await placedAnew(ctx, operand, kept.join("")))) return 4;
        } else await ctx.files.writeFile(path, Buffer.from(kept.join("")));
      } catch (error) {
        await complain(ctx, `couldn't open file ${operand}: ${reasonOf(error)}`);
        return 4;
      }
    }
    failure.failed ||= before;
    if (status) return status;
  }
  return failure.failed ? 2 : 0;
};

/**
 * What sed -i does everywhere, and what /etc/pve counts: a new file beside the old one takes its place.
 *
 * @returns whether it could
 */
async function placedAnew(ctx: ProgramContext, operand: string, text: string): Promise<boolean> {
  const slash = operand.lastIndexOf("/");
  const folder = slash < 0 ? "." : operand.slice(0, slash);
  const letter = temporaryLetters(ctx);
  const temporary = `${folder}/sed${Array.from({ length: 6 }, letter).join("")}`;
  try {
    await ctx.files.writeFile(pathIn(ctx, temporary), Buffer.from(text));
  } catch (error) {
    await complain(ctx, `couldn't open temporary file ${temporary}: ${reasonOf(error)}`);
    return false;
  }
  await ctx.files.rename(pathIn(ctx, temporary), pathIn(ctx, operand));
  return true;
}

/** `-e`, `-f` and `-i.bak` out of the words: they come many times or glued to their value. */
async function withoutScripts(ctx: ProgramContext, scripts: string[]): Promise<string[]> {
  const rest: string[] = [];
  const { argv } = ctx;
  const file = async (path: string) => {
    const bytes = await ctx.files.readFile(pathIn(ctx, path)).catch((error) => {
      throw error instanceof FileError ? new FileError(error.code, path) : error;
    });
    scripts.push(Buffer.from(bytes).toString("utf8").replace(/\n$/, ""));
  };
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!;
    const short = /^-([nErsuz]*)([efi])(.*)$/s.exec(word);
    if (word === "--") {
      rest.push(...argv.slice(at));
      break;
    }
    if (word.startsWith("--expression=")) scripts.push(word.slice(13));
    else if (word === "--expression") scripts.push(argv[++at] ?? "");
    else if (word.startsWith("--file=")) await file(word.slice(7));
    else if (at > 0 && short) {
      if (short[1]) rest.push(`-${short[1]}`);
      if (short[2] === "i") rest.push(short[3] ? `--in-place=${short[3]}` : "-i");
      else if (short[2] === "e") scripts.push(short[3] || argv[++at] || "");
      else await file(short[3] || argv[++at] || "");
    } else rest.push(word);
  }
  return rest;
}

class SedRun {
  #ctx: ProgramContext;
  #commands: SedCommand[];
  #quiet: boolean;
  /** What `F` tells. */
  #file: string;
  #separator: string;
  #looksAhead: boolean;
  #lines: Line[] = [];
  #at = 0;
  #out = "";
  #pattern = "";
  #hold = "";
  #open = false;
  #line = 0;
  #appended: string[] = [];
  #lastExpression: RegExp | undefined;
  #steps = 0;

  constructor(ctx: ProgramContext, commands: SedCommand[], quiet: boolean, separator: string, file: string) {
    this.#ctx = ctx;
    this.#file = file;
    this.#commands = commands;
    this.#quiet = quiet;
    this.#separator = separator;
    // Only a script that asks for the last line has to know whether another follows.
    this.#looksAhead = commands.some((command) => command.first?.kind === "last" || command.second?.kind === "last");
  }

  /** @returns the status of `q`, else 0 */
  async through(
    batches: AsyncGenerator<{ lines: string[]; open: boolean }>,
    write: (text: string) => Promise<void>,
  ): Promise<number> {
    const flush = async () => {
      const text = this.#out;
      this.#out = "";
      if (text !== "") await write(text);
    };
    const more = async (): Promise<boolean> => {
      if (this.#at < this.#lines.length) return true;
      await flush();
      const next = await batches.next();
      if (next.done) return false;
      const { lines, open } = next.value;
      this.#lines = lines.map((text, index) => ({ text, open: open && index === lines.length - 1 }));
      this.#at = 0;
      return this.#lines.length > 0 || more();
    };
    const take = (): Line => this.#lines[this.#at++]!;
    let deleted = false;
    let status = 0;
    try {
      while (deleted || (await more())) {
        if (!deleted) {
          const line = take();
          this.#pattern = line.text;
          this.#open = line.open;
          this.#line++;
        }
        deleted = false;
        const outcome = await this.#script(more, take);
        if (outcome.kind === "restart") {
          deleted = true;
          continue;
        }
        if (outcome.kind !== "delete" && outcome.kind !== "quit-silently" && !this.#quiet)
          this.#print(this.#pattern, this.#open);
        await this.#flushAppended();
        if (outcome.kind === "quit" || outcome.kind === "quit-silently") {
          status = outcome.status;
          break;
        }
        if (this.#out.length > 1 << 15) await flush();
      }
    } finally {
      await flush();
      await batches.return(undefined);
    }
    return status;
  }

  #print(text: string, open = false): void {
    this.#out += open ? text : `${text}${this.#separator}`;
  }

  async #flushAppended(): Promise<void> {
    for (const text of this.#appended.splice(0)) {
      // The last line came without its newline, which is needed now.
      if (this.#out !== "" && !this.#out.endsWith(this.#separator)) this.#out += this.#separator;
      if (!text.startsWith("\0")) this.#out += `${text}\n`;
      else {
        const bytes = await this.#ctx.files.readFile(pathIn(this.#ctx, text.slice(1))).catch(() => new Uint8Array(0));
        this.#out += Buffer.from(bytes).toString("utf8");
      }
    }
  }

  async #script(
    more: () => Promise<boolean>,
    take: () => Line,
  ): Promise<{ kind: "end" | "delete" | "restart" } | { kind: "quit" | "quit-silently"; status: number }> {
    let substituted = false;
    for (let at = 0; at < this.#commands.length; at++) {
      if (++this.#steps % STEPS_PER_BREATH === 0) await this.#ctx.breathe();
      const command = this.#commands[at]!;
      const last = this.#looksAhead ? async () => !(await more()) : async () => false;
      if ((await this.#selected(command, last)) === command.negated) {
        if (command.name === "{") at = command.target;
        continue;
      }
      switch (command.name) {
        case "s":
          if (await this.#substitute(command.substitute!)) substituted = true;
          break;
        case "y":
          this.#pattern = [...this.#pattern].map((char) => command.map!.get(char) ?? char).join("");
          break;
        case "p":
          this.#print(this.#pattern);
          break;
        case "P":
          this.#print(this.#pattern.split("\n", 1)[0]!);
          break;
        case "d":
          return { kind: "delete" };
        case "D": {
          const end = this.#pattern.indexOf("\n");
          if (end < 0) return { kind: "delete" };
          this.#pattern = this.#pattern.slice(end + 1);
          await this.#flushAppended();
          return { kind: "restart" };
        }
        case "n":
          if (!(await more())) return { kind: "quit", status: 0 };
          if (!this.#quiet) this.#print(this.#pattern, this.#open);
          await this.#flushAppended();
          this.#next(take(), false);
          break;
        case "N":
          if (!(await more())) return { kind: "quit", status: 0 };
          await this.#flushAppended();
          this.#next(take(), true);
          break;
        case "h":
          this.#hold = this.#pattern;
          break;
        case "H":
          this.#hold = this.#bounded(`${this.#hold}\n${this.#pattern}`);
          break;
        case "g":
          this.#pattern = this.#hold;
          break;
        case "G":
          this.#pattern = this.#bounded(`${this.#pattern}\n${this.#hold}`);
          break;
        case "x":
          [this.#pattern, this.#hold] = [this.#hold, this.#pattern];
          break;
        case "z":
          this.#pattern = "";
          break;
        case "=":
          this.#out += `${this.#line}\n`;
          break;
        case "l":
          this.#out += `${wrapped(visible(this.#pattern), command.number ?? LINE_LENGTH)}$\n`;
          break;
        case "a":
          this.#appended.push(command.text);
          break;
        case "F":
          this.#out += `${this.#file}\n`;
          break;
        case "R": {
          const line = await this.#nextLineOf(command.text);
          if (line !== undefined) this.#appended.push(line);
          break;
        }
        case "W":
          await this.#writeTo(command.text, `${this.#pattern.split("\n", 1)[0]}\n`);
          break;
        case "r":
          this.#appended.push(`\0${command.text}`);
          break;
        case "i":
          this.#out += `${command.text}\n`;
          break;
        case "c":
          if (!command.second || command.negated || !command.active) this.#out += `${command.text}\n`;
          return { kind: "delete" };
        case "w":
          await this.#writeTo(command.text, `${this.#pattern}\n`);
          break;
        case "q":
          return { kind: "quit", status: command.number ?? 0 };
        case "Q":
          return { kind: "quit-silently", status: command.number ?? 0 };
        case "b":
          at = command.target - 1;
          break;
        case "t":
          if (substituted) at = command.target - 1;
          substituted = false;
          break;
        case "T":
          if (!substituted) at = command.target - 1;
          substituted = false;
          break;
      }
    }
    return { kind: "end" };
  }

  #read = new Map<string, string[]>();
  /** `R`: a file's lines, one at each time. */
  async #nextLineOf(name: string): Promise<string | undefined> {
    let lines = this.#read.get(name);
    if (!lines) {
      try {
        lines = Buffer.from(await this.#ctx.files.readFile(pathIn(this.#ctx, name)))
          .toString("utf8")
          .split("\n");
        if (lines.at(-1) === "") lines.pop();
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        lines = [];
      }
      this.#read.set(name, lines);
    }
    return lines.shift();
  }

  #next(line: Line, joined: boolean): void {
    this.#pattern = joined ? this.#bounded(`${this.#pattern}\n${line.text}`) : line.text;
    this.#open = line.open;
    this.#line++;
  }

  #bounded(text: string): string {
    if (text.length > SPACE_MAX) throw spaceTooLong();
    return text;
  }

  async #selected(command: SedCommand, isLast: () => Promise<boolean>): Promise<boolean> {
    const { first, second } = command;
    if (!first) return true;
    if (!second) return this.#fits(first, isLast);
    if (!command.active) {
      if (command.fromZero || !(await this.#fits(first, isLast))) return false;
      command.active = true;
      if (second.kind === "line") command.active = second.line > this.#line;
      else if (second.kind === "count") {
        command.endsAt = this.#line + second.lines;
        command.active = second.lines > 0;
      } else if (second.kind === "multiple") {
        command.endsAt = second.of > 0 ? Math.ceil(this.#line / second.of) * second.of : this.#line;
        command.active = command.endsAt > this.#line;
      } else if (second.kind === "last") command.active = !(await isLast());
      return true;
    }
    switch (second.kind) {
      case "line":
        if (this.#line >= second.line) command.active = false;
        return this.#line <= second.line;
      case "count":
      case "multiple":
        if (this.#line >= command.endsAt) command.active = false;
        return true;
      default:
        if (await this.#fits(second, isLast)) {
          command.active = false;
          command.fromZero &&= true;
        }
        return true;
    }
  }

  async #fits(address: Address, isLast: () => Promise<boolean>): Promise<boolean> {
    switch (address.kind) {
      case "line":
        return this.#line === address.line;
      case "last":
        return isLast();
      case "step":
        return address.step > 0
          ? this.#line >= address.first && (this.#line - address.first) % address.step === 0
          : this.#line === address.first;
      case "match": {
        const expression = this.#remembered(address.expression);
        expression.lastIndex = 0;
        return expression.test(this.#pattern);
      }
    }
  }

  #remembered(expression: RegExp | undefined): RegExp {
    const used = expression ?? this.#lastExpression;
    if (!used) throw new Error("no previous regular expression");
    this.#lastExpression = used;
    return used;
  }

  async #substitute(spec: Substitution): Promise<boolean> {
    const remembered = this.#remembered(spec.expression);
    const expression = remembered.global ? remembered : boundedExpression(remembered.source, `${remembered.flags}g`);
    const text = this.#pattern;
    const pieces: string[] = [];
    let [count, from, end, length] = [0, 0, -1, 0];
    let changed = false;
    expression.lastIndex = 0;
    for (let found = expression.exec(text); found; found = expression.exec(text)) {
      const { index } = found;
      const match = found[0];
      if (match === "") expression.lastIndex += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
      // Nothing is found right behind what was found.
      if (match === "" && index === end) continue;
      end = index + match.length;
      if (++count < spec.nth) continue;
      changed = true;
      const piece = replaced(spec.replacement, found);
      pieces.push(text.slice(from, index), piece);
      length += index - from + piece.length;
      if (length > SPACE_MAX) throw spaceTooLong();
      from = end;
      if (!spec.global) break;
      if (count % MATCHES_PER_BREATH === 0) await this.#ctx.breathe();
    }
    if (!changed) return false;
    pieces.push(text.slice(from));
    this.#pattern = this.#bounded(pieces.join(""));
    if (spec.print) this.#print(this.#pattern);
    if (spec.file) await this.#writeTo(spec.file, `${this.#pattern}\n`);
    return true;
  }

  #written = new Set<string>();
  async #writeTo(file: string, text: string): Promise<void> {
    if (file === "/dev/stdout") {
      this.#out += text;
      return;
    }
    const path = pathIn(this.#ctx, file);
    await this.#ctx.files.writeFile(path, Buffer.from(text), { append: this.#written.has(path) });
    this.#written.add(path);
  }
}

function spaceTooLong(): Error {
  return new Error(`a space of more than ${SPACE_MAX >> 20} MiB is not modelled in this simulated node`);
}
