/** `grep`: line by line, as the lines come. */
import { boundedExpression } from "../../shell/bounded-expression.ts";
import { CHARACTER_CLASSES } from "../../shell/character-classes.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { complain, pathIn, readArguments, reasonOf, refuseUsage } from "./arguments.ts";
import { eachLine } from "./lines.ts";
import { posixSource } from "./posix-expression.ts";
import { openInput } from "./streams.ts";

const LONG: Record<string, string> = {
  "extended-regexp": "E",
  "fixed-strings": "F",
  "basic-regexp": "G",
  "perl-regexp": "P",
  "ignore-case": "i",
  "invert-match": "v",
  "word-regexp": "w",
  "line-regexp": "x",
  count: "c",
  "files-with-matches": "l",
  "files-without-match": "L",
  "max-count=": "m",
  "only-matching": "o",
  quiet: "q",
  silent: "q",
  "no-messages": "s",
  "line-number": "n",
  "with-filename": "H",
  "no-filename": "h",
  recursive: "r",
  "dereference-recursive": "R",
  "after-context=": "A",
  "before-context=": "B",
  "context=": "C",
  "regexp=": "e",
  "file=": "f",
  "include=": "include",
  "exclude=": "exclude",
  "line-buffered": "line-buffered",
  "color?": "color",
  "colour?": "color",
  text: "a",
};

export const grep: Program = async (ctx) => {
  let args: ReturnType<typeof readArguments>;
  const patterns: string[] = [];
  try {
    args = readArguments(numbered(collectPatterns(ctx.argv, patterns)), "EFGPivwxclLm:oqsnHhrRA:B:C:f:azUyI", LONG);
  } catch (error) {
    return refuseUsage(ctx, error, 2);
  }
  const { flags, operands } = args;
  if (flags.has("f")) {
    const text = Buffer.from(await ctx.files.readFile(pathIn(ctx, flags.get("f")!))).toString("utf8");
    patterns.push(...text.replace(/\n$/, "").split("\n"));
  } else if (patterns.length === 0) {
    const first = operands.shift();
    if (first === undefined) {
      await ctx.stderr.write("Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n");
      return 2;
    }
    patterns.push(...first.split("\n"));
  }
  const name = ctx.argv[0]!.replace(/^.*\//, "");
  const kind =
    flags.has("F") || name === "fgrep" ? "F" : flags.has("P") ? "P" : flags.has("E") || name === "egrep" ? "E" : "G";
  let expression: RegExp;
  try {
    expression = expressionOf(patterns, kind, flags);
  } catch {
    await complain(ctx, "Unmatched [, [^, [:, [., or [=, \\( or \\{");
    return 2;
  }
  const recursive = flags.has("r") || flags.has("R");
  const files = recursive
    ? await descend(ctx, operands.length ? operands : ["."], operands.length === 0)
    : operands.length
      ? operands
      : ["-"];
  const named = flags.has("H") || (!flags.has("h") && (recursive || files.length > 1));
  let [found, failed] = [false, false];
  for (const file of files) {
    try {
      if (await search(ctx, file, expression, flags, named)) {
        found = true;
        if (flags.has("q")) return 0;
      }
    } catch (error) {
      failed = true;
      if (!flags.has("s")) await complain(ctx, `${file}: ${reasonOf(error)}`);
    }
  }
  return failed && !found ? 2 : failed ? 2 : found ? 0 : 1;
};

/** `-e` may be given several times. */
function collectPatterns(argv: readonly string[], patterns: string[]): string[] {
  const rest: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const arg = argv[at]!;
    if (arg === "--") {
      rest.push(...argv.slice(at));
      break;
    }
    const letters = /^-([a-zA-Z]*)e(.*)$/s.exec(arg);
    if (arg.startsWith("--regexp=")) patterns.push(...arg.slice(9).split("\n"));
    else if (at > 0 && letters && !/[ABCmf]/.test(letters[1]!)) {
      if (letters[1]) rest.push(`-${letters[1]}`);
      patterns.push(...(letters[2] || argv[++at] || "").split("\n"));
    } else rest.push(arg);
  }
  return rest;
}

/** `-3` is `-C 3`. */
function numbered(argv: readonly string[]): string[] {
  return argv.map((arg) => (/^-\d+$/.test(arg) ? `-C${arg.slice(1)}` : arg));
}

function expressionOf(patterns: readonly string[], kind: string, flags: ReadonlyMap<string, string>): RegExp {
  const sources = patterns.map((pattern) => {
    let source =
      kind === "F"
        ? pattern.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")
        : kind === "P"
          ? pattern.replace(/\[:(\w+):\]/g, (whole, name: string) => CHARACTER_CLASSES[name] ?? whole)
          : posixSource(pattern, kind === "G" ? "basic" : "extended");
    if (flags.has("w")) source = `(?<![\\w])(?:${source})(?![\\w])`;
    if (flags.has("x")) source = `^(?:${source})$`;
    return `(?:${source})`;
  });
  return boundedExpression(sources.join("|"), flags.has("i") || flags.has("y") ? "gi" : "g");
}

async function descend(ctx: ProgramContext, roots: readonly string[], bare: boolean): Promise<string[]> {
  const out: string[] = [];
  const visit = async (path: string, top: boolean): Promise<void> => {
    await ctx.breathe();
    const stat = await ctx.files.stat(pathIn(ctx, path), { follow: top }).catch(() => undefined);
    if (stat?.type === "directory") {
      const names = (await ctx.files.readdir(pathIn(ctx, path))).sort();
      for (const name of names) await visit(path === "." && bare ? name : `${path.replace(/\/$/, "")}/${name}`, false);
    } else if (top || stat?.type === "file") out.push(path);
  };
  for (const root of roots) await visit(root, true);
  return out;
}

async function search(
  ctx: ProgramContext,
  file: string,
  expression: RegExp,
  flags: ReadonlyMap<string, string>,
  named: boolean,
): Promise<boolean> {
  const label = file === "-" ? "(standard input)" : file;
  const after = Number(flags.get("A") ?? flags.get("C") ?? 0);
  const before = Number(flags.get("B") ?? flags.get("C") ?? 0);
  const limit = flags.has("m") ? Number(flags.get("m")) : Number.POSITIVE_INFINITY;
  const listing = flags.has("l") || flags.has("L");
  const quiet = flags.has("q") || flags.has("c") || listing;
  const colour = /^(always)?$/.test(flags.get("color") ?? "no") || (flags.get("color") === "auto" && ctx.isTty.stdout);
  const kept: { text: string; number: number }[] = [];
  let [number, count, trailing, lastPrinted] = [0, 0, 0, 0];
  const print = async (line: { text: string; number: number }, mark: ":" | "-") => {
    if ((before || after) && lastPrinted && line.number > lastPrinted + 1) await ctx.stdout.write("--\n");
    lastPrinted = line.number;
    expression.lastIndex = 0;
    const prefix = `${named ? `${label}${mark}` : ""}${flags.has("n") ? `${line.number}${mark}` : ""}`;
    if (mark === ":" && flags.has("o") && !flags.has("v")) {
      for (const match of line.text.matchAll(expression))
        if (match[0]) await ctx.stdout.write(`${prefix}${match[0]}\n`);
      return;
    }
    const text =
      colour && mark === ":" && !flags.has("v")
        ? line.text.replace(expression, (match) => (match ? `\x1b[01;31m\x1b[K${match}\x1b[m\x1b[K` : ""))
        : line.text;
    await ctx.stdout.write(`${prefix}${text}\n`);
  };
  await eachLine(ctx, openInput(ctx, file), async (text) => {
    number++;
    expression.lastIndex = 0;
    const line = { text, number };
    if (expression.test(text) !== flags.has("v")) {
      count++;
      if (!quiet) {
        for (const one of kept.splice(0)) await print(one, "-");
        await print(line, ":");
      }
      trailing = after;
      if (flags.has("q") || listing) return "stop";
      return count >= limit && after === 0 ? "stop" : undefined;
    }
    if (count >= limit && trailing === 0) return "stop";
    if (trailing > 0) {
      trailing--;
      if (!quiet) await print(line, "-");
    } else if (before > 0) {
      kept.push(line);
      if (kept.length > before) kept.shift();
    }
    return undefined;
  });
  if (flags.has("c")) await ctx.stdout.write(`${named ? `${label}:` : ""}${count}\n`);
  if ((flags.has("l") && count > 0) || (flags.has("L") && count === 0)) await ctx.stdout.write(`${label}\n`);
  return flags.has("L") ? count === 0 : count > 0;
}
