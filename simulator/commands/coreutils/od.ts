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
  bytes: number;
  width: number;
  text(block: Buffer): string;
}

/** `x1`, `o2`, `d4`, `c`, `a`; undefined for what od does not know. */
function formOf(type: string): Form | undefined {
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
    const type = word === "-t" ? (ctx.argv[at + 1] ?? "") : /^-[AvNjw\w]*t(.+)$/.exec(word)?.[1];
    const short = { "-c": "c", "-x": "x2", "-o": "o2", "-d": "u2", "-b": "o1", "-a": "a", "-h": "x2" }[word];
    if (type !== undefined) types.push(...(type.match(/[a-z](?:\d|[CSIL])?/g) ?? [type]));
    else if (short) types.push(short);
    else return [word];
    return [];
  });
  try {
    args = readArguments(argv, "A:N:j:vw:", { "address-radix=": "A", "read-bytes=": "N", "skip-bytes=": "j" });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const forms: Form[] = [];
  for (const type of types.length ? types : ["o2"]) {
    const form = formOf(type);
    if (!form) {
      await complain(ctx, `invalid type string ‘${type}’`);
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
  const row = 16;
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
      out += "\n";
    }
  }
  return radix === "n" ? out : `${out}${address(skipped + bytes.length)}\n`;
}
