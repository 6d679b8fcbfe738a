/** `cmp`, `hexdump -C`, `xxd`: files byte by byte. */
import type { Program } from "../../shell/process.ts";
import { type Arguments, complain, pathIn, readArguments, reasonOf, refuseUsage } from "../coreutils/arguments.ts";
import { openInput } from "../coreutils/streams.ts";

export const cmp: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "slb", { silent: "s", quiet: "s", verbose: "l", "print-bytes": "b" });
  } catch (error) {
    return refuseUsage(ctx, error, 2);
  }
  const [one, other] = args.operands;
  if (one === undefined || other === undefined) {
    await complain(ctx, `missing operand${one === undefined ? "" : ` after '${one}'`}`);
    return 2;
  }
  const contents: Uint8Array[] = [];
  for (const name of [one, other]) {
    try {
      contents.push(await ctx.files.readFile(pathIn(ctx, name)));
    } catch (error) {
      await complain(ctx, `${name}: ${reasonOf(error)}`);
      return 2;
    }
  }
  const [left, right] = contents as [Uint8Array, Uint8Array];
  const length = Math.min(left.length, right.length);
  let at = 0;
  let line = 1;
  while (at < length && left[at] === right[at]) if (left[at++] === 10) line++;
  if (at === left.length && at === right.length) return 0;
  if (args.flags.has("s")) return 1;
  if (at < length) await ctx.stdout.write(`${one} ${other} differ: byte ${at + 1}, line ${line}\n`);
  else {
    const shorter = left.length < right.length ? one : other;
    await ctx.stderr.write(`cmp: EOF on ${shorter} after byte ${at}, line ${Math.max(1, line - 1)}\n`);
  }
  return 1;
};

type Row = (offset: number, bytes: Uint8Array) => string;

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");
const printable = (bytes: Uint8Array) =>
  [...bytes].map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : ".")).join("");

const canonical: Row = (offset, bytes) => {
  const pairs = [...bytes].map((byte) => hex(byte, 2));
  const halves = [pairs.slice(0, 8).join(" ").padEnd(23), pairs.slice(8).join(" ").padEnd(23)];
  return `${hex(offset, 8)}  ${halves.join("  ")}  |${printable(bytes)}|\n`;
};

const xxdRow: Row = (offset, bytes) => {
  let words = "";
  for (const [index, byte] of bytes.entries()) words += hex(byte, 2) + (index % 2 ? " " : "");
  return `${hex(offset, 8)}: ${words.padEnd(40)} ${printable(bytes)}\n`;
};

/** Rows of sixteen bytes as input comes. `last`: what stands after them. */
function dump(row: Row, last: (length: number) => string): Program {
  return async (ctx) => {
    let args: Arguments;
    try {
      args = readArguments(ctx.argv, "Cvn:l:", {});
    } catch (error) {
      return refuseUsage(ctx, error);
    }
    const limit = Number(args.flags.get("n") ?? args.flags.get("l") ?? Number.POSITIVE_INFINITY);
    let offset = 0;
    let rest = Buffer.alloc(0);
    for (const name of args.operands.length ? args.operands : ["-"]) {
      const input = openInput(ctx, name);
      try {
        for (let bytes = await input.read(); bytes && offset + rest.length < limit; bytes = await input.read()) {
          rest = Buffer.concat([rest, bytes]).subarray(0, limit - offset);
          let out = "";
          for (; rest.length >= 16; rest = rest.subarray(16), offset += 16) out += row(offset, rest.subarray(0, 16));
          if (out) await ctx.stdout.write(out);
          await ctx.breathe();
        }
      } catch (error) {
        await complain(ctx, `${name}: ${reasonOf(error)}`);
        return 1;
      }
    }
    if (rest.length > 0) await ctx.stdout.write(row(offset, rest));
    const end = last(offset + rest.length);
    if (end) await ctx.stdout.write(end);
    return 0;
  };
}

export const hexdump = dump(canonical, (length) => (length > 0 ? `${hex(length, 8)}\n` : ""));
export const xxd = dump(xxdRow, () => "");
