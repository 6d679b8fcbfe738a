/** `tail`, which follows a growing file in model time. */
import type { Program, ProgramContext } from "../../shell/process.ts";
import { complain, pathIn, reasonOf } from "./arguments.ts";
import { readPart, titleOf } from "./part-of-files.ts";
import { collect, openInput } from "./streams.ts";

export const tail: Program = async (ctx) => {
  // The old form has one file at most.
  const obsolete = /^-\d+[bcl]?f?$/.test(ctx.argv[1] ?? "") && ctx.argv.length > 3;
  if (obsolete) {
    await complain(ctx, `option used in invalid context -- ${ctx.argv[1]![1]}`);
    return 1;
  }
  const old = ctx.argv.map((arg) => (/^-\d+f?$/.test(arg) ? `-n${arg.slice(1)}` : arg));
  // `tail +8`: of old, and still taken when it is the first word.
  if (/^\+\d+$/.test(old[1] ?? "")) old[1] = `-n${old[1]}`;
  const follows = ctx.argv.some((arg) => /^-\d+f$/.test(arg));
  const argv = follows ? [...old.map((arg) => arg.replace(/^(-n\d+)f$/, "$1")), "-f"] : old;
  const part = await readPart(ctx, argv, "n:c:fFqs:vz", {
    "follow?": "f",
    retry: "retry",
    "sleep-interval=": "s",
    "pid=": "pid",
  });
  if (typeof part === "number") return part;
  const { flags, unit, text, count, operands, titled } = part;
  let status = 0;
  let titles = 0;
  const followed = new Map<string, number>();
  for (const operand of operands) {
    try {
      const bytes = await collect(ctx, openInput(ctx, operand));
      if (titled) await ctx.stdout.write(titleOf(titles++, operand));
      await ctx.stdout.write(lastPart(bytes, unit, Math.abs(count), text.startsWith("+")));
      if (operand !== "-") followed.set(operand, bytes.length);
    } catch (error) {
      await complain(ctx, `cannot open '${operand}' for reading: ${reasonOf(error)}`);
      status = 1;
      if (flags.has("F") || flags.has("retry")) followed.set(operand, 0);
    }
  }
  if (!flags.has("f") && !flags.has("F")) return status;
  if (followed.size === 0) {
    await complain(ctx, "no files remaining");
    return 1;
  }
  const intervalMs = Math.max(0.1, Number(flags.get("s") ?? 1)) * 1000;
  let last = [...followed.keys()].at(-1);
  for (;;) {
    await ctx.lab.sleep(intervalMs, ctx.signal);
    for (const [operand, seen] of followed) {
      last = (await followOne(ctx, operand, seen, followed, titled && last !== operand)) ? operand : last;
    }
  }
};

/** Print what was added; answers whether there was something. */
async function followOne(
  ctx: ProgramContext,
  operand: string,
  seen: number,
  followed: Map<string, number>,
  titled: boolean,
): Promise<boolean> {
  const path = pathIn(ctx, operand);
  const stat = await ctx.files.stat(path).catch(() => undefined);
  if (!stat || (stat.size === seen && stat.type === "file")) return false;
  const bytes = await ctx.files.readFile(path);
  if (bytes.length === seen) return false;
  followed.set(operand, bytes.length);
  if (bytes.length < seen) await complain(ctx, `${operand}: file truncated`);
  if (titled) await ctx.stdout.write(`\n==> ${operand} <==\n`);
  await ctx.stdout.write(bytes.subarray(bytes.length < seen ? 0 : seen));
  return true;
}

function lastPart(bytes: Buffer, unit: "c" | "n", count: number, fromStart: boolean): Uint8Array {
  if (unit === "c")
    return fromStart ? bytes.subarray(Math.max(0, count - 1)) : bytes.subarray(Math.max(0, bytes.length - count));
  if (fromStart) {
    let at = 0;
    for (let line = 1; line < count; line++) {
      const end = bytes.indexOf(10, at);
      if (end < 0) return bytes.subarray(bytes.length);
      at = end + 1;
    }
    return bytes.subarray(at);
  }
  if (count === 0) return bytes.subarray(bytes.length);
  let at = bytes.length - 1;
  for (let left = count; left > 0; left--) {
    at = bytes.lastIndexOf(10, at - 1);
    if (at < 0) return bytes;
  }
  return bytes.subarray(at + 1);
}
