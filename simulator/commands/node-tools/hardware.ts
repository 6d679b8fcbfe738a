/**
 * What a node says of its hardware, disks and kernel: `lsblk`, `blkid`, `lscpu`, `lsmod`, `lspci`, `mount`, `findmnt`.
 * A small appliance's fixed picture (docs/fidelity/shell.md): forms of util-linux 2.38, contents our own.
 */

import { PCI_DEVICES } from "../../cluster/files/pci-devices.ts";
import { NODE_CPUS } from "../../cluster/files/synthetic.ts";
import { departureTo } from "../../cluster/host-network/route-choice.ts";
import { storageMounts } from "../../cluster/storage/storage-files.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { type Arguments, complain, readArguments, refuseUsage, valuesOf } from "../coreutils/arguments.ts";
import { aligned } from "../coreutils/file-words.ts";
import { notModelled } from "../printed.ts";

interface Block {
  name: string;
  number: string;
  size: string;
  bytes: number;
  type: "disk" | "part" | "lvm" | "rom";
  at: string;
  fs: string;
  children: Block[];
}

const gib = (value: number) => value * 1024 ** 3;

function block(
  name: string,
  number: string,
  size: string,
  bytes: number,
  type: Block["type"],
  at = "",
  fs = "",
  children: Block[] = [],
): Block {
  return { name, number, size, bytes, type, at, fs, children };
}

/** What the root file system and local-lvm take of it is what `df` and `pvesm status` say. */
const DISKS: Block[] = [
  block("sda", "8:0", "96G", gib(96), "disk", "", "", [
    block("sda1", "8:1", "1007K", 1_031_168, "part"),
    block("sda2", "8:2", "512M", 536_870_912, "part", "/boot/efi", "vfat"),
    block("sda3", "8:3", "95.5G", gib(95.5), "part", "", "LVM2_member", [
      block("pve-swap", "252:0", "1G", gib(1), "lvm", "[SWAP]", "swap"),
      block("pve-root", "252:1", "28G", gib(28), "lvm", "/", "ext4"),
      block("pve-data_tmeta", "252:2", "1G", gib(1), "lvm", "", "", [
        block("pve-data", "252:4", "60G", gib(60), "lvm"),
      ]),
      block("pve-data_tdata", "252:3", "60G", gib(60), "lvm", "", "", [
        block("pve-data", "252:4", "60G", gib(60), "lvm"),
      ]),
    ]),
  ]),
  block("sr0", "11:0", "1024M", 1_073_741_312, "rom"),
];

const RIGHT = new Set(["HOTPLUG", "PHY-SEC", "RM", "RO", "ROTA", "SIZE"]);

export const lsblk: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "abdfiMo:lnpPrtJ", {
      ascii: "i",
      merge: "M",
      all: "a",
      bytes: "b",
      nodeps: "d",
      fs: "f",
      json: "J",
      list: "l",
      noheadings: "n",
      "output=": "o",
      paths: "p",
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags, operands } = args;
  const value: Record<string, (one: Block) => string> = {
    NAME: (one) => (flags.has("p") ? `/dev/${one.type === "lvm" ? "mapper/" : ""}${one.name}` : one.name),
    "MAJ:MIN": (one) =>
      one.number.replace(/^(\d+):(\d+)$/, (_, major, minor) => `${major.padStart(3)}:${minor.padEnd(3)}`),
    RM: (one) => (one.type === "rom" ? "1" : "0"),
    SIZE: (one) => (flags.has("b") ? String(one.bytes) : one.size),
    RO: () => "0",
    TYPE: (one) => one.type,
    MOUNTPOINTS: (one) => one.at,
    MOUNTPOINT: (one) => one.at,
    FSTYPE: (one) => one.fs,
    MODEL: (one) => (one.type === "disk" ? "QEMU HARDDISK" : ""),
    HOTPLUG: (one) => (one.type === "rom" ? "1" : "0"),
    ROTA: () => "1",
    "PHY-SEC": () => "512",
    TRAN: () => "",
    WWN: () => "",
  };
  const usual = flags.has("f")
    ? ["NAME", "FSTYPE", "MOUNTPOINTS"]
    : ["NAME", "MAJ:MIN", "RM", "SIZE", "RO", "TYPE", "MOUNTPOINTS"];
  const asked = flags.get("o")?.toUpperCase();
  const columns = [
    ...(asked === undefined || asked.startsWith("+") ? usual : []),
    ...(asked?.replace(/^\+/, "").split(",") ?? []),
  ].filter((name) => value[name]);
  const wanted = operands.map((name) => name.replace(/^\/dev\//, ""));
  const missing = wanted.find((name) => !find(DISKS, name));
  if (missing !== undefined) {
    await complain(ctx, `/dev/${missing}: not a block device`);
    return 32;
  }
  const roots = wanted.length ? wanted.map((name) => find(DISKS, name)!) : DISKS;
  if (flags.has("J")) {
    const asObject = (one: Block): unknown => ({
      ...Object.fromEntries(
        columns.map((name) => [name.toLowerCase(), name === "MOUNTPOINTS" ? [one.at || null] : value[name]!(one)]),
      ),
      ...(one.children.length && !flags.has("d") && { children: one.children.map(asObject) }),
    });
    await ctx.stdout.write(`${JSON.stringify({ blockdevices: roots.map(asObject) }, undefined, 3)}\n`);
    return 0;
  }
  const rows: string[][] = flags.has("n") ? [] : [columns];
  const [branch, last, bar] = flags.has("i") ? ["|-", "`-", "| "] : ["├─", "└─", "│ "];
  const add = (one: Block, prefix: string, mark: string) => {
    rows.push(
      columns.map((name) => (name === "NAME" && !flags.has("l") ? `${prefix}${mark}` : "") + value[name]!(one)),
    );
    if (flags.has("d")) return;
    const deeper = mark === "" ? "" : `${prefix}${mark === branch ? bar : "  "}`;
    for (const [at, child] of one.children.entries())
      add(child, deeper, at === one.children.length - 1 ? last! : branch!);
  };
  for (const root of roots) add(root, "", "");
  const left = columns.flatMap((name, at) => (RIGHT.has(name) ? [] : [at]));
  await ctx.stdout.write(aligned(rows, left));
  return 0;
};

function find(blocks: readonly Block[], name: string): Block | undefined {
  for (const one of blocks) {
    if (one.name === name || `mapper/${one.name}` === name) return one;
    const below = find(one.children, name);
    if (below) return below;
  }
  return undefined;
}

export const blkid: Program = async (ctx) => {
  await ctx.stdout.write(
    '/dev/sda2: UUID="2C1D-7A44" BLOCK_SIZE="512" TYPE="vfat"\n/dev/sda3: UUID="q1vJ0P-6mBt-Wd4s-Yx2L-kR9u-Ze7h-Nc3fGa" TYPE="LVM2_member"\n/dev/mapper/pve-root: UUID="5e0b7c1e-6a52-4a0c-9d1f-3b9f7c2a8d60" BLOCK_SIZE="4096" TYPE="ext4"\n',
  );
  return 0;
};

export const lscpu: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "aBbCce?hJp?s:Vxy", {
      "extended?": "e",
      json: "J",
      "parse?": "p",
      version: "V",
      help: "h",
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags } = args;
  const each = Array.from({ length: NODE_CPUS }, (_, cpu) => cpu);
  if (flags.has("e")) {
    const lines = each.map(
      (cpu) => `  ${cpu}    0      0 ${String(cpu).padStart(4)} ${cpu}:${cpu}:${cpu}:0          yes\n`,
    );
    await ctx.stdout.write(`CPU NODE SOCKET CORE L1d:L1i:L2:L3 ONLINE\n${lines.join("")}`);
    return 0;
  }
  if (flags.has("p")) {
    await ctx.stdout.write(
      `# The following is the parsable format, which can be fed to other\n# programs. Each different item in every column has an unique ID\n# starting usually from zero.\n# CPU,Core,Socket,Node,,L1d,L1i,L2,L3\n${each.map((cpu) => `${cpu},${cpu},0,0,,${cpu},${cpu},${cpu},0\n`).join("")}`,
    );
    return 0;
  }
  const other = ["C", "V", "h", "x"].find((letter) => flags.has(letter));
  if (other) {
    await ctx.stderr.write(notModelled("lscpu", `-${other}`));
    return 1;
  }
  const rows: [string, string][] = [
    ["Architecture:", "x86_64"],
    ["  CPU op-mode(s):", "32-bit, 64-bit"],
    ["  Address sizes:", "40 bits physical, 48 bits virtual"],
    ["  Byte Order:", "Little Endian"],
    ["CPU(s):", String(NODE_CPUS)],
    ["  On-line CPU(s) list:", `0-${NODE_CPUS - 1}`],
    ["Vendor ID:", "GenuineIntel"],
    ["  Model name:", "QEMU Virtual CPU version 2.5+"],
    ["    Thread(s) per core:", "1"],
    ["    Core(s) per socket:", String(NODE_CPUS)],
    ["    Socket(s):", "1"],
    ["Virtualization features:", ""],
    ["  Virtualization:", "VT-x"],
    ["  Hypervisor vendor:", "KVM"],
    ["  Virtualization type:", "full"],
    ["NUMA:", ""],
    ["  NUMA node(s):", "1"],
    ["  NUMA node0 CPU(s):", `0-${NODE_CPUS - 1}`],
  ];
  if (flags.has("J")) {
    const lines = rows.map(
      ([name, text]) =>
        `{\n         "field": ${JSON.stringify(name.trim())},\n         "data": ${text === "" ? "null" : JSON.stringify(text)}\n      }`,
    );
    await ctx.stdout.write(`{\n   "lscpu": [\n      ${lines.join(",")}\n   ]\n}\n`);
    return 0;
  }
  await ctx.stdout.write(
    rows
      .map(([name, text]) => `${name.padEnd(33)}${text}`.trimEnd())
      .join("\n")
      .concat("\n"),
  );
  return 0;
};

export const lsmod: Program = async (ctx) => {
  await ctx.stdout.write(modulesText());
  return 0;
};

function modulesText(): string {
  const modules: [string, number, string][] = [
    ["kvm_intel", 487424, "0"],
    ["kvm", 1404928, "1 kvm_intel"],
    ["softdog", 16384, "2"],
    ["nf_tables", 385024, "0"],
    ["bridge", 421888, "0"],
    ["stp", 12288, "1 bridge"],
    ["llc", 16384, "2 bridge,stp"],
    ["dm_thin_pool", 94208, "1"],
    ["virtio_net", 110592, "0"],
    ["virtio_scsi", 28672, "2"],
    ["zfs", 6602752, "0"],
    ["spl", 176128, "1 zfs"],
  ];
  return `Module                  Size  Used by\n${modules.map(([name, size, used]) => `${name.padEnd(19)}${String(size).padStart(9)}  ${used}\n`).join("")}`;
}

export const lspci: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "nkvqDtmbxs:d:", { version: "version" });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags } = args;
  const other = ["v", "t", "m", "x", "b"].find((letter) => flags.has(letter));
  if (other) {
    await ctx.stderr.write(notModelled("lspci", `-${other}`));
    return 1;
  }
  if (flags.has("version")) {
    await ctx.stdout.write("lspci version 3.9.0\n");
    return 0;
  }
  const numbers = valuesOf(args, "n").length;
  const [bare, both] = [numbers === 1, numbers > 1];
  const shown = PCI_DEVICES.filter(
    (one) =>
      (!flags.has("s") || one.slot.startsWith(flags.get("s")!.replace(/^0000:/, ""))) &&
      (!flags.has("d") || one.id.includes(flags.get("d")!)),
  );
  const lines = shown.map(({ slot, kind, kindId, vendor, name, id, driver }) => {
    const revision = kind.startsWith("Host") || kind.startsWith("VGA") ? " (rev 02)" : "";
    const device = name === "" ? `Device ${both ? "" : id}`.trimEnd() : `${vendor} ${name}`;
    const head = bare ? `${kindId}: ${id}` : `${kind}${both ? ` [${kindId}]` : ""}: ${device}${both ? ` [${id}]` : ""}`;
    const used = flags.has("k") && driver ? `\tKernel driver in use: ${driver}\n` : "";
    return `${flags.has("D") ? "0000:" : ""}${slot} ${head}${revision}\n${used}`;
  });
  await ctx.stdout.write(lines.join(""));
  return 0;
};

interface Mount {
  source: string;
  at: string;
  type: string;
  options: string;
}

/** What is mounted now: pmxcfs while it runs, NFS exports as they are configured. */
function mounts(ctx: ProgramContext): Mount[] {
  const pmxcfs = ctx.lab.read((lab) => (lab.nodes[ctx.node]?.pmxcfs?.pid ?? 0) !== 0);
  const rw = "rw,nosuid,nodev,noexec,relatime";
  return [
    { source: "/dev/mapper/pve-root", at: "/", type: "ext4", options: "rw,relatime,errors=remount-ro" },
    { source: "sysfs", at: "/sys", type: "sysfs", options: rw },
    { source: "proc", at: "/proc", type: "proc", options: rw },
    { source: "udev", at: "/dev", type: "devtmpfs", options: "rw,nosuid,relatime,mode=755,inode64" },
    {
      source: "tmpfs",
      at: "/run",
      type: "tmpfs",
      options: "rw,nosuid,nodev,noexec,relatime,size=819200k,mode=755,inode64",
    },
    { source: "/dev/sda2", at: "/boot/efi", type: "vfat", options: "rw,relatime,fmask=0022,dmask=0022" },
    ...(pmxcfs
      ? [
          {
            source: "/dev/fuse",
            at: "/etc/pve",
            type: "fuse",
            options: "rw,nosuid,nodev,relatime,user_id=0,group_id=0,default_permissions,allow_other",
          },
        ]
      : []),
    ...nfsMounts(ctx),
  ];
}

/** @source nfs(5), what Linux 6.8 shows of a mount with default options (unverified) */
function nfsMounts(ctx: ProgramContext): Mount[] {
  return ctx.lab.read((lab) => {
    const own = lab.nodes[ctx.node]?.net;
    // Inside a guest there is no node to ask.
    if (!own) return [];
    return storageMounts(lab, ctx.node).map(({ at, server, path }) => {
      const departure = departureTo(own, server);
      const client = departure.kind === "device" ? departure.source : undefined;
      return {
        source: `${server}:${path}`,
        at,
        type: "nfs4",
        options: `rw,relatime,vers=4.2,rsize=1048576,wsize=1048576,namlen=255,hard,proto=tcp,timeo=600,retrans=2,sec=sys,clientaddr=${client},local_lock=none,addr=${server}`,
      };
    });
  });
}

export const mount: Program = async (ctx) => {
  const words = ctx.argv.slice(1);
  const type = words[words.indexOf("-t") + 1];
  if (words.length > 0 && !(words.length === 2 && words[0] === "-t")) {
    await complain(ctx, "mounting is not modelled in this simulated node yet");
    return 1;
  }
  const shown = mounts(ctx).filter((one) => words.length === 0 || one.type === type);
  await ctx.stdout.write(shown.map((one) => `${one.source} on ${one.at} type ${one.type} (${one.options})\n`).join(""));
  return 0;
};

export const umount: Program = async (ctx) => {
  const target = ctx.argv.slice(1).find((word) => !word.startsWith("-"));
  const known = mounts(ctx).some((one) => one.at === target || one.source === target);
  if (!target) await complain(ctx, "bad usage\nTry 'umount --help' for more information.");
  else await complain(ctx, known ? `${target}: target is busy.` : `${target}: not mounted.`);
  return target ? 32 : 1;
};

export const findmnt: Program = async (ctx) => {
  const operand = ctx.argv.slice(1).find((word) => !word.startsWith("-"));
  const shown = mounts(ctx).filter((one) => operand === undefined || one.at === operand || one.source === operand);
  if (shown.length === 0) return 1;
  const isAscii = ctx.argv.some((word) => /^(?:--ascii|-\w*a\w*)$/.test(word));
  const [branch, last] = isAscii ? ["|-", "`-"] : ["├─", "└─"];
  const row = (cells: string[]) =>
    `${cells[0]!.padEnd(12)} ${cells[1]!.padEnd(20)} ${cells[2]!.padEnd(8)} ${cells[3]}\n`;
  const name = (one: Mount) =>
    operand === undefined && one.at !== "/" ? `${one === shown.at(-1) ? last : branch}${one.at}` : one.at;
  await ctx.stdout.write(
    row(["TARGET", "SOURCE", "FSTYPE", "OPTIONS"]) +
      shown.map((one) => row([name(one), one.source, one.type, one.options])).join(""),
  );
  return 0;
};
