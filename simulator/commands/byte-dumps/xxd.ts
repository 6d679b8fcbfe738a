/** `xxd`, both ways. @source xxd of vim 9.0, its own output */
import type { Program, ProgramContext } from "../../shell/process.ts";
import { pathIn, reasonOf } from "../coreutils/arguments.ts";
import { hex, printable, wholeInput } from "./whole-input.ts";

interface Asked {
  plain: boolean;
  include: boolean;
  bits: boolean;
  little: boolean;
  reverse: boolean;
  upper: boolean;
  decimal: boolean;
  skipsZeroes: boolean;
  columns: number | undefined;
  group: number | undefined;
  length: number;
  seek: number;
  offset: number;
  operands: string[];
}

const FLAGS: Record<string, keyof Asked> = {
  ...{ p: "plain", ps: "plain", plain: "plain", postscript: "plain", i: "include", include: "include", b: "bits" },
  ...{ bits: "bits", e: "little", r: "reverse", revert: "reverse", u: "upper", d: "decimal", a: "skipsZeroes" },
  autoskip: "skipsZeroes",
};
const NUMBERS: Record<string, "columns" | "group" | "length" | "seek" | "offset"> = {
  ...{ c: "columns", cols: "columns", g: "group", groupsize: "group", l: "length", len: "length" },
  ...{ s: "seek", seek: "seek", o: "offset" },
};

/** xxd's own way with options: one hyphen and a word or a letter, its number glued to it or next. */
function read(words: readonly string[]): Asked | undefined {
  const asked: Asked = {
    ...{ plain: false, include: false, bits: false, little: false, reverse: false, upper: false, decimal: false },
    ...{
      skipsZeroes: false,
      columns: undefined,
      group: undefined,
      length: Number.POSITIVE_INFINITY,
      seek: 0,
      offset: 0,
    },
    operands: [],
  };
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (!/^-./.test(word)) {
      asked.operands.push(word);
      continue;
    }
    const name = word.replace(/^--?/, "");
    if (FLAGS[name]) {
      (asked as unknown as Record<string, boolean>)[FLAGS[name]] = true;
      continue;
    }
    const glued = /^([cglso])([-+]?(?:0x)?[0-9a-fA-F]+)$/.exec(name);
    const target = NUMBERS[glued?.[1] ?? name];
    const value = Number(glued ? glued[2] : words[++at]);
    if (!target || !Number.isInteger(value)) return undefined;
    asked[target] = value;
  }
  return asked;
}

export const xxd: Program = async (ctx) => {
  const asked = read(ctx.argv.slice(1));
  if (!asked || asked.operands.length > 2) {
    await ctx.stderr.write(
      "Usage:\n       xxd [options] [infile [outfile]]\n    or\n       xxd -r [-s [-]offset] [-c cols] [-ps] [infile [outfile]]\n",
    );
    return 1;
  }
  const [from = "-", to] = asked.operands;
  let bytes: Buffer | undefined;
  try {
    bytes = await wholeInput(ctx, from);
  } catch (error) {
    await ctx.stderr.write(`xxd: ${from}: ${reasonOf(error)}\n`);
    return 2;
  }
  if (!bytes) return 2;
  if (asked.reverse) return write(ctx, to, reversed(bytes.toString("latin1"), asked));
  const start = asked.seek < 0 ? Math.max(0, bytes.length + asked.seek) : asked.seek;
  const part = bytes.subarray(start, start + asked.length);
  const name = from === "-" ? undefined : from;
  const text = asked.plain
    ? plain(part, asked)
    : asked.include
      ? included(part, asked, name)
      : rows(part, start, asked);
  return write(ctx, to, Buffer.from(text));
};

async function write(ctx: ProgramContext, to: string | undefined, bytes: Uint8Array): Promise<number> {
  if (to === undefined || to === "-") {
    await ctx.stdout.write(bytes);
    return 0;
  }
  try {
    await ctx.files.writeFile(pathIn(ctx, to), bytes);
    return 0;
  } catch (error) {
    await ctx.stderr.write(`xxd: ${to}: ${reasonOf(error)}\n`);
    return 3;
  }
}

const cased = (text: string, { upper }: Asked) => (upper ? text.toUpperCase() : text);

function plain(bytes: Buffer, asked: Asked): string {
  const columns = asked.columns || (asked.columns === 0 ? bytes.length || 1 : 30);
  let out = "";
  for (let at = 0; at < bytes.length; at += columns)
    out += `${cased(bytes.subarray(at, at + columns).toString("hex"), asked)}\n`;
  return out;
}

function included(bytes: Buffer, asked: Asked, name: string | undefined): string {
  const columns = asked.columns ?? 12;
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += columns) {
    const row = [...bytes.subarray(at, at + columns)].map(
      (byte) => `${asked.upper ? "0X" : "0x"}${cased(hex(byte, 2), asked)}`,
    );
    lines.push(`  ${row.join(", ")}`);
  }
  const body = lines.length ? `${lines.join(",\n")}\n` : "";
  if (name === undefined) return body;
  const variable = name.replace(/[^A-Za-z0-9]/g, "_").replace(/^(?=\d)/, "__");
  return `unsigned char ${variable}[] = {\n${body}};\nunsigned int ${variable}_len = ${bytes.length};\n`;
}

function rows(bytes: Buffer, start: number, asked: Asked): string {
  const columns = asked.columns || (asked.bits ? 6 : 16);
  const group = asked.group === 0 ? columns : (asked.group ?? (asked.bits ? 1 : asked.little ? 4 : 2));
  const digits = asked.bits ? 8 : 2;
  const room = columns * digits + Math.ceil(columns / group);
  let out = "";
  let zeroes = 0;
  for (let at = 0; at < bytes.length; at += columns) {
    const block = bytes.subarray(at, at + columns);
    const isLast = at + columns >= bytes.length;
    if (asked.skipsZeroes && !isLast && block.every((byte) => byte === 0)) {
      if (++zeroes === 2) out += "*\n";
      if (zeroes > 1) continue;
    } else zeroes = 0;
    const texts = [...block].map((byte) =>
      asked.bits ? byte.toString(2).padStart(8, "0") : cased(hex(byte, 2), asked),
    );
    let shown = "";
    for (let from = 0; from < texts.length; from += group) {
      const part = texts.slice(from, from + group);
      if (asked.little) {
        while (part.length < group) part.push(" ".repeat(digits));
        part.reverse();
      }
      shown += `${part.join("")} `;
    }
    const place = start + at + asked.offset;
    const address = asked.decimal ? String(place).padStart(8, "0") : hex(place, 8);
    out += `${address}: ${shown.padEnd(room)} ${printable(block)}\n`;
  }
  return out;
}

function reversed(text: string, { plain: isPlain, bits }: Asked): Buffer {
  if (isPlain)
    return Buffer.from(
      text.replace(/[^0-9a-fA-F]/g, "").replace(/.$/, (last, at: number) => (at % 2 ? last : "")),
      "hex",
    );
  let out = Buffer.alloc(0);
  for (const line of text.split("\n")) {
    const found = /^([0-9a-fA-F]+):?\s((?:\s?[0-9a-fA-F]+)+)/.exec(line.replace(/ {2}.*$/, ""));
    if (!found) continue;
    const at = Number.parseInt(found[1]!, 16);
    const digits = found[2]!.replace(/\s/g, "");
    const bytes = bits
      ? Buffer.from((digits.match(/[01]{8}/g) ?? []).map((octet) => Number.parseInt(octet, 2)))
      : Buffer.from(digits, "hex");
    const end = Math.min(at + bytes.length, 8 << 20);
    if (end > out.length) out = Buffer.concat([out, Buffer.alloc(end - out.length)]);
    bytes.copy(out, at);
  }
  return out;
}
