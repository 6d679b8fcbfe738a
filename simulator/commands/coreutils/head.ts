/** `head`, which stops reading when it has what was asked. */
import type { ByteReader, Program, ProgramContext } from "../../shell/process.ts";
import { complain, reasonOf } from "./arguments.ts";
import { readPart, titleOf } from "./part-of-files.ts";
import { collect, type Output, openInput, outputOf } from "./streams.ts";

export const head: Program = async (ctx) => {
  const old =
    ctx.argv[1] && /^-\d+$/.test(ctx.argv[1]) ? ["head", "-n", ctx.argv[1].slice(1), ...ctx.argv.slice(2)] : ctx.argv;
  const late = ctx.argv.find(
    (word, at) => at > 1 && /^-\d/.test(word) && !/^(?:-[qvz]*[nc]|--(?:lines|bytes))$/.test(ctx.argv[at - 1]!),
  );
  if (late !== undefined) {
    await complain(ctx, `invalid trailing option -- ${late[1]}`);
    await ctx.stderr.write("Try 'head --help' for more information.\n");
    return 1;
  }
  const part = await readPart(ctx, old, "n:c:qvz", { "zero-terminated": "z" });
  if (typeof part === "number") return part;
  const { unit, count, operands, titled } = part;
  const separator = part.flags.has("z") ? 0 : 10;
  let status = 0;
  let titles = 0;
  for (const operand of operands) {
    const input = openInput(ctx, operand);
    const output = outputOf(ctx);
    try {
      let first = await input.read();
      if (titled) await output.write(titleOf(titles++, operand));
      if (count < 0) {
        await headBut(ctx, output, input, first, unit, -count);
        continue;
      }
      let left = count;
      for (; first && left > 0; first = left > 0 ? await input.read() : undefined) {
        const end = unit === "c" ? Math.min(left, first.length) : endOfLines(first, left, separator);
        const part = first.subarray(0, end);
        left -= unit === "c" ? part.length : linesIn(part, separator);
        await output.write(part);
        await ctx.breathe();
      }
    } catch (error) {
      await complain(
        ctx,
        output.refused
          ? `error writing 'standard output': ${reasonOf(error)}`
          : `cannot open '${operand}' for reading: ${reasonOf(error)}`,
      );
      status = 1;
    }
  }
  return status;
};

async function headBut(
  ctx: ProgramContext,
  output: Output,
  input: ByteReader,
  first: Uint8Array | undefined,
  unit: string,
  but: number,
): Promise<void> {
  const bytes = await collect(ctx, input, first);
  if (unit === "c") return output.write(bytes.subarray(0, Math.max(0, bytes.length - but)));
  const lines = bytes.toString("utf8").split(/(?<=\n)/);
  await output.write(lines.slice(0, Math.max(0, lines.length - but)).join(""));
}

function linesIn(bytes: Uint8Array, separator: number): number {
  let lines = 0;
  for (const byte of bytes) if (byte === separator) lines++;
  return lines;
}

function endOfLines(bytes: Uint8Array, lines: number, separator: number): number {
  let at = 0;
  for (let left = lines; left > 0; left--) {
    const end = bytes.indexOf(separator, at);
    if (end < 0) return bytes.length;
    at = end + 1;
  }
  return at;
}
