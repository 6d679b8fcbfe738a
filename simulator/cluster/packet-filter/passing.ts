/** Whether the packet filters of two nodes let a flow between them through: what the sender's and the receiver's say. */
import { departureTo } from "../host-network/route-choice.ts";
import type { LabState } from "../state.ts";
import type { PacketFilter } from "./packet-filter-state.ts";
import { type Fate, type FilteredPacket, fateIn } from "./verdict.ts";

const PASSES: Fate = { kind: "passes" };

/** One way of a flow; a machine that is no node has no filter. */
export interface Flow {
  from: { node: string; address: string };
  to: { node: string; address: string };
  protocol: FilteredPacket["protocol"];
  sourcePort?: number;
  destinationPort?: number;
  icmpType?: string;
  state: FilteredPacket["state"];
}

/** What becomes of a packet of a flow: the sender's output, then the receiver's input. */
export function fateOf(lab: Readonly<LabState>, flow: Flow): Fate {
  const { from, to } = flow;
  const sender = lab.nodes[from.node]?.filter;
  const receiver = lab.nodes[to.node]?.filter;
  if (!sender && !receiver) return PASSES;
  const packet = { ...flow, source: from.address, destination: to.address };
  const sent = askedAt(lab, from.node, sender, { ...packet, hook: "output" }, to.address);
  return sent.kind === "passes" ? askedAt(lab, to.node, receiver, { ...packet, hook: "input" }, from.address) : sent;
}

function askedAt(
  lab: Readonly<LabState>,
  node: string,
  filter: Readonly<PacketFilter> | undefined,
  packet: Omit<FilteredPacket, "device">,
  peer: string,
): Fate {
  if (!filter) return PASSES;
  const departure = departureTo(lab.nodes[node]!.net, peer);
  const device = departure.kind === "device" ? departure.device : "lo";
  return fateIn(filter, { ...packet, device });
}

export type TcpFate = "open" | "silent" | { refused: string };

/**
 * How TCP to a port of another node fares with the filters on both sides.
 *
 * @param state `new` for a connection that is made now, `established` for one that is there
 */
export function tcpFate(
  lab: Readonly<LabState>,
  from: Flow["from"],
  to: Flow["to"],
  port: number,
  state: "new" | "established",
): TcpFate {
  if (!lab.nodes[from.node]?.filter && !lab.nodes[to.node]?.filter) return "open";
  const there = fateOf(lab, { from, to, protocol: "tcp", sourcePort: CLIENT_PORT, destinationPort: port, state });
  // Who is told is the sender alone: an answer that is refused is as good as lost.
  if (there.kind === "rejected") return { refused: toldBy(there.how) };
  if (there.kind === "dropped") return "silent";
  const answer = { protocol: "tcp", sourcePort: port, destinationPort: CLIENT_PORT, state: "established" } as const;
  return fateOf(lab, { from: to, to: from, ...answer }).kind === "passes" ? "open" : "silent";
}

/** The same for a machine without a filter of its own (a storage server, corosync-qnetd's host), both ways. */
export function tcpPassesToHost(lab: Readonly<LabState>, node: string, address: string, port: number): boolean {
  return tcpFateToHost(lab, node, address, port, "established") === "open";
}

/** What a client on the node is told of a connection to such a machine. */
export function tcpFateToHost(
  lab: Readonly<LabState>,
  node: string,
  address: string,
  port: number,
  state: "new" | "established" = "new",
): TcpFate {
  if (!lab.nodes[node]?.filter) return "open";
  const departure = departureTo(lab.nodes[node]!.net, address);
  const source = departure.kind === "device" ? departure.source : undefined;
  return tcpFate(lab, { node, address: source ?? address }, { node: "", address }, port, state);
}

/** One of those that Linux gives to clients. */
const CLIENT_PORT = 40_000;

/** What connect(2) says of a refusal. @source Linux net/ipv4/icmp.c icmp_err_convert */
function toldBy(how: string): string {
  if (/host|admin/.test(how)) return "No route to host";
  if (how.includes("net")) return "Network is unreachable";
  return "Connection refused";
}
