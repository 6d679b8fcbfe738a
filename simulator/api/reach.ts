/**
 * From one node's pveproxy to another's, through the simulated network: does it get there, and if not, what does the
 * first one say, and after how long.
 */
import { mainAddressOf } from "../cluster/host-network/node-address.ts";
import { reachApi, tcpTarget } from "../cluster/join/reach.ts";
import { pathLatencyMs, pathOf } from "../cluster/network.ts";
import type { LabPort } from "../cluster/port.ts";
import type { LabState } from "../cluster/state.ts";
import { clusterView } from "./cluster-view.ts";

export type Reached =
  | { kind: "reached" }
  | { kind: "unknown"; message: string }
  | { kind: "unreachable"; reason: string };

/** pveproxy gives a connection this long. Recorded: 30.0 s (58). */
const TIMED_OUT_AFTER_MS = 30_000;
/** A healthy path takes less; waiting for it would only add instants without meaning. */
const WORTH_WAITING_MS = 5;

/** Wait as long as the first node would for the second one's proxy. */
export async function reach(lab: LabPort, from: string, to: string, signal: AbortSignal): Promise<Reached> {
  const address = lab.read((state) => addressOf(state, from, to));
  if (address === undefined) {
    const lookup = `failed to get address info for: ${to}: Temporary failure in name resolution`;
    return { kind: "unknown", message: `hostname lookup '${to}' failed - ${lookup}` };
  }
  const fate = lab.read((state) => fateOf(state, from, address));
  if (fate.afterMs >= WORTH_WAITING_MS) await lab.sleep(fate.afterMs, signal);
  return fate.reason === undefined ? { kind: "reached" } : { kind: "unreachable", reason: fate.reason };
}

/** What a connection to an address meets, and how long it takes to find out. */
function fateOf(state: Readonly<LabState>, from: string, address: string): { reason?: string; afterMs: number } {
  const reach = reachApi(state, from, address);
  if (reach.state === "closed") return reach;
  const lab = state as LabState;
  const target = tcpTarget(lab, from, address);
  if ("reason" in target || target.network === undefined) return { afterMs: 0 };
  const { network } = target;
  const ways = [
    [from, reach.node],
    [reach.node, from],
  ] as const;
  if (ways.some(([a, b]) => pathOf(lab, network, a, b).lossPercent >= 100)) {
    return { reason: "Connection timed out", afterMs: TIMED_OUT_AFTER_MS };
  }
  // TCP, TLS and the request itself are four round trips.
  return { afterMs: 4 * ways.reduce((sum, [a, b]) => sum + pathLatencyMs(lab, network, a, b), 0) };
}

/** The address that a node knows another by: from its cluster, else from its /etc/hosts. */
function addressOf(state: Readonly<LabState>, from: string, to: string): string | undefined {
  const member = clusterView(state, from).members.find((candidate) => candidate.name === to);
  if (member?.ip !== undefined) return member.ip;
  return member ? mainAddressOf(state, to) : undefined;
}
