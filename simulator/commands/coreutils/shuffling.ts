/** `shuf`. */

import { MemoryExhausted } from "../../shell/lab-memory.ts";
import type { Program } from "../../shell/process.ts";
import { type Arguments, complain, readArguments, refuseUsage } from "./arguments.ts";
import { allLines, type Failure } from "./line-batches.ts";

export const shuf: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "n:ei:rz", { "head-count=": "n", echo: "e", "input-range=": "i" });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags, operands } = args;
  const failure: Failure = { failed: false };
  let lines: string[];
  try {
    const range = /^(\d+)-(\d+)$/.exec(flags.get("i") ?? "");
    if (range) {
      const [low, high] = [Number(range[1]), Math.min(Number(range[2]), Number(range[1]) + 1_000_000)];
      lines = Array.from({ length: Math.max(0, high - low + 1) }, (_, at) => String(low + at));
    } else lines = flags.has("e") ? operands : await allLines(ctx, operands, failure);
  } catch (error) {
    if (!(error instanceof MemoryExhausted)) throw error;
    await complain(ctx, error.message);
    return 1;
  }
  const count = Math.min(lines.length, Number(flags.get("n") ?? lines.length));
  for (let at = 0; at < count; at++) {
    const other = at + Math.floor(Math.random() * (lines.length - at));
    [lines[at], lines[other]] = [lines[other]!, lines[at]!];
    await ctx.stdout.write(`${lines[at]}\n`);
    if (at % 256 === 0) await ctx.breathe();
  }
  return failure.failed ? 1 : 0;
};
