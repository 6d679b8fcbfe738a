/** `diff` in its normal and unified forms. */

import { type Change, changesOf, grouped, unified } from "../../shell/line-changes.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { formatTime } from "../../shell/time-text.ts";
import { type Arguments, complain, pathIn, readArguments, reasonOf, refuseUsage } from "./arguments.ts";
import { wallMs } from "./node-facts.ts";
import { collect, openInput } from "./streams.ts";

export const diff: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "uqrNibwBU:sayceEW:nC:t", {
      "unified?": "u",
      brief: "q",
      recursive: "r",
      "new-file": "N",
      "ignore-case": "i",
      "ignore-space-change": "b",
      "ignore-all-space": "w",
      "report-identical-files": "s",
      "color?": "color",
      "ignore-blank-lines": "B",
      "context?": "c",
      "side-by-side": "y",
      "suppress-common-lines": "suppress",
      "left-column": "left-column",
      "width=": "W",
      ed: "e",
      rcs: "n",
      text: "a",
      "ignore-trailing-space": "b",
    });
  } catch (error) {
    return refuseUsage(ctx, error, 2);
  }
  const [left, right] = args.operands;
  if (left === undefined || right === undefined) {
    await complain(ctx, left === undefined ? "missing operand after 'diff'" : `missing operand after '${left}'`);
    await ctx.stderr.write("diff: Try 'diff --help' for more information.\n");
    return 2;
  }
  if (args.flags.has("C")) args.flags.set("c", args.flags.get("C")!);
  if (args.flags.has("U")) args.flags.set("u", args.flags.get("U")!);
  try {
    const leftIsDirectory = await isDirectory(ctx, left);
    const rightIsDirectory = await isDirectory(ctx, right);
    if (leftIsDirectory && rightIsDirectory) return await compareDirectories(ctx, args, left, right);
    const inside = (directory: string, other: string) =>
      `${directory.replace(/\/$/, "")}/${other.replace(/^.*\//, "")}`;
    return await compareFiles(
      ctx,
      args,
      leftIsDirectory ? inside(left, right) : left,
      rightIsDirectory ? inside(right, left) : right,
    );
  } catch (error) {
    const missing = await firstMissing(ctx, [left, right]);
    await complain(ctx, `${missing ?? left}: ${reasonOf(error)}`);
    return 2;
  }
};

async function isDirectory(ctx: ProgramContext, operand: string): Promise<boolean> {
  if (operand === "-") return false;
  return (await ctx.files.stat(pathIn(ctx, operand)).catch(() => undefined))?.type === "directory";
}

async function firstMissing(ctx: ProgramContext, operands: readonly string[]): Promise<string | undefined> {
  for (const operand of operands) {
    if (operand !== "-" && !(await ctx.files.stat(pathIn(ctx, operand)).catch(() => undefined))) return operand;
  }
  return undefined;
}

async function compareDirectories(ctx: ProgramContext, args: Arguments, left: string, right: string): Promise<number> {
  const [a, b] = [await ctx.files.readdir(pathIn(ctx, left)), await ctx.files.readdir(pathIn(ctx, right))];
  let status = 0;
  for (const name of [...new Set([...a, ...b])].sort()) {
    const [one, other] = [`${left.replace(/\/$/, "")}/${name}`, `${right.replace(/\/$/, "")}/${name}`];
    if ((!a.includes(name) || !b.includes(name)) && !args.flags.has("N")) {
      await ctx.stdout.write(`Only in ${a.includes(name) ? left : right}: ${name}\n`);
      status = 1;
    } else if ((await isDirectory(ctx, one)) && (await isDirectory(ctx, other))) {
      if (args.flags.has("r")) status = Math.max(status, await compareDirectories(ctx, args, one, other));
      else await ctx.stdout.write(`Common subdirectories: ${one} and ${other}\n`);
    } else {
      const header = args.flags.has("q")
        ? ""
        : `${["diff", ...ctx.argv.slice(1).filter((word) => word.startsWith("-")), one, other].join(" ")}\n`;
      status = Math.max(status, await compareFiles(ctx, args, one, other, header));
    }
  }
  return status;
}

async function compareFiles(
  ctx: ProgramContext,
  args: Arguments,
  left: string,
  right: string,
  header = "",
): Promise<number> {
  const { flags } = args;
  const isNew = (operand: string) =>
    flags.has("N") && operand !== "-"
      ? ctx.files.stat(pathIn(ctx, operand)).then(
          () => false,
          () => true,
        )
      : false;
  const [a, b] = [
    (await isNew(left)) ? [] : await linesOf(ctx, left),
    (await isNew(right)) ? [] : await linesOf(ctx, right),
  ];
  const key = (line: string) => {
    let text = flags.has("w") ? line.replace(/\s/g, "") : flags.has("b") ? line.replace(/\s+/g, " ").trimEnd() : line;
    if (flags.has("i")) text = text.toLowerCase();
    return text;
  };
  const isBlank = (line: string) => line.trim() === "";
  const changes = changesOf(a.map(key), b.map(key)).filter(
    ({ aStart, aEnd, bStart, bEnd }) =>
      !flags.has("B") || !a.slice(aStart, aEnd).every(isBlank) || !b.slice(bStart, bEnd).every(isBlank),
  );
  const time = async (operand: string) =>
    formatTime(
      "%Y-%m-%d %H:%M:%S.%N %z",
      operand === "-" ? wallMs(ctx) : (await isNew(operand)) ? 0 : (await ctx.files.stat(pathIn(ctx, operand))).mtimeMs,
    );
  if (flags.has("y")) {
    await ctx.stdout.write(header + sideBySide(a, b, changes, Number(flags.get("W") ?? 130), flags.has("suppress")));
    return changes.length === 0 ? 0 : 1;
  }
  if (changes.length === 0) {
    if (flags.has("s")) await ctx.stdout.write(`Files ${left} and ${right} are identical\n`);
    return 0;
  }
  if (flags.has("q")) await ctx.stdout.write(`Files ${left} and ${right} differ\n`);
  else if (flags.has("u")) {
    await ctx.stdout.write(
      `${header}--- ${left}\t${await time(left)}\n+++ ${right}\t${await time(right)}\n${unified(a, b, changes, Number(flags.get("u") || 3))}`,
    );
  } else if (flags.has("c")) {
    await ctx.stdout.write(
      `${header}*** ${left}\t${await time(left)}\n--- ${right}\t${await time(right)}\n${contextual(a, b, changes, Number(flags.get("c") || 3))}`,
    );
  } else if (flags.has("e")) await ctx.stdout.write(edScript(b, changes));
  else if (flags.has("n")) await ctx.stdout.write(rcsScript(b, changes));
  else await ctx.stdout.write(header + normal(a, b, changes));
  return 1;
}

async function linesOf(ctx: ProgramContext, operand: string): Promise<string[]> {
  const text = (await collect(ctx, openInput(ctx, operand))).toString("utf8");
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  else if (lines.length > 0) lines[lines.length - 1] += NO_NEWLINE;
  return lines;
}

const NO_NEWLINE = "\n\\ No newline at end of file";

function normal(a: readonly string[], b: readonly string[], changes: readonly Change[]): string {
  const range = (from: number, to: number) => (to - from <= 1 ? String(to) : `${from + 1},${to}`);
  let out = "";
  for (const { aStart, aEnd, bStart, bEnd } of changes) {
    const kind = aStart === aEnd ? "a" : bStart === bEnd ? "d" : "c";
    out += `${aStart === aEnd ? aStart : range(aStart, aEnd)}${kind}${bStart === bEnd ? bStart : range(bStart, bEnd)}\n`;
    for (const line of a.slice(aStart, aEnd)) out += `< ${line}\n`;
    if (kind === "c") out += "---\n";
    for (const line of b.slice(bStart, bEnd)) out += `> ${line}\n`;
  }
  return out;
}

/** `-c`. */
function contextual(a: readonly string[], b: readonly string[], changes: readonly Change[], context: number): string {
  const span = (from: number, to: number) => (to - from <= 1 ? String(to) : `${from + 1},${to}`);
  const part = (
    lines: readonly string[],
    [from, to]: [number, number],
    group: readonly Change[],
    side: (change: Change) => [start: number, end: number, other: boolean],
    mark: string,
  ) => {
    if (group.every((change) => side(change)[0] === side(change)[1])) return "";
    let out = "";
    for (let at = from; at < to; at++) {
      const own = group.find((change) => at >= side(change)[0] && at < side(change)[1]);
      out += `${own ? (side(own)[2] ? "!" : mark) : " "} ${lines[at]}\n`;
    }
    return out;
  };
  return grouped(changes, context)
    .map((group) => {
      const [first, last] = [group[0]!, group.at(-1)!];
      const inA: [number, number] = [Math.max(0, first.aStart - context), Math.min(a.length, last.aEnd + context)];
      const inB: [number, number] = [Math.max(0, first.bStart - context), Math.min(b.length, last.bEnd + context)];
      const left = part(a, inA, group, (one) => [one.aStart, one.aEnd, one.bStart < one.bEnd], "-");
      const right = part(b, inB, group, (one) => [one.bStart, one.bEnd, one.aStart < one.aEnd], "+");
      return `***************\n*** ${span(...inA)} ****\n${left}--- ${span(...inB)} ----\n${right}`;
    })
    .join("");
}

/** `-e`: for ed, from the end to the beginning. */
function edScript(b: readonly string[], changes: readonly Change[]): string {
  return changes
    .toReversed()
    .map(({ aStart, aEnd, bStart, bEnd }) => {
      const range = aEnd - aStart <= 1 ? String(aEnd) : `${aStart + 1},${aEnd}`;
      if (bStart === bEnd) return `${range}d\n`;
      const lines = b.slice(bStart, bEnd).map((line) => `${line}\n`);
      return `${aStart === aEnd ? `${aStart}a` : `${range}c`}\n${lines.join("")}.\n`;
    })
    .join("");
}

/** `-n`: as RCS keeps it. */
function rcsScript(b: readonly string[], changes: readonly Change[]): string {
  return changes
    .map(({ aStart, aEnd, bStart, bEnd }) => {
      const gone = aEnd > aStart ? `d${aStart + 1} ${aEnd - aStart}\n` : "";
      const come = bEnd > bStart ? `a${aEnd} ${bEnd - bStart}\n${b.slice(bStart, bEnd).join("\n")}\n` : "";
      return gone + come;
    })
    .join("");
}

const TAB = 8;

/** `-y`: both beside one another, a mark between them. @source diffutils 3.8 src/side.c */
function sideBySide(
  a: readonly string[],
  b: readonly string[],
  changes: readonly Change[],
  width: number,
  suppresses: boolean,
): string {
  // The right half begins at a tab stop, the mark stands in the gutter before it.
  const offset = Math.floor((width + TAB + 3) / 2 / TAB) * TAB;
  const half = Math.max(0, Math.min(offset - 3, width - offset));
  const second = half > 0 ? offset : width;
  const cut = (line: string) => [...line.split("\n")[0]!].slice(0, half).join("");
  const padded = (from: number, to: number) => {
    let [out, at] = ["", from];
    for (let next = (Math.floor(at / TAB) + 1) * TAB; next <= to; next += TAB) {
      out += "\t";
      at = next;
    }
    return out + " ".repeat(Math.max(0, to - at));
  };
  const row = (left: string | undefined, mark: string, right: string | undefined) => {
    const text = left === undefined ? "" : cut(left);
    if (mark === " ") return `${text}${padded([...text].length, second)}${cut(right ?? "")}\n`;
    const gutter = half + 1;
    const head = `${text}${padded([...text].length, gutter)}${mark}`;
    return right === undefined ? `${head}\n` : `${head}${padded(gutter + 1, second)}${cut(right)}\n`;
  };
  let out = "";
  let place = 0;
  const same = (to: number) => {
    if (!suppresses) for (const line of a.slice(place, to)) out += row(line, " ", line);
  };
  for (const { aStart, aEnd, bStart, bEnd } of changes) {
    same(aStart);
    const both = Math.min(aEnd - aStart, bEnd - bStart);
    for (let at = 0; at < both; at++) out += row(a[aStart + at], "|", b[bStart + at]);
    for (const line of a.slice(aStart + both, aEnd)) out += row(line, "<", undefined);
    for (const line of b.slice(bStart + both, bEnd)) out += row(undefined, ">", line);
    place = aEnd;
  }
  same(a.length);
  return out;
}
