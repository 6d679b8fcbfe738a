/** `cmp`: where two files begin to differ. @source diffutils 3.8, its own output */
import type { Program } from "../../shell/process.ts";
import { type Arguments, complain, pathIn, readArguments, reasonOf, refuseUsage } from "../coreutils/arguments.ts";
import { collect, openInput, sizeOf } from "../coreutils/streams.ts";

export const cmp: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "bi:ln:s", {
      ...{ silent: "s", quiet: "s", verbose: "l", "print-bytes": "b", "bytes=": "n", "ignore-initial=": "i" },
    });
  } catch (error) {
    return refuseUsage(ctx, error, 2);
  }
  const { flags, operands } = args;
  const [one, other = "-"] = operands;
  if (one === undefined) {
    await complain(ctx, `missing operand after 'cmp'`);
    await ctx.stderr.write("cmp: Try 'cmp --help' for more information.\n");
    return 2;
  }
  const skips = (flags.get("i") ?? "0").split(":").map((text) => sizeOf(text) ?? 0);
  const limit = flags.has("n") ? (sizeOf(flags.get("n")!) ?? 0) : Number.POSITIVE_INFINITY;
  const contents: Buffer[] = [];
  for (const [at, name] of [one, other].entries()) {
    try {
      if (name !== "-") await ctx.files.stat(pathIn(ctx, name));
      const skip = operands[2 + at] === undefined ? (skips[at] ?? skips[0]!) : (sizeOf(operands[2 + at]!) ?? 0);
      contents.push((await collect(ctx, openInput(ctx, name))).subarray(skip, skip + limit));
    } catch (error) {
      if (!flags.has("s")) await complain(ctx, `${name}: ${reasonOf(error)}`);
      return 2;
    }
  }
  const [left, right] = contents as [Buffer, Buffer];
  const length = Math.min(left.length, right.length);
  const width = String(length).length;
  let [line, differs] = [1, false];
  for (let at = 0; at < length; at++) {
    const [a, b] = [left[at]!, right[at]!];
    if (a !== b) {
      if (flags.has("s")) return 1;
      differs = true;
      const bytes = flags.has("b")
        ? [octal(a), shown(a).padEnd(flags.has("l") ? 4 : 0), octal(b), shown(b)]
        : [octal(a), octal(b)];
      if (!flags.has("l")) {
        const told = flags.has("b") ? ` is ${bytes.join(" ")}` : "";
        await ctx.stdout.write(
          `${one} ${other} differ: ${flags.has("b") ? "byte" : "byte"} ${at + 1}, line ${line}${told}\n`,
        );
        return 1;
      }
      await ctx.stdout.write(`${String(at + 1).padStart(width)} ${bytes.join(" ")}\n`);
    }
    if (a === 10) line++;
  }
  if (left.length === right.length) return differs ? 1 : 0;
  if (flags.has("s")) return 1;
  const shorter = left.length < right.length ? one : other;
  const atNewline = length > 0 && left[length - 1] === 10;
  const place = flags.has("l") ? "" : atNewline ? `, line ${line - 1}` : `, in line ${line}`;
  await complain(
    ctx,
    length === 0 ? `EOF on ${shorter} which is empty` : `EOF on ${shorter} after byte ${length}${place}`,
  );
  return 1;
};

const octal = (byte: number) => byte.toString(8).padStart(3, " ");

/** A byte as `cat -v` shows it. */
function shown(byte: number): string {
  if (byte >= 128) return `M-${shown(byte - 128)}`;
  return byte < 32 ? `^${String.fromCharCode(byte + 64)}` : byte === 127 ? "^?" : String.fromCharCode(byte);
}
