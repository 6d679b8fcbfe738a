/** `seq`, `echo` and `printf` as programs of their own, for `xargs` and `env`. */
import { UTC } from "../../cluster/node-settings/zone-time.ts";
import { bytesOfText, decodeEscapes } from "../../shell/escape-text.ts";
import { formatAll } from "../../shell/printf-format.ts";
import type { Program } from "../../shell/process.ts";
import { zoneOfProgram } from "../../shell/process-zone.ts";
import { type Arguments, complain, readArguments, refuseUsage } from "./arguments.ts";
import { wallMs } from "./node-facts.ts";

export const seq: Program = async (ctx) => {
  let args: Arguments;
  try {
    const negative = ctx.argv.map((word) => (/^-\d/.test(word) ? `\0${word}` : word));
    args = readArguments(negative, "ws:f:", { "equal-width": "w", "separator=": "s", "format=": "f" });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const words = args.operands.map((word) => word.replace("\0", ""));
  const bad = words.find((word) => !/^[-+]?((\d+\.?\d*|\.\d+)(e[-+]?\d+)?|inf(inity)?)$/i.test(word));
  if (bad !== undefined || words.length === 0 || words.length > 3) {
    await complain(
      ctx,
      bad === undefined
        ? words.length
          ? `extra operand ‘${words[3]}’`
          : "missing operand"
        : `invalid floating point argument: ‘${bad}’`,
    );
    await ctx.stderr.write("Try 'seq --help' for more information.\n");
    return 1;
  }
  const [first, step, last] =
    words.length === 1
      ? [1, 1, numberOf(words[0]!)]
      : words.length === 2
        ? [numberOf(words[0]!), 1, numberOf(words[1]!)]
        : words.map(numberOf);
  const form = args.flags.get("f");
  const formFault = form === undefined ? undefined : faultOfForm(form);
  if (formFault) {
    await complain(ctx, `format ‘${form}’ ${formFault}`);
    return 1;
  }
  if (step === 0) {
    await complain(ctx, `invalid Zero increment value: ‘${words[1]}’`);
    await ctx.stderr.write("Try 'seq --help' for more information.\n");
    return 1;
  }
  const decimals = Math.max(
    ...words
      .slice(0, words.length === 1 ? 1 : -1)
      .concat(words.length === 1 ? [] : words.slice(0, 2))
      .map((word) => (word.split(".")[1] ?? "").length),
    0,
  );
  const separator = args.flags.get("s") ?? "\n";
  const width = args.flags.has("w") ? Math.max(first!.toFixed(decimals).length, last!.toFixed(decimals).length) : 0;
  let pending = "";
  let any = false;
  for (let at = 0; ; at++) {
    const value = first! + at * step!;
    if (step! > 0 ? value > last! + 1e-12 : value < last! - 1e-12) break;
    const plain = value.toFixed(decimals);
    const text = args.flags.has("f")
      ? formatAll(args.flags.get("f")!, [plain], 0, UTC).text
      : plain.startsWith("-")
        ? `-${plain.slice(1).padStart(width - 1, "0")}`
        : plain.padStart(width, "0");
    pending += any ? separator + text : text;
    any = true;
    if (pending.length > 8_192) {
      await ctx.stdout.write(pending);
      pending = "";
      await ctx.breathe();
    }
  }
  await ctx.stdout.write(any ? `${pending}\n` : "");
  return 0;
};

/** Also of a number without an end. */
function numberOf(word: string): number {
  return /inf/i.test(word) ? (word.startsWith("-") ? -1 : 1) * Number.POSITIVE_INFINITY : Number(word);
}

/** A format of `seq -f` has one directive, of a floating number. */
function faultOfForm(form: string): string | undefined {
  const directives = form.replaceAll("%%", "").match(/%[-+ 0#']*\d*(?:\.\d*)?(.?)/g) ?? [];
  if (directives.length === 0) return "has no % directive";
  if (directives.length > 1) return "has too many % directives";
  const letter = directives[0]!.at(-1)!;
  if (letter === "%" || /[\d. +#0'-]/.test(letter)) return "ends in %";
  return /[efgaEFGA]/.test(letter) ? undefined : `has unknown %${letter} directive`;
}

export const echo: Program = async (ctx) => {
  const words = ctx.argv.slice(1);
  let [newline, escapes] = [true, false];
  while (words.length && /^-[neE]+$/.test(words[0]!)) {
    for (const letter of words.shift()!.slice(1)) {
      if (letter === "n") newline = false;
      else escapes = letter === "e";
    }
  }
  const text = words.join(" ");
  await ctx.stdout.write(bytesOfText((escapes ? decodeEscapes(text).text : text) + (newline ? "\n" : "")));
  return 0;
};

export const printf: Program = async (ctx) => {
  const [, format, ...words] = ctx.argv;
  if (format === undefined) {
    await ctx.stderr.write(`${ctx.argv[0]}: missing operand\nTry '${ctx.argv[0]} --help' for more information.\n`);
    return 1;
  }
  const result = formatAll(format, words, wallMs(ctx), zoneOfProgram(ctx), "coreutils");
  for (const problem of result.problems) await ctx.stderr.write(`${ctx.argv[0]}: ${problem}\n`);
  if (words.length > 0 && !/%(?!%)/.test(format.replaceAll("%%", "")))
    await ctx.stderr.write(`${ctx.argv[0]}: warning: ignoring excess arguments, starting with ‘${words[0]}’\n`);
  await ctx.stdout.write(bytesOfText(result.text));
  return result.problems.length ? 1 : 0;
};
