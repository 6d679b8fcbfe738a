/** `awk`: records as they come, in steps that others can come between. */
import { FileError } from "../../shell/node-files.ts";
import type { Program } from "../../shell/process.ts";
import { turnIsOver } from "../../shell/turns.ts";
import { complain, pathIn, reasonOf } from "./arguments.ts";
import { AwkError, type AwkProgram, escaped, parseAwk } from "./awk-parser.ts";
import { AwkRun } from "./awk-run.ts";
import { NotEnoughArguments } from "./awk-values.ts";

export const awk: Program = async (ctx) => {
  const words = ctx.argv.slice(1);
  const settings: [string, string][] = [];
  let source: string | undefined;
  for (; words[0]?.startsWith("-") && words[0] !== "-"; ) {
    const word = words.shift()!;
    if (word === "--") break;
    const value = () => (word.length > 2 ? word.slice(2) : (words.shift() ?? ""));
    if (word.startsWith("-F")) {
      const separator = value();
      settings.push(["FS", separator === "t" ? "\t" : separator]);
    } else if (word.startsWith("-v")) {
      const text = value();
      const at = text.indexOf("=");
      settings.push([text.slice(0, at), text.slice(at + 1)]);
    } else if (word.startsWith("-f")) {
      const file = value();
      try {
        const text = Buffer.from(await ctx.files.readFile(file === "-" ? "/dev/stdin" : pathIn(ctx, file))).toString(
          "utf8",
        );
        source = source === undefined ? text : `${source}\n${text}`;
      } catch (error) {
        await complain(ctx, `couldn't open file ${file}: ${reasonOf(error)}`);
        return 2;
      }
    } else if (word === "-W" && /^v/.test(words[0] ?? "")) {
      await ctx.stdout.write("mawk 1.3.4 20200120\nThis is awk of a simulated node.\n");
      return 0;
    } else {
      await complain(ctx, `not an option: ${word}`);
      return 2;
    }
  }
  source ??= words.shift();
  if (source === undefined) {
    await ctx.stderr.write("Usage: mawk [Options] [Program] [file ...]\n\nSee man awk.\n");
    return 0;
  }
  let program: AwkProgram;
  try {
    program = parseAwk(source);
  } catch (error) {
    if (!(error instanceof AwkError)) throw error;
    await complain(ctx, error.message);
    return 2;
  }
  const run = new AwkRun(ctx, program, words);
  for (const [name, value] of settings) run.setText(name, withEscapes(value));
  try {
    return await run.all();
  } catch (error) {
    await run.flush();
    if (error instanceof NotEnoughArguments) {
      if (error.message.includes(" printf(")) await ctx.stdout.write(error.partial);
      await complain(ctx, `run time error: ${error.message}\n\t${run.place()}`);
      return 2;
    }
    if (error instanceof AwkError || error instanceof FileError) {
      await complain(
        ctx,
        error instanceof FileError ? `cannot open ${error.path} (${reasonOf(error)})` : error.message,
      );
      return 2;
    }
    throw error;
  }
};

/** Values of `-v` and of operands read as string constants. */
export function withEscapes(text: string): string {
  return text.replace(/\\(.)/g, (_, letter: string) => escaped(letter));
}

/** Drives an evaluator: waits for what it hands out, and gives way when its time is over. */
export async function drive<T>(
  steps: Generator<Promise<unknown> | undefined, T, unknown>,
  breathe: () => Promise<void>,
): Promise<T> {
  let answer: unknown;
  for (let count = 0; ; count++) {
    const step = steps.next(answer);
    if (step.done) return step.value;
    answer = undefined;
    if (step.value) answer = await step.value;
    else if (count % 256 === 0 && turnIsOver()) await breathe();
  }
}
