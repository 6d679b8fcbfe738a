/** `df`: what is mounted and how full it is. @source coreutils 9.1, its own output */
import { NODE_MEMORY_BYTES, NODE_ROOT_BYTES } from "../../cluster/files/synthetic.ts";
import type { LabState } from "../../cluster/state.ts";
import { type StorageMount, storageMounts } from "../../cluster/storage/storage-files.ts";
import { storageSpace } from "../../cluster/storage/volumes.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { type Arguments, complain, pathIn, readArguments, refuseUsage, valuesOf } from "./arguments.ts";
import { aligned, humanSize } from "./file-words.ts";

interface MountedSpace {
  device: string;
  sizeKb: number;
  usedKb: number;
  /** Where it does not follow from the others. */
  availableKb?: number;
  inodes: number;
  usedInodes: number;
  at: string;
  type: string;
  /** Named by the user, who wants the file system on which it lies. */
  file?: string;
}

/** What is mounted and how full it is; the root file system as `pvesm status` has it. */
export function mountedSpace(ctx: Pick<ProgramContext, "lab" | "node">): MountedSpace[] {
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

/** The one on which a path lies. */
export function mountOf<Mount extends { at: string }>(mounts: readonly Mount[], path: string): Mount {
  return mounts
    .filter(({ at }) => path === at || path.startsWith(at === "/" ? "/" : `${at}/`))
    .toSorted((a, b) => b.at.length - a.at.length)[0]!;
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

/** Of `--output`: how a field is headed, its least width in GNU's df, and what it holds. */
interface Field {
  head: string;
  least?: number;
  left?: boolean;
  cell(mount: MountedSpace): string;
}

const UNITS = "KMGTPE";

/** Bytes of one block, and the unit behind each figure when the option named one alone: `-BG`. */
export function blockSize(text: string): { bytes: number; suffix: string; head: string } | undefined {
  const [, count, unit, thousands] = /^(\d*)([KMGTPE]?)(B|iB)?$/i.exec(text) ?? [];
  if (count === undefined || unit === undefined || count + unit === "") return undefined;
  const base = thousands?.toUpperCase() === "B" && unit !== "" ? 1000 : 1024;
  const bytes = Number(count || 1) * base ** (unit === "" ? 0 : UNITS.indexOf(unit.toUpperCase()) + 1);
  if (bytes < 1) return undefined;
  return {
    bytes,
    suffix: count === "" ? unit.toUpperCase() + (base === 1000 ? "B" : "") : "",
    head:
      unit === "" && bytes % 1024 === 0
        ? `${bytes / 1024}K`
        : `${count || 1}${unit.toUpperCase()}${base === 1000 || unit === "" ? "B" : ""}`,
  };
}

export const df: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "aB:hHiklmPTt:vx:", {
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
  const size = (kb: number) =>
    human
      ? humanSize(kb * 1024, flags.has("H") ? 1000 : 1024)
      : `${Math.ceil((kb * 1024) / block.bytes)}${block.suffix}`;
  const count = (value: number) => (human ? humanSize(value) : String(value));
  const output = flags.get("output");
  const known: Record<string, Field> = {
    source: { head: "Filesystem", least: 14, left: true, cell: (mount) => mount.device },
    fstype: { head: "Type", least: 4, left: true, cell: (mount) => mount.type },
    itotal: { head: "Inodes", least: 5, cell: (mount) => count(mount.inodes) },
    iused: { head: "IUsed", least: 5, cell: (mount) => count(mount.usedInodes) },
    iavail: { head: "IFree", least: 5, cell: (mount) => count(mount.inodes - mount.usedInodes) },
    ipcent: { head: "IUse%", least: 4, cell: (mount) => share(mount.usedInodes, mount.inodes) },
    size: {
      head: human ? "Size" : `${flags.has("P") ? String(block.bytes) : block.head}-blocks`,
      least: 5,
      cell: (mount) => size(mount.sizeKb),
    },
    used: { head: "Used", least: 5, cell: (mount) => size(mount.usedKb) },
    avail: {
      head: human || output !== undefined ? "Avail" : "Available",
      least: 5,
      cell: (mount) => size(availableKb(mount)),
    },
    pcent: {
      head: flags.has("P") ? "Capacity" : "Use%",
      least: 4,
      cell: (mount) => share(mount.usedKb, mount.usedKb + availableKb(mount)),
    },
    file: { head: "File", left: true, cell: (mount) => mount.file ?? "-" },
    target: { head: "Mounted on", left: true, cell: (mount) => mount.at },
  };
  const asked = output === undefined ? undefined : output === "" ? Object.keys(known) : output.split(",");
  const bad = asked?.find((field) => !Object.hasOwn(known, field));
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
  for (const operand of args.operands) {
    const path = pathIn(ctx, operand);
    if (!(await ctx.files.stat(path).catch(() => undefined))) {
      await complain(ctx, `${operand}: No such file or directory`);
      status = 1;
      continue;
    }
    wanted.push({ ...mountOf(mounted, path), file: operand });
  }
  const only = valuesOf(args, "t");
  const without = valuesOf(args, "x");
  wanted = wanted.filter(({ type }) => (only.length === 0 || only.includes(type)) && !without.includes(type));
  if (wanted.length === 0) {
    if (status === 0) await complain(ctx, "no file systems processed");
    return 1;
  }
  const names = asked ?? [
    "source",
    ...(flags.has("T") ? ["fstype"] : []),
    ...(flags.has("i") ? ["itotal", "iused", "iavail", "ipcent"] : ["size", "used", "avail", "pcent"]),
    "target",
  ];
  const fields = names.map((name) => known[name]!);
  const shown = flags.has("total") ? [...wanted, totalOf(wanted)] : wanted;
  const rows = [fields.map(({ head }) => head), ...shown.map((mount) => fields.map(({ cell }) => cell(mount)))];
  const left = fields.flatMap((field, at) => (field.left ? [at] : []));
  await ctx.stdout.write(
    aligned(
      rows,
      left,
      fields.map(({ least }) => least ?? 0),
    ),
  );
  return status;
};

function totalOf(mounts: readonly MountedSpace[]): MountedSpace {
  const sum = (pick: (mount: MountedSpace) => number) => mounts.reduce((total, mount) => total + pick(mount), 0);
  return {
    device: "total",
    sizeKb: sum((mount) => mount.sizeKb),
    usedKb: sum((mount) => mount.usedKb),
    availableKb: sum(availableKb),
    inodes: sum((mount) => mount.inodes),
    usedInodes: sum((mount) => mount.usedInodes),
    at: "-",
    type: "-",
  };
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
  return mount.availableKb ?? Math.max(0, Math.floor(mount.sizeKb * (mount.type === "ext4" ? 0.95 : 1)) - mount.usedKb);
}

function share(used: number, size: number): string {
  return size === 0 ? "-" : `${Math.ceil((used / size) * 100)}%`;
}
