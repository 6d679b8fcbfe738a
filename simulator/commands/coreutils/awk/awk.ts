/** `awk`: its options, and its failures as mawk tells them. */
import { FileError } from "../../../shell/node-files.ts";
import type { Program, ProgramContext } from "../../../shell/process.ts";
import { complain, pathIn, reasonOf } from "../arguments.ts";
import { withEscapes } from "./lexer.ts";
import { AwkError, type AwkProgram } from "./program.ts";
import { AwkRun } from "./run.ts";
import { parseAwk } from "./statement-grammar.ts";
import { asBytes, asText, FormatError } from "./values.ts";

export const awk: Program = async (ctx) => {
  const words = ctx.argv.slice(1);
  const settings: [string, string][] = [];
  let source: string | undefined;
  for (; words[0]?.startsWith("-") && words[0] !== "-"; ) {
    const word = words.shift()!;
    if (word === "--") break;
    const letter = word[1]!;
    if (!"FvfW".includes(letter)) {
      await complain(ctx, `not an option: ${word}`);
      return 2;
    }
    const value = word.length > 2 ? word.slice(2) : words.shift();
    if (value === undefined) {
      await complain(ctx, `option -${letter} lacks argument`);
      return 2;
    }
    if (letter === "F") settings.push(["FS", value]);
    else if (letter === "v") {
      const setting = /^([A-Za-z_]\w*)=(.*)$/s.exec(value);
      if (!setting) {
        await complain(ctx, `improper assignment: -v ${value}`);
        return 2;
      }
      settings.push([setting[1]!, setting[2]!]);
    } else if (letter === "f") {
      try {
        const text = Buffer.from(await ctx.files.readFile(value === "-" ? "/dev/stdin" : pathIn(ctx, value)));
        source = `${source === undefined ? "" : `${source}\n`}${text.toString("utf8")}`;
      } catch (error) {
        await complain(ctx, `cannot open ${value} (${reasonOf(error)})`);
        return 2;
      }
    } else if (/^v/.test(value)) {
      await ctx.stdout.write("mawk 1.3.4 20200120\nThis is awk of a simulated node.\n");
      return 0;
    } else await complain(ctx, `vacuous option: -W ${value}`);
  }
  source ??= words.shift();
  if (source === undefined) {
    await ctx.stderr.write("Usage: mawk [Options] [Program] [file ...]\n\nSee man awk.\n");
    return 0;
  }
  let program: AwkProgram;
  try {
    program = parseAwk(asBytes(source));
  } catch (error) {
    if (!(error instanceof AwkError)) throw error;
    await complain(ctx, asText(error.message));
    return 2;
  }
  const run = new AwkRun(ctx, program, words);
  for (const [name, value] of settings) run.setText(name, withEscapes(asBytes(value)));
  try {
    return await run.all();
  } catch (error) {
    if (error instanceof FormatError) run.write(error.partial);
    // What was printed is kept back until the end, unless somebody looks on.
    if (ctx.isTty.stdout) await run.flush();
    await tellFailure(ctx, run, error);
    await run.flush();
    return 2;
  }
};

/** @throws anything that is no failure of awk's own */
async function tellFailure(ctx: ProgramContext, run: AwkRun, error: unknown): Promise<void> {
  if (error instanceof FormatError) {
    return complain(ctx, `run time error: ${asText(error.message)}\n\t${asText(run.place())}`);
  }
  if (error instanceof AwkError) return complain(ctx, asText(error.message));
  if (error instanceof FileError) return complain(ctx, `cannot open ${error.path} (${reasonOf(error)})`);
  await run.flush();
  throw error;
}
