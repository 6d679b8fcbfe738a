/** `df`: what is mounted and how full it is. @source coreutils 9.1, its own output */
import { NODE_MEMORY_BYTES, NODE_ROOT_BYTES } from "../../cluster/files/synthetic.ts";
import type { LabState } from "../../cluster/state.ts";
import { type StorageMount, storageMounts } from "../../cluster/storage/storage-files.ts";
import { storageSpace } from "../../cluster/storage/volumes.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { type Arguments, complain, pathIn, readArguments, refuseUsage } from "./arguments.ts";
import { aligned, humanSize } from "./file-words.ts";

export interface MountedSpace {
  device: string;
  sizeKb: number;
  usedKb: number;
  inodes: number;
  usedInodes: number;
  at: string;
  type: string;
}

/** What is mounted and how full it is; the root file system as `pvesm status` has it. */
export function mountedSpace(ctx: ProgramContext): MountedSpace[] {
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

/** Shown with `-a` alone. */
const PSEUDO: MountedSpace[] = [
  ["sysfs", "/sys"],
  ["proc", "/proc"],
  ["devpts", "/dev/pts"],
  ["securityfs", "/sys/kernel/security"],
  ["cgroup2", "/sys/fs/cgroup"],
  ["debugfs", "/sys/kernel/debug"],
].map(([type, at]) => ({ device: type!, sizeKb: 0, usedKb: 0, inodes: 0, usedInodes: 0, at: at!, type: type! }));

const FIELDS = "source fstype itotal iused iavail ipcent size used avail pcent file target".split(" ");

const UNITS = "KMGTPE";

/** Bytes of one block, and the unit behind each figure when the option named one alone: `-BG`. */
function blockSize(text: string): { bytes: number; suffix: string; head: string } | undefined {
  const [, count = "", unit = "", thousands] = /^(\d*)([KMGTPE]?)(B|iB)?$/i.exec(text) ?? ["", "x"];
  if (count === "x" || (count === "" && unit === "")) return undefined;
  const base = thousands?.toUpperCase() === "B" && unit !== "" ? 1000 : 1024;
  const bytes = Number(count || 1) * base ** (unit === "" ? 0 : UNITS.indexOf(unit.toUpperCase()) + 1);
  if (bytes < 1) return undefined;
  return {
    bytes,
    suffix: count === "" ? unit.toUpperCase() + (base === 1000 ? "B" : "") : "",
    head:
      unit === "" && bytes % 1024 === 0
        ? `${bytes / 1024}K`
        : `${count || 1}${unit.toUpperCase()}${base === 1000 ? "B" : unit === "" ? "B" : ""}`,
  };
}

export const df: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(repeated(ctx.argv), "aB:hHiklmPTt:vx:", {
      all: "a",
      "block-size=": "B",
      "human-readable": "h",
      si: "H",
      inodes: "i",
      local: "l",
      "no-sync": "v",
      "output?": "output",
      portability: "P",
      "print-type": "T",
      sync: "v",
      total: "total",
      "type=": "t",
      "exclude-type=": "x",
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags } = args;
  const human = flags.has("h") || flags.has("H");
  const block = blockSize(flags.get("B") ?? (flags.has("m") ? "1M" : "1K"));
  if (!block) {
    await complain(ctx, `invalid --block-size argument '${flags.get("B")}'`);
    return 1;
  }
  const output = flags.get("output");
  const asked = output === undefined ? undefined : output === "" ? FIELDS : output.split(",");
  const bad = asked?.find((field) => !FIELDS.includes(field));
  if (bad !== undefined) {
    await complain(ctx, `option --output: field ‘${bad}’ unknown`);
    await ctx.stderr.write("Try 'df --help' for more information.\n");
    return 1;
  }
  // statfs waits for a server that is away; `-l` asks local file systems only.
  const remote = flags.has("l") ? [] : ctx.lab.read((lab) => storageMounts(lab, ctx.node));
  if (args.operands.length === 0) for (const { at } of remote) await ctx.files.stat(at);
  const mounted = [
    ...(flags.has("a") || args.operands.length > 0 ? PSEUDO : []),
    ...mountedSpace(ctx),
    ...ctx.lab.read((lab) => remote.map((mount) => nfsMount(lab, ctx.node, mount))),
  ];
  let status = 0;
  let wanted: MountedSpace[] = args.operands.length > 0 ? [] : mounted;
  const named: string[] = [];
  for (const operand of args.operands) {
    const path = pathIn(ctx, operand);
    if (!(await ctx.files.stat(path).catch(() => undefined))) {
      await complain(ctx, `${operand}: No such file or directory`);
      status = 1;
      continue;
    }
    const at = mounted.filter((mount) => path === mount.at || path.startsWith(mount.at === "/" ? "/" : `${mount.at}/`));
    wanted.push(at.sort((a, b) => b.at.length - a.at.length)[0]!);
    named.push(operand);
  }
  const types = (letter: string) => flags.get(letter)?.split("\n") ?? [];
  wanted = wanted.filter(
    (mount) => (types("t").length === 0 || types("t").includes(mount.type)) && !types("x").includes(mount.type),
  );
  if (wanted.length === 0) {
    if (status === 0) await complain(ctx, "no file systems processed");
    return 1;
  }
  const size = (kb: number) =>
    human
      ? flags.has("H")
        ? thousands(kb * 1024)
        : humanSize(kb * 1024)
      : `${Math.ceil((kb * 1024) / block.bytes)}${block.suffix}`;
  const count = (value: number) => (human ? humanSize(value) : String(value));
  const isPseudo = (mount: MountedSpace) => PSEUDO.includes(mount);
  const cell: Record<string, (mount: MountedSpace, at: number) => string> = {
    source: (mount) => mount.device,
    fstype: (mount) => mount.type,
    itotal: (mount) => count(mount.inodes),
    iused: (mount) => count(mount.usedInodes),
    iavail: (mount) => count(mount.inodes - mount.usedInodes),
    ipcent: (mount) => share(mount.usedInodes, mount.inodes),
    size: (mount) => size(mount.sizeKb),
    used: (mount) => size(mount.usedKb),
    avail: (mount) => size(availableKb(mount)),
    pcent: (mount) => (isPseudo(mount) ? "-" : share(mount.usedKb, mount.usedKb + availableKb(mount))),
    file: (_mount, at) => named[at] ?? "-",
    target: (mount) => mount.at,
  };
  const head: Record<string, string> = {
    source: "Filesystem",
    fstype: "Type",
    itotal: "Inodes",
    iused: "IUsed",
    iavail: "IFree",
    ipcent: "IUse%",
    size: human ? "Size" : `${flags.has("P") ? String(block.bytes) : block.head}-blocks`,
    used: "Used",
    avail: human || asked ? "Avail" : "Available",
    pcent: flags.has("P") ? "Capacity" : "Use%",
    file: "File",
    target: "Mounted on",
  };
  const fields = asked ?? [
    "source",
    ...(flags.has("T") ? ["fstype"] : []),
    ...(flags.has("i") ? ["itotal", "iused", "iavail", "ipcent"] : ["size", "used", "avail", "pcent"]),
    "target",
  ];
  const rows = [
    fields.map((field) => head[field]!),
    ...wanted.map((mount, at) => fields.map((field) => cell[field]!(mount, at))),
  ];
  if (flags.has("total")) {
    const sum = (pick: (mount: MountedSpace) => number) => wanted.reduce((total, mount) => total + pick(mount), 0);
    const all = {
      device: "total",
      sizeKb: sum((mount) => mount.sizeKb),
      usedKb: sum((mount) => mount.usedKb),
      inodes: sum((mount) => mount.inodes),
      usedInodes: sum((mount) => mount.usedInodes),
      at: "-",
      type: "-",
    };
    const available = sum(availableKb);
    rows.push(
      fields.map((field) =>
        field === "avail"
          ? size(available)
          : field === "pcent"
            ? share(all.usedKb, all.usedKb + available)
            : field === "file"
              ? "-"
              : cell[field]!(all, -1),
      ),
    );
  }
  // The least widths of GNU's df.
  const least: Record<string, number> = {
    source: 14,
    fstype: 4,
    size: 5,
    used: 5,
    avail: 5,
    pcent: 4,
    itotal: 5,
    iused: 5,
    iavail: 5,
    ipcent: 4,
  };
  const left = fields.flatMap((field, at) => (["source", "fstype", "file", "target"].includes(field) ? [at] : []));
  await ctx.stdout.write(
    aligned(
      rows,
      left,
      fields.map((field) => least[field] ?? 0),
    ),
  );
  return status;
};

/** `-t` and `-x` may be given several times: their values are joined. */
function repeated(argv: readonly string[]): string[] {
  const values: Record<string, string[]> = { t: [], x: [] };
  const rest: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const arg = argv[at]!;
    const long = /^--(type|exclude-type)(?:=(.*))?$/s.exec(arg);
    const short = /^-([tx])(.*)$/s.exec(arg);
    if (at === 0 || (!long && !short)) rest.push(arg);
    else {
      const letter = long ? (long[1] === "type" ? "t" : "x") : short![1]!;
      const value = (long ? long[2] : short![2] || undefined) ?? argv[++at];
      if (value === undefined) rest.push(arg);
      else values[letter]!.push(value);
    }
  }
  for (const letter of ["t", "x"]) if (values[letter]!.length > 0) rest.push(`-${letter}`, values[letter]!.join("\n"));
  return rest;
}

function thousands(bytes: number): string {
  let [value, at] = [bytes, 0];
  while (value >= 1000 && at < UNITS.length) {
    value /= 1000;
    at += 1;
  }
  if (at === 0) return String(bytes);
  const tenths = Math.ceil(value * 10) / 10;
  return `${tenths < 10 ? tenths.toFixed(1) : Math.ceil(value)}${at === 1 ? "k" : UNITS[at - 1]}`;
}

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
export function availableKb(mount: MountedSpace): number {
  return Math.max(0, Math.floor(mount.sizeKb * (mount.type === "ext4" ? 0.95 : 1)) - mount.usedKb);
}

function share(used: number, size: number): string {
  return size === 0 ? "-" : `${Math.ceil((used / size) * 100)}%`;
}
