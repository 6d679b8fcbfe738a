/**
 * Packets between two corosync daemons: which link they take, whether they arrive, and when.
 *
 * A daemon sends to the peers whose link it believes to be up, and reads only what comes from such peers.
 */
import { arrivalAt } from "../host-network/reaching.ts";
import { random, randomBetween, schedule } from "../kernel.ts";
import { pathIsUp, pathLatencyMs, pathOf } from "../network.ts";
import { fateOf } from "../packet-filter/passing.ts";
import type { Fate } from "../packet-filter/verdict.ts";
import type { LabState } from "../state.ts";
import type { CorosyncDaemon, KnetLink } from "./corosync-state.ts";
import { OWN_MS, PROCESSING_MS } from "./timing.ts";

/** Data of every event that is a packet of the ring. */
export interface Packet<T> {
  from: number;
  body: T;
}

/** The daemon that takes part in the protocol on this node: its network is up and it has not left yet. */
export function activeDaemon(lab: Readonly<LabState>, node: string): CorosyncDaemon | undefined {
  const daemon = lab.nodes[node]?.corosync.daemon;
  return daemon && daemon.phase === "running" ? daemon : undefined;
}

/** Where a link leads. */
export interface LinkPath {
  network: string;
  peer: string;
}

/** Each link has a port of its own, at both ends. @source corosync.conf(5) mcastport; exec/totemconfig.c */
export function knetPort(linkNumber: number): number {
  return 5405 + linkNumber;
}

/** What packet filters make of a link's packets, to the peer or back. Both ends send by themselves: to each a known flow. */
export function linkFate(
  lab: Readonly<LabState>,
  node: string,
  link: Readonly<KnetLink>,
  { peer }: LinkPath,
  way: "there" | "back",
): Fate {
  const here = { node, address: link.localAddress };
  const far = { node: peer, address: link.peerAddress };
  const port = knetPort(link.number);
  return fateOf(lab, {
    ...(way === "there" ? { from: here, to: far } : { from: far, to: here }),
    ...{ protocol: "udp", sourcePort: port, destinationPort: port, state: "established" },
  });
}

/** Whether cables, cuts and packet filters let a link's packets pass, to the peer or back. */
export function linkWayIsUp(
  lab: LabState,
  node: string,
  link: Readonly<KnetLink>,
  path: LinkPath,
  way: "there" | "back",
): boolean {
  const [from, to] = way === "there" ? [node, path.peer] : [path.peer, node];
  return pathIsUp(lab, path.network, from, to) && linkFate(lab, node, link, path, way).kind === "passes";
}

/** Where a link leads: the network and the lab's node; undefined when an address is not where it should be. */
export function linkPath(lab: Readonly<LabState>, node: string, link: Readonly<KnetLink>): LinkPath | undefined {
  // knet binds its socket to the link's own address.
  const arrival = arrivalAt(lab, node, link.peerAddress, link.localAddress);
  return arrival.kind === "node" ? { network: arrival.network, peer: arrival.node } : undefined;
}

/** The peer's end of a link, when its daemon has one that points back here. */
export function oppositeLink(
  lab: Readonly<LabState>,
  peer: string,
  from: number,
  link: Readonly<KnetLink>,
): { daemon: CorosyncDaemon; link: KnetLink } | undefined {
  const daemon = lab.nodes[peer]?.corosync.daemon;
  if (!daemon || daemon.phase === "starting") return undefined;
  const back = daemon.links.find(
    (candidate) =>
      candidate.peerId === from &&
      candidate.localAddress === link.peerAddress &&
      candidate.peerAddress === link.localAddress,
  );
  return back && { daemon, link: back };
}

/** Whether this daemon believes that it can reach a peer. */
export function isReachable(daemon: Readonly<CorosyncDaemon>, peerId: number): boolean {
  return peerId === daemon.nodeId || daemon.links.some((link) => link.peerId === peerId && link.connected);
}

/**
 * The link that carries everything to a peer, in passive mode the only one: of those that are up the one with the
 * highest priority, and of equal ones the lowest number. @source corosync.conf(5) link_mode; libknet/host.c
 */
export function bestLink(daemon: Readonly<CorosyncDaemon>, peerId: number): KnetLink | undefined {
  const priorities = daemon.config.linkPriorities;
  let best: KnetLink | undefined;
  // Links are in the order of their numbers.
  for (const link of daemon.links) {
    if (link.peerId !== peerId || !link.connected) continue;
    if (best === undefined || (priorities?.[link.number] ?? 1) > (priorities?.[best.number] ?? 1)) best = link;
  }
  return best;
}

/** Send a packet to one peer, or to this node itself; it may be lost. The body is shared, not copied. */
export function send(
  lab: LabState,
  node: string,
  daemon: CorosyncDaemon,
  to: number,
  kind: string,
  body: unknown,
): void {
  const data: Packet<unknown> = { from: daemon.nodeId, body };
  if (to === daemon.nodeId) {
    schedule(lab, randomBetween(lab, OWN_MS.least, OWN_MS.most), { kind, node, pid: daemon.pid, data });
    return;
  }
  const link = bestLink(daemon, to);
  const path = link && linkPath(lab, node, link);
  if (!link || !path || !packetArrives(lab, node, link, path)) return;
  const opposite = oppositeLink(lab, path.peer, daemon.nodeId, link);
  if (!opposite || opposite.daemon.authkey !== daemon.authkey) return;
  const delayMs = pathLatencyMs(lab, path.network, node, path.peer) + PROCESSING_MS;
  schedule(lab, delayMs, { kind, node: path.peer, pid: opposite.daemon.pid, data });
}

/**
 * Send to every peer that can be reached, and to this node itself. knet has its hosts from the last to the first, so
 * the highest id is the first to be told: with equal paths it answers first. Recorded: links come up in that order.
 */
export function multicast(lab: LabState, node: string, daemon: CorosyncDaemon, kind: string, body: unknown): void {
  send(lab, node, daemon, daemon.nodeId, kind, body);
  for (const peerId of peersOf(daemon).toReversed())
    if (isReachable(daemon, peerId)) send(lab, node, daemon, peerId, kind, body);
}

/** Ids of all peers in the configuration, ascending. */
export function peersOf(daemon: Readonly<CorosyncDaemon>): number[] {
  return [...new Set(daemon.links.map((link) => link.peerId))];
}

/** One packet of a link to its peer: the way is up, and chance lets it through. */
export function packetArrives(lab: LabState, node: string, link: Readonly<KnetLink>, path: LinkPath): boolean {
  if (lab.nodes[path.peer]!.power === "off" || !linkWayIsUp(lab, node, link, path, "there")) return false;
  const { lossPercent } = pathOf(lab, path.network, node, path.peer);
  return lossPercent <= 0 || random(lab) * 100 >= lossPercent;
}
