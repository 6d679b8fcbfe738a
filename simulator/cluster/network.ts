/**
 * The lab's networks: NICs on switches, and what happens to a packet between two nodes.
 *
 * A path exists for each ordered pair of nodes on each network. Faults are kept by path; a path without a fault has
 * the network's own latency and no loss.
 */
import { disturb } from "./corosync/world.ts";
import { changeDevice } from "./host-network/device-changes.ts";
import { deviceNamed } from "./host-network/network-stack.ts";
import { changeNetwork } from "./host-network/node-network.ts";
import { leadsTo } from "./host-network/segments.ts";
import { nodeOf } from "./kernel.ts";
import { Refusal } from "./refusal.ts";
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

function pathKey(network: string, from: string, to: string): string {
  return `${network}/${from}/${to}`;
}

/** The fault on a directed path, or a healthy one. */
export function pathOf(lab: LabState, network: string, from: string, to: string): PathFault {
  return lab.network.faults[pathKey(network, from, to)] ?? { up: true, latencyMs: 0, lossPercent: 0 };
}

/**
 * Whether a packet sent now arrives at the other node's NIC at all: both NICs up, both cables in, the path not cut.
 * Says nothing of addresses and routes (`host-network/reaching.ts`), of power or of loss.
 */
export function pathIsUp(lab: LabState, network: string, from: string, to: string): boolean {
  const nicUp = (name: string) =>
    leadsTo(nodeOf(lab, name).net, network) && !lab.network.unplugged[`${network}/${name}`];
  return from === to || (nicUp(from) && nicUp(to) && pathOf(lab, network, from, to).up);
}

/** One-way latency of a directed path in milliseconds. */
export function pathLatencyMs(lab: LabState, network: string, from: string, to: string): number {
  return from === to ? 0.02 : BASE_LATENCY_MS + pathOf(lab, network, from, to).latencyMs;
}

export type NetworkInputs = {
  /**
   * Change the path between two nodes: both ways unless `direction` says `forward`, on every network that both are on
   * unless one is named. What is not given stays as it is; a path that is back to normal has no fault.
   *
   * @throws Refusal "unknown-node", "not-found" (no such network between them), "invalid"
   */
  "network/set-path": {
    args: {
      from: string;
      to: string;
      network?: string | undefined;
      direction?: "both" | "forward" | undefined;
      up?: boolean | undefined;
      latencyMs?: number | undefined;
      lossPercent?: number | undefined;
    };
    result: undefined;
  };
  /** Pull a node's cable at the switch, or put it back: on every network of the node unless one is named. */
  "network/unplug": { args: { node: string; network?: string | undefined; unplugged: boolean }; result: undefined };
  /** `ip link set NIC up|down` on a node; `port`: on the card that is a bridge's port (as older saves have it). @throws Refusal "not-found" */
  "network/nic": { args: { node: string; nic: string; up: boolean; port?: boolean | undefined }; result: undefined };
};

export const networkInputs = {
  "network/set-path": (lab: LabState, args: NetworkInputs["network/set-path"]["args"]): undefined => {
    const { from, to, direction, up, latencyMs, lossPercent } = args;
    if (from === to) throw new Refusal("invalid", `there is no path from ${from} to itself`);
    if ((latencyMs ?? 0) < 0) throw new Refusal("invalid", `latency of ${latencyMs} ms`);
    if ((lossPercent ?? 0) < 0 || (lossPercent ?? 0) > 100) throw new Refusal("invalid", `loss of ${lossPercent} %`);
    const networks = networksOf(lab, from, args.network).filter((name) => networksOf(lab, to).includes(name));
    if (networks.length === 0)
      throw new Refusal("not-found", `no network ${args.network ?? ""} between ${from} and ${to}`);
    disturb(lab);
    for (const network of networks) {
      for (const [a, b] of direction === "forward"
        ? [[from, to]]
        : [
            [from, to],
            [to, from],
          ]) {
        const before = pathOf(lab, network, a!, b!);
        const fault: PathFault = {
          up: up ?? before.up,
          latencyMs: latencyMs ?? before.latencyMs,
          lossPercent: lossPercent ?? before.lossPercent,
        };
        const key = pathKey(network, a!, b!);
        if (fault.up && fault.latencyMs === 0 && fault.lossPercent === 0) delete lab.network.faults[key];
        else lab.network.faults[key] = fault;
      }
    }
    return undefined;
  },
  "network/unplug": (lab: LabState, args: NetworkInputs["network/unplug"]["args"]): undefined => {
    const networks = networksOf(lab, args.node, args.network);
    if (networks.length === 0) throw new Refusal("not-found", `${args.node} is not on network ${args.network ?? ""}`);
    disturb(lab);
    for (const network of networks) {
      if (args.unplugged) lab.network.unplugged[`${network}/${args.node}`] = true;
      else delete lab.network.unplugged[`${network}/${args.node}`];
    }
    return undefined;
  },
  "network/nic": (lab: LabState, args: NetworkInputs["network/nic"]["args"]): undefined => {
    const { net } = existingNode(lab, args.node);
    const named = deviceNamed(net, args.nic);
    const device = args.port ? net.devices.find((one) => one.card && one.master === named?.name) : named;
    if (!device) throw new Refusal("not-found", `Cannot find device "${args.nic}"`);
    changeNetwork(lab, args.node, (stack) =>
      changeDevice(stack, { op: "set-device", device: device.name, set: { up: args.up } }),
    );
    return undefined;
  },
};

function existingNode(lab: LabState, name: string): LabState["nodes"][string] {
  const node = lab.nodes[name];
  if (!node) throw new Refusal("unknown-node", `there is no node ${name} in this lab`);
  return node;
}

/** Names of the networks that a node is on; only the one named, if one is. */
function networksOf(lab: LabState, node: string, only?: string): string[] {
  if (lab.qnetd?.name === node) return [lab.qnetd.network].filter((name) => only === undefined || name === only);
  const names = existingNode(lab, node).net.devices.flatMap(({ card }) => (card ? [card.network] : []));
  return [...new Set(names)].filter((name) => only === undefined || name === only);
}
