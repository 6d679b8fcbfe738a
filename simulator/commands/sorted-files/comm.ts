/** `comm`: lines of two sorted files. @source coreutils 9.1, its own output */
import { FileError } from "../../shell/node-files.ts";
import type { Program } from "../../shell/process.ts";
import { type Arguments, complain, readArguments, reasonOf, refuseUsage } from "../coreutils/arguments.ts";
import { LineSource, lineBatches } from "../coreutils/line-batches.ts";
import { mustBeTwo } from "./two-files.ts";

export const comm: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "123z", {
      ...{ "output-delimiter=": "delimiter", total: "total", "check-order": "check", "nocheck-order": "nocheck" },
      "zero-terminated": "z",
    });
    mustBeTwo(args.operands, (name) => `‘${name}’`);
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags, operands } = args;
  const end = flags.has("z") ? "\0" : "\n";
  const between = flags.get("delimiter") || (flags.has("delimiter") ? "\0" : "\t");
  const sources = operands.map((operand) => new LineSource(lineBatches(ctx, [operand], "thrown", end)));
  /** The last two lines of each: an end has them looked at again, as more may be known then. */
  const before: [string?, string?][] = [[], []];
  const told = [false, false];
  const counts = [0, 0, 0];
  let sawUnpaired = false;
  class Disorder extends Error {}
  const next = async (at: 0 | 1): Promise<string | undefined> => {
    const line = await sources[at]!.next();
    const checks = flags.has("check") || (sawUnpaired && !flags.has("nocheck"));
    if (line !== undefined) before[at] = [before[at]![1], line];
    const [last, newest] = before[at]!;
    if (checks && !told[at] && last !== undefined && last > newest!) {
      await complain(ctx, `file ${at + 1} is not in sorted order`);
      told[at] = true;
      if (flags.has("check")) throw new Disorder();
    }
    return line;
  };
  /** Columns that are shown before this one stand for a delimiter each. */
  const indent = (column: number) => [1, 2].filter((one) => one < column && !flags.has(String(one))).length;
  const say = async (column: number, line: string) => {
    counts[column - 1]!++;
    if (!flags.has(String(column))) await ctx.stdout.write(`${between.repeat(indent(column))}${line}${end}`);
  };
  try {
    let [left, right] = [await next(0), await next(1)];
    while (left !== undefined || right !== undefined) {
      await ctx.breathe();
      const order = left === undefined ? 1 : right === undefined ? -1 : left < right ? -1 : left > right ? 1 : 0;
      if (order !== 0) sawUnpaired = true;
      await say(order < 0 ? 1 : order > 0 ? 2 : 3, order > 0 ? right! : left!);
      if (order <= 0) left = await next(0);
      if (order >= 0) right = await next(1);
    }
  } catch (error) {
    if (error instanceof Disorder) return 1;
    if (!(error instanceof FileError)) throw error;
    const name = operands.find((operand) => error.path.endsWith(operand)) ?? error.path;
    await complain(ctx, `${name}: ${reasonOf(error)}`);
    return 1;
  }
  if (flags.has("total")) await ctx.stdout.write(`${[...counts, "total"].join(between)}${end}`);
  if (!told.includes(true)) return 0;
  await complain(ctx, "input is not in sorted order");
  return 1;
};
