/** `sort` and `tac`: they need all of their input, keep a bounded part, and sort in slices that others can come between. */
import { MemoryExhausted } from "../../shell/lab-memory.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { type Arguments, complain, pathIn, readArguments, reasonOf, refuseUsage } from "./arguments.ts";
import { allLines, type Failure } from "./line-batches.ts";

/** Lines that are compared at one stretch. */
const SLICE = 512;

interface Key {
  fromField: number;
  fromChar: number;
  /** 0: to the end of the line. */
  toField: number;
  toChar: number;
  order: string;
}

export const sort: Program = async (ctx) => {
  let args: Arguments;
  const keys: Key[] = [];
  try {
    const { argv, specs } = keySpecs(ctx.argv);
    args = readArguments(argv, "bcCdfghiMmnro:Rst:S:T:uVz", {
      numeric: "n",
      "numeric-sort": "n",
      reverse: "r",
      unique: "u",
      "human-numeric-sort": "h",
      "version-sort": "V",
      "ignore-case": "f",
      "field-separator=": "t",
      "output=": "o",
      check: "c",
      stable: "s",
      "general-numeric-sort": "g",
      "month-sort": "M",
      "ignore-leading-blanks": "b",
      "dictionary-order": "d",
      "ignore-nonprinting": "i",
      merge: "m",
      "zero-terminated": "z",
      "parallel=": "parallel",
      "buffer-size=": "S",
      "temporary-directory=": "T",
    });
    for (const spec of specs) {
      const key = keyOf(spec);
      if (!key) {
        await complain(
          ctx,
          /^0/.test(spec)
            ? `field number is zero: invalid field specification ‘${spec}’`
            : `invalid number at field start: invalid count at start of ‘${spec}’`,
        );
        return 2;
      }
      keys.push(key);
    }
  } catch (error) {
    return refuseUsage(ctx, error, 2);
  }
  const { flags } = args;
  const global = ["n", "g", "h", "V", "M", "f", "b", "d", "R"].filter((letter) => flags.has(letter)).join("");
  const separator = flags.get("t")?.replace("\\0", "\0").replace("\\t", "\t");
  if (separator !== undefined && [...separator].length !== 1) {
    await complain(ctx, separator === "" ? "empty tab" : `multi-character tab ‘${separator}’`);
    return 2;
  }
  const compare = comparison(keys, global, flags, separator);
  const failure: Failure = { failed: false };
  const end = flags.has("z") ? "\0" : "\n";
  let lines: string[];
  try {
    lines = await allLines(ctx, args.operands, failure, end, "cannot read: ");
    // sort reads nothing more when one file is missing.
    if (failure.failed) return 2;
  } catch (error) {
    if (!(error instanceof MemoryExhausted)) throw error;
    await complain(ctx, error.message);
    return 2;
  }
  if (flags.has("c") || flags.has("C")) {
    const at = lines.findIndex(
      (line, index) => index > 0 && compare(lines[index - 1]!, line) > (flags.has("u") ? -1 : 0),
    );
    if (at < 0) return 0;
    if (flags.has("c")) await complain(ctx, `${args.operands[0] ?? "-"}:${at + 1}: disorder: ${lines[at]}`);
    return 1;
  }
  lines = await sortedInSlices(ctx, lines, compare);
  if (flags.has("u")) {
    const same = comparison(keys, global, new Map([...flags, ["s", ""]]), separator);
    lines = lines.filter((line, at) => at === 0 || same(lines[at - 1]!, line) !== 0);
  }
  const output = flags.get("o");
  if (output !== undefined) {
    try {
      await ctx.files.writeFile(pathIn(ctx, output), Buffer.from(lines.map((line) => line + end).join("")));
    } catch (error) {
      await complain(ctx, `open failed: ${output}: ${reasonOf(error)}`);
      return 2;
    }
  } else await writeLines(ctx, lines, end);
  return 0;
};

export const tac: Program = async (ctx) => {
  const failure: Failure = { failed: false };
  const operands = ctx.argv.slice(1);
  for (const operand of operands.length ? operands : ["-"]) {
    try {
      await writeLines(ctx, (await allLines(ctx, [operand], failure)).reverse());
    } catch (error) {
      if (!(error instanceof MemoryExhausted)) throw error;
      await complain(ctx, error.message);
      return 1;
    }
  }
  return failure.failed ? 1 : 0;
};

async function writeLines(ctx: ProgramContext, lines: readonly string[], end = "\n"): Promise<void> {
  for (let at = 0; at < lines.length; at += SLICE) {
    await ctx.stdout.write(
      lines
        .slice(at, at + SLICE)
        .map((line) => line + end)
        .join(""),
    );
    await ctx.breathe();
  }
}

/** Stable merge sort that gives way. */
async function sortedInSlices(
  ctx: ProgramContext,
  lines: string[],
  compare: (a: string, b: string) => number,
): Promise<string[]> {
  let runs: string[][] = [];
  for (let at = 0; at < lines.length; at += SLICE) {
    runs.push(lines.slice(at, at + SLICE).sort(compare));
    await ctx.breathe();
  }
  while (runs.length > 1) {
    const merged: string[][] = [];
    for (let at = 0; at < runs.length; at += 2) {
      const [left, right] = [runs[at]!, runs[at + 1]];
      merged.push(right ? await merge(ctx, left, right, compare) : left);
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

async function merge(
  ctx: ProgramContext,
  left: string[],
  right: string[],
  compare: (a: string, b: string) => number,
): Promise<string[]> {
  const out: string[] = [];
  let [l, r] = [0, 0];
  while (l < left.length && r < right.length) {
    out.push(compare(left[l]!, right[r]!) <= 0 ? left[l++]! : right[r++]!);
    if (out.length % SLICE === 0) await ctx.breathe();
  }
  while (l < left.length) out.push(left[l++]!);
  while (r < right.length) out.push(right[r++]!);
  return out;
}

/** `-k` may come several times. */
function keySpecs(argv: readonly string[]): { argv: string[]; specs: string[] } {
  const rest: string[] = [];
  const specs: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!;
    const short = /^-([bcdfghiMmnrRsuVz]*)k(.*)$/.exec(word);
    if (word.startsWith("--key=")) specs.push(word.slice(6));
    else if (word === "--key") specs.push(argv[++at] ?? "");
    else if (at > 0 && short) {
      if (short[1]) rest.push(`-${short[1]}`);
      specs.push(short[2] || argv[++at] || "");
    } else rest.push(word);
  }
  return { argv: rest, specs };
}

function keyOf(spec: string): Key | undefined {
  const match = /^(\d+)(?:\.(\d+))?([bdfghiMnrRV]*)(?:,(\d+)(?:\.(\d+))?([bdfghiMnrRV]*))?$/.exec(spec);
  if (!match || match[1] === "0") return undefined;
  return {
    fromField: Number(match[1]),
    fromChar: Number(match[2] ?? 1),
    toField: Number(match[4] ?? 0),
    toChar: Number(match[5] ?? 0),
    order: `${match[3]}${match[6] ?? ""}`,
  };
}

function comparison(
  keys: readonly Key[],
  global: string,
  flags: ReadonlyMap<string, string>,
  separator: string | undefined,
): (a: string, b: string) => number {
  const reverse = flags.has("r") ? -1 : 1;
  const parts = keys.length
    ? keys.map((key) => {
        const own = key.order.replace("r", "") !== "" || key.order.includes("r");
        const order = own ? key.order : `${global}${flags.has("r") ? "r" : ""}`;
        return (a: string, b: string) =>
          compareAs(order, keyText(a, key, separator), keyText(b, key, separator)) * (order.includes("r") ? -1 : 1);
      })
    : [(a: string, b: string) => compareAs(global, a, b) * reverse];
  // The whole line decides between equal keys, unless -s or -u says otherwise.
  const whole =
    flags.has("s") || flags.has("u") ? () => 0 : (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0) * reverse;
  return (a, b) => {
    for (const part of parts) {
      const order = part(a, b);
      if (order !== 0) return order;
    }
    return whole(a, b);
  };
}

function keyText(line: string, key: Key, separator: string | undefined): string {
  // Without -t a field begins with the blanks before it.
  const fields = separator === undefined ? (line.match(/[ \t]*[^ \t]+/g) ?? []) : line.split(separator);
  const end = key.toField || fields.length;
  const chosen = fields.slice(key.fromField - 1, end);
  if (chosen.length === 0) return "";
  if (key.toField && key.toChar) chosen[chosen.length - 1] = chosen.at(-1)!.slice(0, key.toChar);
  return chosen.join(separator ?? "").slice(key.fromChar - 1);
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

function compareAs(order: string, a: string, b: string): number {
  if (/[ng]/.test(order)) return numberOf(a, order.includes("g")) - numberOf(b, order.includes("g"));
  if (order.includes("h")) return humanOf(a) - humanOf(b);
  if (order.includes("M"))
    return MONTHS.indexOf(a.trim().slice(0, 3).toUpperCase()) - MONTHS.indexOf(b.trim().slice(0, 3).toUpperCase());
  if (order.includes("V")) return compareVersions(a, b);
  let [left, right] = [a, b];
  if (order.includes("b")) [left, right] = [left.trimStart(), right.trimStart()];
  if (order.includes("d")) [left, right] = [left.replace(/[^\w\s]/g, ""), right.replace(/[^\w\s]/g, "")];
  if (order.includes("f")) [left, right] = [left.toUpperCase(), right.toUpperCase()];
  return left < right ? -1 : left > right ? 1 : 0;
}

function numberOf(text: string, general: boolean): number {
  const match = (general ? /^\s*([-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?)/i : /^\s*(-?\d*\.?\d*)/).exec(text)?.[1];
  return Number(match) || 0;
}

function humanOf(text: string): number {
  const match = /^\s*(-?[\d.]+)([KMGTPE]?)/i.exec(text);
  return match ? Number(match[1]) * 1024 ** ("KMGTPE".indexOf(match[2]!.toUpperCase() || "?") + 1) : 0;
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a.match(/\d+|\D+/g) ?? [], b.match(/\d+|\D+/g) ?? []];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const [x, y] = [left[at] ?? "", right[at] ?? ""];
    if (/^\d/.test(x) && /^\d/.test(y)) {
      if (Number(x) !== Number(y)) return Number(x) - Number(y);
    } else if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}
