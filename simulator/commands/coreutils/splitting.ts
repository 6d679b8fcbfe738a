/** `split`: one input into files of so many lines or bytes. */
import type { Program } from "../../shell/process.ts";
import { type Arguments, complain, pathIn, readArguments, reasonOf, refuseUsage } from "./arguments.ts";
import { collect, openInput, sizeOf } from "./streams.ts";

const INPUT_BYTES_MAX = 1 << 20;

export const split: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "l:b:a:dn:", {
      ...{ "lines=": "l", "bytes=": "b", "suffix-length=": "a", "numeric-suffixes": "d" },
      ...{ "number=": "n", "additional-suffix=": "additional", verbose: "verbose" },
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags, operands } = args;
  let input: Buffer;
  try {
    input = await collect(ctx, openInput(ctx, operands[0] ?? "-"));
  } catch (error) {
    await complain(ctx, `cannot open '${operands[0]}' for reading: ${reasonOf(error)}`);
    return 1;
  }
  if (input.length > INPUT_BYTES_MAX) {
    await complain(ctx, "input of more than 1 MiB is not modelled in this simulated node");
    return 2;
  }
  const lines = Number(flags.get("l") ?? 1_000);
  const bytes = flags.has("n") ? Math.ceil(input.length / Number(flags.get("n"))) : sizeOf(flags.get("b") ?? "0");
  if (!(lines > 0) || bytes === undefined || Number.isNaN(bytes)) {
    await complain(
      ctx,
      `invalid number of ${lines > 0 ? "bytes" : "lines"}: ‘${flags.get("b") ?? flags.get("l")}’${lines === 0 ? ": Numerical result out of range" : ""}`,
    );
    return 1;
  }
  const length = Number(flags.get("a") ?? 2);
  const parts = bytes > 0 ? piecesOf(input, bytes) : linesOf(input, lines);
  for (const [at, part] of parts.entries()) {
    const suffix = suffixOf(at, length, flags.has("d"));
    if (suffix === undefined) {
      await complain(ctx, "output file suffixes exhausted");
      return 1;
    }
    const name = `${operands[1] ?? "x"}${suffix}${flags.get("additional") ?? ""}`;
    try {
      if (flags.has("verbose")) await ctx.stdout.write(`creating file '${name}'\n`);
      await ctx.files.writeFile(pathIn(ctx, name), part);
    } catch (error) {
      await complain(ctx, `${name}: ${reasonOf(error)}`);
      return 1;
    }
  }
  return 0;
};

function piecesOf(input: Buffer, size: number): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < input.length; at += size) parts.push(input.subarray(at, at + size));
  return parts;
}

function linesOf(input: Buffer, count: number): Buffer[] {
  const parts: Buffer[] = [];
  let [begin, lines] = [0, 0];
  for (let end = input.indexOf(10); end >= 0; end = input.indexOf(10, end + 1)) {
    if (++lines % count !== 0) continue;
    parts.push(input.subarray(begin, end + 1));
    begin = end + 1;
  }
  if (begin < input.length) parts.push(input.subarray(begin));
  return parts;
}

/** `aa`, `ab`, ... or `00`, `01`, ...; undefined when there are no more. */
function suffixOf(at: number, length: number, digits: boolean): string | undefined {
  const base = digits ? 10 : 26;
  if (at >= base ** length) return undefined;
  let text = "";
  for (let rest = at, place = 0; place < length; place++, rest = Math.floor(rest / base))
    text = (digits ? String(rest % base) : String.fromCharCode(97 + (rest % base))) + text;
  return text;
}
