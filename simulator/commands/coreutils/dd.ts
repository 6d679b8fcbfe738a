/** `dd` and `fallocate`: blocks from one place to another. */
import type { Program, ProgramContext } from "../../shell/process.ts";
import { complain, pathIn, readArguments, reasonOf, refuseUsage } from "./arguments.ts";
import { humanSize } from "./file-words.ts";
import { openInput, sizeOf } from "./streams.ts";

const OPERANDS = new Set(["if", "of", "bs", "ibs", "obs", "count", "skip", "seek", "status", "conv", "iflag", "oflag"]);
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
  try {
    if (target !== undefined)
      await ctx.files.writeFile(
        target,
        new Uint8Array(0),
        given.get("conv")?.includes("notrunc") ? { append: true } : {},
      );
  } catch (error) {
    await complain(ctx, `failed to open '${to}': ${reasonOf(error)}`);
    return 1;
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
      if (target === undefined) await ctx.stdout.write(chunk);
      else await ctx.files.writeFile(target, chunk, { append: true });
      if (chunk.length === block) full++;
      else partial++;
      bytes += chunk.length;
    } catch (error) {
      const reason = reasonOf(error);
      await complain(
        ctx,
        target === undefined || bytes === 0
          ? `failed to open '${from}': ${reason}`
          : `error writing '${to}': ${reason}`,
      );
      failed = true;
      break;
    }
  }
  return { full, partial, bytes, failed };
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
