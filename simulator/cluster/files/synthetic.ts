/** /proc and /dev of a node, as little as programs ask for: read from the model each time, never stored. */
import { nodeOf } from "../kernel.ts";
import type { LabState } from "../state.ts";

/** A node looks like a small appliance: what /proc/meminfo and the API tell. */
export const NODE_MEMORY_BYTES = 8 * 1024 * 1024 * 1024;

/** Kernel of Proxmox VE 8.4. */
export const KERNEL_RELEASE = "6.8.12-20-pve";

export const DEVICES = ["null", "zero", "random", "urandom", "tty"] as const;

const procFiles: Record<string, (lab: Readonly<LabState>, node: string) => string> = {
  loadavg: (lab, node) =>
    `0.08 0.05 0.01 1/${180 + Object.keys(nodeOf(lab as LabState, node).processes).length} ${nodeOf(lab as LabState, node).nextPid}\n`,
  meminfo: () => {
    const totalKb = NODE_MEMORY_BYTES / 1024;
    const usedKb = 1_480_212;
    const lines: [string, number][] = [
      ["MemTotal", totalKb],
      ["MemFree", totalKb - usedKb - 612_480],
      ["MemAvailable", totalKb - usedKb],
      ["Buffers", 40_128],
      ["Cached", 572_352],
      ["SwapTotal", 0],
      ["SwapFree", 0],
    ];
    return lines.map(([name, kb]) => `${`${name}:`.padEnd(15)} ${String(kb).padStart(8)} kB\n`).join("");
  },
  uptime: (lab, node) => {
    const seconds = (lab.nowMs - nodeOf(lab as LabState, node).bootedAtMs) / 1000;
    return `${seconds.toFixed(2)} ${(seconds * 1.9).toFixed(2)}\n`;
  },
  cmdline: () => `BOOT_IMAGE=/boot/vmlinuz-${KERNEL_RELEASE} root=/dev/mapper/pve-root ro quiet\n`,
  cpuinfo: () =>
    [0, 1, 2, 3]
      .map(
        (cpu) =>
          `processor\t: ${cpu}\nvendor_id\t: GenuineIntel\ncpu family\t: 15\nmodel\t\t: 107\nmodel name\t: QEMU Virtual CPU version 2.5+\ncpu MHz\t\t: 2400.000\ncache size\t: 16384 KB\nphysical id\t: 0\nsiblings\t: 4\ncore id\t\t: ${cpu}\ncpu cores\t: 4\nflags\t\t: fpu de pse tsc msr pae mce cx8 apic sep pge cmov mmx sse sse2 syscall nx lm vmx hypervisor\n\n`,
      )
      .join(""),
  filesystems: () => "nodev\tproc\nnodev\ttmpfs\nnodev\tfuse\n\text4\n\tvfat\nnodev\tzfs\nnodev\tnfs4\n",
  mounts: (lab, node) =>
    `/dev/mapper/pve-root / ext4 rw,relatime,errors=remount-ro 0 0\nproc /proc proc rw,nosuid,nodev,noexec,relatime 0 0\ntmpfs /run tmpfs rw,nosuid,nodev,noexec,relatime 0 0\n${
      nodeOf(lab as LabState, node).pmxcfs.pid === 0
        ? ""
        : "/dev/fuse /etc/pve fuse rw,nosuid,nodev,relatime,user_id=0,group_id=0,default_permissions,allow_other 0 0\n"
    }`,
  swaps: () => "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n",
  version: () =>
    `Linux version ${KERNEL_RELEASE} (build@proxmox) (gcc (Debian 12.2.0-14+deb12u1) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) #1 SMP PREEMPT_DYNAMIC PMX ${KERNEL_RELEASE.replace("-pve", "")}\n`,
};

/** The text of a file under /proc; undefined when there is none of that name. */
export function procFile(lab: Readonly<LabState>, node: string, name: string): string | undefined {
  return Object.hasOwn(procFiles, name) ? procFiles[name]!(lab, node) : undefined;
}

export const PROC_NAMES = Object.keys(procFiles);
