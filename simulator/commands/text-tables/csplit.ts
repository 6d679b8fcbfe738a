/** `csplit`: an input cut where patterns say. @source coreutils 9.1, its own output */
import type { Program } from "../../shell/process.ts";
import { type Arguments, complain, pathIn, readArguments, reasonOf, refuseUsage } from "../coreutils/arguments.ts";
import { posixExpression } from "../coreutils/posix-expression.ts";
import { collect, openInput } from "../coreutils/streams.ts";

const INPUT_BYTES_MAX = 1 << 20;

interface Cut {
  shown: string;
  line?: number;
  expression?: RegExp;
  offset: number;
  /** What is passed over is not written. */
  skips: boolean;
  /** Further times; infinite with `{*}`. */
  repeats: number;
}

class Refused extends Error {}

export const csplit: Program = async (ctx) => {
  let args: Arguments;
  try {
    const words = ctx.argv.map((word) => (/^-\d+$/.test(word) ? word : word));
    args = readArguments(words, "b:f:kn:qsz", {
      ...{ "prefix=": "f", "suffix-format=": "b", "digits=": "n", "keep-files": "k", quiet: "s", silent: "s" },
      ...{ "elide-empty-files": "z", "suppress-matched": "suppress" },
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags, operands } = args;
  const [file, ...patterns] = operands;
  if (file === undefined || patterns.length === 0) {
    await complain(ctx, `missing operand${file === undefined ? "" : ` after ‘${file}’`}`);
    await ctx.stderr.write("Try 'csplit --help' for more information.\n");
    return 1;
  }
  if (flags.has("b")) {
    await complain(ctx, "-b is not modelled in this simulated node yet");
    return 1;
  }
  let bytes: Buffer;
  let cuts: Cut[];
  try {
    cuts = cutsOf(patterns);
    bytes = await collect(ctx, openInput(ctx, file));
  } catch (error) {
    await complain(
      ctx,
      error instanceof Refused ? error.message : `cannot open '${file}' for reading: ${reasonOf(error)}`,
    );
    return 1;
  }
  if (bytes.length > INPUT_BYTES_MAX) {
    await complain(ctx, "input of more than 1 MiB is not modelled in this simulated node");
    return 1;
  }
  const lines = bytes.toString("utf8").split(/(?<=\n)/);
  const digits = Number(flags.get("n") ?? 2);
  const made: string[] = [];
  const write = async (from: number, to: number) => {
    const text = lines.slice(from, to).join("");
    if (text === "" && flags.has("z")) return;
    const path = pathIn(ctx, `${flags.get("f") ?? "xx"}${String(made.length).padStart(digits, "0")}`);
    await ctx.files.writeFile(path, Buffer.from(text));
    made.push(path);
    if (!flags.has("s") && !flags.has("q")) await ctx.stdout.write(`${Buffer.byteLength(text)}\n`);
  };
  let from = 0;
  try {
    for (const cut of cuts) {
      for (let time = 0; time <= cut.repeats; time++) {
        await ctx.breathe();
        const to = placeOf(cut, lines, from, time, flags.has("suppress"));
        if (to === undefined) {
          if (cut.repeats === Number.POSITIVE_INFINITY) break;
          // What is left is written before the refusal.
          if (!cut.skips) await write(from, lines.length);
          const times = time > 0 ? ` on repetition ${time}` : "";
          throw new Refused(
            cut.expression
              ? `‘${cut.shown}’: match not found${times}`
              : `‘${cut.shown}’: line number out of range${times}`,
          );
        }
        if (!cut.skips) await write(from, to);
        from = flags.has("suppress") ? to + 1 : to;
      }
    }
    await write(from, lines.length);
    return 0;
  } catch (error) {
    await complain(ctx, error instanceof Refused ? error.message : reasonOf(error));
    if (!flags.has("k")) for (const path of made) await ctx.files.unlink(path).catch(() => undefined);
    return 1;
  }
};

/** Where the next part begins; undefined when there is no such line. */
function placeOf(
  cut: Cut,
  lines: readonly string[],
  from: number,
  time: number,
  suppressed: boolean,
): number | undefined {
  if (cut.line !== undefined) {
    const to = cut.line * (time + 1) - 1;
    return to > lines.length || to < from ? undefined : to;
  }
  // The line at which the last part began is not looked at again.
  const start = from === 0 && time === 0 && cut.offset >= 0 ? 0 : suppressed ? from : from + 1;
  for (let at = start; at < lines.length; at++) {
    cut.expression!.lastIndex = 0;
    if (cut.expression!.test(lines[at]!.replace(/\n$/, ""))) {
      const to = at + cut.offset;
      return to < from || to > lines.length ? undefined : to;
    }
  }
  return undefined;
}

function cutsOf(patterns: readonly string[]): Cut[] {
  const cuts: Cut[] = [];
  for (const pattern of patterns) {
    const repeat = /^\{(\d+|\*)\}$/.exec(pattern);
    if (repeat) {
      const last = cuts.at(-1);
      if (!last) throw new Refused(`${pattern}: invalid pattern`);
      last.repeats = repeat[1] === "*" ? Number.POSITIVE_INFINITY : Number(repeat[1]);
      continue;
    }
    const found = /^([/%])(.*)\1([-+]?\d+)?$/s.exec(pattern);
    if (found) {
      let expression: RegExp;
      try {
        expression = posixExpression(found[2]!, "basic");
      } catch (error) {
        throw new Refused(`${pattern}: invalid regular expression: ${(error as Error).message}`);
      }
      cuts.push({ shown: pattern, expression, offset: Number(found[3] ?? 0), skips: found[1] === "%", repeats: 0 });
    } else if (/^\d+$/.test(pattern)) {
      if (Number(pattern) === 0) throw new Refused("0: line number must be greater than zero");
      cuts.push({ shown: pattern, line: Number(pattern), offset: 0, skips: false, repeats: 0 });
    } else
      throw new Refused(
        /^[/%]/.test(pattern) ? `${pattern}: closing delimiter '${pattern[0]}' missing` : `${pattern}: invalid pattern`,
      );
  }
  return cuts;
}
