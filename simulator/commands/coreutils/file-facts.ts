/** Programs that tell of files: `stat`, `readlink`, `realpath`, `basename`, `dirname`, `du`, `df`, `find`, `file`, `which`. */
import { NODE_MEMORY_BYTES, NODE_ROOT_BYTES } from "../../cluster/files/synthetic.ts";
import type { LabState } from "../../cluster/state.ts";
import { type StorageMount, storageMounts } from "../../cluster/storage/storage-files.ts";
import { storageSpace } from "../../cluster/storage/volumes.ts";
import { formatTime } from "../../shell/builtins/output.ts";
import { blocksOf, type FileStat } from "../../shell/node-files.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { type Arguments, complain, pathIn, readArguments, reasonOf, refuseUsage } from "./arguments.ts";
import { humanSize, modeText } from "./file-words.ts";

const UID: Record<string, number> = { root: 0, daemon: 1, "www-data": 33, backup: 34, nobody: 65_534, nogroup: 65_534 };
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
      const target = found.type === "symlink" ? await ctx.files.readlink(path) : undefined;
      const format = args.flags.get("c");
      if (format !== undefined) await ctx.stdout.write(`${formatted(format, operand, found, target)}\n`);
      else if (args.flags.has("printf")) {
        await ctx.stdout.write(
          formatted(args.flags.get("printf")!, operand, found, target).replace(/\\n/g, "\n").replace(/\\t/g, "\t"),
        );
      } else await ctx.stdout.write(whole(operand, found, target));
    } catch (error) {
      await complain(ctx, `cannot statx '${operand}': ${reasonOf(error)}`);
      status = 1;
    }
  }
  return status;
};

function whole(operand: string, found: FileStat, target: string | undefined): string {
  const time = formatTime("%Y-%m-%d %H:%M:%S.%N %z", found.mtimeMs);
  const octal = `0${found.mode.toString(8).padStart(3, "0")}`;
  const kind = found.type === "file" && found.size === 0 ? "regular empty file" : KIND[found.type];
  return (
    `  File: ${operand}${target === undefined ? "" : ` -> ${target}`}\n` +
    `  Size: ${String(found.size).padEnd(10)}\tBlocks: ${String(blocksOf(found)).padEnd(10)} IO Block: 4096   ${kind}\n` +
    `Device: 252,1\tInode: ${String(found.inode).padEnd(11)} Links: ${found.links}\n` +
    `Access: (${octal}/${modeText(found)})  Uid: (${String(UID[found.owner] ?? 0).padStart(5)}/${found.owner.padStart(8)})   Gid: (${String(UID[found.group] ?? 0).padStart(5)}/${found.group.padStart(8)})\n` +
    `Access: ${time}\nModify: ${time}\nChange: ${time}\n Birth: -\n`
  );
}

function formatted(format: string, operand: string, found: FileStat, target: string | undefined): string {
  const values: Record<string, () => string | number> = {
    n: () => operand,
    N: () => (target === undefined ? `'${operand}'` : `'${operand}' -> '${target}'`),
    s: () => found.size,
    a: () => found.mode.toString(8),
    A: () => modeText(found),
    U: () => found.owner,
    G: () => found.group,
    u: () => UID[found.owner] ?? 0,
    g: () => UID[found.group] ?? 0,
    F: () => (found.type === "file" && found.size === 0 ? "regular empty file" : KIND[found.type]),
    i: () => found.inode,
    h: () => found.links,
    b: () => blocksOf(found),
    B: () => 512,
    y: () => formatTime("%Y-%m-%d %H:%M:%S.%N %z", found.mtimeMs),
    Y: () => Math.floor(found.mtimeMs / 1000),
    x: () => formatTime("%Y-%m-%d %H:%M:%S.%N %z", found.mtimeMs),
    X: () => Math.floor(found.mtimeMs / 1000),
    z: () => formatTime("%Y-%m-%d %H:%M:%S.%N %z", found.mtimeMs),
    Z: () => Math.floor(found.mtimeMs / 1000),
    "%": () => "%",
  };
  return format.replace(/%([a-zA-Z%])/g, (whole, letter: string) => String(values[letter]?.() ?? whole));
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
      "canonicalize-existing": "e",
      "canonicalize-missing": "m",
      strip: "s",
      quiet: "q",
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  if (args.operands.length === 0) return missingOperand(ctx);
  let status = 0;
  for (const operand of args.operands) {
    const path = pathIn(ctx, operand);
    const found = args.flags.has("m") || args.flags.has("s") ? path : await resolved(ctx, path, !args.flags.has("e"));
    if (found === undefined) {
      await complain(ctx, `${operand}: No such file or directory`);
      status = 1;
    } else await ctx.stdout.write(`${found}\n`);
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

export const du: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "sahbckmxd:", {
      summarize: "s",
      all: "a",
      "human-readable": "h",
      bytes: "b",
      total: "c",
      "max-depth=": "d",
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags } = args;
  const depthMax = flags.has("s") ? 0 : flags.has("d") ? Number(flags.get("d")) : Number.POSITIVE_INFINITY;
  const shown = (bytes: number) =>
    flags.has("h")
      ? humanSize(bytes)
      : flags.has("b")
        ? String(bytes)
        : flags.has("m")
          ? String(Math.ceil(bytes / (1 << 20)))
          : String(Math.ceil(bytes / 1024));
  let status = 0;
  const measure = async (path: string, operand: string, depth: number): Promise<number> => {
    await ctx.breathe();
    const found = await ctx.files.stat(path, { follow: false });
    const own = flags.has("b") ? found.size : blocksOf(found) * 512;
    if (found.type !== "directory") {
      if ((flags.has("a") || depth === 0) && depth <= depthMax) await ctx.stdout.write(`${shown(own)}\t${operand}\n`);
      return own;
    }
    let sum = own;
    for (const name of (await ctx.files.readdir(path)).sort()) {
      sum += await measure(`${path === "/" ? "" : path}/${name}`, `${operand.replace(/\/$/, "")}/${name}`, depth + 1);
    }
    if (depth <= depthMax) await ctx.stdout.write(`${shown(sum)}\t${operand}\n`);
    return sum;
  };
  let total = 0;
  for (const operand of args.operands.length ? args.operands : ["."]) {
    try {
      total += await measure(pathIn(ctx, operand), operand, 0);
    } catch (error) {
      await complain(ctx, `cannot access '${operand}': ${reasonOf(error)}`);
      status = 1;
    }
  }
  if (flags.has("c")) await ctx.stdout.write(`${shown(total)}\ttotal\n`);
  return status;
};

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
          : text.startsWith("#!")
            ? "script, ASCII text executable"
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

interface MountedSpace {
  device: string;
  sizeKb: number;
  usedKb: number;
  inodes: number;
  usedInodes: number;
  at: string;
  type: string;
}

/** What is mounted and how full it is; the root file system as `pvesm status` has it. */
function mountedSpace(ctx: ProgramContext): MountedSpace[] {
  const { rootUsedKb, pveUsedKb, pveFiles, isPveMounted } = ctx.lab.read((lab) => {
    const node = lab.nodes[ctx.node];
    const entries = Object.values(node?.pmxcfs?.database.entries ?? {});
    return {
      rootUsedKb: Math.round((3.4 * 1024 ** 3 + (node?.files?.usedBytes ?? 0)) / 1024),
      pveUsedKb: Math.ceil(entries.reduce((sum, entry) => sum + (entry.content ?? "").length, 0) / 4_096) * 4,
      pveFiles: entries.length,
      isPveMounted: (node?.pmxcfs?.pid ?? 0) !== 0,
    };
  });
  const memoryKb = NODE_MEMORY_BYTES / 1024;
  const tmpfs = (at: string, sizeKb: number, usedKb: number) => ({
    device: "tmpfs",
    sizeKb,
    usedKb,
    inodes: memoryKb / 8,
    usedInodes: 3,
    at,
    type: "tmpfs",
  });
  return [
    {
      device: "udev",
      sizeKb: memoryKb / 2 - 24_000,
      usedKb: 0,
      inodes: memoryKb / 8,
      usedInodes: 512,
      at: "/dev",
      type: "devtmpfs",
    },
    tmpfs("/run", memoryKb / 10, 1_040),
    {
      device: "/dev/mapper/pve-root",
      sizeKb: NODE_ROOT_BYTES / 1024,
      usedKb: rootUsedKb,
      inodes: 1_835_008,
      usedInodes: 71_204,
      at: "/",
      type: "ext4",
    },
    tmpfs("/dev/shm", memoryKb / 2, 46_800),
    tmpfs("/run/lock", 5_120, 0),
    { device: "/dev/sda2", sizeKb: 523_248, usedKb: 12_332, inodes: 0, usedInodes: 0, at: "/boot/efi", type: "vfat" },
    ...(isPveMounted
      ? [
          {
            device: "/dev/fuse",
            sizeKb: 131_072,
            usedKb: pveUsedKb,
            inodes: 262_144,
            usedInodes: pveFiles,
            at: "/etc/pve",
            type: "fuse",
          },
        ]
      : []),
  ];
}

export const df: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "hTkaliHP", { "human-readable": "h", "print-type": "T", all: "a", inodes: "i" });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const human = args.flags.has("h") || args.flags.has("H");
  // statfs waits for a server that is away; `-l` asks local file systems only.
  const shown = args.flags.has("l") ? [] : ctx.lab.read((lab) => storageMounts(lab, ctx.node));
  if (args.operands.length === 0) for (const { at } of shown) await ctx.files.stat(at);
  const mounted = [
    ...mountedSpace(ctx),
    ...ctx.lab.read((lab) => shown.map((mount) => nfsMount(lab, ctx.node, mount))),
  ];
  const wanted: MountedSpace[] = [];
  for (const operand of args.operands) {
    const path = pathIn(ctx, operand);
    if (!(await ctx.files.stat(path).catch(() => undefined))) {
      await complain(ctx, `${operand}: No such file or directory`);
      return 1;
    }
    const at = mounted.filter((mount) => path === mount.at || path.startsWith(mount.at === "/" ? "/" : `${mount.at}/`));
    wanted.push(at.sort((a, b) => b.at.length - a.at.length)[0]!);
  }
  const size = (kb: number) => (human ? humanSize(kb * 1024) : String(Math.round(kb)));
  const typed = args.flags.has("T");
  const inodes = args.flags.has("i");
  const count = (value: number) => (human ? humanSize(value) : String(value));
  const rows = [
    [
      "Filesystem",
      ...(typed ? ["Type"] : []),
      ...(inodes
        ? ["Inodes", "IUsed", "IFree", "IUse%"]
        : [human ? "Size" : "1K-blocks", "Used", human ? "Avail" : "Available", "Use%"]),
      "Mounted on",
    ],
    ...(wanted.length ? wanted : mounted).map((mount) => [
      mount.device,
      ...(typed ? [mount.type] : []),
      ...(inodes
        ? [
            count(mount.inodes),
            count(mount.usedInodes),
            count(mount.inodes - mount.usedInodes),
            share(mount.usedInodes, mount.inodes),
          ]
        : [
            size(mount.sizeKb),
            size(mount.usedKb),
            size(availableKb(mount)),
            share(mount.usedKb, mount.usedKb + availableKb(mount)),
          ]),
      mount.at,
    ]),
  ];
  // The least widths of GNU's df.
  const least = typed ? [14, 4, 5, 5, 5, 4, 0] : [14, 5, 5, 5, 4, 0];
  await ctx.stdout.write(aligned(rows, typed ? [0, 1, 6] : [0, 5], least));
  return 0;
};

function nfsMount(lab: Readonly<LabState>, node: string, { definition, at, server, path }: StorageMount): MountedSpace {
  const { totalBytes, usedBytes } = storageSpace(lab, node, definition);
  const kb = (bytes: number) => Math.ceil(bytes / 1024);
  return {
    device: `${server}:${path}`,
    sizeKb: kb(totalBytes),
    usedKb: kb(usedBytes),
    inodes: 0,
    usedInodes: 0,
    at,
    type: "nfs4",
  };
}

/** ext4 keeps a twentieth for root. */
function availableKb(mount: MountedSpace): number {
  return Math.max(0, Math.floor(mount.sizeKb * (mount.type === "ext4" ? 0.95 : 1)) - mount.usedKb);
}

function share(used: number, size: number): string {
  return size === 0 ? "-" : `${Math.ceil((used / size) * 100)}%`;
}

/** Rows as a table; columns named are aligned left, and none is narrower than `least` says. */
export function aligned(
  rows: readonly (readonly string[])[],
  left: readonly number[],
  least: readonly number[] = [],
): string {
  const widths = rows[0]!.map((_, column) => Math.max(least[column] ?? 0, ...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) => {
      const cells = row.map((cell, column) =>
        left.includes(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      );
      return `${cells.join(" ").trimEnd()}\n`;
    })
    .join("");
}
