/**
 * Input as batches of lines, as they come: a filter answers each batch before it waits for the next, so that a pipe
 * prints line by line, and gives way between any two.
 */
import { StringDecoder } from "node:string_decoder";
import { MemoryExhausted } from "../../shell/lab-memory.ts";
import { FileError } from "../../shell/node-files.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { complain, reasonOf } from "./arguments.ts";
import { openInput } from "./streams.ts";

/** Lines in one batch at most: some tenths of a millisecond of a filter's work. */
const BATCH_LINES = 256;
/** A line of more bytes is handed on in pieces. */
const LINE_LENGTH_MAX = 1 << 20;
/** What a tool that needs all of its input (`sort`, `tac`) keeps at most, bytes. */
const KEPT_BYTES_MAX = 32 << 20;

/** What a kept line costs beside its characters, bytes: a million empty lines are not nothing. */
const LINE_COST = 40;

export interface LineBatch {
  lines: string[];
  /** The last line came without its newline: the input's end. */
  open: boolean;
  operand: string;
}

export interface Failure {
  failed: boolean;
}

/** Every operand's lines; one that cannot be read is told and marks the failure, or is thrown. @param separator `\0` with -z */
export async function* lineBatches(
  ctx: ProgramContext,
  operands: readonly string[],
  failure: Failure | "thrown",
  separator = "\n",
  /** How a tool begins its message: `can't read ` of sed. */
  cannot = "",
  /** `latin1`: a character for each byte, for tools that know no others. */
  encoding: "utf8" | "latin1" = "utf8",
): AsyncGenerator<LineBatch> {
  for (const operand of operands.length > 0 ? operands : ["-"]) {
    try {
      yield* batchesOf(ctx, operand, separator, encoding);
    } catch (error) {
      if (!(error instanceof FileError) || failure === "thrown") throw error;
      await complain(ctx, `${cannot}${operand}: ${reasonOf(error)}`);
      failure.failed = true;
    }
  }
}

async function* batchesOf(
  ctx: ProgramContext,
  operand: string,
  separator: string,
  encoding: "utf8" | "latin1",
): AsyncGenerator<LineBatch> {
  const input = openInput(ctx, operand);
  const decoder = new StringDecoder(encoding);
  let rest = "";
  for (let bytes = await input.read(); bytes; bytes = await input.read()) {
    // A file comes in one piece; a whole one would be decoded and split at a stretch.
    for (let from = 0; from < bytes.length; from += 1 << 16) {
      const text = decoder.write(Buffer.from(bytes.subarray(from, from + (1 << 16))));
      const lines = text.split(separator);
      lines[0] = rest + lines[0]!;
      rest = lines.pop()!;
      if (rest.length > LINE_LENGTH_MAX) {
        lines.push(rest);
        rest = "";
      }
      for (let at = 0; at < lines.length; at += BATCH_LINES) {
        yield { lines: lines.slice(at, at + BATCH_LINES), open: false, operand };
        await ctx.breathe();
      }
    }
  }
  rest += decoder.end();
  if (rest !== "") yield { lines: [rest], open: true, operand };
}

/** One line after the other. */
export class LineSource {
  #batches: AsyncGenerator<LineBatch>;
  #lines: string[] = [];
  #at = 0;

  constructor(batches: AsyncGenerator<LineBatch>) {
    this.#batches = batches;
  }

  /** Whether the next line is here already; when not, the next one may be long in coming. */
  get ready(): boolean {
    return this.#at < this.#lines.length;
  }

  /** Undefined at the end and ever after. */
  async next(): Promise<string | undefined> {
    while (!this.ready) {
      const next = await this.#batches.next();
      if (next.done) return undefined;
      this.#lines = next.value.lines;
      this.#at = 0;
    }
    return this.#lines[this.#at++];
  }

  /** Leave the rest. */
  async close(): Promise<void> {
    await this.#batches.return(undefined);
  }
}

/** All lines of all operands. @throws FileError EFBIG beyond what a simulated node keeps of one tool's input */
export async function allLines(
  ctx: ProgramContext,
  operands: readonly string[],
  failure: Failure,
  separator = "\n",
  cannot = "",
): Promise<string[]> {
  const lines: string[] = [];
  let size = 0;
  for await (const batch of lineBatches(ctx, operands, failure, separator, cannot)) {
    const before = size;
    for (const line of batch.lines) {
      lines.push(line);
      size += line.length + LINE_COST;
    }
    ctx.hold(size - before);
    if (size > KEPT_BYTES_MAX) throw new TooMuchInput();
  }
  return lines;
}

/** More input than a tool keeps. */
class TooMuchInput extends MemoryExhausted {
  override name = "TooMuchInput";
  constructor() {
    super(`a tool of this simulated node keeps at most ${KEPT_BYTES_MAX >> 20} MiB of input`);
  }
}
