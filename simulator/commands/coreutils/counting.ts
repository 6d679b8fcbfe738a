/** `wc` and `tr`: bytes as they come. */
import { StringDecoder } from "node:string_decoder";
import { FileError } from "../../shell/node-files.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { type Arguments, complain, readArguments, reasonOf, refuseUsage, UsageError } from "./arguments.ts";
import { collect, openInput } from "./streams.ts";

interface Counts {
  lines: number;
  words: number;
  chars: number;
  bytes: number;
  longest: number;
}

export const wc: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "clmwL", {
      bytes: "c",
      lines: "l",
      chars: "m",
      words: "w",
      "max-line-length": "L",
      "files0-from=": "files0",
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags } = args;
  let { operands } = args;
  const from = flags.get("files0");
  if (from !== undefined) {
    try {
      const names = (await collect(ctx, openInput(ctx, from))).toString("utf8").split("\0");
      if (names.at(-1) === "") names.pop();
      operands = names;
    } catch (error) {
      await complain(ctx, `cannot open '${from}' for reading: ${reasonOf(error)}`);
      return 1;
    }
  }
  const columnsAsked = ["l", "w", "m", "c", "L"].filter((letter) => flags.has(letter)).length;
  const wanted = (counts: Counts): number[] => {
    if (columnsAsked === 0) return [counts.lines, counts.words, counts.bytes];
    const all: [string, number][] = [
      ["l", counts.lines],
      ["w", counts.words],
      ["m", counts.chars],
      ["c", counts.bytes],
      ["L", counts.longest],
    ];
    return all.filter(([letter]) => flags.has(letter)).map(([, value]) => value);
  };
  const total: Counts = { lines: 0, words: 0, chars: 0, bytes: 0, longest: 0 };
  const rows: { counts: Counts; name: string }[] = [];
  let status = 0;
  for (const operand of operands.length ? operands : ["-"]) {
    try {
      const counts = await count(ctx, operand);
      rows.push({ counts, name: operands.length ? operand : "" });
      for (const key of ["lines", "words", "chars", "bytes"] as const) total[key] += counts[key];
      total.longest = Math.max(total.longest, counts.longest);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      await complain(ctx, `${operand.includes("\n") ? ansiQuoted(operand) : operand}: ${reasonOf(error)}`);
      status = 1;
    }
  }
  if (operands.length > 1) rows.push({ counts: total, name: "total" });
  const columns = wanted(total).length;
  // One number of one input stands alone; more are as wide as the largest, and of standard input at least 7.
  const width =
    from !== undefined || (columns === 1 && rows.length === 1)
      ? 1
      : Math.max((await sizeUnknown(ctx, operands)) ? 7 : 1, String(total.bytes).length);
  for (const { counts, name } of rows) {
    const numbers = wanted(counts).map((value) => String(value).padStart(width));
    await ctx.stdout.write(`${numbers.join(" ")}${name ? ` ${name}` : ""}\n`);
  }
  return status;
};

/** A name with a newline, as GNU programs quote it. */
function ansiQuoted(name: string): string {
  return `'${name.split("\n").join("'$'\\n''")}'`.replace(/''$/, "");
}

/** Whether the sizes are known before reading: of files, and of standard input that is one. */
async function sizeUnknown(ctx: ProgramContext, operands: readonly string[]): Promise<boolean> {
  if (operands.length > 0 && !operands.includes("-")) return false;
  const input = await ctx.files.stat("/dev/stdin").catch(() => undefined);
  return input?.type !== "file";
}

async function count(ctx: ProgramContext, operand: string): Promise<Counts> {
  const counts: Counts = { lines: 0, words: 0, chars: 0, bytes: 0, longest: 0 };
  const input = openInput(ctx, operand);
  let [inWord, column] = [false, 0];
  for (let bytes = await input.read(); bytes; bytes = await input.read()) {
    counts.bytes += bytes.length;
    for (let from = 0; from < bytes.length; from += 1 << 16) {
      for (const byte of bytes.subarray(from, from + (1 << 16))) {
        const first = (byte & 0xc0) !== 0x80;
        if (first) counts.chars++;
        const blank = byte === 32 || (byte >= 9 && byte <= 13);
        if (blank) inWord = false;
        else if (!inWord) {
          inWord = true;
          counts.words++;
        }
        if (byte === 10) {
          counts.lines++;
          counts.longest = Math.max(counts.longest, column);
          column = 0;
        } else if (byte === 9) column += 8 - (column % 8);
        else if (first) column++;
      }
      await ctx.breathe();
    }
  }
  counts.longest = Math.max(counts.longest, column);
  return counts;
}

export const tr: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(
      ctx.argv,
      "cCdst",
      { complement: "c", delete: "d", "squeeze-repeats": "s", "truncate-set1": "t" },
      { stopAtOperand: true },
    );
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags, operands } = args;
  const refuse = async (text: string, more = "") => {
    await complain(ctx, text);
    await ctx.stderr.write(`${more}Try 'tr --help' for more information.\n`);
    return 1;
  };
  if (operands.length === 0) return refuse("missing operand");
  const alone = flags.has("d") !== flags.has("s");
  if (operands.length === 1 && !alone) {
    const words = flags.has("d")
      ? "Two strings must be given when both deleting and squeezing repeats.\n"
      : "Two strings must be given when translating.\n";
    return refuse(`missing operand after ‘${operands[0]}’`, words);
  }
  if (operands.length > (flags.has("d") && !flags.has("s") ? 1 : 2)) {
    const alone =
      operands.length === 2 ? "Only one string may be given when deleting without squeezing repeats.\n" : "";
    return refuse(`extra operand ‘${operands[operands.length === 2 ? 1 : 2]}’`, alone);
  }
  let first: string[];
  let second: string[] | undefined;
  try {
    first = charSet(operands[0]!);
    second = operands[1] === undefined ? undefined : charSet(operands[1], first.length);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    await complain(ctx, error.message);
    return 1;
  }
  if (second?.length === 0 && !flags.has("t") && !flags.has("d")) {
    await complain(ctx, "when not truncating set1, string2 must be non-empty");
    return 1;
  }
  if (flags.has("t") && second) first = first.slice(0, second.length);
  const complement = flags.has("c") || flags.has("C");
  const inFirst = new Set(first);
  const matches = (char: string) => inFirst.has(char) !== complement;
  const last = second?.at(-1) ?? "";
  const map = new Map(first.map((char, at) => [char, second?.[at] ?? last]));
  const translate = (char: string): string =>
    flags.has("d") || !second || !matches(char) ? char : complement ? last : (map.get(char) ?? char);
  const squeezed = flags.has("s") ? (second ? new Set(second) : undefined) : undefined;
  let before = "";
  const decoder = new StringDecoder("utf8");
  for (let bytes = await ctx.stdin.read(); bytes; bytes = await ctx.stdin.read()) {
    let out = "";
    for (const char of decoder.write(Buffer.from(bytes))) {
      if (flags.has("d") && matches(char)) continue;
      const shown = translate(char);
      if (flags.has("s") && shown === before && (squeezed ? squeezed.has(shown) : matches(shown))) continue;
      before = shown;
      out += shown;
    }
    await ctx.stdout.write(out);
    await ctx.breathe();
  }
  return 0;
};

const NAMED: Record<string, string> = {
  lower: "abcdefghijklmnopqrstuvwxyz",
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  digit: "0123456789",
  space: " \t\n\v\f\r",
  blank: " \t",
  punct: "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
  xdigit: "0123456789ABCDEFabcdef",
  cntrl: `${Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).join("")}\x7f`,
};
NAMED.alpha = `${NAMED.upper}${NAMED.lower}`;
NAMED.alnum = `${NAMED.digit}${NAMED.alpha}`;
NAMED.graph = `${NAMED.punct}${NAMED.alnum}`;
NAMED.print = ` ${NAMED.graph}`;

const ESCAPES: Record<string, string> = { n: "\n", t: "\t", r: "\r", a: "\x07", b: "\b", f: "\f", v: "\v", "\\": "\\" };

/** The characters of a set as tr writes it: ranges, classes, escapes, `[x*n]`. @param fill what `[x*]` fills up to */
function charSet(text: string, fill = 0): string[] {
  const out: string[] = [];
  const chars = [...text];
  const take = (at: number): { char: string; next: number } => {
    if (chars[at] !== "\\") return { char: chars[at]!, next: at + 1 };
    const octal = /^[0-7]{1,3}/.exec(chars.slice(at + 1, at + 4).join(""))?.[0];
    if (octal) return { char: String.fromCharCode(Number.parseInt(octal, 8)), next: at + 1 + octal.length };
    const letter = chars[at + 1];
    return letter === undefined ? { char: "\\", next: at + 1 } : { char: ESCAPES[letter] ?? letter, next: at + 2 };
  };
  for (let at = 0; at < chars.length; ) {
    const rest = chars.slice(at).join("");
    const named = /^\[:(\w+):\]/.exec(rest);
    if (named && NAMED[named[1]!] !== undefined) {
      out.push(...NAMED[named[1]!]!);
      at += named[0].length;
      continue;
    }
    if (named) throw new UsageError(`invalid character class ‘${named[1]}’`);
    const repeated = /^\[(.)\*(\d*)\]/.exec(rest);
    if (repeated) {
      const times = repeated[2] ? Number(repeated[2]) : Math.max(0, fill - out.length);
      for (let left = Math.min(times, 65_536); left > 0; left--) out.push(repeated[1]!);
      at += [...repeated[0]].length;
      continue;
    }
    const one = take(at);
    at = one.next;
    if (chars[at] === "-" && at + 1 < chars.length) {
      const other = take(at + 1);
      const [low, high] = [one.char.codePointAt(0)!, other.char.codePointAt(0)!];
      if (high < low)
        throw new UsageError(`range-endpoints of '${one.char}-${other.char}' are in reverse collating sequence order`);
      if (high - low < 65_536) {
        for (let code = low; code <= high; code++) out.push(String.fromCodePoint(code));
        at = other.next;
        continue;
      }
    }
    out.push(one.char);
  }
  return out;
}
