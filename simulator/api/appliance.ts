/**
 * What a simulated node tells of its hardware: a small appliance of Proxmox VE 8.4. Made up, not recorded; the recorded
 * nodes' figures are those of the host that ran them (docs/fidelity.md).
 */
import {
  figureWave,
  KERNEL_RELEASE,
  loadAverage,
  NODE_CPUS,
  NODE_MEMORY_BYTES,
  NODE_ROOT_BYTES,
  NODE_SWAP_BYTES,
  NODE_USED_BYTES,
} from "../cluster/files/synthetic.ts";
import type { LabState } from "../cluster/state.ts";

const GIB = 1024 ** 3;

export const APPLIANCE = {
  version: "8.4.21",
  release: "8.4",
  repoId: "2606ac850d46da29",
  kernelRelease: KERNEL_RELEASE,
  kernelVersion: `#1 SMP PREEMPT_DYNAMIC PMX ${KERNEL_RELEASE.replace("-pve", "")}`,
  cpus: NODE_CPUS,
  cpuModel: "QEMU Virtual CPU version 2.5+",
  cpuMhz: "2596.138",
  memoryBytes: NODE_MEMORY_BYTES,
  swapBytes: NODE_SWAP_BYTES,
  rootBytes: NODE_ROOT_BYTES,
} as const;

export interface Load {
  uptimeSeconds: number;
  /** 0 to 1. */
  cpuFraction: number;
  memoryBytes: number;
  rootBytes: number;
  loadAverage: [string, string, string];
}

/** What a node is busy with now: little, and moving a little with model time, the same for everybody who asks. */
export function loadOf(lab: Readonly<LabState>, node: string): Load {
  return loadAt(lab, node, lab.nowMs);
}

/** The same at a time of the past, since the node's boot. @param nowMs model time */
export function loadAt(lab: Readonly<LabState>, node: string, nowMs: number): Load {
  const state = lab.nodes[node]!;
  const uptimeSeconds = state.power === "on" ? Math.max(0, Math.floor((nowMs - state.bootedAtMs) / 1000)) : 0;
  const wave = figureWave({ nowMs }, node);
  const cpuFraction = 0.012 + 0.008 * (wave + 1);
  return {
    uptimeSeconds,
    cpuFraction,
    memoryBytes: Math.round(NODE_USED_BYTES + 12_000_000 * wave),
    rootBytes: Math.round(3.4 * GIB) + state.files.usedBytes,
    loadAverage: loadAverage({ nowMs }, node),
  };
}
