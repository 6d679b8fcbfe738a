/** `od`: bytes as numbers and characters. @source coreutils 9.1 od(1) */
import type { Program, ProgramContext } from "../../shell/process.ts";
import { type Arguments, complain, readArguments, reasonOf, refuseUsage } from "./arguments.ts";
import { collect, openInput, sizeOf } from "./streams.ts";

const INPUT_BYTES_MAX = 1 << 20;
const NAMED = ["nul", "soh", "stx", "etx", "eot", "enq", "ack", "bel", "bs", "ht", "nl", "vt", "ff", "cr", "so", "si"];
const ESCAPED: Record<number, string> = {
  0: "\\0",
  7: "\\a",
  8: "\\b",
  9: "\\t",
  10: "\\n",
  11: "\\v",
  12: "\\f",
  13: "\\r",
};

interface Form {
  /** `z`: the characters stand behind each row. */
  shown?: boolean;
  bytes: number;
  width: number;
  text(block: Buffer): string;
}

/** `x1`, `o2`, `d4`, `c`, `a`; undefined for what od does not know. */
function formOf(asked: string): Form | undefined {
  const shown = asked.endsWith("z");
  const type = shown ? asked.slice(0, -1) : asked;
  const form = type === "" ? undefined : numberForm(type);
  return form && { ...form, shown };
}

function numberForm(type: string): Form | undefined {
  const letter = type[0]!;
  if (letter === "c" || letter === "a") {
    return { bytes: 1, width: 3, text: (block) => (letter === "c" ? characterText(block[0]!) : nameText(block[0]!)) };
  }
  const bytes = Number({ C: 1, S: 2, I: 4, L: 8 }[type.slice(1)] ?? (type.slice(1) || 4));
  if (!"xodu".includes(letter) || ![1, 2, 4, 8].includes(bytes)) return undefined;
  const base = letter === "x" ? 16 : letter === "o" ? 8 : 10;
  const digits = Math.ceil((bytes * 8) / Math.log2(base));
  return {
    bytes,
    width: base === 10 ? digits + (letter === "d" ? 1 : 0) : digits,
    text(block) {
      let value = 0n;
      for (let at = bytes - 1; at >= 0; at--) value = value * 256n + BigInt(block[at] ?? 0);
      if (letter === "d") value = BigInt.asIntN(bytes * 8, value);
      return base === 10 ? String(value) : value.toString(base).padStart(digits, "0");
    },
  };
}

function characterText(byte: number): string {
  if (ESCAPED[byte]) return ESCAPED[byte];
  return byte >= 32 && byte < 127 ? String.fromCharCode(byte) : byte.toString(8).padStart(3, "0");
}

function nameText(byte: number): string {
  const low = byte & 127;
  if (low < 16) return NAMED[low]!;
  if (low === 32) return "sp";
  if (low === 127) return "del";
  return low < 32 ? `${low.toString(16)}x` : String.fromCharCode(low);
}

export const od: Program = async (ctx) => {
  let args: Arguments;
  const types: string[] = [];
  // `-t` may stand several times.
  const argv = ctx.argv.flatMap((word, at) => {
    if (at > 0 && ctx.argv[at - 1] === "-t") return [];
    const type = word === "-t" ? (ctx.argv[at + 1] ?? "") : /^(?:-[AvNjw\w]*t|--format=)(.+)$/.exec(word)?.[1];
    const shorts: Record<string, string> = {
      ...{ a: "a", b: "o1", c: "c", d: "u2", h: "x2", i: "d4", l: "d8", o: "o2", s: "d2", x: "x2" },
    };
    const short = /^-[abcdhilosx]$/.test(word) ? shorts[word[1]!] : undefined;
    if (type !== undefined) types.push(...(type.match(/[a-y](?:\d|[CSIL])?z?/g) ?? [type]));
    else if (short) types.push(short);
    else return [word];
    return [];
  });
  try {
    args = readArguments(
      argv.map((word) => (/^-w$|^--width$/.test(word) ? "-w32" : word)),
      "A:N:j:vw:abcdhilosx",
      { "address-radix=": "A", "read-bytes=": "N", "skip-bytes=": "j", "width=": "w", "output-duplicates": "v" },
    );
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const forms: Form[] = [];
  for (const type of types.length ? types : ["o2"]) {
    const form = formOf(type);
    if (!form) {
      if (type.startsWith("f")) {
        await complain(ctx, "floating point numbers are not modelled in this simulated node yet");
        return 1;
      }
      const letter = /^[acdfoux]/.test(type) ? undefined : type[0];
      const what =
        letter === undefined
          ? `invalid type string ‘${type}’`
          : `invalid character '${letter}' in type string ‘${type}’`;
      await complain(ctx, what);
      return 1;
    }
    forms.push(form);
  }
  const input = await inputOf(ctx, args.operands);
  if (input === undefined) return 1;
  const skip = sizeOf(args.flags.get("j") ?? "0") ?? 0;
  const count = args.flags.has("N") ? (sizeOf(args.flags.get("N")!) ?? 0) : input.length;
  await ctx.stdout.write(dump(input.subarray(skip, skip + count), skip, forms, args.flags));
  return 0;
};

async function inputOf(ctx: ProgramContext, operands: string[]): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  for (const operand of operands.length ? operands : ["-"]) {
    try {
      parts.push(await collect(ctx, openInput(ctx, operand)));
    } catch (error) {
      await complain(ctx, `${operand}: ${reasonOf(error)}`);
      return undefined;
    }
  }
  const all = Buffer.concat(parts);
  if (all.length <= INPUT_BYTES_MAX) return all;
  await complain(ctx, "input of more than 1 MiB is not modelled in this simulated node");
  return undefined;
}

function dump(bytes: Buffer, skipped: number, forms: Form[], flags: Map<string, string>): string {
  const radix = flags.get("A") ?? "o";
  const address = (at: number) =>
    radix === "n" ? "" : at.toString(radix === "x" ? 16 : radix === "d" ? 10 : 8).padStart(radix === "x" ? 6 : 7, "0");
  const row = Math.max(1, Number(flags.get("w") ?? 16) || 16);
  // All forms of a byte stand below each other: the widest decides.
  const widest = Math.max(...forms.map((form) => (form.width + 1) / form.bytes));
  let out = "";
  let before: Buffer | undefined;
  let repeated = false;
  for (let at = 0; at < bytes.length; at += row) {
    const block = bytes.subarray(at, at + row);
    if (before && block.length === row && block.equals(before) && !flags.has("v")) {
      if (!repeated) out += "*\n";
      repeated = true;
      continue;
    }
    repeated = false;
    before = block;
    for (const [index, form] of forms.entries()) {
      out += index === 0 ? address(skipped + at) : " ".repeat(address(0).length);
      for (let from = 0; from < block.length; from += form.bytes)
        out += form.text(block.subarray(from, from + form.bytes)).padStart(Math.round(widest * form.bytes));
      if (form.shown) {
        const missing = Math.floor((row - block.length) / form.bytes);
        const text = [...block].map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : ".")).join("");
        out += `${" ".repeat(missing * Math.round(widest * form.bytes))}  >${text}<`;
      }
      out += "\n";
    }
  }
  return radix === "n" ? out : `${out}${address(skipped + bytes.length)}\n`;
}
