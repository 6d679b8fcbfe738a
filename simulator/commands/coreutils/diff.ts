/** `diff` in its normal and unified forms. */
import { formatTime } from "../../shell/builtins/output.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { type Arguments, complain, pathIn, readArguments, reasonOf, refuseUsage } from "./arguments.ts";
import { wallMs } from "./node-facts.ts";
import { collect, openInput } from "./streams.ts";

/** A stretch of lines that differs: from `a` (start, end) and from `b`. */
interface Change {
  aStart: number;
  aEnd: number;
  bStart: number;
  bEnd: number;
}

/** Where both differ so much that comparing line by line would take long, the middle counts as one change. */
const CELLS_MAX = 4_000_000;

export const diff: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "uqrNibwBU:sayc", {
      "unified?": "u",
      brief: "q",
      recursive: "r",
      "new-file": "N",
      "ignore-case": "i",
      "ignore-space-change": "b",
      "ignore-all-space": "w",
      "report-identical-files": "s",
      "color?": "color",
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
    if (!a.includes(name) || !b.includes(name)) {
      await ctx.stdout.write(`Only in ${a.includes(name) ? left : right}: ${name}\n`);
      status = 1;
    } else if ((await isDirectory(ctx, one)) && (await isDirectory(ctx, other))) {
      if (args.flags.has("r")) status = Math.max(status, await compareDirectories(ctx, args, one, other));
      else await ctx.stdout.write(`Common subdirectories: ${one} and ${other}\n`);
    } else {
      const header = args.flags.has("q")
        ? ""
        : `diff ${ctx.argv
            .slice(1)
            .filter((word) => word.startsWith("-"))
            .join(" ")} ${one} ${other}\n`;
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
  const [a, b] = [await linesOf(ctx, left), await linesOf(ctx, right)];
  const key = (line: string) => {
    let text = flags.has("w") ? line.replace(/\s/g, "") : flags.has("b") ? line.replace(/\s+/g, " ").trimEnd() : line;
    if (flags.has("i")) text = text.toLowerCase();
    return text;
  };
  const changes = changesOf(a.map(key), b.map(key));
  if (changes.length === 0) {
    if (flags.has("s")) await ctx.stdout.write(`Files ${left} and ${right} are identical\n`);
    return 0;
  }
  if (flags.has("q")) await ctx.stdout.write(`Files ${left} and ${right} differ\n`);
  else if (flags.has("u")) {
    const time = async (operand: string) =>
      formatTime(
        "%Y-%m-%d %H:%M:%S.%N %z",
        operand === "-" ? wallMs(ctx) : (await ctx.files.stat(pathIn(ctx, operand))).mtimeMs,
      );
    await ctx.stdout.write(
      `${header}--- ${left}\t${await time(left)}\n+++ ${right}\t${await time(right)}\n${unified(a, b, changes, Number(flags.get("u") || 3))}`,
    );
  } else await ctx.stdout.write(header + normal(a, b, changes));
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

/** The changes between two lists of lines, by their longest common subsequence. */
function changesOf(a: readonly string[], b: readonly string[]): Change[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let [aEnd, bEnd] = [a.length, b.length];
  while (aEnd > start && bEnd > start && a[aEnd - 1] === b[bEnd - 1]) {
    aEnd--;
    bEnd--;
  }
  const [rows, columns] = [aEnd - start, bEnd - start];
  if (rows === 0 && columns === 0) return [];
  if (rows * columns > CELLS_MAX || rows === 0 || columns === 0) return [{ aStart: start, aEnd, bStart: start, bEnd }];
  const width = columns + 1;
  const lengths = new Uint32Array((rows + 1) * width);
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      lengths[i * width + j] =
        a[start + i] === b[start + j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
    }
  }
  const changes: Change[] = [];
  let [i, j] = [0, 0];
  let open: Change | undefined;
  while (i < rows || j < columns) {
    if (i < rows && j < columns && a[start + i] === b[start + j]) {
      open = undefined;
      i++;
      j++;
      continue;
    }
    if (!open) {
      open = { aStart: start + i, aEnd: start + i, bStart: start + j, bEnd: start + j };
      changes.push(open);
    }
    if (j >= columns || (i < rows && lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!))
      open.aEnd = start + ++i;
    else open.bEnd = start + ++j;
  }
  return changes;
}

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

function unified(a: readonly string[], b: readonly string[], changes: readonly Change[], context: number): string {
  let out = "";
  for (let at = 0; at < changes.length; ) {
    const group = [changes[at++]!];
    while (at < changes.length && changes[at]!.aStart - group.at(-1)!.aEnd <= 2 * context) group.push(changes[at++]!);
    const [first, last] = [group[0]!, group.at(-1)!];
    const aFrom = Math.max(0, first.aStart - context);
    const bFrom = Math.max(0, first.bStart - context);
    const aTo = Math.min(a.length, last.aEnd + context);
    const bTo = Math.min(b.length, last.bEnd + context);
    const span = (from: number, to: number) =>
      to - from === 1 ? `${from + 1}` : `${to === from ? from : from + 1},${to - from}`;
    out += `@@ -${span(aFrom, aTo)} +${span(bFrom, bTo)} @@\n`;
    let place = aFrom;
    for (const { aStart, aEnd, bStart, bEnd } of group) {
      for (const line of a.slice(place, aStart)) out += ` ${line}\n`;
      for (const line of a.slice(aStart, aEnd)) out += `-${line}\n`;
      for (const line of b.slice(bStart, bEnd)) out += `+${line}\n`;
      place = aEnd;
    }
    for (const line of a.slice(place, aTo)) out += ` ${line}\n`;
  }
  return out;
}
