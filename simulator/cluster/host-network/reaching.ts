/**
 * Whether packets from one machine of the lab get to an address, and who has it: routes of both, who answers ARP on the
 * segment, and the way back. Cables, cuts and power are asked elsewhere (`network.ts`): they come and go under a
 * connection, and whoever waits has to know which of the two it was.
 *
 * A node answers for any of its addresses on any of its devices, as Linux does (arp_ignore 0); none forwards. A way back
 * over another network than the way there is not modelled: such packets are lost.
 */
import type { LabState } from "../state.ts";
import { isAddress, networkText } from "./ipv4.ts";
import type { NetworkStack } from "./network-stack.ts";
import { departureTo, ownsAddress } from "./route-choice.ts";
import { hearsOn, networkOfSegment, segmentsOf } from "./segments.ts";

export type Arrival =
  | { kind: "self" }
  | { kind: "node"; node: string; network: string }
  /** No route leads there: told at once. */
  | { kind: "no-route" }
  | { kind: "refused"; how: "blackhole" | "unreachable" | "prohibit" }
  /** A route, and nobody who answers; `network` is undefined where the device leads nowhere. */
  | { kind: "nobody"; network: string | undefined; source: string | undefined };

/**
 * Where a packet from a node to an address arrives.
 *
 * @param bound an address that the sender insists on; one that it does not have leads nowhere
 */
export function arrivalAt(lab: Readonly<LabState>, from: string, address: string, bound?: string): Arrival {
  const own = lab.nodes[from]?.net;
  if (!own || !isAddress(address)) return { kind: "no-route" };
  if (bound !== undefined && !ownsAddress(own, bound)) return { kind: "no-route" };
  const departure = departureTo(own, address);
  if (departure.kind === "local") return { kind: "self" };
  if (departure.kind !== "device") return departure;
  const source = bound ?? departure.source;
  const segments = segmentsOf(own, departure.device);
  const nobody: Arrival = { kind: "nobody", network: segments[0] && networkOfSegment(segments[0]), source };
  for (const segment of segments) {
    const node = hearerOn(lab, from, segment, departure.nextHop);
    if (node === undefined || source === undefined) continue;
    const there = lab.nodes[node]!.net;
    if (!ownsAddress(there, address) || !leadsBack(there, own, source, segment)) continue;
    return { kind: "node", node, network: networkOfSegment(segment) };
  }
  return nobody;
}

/** Whether what a node answers to an address comes back to that address's owner on the same network. */
function leadsBack(there: NetworkStack, own: NetworkStack, source: string, segment: string): boolean {
  const back = departureTo(there, source);
  if (back.kind !== "device" || !ownsAddress(own, back.nextHop)) return false;
  const network = networkOfSegment(segment);
  return segmentsOf(there, back.device).some((one) => networkOfSegment(one) === network && hearsOn(own, one));
}

/** The other node that answers on a segment for an address; of two that have it the first. */
function hearerOn(lab: Readonly<LabState>, from: string, segment: string, address: string): string | undefined {
  for (const name in lab.nodes) {
    const { net } = lab.nodes[name]!;
    if (name !== from && ownsAddress(net, address) && hearsOn(net, segment)) return name;
  }
  return undefined;
}

/**
 * Whether a node and a machine that is no node (storage server, corosync-qnetd's host, a guest) reach each other: the
 * node sends untagged frames to the machine's own network, from an address of it.
 */
export function reachesHost(
  lab: Readonly<LabState>,
  node: string,
  host: { address: string; network: string },
): boolean {
  const net = lab.nodes[node]?.net;
  const network = lab.network.networks[host.network];
  if (!net || !network) return false;
  const departure = departureTo(net, host.address);
  if (departure.kind !== "device" || departure.via !== undefined || departure.source === undefined) return false;
  const { subnet, prefixLength } = network;
  return (
    segmentsOf(net, departure.device).includes(host.network) &&
    networkText(departure.source, prefixLength) === networkText(subnet, prefixLength)
  );
}

/** The address that a node writes as the sender to corosync-qnetd's host; undefined when no way leads there. */
export function sourceTowardsQnetd(lab: Readonly<LabState>, node: string): string | undefined {
  const net = lab.nodes[node]?.net;
  if (!net || !lab.qnetd) return undefined;
  const departure = departureTo(net, lab.qnetd.address);
  return departure.kind === "device" ? departure.source : undefined;
}
