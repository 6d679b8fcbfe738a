/**
 * What a simulated node tells of its hardware: a small appliance of Proxmox VE 8.4. Made up, not recorded; the recorded
 * nodes' figures are those of the host that ran them (docs/fidelity.md).
 */
import type { LabState } from "../cluster/state.ts";

const GIB = 1024 ** 3;

export const APPLIANCE = {
  version: "8.4.21",
  release: "8.4",
  repoId: "2606ac850d46da29",
  kernelRelease: "6.8.12-15-pve",
  kernelVersion: "#1 SMP PREEMPT_DYNAMIC PMX 6.8.12-15 (2025-09-12T11:02Z)",
  cpus: 2,
  cpuModel: "QEMU Virtual CPU version 2.5+",
  cpuMhz: "2596.138",
  memoryBytes: 4 * GIB,
  swapBytes: GIB,
  rootBytes: 28 * GIB,
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
  const state = lab.nodes[node]!;
  const uptimeSeconds = state.power === "on" ? Math.max(0, Math.floor((lab.nowMs - state.bootedAtMs) / 1000)) : 0;
  // Real nodes publish their figures every ten seconds.
  const wave = Math.sin(Math.floor(lab.nowMs / 10_000) * 1.7 + node.length + node.charCodeAt(node.length - 1));
  const cpuFraction = 0.012 + 0.008 * (wave + 1);
  return {
    uptimeSeconds,
    cpuFraction,
    memoryBytes: Math.round(1.18 * GIB + 12_000_000 * wave),
    rootBytes: Math.round(3.4 * GIB) + state.files.usedBytes,
    loadAverage: [(0.05 + 0.04 * (wave + 1)).toFixed(2), "0.07", "0.04"],
  };
}
