/** Programs that tell of files: `stat`, `readlink`, `realpath`, `basename`, `dirname`, `file`. */
import type { Zone } from "../../cluster/node-settings/zone-time.ts";
import { blocksOf, type FileStat } from "../../shell/node-files.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { zoneOfProgram } from "../../shell/process-zone.ts";
import { formatTime } from "../../shell/time-text.ts";
import { type Arguments, complain, pathIn, readArguments, reasonOf, refuseUsage } from "./arguments.ts";
import { availableKb, mountedSpace, mountOf } from "./df.ts";
import { modeText, ownerId } from "./file-words.ts";
import { pathFrom } from "./relative-path.ts";

const KIND: Record<FileStat["type"], string> = {
  file: "regular file",
  directory: "directory",
  symlink: "symbolic link",
  device: "character special file",
};

async function missingOperand(ctx: ProgramContext): Promise<number> {
  await complain(ctx, "missing operand");
  await ctx.stderr.write(`Try '${ctx.argv[0]} --help' for more information.\n`);
  return 1;
}

export const stat: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "c:Lft", {
      "format=": "c",
      "printf=": "printf",
      dereference: "L",
      terse: "t",
      "file-system": "f",
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  if (args.operands.length === 0) {
    return missingOperand(ctx);
  }
  let status = 0;
  for (const operand of args.operands) {
    try {
      const path = pathIn(ctx, operand);
      const found = await ctx.files.stat(path, { follow: args.flags.has("L") });
      if (args.flags.has("f")) {
        await ctx.stdout.write(fileSystem(ctx, operand, path, args.flags.get("c")));
        continue;
      }
      const target = found.type === "symlink" ? await ctx.files.readlink(path) : undefined;
      const format = args.flags.get("c");
      if (args.flags.has("t")) await ctx.stdout.write(`${operand} ${terse(found)}\n`);
      else if (format !== undefined)
        await ctx.stdout.write(`${formatted(format, operand, found, target, zoneOfProgram(ctx))}\n`);
      else if (args.flags.has("printf")) {
        await ctx.stdout.write(
          formatted(args.flags.get("printf")!, operand, found, target, zoneOfProgram(ctx))
            .replace(/\\n/g, "\n")
            .replace(/\\t/g, "\t"),
        );
      } else await ctx.stdout.write(whole(operand, found, target, zoneOfProgram(ctx)));
    } catch (error) {
      await complain(ctx, `cannot statx '${operand}': ${reasonOf(error)}`);
      status = 1;
    }
  }
  return status;
};

/** `stat -f`: the file system on which it lies. */
function fileSystem(ctx: ProgramContext, operand: string, path: string, format: string | undefined): string {
  const at = mountOf(mountedSpace(ctx), path);
  const type = { ext4: "ext2/ext3", fuse: "fuseblk", vfat: "msdos", devtmpfs: "tmpfs" }[at.type] ?? at.type;
  const blocks = (kb: number) => Math.floor(kb / 4);
  const values: Record<string, string | number> = {
    n: operand,
    i: "9c2b1f6d4e8a7035",
    l: 255,
    T: type,
    s: 4096,
    S: 4096,
    b: blocks(at.sizeKb),
    f: blocks(at.sizeKb - at.usedKb),
    a: blocks(availableKb(at)),
    c: at.inodes,
    d: at.inodes - at.usedInodes,
    "%": "%",
  };
  if (format !== undefined)
    return `${format.replace(/%([a-zA-Z%])/g, (all, letter: string) => String(values[letter] ?? all))}\n`;
  return `  File: "${operand}"\n    ID: ${values.i} Namelen: 255     Type: ${type}\nBlock size: 4096       Fundamental block size: 4096\nBlocks: Total: ${String(values.b).padEnd(10)} Free: ${String(values.f).padEnd(10)} Available: ${values.a}\nInodes: Total: ${String(values.c).padEnd(10)} Free: ${values.d}\n`;
}

function whole(operand: string, found: FileStat, target: string | undefined, zone: Zone): string {
  const time = formatTime("%Y-%m-%d %H:%M:%S.%N %z", found.mtimeMs, zone);
  const octal = `0${found.mode.toString(8).padStart(3, "0")}`;
  const kind = found.type === "file" && found.size === 0 ? "regular empty file" : KIND[found.type];
  return (
    `  File: ${operand}${target === undefined ? "" : ` -> ${target}`}\n` +
    `  Size: ${String(found.size).padEnd(10)}\tBlocks: ${String(blocksOf(found)).padEnd(10)} IO Block: 4096   ${kind}\n` +
    `Device: 252,1\tInode: ${String(found.inode).padEnd(11)} Links: ${found.links}\n` +
    `Access: (${octal}/${modeText(found)})  Uid: (${String(found.uid ?? ownerId(found.owner)).padStart(5)}/${found.owner.padStart(8)})   Gid: (${String(found.gid ?? ownerId(found.group)).padStart(5)}/${found.group.padStart(8)})\n` +
    `Access: ${time}\nModify: ${time}\nChange: ${time}\n Birth: -\n`
  );
}

/** `-t`: numbers alone, in the order of %n %s %b %f %u %g %D %i %h %t %T %X %Y %Z %W %o. */
function terse(found: FileStat): string {
  const kind = { file: 0o100000, directory: 0o040000, symlink: 0o120000, device: 0o020000 }[found.type];
  const seconds = Math.floor(found.mtimeMs / 1000);
  return [
    ...[found.size, blocksOf(found), (kind | found.mode).toString(16)],
    ...[found.uid ?? ownerId(found.owner), found.gid ?? ownerId(found.group), "fc01", found.inode, found.links, 0, 0],
    ...[seconds, seconds, seconds, 0, 4096],
  ].join(" ");
}

function formatted(format: string, operand: string, found: FileStat, target: string | undefined, zone: Zone): string {
  const values: Record<string, () => string | number> = {
    n: () => operand,
    N: () => (target === undefined ? `'${operand}'` : `'${operand}' -> '${target}'`),
    s: () => found.size,
    a: () => found.mode.toString(8),
    A: () => modeText(found),
    U: () => found.owner,
    G: () => found.group,
    u: () => found.uid ?? ownerId(found.owner),
    g: () => found.gid ?? ownerId(found.group),
    F: () => (found.type === "file" && found.size === 0 ? "regular empty file" : KIND[found.type]),
    i: () => found.inode,
    h: () => found.links,
    b: () => blocksOf(found),
    B: () => 512,
    y: () => formatTime("%Y-%m-%d %H:%M:%S.%N %z", found.mtimeMs, zone),
    Y: () => Math.floor(found.mtimeMs / 1000),
    x: () => formatTime("%Y-%m-%d %H:%M:%S.%N %z", found.mtimeMs, zone),
    X: () => Math.floor(found.mtimeMs / 1000),
    z: () => formatTime("%Y-%m-%d %H:%M:%S.%N %z", found.mtimeMs, zone),
    Z: () => Math.floor(found.mtimeMs / 1000),
    "%": () => "%",
  };
  return format.replace(/%([a-zA-Z%])/g, (whole, letter: string) =>
    String(values[letter]?.() ?? (whole === "%%" ? "%" : "?")),
  );
}

export const readlink: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "femnqsvz", {
      canonicalize: "f",
      "canonicalize-existing": "e",
      "canonicalize-missing": "m",
      "no-newline": "n",
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  let status = args.operands.length ? 0 : 1;
  const resolving = args.flags.has("f") || args.flags.has("e") || args.flags.has("m");
  for (const operand of args.operands) {
    const path = pathIn(ctx, operand);
    const found = resolving
      ? await resolved(ctx, path, !args.flags.has("e"))
      : await ctx.files.readlink(path).catch(() => undefined);
    if (found === undefined) status = 1;
    else await ctx.stdout.write(found + (args.flags.has("n") ? "" : "\n"));
  }
  return status;
};

/** The real path; its last part may be missing. */
async function resolved(ctx: ProgramContext, path: string, mayBeMissing: boolean): Promise<string | undefined> {
  const real = await ctx.files.realpath(path).catch(() => undefined);
  if (real !== undefined || !mayBeMissing) return real;
  const parent = await ctx.files.realpath(path.slice(0, path.lastIndexOf("/")) || "/").catch(() => undefined);
  return parent === undefined ? undefined : `${parent === "/" ? "" : parent}${path.slice(path.lastIndexOf("/"))}`;
}

export const realpath: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "emsqzLP", {
      ...{ "canonicalize-existing": "e", "canonicalize-missing": "m", strip: "s", "no-symlinks": "s", quiet: "q" },
      ...{ zero: "z", logical: "L", physical: "P", "relative-to=": "to", "relative-base=": "base" },
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags, operands } = args;
  if (operands.length === 0) return missingOperand(ctx);
  const real = async (operand: string) => {
    if (operand === "") return undefined;
    const path = pathIn(ctx, operand);
    return flags.has("m") || flags.has("s") ? path : resolved(ctx, path, !flags.has("e"));
  };
  const places: Record<string, string | undefined> = {};
  for (const option of ["to", "base"]) {
    const given = flags.get(option);
    if (given === undefined) continue;
    places[option] = await real(given);
    if (places[option] === undefined) {
      await complain(ctx, `${given}: No such file or directory`);
      return 1;
    }
  }
  const { to, base } = places;
  const shown = (path: string) => {
    const isBelow = (root: string) => path === root || path.startsWith(root === "/" ? "/" : `${root}/`);
    if (base !== undefined && !isBelow(base)) return path;
    const start = to ?? base;
    return start === undefined ? path : pathFrom(start, path);
  };
  let status = 0;
  for (const operand of operands) {
    const found = await real(operand);
    if (found === undefined) {
      if (!flags.has("q")) await complain(ctx, `${operand || "''"}: No such file or directory`);
      status = 1;
    } else await ctx.stdout.write(`${shown(found)}${flags.has("z") ? "\0" : "\n"}`);
  }
  return status;
};

export const basename: Program = async (ctx) => {
  const args = readArguments(ctx.argv, "as:z", { multiple: "a", "suffix=": "s" });
  if (args.operands.length === 0) {
    return missingOperand(ctx);
  }
  const many = args.flags.has("a") || args.flags.has("s");
  const suffix = args.flags.get("s") ?? (many ? "" : (args.operands[1] ?? ""));
  if (!many && args.operands.length > 2) {
    await complain(ctx, `extra operand ‘${args.operands[2]}’`);
    await ctx.stderr.write("Try 'basename --help' for more information.\n");
    return 1;
  }
  for (const path of many ? args.operands : args.operands.slice(0, 1)) {
    const base = path.replace(/\/+$/, "").replace(/^.*\//s, "") || "/";
    await ctx.stdout.write(
      `${suffix && base !== suffix && base.endsWith(suffix) ? base.slice(0, -suffix.length) : base}\n`,
    );
  }
  return 0;
};

export const dirname: Program = async (ctx) => {
  const { operands } = readArguments(ctx.argv, "z");
  if (operands.length === 0) {
    return missingOperand(ctx);
  }
  for (const path of operands) {
    const trimmed = path.replace(/(?<=.)\/+$/, "");
    const slash = trimmed.lastIndexOf("/");
    await ctx.stdout.write(`${slash < 0 ? "." : slash === 0 ? "/" : trimmed.slice(0, slash)}\n`);
  }
  return 0;
};

/** Of a text that begins with `#!`. */
function scriptKind(text: string): string {
  const [, program = "", first = ""] = /^#!\s*(\S+)(?:\s+(\S+))?/.exec(text) ?? [];
  const name = (program.endsWith("/env") ? first : program).replace(/^.*\//, "");
  if (name === "sh" || name === "dash") return "POSIX shell";
  if (name === "bash") return "Bourne-Again shell";
  return { perl: "Perl", python3: "Python", python: "Python" }[name] ?? `a ${program}`;
}

export const file: Program = async (ctx) => {
  const args = readArguments(ctx.argv, "bLi", { brief: "b", mime: "i" });
  for (const operand of args.operands) {
    const path = pathIn(ctx, operand);
    const found = await ctx.files.stat(path, { follow: false }).catch(() => undefined);
    const prefix = args.flags.has("b") ? "" : `${operand}: `;
    if (!found) await ctx.stdout.write(`${prefix}cannot open \`${operand}' (No such file or directory)\n`);
    else if (found.type === "symlink")
      await ctx.stdout.write(`${prefix}symbolic link to ${await ctx.files.readlink(path)}\n`);
    else if (found.type !== "file")
      await ctx.stdout.write(`${prefix}${found.type === "directory" ? "directory" : "character special"}\n`);
    else {
      const text = Buffer.from(await ctx.files.readFile(path)).toString("utf8");
      const kind =
        text === ""
          ? "empty"
          : text.length === 1
            ? "very short file (no magic)"
            : text.startsWith("#!")
              ? `${scriptKind(text)} script, ASCII text executable`
              : text.startsWith("-----BEGIN CERT")
                ? "PEM certificate"
                : text.includes("\ufffd")
                  ? "data"
                  : /[^\x00-\x7f]/.test(text)
                    ? "Unicode text, UTF-8 text"
                    : "ASCII text";
      await ctx.stdout.write(`${prefix}${kind}\n`);
    }
  }
  return 0;
};
