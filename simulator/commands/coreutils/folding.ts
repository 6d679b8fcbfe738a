/** `fold` and `rev`: they give way inside a line, which may be all of their input. @source coreutils 9.1, util-linux 2.38.1 */
import { FileError } from "../../shell/node-files.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { type Arguments, complain, pathIn, readArguments, reasonOf, refuseUsage } from "./arguments.ts";
import { eachLine } from "./lines.ts";
import { openInput } from "./streams.ts";

/** What is looked at in one stretch: some tenths of a millisecond. */
const STRETCH = 1 << 14;

const NEWLINE = 0x0a;
const TAB = 0x09;
const BACKSPACE = 0x08;
const CARRIAGE_RETURN = 0x0d;
const BLANK = 0x20;
const TAB_WIDTH = 8;

/** Call for each operand; one that cannot be read is told. @param told how its message begins */
async function eachInput(
  ctx: ProgramContext,
  operands: readonly string[],
  told: string,
  handle: (operand: string) => Promise<void>,
): Promise<number> {
  let status = 0;
  for (const operand of operands.length > 0 ? operands : ["-"]) {
    try {
      await handle(operand);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      await complain(ctx, `${told}${operand}: ${reasonOf(error)}`);
      status = 1;
    }
  }
  return status;
}

export const rev: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "0", { zero: "0" });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const separator = args.flags.has("0") ? "\0" : "\n";
  const { operands } = args;
  return eachInput(ctx, operands, "cannot open ", (operand) =>
    eachLine(
      ctx,
      // A dash is a file's name here.
      operands.length > 0 ? openInput(ctx, pathIn(ctx, operand)) : ctx.stdin,
      async (line, ended) => {
        for (let end = line.length; end > 0; ) {
          let from = Math.max(0, end - STRETCH);
          // Not between the halves of a character.
          if (from > 0 && /[\udc00-\udfff]/.test(line[from]!)) from--;
          await ctx.stdout.write([...line.slice(from, end)].reverse().join(""));
          await ctx.breathe();
          end = from;
        }
        if (ended) await ctx.stdout.write(separator);
        return undefined;
      },
      separator,
    ),
  );
};

export const fold: Program = async (ctx) => {
  let args: Arguments;
  try {
    const old = ctx.argv.map((word) => (/^-\d+$/.test(word) ? `-w${word.slice(1)}` : word));
    args = readArguments(old, "bsw:", { bytes: "b", spaces: "s", "width=": "w" });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const given = args.flags.get("w") ?? "80";
  const width = Number(given);
  if (!/^\d+$/.test(given) || width === 0 || width > Number.MAX_SAFE_INTEGER) {
    const why = !/^\d+$/.test(given)
      ? ""
      : width === 0
        ? ": Numerical result out of range"
        : ": Value too large for defined data type";
    await complain(ctx, `invalid number of columns: ‘${given}’${why}`);
    return 1;
  }
  const { flags } = args;
  return eachInput(ctx, args.operands, "", async (operand) => {
    const lines = new FoldedLines(width, { bytes: flags.has("b"), spaces: flags.has("s") });
    const input = openInput(ctx, operand);
    for (let bytes = await input.read(); bytes; bytes = await input.read()) {
      for (let from = 0; from < bytes.length; from += STRETCH) {
        const before = lines.kept;
        await ctx.stdout.write(lines.add(bytes.subarray(from, from + STRETCH)));
        if (lines.kept > before) ctx.hold(lines.kept - before);
        await ctx.breathe();
      }
    }
    await ctx.stdout.write(lines.end());
  });
};

/** Bytes, as Debian's `fold` knows no wider characters. */
class FoldedLines {
  #width: number;
  #kinds: { bytes: boolean; spaces: boolean };
  /** The line so far. */
  #line: number[] = [];
  #column = 0;

  constructor(width: number, kinds: { bytes: boolean; spaces: boolean }) {
    this.#width = width;
    this.#kinds = kinds;
  }

  get kept(): number {
    return this.#line.length;
  }

  add(bytes: Uint8Array): Uint8Array {
    const out: number[] = [];
    const put = (count: number) => {
      for (let at = 0; at < count; at++) out.push(this.#line[at]!);
      this.#line = this.#line.slice(count);
    };
    for (const byte of bytes) {
      if (byte === NEWLINE) {
        put(this.#line.length);
        out.push(NEWLINE);
        this.#column = 0;
        continue;
      }
      for (let column = this.#behind(this.#column, byte); ; column = this.#behind(this.#column, byte)) {
        if (column <= this.#width || this.#line.length === 0) {
          this.#column = column;
          break;
        }
        const blank = this.#kinds.spaces ? this.#line.findLastIndex((one) => one === BLANK || one === TAB) : -1;
        put(blank >= 0 ? blank + 1 : this.#line.length);
        out.push(NEWLINE);
        this.#column = 0;
        for (const one of this.#line) this.#column = this.#behind(this.#column, one);
      }
      this.#line.push(byte);
    }
    return Uint8Array.from(out);
  }

  end(): Uint8Array {
    const rest = Uint8Array.from(this.#line);
    this.#line = [];
    this.#column = 0;
    return rest;
  }

  #behind(column: number, byte: number): number {
    if (this.#kinds.bytes) return column + 1;
    if (byte === BACKSPACE) return Math.max(0, column - 1);
    if (byte === CARRIAGE_RETURN) return 0;
    return byte === TAB ? column + TAB_WIDTH - (column % TAB_WIDTH) : column + 1;
  }
}
