/**
 * The lab's networks: NICs on switches, and what happens to a packet between two nodes.
 *
 * A path exists for each ordered pair of nodes on each network. Faults are kept by path; a path without a fault has
 * the network's own latency and no loss.
 */
import { nodeOf } from "./kernel.ts";
import type { LabState } from "./state.ts";

export interface NetworkState {
  /** By name: `lan` (the nodes' main network), `cluster` when a lab has a second one. */
  networks: Record<string, { subnet: string; prefixLength: number }>;
  /** By `pathKey(network, from, to)`: only paths that have a fault. */
  faults: Record<string, PathFault>;
  /** By `network/node`: cables that are pulled at the switch. */
  unplugged: Record<string, true>;
}

export interface PathFault {
  up: boolean;
  /** Added one-way latency in milliseconds. */
  latencyMs: number;
  /** 0 to 100. */
  lossPercent: number;
}

/** One-way latency of a healthy path, milliseconds: a switch in the same rack. */
export const BASE_LATENCY_MS = 0.2;

export function pathKey(network: string, from: string, to: string): string {
  return `${network}/${from}/${to}`;
}

/** The fault on a directed path, or a healthy one. */
export function pathOf(lab: LabState, network: string, from: string, to: string): PathFault {
  return lab.network.faults[pathKey(network, from, to)] ?? { up: true, latencyMs: 0, lossPercent: 0 };
}

/**
 * Whether a packet sent now arrives at the other node's NIC at all: both NICs up, both cables in, the path not cut.
 * Says nothing of power or of loss.
 */
export function pathIsUp(lab: LabState, network: string, from: string, to: string): boolean {
  const nicUp = (name: string) =>
    nodeOf(lab, name).nics.some((nic) => nic.network === network && nic.adminUp) &&
    !lab.network.unplugged[`${network}/${name}`];
  return from === to || (nicUp(from) && nicUp(to) && pathOf(lab, network, from, to).up);
}

/** One-way latency of a directed path in milliseconds. */
export function pathLatencyMs(lab: LabState, network: string, from: string, to: string): number {
  return from === to ? 0.02 : BASE_LATENCY_MS + pathOf(lab, network, from, to).latencyMs;
}

/** Which node has this address, on which of its NICs; undefined when none has. */
export function nodeByAddress(lab: LabState, address: string): { node: string; network: string } | undefined {
  for (const node of Object.values(lab.nodes)) {
    const nic = node.nics.find((candidate) => candidate.address === address);
    if (nic) return { node: node.name, network: nic.network };
  }
  return undefined;
}
