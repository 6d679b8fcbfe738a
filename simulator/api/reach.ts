/**
 * From one node's pveproxy to another's, through the simulated network: does it get there, and if not, what does the
 * first one say, and after how long.
 */
import { nodeByAddress, pathIsUp, pathLatencyMs, pathOf } from "../cluster/network.ts";
import type { LabPort } from "../cluster/port.ts";
import type { LabState } from "../cluster/state.ts";
import { clusterView, mainAddress } from "./cluster-view.ts";
import { serviceRuns } from "./node-view.ts";

export type Reached =
  | { kind: "reached" }
  | { kind: "unknown"; message: string }
  | { kind: "unreachable"; reason: string };

/** ARP is asked three times, a second apart. Recorded: 3.0 to 3.1 s (34); less while an earlier failure is remembered. */
const NO_ROUTE_AFTER_MS = 3_060;
/** pveproxy gives a connection this long. Recorded: 30.0 s (58). */
const TIMED_OUT_AFTER_MS = 30_000;

/** Wait as long as the first node would for the second one's proxy. */
export async function reach(lab: LabPort, from: string, to: string, signal: AbortSignal): Promise<Reached> {
  const address = lab.read((state) => addressOf(state, from, to));
  if (address === undefined) {
    const lookup = `failed to get address info for: ${to}: Temporary failure in name resolution`;
    return { kind: "unknown", message: `hostname lookup '${to}' failed - ${lookup}` };
  }
  const fate = lab.read((state) => fateOf(state, from, address));
  switch (fate.kind) {
    case "no-route":
      await lab.sleep(NO_ROUTE_AFTER_MS, signal);
      return { kind: "unreachable", reason: "No route to host" };
    case "silence":
      await lab.sleep(TIMED_OUT_AFTER_MS, signal);
      return { kind: "unreachable", reason: "Connection timed out" };
    case "refused":
      return { kind: "unreachable", reason: "Connection refused" };
    case "arrives":
      // A slow path shows; a healthy one would only add events without meaning.
      if (fate.roundTripMs >= 1) await lab.sleep(4 * fate.roundTripMs, signal);
      return { kind: "reached" };
  }
}

/** What a connection to an address meets. */
function fateOf(
  state: Readonly<LabState>,
  from: string,
  address: string,
): { kind: "no-route" | "silence" | "refused" } | { kind: "arrives"; roundTripMs: number } {
  const lab = state as LabState;
  const target = nodeByAddress(lab, address);
  if (!target || lab.nodes[target.node]!.power !== "on") return { kind: "no-route" };
  if (target.node === from) return { kind: "arrives", roundTripMs: 0 };
  const { node, network } = target;
  if (!pathIsUp(lab, network, from, node) || !pathIsUp(lab, network, node, from)) return { kind: "no-route" };
  if (pathOf(lab, network, from, node).lossPercent >= 100 || pathOf(lab, network, node, from).lossPercent >= 100) {
    return { kind: "silence" };
  }
  if (!serviceRuns(lab, node, "pveproxy")) return { kind: "refused" };
  return {
    kind: "arrives",
    roundTripMs: pathLatencyMs(lab, network, from, node) + pathLatencyMs(lab, network, node, from),
  };
}

/** The address that a node knows another by: from its cluster, else from its /etc/hosts. */
function addressOf(state: Readonly<LabState>, from: string, to: string): string | undefined {
  const member = clusterView(state, from).members.find((candidate) => candidate.name === to);
  if (member?.ip !== undefined) return member.ip;
  return member ? mainAddress(state, to) : undefined;
}
