/** `ls`: in columns on a terminal, one a line otherwise, and the long form. */

import { blocksOf, type FileError, type FileStat } from "../../shell/node-files.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { zoneOfProgram } from "../../shell/process-zone.ts";
import { backslashQuoted } from "../../shell/quoting.ts";
import { widthOf } from "../../shell/text-width.ts";
import { formatTime } from "../../shell/time-text.ts";
import { complain, pathIn, readArguments, reasonOf, refuseUsage } from "./arguments.ts";
import { blockSize } from "./df.ts";
import { humanSize, modeText, ownerId } from "./file-words.ts";
import { wallMs } from "./node-facts.ts";

interface Row {
  name: string;
  stat: FileStat;
  target: string | undefined;
}

const HALF_A_YEAR_MS = 15_778_476_000;

export const ls: Program = async (ctx) => {
  let args: ReturnType<typeof readArguments>;
  try {
    args = readArguments(ctx.argv, "aAlhdrRtS1FipnGsgoxCUXQLHkT:w:bNqcuBfvmZ", {
      all: "a",
      "almost-all": "A",
      "human-readable": "h",
      directory: "d",
      reverse: "r",
      recursive: "R",
      inode: "i",
      "numeric-uid-gid": "n",
      "no-group": "G",
      size: "s",
      classify: "F",
      "color?": "color",
      "full-time": "full-time",
      "group-directories-first": "directories-first",
      "time-style=": "time-style",
      "sort=": "sort",
      dereference: "L",
      "block-size=": "block-size",
      "file-type": "file-type",
      "hide-control-chars": "q",
      literal: "N",
      "quote-name": "Q",
      escape: "b",
      "width=": "w",
      "format=": "format",
    });
  } catch (error) {
    return refuseUsage(ctx, error, 2);
  }
  const { flags } = args;
  const form = {
    long: "l",
    verbose: "l",
    commas: "m",
    horizontal: "x",
    across: "x",
    vertical: "C",
    "single-column": "1",
  };
  const chosen = form[flags.get("format") as keyof typeof form];
  if (chosen) flags.set(chosen, "");
  // `dir` is `ls -C -b`.
  if (/(?:^|\/)dir$/.test(ctx.argv[0]!) && !flags.has("l")) {
    flags.set("C", "");
    flags.set("b", "");
  }
  if (flags.has("block-size") && !blockSize(flags.get("block-size")!)) {
    await complain(ctx, `invalid --block-size argument '${flags.get("block-size")}'`);
    return 2;
  }
  const order = nameOrder(ctx.env);
  const operands = args.operands.length ? args.operands : ["."];
  const files: Row[] = [];
  const directories: string[] = [];
  let status = 0;
  for (const operand of operands) {
    await ctx.breathe();
    try {
      const path = pathIn(ctx, operand);
      const follows = (!flags.has("l") && !flags.has("d")) || flags.has("L");
      const own = await ctx.files.stat(path, { follow: follows }).catch((error) => {
        // A link that leads nowhere is shown itself, unless what it leads to was asked for.
        const strict = flags.has("L") || flags.has("H") || operand.endsWith("/");
        if (strict || (error as FileError).code !== "ENOENT") throw error;
        return ctx.files.stat(path, { follow: false });
      });
      const leads = own.type === "symlink" && flags.has("l") && operand.endsWith("/");
      if ((own.type === "directory" || leads) && !flags.has("d")) directories.push(operand);
      else files.push(await rowOf(ctx, operand, path, own));
    } catch (error) {
      await complain(ctx, `cannot access '${operand}': ${reasonOf(error)}`);
      status = 2;
    }
  }
  if (files.length) await ctx.stdout.write(render(ctx, sorted(files, flags, order), flags, false));
  const titled = operands.length > 1 || flags.has("R");
  let first = files.length === 0;
  const queue = sortedNames(directories, flags, order);
  while (queue.length > 0) {
    const directory = queue.shift()!;
    await ctx.breathe();
    try {
      const rows = await rowsOf(ctx, directory, flags);
      await ctx.stdout.write(`${titled ? `${first ? "" : "\n"}${directory}:\n` : ""}${render(ctx, rows, flags, true)}`);
      first = false;
      if (flags.has("R")) {
        const inner = rows.filter((row) => row.stat.type === "directory" && row.name !== "." && row.name !== "..");
        queue.unshift(...inner.map((row) => `${directory.replace(/\/$/, "")}/${row.name}`));
      }
    } catch (error) {
      await complain(ctx, `cannot open directory '${directory}': ${reasonOf(error)}`);
      status = 2;
    }
  }
  return status;
};

async function rowOf(ctx: ProgramContext, name: string, path: string, known?: FileStat): Promise<Row> {
  const stat = known ?? (await ctx.files.stat(path, { follow: false }));
  return { name, stat, target: stat.type === "symlink" ? await ctx.files.readlink(path) : undefined };
}

async function rowsOf(ctx: ProgramContext, directory: string, flags: ReadonlyMap<string, string>): Promise<Row[]> {
  const path = pathIn(ctx, directory);
  const names = await ctx.files.readdir(path);
  const shown = names.filter((name) => flags.has("a") || flags.has("A") || flags.has("f") || !name.startsWith("."));
  const rows: Row[] = [];
  for (const name of shown) {
    const full = `${path === "/" ? "" : path}/${name}`;
    const row = await rowOf(ctx, name, full).catch(() => undefined);
    if (row) rows.push(row);
  }
  const ordered = sorted(rows, flags, nameOrder(ctx.env));
  if (!flags.has("a") && !flags.has("f")) return ordered;
  const parent = path.slice(0, path.lastIndexOf("/")) || "/";
  return [
    await rowOf(ctx, ".", path, await ctx.files.stat(path)),
    await rowOf(ctx, "..", parent, await ctx.files.stat(parent)),
    ...ordered,
  ];
}

function sorted(rows: Row[], flags: ReadonlyMap<string, string>, order: NameOrder): Row[] {
  const by = flags.get("sort");
  const out = [...rows];
  if (flags.has("t") || by === "time") out.sort((a, b) => b.stat.mtimeMs - a.stat.mtimeMs || order(a.name, b.name));
  else if (flags.has("S") || by === "size") out.sort((a, b) => b.stat.size - a.stat.size || order(a.name, b.name));
  else if (!flags.has("U") && !flags.has("f")) out.sort((a, b) => order(a.name, b.name));
  if (flags.has("directories-first")) {
    out.sort((a, b) => Number(b.stat.type === "directory") - Number(a.stat.type === "directory"));
  }
  return flags.has("r") ? out.reverse() : out;
}

function sortedNames(names: string[], flags: ReadonlyMap<string, string>, order: NameOrder): string[] {
  const out = [...names].sort(order);
  return flags.has("r") ? out.reverse() : out;
}

type NameOrder = (a: string, b: string) => number;

/** By locale: `C`, `C.UTF-8` and `POSIX` go by the bytes, so dot files come first and capitals before small letters. */
function nameOrder(env: ReadonlyMap<string, string>): NameOrder {
  const locale = env.get("LC_ALL") || env.get("LC_COLLATE") || env.get("LANG") || "C";
  return /^(?:C|POSIX)(?:\.|$)/.test(locale) ? compareBytes : compareAsEnglish;
}

function compareBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** As in the en_US locale: letters without regard to case, marks left out, and only then the bytes. */
function compareAsEnglish(a: string, b: string): number {
  const key = (name: string) => name.replace(/[^\p{L}\p{N}]/gu, "").toLowerCase();
  const [left, right] = [key(a), key(b)];
  return compareBytes(left, right) || compareBytes(a, b);
}

function render(ctx: ProgramContext, rows: Row[], flags: ReadonlyMap<string, string>, directory: boolean): string {
  // Without a word of the terminal or the colours there are none.
  const knowsColours =
    ["LS_COLORS", "COLORTERM"].some((name) => ctx.env.get(name)) || !/^(dumb)?$/.test(ctx.env.get("TERM") ?? "");
  const colour =
    knowsColours &&
    flags.has("color") &&
    (/^(always)?$/.test(flags.get("color")!) || (flags.get("color") === "auto" && ctx.isTty.stdout));
  const quoted = ctx.isTty.stdout && !flags.has("N");
  const shownName = (row: Row, long: boolean): string => {
    let name =
      quoted && /[\s'"\\$`!*?[\](){};&|<>]/.test(row.name)
        ? row.name.includes("'")
          ? `"${row.name}"`
          : `'${row.name}'`
        : row.name;
    if (flags.has("b")) name = backslashQuoted(row.name);
    if (flags.has("Q")) name = `"${row.name.replace(/["\\]/g, "\\$&")}"`;
    if (colour) name = coloured(name, row.stat);
    if (long && row.target !== undefined) name += ` -> ${row.target}`;
    else if (flags.has("F") || flags.has("p")) name += suffixOf(row.stat, flags.has("F"));
    return name;
  };
  if (flags.has("l") || flags.has("g") || flags.has("o") || flags.has("n") || flags.has("full-time")) {
    return longRows(ctx, rows, flags, directory, (row) => shownName(row, true));
  }
  const sizes = flags.has("s") ? rows.map((row) => roomText(blocksOf(row.stat) * 512, flags)) : [];
  const sizeWidth = Math.max(0, ...sizes.map((text) => text.length));
  const names = rows.map((row, at) => {
    const inode = flags.has("i") ? `${row.stat.inode} ` : "";
    const size = flags.has("s") ? `${sizes[at]!.padStart(sizeWidth)} ` : "";
    return inode + size + shownName(row, false);
  });
  if (names.length === 0) return "";
  const columns = flags.has("w") ? Number(flags.get("w")) : (ctx.isTty.stdout && ctx.tty?.columns) || 80;
  if (flags.has("m")) return inOneText(names, columns);
  if (flags.has("x")) return inRows(names, columns);
  if (flags.has("1") || !(ctx.isTty.stdout || flags.has("C"))) return `${names.join("\n")}\n`;
  return inColumns(names, columns);
}

/** `-m`: with commas, lines as long as the screen. */
function inOneText(names: readonly string[], columns: number): string {
  let out = "";
  let at = 0;
  for (const [index, name] of names.entries()) {
    const width = widthOf(name) + (index < names.length - 1 ? 1 : 0);
    if (at > 0 && at + 1 + width > columns) {
      out += ",\n";
      at = 0;
    } else if (index > 0) {
      out += ", ";
      at += 1;
    }
    out += name;
    at += width;
  }
  return `${out}\n`;
}

/** `-x`: as many columns as fit, filled row by row. */
function inRows(names: readonly string[], screen: number): string {
  for (let columns = names.length; ; columns--) {
    const widths = Array.from({ length: columns }, (_, column) =>
      Math.max(0, ...names.filter((_name, at) => at % columns === column).map(widthOf)),
    );
    if (columns > 1 && widths.reduce((sum, width) => sum + width + 2, -2) > screen) continue;
    const rows = Array.from({ length: Math.ceil(names.length / columns) }, (_, row) =>
      names.slice(row * columns, (row + 1) * columns),
    );
    return rows
      .map((row) => {
        const cells = row.map((name, at) =>
          at === row.length - 1 ? name : name + " ".repeat(widths[at]! - widthOf(name) + 2),
        );
        return `${cells.join("")}\n`;
      })
      .join("");
  }
}

function suffixOf(stat: FileStat, all: boolean): string {
  if (stat.type === "directory") return "/";
  if (!all) return "";
  if (stat.type === "symlink") return "@";
  return stat.mode & 0o111 ? "*" : "";
}

function coloured(name: string, stat: FileStat): string {
  const code =
    stat.type === "directory" ? "01;34" : stat.type === "symlink" ? "01;36" : stat.mode & 0o111 ? "01;32" : "";
  return code ? `\x1b[0m\x1b[${code}m${name}\x1b[0m` : name;
}

function longRows(
  ctx: ProgramContext,
  rows: Row[],
  flags: ReadonlyMap<string, string>,
  directory: boolean,
  nameOf: (row: Row) => string,
): string {
  const nowMs = wallMs(ctx);
  const size = (row: Row) =>
    row.stat.type === "device"
      ? "1,   3"
      : flags.has("h")
        ? humanSize(row.stat.size)
        : flags.has("block-size")
          ? roomText(row.stat.size, flags)
          : String(row.stat.size);
  const zone = zoneOfProgram(ctx);
  const time = (row: Row) => {
    if (flags.has("full-time") || flags.get("time-style") === "full-iso")
      return formatTime("%Y-%m-%d %H:%M:%S.%N %z", row.stat.mtimeMs, zone);
    const style = flags.get("time-style");
    if (style?.startsWith("+")) {
      // A second line is the format of recent times.
      const [older = "", newer = older] = style.slice(1).split("\n");
      const isNew = Math.abs(nowMs - row.stat.mtimeMs) < HALF_A_YEAR_MS;
      return formatTime(isNew ? newer : older, row.stat.mtimeMs, zone);
    }
    if (style === "long-iso") return formatTime("%Y-%m-%d %H:%M", row.stat.mtimeMs, zone);
    const recent = Math.abs(nowMs - row.stat.mtimeMs) < HALF_A_YEAR_MS;
    return formatTime(recent ? "%b %e %H:%M" : "%b %e  %Y", row.stat.mtimeMs, zone);
  };
  const who = (name: string, number: number | undefined) => (flags.has("n") ? String(number ?? ownerId(name)) : name);
  const cells = rows.map((row) => [
    [
      ...(flags.has("i") ? [String(row.stat.inode)] : []),
      ...(flags.has("s") ? [roomText(blocksOf(row.stat) * 512, flags)] : []),
    ].join(" "),
    modeText(row.stat),
    String(row.stat.links),
    flags.has("g") ? "" : who(row.stat.owner, row.stat.uid),
    flags.has("o") || flags.has("G") ? "" : who(row.stat.group, row.stat.gid),
    size(row),
    time(row),
  ]);
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]!.length))) ?? [];
  const lines = cells.map((row, index) => {
    const shown = row.map((cell, column) =>
      widths[column] === 0
        ? ""
        : [0, 2, 5].includes(column)
          ? cell.padStart(widths[column]!)
          : cell.padEnd(widths[column]!),
    );
    // A time without text keeps its blank.
    const kept = shown.filter((cell, column) => cell !== "" || column === 6);
    return `${kept.join(" ")} ${nameOf(rows[index]!)}\n`;
  });
  const kilobytes = Math.ceil(rows.reduce((sum, row) => sum + blocksOf(row.stat), 0) / 2);
  const total = directory ? `total ${roomText(kilobytes * 1024, flags)}\n` : "";
  return total + lines.join("");
}

/** The room that files take, in the blocks that were asked for. */
function roomText(bytes: number, flags: ReadonlyMap<string, string>): string {
  if (flags.has("h")) return humanSize(bytes);
  const block = blockSize(flags.get("block-size") ?? "1K")!;
  return `${Math.ceil(bytes / block.bytes)}${block.suffix}`;
}

/** As many columns as fit, filled downwards. */
function inColumns(names: readonly string[], columns: number): string {
  for (let rows = 1; rows <= names.length; rows++) {
    const widths: number[] = [];
    for (let at = 0; at < names.length; at += rows) widths.push(Math.max(...names.slice(at, at + rows).map(widthOf)));
    if (rows < names.length && widths.reduce((sum, width) => sum + width + 2, -2) > columns) continue;
    let out = "";
    for (let row = 0; row < rows; row++) {
      let line = "";
      for (let column = 0; column * rows + row < names.length; column++) {
        const name = names[column * rows + row]!;
        const last = (column + 1) * rows + row >= names.length;
        line += last ? name : name + " ".repeat(widths[column]! - widthOf(name) + 2);
      }
      out += `${line}\n`;
    }
    return out;
  }
  return "";
}
