/** `du`: how much room files take. @source coreutils 9.1, its own output */

import { blocksOf } from "../../shell/node-files.ts";
import { matchesPattern } from "../../shell/pattern.ts";
import type { Program } from "../../shell/process.ts";
import { zoneOfProgram } from "../../shell/process-zone.ts";
import { formatTime } from "../../shell/time-text.ts";
import { type Arguments, complain, pathIn, readArguments, reasonOf, refuseUsage, valuesOf } from "./arguments.ts";
import { blockSize, mountedSpace } from "./df.ts";
import { humanSize } from "./file-words.ts";

/** Mounted besides what `df` lists. */
const FURTHER_MOUNTS = ["/proc", "/sys"];

interface Measured {
  bytes: number;
  newestMs: number;
  isFolder: boolean;
}

export const du: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "0aB:bcDd:HhkLlmPSst:xX:", {
      null: "0",
      all: "a",
      "apparent-size": "apparent",
      "block-size=": "B",
      bytes: "b",
      total: "c",
      "count-links": "l",
      "dereference-args": "D",
      "max-depth=": "d",
      "exclude=": "exclude",
      "human-readable": "h",
      dereference: "L",
      "no-dereference": "P",
      "one-file-system": "x",
      si: "si",
      "separate-dirs": "S",
      summarize: "s",
      "threshold=": "t",
      time: "time",
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags } = args;
  const refuse = async (text: string) => {
    await complain(ctx, text);
    await ctx.stderr.write("Try 'du --help' for more information.\n");
    return 1;
  };
  const depth = flags.get("d");
  if (depth !== undefined && !/^\d+$/.test(depth)) return refuse(`invalid maximum depth ‘${depth}’`);
  if (flags.has("s") && flags.has("a")) return refuse("cannot both summarize and show all entries");
  if (flags.has("s") && depth !== undefined && depth !== "0")
    return refuse(`warning: summarizing conflicts with --max-depth=${depth}`);
  const block = blockSize(flags.get("B") ?? (flags.has("m") ? "1M" : "1K"));
  if (!block) return refuse(`invalid -B argument '${flags.get("B")}'`);
  const depthMax = flags.has("s") ? 0 : depth === undefined ? Number.POSITIVE_INFINITY : Number(depth);
  const apparent = flags.has("apparent") || flags.has("b");
  const shown = (bytes: number) =>
    flags.has("h")
      ? humanSize(bytes)
      : flags.has("si")
        ? humanSize(bytes, 1000)
        : flags.has("b")
          ? String(bytes)
          : `${Math.ceil(bytes / block.bytes)}${block.suffix}`;
  const end = flags.has("0") ? "\0" : "\n";
  const excluded = valuesOf(args, "exclude");
  const mounts = flags.has("x")
    ? new Set([...mountedSpace(ctx).map((mount) => mount.at), ...FURTHER_MOUNTS])
    : undefined;
  let status = 0;
  const say = async (bytes: number, newestMs: number, operand: string) => {
    const time = flags.has("time") ? `${formatTime("%Y-%m-%d %H:%M", newestMs, zoneOfProgram(ctx))}\t` : "";
    await ctx.stdout.write(`${shown(bytes)}\t${time}${operand}${end}`);
  };
  const counted = new Set<number>();
  const measure = async (path: string, operand: string, level: number): Promise<Measured> => {
    await ctx.breathe();
    const found = await ctx.files.stat(path, { follow: flags.has("L") || (flags.has("D") && level === 0) });
    let newestMs = found.mtimeMs;
    const own = apparent ? found.size : blocksOf(found) * 512;
    const isFolder = found.type === "directory";
    if (!isFolder) {
      // A file of several names takes its room once, and is told of once.
      if (found.links > 1 && !flags.has("l")) {
        if (counted.has(found.inode)) return { bytes: 0, newestMs, isFolder };
        counted.add(found.inode);
      }
      if ((flags.has("a") || level === 0) && level <= depthMax) await say(own, newestMs, operand);
      return { bytes: own, newestMs, isFolder };
    }
    let sum = own;
    let shownSum = own;
    for (const name of (await ctx.files.readdir(path)).sort()) {
      const below = `${path === "/" ? "" : path}/${name}`;
      if (mounts?.has(below)) continue;
      if (excluded.some((pattern) => matchesPattern(name, pattern) || matchesPattern(below, pattern))) continue;
      try {
        const inner = await measure(below, `${operand.replace(/\/$/, "")}/${name}`, level + 1);
        sum += inner.bytes;
        if (!inner.isFolder || !flags.has("S")) shownSum += inner.bytes;
        newestMs = Math.max(newestMs, inner.newestMs);
      } catch (error) {
        // A process that has ended meanwhile takes its folder with it.
        await complain(ctx, `cannot access '${operand.replace(/\/$/, "")}/${name}': ${reasonOf(error)}`);
        status = 1;
      }
    }
    if (level <= depthMax) await say(shownSum, newestMs, operand);
    return { bytes: sum, newestMs, isFolder };
  };
  let total = 0;
  for (const operand of args.operands.length ? args.operands : ["."]) {
    try {
      total += (await measure(pathIn(ctx, operand), operand, 0)).bytes;
    } catch (error) {
      await complain(ctx, `cannot access '${operand}': ${reasonOf(error)}`);
      status = 1;
    }
  }
  if (flags.has("c")) await ctx.stdout.write(`${shown(total)}\ttotal${end}`);
  return status;
};
