/** Running awk programs: an evaluator in small steps that hands out what has to be waited for. */

import { boundedExpression } from "../../shell/bounded-expression.ts";
import { formatTime } from "../../shell/builtins/output.ts";
import { FileError } from "../../shell/node-files.ts";
import type { ByteReader, ByteWriter, ProgramContext } from "../../shell/process.ts";
import { zoneOfProgram } from "../../shell/process-zone.ts";
import { pathIn, reasonOf } from "./arguments.ts";
import { drive, withEscapes } from "./awk.ts";
import { AwkError, type AwkFunction, type AwkProgram, awkExpression, type Expr, type Statement } from "./awk-parser.ts";
import { asBytes, asText, type Cell, compare, formatText, InputText, isTrue, toNumber, toText } from "./awk-values.ts";
import { LineSource, lineBatches } from "./line-batches.ts";
import { wallMs } from "./node-facts.ts";
import { openInput } from "./streams.ts";

type AwkArray = Map<string, Cell>;
/** A parameter that was handed a name never used: it is an array as soon as it is used as one. */
class Unused {
  array: AwkArray | undefined;
  adopt: (array: AwkArray) => void;
  constructor(adopt: (array: AwkArray) => void) {
    this.adopt = adopt;
  }
}
type Held = Cell | AwkArray | Unused;
/** What an evaluator hands out: a promise to wait for, or undefined to say that a step was made. */
type Steps<T> = Generator<Promise<unknown> | undefined, T, unknown>;

/** Cells of all arrays together, and characters of one string: what one program may hold. */
const CELLS_MAX = 500_000;
const TEXT_MAX = 2 << 20;
/** What a cell of an array costs beside its text, bytes. */
const CELL_COST = 64;
const HOLD_STEP = 1 << 14;
/** How many matches `gsub` replaces at a stretch. */
const MATCHES_PER_STEP = 8;
const CALLS_MAX = 400;
const FIELDS_MAX = 32_767;

class Jump extends Error {
  readonly kind: "next" | "nextfile" | "break" | "continue" | "return" | "exit";
  readonly value: Cell;
  constructor(kind: Jump["kind"], value?: Cell) {
    super(kind);
    this.kind = kind;
    this.value = value;
  }
}

export class AwkRun {
  #ctx: ProgramContext;
  #program: AwkProgram;
  #globals = new Map<string, Held>();
  #frames: Map<string, Held>[] = [];
  #record = "";
  /** Split when first asked for. */
  #fields: Cell[] | undefined;
  #cells = 0;
  #out = "";
  #main: LineSource | undefined;
  #operandAt = 0;
  #mainDone = false;
  #inputs = new Map<string, LineSource>();
  #outputs = new Map<string, { write(text: string): Promise<void>; close(): Promise<number> }>();
  #expressions = new Map<string, RegExp>();
  #unheld = 0;
  #seed = 0;
  #status = 0;

  constructor(ctx: ProgramContext, program: AwkProgram, operands: string[]) {
    this.#ctx = ctx;
    this.#program = program;
    const texts = {
      FS: " ",
      OFS: " ",
      ORS: "\n",
      RS: "\n",
      SUBSEP: "\x1c",
      CONVFMT: "%.6g",
      OFMT: "%.6g",
      FILENAME: "",
    };
    for (const [name, value] of Object.entries(texts)) this.#globals.set(name, value);
    for (const name of ["NR", "FNR", "NF", "RSTART", "RLENGTH"]) this.#globals.set(name, 0);
    this.#globals.set("RLENGTH", -1);
    this.#globals.set(
      "ENVIRON",
      new Map([...ctx.env].map(([name, value]) => [asBytes(name), new InputText(asBytes(value))])),
    );
    this.#globals.set(
      "ARGV",
      new Map(["awk", ...operands].map((word, at) => [String(at), new InputText(asBytes(word))])),
    );
    this.#globals.set("ARGC", operands.length + 1);
  }

  setText(name: string, value: string): void {
    this.#assignName(name, new InputText(value));
  }

  async flush(): Promise<void> {
    const text = this.#out;
    this.#out = "";
    if (text !== "") await this.#ctx.stdout.write(Buffer.from(text, "latin1"));
  }

  /** More for standard output. */
  write(text: string): void {
    this.#out += text;
  }

  async all(): Promise<number> {
    const { rules } = this.#program;
    const onlyBegin = rules.every((rule) => rule.when === "BEGIN");
    try {
      await this.#drive(this.#phase("BEGIN"));
      if (!onlyBegin) await this.#records();
    } catch (error) {
      if (!(error instanceof Jump) || error.kind !== "exit") throw error;
      if (error.value !== undefined) this.#status = toNumber(error.value);
    }
    try {
      if (!onlyBegin) await this.#drive(this.#phase("END"));
    } catch (error) {
      if (!(error instanceof Jump) || error.kind !== "exit") throw error;
      if (error.value !== undefined) this.#status = toNumber(error.value);
    }
    // Commands that it writes to end before what it kept back is written.
    if (this.#ctx.isTty.stdout) await this.flush();
    for (const output of this.#outputs.values()) await output.close();
    await this.flush();
    await this.#main?.close();
    for (const input of this.#inputs.values()) await input.close();
    return this.#status;
  }

  #drive<T>(steps: Steps<T>): Promise<T> {
    return drive(steps, () => this.#ctx.breathe());
  }

  *#phase(when: "BEGIN" | "END"): Steps<void> {
    for (const rule of this.#program.rules) if (rule.when === when) yield* this.#block(rule.body ?? []);
  }

  async #records(): Promise<void> {
    for (;;) {
      const record = await this.#nextRecord();
      if (record === undefined) return;
      this.#setRecord(record);
      try {
        await this.#drive(this.#rules());
      } catch (error) {
        if (!(error instanceof Jump)) throw error;
        if (error.kind === "nextfile") {
          await this.#main?.close();
          this.#main = undefined;
        } else if (error.kind !== "next") throw error;
      }
      if (this.#out.length > 1 << 15) await this.flush();
    }
  }

  *#rules(): Steps<void> {
    for (const rule of this.#program.rules) {
      if (rule.when !== "record") continue;
      if (rule.test && rule.until) {
        if (!rule.active && !isTrue(yield* this.#value(rule.test))) continue;
        rule.active = !isTrue(yield* this.#value(rule.until));
      } else if (rule.test && !isTrue(yield* this.#value(rule.test))) continue;
      if (rule.body) yield* this.#block(rule.body);
      else this.#out += `${this.#record}${toText(this.#global("ORS"))}`;
      yield undefined;
    }
  }

  /** Where it stands, as mawk tells it behind an error. */
  place(): string {
    const at = (name: string) => toText(this.#global(name));
    return `FILENAME="${at("FILENAME")}" FNR=${at("FNR")} NR=${at("NR")}`;
  }

  /** The next record of the main input, and NR and FNR with it. */
  async #nextRecord(): Promise<string | undefined> {
    for (;;) {
      if (!this.#main) {
        if (!(await this.#openNext())) return undefined;
        continue;
      }
      if (!this.#main.ready) await this.flush();
      const line = await this.#main.next();
      if (line !== undefined) {
        this.#globals.set("NR", toNumber(this.#global("NR")) + 1);
        this.#globals.set("FNR", toNumber(this.#global("FNR")) + 1);
        return line;
      }
      this.#main = undefined;
    }
  }

  async #openNext(): Promise<boolean> {
    if (this.#mainDone) return false;
    let files = 0;
    const argc = toNumber(this.#global("ARGC"));
    const argv = this.#globals.get("ARGV") as AwkArray;
    while (++this.#operandAt < argc) {
      const word = toText(argv.get(String(this.#operandAt)));
      if (word === "") continue;
      const setting = /^([A-Za-z_]\w*)=(.*)$/s.exec(word);
      if (setting) {
        this.setText(setting[1]!, withEscapes(setting[2]!));
        continue;
      }
      files++;
      this.#globals.set("FILENAME", word);
      this.#globals.set("FNR", 0);
      this.#main = this.#source(word);
      this.#sawFile = true;
      return true;
    }
    this.#mainDone = true;
    if (files === 0 && !this.#sawFile) {
      this.#sawFile = true;
      this.#main = this.#source("-");
      return true;
    }
    return false;
  }
  #sawFile = false;

  #source(operand: string): LineSource {
    return new LineSource(this.#recordBatches(operand));
  }

  /** Records by RS as it is when the input is opened. */
  async *#recordBatches(operand: string) {
    try {
      yield* this.#recordsOf(operand);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      throw new AwkError(`cannot open ${operand} (${reasonOf(error)})`);
    }
  }

  async *#recordsOf(operand: string) {
    const separator = toText(this.#global("RS"));
    if (separator.length === 1) {
      yield* lineBatches(this.#ctx, [asText(operand)], "thrown", separator, "", "latin1");
      return;
    }
    let text = "";
    const input = openInput(this.#ctx, asText(operand));
    for (let bytes = await input.read(); bytes; bytes = await input.read()) {
      text += Buffer.from(bytes).toString("latin1");
      this.#bounded(text);
      await this.#ctx.breathe();
    }
    const lines =
      separator === ""
        ? text.replace(/^\n+|\n+$/g, "").split(/\n\n+/)
        : text.replace(/\n$/, "").split(this.#expression(separator));
    if (text.trim() === "") return;
    for (let at = 0; at < lines.length; at += 256) yield { lines: lines.slice(at, at + 256), open: false, operand };
  }

  // Fields.

  #setRecord(text: string): void {
    this.#record = text;
    this.#fields = undefined;
  }

  #split(): Cell[] {
    if (!this.#fields) {
      this.#fields = this.#parts(this.#record, toText(this.#global("FS")), toText(this.#global("RS")) === "").map(
        (part) => new InputText(part),
      );
      this.#globals.set("NF", this.#fields.length);
    }
    return this.#fields;
  }

  #parts(text: string, separator: string, paragraphs = false): string[] {
    if (text === "") return [];
    if (separator === " ") return text.split(/[ \t\n]+/).filter((part) => part !== "");
    if (separator === "") return text.split("");
    if (paragraphs) return text.split(boundedExpression(`${this.#expression(separator).source}|\n`));
    if (separator.length === 1 && separator !== "\\") return text.split(separator);
    const out: string[] = [];
    // `split` of JavaScript adds what groups caught.
    let from = 0;
    for (const match of text.matchAll(boundedExpression(this.#expression(separator).source, "g"))) {
      if (match[0] === "") continue;
      out.push(text.slice(from, match.index));
      from = match.index + match[0].length;
    }
    return [...out, text.slice(from)];
  }

  #field(number: number): Cell {
    if (number === 0) return new InputText(this.#record);
    if (number < 0) throw new AwkError(`negative field index $${number}`);
    return this.#split()[number - 1];
  }

  #setField(number: number, value: Cell): void {
    if (number === 0) {
      this.#setRecord(this.#bounded(toText(value, toText(this.#global("CONVFMT")))));
      return;
    }
    if (number < 0 || number > FIELDS_MAX) throw new AwkError(`field index $${number} is out of range`);
    const fields = this.#split();
    while (fields.length < number) fields.push("");
    fields[number - 1] = typeof value === "number" ? value : new InputText(toText(value));
    this.#globals.set("NF", fields.length);
    this.#join();
  }

  #join(): void {
    const format = toText(this.#global("CONVFMT"));
    this.#record = this.#bounded(this.#fields!.map((cell) => toText(cell, format)).join(toText(this.#global("OFS"))));
  }

  // Names.

  #global(name: string): Cell {
    return this.#globals.get(name) as Cell;
  }

  #frame(name: string): Map<string, Held> {
    const local = this.#frames.at(-1);
    return local?.has(name) ? local : this.#globals;
  }

  #name(name: string): Cell {
    if (name === "NF") this.#split();
    const held = this.#frame(name).get(name);
    if (held instanceof Map) throw new AwkError(`can't use array ${name} in scalar context`);
    return held instanceof Unused ? undefined : held;
  }

  #assignName(name: string, value: Cell): void {
    const frame = this.#frame(name);
    if (frame.get(name) instanceof Map) throw new AwkError(`can't assign to ${name}; it's an array name.`);
    if (name === "NF" && frame === this.#globals) {
      const fields = this.#split();
      const wanted = Math.max(0, Math.min(FIELDS_MAX, Math.trunc(toNumber(value))));
      while (fields.length < wanted) fields.push("");
      fields.length = wanted;
      this.#globals.set("NF", wanted);
      this.#join();
      return;
    }
    frame.set(name, value);
  }

  #array(name: string): AwkArray {
    const frame = this.#frame(name);
    const held = frame.get(name);
    if (held instanceof Map) return held;
    if (held instanceof Unused) {
      if (!held.array) {
        held.array = new Map();
        held.adopt(held.array);
      }
      frame.set(name, held.array);
      return held.array;
    }
    if (held !== undefined) throw new AwkError(`can't use scalar ${name} as array`);
    const array: AwkArray = new Map();
    frame.set(name, array);
    return array;
  }

  #put(array: AwkArray, key: string, value: Cell): void {
    if (!array.has(key) && ++this.#cells > CELLS_MAX)
      throw new AwkError(
        `out of memory: more than ${CELLS_MAX} array elements are not modelled in this simulated node`,
      );
    // What was there before is not given back until the end: a lower bound would cost a look at every cell.
    if (!array.has(key)) this.#hold(key.length + CELL_COST);
    if (typeof value === "string") this.#hold(value.length);
    array.set(key, value);
  }

  /** In steps of some size: a cell is small, and the account is the whole lab's. */
  #hold(bytes: number): void {
    this.#unheld += bytes;
    if (this.#unheld < HOLD_STEP) return;
    this.#ctx.hold(this.#unheld);
    this.#unheld = 0;
  }

  #bounded(text: string): string {
    if (text.length > TEXT_MAX) throw tooLongText();
    return text;
  }

  #expression(source: string): RegExp {
    let expression = this.#expressions.get(source);
    if (!expression) {
      try {
        expression = awkExpression(source);
      } catch (error) {
        const why =
          error instanceof SyntaxError && error.message === "missing operand" ? error.message : "bad expression";
        throw new AwkError(`line ${this.#program.lines}: regular expression compile failed (${why})\n${source}`);
      }
      if (this.#expressions.size > 200) this.#expressions.clear();
      this.#expressions.set(source, expression);
    }
    return expression;
  }

  // Statements.

  *#block(body: readonly Statement[]): Steps<void> {
    for (const statement of body) yield* this.#statement(statement);
  }

  *#statement(statement: Statement): Steps<void> {
    yield undefined;
    switch (statement.kind) {
      case "expression":
        yield* this.#value(statement.of);
        return;
      case "print":
        yield* this.#print(statement);
        return;
      case "block":
        yield* this.#block(statement.body);
        return;
      case "if":
        if (isTrue(yield* this.#value(statement.test))) yield* this.#statement(statement.yes);
        else if (statement.no) yield* this.#statement(statement.no);
        return;
      case "while":
        if (statement.first && !(yield* this.#loopBody(statement.body))) return;
        while (isTrue(yield* this.#value(statement.test))) if (!(yield* this.#loopBody(statement.body))) return;
        return;
      case "for":
        if (statement.start) yield* this.#statement(statement.start);
        while (!statement.test || isTrue(yield* this.#value(statement.test))) {
          if (!(yield* this.#loopBody(statement.body))) return;
          if (statement.step) yield* this.#statement(statement.step);
        }
        return;
      case "for-in":
        for (const key of [...this.#array(statement.array).keys()]) {
          this.#assignName(statement.name, new InputText(key));
          if (!(yield* this.#loopBody(statement.body))) return;
        }
        return;
      case "delete": {
        const array = this.#array(statement.name);
        if (!statement.keys) {
          this.#cells -= array.size;
          array.clear();
        } else if (array.delete(yield* this.#key(statement.keys))) this.#cells--;
        return;
      }
      case "return":
      case "exit":
        throw new Jump(statement.kind, statement.of && (yield* this.#value(statement.of)));
      default:
        throw new Jump(statement.kind);
    }
  }

  /** @returns whether the loop goes on */
  *#loopBody(body: Statement): Steps<boolean> {
    try {
      yield* this.#statement(body);
    } catch (error) {
      if (!(error instanceof Jump)) throw error;
      if (error.kind === "break") return false;
      if (error.kind !== "continue") throw error;
    }
    return true;
  }

  *#print(statement: Extract<Statement, { kind: "print" }>): Steps<void> {
    const cells: Cell[] = [];
    for (const arg of statement.args) cells.push(yield* this.#value(arg));
    const number = toText(this.#global("OFMT"));
    const text = statement.formatted
      ? formatText(toText(cells[0]), cells.slice(1), "printf")
      : `${statement.args.length === 0 ? this.#record : cells.map((cell) => toText(cell, number)).join(toText(this.#global("OFS")))}${toText(this.#global("ORS"))}`;
    if (!statement.to) {
      this.#out += text;
      if (this.#out.length > 1 << 15) yield this.flush();
      return;
    }
    const where = asText(toText(yield* this.#value(statement.to.where)));
    const output = (yield this.#output(statement.to.how, where)) as { write(text: string): Promise<void> };
    yield output.write(text);
  }

  async #output(how: ">" | ">>" | "|", where: string) {
    const known = this.#outputs.get(where);
    if (known) return known;
    if (how === "|") await this.flush();
    const output = how === "|" ? this.#pipeTo(where) : await this.#fileOutput(where, how === ">>");
    this.#outputs.set(where, output);
    return output;
  }

  async #fileOutput(where: string, append: boolean) {
    const { files, stderr } = this.#ctx;
    if (where === "/dev/stdout" || where === "-" || where === "/dev/stderr") {
      if (where !== "/dev/stderr") return { write: async (text: string) => this.write(text), close: async () => 0 };
      return { write: (text: string) => stderr.write(Buffer.from(text, "latin1")), close: async () => 0 };
    }
    const path = pathIn(this.#ctx, where);
    if (!append) await files.writeFile(path, new Uint8Array(0));
    return {
      write: (text: string) => files.writeFile(path, Buffer.from(text, "latin1"), { append: true }),
      close: async () => 0,
    };
  }

  /** The command runs when its input is whole. */
  #pipeTo(command: string) {
    let text = "";
    return {
      write: async (more: string) => {
        text = this.#bounded(text + more);
      },
      close: () => this.#ctx.run(command, { stdin: onlyText(text) }),
    };
  }

  // Expressions.

  *#key(keys: readonly Expr[]): Steps<string> {
    const parts: string[] = [];
    const format = toText(this.#global("CONVFMT"));
    for (const key of keys) parts.push(toText(yield* this.#value(key), format));
    return parts.join(toText(this.#global("SUBSEP")));
  }

  *#value(node: Expr): Steps<Cell> {
    switch (node.kind) {
      case "number":
      case "string":
        return node.value;
      case "regex":
        return node.expression.test(this.#record) ? 1 : 0;
      case "name":
        return this.#name(node.name);
      case "index": {
        const key = yield* this.#key(node.keys);
        const array = this.#array(node.name);
        if (!array.has(key)) this.#put(array, key, undefined);
        return array.get(key);
      }
      case "field":
        return this.#field(Math.trunc(toNumber(yield* this.#value(node.of))));
      case "group":
        throw new AwkError("syntax error at or near ,");
      case "unary": {
        const value = yield* this.#value(node.of);
        if (node.op === "()") return value;
        return node.op === "!" ? (isTrue(value) ? 0 : 1) : node.op === "-" ? -toNumber(value) : toNumber(value);
      }
      case "conditional":
        return yield* this.#value(isTrue(yield* this.#value(node.test)) ? node.yes : node.no);
      case "binary":
        return yield* this.#binary(node);
      case "match": {
        const text = this.#string(yield* this.#value(node.left));
        const expression = yield* this.#asExpression(node.right);
        return expression.test(text) !== node.negated ? 1 : 0;
      }
      case "in":
        return this.#array(node.name).has(yield* this.#key(node.keys)) ? 1 : 0;
      case "assign": {
        let value = yield* this.#value(node.value);
        if (node.op !== "=")
          value = arithmetic(node.op.slice(0, -1), toNumber(yield* this.#value(node.to)), toNumber(value));
        yield* this.#assign(node.to, value);
        return value;
      }
      case "step": {
        const before = toNumber(yield* this.#value(node.to));
        const after = node.op === "++" ? before + 1 : before - 1;
        yield* this.#assign(node.to, after);
        return node.before ? after : before;
      }
      case "getline":
        return yield* this.#getline(node);
      case "call":
        return node.own ? yield* this.#call(node.name, node.args) : yield* this.#builtin(node.name, node.args);
    }
  }

  #string(cell: Cell): string {
    return toText(cell, toText(this.#global("CONVFMT")));
  }

  *#binary(node: Extract<Expr, { kind: "binary" }>): Steps<Cell> {
    const left = yield* this.#value(node.left);
    if (node.op === "&&") return isTrue(left) && isTrue(yield* this.#value(node.right)) ? 1 : 0;
    if (node.op === "||") return isTrue(left) || isTrue(yield* this.#value(node.right)) ? 1 : 0;
    const right = yield* this.#value(node.right);
    if (node.op === " ") return this.#bounded(this.#string(left) + this.#string(right));
    const order = () => compare(left, right, toText(this.#global("CONVFMT")));
    switch (node.op) {
      case "<":
        return order() < 0 ? 1 : 0;
      case "<=":
        return order() <= 0 ? 1 : 0;
      case "==":
        return order() === 0 ? 1 : 0;
      case "!=":
        return order() !== 0 ? 1 : 0;
      case ">":
        return order() > 0 ? 1 : 0;
      case ">=":
        return order() >= 0 ? 1 : 0;
      default:
        return arithmetic(node.op, toNumber(left), toNumber(right));
    }
  }

  *#asExpression(node: Expr): Steps<RegExp> {
    if (node.kind === "regex") return node.expression;
    return this.#expression(this.#string(yield* this.#value(node)));
  }

  *#assign(to: Expr, value: Cell): Steps<void> {
    if (to.kind === "name") this.#assignName(to.name, value);
    else if (to.kind === "index") this.#put(this.#array(to.name), yield* this.#key(to.keys), value);
    else if (to.kind === "field") this.#setField(Math.trunc(toNumber(yield* this.#value(to.of))), value);
    else throw new AwkError("syntax error: assignment to something that is no variable");
  }

  *#call(name: string, args: readonly Expr[]): Steps<Cell> {
    const called: AwkFunction | undefined = this.#program.functions.get(name);
    if (!called) throw new AwkError(`line ${this.#program.lines + 1}: function ${name} never defined`);
    if (this.#frames.length >= CALLS_MAX)
      throw new AwkError(
        `function ${name}: more than ${CALLS_MAX} calls inside calls are not modelled in this simulated node`,
      );
    const frame = new Map<string, Held>();
    for (const [at, param] of called.params.entries()) {
      const arg = args[at];
      let held: Held;
      if (arg?.kind === "name") {
        const owner = this.#frame(arg.name);
        held = owner.get(arg.name);
        if (held === undefined) held = new Unused((array) => owner.set(arg.name, array));
        if (arg.name === "NF") held = this.#name("NF");
      } else held = arg && (yield* this.#value(arg));
      frame.set(param, held);
    }
    this.#frames.push(frame);
    try {
      yield* this.#block(called.body);
      return undefined;
    } catch (error) {
      if (error instanceof Jump && error.kind === "return") return error.value;
      throw error;
    } finally {
      this.#frames.pop();
    }
  }

  *#getline(node: Extract<Expr, { kind: "getline" }>): Steps<Cell> {
    let line: string | undefined;
    if (!node.file && !node.command) {
      line = (yield this.#nextRecord()) as string | undefined;
    } else {
      const name = asText(this.#string(yield* this.#value((node.file ?? node.command)!)));
      let source = this.#inputs.get(name);
      if (!source) {
        if (node.file) {
          const exists =
            name === "-" ||
            (yield this.#ctx.files.stat(pathIn(this.#ctx, name)).then(
              () => true,
              () => false,
            ));
          if (!exists) return -1;
          source = this.#source(name);
        } else source = new LineSource(textLines((yield this.#outputOf(name)) as string));
        this.#inputs.set(name, source);
      }
      line = (yield source.next()) as string | undefined;
      if (line !== undefined && node.command) this.#globals.set("NR", toNumber(this.#global("NR")) + 1);
    }
    if (line === undefined) return 0;
    if (node.to) yield* this.#assign(node.to, new InputText(line));
    else this.#setRecord(line);
    return 1;
  }

  async #outputOf(command: string): Promise<string> {
    await this.flush();
    let text = "";
    const into: ByteWriter = {
      write: async (bytes) => {
        text = this.#bounded(
          text + (typeof bytes === "string" ? asBytes(bytes) : Buffer.from(bytes).toString("latin1")),
        );
      },
    };
    await this.#ctx.run(command, { stdout: into });
    return text;
  }

  async #system(command: string): Promise<number> {
    await this.flush();
    return this.#ctx.run(command);
  }

  async #close(name: string): Promise<number> {
    await this.flush();
    const output = this.#outputs.get(name);
    this.#outputs.delete(name);
    const input = this.#inputs.get(name);
    this.#inputs.delete(name);
    await input?.close();
    return output ? output.close() : input ? 0 : -1;
  }

  *#builtin(name: string, args: readonly Expr[]): Steps<Cell> {
    const first = args[0];
    if (name === "length" && first?.kind === "name") {
      const held = this.#frame(first.name).get(first.name);
      if (held instanceof Map) return held.size;
    }
    if (name === "split") {
      const text = this.#string(yield* this.#value(first!));
      const target = args[1];
      if (target?.kind !== "name") throw new AwkError("split: the second argument must be an array");
      const separator = args[2];
      let parts: string[];
      if (separator?.kind === "regex")
        parts = this.#parts(
          text,
          separator.expression.source.length === 1 ? `[${separator.expression.source}]` : separator.expression.source,
        );
      else
        parts = this.#parts(text, separator ? this.#string(yield* this.#value(separator)) : toText(this.#global("FS")));
      const array = this.#array(target.name);
      this.#cells -= array.size;
      array.clear();
      for (const [at, part] of parts.entries()) {
        this.#put(array, String(at + 1), new InputText(part));
        if (at % MATCHES_PER_STEP === 0) yield undefined;
      }
      return parts.length;
    }
    if (name === "sub" || name === "gsub") return yield* this.#substitute(name === "gsub", args);
    if (name === "match") {
      const found = (yield* this.#asExpression(args[1]!)).exec(this.#string(yield* this.#value(first!)));
      this.#globals.set("RSTART", found ? found.index + 1 : 0);
      this.#globals.set("RLENGTH", found ? found[0].length : -1);
      return found ? found.index + 1 : 0;
    }
    const cells: Cell[] = [];
    for (const arg of args) cells.push(yield* this.#value(arg));
    const text = (at: number) => this.#string(cells[at]);
    const number = (at: number) => toNumber(cells[at]);
    switch (name) {
      case "length":
        return (args.length === 0 ? this.#record : text(0)).length;
      case "substr": {
        let from = number(1);
        let length = args.length > 2 ? number(2) : Number.POSITIVE_INFINITY;
        // As mawk 1.3.4-20200120 counts: what lies before the text makes the piece longer.
        if (from < 1) {
          length -= from;
          from = 1;
        }
        const start = Math.trunc(from) - 1;
        return text(0).slice(start, Math.max(start, start + Math.trunc(length)));
      }
      case "index":
        return text(0).indexOf(text(1)) + 1;
      case "sprintf":
        return this.#bounded(formatText(text(0), cells.slice(1)));
      case "sin":
      case "cos":
      case "exp":
      case "log":
      case "sqrt":
        return Math[name](number(0));
      case "atan2":
        return Math.atan2(number(0), number(1));
      case "int":
        return Math.trunc(number(0));
      case "rand":
        this.#random = (Math.imul(this.#random, 1_103_515_245) + 12_345) & 0x7fffffff;
        return this.#random / 0x80000000;
      case "srand": {
        const before = this.#seed;
        this.#seed = args.length > 0 ? number(0) : Math.floor(wallMs(this.#ctx) / 1000);
        this.#random = this.#seed & 0x7fffffff;
        return before;
      }
      case "tolower":
        return text(0).replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
      case "toupper":
        return text(0).replace(/[a-z]+/g, (letters) => letters.toUpperCase());
      case "system":
        return (yield this.#system(asText(text(0)))) as number;
      case "close":
        return (yield this.#close(asText(text(0)))) as number;
      case "fflush":
        yield this.flush();
        return 0;
      case "systime":
        return Math.floor(wallMs(this.#ctx) / 1000);
      case "strftime": {
        const format = args.length > 0 ? asText(text(0)) : "%c";
        return asBytes(
          formatTime(format, args.length > 1 ? number(1) * 1000 : wallMs(this.#ctx), zoneOfProgram(this.#ctx)),
        );
      }
      default:
        throw new AwkError(`function ${name} is not modelled in this simulated node`);
    }
  }
  #random = 1;

  *#substitute(global: boolean, args: readonly Expr[]): Steps<Cell> {
    const expression = yield* this.#asExpression(args[0]!);
    const replacement = this.#string(yield* this.#value(args[1]!));
    const target: Expr = args[2] ?? { kind: "field", of: { kind: "number", value: 0 } };
    const before = this.#string(yield* this.#value(target));
    const isPlain = !/[\\&]/.test(replacement);
    const replaced = (found: string) =>
      isPlain ? replacement : replacement.replace(/\\\\|\\&|&/g, (mark) => (mark === "&" ? found : mark.slice(1)));
    const pieces: string[] = [];
    let [count, from, length] = [0, 0, 0];
    const put = (piece: string) => {
      pieces.push(piece);
      length += piece.length;
      if (length > TEXT_MAX) throw tooLongText();
    };
    const search = boundedExpression(expression.source, "g");
    for (let found = search.exec(before); found; found = search.exec(before)) {
      put(before.slice(from, found.index));
      put(replaced(found[0]));
      from = found.index + found[0].length;
      if (found[0] === "") search.lastIndex++;
      count++;
      if (!global) break;
      if (count % MATCHES_PER_STEP === 0) yield undefined;
    }
    if (count === 0) return 0;
    put(before.slice(from));
    yield* this.#assign(target, pieces.join(""));
    return count;
  }
}

function tooLongText(): AwkError {
  return new AwkError(
    `out of memory: a string of more than ${TEXT_MAX >> 20} MiB is not modelled in this simulated node`,
  );
}

function arithmetic(op: string, left: number, right: number): number {
  switch (op) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "^":
      return left ** right;
    case "/":
    case "%":
      return op === "/" ? left / right : left % right;
    default:
      throw new AwkError(`syntax error at or near ${op}`);
  }
}

function onlyText(text: string): ByteReader {
  let rest: Uint8Array | undefined = Buffer.from(text, "latin1");
  return {
    read: async () => {
      const bytes = rest;
      rest = undefined;
      return bytes?.length ? bytes : undefined;
    },
  };
}

async function* textLines(text: string) {
  const lines = text.split("\n");
  const last = lines.pop()!;
  if (last !== "") lines.push(last);
  for (let at = 0; at < lines.length; at += 256) yield { lines: lines.slice(at, at + 256), open: false, operand: "" };
}
