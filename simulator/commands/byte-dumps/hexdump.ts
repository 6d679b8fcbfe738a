/** `hexdump` and `hd`: bytes by a format. @source util-linux 2.38 hexdump(1), its own output */
import type { Program } from "../../shell/process.ts";
import { complain, readArguments, reasonOf, UsageError } from "../coreutils/arguments.ts";
import { sizeOf } from "../coreutils/streams.ts";
import { printable, wholeInput } from "./whole-input.ts";

/** So many times, so many bytes each, written so. */
interface Unit {
  times: number;
  bytes: number;
  text: string;
}

const FORMATS: Record<string, string[]> = {
  x: ['"%07.7_ax " 8/2 "   %04x " "\\n"'],
  default: ['"%07.7_ax " 8/2 "%04x " "\\n"'],
  b: ['"%07.7_ax " 16/1 "%03o " "\\n"'],
  c: ['"%07.7_ax " 16/1 "%3_c " "\\n"'],
  d: ['"%07.7_ax " 8/2 "  %05u " "\\n"'],
  o: ['"%07.7_ax " 8/2 " %06o " "\\n"'],
};

class FormatRefused extends Error {}

export const hexdump: Program = async (ctx) => {
  let args: ReturnType<typeof readArguments>;
  try {
    args = readArguments(ctx.argv, "bcCdoxe:f:n:s:vL", {
      ...{
        "one-byte-octal": "b",
        "one-byte-char": "c",
        canonical: "C",
        "two-bytes-decimal": "d",
        "two-bytes-octal": "o",
      },
      ...{ "two-bytes-hex": "x", "format=": "e", "length=": "n", "skip=": "s", "no-squeezing": "v" },
    });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    await complain(ctx, error.message);
    await ctx.stderr.write("Try 'hexdump --help' for more information.\n");
    return 1;
  }
  const { flags } = args;
  if (flags.has("f")) {
    await complain(ctx, "-f is not modelled in this simulated node yet");
    return 1;
  }
  const parts: Buffer[] = [];
  let failed = 0;
  for (const operand of args.operands.length ? args.operands : ["-"]) {
    try {
      const bytes = await wholeInput(ctx, operand);
      if (!bytes) return 1;
      parts.push(bytes);
    } catch (error) {
      await complain(ctx, `${operand}: ${reasonOf(error)}`);
      failed++;
    }
  }
  if (failed > 0 && parts.length === 0) {
    await complain(ctx, "all input file arguments failed");
    return 1;
  }
  const skip = sizeOf(flags.get("s") ?? "0") ?? 0;
  const limit = flags.has("n") ? (sizeOf(flags.get("n")!) ?? 0) : Number.POSITIVE_INFINITY;
  const bytes = Buffer.concat(parts).subarray(skip, skip + limit);
  const canonical = flags.has("C") || /(?:^|\/)hd$/.test(ctx.argv[0]!);
  const own = flags.get("e");
  const kind = ["b", "c", "d", "o", "x"].find((letter) => flags.has(letter)) ?? "default";
  const squeezes = !flags.has("v");
  try {
    const text = canonical
      ? canonicalRows(bytes, skip, squeezes)
      : own !== undefined
        ? formatted(bytes, skip, unitsOf(own), squeezes)
        : rowsOf(bytes, skip, unitsOf(FORMATS[kind]![0]!), squeezes);
    await ctx.stdout.write(text);
  } catch (error) {
    if (!(error instanceof FormatRefused)) throw error;
    await complain(ctx, error.message);
    return 1;
  }
  return failed > 0 ? 1 : 0;
};

/** `8/2 "%04x " "\n"`. */
function unitsOf(format: string): Unit[] {
  const units: Unit[] = [];
  let rest = format.trim();
  while (rest !== "") {
    const found = /^(?:(\d+)(?:\/(\d*))?|\/(\d+))?\s*"((?:\\.|[^"\\])*)"\s*/s.exec(rest);
    if (!found) throw new FormatRefused(`bad format {${format}}`);
    const text = found[4]!.replace(
      /\\(.)/g,
      (all, letter: string) => ({ n: "\n", t: "\t", '"': '"', "\\": "\\" })[letter] ?? all,
    );
    const wanted = [...text.matchAll(/%[-+ #0]*\d*(?:\.\d+)?(_[acpu][dox]?|[dioxXucseEfgG])/g)].filter(
      ([, kind]) => !kind!.startsWith("_a"),
    );
    const bytes = Number(found[2] || found[3] || (wanted.length > 0 ? (/[_cu]/.test(wanted[0]![1]!) ? 1 : 4) : 0));
    units.push({ times: Number(found[1] ?? 1), bytes: wanted.length > 0 ? bytes : 0, text });
    rest = rest.slice(found[0].length);
  }
  return units;
}

const NAMES = ["\\0", "", "", "", "", "", "", "\\a", "\\b", "\\t", "\\n", "\\v", "\\f", "\\r"];

/** One conversion of a unit; undefined bytes: the input has ended, blanks take its place. */
function converted(spec: string, bytes: Buffer | undefined, place: number): string {
  const [, flags = "", width = "", precision, kind = ""] = /^%([-+ #0]*)(\d*)(?:\.(\d+))?(.*)$/s.exec(spec)!;
  const placed = (text: string) => (flags.includes("-") ? text.padEnd(Number(width)) : text.padStart(Number(width)));
  if (kind.startsWith("_a")) {
    const base = kind[2] === "d" ? 10 : kind[2] === "o" ? 8 : 16;
    return placed(place.toString(base).padStart(Number(precision ?? (flags.includes("0") ? width : 0)), "0"));
  }
  if (!bytes) return " ".repeat(Math.max(Number(width), 0));
  if (kind === "_p" || kind === "c") return placed(printable(bytes.subarray(0, 1)));
  if (kind === "_c") {
    const byte = bytes[0]!;
    return placed(
      NAMES[byte] || (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : byte.toString(8).padStart(3, "0")),
    );
  }
  if (kind === "s") return placed(bytes.toString("latin1").replace(/\0.*$/s, ""));
  if (!/^[dioxXu]$/.test(kind) || bytes.length > 6) throw new FormatRefused(`bad conversion character %${kind}`);
  const value = "di".includes(kind) ? bytes.readIntLE(0, bytes.length) : bytes.readUIntLE(0, bytes.length);
  const digits = value.toString(kind === "o" ? 8 : /x/i.test(kind) ? 16 : 10);
  const shown = (kind === "X" ? digits.toUpperCase() : digits).padStart(Number(precision ?? 0), "0");
  return flags.includes("0") && !flags.includes("-") ? shown.padStart(Number(width), "0") : placed(shown);
}

function rowText(block: Buffer, place: number, units: readonly Unit[]): string {
  let out = "";
  let at = 0;
  for (const { times, bytes, text } of units) {
    for (let time = 0; time < times; time++) {
      const left = block.length - at;
      // A last number that lacks bytes is read as if they were zero.
      const taken =
        bytes === 0 || left <= 0
          ? undefined
          : Buffer.concat([block.subarray(at, at + bytes), Buffer.alloc(Math.max(0, bytes - left))]);
      if (bytes > 0 && left <= 0 && units.length === 1) break;
      const last = times > 1 && time === times - 1 ? text.replace(/\s+$/, "") : text;
      out += last.replace(/%(%|[-+ #0]*\d*(?:\.\d+)?(?:_[acpu][dox]?|[dioxXucseEfgG]))/g, (spec) =>
        spec === "%%" ? "%" : converted(spec, spec.includes("_a") || taken ? taken : undefined, place + at),
      );
      at += bytes;
    }
  }
  return out;
}

/** Rows with an address before each and one at the end. */
function rowsOf(bytes: Buffer, start: number, units: readonly Unit[], squeezes: boolean): string {
  const text = formatted(bytes, start, units, squeezes);
  return bytes.length === 0 ? "" : `${text}${(start + bytes.length).toString(16).padStart(7, "0")}\n`;
}

function formatted(bytes: Buffer, start: number, units: readonly Unit[], squeezes: boolean): string {
  const size = units.reduce((sum, unit) => sum + unit.times * unit.bytes, 0);
  if (size === 0) throw new FormatRefused("bad byte count for conversion character");
  return squeezed(bytes, size, squeezes, (block, at) => rowText(block, start + at, units));
}

/** Rows that are the same as the one before are a star. */
function squeezed(bytes: Buffer, size: number, squeezes: boolean, row: (block: Buffer, at: number) => string): string {
  let out = "";
  let before: Buffer | undefined;
  let isRepeated = false;
  for (let at = 0; at < bytes.length; at += size) {
    const block = bytes.subarray(at, at + size);
    if (squeezes && before && block.length === size && block.equals(before)) {
      if (!isRepeated) out += "*\n";
      isRepeated = true;
      continue;
    }
    isRepeated = false;
    before = block;
    out += row(block, at);
  }
  return out;
}

function canonicalRows(bytes: Buffer, start: number, squeezes: boolean): string {
  const text = squeezed(bytes, 16, squeezes, (block, at) => {
    const pairs = [...block].map((byte) => byte.toString(16).padStart(2, "0"));
    const halves = [pairs.slice(0, 8).join(" ").padEnd(23), pairs.slice(8).join(" ").padEnd(23)];
    return `${(start + at).toString(16).padStart(8, "0")}  ${halves.join("  ")}  |${printable(block)}|\n`;
  });
  return bytes.length === 0 ? "" : `${text}${(start + bytes.length).toString(16).padStart(8, "0")}\n`;
}
