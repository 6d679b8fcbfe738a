/** `dd` and `fallocate`: blocks from one place to another. */
import type { Program, ProgramContext } from "../../shell/process.ts";
import { complain, pathIn, readArguments, reasonOf, refuseUsage } from "./arguments.ts";
import { humanSize } from "./file-words.ts";
import { openInput, sizeOf } from "./streams.ts";

const OPERANDS = new Set(["if", "of", "bs", "ibs", "obs", "count", "skip", "seek", "status", "conv", "iflag", "oflag"]);
/** Those that change nothing here are taken: a simulated disk has no holes and no cache. */
const CONVERSIONS = new Set(["notrunc", "ucase", "lcase", "sync", "fsync", "fdatasync", "noerror", "sparse", "swab"]);
/** One block at a time is held in memory. */
const BLOCK_BYTES_MAX = 16 << 20;

export const dd: Program = async (ctx) => {
  const given = new Map<string, string>();
  for (const word of ctx.argv.slice(1)) {
    const [name, ...value] = word.split("=") as [string, ...string[]];
    if (!OPERANDS.has(name) || value.length === 0) {
      await complain(ctx, `unrecognized operand ‘${word}’`);
      await ctx.stderr.write("Try 'dd --help' for more information.\n");
      return 1;
    }
    given.set(name, value.join("="));
  }
  const block = sizeOf(given.get("bs") ?? given.get("ibs") ?? "512");
  const places = ["skip", "seek"].map((name) => sizeOf(given.get(name) ?? "0"));
  const unknown = (given.get("conv") ?? "").split(",").find((name) => !CONVERSIONS.has(name) && name !== "");
  if (unknown !== undefined) {
    await complain(ctx, `invalid conversion: ‘${unknown}’`);
    await ctx.stderr.write("Try 'dd --help' for more information.\n");
    return 1;
  }
  const badPlace = ["skip", "seek"].find((_, at) => places[at] === undefined || places[at]! < 0);
  if (badPlace !== undefined) {
    await complain(ctx, `invalid number: ‘${given.get(badPlace)}’`);
    return 1;
  }
  const count = given.has("count") ? sizeOf(given.get("count")!) : Number.POSITIVE_INFINITY;
  if (block === undefined || block < 1 || block > BLOCK_BYTES_MAX || count === undefined) {
    await complain(ctx, `invalid number: ‘${block ? given.get("count") : given.get("bs")}’`);
    return 1;
  }
  const startedAtMs = ctx.lab.read((lab) => lab.nowMs);
  const copied = await copy(ctx, given, block, count);
  if (typeof copied === "number") return copied;
  if (given.get("status") !== "none") {
    const { full, partial, bytes, failed } = copied;
    const records = `${full}+${partial} records`;
    const seconds = Math.max(0.001, (ctx.lab.read((lab) => lab.nowMs) - startedAtMs) / 1000);
    await ctx.stderr.write(
      `${records} in\n${records} out\n${bytes} bytes${bytes >= 1000 ? ` (${decimal(bytes)}${bytes >= 1024 ? `, ${binary(bytes)}` : ""})` : ""} copied, ${seconds} s, ${decimal(bytes / seconds)}/s\n`,
    );
    return failed ? 1 : 0;
  }
  return copied.failed ? 1 : 0;
};

function binary(bytes: number): string {
  return `${humanSize(bytes).replace(/([KMGTP])$/, " $1iB")}`;
}

function decimal(bytes: number): string {
  const [unit, size] = bytes >= 1e9 ? ["GB", 1e9] : bytes >= 1e6 ? ["MB", 1e6] : bytes >= 1e3 ? ["kB", 1e3] : ["B", 1];
  return `${(bytes / (size as number)).toFixed(1)} ${unit}`;
}

async function copy(ctx: ProgramContext, given: ReadonlyMap<string, string>, block: number, count: number) {
  const from = given.get("if") ?? "-";
  const to = given.get("of");
  const zeroes = from === "/dev/zero";
  const input = openInput(ctx, from);
  const target = to === undefined ? undefined : pathIn(ctx, to);
  let [full, partial, bytes, failed] = [0, 0, 0, false];
  let rest = Buffer.alloc(0);
  const conversions = (given.get("conv") ?? "").split(",");
  const seek = (sizeOf(given.get("seek") ?? "0") ?? 0) * (sizeOf(given.get("obs") ?? "") ?? block);
  const skip = (sizeOf(given.get("skip") ?? "0") ?? 0) * block;
  /** What stood behind the place that is written over. */
  let behind: Uint8Array = new Uint8Array(0);
  let written = 0;
  try {
    if (!zeroes && from !== "-") await ctx.files.stat(pathIn(ctx, from));
  } catch (error) {
    await complain(ctx, `failed to open '${from}': ${reasonOf(error)}`);
    return 1;
  }
  try {
    if (target !== undefined) {
      const old =
        seek > 0 || conversions.includes("notrunc") ? await ctx.files.readFile(target).catch(() => behind) : behind;
      const kept = new Uint8Array(seek);
      kept.set(old.subarray(0, seek));
      if (conversions.includes("notrunc")) behind = old.subarray(seek);
      await ctx.files.writeFile(target, kept);
    }
  } catch (error) {
    await complain(ctx, `failed to open '${to}': ${reasonOf(error)}`);
    return 1;
  }
  for (let left = skip; left > 0 && !zeroes; ) {
    const more = await input.read();
    if (!more) break;
    rest = Buffer.from(more.subarray(Math.min(left, more.length)));
    left -= more.length;
  }
  while (full + partial < count) {
    await ctx.breathe();
    try {
      let chunk: Uint8Array = new Uint8Array(block);
      if (!zeroes) {
        while (rest.length < block) {
          const more = await input.read();
          if (!more) break;
          rest = Buffer.concat([rest, more]);
        }
        chunk = rest.subarray(0, block);
        rest = rest.subarray(block);
      }
      if (chunk.length === 0) break;
      const size = chunk.length;
      chunk = converted(chunk, conversions, block);
      written += chunk.length;
      if (target === undefined) await ctx.stdout.write(chunk);
      else await ctx.files.writeFile(target, chunk, { append: true });
      if (size === block) full++;
      else partial++;
      bytes += chunk.length;
    } catch (error) {
      const reason = reasonOf(error);
      const reading = !zeroes && bytes === 0 && written === 0;
      await complain(ctx, reading ? `failed to open '${from}': ${reason}` : `error writing '${to}': ${reason}`);
      failed = true;
      break;
    }
  }
  if (target !== undefined && behind.length > written && !failed)
    await ctx.files.writeFile(target, behind.subarray(written), { append: true });
  return { full, partial, bytes, failed };
}

function converted(chunk: Uint8Array, conversions: readonly string[], block: number): Uint8Array {
  let out: Uint8Array = chunk;
  if (conversions.includes("sync") && out.length < block) {
    out = new Uint8Array(block);
    out.set(chunk);
  }
  if (conversions.includes("swab")) out = out.map((byte, at) => (at % 2 === 0 ? (out[at + 1] ?? byte) : out[at - 1]!));
  const cased = conversions.includes("ucase")
    ? [97, 122, -32]
    : conversions.includes("lcase")
      ? [65, 90, 32]
      : undefined;
  if (!cased) return out;
  const [least, most, shift] = cased as [number, number, number];
  return out.map((byte) => (byte >= least && byte <= most ? byte + shift : byte));
}

export const fallocate: Program = async (ctx) => {
  let args: ReturnType<typeof readArguments>;
  try {
    args = readArguments(ctx.argv, "l:o:vx", { "length=": "l" });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const size = sizeOf(args.flags.get("l") ?? "");
  const [operand] = args.operands;
  if (size === undefined || size <= 0 || operand === undefined) {
    await complain(ctx, operand === undefined ? "no filename specified" : "invalid length value specified");
    return 1;
  }
  const block = new Uint8Array(1 << 20);
  try {
    for (let left = size; left > 0; left -= block.length) {
      await ctx.files.writeFile(pathIn(ctx, operand), left < block.length ? block.subarray(0, left) : block, {
        append: true,
      });
      await ctx.breathe();
    }
    return 0;
  } catch (error) {
    await complain(ctx, `fallocate failed: ${reasonOf(error)}`);
    return 1;
  }
};
