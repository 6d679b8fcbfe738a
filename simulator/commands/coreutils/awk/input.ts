/** What an awk program reads: the operands' records, and what `getline` takes from files and commands. */
import { FileError } from "../../../shell/node-files.ts";
import type { ByteWriter, ProgramContext } from "../../../shell/process.ts";
import { pathIn, reasonOf } from "../arguments.ts";
import { type LineBatch, LineSource, lineBatches } from "../line-batches.ts";
import { openInput } from "../streams.ts";
import { bounded } from "./bounds.ts";
import { withEscapes } from "./lexer.ts";
import type { AwkOutput } from "./output.ts";
import { AwkError } from "./program.ts";
import type { RegularExpressions } from "./regular-expressions.ts";
import { asBytes, asText, InputText } from "./values.ts";
import type { Variables } from "./variables.ts";

const BATCH_LINES = 256;

export class AwkInput {
  #ctx: ProgramContext;
  #variables: Variables;
  #expressions: RegularExpressions;
  #output: AwkOutput;
  #main: LineSource | undefined;
  #mainDone = false;
  #operandAt = 0;
  #sawFile = false;
  /** By the name of the file or by the command. */
  #open = new Map<string, LineSource>();

  /** @param output is written out before this waits for anything */
  constructor(ctx: ProgramContext, variables: Variables, expressions: RegularExpressions, output: AwkOutput) {
    this.#ctx = ctx;
    this.#variables = variables;
    this.#expressions = expressions;
    this.#output = output;
  }

  /** The next record of the operands, and NR and FNR with it. */
  async nextRecord(): Promise<string | undefined> {
    for (;;) {
      if (!this.#main) {
        if (!(await this.#openNext())) return undefined;
        continue;
      }
      if (!this.#main.ready) await this.#output.flush();
      const line = await this.#main.next();
      if (line !== undefined) {
        this.#variables.increase("NR");
        this.#variables.increase("FNR");
        return line;
      }
      this.#main = undefined;
    }
  }

  /** Leaves the rest of the operand that is read: `nextfile`. */
  async skipFile(): Promise<void> {
    await this.#main?.close();
    this.#main = undefined;
  }

  /** What `getline` reads from already by this name of a file, or by this command. */
  opened(name: string): LineSource | undefined {
    return this.#open.get(name);
  }

  /** What `getline < name` reads from; undefined when there is no such file. */
  async openFile(name: string): Promise<LineSource | undefined> {
    const exists =
      name === "-" ||
      (await this.#ctx.files.stat(pathIn(this.#ctx, name)).then(
        () => true,
        () => false,
      ));
    if (!exists) return undefined;
    const source = this.#source(name);
    this.#open.set(name, source);
    return source;
  }

  /** What `command | getline` reads from: the command runs to its end first. */
  async openCommand(command: string): Promise<LineSource> {
    const source = new LineSource(textLines(await this.#outputOf(command)));
    this.#open.set(command, source);
    return source;
  }

  /** @returns whether something of this name was read from */
  async close(name: string): Promise<boolean> {
    const source = this.#open.get(name);
    this.#open.delete(name);
    await source?.close();
    return source !== undefined;
  }

  async closeAll(): Promise<void> {
    await this.#main?.close();
    for (const source of this.#open.values()) await source.close();
  }

  async #openNext(): Promise<boolean> {
    if (this.#mainDone) return false;
    let files = 0;
    const argc = this.#variables.number("ARGC");
    while (++this.#operandAt < argc) {
      const word = this.#variables.operand(this.#operandAt);
      if (word === "") continue;
      const setting = /^([A-Za-z_]\w*)=(.*)$/s.exec(word);
      if (setting) {
        this.#variables.assign(setting[1]!, new InputText(withEscapes(setting[2]!)));
        continue;
      }
      files++;
      this.#variables.set("FILENAME", word);
      this.#variables.set("FNR", 0);
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

  #source(operand: string): LineSource {
    return new LineSource(this.#recordBatches(operand));
  }

  async *#recordBatches(operand: string): AsyncGenerator<LineBatch> {
    try {
      yield* this.#recordsOf(operand);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      throw new AwkError(`cannot open ${operand} (${reasonOf(error)})`);
    }
  }

  /** Records by RS as it is when the input is opened. */
  async *#recordsOf(operand: string): AsyncGenerator<LineBatch> {
    const separator = this.#variables.text("RS");
    if (separator.length === 1) {
      yield* lineBatches(this.#ctx, [asText(operand)], "thrown", separator, "", "latin1");
      return;
    }
    let text = "";
    const input = openInput(this.#ctx, asText(operand));
    for (let bytes = await input.read(); bytes; bytes = await input.read()) {
      text += Buffer.from(bytes).toString("latin1");
      bounded(text);
      await this.#ctx.breathe();
    }
    const records =
      separator === ""
        ? text.replace(/^\n+|\n+$/g, "").split(/\n\n+/)
        : text.replace(/\n$/, "").split(this.#expressions.of(separator));
    if (text.trim() === "") return;
    yield* batchesOf(records, operand);
  }

  async #outputOf(command: string): Promise<string> {
    await this.#output.flush();
    let text = "";
    const into: ByteWriter = {
      write: async (bytes) => {
        text = bounded(text + (typeof bytes === "string" ? asBytes(bytes) : Buffer.from(bytes).toString("latin1")));
      },
    };
    await this.#ctx.run(command, { stdout: into });
    return text;
  }
}

async function* textLines(text: string): AsyncGenerator<LineBatch> {
  const lines = text.split("\n");
  const last = lines.pop()!;
  if (last !== "") lines.push(last);
  yield* batchesOf(lines, "");
}

function* batchesOf(lines: readonly string[], operand: string): Generator<LineBatch> {
  for (let at = 0; at < lines.length; at += BATCH_LINES)
    yield { lines: lines.slice(at, at + BATCH_LINES), open: false, operand };
}
