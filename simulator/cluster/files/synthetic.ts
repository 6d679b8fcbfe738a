/** /proc and /dev of a node, as little as programs ask for: read from the model each time, never stored. */
import { nodeOf } from "../kernel.ts";
import type { LabState } from "../state.ts";

const GIB = 1024 ** 3;

/** A node looks like a small appliance: what /proc, the commands and the API tell of it. Made up. */
export const NODE_MEMORY_BYTES = 4 * GIB;
export const NODE_SWAP_BYTES = GIB;
export const NODE_ROOT_BYTES = 28 * GIB;
export const NODE_CPUS = 2;

/** What runs on a node takes about so much, without its guests. */
export const NODE_USED_BYTES = Math.round(1.18 * GIB);

/** Kernel of Proxmox VE 8.4. */
export const KERNEL_RELEASE = "6.8.12-20-pve";

/** Over 1, 5 and 15 minutes; moves a little with model time, as every figure of an idle node. */
export function loadAverage(lab: Pick<LabState, "nowMs">, node: string): [string, string, string] {
  return [(0.05 + 0.04 * (figureWave(lab, node) + 1)).toFixed(2), "0.07", "0.04"];
}

/** -1 to 1: a figure's sway, new every ten seconds as nodes publish them, the same for everybody who asks. */
export function figureWave(lab: Pick<LabState, "nowMs">, node: string): number {
  return Math.sin(Math.floor(lab.nowMs / 10_000) * 1.7 + node.length + node.charCodeAt(node.length - 1));
}

export const DEVICES = ["null", "zero", "random", "urandom", "tty"] as const;

const procFiles: Record<string, (lab: Readonly<LabState>, node: string) => string> = {
  loadavg: (lab, node) =>
    `${loadAverage(lab, node).join(" ")} 1/${180 + Object.keys(nodeOf(lab as LabState, node).processes).length} ${nodeOf(lab as LabState, node).nextPid}\n`,
  meminfo: () => {
    const totalKb = NODE_MEMORY_BYTES / 1024;
    const usedKb = Math.round(NODE_USED_BYTES / 1024);
    const lines: [string, number][] = [
      ["MemTotal", totalKb],
      ["MemFree", totalKb - usedKb - 612_480],
      ["MemAvailable", totalKb - usedKb],
      ["Buffers", 40_128],
      ["Cached", 572_352],
      ["SwapTotal", NODE_SWAP_BYTES / 1024],
      ["SwapFree", NODE_SWAP_BYTES / 1024],
    ];
    return lines.map(([name, kb]) => `${`${name}:`.padEnd(15)} ${String(kb).padStart(8)} kB\n`).join("");
  },
  uptime: (lab, node) => {
    const seconds = (lab.nowMs - nodeOf(lab as LabState, node).bootedAtMs) / 1000;
    return `${seconds.toFixed(2)} ${(seconds * 1.9).toFixed(2)}\n`;
  },
  cmdline: () => `BOOT_IMAGE=/boot/vmlinuz-${KERNEL_RELEASE} root=/dev/mapper/pve-root ro quiet\n`,
  cpuinfo: () =>
    Array.from({ length: NODE_CPUS }, (_, cpu) => cpu)
      .map(
        (cpu) =>
          `processor\t: ${cpu}\nvendor_id\t: GenuineIntel\ncpu family\t: 15\nmodel\t\t: 107\nmodel name\t: QEMU Virtual CPU version 2.5+\ncpu MHz\t\t: 2400.000\ncache size\t: 16384 KB\nphysical id\t: 0\nsiblings\t: ${NODE_CPUS}\ncore id\t\t: ${cpu}\ncpu cores\t: ${NODE_CPUS}\nflags\t\t: fpu de pse tsc msr pae mce cx8 apic sep pge cmov mmx sse sse2 syscall nx lm vmx hypervisor\n\n`,
      )
      .join(""),
  filesystems: () => "nodev\tproc\nnodev\ttmpfs\nnodev\tfuse\n\text4\n\tvfat\nnodev\tzfs\nnodev\tnfs4\n",
  mounts: (lab, node) =>
    `/dev/mapper/pve-root / ext4 rw,relatime,errors=remount-ro 0 0\nproc /proc proc rw,nosuid,nodev,noexec,relatime 0 0\ntmpfs /run tmpfs rw,nosuid,nodev,noexec,relatime 0 0\n${
      nodeOf(lab as LabState, node).pmxcfs.pid === 0
        ? ""
        : "/dev/fuse /etc/pve fuse rw,nosuid,nodev,relatime,user_id=0,group_id=0,default_permissions,allow_other 0 0\n"
    }`,
  swaps: () =>
    "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/dev/dm-0                               partition\t1048572\t\t0\t\t-2\n",
  version: () =>
    `Linux version ${KERNEL_RELEASE} (build@proxmox) (gcc (Debian 12.2.0-14+deb12u1) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) #1 SMP PREEMPT_DYNAMIC PMX ${KERNEL_RELEASE.replace("-pve", "")}\n`,
};

/** The text of a file under /proc; undefined when there is none of that name. */
export function procFile(lab: Readonly<LabState>, node: string, name: string): string | undefined {
  return Object.hasOwn(procFiles, name) ? procFiles[name]!(lab, node) : undefined;
}

export const PROC_NAMES = Object.keys(procFiles);
