/** `grep`: line by line, as the lines come. */
import { boundedExpression } from "../../shell/bounded-expression.ts";
import { CHARACTER_CLASSES } from "../../shell/character-classes.ts";
import { matchesPattern } from "../../shell/pattern.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { type Arguments, complain, pathIn, readArguments, reasonOf, UsageError, valuesOf } from "./arguments.ts";
import { eachLine } from "./lines.ts";
import { posixSource } from "./posix-expression.ts";
import { collect, openInput } from "./streams.ts";

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
  "byte-offset": "b",
  "label=": "label",
  null: "Z",
  "null-data": "z",
  "exclude-dir=": "exclude-dir",
  "binary-files=": "binary-files",
  "no-ignore-case": "no-ignore-case",
  "no-group-separator": "no-group",
  "group-separator=": "group",
  "initial-tab": "T",
  "directories=": "d",
};

/** The expression cannot be read: in GNU's words. */
const FAULTS: [RegExp, string][] = [
  [/character class|Unmatched \[/, "Unmatched [, [^, [:, [., or [="],
  [/Unmatched \( or|group/i, "Unmatched ( or \\("],
  [/Unmatched \) or/, "Unmatched ) or \\)"],
  [/Unmatched \\\{/, "Unmatched \\{"],
  [/back ?reference|escape/i, "Invalid back reference"],
  [/quantifier|repeat/i, "Invalid preceding regular expression"],
];

export const grep: Program = async (ctx) => {
  let args: ReturnType<typeof readArguments>;
  const patterns: string[] = [];
  try {
    args = readArguments(
      numbered(collectPatterns(ctx.argv, patterns)),
      "EFGPivwxclLm:oqsnHhrRA:B:C:f:azUyIbZTd:",
      LONG,
    );
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    await complain(ctx, error.message);
    await ctx.stderr.write("Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n");
    return 2;
  }
  const { flags, operands } = args;
  for (const letter of ["A", "B", "C", "m"]) {
    const value = flags.get(letter);
    if (value === undefined || /^\d+$/.test(value)) continue;
    await complain(ctx, letter === "m" ? "invalid max count" : `${value}: invalid context length argument`);
    return 2;
  }
  if (flags.has("f")) {
    let text: string;
    try {
      text = (await collect(ctx, openInput(ctx, flags.get("f")!))).toString("utf8");
    } catch (error) {
      await complain(ctx, `${flags.get("f")}: ${reasonOf(error)}`);
      return 2;
    }
    patterns.push(...text.replace(/\n$/, "").split("\n"));
  } else if (patterns.length === 0) {
    const first = operands.shift();
    if (first === undefined) {
      await ctx.stderr.write("Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n");
      return 2;
    }
    patterns.push(...first.split("\n"));
  }
  const directories = flags.get("d") ?? "read";
  if (!["read", "recurse", "skip"].includes(directories)) {
    await complain(ctx, `invalid argument ‘${directories}’ for ‘--directories’`);
    return 2;
  }
  const name = ctx.argv[0]!.replace(/^.*\//, "");
  const kind =
    flags.has("F") || name === "fgrep" ? "F" : flags.has("P") ? "P" : flags.has("E") || name === "egrep" ? "E" : "G";
  let expression: RegExp;
  try {
    expression = expressionOf(patterns, kind, flags);
  } catch (error) {
    const text = error instanceof Error ? error.message : "";
    // The longer expression is refused by another of grep's readers, in other words.
    const alone = patterns.length === 1 && /^[^[]*\[[^[\]]{0,1}$/.test(patterns[0]!) && patterns[0]!.endsWith("[");
    await complain(
      ctx,
      alone
        ? "Invalid regular expression"
        : (FAULTS.find(([fault]) => fault.test(text))?.[1] ?? "Invalid regular expression"),
    );
    return 2;
  }
  if (kind === "E" || kind === "G")
    for (const pattern of patterns) {
      const start = kind === "E" ? /^[*+?]/.exec(pattern)?.[0] : undefined;
      if (start) await complain(ctx, `warning: ${start} at start of expression`);
    }
  const recursive = flags.has("r") || flags.has("R") || directories === "recurse";
  const files = recursive
    ? await descend(ctx, operands.length ? operands : ["."], operands.length === 0, args)
    : operands.length
      ? operands
      : ["-"];
  const named = flags.has("H") || (!flags.has("h") && (recursive || files.length > 1));
  let [found, failed] = [false, false];
  for (const file of files) {
    try {
      if (directories === "skip" && file !== "-" && (await ctx.files.stat(pathIn(ctx, file))).type === "directory")
        continue;
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
      patterns.push(...(letters[2] || optionValue(argv[++at])).split("\n"));
    } else rest.push(arg);
  }
  return rest;
}

function optionValue(word: string | undefined): string {
  if (word === undefined) throw new UsageError("option requires an argument -- 'e'");
  return word;
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

async function descend(
  ctx: ProgramContext,
  roots: readonly string[],
  bare: boolean,
  args: Arguments,
): Promise<string[]> {
  const [included, excluded, shut] = ["include", "exclude", "exclude-dir"].map((name) => valuesOf(args, name));
  const isOf = (name: string, patterns: readonly string[]) => patterns.some((pattern) => matchesPattern(name, pattern));
  const isWanted = (name: string) => (included!.length === 0 || isOf(name, included!)) && !isOf(name, excluded!);
  const out: string[] = [];
  const visit = async (path: string, top: boolean): Promise<void> => {
    await ctx.breathe();
    const stat = await ctx.files.stat(pathIn(ctx, path), { follow: top }).catch(() => undefined);
    if (stat?.type === "directory") {
      if (!top && isOf(path.replace(/^.*\//, ""), shut!)) return;
      const names = (await ctx.files.readdir(pathIn(ctx, path))).sort();
      for (const name of names) await visit(path === "." && bare ? name : `${path.replace(/\/$/, "")}/${name}`, false);
    } else if (top || (stat?.type === "file" && isWanted(path.replace(/^.*\//, "")))) out.push(path);
  };
  for (const root of roots) await visit(root, true);
  return out;
}

interface GrepLine {
  text: string;
  number: number;
  /** Bytes before it. */
  offset: number;
}

async function search(
  ctx: ProgramContext,
  file: string,
  expression: RegExp,
  flags: ReadonlyMap<string, string>,
  named: boolean,
): Promise<boolean> {
  const label = file === "-" ? (flags.get("label") ?? "(standard input)") : file;
  const after = Number(flags.get("A") ?? flags.get("C") ?? 0);
  const before = Number(flags.get("B") ?? flags.get("C") ?? 0);
  const limit = flags.has("m") ? Number(flags.get("m")) : Number.POSITIVE_INFINITY;
  const listing = flags.has("l") || flags.has("L");
  const quiet = flags.has("q") || flags.has("c") || listing;
  const colour = /^(always)?$/.test(flags.get("color") ?? "no") || (flags.get("color") === "auto" && ctx.isTty.stdout);
  const hasContext = flags.has("A") || flags.has("B") || flags.has("C");
  const end = flags.has("z") ? "\0" : "\n";
  // With -T a number has room for the file's size.
  const size = flags.has("T") && file !== "-" ? (await ctx.files.stat(pathIn(ctx, file))).size : 0;
  const widest = size > 0 ? String(size).length : 0;
  const kept: GrepLine[] = [];
  let [number, count, trailing, lastPrinted, offset] = [0, 0, 0, 0, 0];
  let isBinary = false;
  const print = async (line: GrepLine, mark: ":" | "-") => {
    if (hasContext && lastPrinted && line.number > lastPrinted + 1 && !flags.has("no-group")) {
      const group = flags.get("group") ?? "--";
      await ctx.stdout.write(colour ? `\x1b[36m\x1b[K${group}\x1b[m\x1b[K\n` : `${group}\n`);
    }
    lastPrinted = line.number;
    expression.lastIndex = 0;
    const paint = (code: number, text: string | number) => (colour ? `\x1b[${code}m\x1b[K${text}\x1b[m\x1b[K` : text);
    const between = paint(36, mark);
    const title = named ? `${paint(35, label)}${flags.has("Z") ? "\0" : between}` : "";
    // With -T numbers keep their column, and the line begins at a tab stop.
    const number = (value: number) => `${paint(32, flags.has("T") ? String(value).padStart(widest) : value)}${between}`;
    const prefixAt = (offset: number) => {
      const numbers = `${flags.has("n") ? number(line.number) : ""}${flags.has("b") ? number(offset) : ""}`;
      return title + numbers + (flags.has("T") && title + numbers !== "" ? "\t" : "");
    };
    if (mark === ":" && flags.has("o") && !flags.has("v")) {
      for (const match of line.text.matchAll(expression)) {
        if (!match[0]) continue;
        const prefix = prefixAt(line.offset + Buffer.byteLength(line.text.slice(0, match.index)));
        const shown = colour ? `\x1b[01;31m\x1b[K${match[0]}\x1b[m\x1b[K` : match[0];
        await ctx.stdout.write(`${prefix}${shown}${end}`);
      }
      return;
    }
    const prefix = prefixAt(line.offset);
    const text =
      colour && mark === ":" && !flags.has("v")
        ? line.text.replace(expression, (match) => (match ? `\x1b[01;31m\x1b[K${match}\x1b[m\x1b[K` : ""))
        : line.text;
    await ctx.stdout.write(`${prefix}${text}${end}`);
  };
  await eachLine(
    ctx,
    openInput(ctx, file),
    async (text) => {
      number++;
      expression.lastIndex = 0;
      const line = { text, number, offset };
      offset += Buffer.byteLength(text) + 1;
      if (text.includes("\0") && !flags.has("z")) isBinary = true;
      if (expression.test(text) !== flags.has("v")) {
        count++;
        if (!quiet && isBinary && !flags.has("a") && flags.get("binary-files") !== "text") {
          if (!flags.has("s")) await complain(ctx, `${label}: binary file matches`);
          return "stop";
        }
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
    },
    end,
  );
  if (flags.has("c")) await ctx.stdout.write(`${named ? `${label}:` : ""}${count}\n`);
  if ((flags.has("l") && count > 0) || (flags.has("L") && count === 0)) await ctx.stdout.write(`${label}\n`);
  return flags.has("L") ? count === 0 : count > 0;
}
