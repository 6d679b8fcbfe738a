/** What the kernel said since a node's last start, for `dmesg` and `journalctl -k`. The first lines are made up. */

import { KERNEL_RELEASE, NODE_CPUS } from "../../cluster/files/synthetic.ts";
import type { JournalLine } from "../../cluster/journal.ts";
import type { LabState } from "../../cluster/state.ts";

/** Milliseconds after the start, level of syslog, text. */
const BOOT_LINES: [afterMs: number, priority: number, text: string][] = [
  [0, 5, `Linux version ${KERNEL_RELEASE} (build@proxmox) #1 SMP PREEMPT_DYNAMIC PMX`],
  [0, 6, `Command line: BOOT_IMAGE=/boot/vmlinuz-${KERNEL_RELEASE} root=/dev/mapper/pve-root ro quiet`],
  [12, 6, "Hypervisor detected: KVM"],
  [180, 6, `smp: Brought up 1 node, ${NODE_CPUS} CPUs`],
  [960, 6, "virtio_net virtio2 ens18: renamed from eth0"],
  [1_240, 4, "device-mapper: thin: Data device (dm-3) discard unsupported: Disabling discard passdown."],
  [1_900, 6, "EXT4-fs (dm-1): mounted filesystem with ordered data mode. Quota mode: none."],
  [3_100, 6, "softdog: initialized. soft_noboot=0 soft_margin=60 sec soft_panic=0 (nowayout=0)"],
  [4_000, 6, "bridge: filtering via arp/ip/ip6tables is no longer available by default."],
  [4_020, 6, "vmbr0: port 1(ens18) entered blocking state"],
  [4_030, 6, "vmbr0: port 1(ens18) entered forwarding state"],
];

/** The kernel's lines of the present boot, oldest first. */
export function kernelLog(lab: Readonly<LabState>, node: string): JournalLine[] {
  const owner = lab.nodes[node];
  if (!owner) return [];
  return [
    ...bootLines(lab, node),
    ...owner.journal.filter(
      (line) => line.identifier === "kernel" && line.boot === owner.bootCount && !isFirstLine(line),
    ),
  ];
}

/** The whole journal with the kernel's first lines of the present boot where they belong. */
export function journalWithKernel(lab: Readonly<LabState>, node: string): readonly JournalLine[] {
  const owner = lab.nodes[node]!;
  const first = owner.journal.findIndex((line) => line.boot === owner.bootCount);
  // A journal that has lost this boot's beginning has lost these, too.
  const starts = owner.journal[first];
  const startMs = bootStartMs(lab, node);
  if (!starts || starts.wallMs > startMs + BEGINNING_MS) return owner.journal;
  const rest = owner.journal.slice(first).filter((line) => !isFirstLine(line));
  const early = bootLines(lab, node);
  const at = rest.findIndex((line) => line.wallMs > early.at(-1)!.wallMs);
  const before = at < 0 ? rest.length : at;
  const merged = [...early, ...rest.slice(0, before)].sort((a, b) => a.wallMs - b.wallMs);
  return [...owner.journal.slice(0, first), ...merged, ...rest.slice(before)];
}

/** Services say something well within this time of a start. */
const BEGINNING_MS = 60_000;

const isFirstLine = (line: Readonly<JournalLine>) =>
  line.identifier === "kernel" && line.text.startsWith("Linux version");

/** When the present boot began by the clock that the node had then, milliseconds since 1970: what its lines count from. */
export function bootStartMs(lab: Readonly<LabState>, node: string): number {
  const { journal, bootCount, bootedAtMs } = lab.nodes[node]!;
  const first = journal.find((line) => line.boot === bootCount);
  return first && isFirstLine(first) ? first.wallMs : Math.floor(bootedAtMs + lab.wallOffsetMs);
}

function bootLines(lab: Readonly<LabState>, node: string): JournalLine[] {
  const owner = lab.nodes[node]!;
  const startMs = bootStartMs(lab, node);
  return BOOT_LINES.map(([afterMs, priority, text]) => ({
    wallMs: startMs + afterMs,
    unit: "",
    identifier: "kernel",
    pid: 0,
    priority,
    text,
    boot: owner.bootCount,
  }));
}
