/** `free` and `vmstat`, over the figures of /proc/meminfo. @source procps-ng 4.0.2, its own output */
import { NODE_CPUS, NODE_MEMORY_BYTES } from "../../cluster/files/synthetic.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { type Arguments, complain, readArguments, textOf, UsageError } from "../coreutils/arguments.ts";

interface Memory {
  total: number;
  free: number;
  available: number;
  buffers: number;
  cached: number;
  swapTotal: number;
  swapFree: number;
}

/** KiB; what tmpfs holds is a usual figure. */
const SHARED_KIB = 47_840;

async function memoryOf(ctx: ProgramContext): Promise<Memory> {
  const text = await textOf(ctx, "/proc/meminfo");
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);
  return {
    total: kib("MemTotal") || NODE_MEMORY_BYTES / 1024,
    free: kib("MemFree"),
    available: kib("MemAvailable"),
    buffers: kib("Buffers"),
    cached: kib("Cached"),
    swapTotal: kib("SwapTotal"),
    swapFree: kib("SwapFree"),
  };
}

/** Units by option: bytes, and whether thousands count. */
const UNITS: Record<string, number> = {
  b: 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  tebi: 1024 ** 4,
  pebi: 1024 ** 5,
  kilo: 1000,
  mega: 1000 ** 2,
  giga: 1000 ** 3,
  tera: 1000 ** 4,
  peta: 1000 ** 5,
};

const USAGE = "\nUsage:\n free [options]\n\nFor more details see free(1).\n";

export const free: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "bkmghltvws:c:V", {
      bytes: "b",
      kibi: "k",
      mebi: "m",
      gibi: "g",
      ...Object.fromEntries(["tebi", "pebi", "kilo", "mega", "giga", "tera", "peta", "si"].map((name) => [name, name])),
      human: "h",
      lohi: "l",
      total: "t",
      committed: "v",
      wide: "w",
      "seconds=": "s",
      "count=": "c",
      help: "help",
      version: "V",
    });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    await complain(ctx, error.message);
    await ctx.stderr.write(USAGE);
    return 1;
  }
  const { flags } = args;
  if (flags.has("V")) {
    await ctx.stdout.write("free from procps-ng 4.0.2\n");
    return 0;
  }
  if (flags.has("help")) {
    await ctx.stdout.write(USAGE);
    return 0;
  }
  const seconds = flags.has("s") ? Number(flags.get("s")) : undefined;
  if (seconds !== undefined && !(seconds > 0)) {
    await complain(ctx, `seconds argument failed: '${flags.get("s")}': Invalid argument`);
    return 1;
  }
  const count = flags.has("c") ? Number(flags.get("c")) : seconds === undefined ? 1 : Number.POSITIVE_INFINITY;
  if (!(count >= 1)) {
    await complain(ctx, `failed to parse count argument: '${flags.get("c")}'`);
    return 1;
  }
  for (let round = 0; round < count; round++) {
    if (round > 0) await ctx.lab.sleep((seconds ?? 1) * 1000, ctx.signal);
    await ctx.stdout.write(`${freeTable(await memoryOf(ctx), flags)}${count > 1 && round < count - 1 ? "\n" : ""}`);
  }
  return 0;
};

function freeTable(memory: Memory, flags: ReadonlyMap<string, string>): string {
  const si = flags.has("si");
  const unit = Object.keys(UNITS).findLast((name) => flags.has(name)) ?? "k";
  const size = si && "kmg".includes(unit) ? 1000 ** ("kmg".indexOf(unit) + 1) : UNITS[unit]!;
  const shown = (kib: number) => (flags.has("h") ? human(kib * 1024, si) : String(Math.floor((kib * 1024) / size)));
  const row = (name: string, values: number[]) =>
    `${name.padEnd(8)}${values.map((value) => shown(value).padStart(12)).join("")}\n`;
  const { total, available, buffers, cached, swapTotal, swapFree } = memory;
  const used = total - available;
  const wide = flags.has("w");
  const head = ["total", "used", "free", "shared", ...(wide ? ["buffers", "cache"] : ["buff/cache"]), "available"];
  const cache = wide ? [buffers, cached] : [buffers + cached];
  return [
    `        ${head.map((name) => name.padStart(12)).join("")}\n`,
    row("Mem:", [total, used, memory.free, SHARED_KIB, ...cache, available]),
    ...(flags.has("l") ? [row("Low:", [total, total - memory.free, memory.free]), row("High:", [0, 0, 0])] : []),
    row("Swap:", [swapTotal, swapTotal - swapFree, swapFree]),
    ...(flags.has("t")
      ? [row("Total:", [total + swapTotal, used + swapTotal - swapFree, memory.free + swapFree])]
      : []),
    ...(flags.has("v") ? [row("Comm:", [total / 2 + swapTotal, used * 1.4, total / 2 + swapTotal - used * 1.4])] : []),
  ].join("");
}

/** Three digits and a unit: `4.0Gi`, `599Mi`, `0B`; `4.3G` by thousands. */
function human(bytes: number, si: boolean): string {
  const base = si ? 1000 : 1024;
  let [value, at] = [bytes, 0];
  while (value >= base && at < 5) {
    value /= base;
    at += 1;
  }
  if (at === 0) return `${bytes}B`;
  const text = value < 10 ? (Math.ceil(value * 10) / 10).toFixed(1) : String(Math.floor(value));
  return `${text}${"KMGTP"[at - 1]}${si ? "" : "i"}`;
}

export const vmstat: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "anwtsdDmfVS:p:", {
      active: "a",
      "one-header": "n",
      wide: "w",
      timestamp: "t",
      stats: "s",
      disk: "d",
      "disk-sum": "D",
      slabs: "m",
      forks: "f",
      version: "V",
    });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    await complain(ctx, error.message);
    await ctx.stderr.write("\nUsage:\n vmstat [options] [delay [count]]\n\nFor more details see vmstat(8).\n");
    return 1;
  }
  const [delay, times] = args.operands;
  for (const word of args.operands) {
    if (/^\d+$/.test(word)) continue;
    await complain(ctx, `failed to parse argument: '${word}': Invalid argument`);
    return 1;
  }
  const unknown = ["a", "t", "s", "d", "D", "m", "f", "S", "p", "w"].find((letter) => args.flags.has(letter));
  if (unknown) {
    await complain(ctx, `-${unknown}: not modelled in this simulated node yet; plain vmstat is`);
    return 1;
  }
  const count = delay === undefined ? 1 : times === undefined ? Number.POSITIVE_INFINITY : Number(times);
  const head =
    "procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----\n r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st\n";
  for (let round = 0; round < count; round++) {
    if (round > 0) await ctx.lab.sleep(Number(delay) * 1000, ctx.signal);
    const memory = await memoryOf(ctx);
    const wave = ctx.lab.read((lab) => Math.floor(lab.nowMs / 1000) % 7);
    const idle = 100 - NODE_CPUS - (wave % 3);
    const cells: [number, number][] = [
      [0, 2],
      [0, 2],
      [memory.swapTotal - memory.swapFree, 6],
      [memory.free, 6],
      [memory.buffers, 6],
      [memory.cached, 6],
      [0, 4],
      [0, 4],
      [round === 0 ? 38 : 0, 5],
      [64 + wave * 6, 5],
      [310 + wave * 9, 4],
      [520 + wave * 17, 4],
      [1 + (wave % 2), 2],
      [1, 2],
      [idle, 2],
      [0, 2],
      [0, 2],
    ];
    const line = cells.map(([value, width]) => String(value).padStart(width)).join(" ");
    await ctx.stdout.write(`${round === 0 ? head : ""}${line}\n`);
  }
  return 0;
};
