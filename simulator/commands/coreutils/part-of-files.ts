/** What `head` and `tail` are asked in the same way: so many lines or bytes of each file, titled when there are several. */
import type { ProgramContext } from "../../shell/process.ts";
import { complain, readArguments, refuseUsage } from "./arguments.ts";
import { sizeOf } from "./streams.ts";

export interface PartAsked {
  flags: Map<string, string>;
  /** `c`: bytes, `n`: lines. */
  unit: "c" | "n";
  /** As written: `-5` and `+5` mean something else to each program. */
  text: string;
  count: number;
  /** At least one; `-` is standard input. */
  operands: string[];
  titled: boolean;
}

/**
 * Read the arguments of `head` or `tail`.
 *
 * @param short the program's letters, as `readArguments` takes them
 * @param long its long options beside those that both have
 * @returns the exit status when they were refused; the reason has been written
 */
export async function readPart(
  ctx: ProgramContext,
  argv: readonly string[],
  short: string,
  long: Record<string, string> = {},
): Promise<PartAsked | number> {
  let args: ReturnType<typeof readArguments>;
  try {
    args = readArguments(argv, short, {
      "lines=": "n",
      "bytes=": "c",
      quiet: "q",
      silent: "q",
      verbose: "v",
      ...long,
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags } = args;
  const unit = flags.has("c") ? "c" : "n";
  const text = flags.get(unit) ?? "10";
  const count = sizeOf(text);
  if (count === undefined) {
    await complain(ctx, `invalid number of ${unit === "c" ? "bytes" : "lines"}: ‘${text.replace(/^-(?=-)/, "")}’`);
    return 1;
  }
  const operands = args.operands.length ? args.operands : ["-"];
  return { flags, unit, text, count, operands, titled: (operands.length > 1 && !flags.has("q")) || flags.has("v") };
}

/** The line above a file's part; from the second file on behind an empty one. */
export function titleOf(index: number, operand: string): string {
  return `${index ? "\n" : ""}==> ${operand === "-" ? "standard input" : operand} <==\n`;
}
