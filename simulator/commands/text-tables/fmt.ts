/** `fmt`: paragraphs filled anew. @source coreutils 9.1 */
import { FileError } from "../../shell/node-files.ts";
import type { Program } from "../../shell/process.ts";
import { type Arguments, complain, readArguments, reasonOf, refuseUsage } from "../coreutils/arguments.ts";
import { openInput } from "../coreutils/streams.ts";
import { type Filling, fill } from "./paragraph.ts";

const WIDTH = 75;
/** Lines should be so much shorter than they may be, percent. */
const LEEWAY = 7;
const WIDTH_MAX = 2_500;

export const fmt: Program = async (ctx) => {
  let args: Arguments;
  try {
    const [name, first, ...rest] = ctx.argv;
    const old = first !== undefined && /^-\d/.test(first) ? [name!, `-w${first.slice(1)}`, ...rest] : ctx.argv;
    const inner = old.slice(1).find((word) => /^-\d/.test(word));
    if (inner !== undefined) {
      await ctx.stderr.write(
        `fmt: invalid option -- ${inner[1]}; -WIDTH is recognized only when it is the first\noption; use -w N instead\nTry 'fmt --help' for more information.\n`,
      );
      return 1;
    }
    args = readArguments(old, "cstuw:p:g:", {
      "crown-margin": "c",
      "split-only": "s",
      "tagged-paragraph": "t",
      "uniform-spacing": "u",
      "width=": "w",
      "prefix=": "p",
      "goal=": "g",
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags } = args;
  const widths = widthsOf(flags.get("w"), flags.get("g"));
  if ("wrong" in widths) {
    await complain(ctx, widths.wrong);
    return 1;
  }
  const filling: Filling = {
    ...widths,
    kind: flags.has("s") ? "split" : flags.has("c") ? "crown" : flags.has("t") ? "tagged" : "plain",
    uniform: flags.has("u"),
    prefix: Buffer.from(flags.get("p") ?? "", "utf8").toString("latin1"),
  };
  let status = 0;
  for (const operand of args.operands.length > 0 ? args.operands : ["-"]) {
    const chunks: Uint8Array[] = [];
    try {
      const input = openInput(ctx, operand);
      for (let bytes = await input.read(); bytes; bytes = await input.read()) {
        ctx.hold(bytes.length);
        chunks.push(bytes);
      }
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      const reading = error.code === "EISDIR";
      await complain(
        ctx,
        reading ? `read error: ${reasonOf(error)}` : `cannot open '${operand}' for reading: ${reasonOf(error)}`,
      );
      status = 1;
      continue;
    }
    const text = Buffer.concat(chunks);
    await fill(
      text.toString("latin1"),
      filling,
      (piece) => ctx.stdout.write(Buffer.from(piece, "latin1")),
      () => ctx.breathe(),
    );
    ctx.hold(-text.length);
  }
  return status;
};

function widthsOf(width?: string, goal?: string): { maxWidth: number; goalWidth: number } | { wrong: string } {
  const wrong = (word: string, max: number) => {
    if (!/^\d+$/.test(word)) return { wrong: `invalid width: ‘${word}’` };
    if (Number(word) <= max) return undefined;
    const why =
      Number(word) > Number.MAX_SAFE_INTEGER
        ? "Value too large for defined data type"
        : "Numerical result out of range";
    return { wrong: `invalid width: ‘${word}’: ${why}` };
  };
  const refused = width === undefined ? undefined : wrong(width, WIDTH_MAX);
  if (refused) return refused;
  const given = width === undefined ? WIDTH : Number(width);
  if (goal === undefined) return { maxWidth: given, goalWidth: Math.trunc((given * (2 * (100 - LEEWAY) + 1)) / 200) };
  const refusedGoal = wrong(goal, given);
  if (refusedGoal) return refusedGoal;
  return { maxWidth: width === undefined ? Number(goal) + 10 : given, goalWidth: Number(goal) };
}
