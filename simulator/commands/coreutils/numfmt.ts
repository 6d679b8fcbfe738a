/** `numfmt`: numbers with units, to and from. @source coreutils 9.1 numfmt(1), its own output */
import type { Program } from "../../shell/process.ts";
import { type Arguments, complain, readArguments, refuseUsage } from "./arguments.ts";
import { lineBatches } from "./line-batches.ts";

const LETTERS = "KMGTPEZY";
type Scale = "none" | "auto" | "si" | "iec" | "iec-i";
type Round = "up" | "down" | "from-zero" | "towards-zero" | "nearest";
type Invalid = "abort" | "fail" | "warn" | "ignore";

/** A number that cannot be read. */
class BadNumber extends Error {}

interface Wanted {
  from: Scale;
  to: Scale;
  fromUnit: number;
  toUnit: number;
  round: Round;
  suffix: string;
  /** Columns of a number; below zero it stands at their left. */
  padding: number;
  zeros: boolean;
  decimals: number | undefined;
  before: string;
  behind: string;
}

export const numfmt: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "d:z", {
      ...{ "from=": "from", "to=": "to", "from-unit=": "from-unit", "to-unit=": "to-unit", "suffix=": "suffix" },
      ...{ "padding=": "padding", "round=": "round", "field=": "field", "header?": "header", "delimiter=": "d" },
      ...{ "invalid=": "invalid", "format=": "format", "zero-terminated": "z", grouping: "grouping", debug: "debug" },
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags, operands } = args;
  const refuse = async (text: string) => {
    await complain(ctx, text);
    await ctx.stderr.write(`Try '${ctx.argv[0]} --help' for more information.\n`);
    return 1;
  };
  const choices: [name: string, values: string[]][] = [
    ["from", ["none", "auto", "si", "iec", "iec-i"]],
    ["to", ["none", "si", "iec", "iec-i"]],
    ["round", ["up", "down", "from-zero", "towards-zero", "nearest"]],
    ["invalid", ["abort", "fail", "warn", "ignore"]],
  ];
  for (const [name, values] of choices) {
    const given = flags.get(name);
    if (given === undefined || values.includes(given)) continue;
    const list = values.map((one) => `  - ‘${one}’`).join("\n");
    return refuse(`invalid argument ‘${given}’ for ‘--${name}’\nValid arguments are:\n${list}`);
  }
  const format = flags.get("format");
  const pattern = /^((?:[^%]|%%)*)%([-0']*)(\d*)(?:\.(\d+))?f((?:[^%]|%%)*)$/.exec(format ?? "%f");
  if (!pattern) return refuse(`invalid format ‘${format}’, directive must be %[0]['][-][N][.][N]f`);
  const padding = flags.get("padding") ?? "";
  if (flags.has("padding") && (!/^-?\d+$/.test(padding) || Number(padding) === 0))
    return refuse(`invalid padding value ‘${padding}’`);
  const units = ["from-unit", "to-unit"].map((name) => unitOf(flags.get(name) ?? "1"));
  const bad = units.indexOf(undefined);
  if (bad >= 0) return refuse(`invalid unit size: ‘${flags.get(["from-unit", "to-unit"][bad]!)}’`);
  const width = Number(pattern[3] || 0);
  const wanted: Wanted = {
    from: (flags.get("from") ?? "none") as Scale,
    to: (flags.get("to") ?? "none") as Scale,
    fromUnit: units[0]!,
    toUnit: units[1]!,
    round: (flags.get("round") ?? "from-zero") as Round,
    suffix: flags.get("suffix") ?? "",
    padding: padding ? Number(padding) : pattern[2]!.includes("-") ? -width : width,
    zeros: pattern[2]!.includes("0"),
    decimals: pattern[4] === undefined ? undefined : Number(pattern[4]),
    before: pattern[1]!.replaceAll("%%", "%"),
    behind: pattern[5]!.replaceAll("%%", "%"),
  };
  const ranges = rangesOf(flags.get("field") ?? "1");
  if (!ranges) return refuse(`invalid field value ‘${flags.get("field")}’`);
  const invalid = (flags.get("invalid") ?? "abort") as Invalid;
  const delimiter = flags.get("d");
  let status = 0;
  /** @returns false when it ends here */
  const convert = async (line: string, end: string): Promise<boolean> => {
    let shown: string;
    try {
      shown = converted(
        line,
        ranges,
        delimiter,
        wanted,
        (error) => {
          if (invalid === "abort") throw error;
          if (invalid === "fail") status = 2;
          return invalid === "ignore" ? undefined : error.message;
        },
        (message) => void messages.push(message),
      );
    } catch (error) {
      if (!(error instanceof BadNumber)) throw error;
      await complain(ctx, error.message);
      return false;
    }
    for (const message of messages.splice(0)) await complain(ctx, message);
    await ctx.stdout.write(shown + end);
    return true;
  };
  const messages: string[] = [];
  const separator = flags.has("z") ? "\0" : "\n";
  if (operands.length > 0) {
    for (const operand of operands) if (!(await convert(operand, separator))) return 2;
    return status;
  }
  let headers = flags.has("header") ? Number(flags.get("header") || 1) : 0;
  for await (const { lines, open } of lineBatches(ctx, [], "thrown", separator)) {
    for (const [at, line] of lines.entries()) {
      const end = open && at === lines.length - 1 ? "" : separator;
      if (headers-- > 0) await ctx.stdout.write(line + end);
      else if (!(await convert(line, end))) return 2;
    }
  }
  return status;
};

/** A line with its fields converted. @param told a field that is no number: what is said of it, or thrown */
function converted(
  line: string,
  ranges: readonly [number, number][],
  delimiter: string | undefined,
  wanted: Wanted,
  told: (error: BadNumber) => string | undefined,
  say: (message: string) => void,
): string {
  const isWanted = (field: number) => ranges.some(([first, last]) => first <= field && field <= last);
  const one = (text: string, width: number) => {
    try {
      return shownNumber(text, wanted, width);
    } catch (error) {
      if (!(error instanceof BadNumber)) throw error;
      const message = told(error);
      if (message !== undefined) say(message);
      return undefined;
    }
  };
  if (delimiter !== undefined) {
    return line
      .split(delimiter)
      .map((text, at) => (isWanted(at + 1) ? (one(text, 0) ?? text) : text))
      .join(delimiter);
  }
  // Blanks before a field belong to it: a number is put at the right of what both take.
  let field = 0;
  return line.replace(/([ \t]*)([^ \t]+)/g, (whole, blanks: string, text: string) => {
    if (!isWanted(++field)) return whole;
    const lead = field > 1 ? blanks.slice(0, 1) : "";
    const rest = blanks.slice(lead.length);
    const shown = one(text, rest.length > 0 ? whole.length - lead.length : 0);
    return shown === undefined ? whole : lead + shown;
  });
}

function shownNumber(given: string, wanted: Wanted, fieldWidth: number): string {
  const text = wanted.suffix && given.endsWith(wanted.suffix) ? given.slice(0, -wanted.suffix.length) : given;
  const value = (numberOf(text, wanted.from) * wanted.fromUnit) / wanted.toUnit;
  const shown = scaled(value, wanted, /\.(\d+)$/.exec(text)?.[1]?.length ?? 0) + wanted.suffix;
  const padding = wanted.padding || fieldWidth;
  const placed =
    padding < 0 ? shown.padEnd(-padding) : shown.padStart(padding, wanted.zeros && wanted.padding ? "0" : " ");
  return wanted.before + placed + wanted.behind;
}

function numberOf(text: string, from: Scale): number {
  const found = /^(-?\d+(?:\.\d+)?)(.*)$/s.exec(text);
  if (!found) throw new BadNumber(`invalid number: ‘${text}’`);
  const [, digits, rest] = found as unknown as [string, string, string];
  if (rest === "") return Number(digits);
  const power = LETTERS.indexOf(rest[0]!.replace("k", "K")) + 1;
  if (power === 0) throw new BadNumber(`invalid suffix in input: ‘${text}’`);
  if (from === "none") throw new BadNumber(`rejecting suffix in input: ‘${text}’ (consider using --from)`);
  let behind = rest.slice(1);
  let base = from === "si" ? 1_000 : 1_024;
  if (from === "auto") {
    base = behind.startsWith("i") ? 1_024 : 1_000;
    behind = behind.replace(/^i/, "");
  } else if (from === "iec-i") {
    if (!behind.startsWith("i")) throw new BadNumber(`missing 'i' suffix in input: ‘${text}’ (e.g Ki/Mi/Gi)`);
    behind = behind.slice(1);
  }
  if (behind !== "") throw new BadNumber(`invalid suffix in input ‘${text}’: ‘${behind}’`);
  return Number(digits) * base ** power;
}

/** @param decimals those that the number was given with */
function scaled(value: number, { to, round, decimals: wanted }: Wanted, decimals: number): string {
  if (to === "none") {
    const places = wanted ?? decimals;
    return rounded(value, places, round).toFixed(places);
  }
  const base = to === "si" ? 1_000 : 1_024;
  let power = 0;
  let rest = value;
  for (; Math.abs(rest) >= base && power < LETTERS.length; power++) rest /= base;
  // Below ten with one place, unless places were asked for.
  const placesOf = (number: number) => wanted ?? (power > 0 && Math.abs(number) < 10 ? 1 : 0);
  rest = rounded(rest, placesOf(rest), round);
  if (Math.abs(rest) >= base && power < LETTERS.length) {
    rest /= base;
    power++;
  }
  const letter = power > 0 ? LETTERS[power - 1]! : "";
  return `${rest.toFixed(placesOf(rest))}${letter}${letter && to === "iec-i" ? "i" : ""}`;
}

function rounded(value: number, places: number, how: Round): number {
  const factor = 10 ** places;
  // What arithmetic in binary adds at the far end is no part of the number.
  const at = Number((value * factor).toPrecision(15));
  switch (how) {
    case "up":
      return Math.ceil(at) / factor;
    case "down":
      return Math.floor(at) / factor;
    case "towards-zero":
      return Math.trunc(at) / factor;
    case "nearest":
      return (Math.sign(at) * Math.round(Math.abs(at))) / factor;
    default:
      return (Math.sign(at) * Math.ceil(Math.abs(at))) / factor;
  }
}

/** `512`, `1K`, `2Mi`. */
function unitOf(text: string): number | undefined {
  const found = /^(\d+)(?:([KMGTPEZY])(i?))?$/.exec(text);
  if (!found || Number(found[1]) === 0) return undefined;
  return Number(found[1]) * (found[3] ? 1_024 : 1_000) ** (found[2] ? LETTERS.indexOf(found[2]) + 1 : 0);
}

/** `2`, `1,3`, `2-`, `-`. */
function rangesOf(text: string): [number, number][] | undefined {
  const ranges: [number, number][] = [];
  for (const part of text.split(",")) {
    const found = /^(\d*)(-?)(\d*)$/.exec(part);
    if (!found || (part === "" && text !== "")) return undefined;
    const first = Number(found[1] || 1);
    ranges.push([first, found[2] ? Number(found[3] || Number.POSITIVE_INFINITY) : first]);
  }
  return ranges;
}
