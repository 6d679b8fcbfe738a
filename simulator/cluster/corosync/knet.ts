/**
 * knet links: each node pings each peer on each link, and believes in a link while the peer answers.
 *
 * A link that is up on a sound path, and one that is down while nobody can answer, are at rest: their pings would change
 * nothing and are not simulated one by one. `wakeLinks` has to be called before anything changes that could matter to
 * them; it works out where their pings stand, and they go on event by event until they are at rest again.
 *
 * @source kronosnet 1.25 libknet/threads_heartbeat.c and threads_rx.c
 */
import { cancel, randomBetween, schedule } from "../kernel.ts";
import { pathIsUp, pathLatencyMs, pathOf } from "../network.ts";
import type { LabState, ScheduledEvent } from "../state.ts";
import { say } from "./corosync-log.ts";
import type { CorosyncDaemon, KnetLink } from "./corosync-state.ts";
import {
  bestLink,
  isReachable,
  knetPort,
  linkFate,
  linkPath,
  linkWayIsUp,
  oppositeLink,
  packetArrives,
} from "./packets.ts";
import { wakeRings } from "./ring.ts";
import { countLink } from "./stats.ts";
import {
  HEARTBEAT_MS,
  PONG_BACKOFF,
  PONG_BACKOFF_STEP_MS,
  PONG_COUNT,
  pingIntervalMs,
  pongTimeoutMs,
} from "./timing.ts";

/** Names one link of a daemon in an event. */
interface LinkRef {
  peerId: number;
  number: number;
}

interface Ping extends LinkRef {
  sentAtMs: number;
}

/** A path slower than this each way is never at rest, so that its pongs can be late. Milliseconds. */
const REST_LATENCY_MS = 50;

/** From a link's change to the choice of a host's best link, and to its MTU; recorded: 0.04 ms, and 70 to 140 ms. */
const BEST_LINK_MS = 0.05;
const MTU_MEASURED_MS = 125;

/** Give the daemon the links of its configuration; those that it has already go on as they are. */
export function configureLinks(lab: LabState, node: string, daemon: CorosyncDaemon): void {
  const { config } = daemon;
  const own = config.nodes.find((entry) => entry.nodeId === daemon.nodeId)?.addresses ?? [];
  const wanted = config.nodes
    .filter((entry) => entry.nodeId !== daemon.nodeId)
    .flatMap((entry) =>
      entry.addresses.flatMap(({ number, address }) => {
        const local = own.find((candidate) => candidate.number === number);
        return local ? [{ peerId: entry.nodeId, number, localAddress: local.address, peerAddress: address }] : [];
      }),
    );
  const same = (a: (typeof wanted)[number], b: (typeof wanted)[number]) =>
    a.peerId === b.peerId &&
    a.number === b.number &&
    a.localAddress === b.localAddress &&
    a.peerAddress === b.peerAddress;
  for (const link of daemon.links) {
    if (wanted.some((candidate) => same(candidate, link))) continue;
    cancel(lab, link.pingEvent ?? undefined);
    cancel(lab, link.downEvent ?? undefined);
    if (link.connected) say(lab, node, daemon.pid, "KNET", resetMtu(link.number, link.peerId), 6);
  }
  const kept = daemon.links.filter((link) => wanted.some((candidate) => same(candidate, link)));
  const added = wanted.filter((candidate) => !kept.some((link) => same(candidate, link)));
  // The heartbeat thread looks at new links in its next loop.
  const loopMs = kept[0]?.lastPingMs ?? firstLoopMs(lab, node, daemon);
  const sinceLoopMs = lab.nowMs - loopMs;
  const firstPingMs = sinceLoopMs < 0 ? loopMs : lab.nowMs + HEARTBEAT_MS - (sinceLoopMs % HEARTBEAT_MS);
  daemon.links = [...kept, ...added.map((link) => freshLink(link, lab.nowMs))].toSorted(
    (a, b) => a.peerId - b.peerId || a.number - b.number,
  );
  for (const wantedLink of added) {
    const link = daemon.links.find((candidate) => same(wantedLink, candidate))!;
    link.lastPingMs = firstPingMs - pingIntervalMs(config);
    schedulePing(lab, node, daemon, link, firstPingMs - lab.nowMs);
  }
  for (const { peerId } of added.toSorted((a, b) => a.number - b.number || a.peerId - b.peerId)) {
    // knet says so once for each thing it learns of a host: that it exists, its policy, its link.
    for (let i = 0; i < 3; i++) sayBestLink(lab, node, daemon, peerId);
  }
}

/**
 * The first loop of a daemon's heartbeat that finds its links, from the start of the process: the thread is as old as the
 * process but for a moment. With many hosts its loops are longer.
 *
 * @source conformance.json: links of nodes that were started together came up so much plus three intervals after the
 * first start (with two to five nodes 447 to 478 ms, with seven 497 and 539)
 */
const FIRST_LOOP_MS = { least: 448, most: 476 };
const FIRST_LOOP_MANY_MS = { least: 495, most: 540 };
const MANY_NODES = 6;

function firstLoopMs(lab: LabState, node: string, daemon: CorosyncDaemon): number {
  const { startedAtMs } = lab.nodes[node]!.processes[daemon.pid]!;
  const { least, most } = daemon.config.nodes.length < MANY_NODES ? FIRST_LOOP_MS : FIRST_LOOP_MANY_MS;
  return Math.max(lab.nowMs + 1, startedAtMs + randomBetween(lab, least, most));
}

function freshLink(
  link: { peerId: number; number: number; localAddress: string; peerAddress: string },
  nowMs: number,
): KnetLink {
  return {
    ...link,
    connected: false,
    receivedPongs: 0,
    lastPingMs: 0,
    lastPongMs: null,
    latencyMs: 0,
    backedOffAtMs: nowMs,
    pingEvent: null,
    downEvent: null,
  };
}

/** Something is about to change: every link of every daemon goes on event by event. */
export function wakeLinks(lab: LabState): void {
  for (const [node, state] of Object.entries(lab.nodes)) {
    const daemon = state.corosync.daemon;
    if (daemon) for (const link of daemon.links) wakeLink(lab, node, daemon, link);
  }
}

function wakeLink(lab: LabState, node: string, daemon: CorosyncDaemon, link: KnetLink): void {
  if (link.pingEvent !== null) return;
  const intervalMs = pingIntervalMs(daemon.config);
  const atRest = isAtRest(link);
  link.lastPingMs += Math.max(0, Math.floor((lab.nowMs - link.lastPingMs) / intervalMs)) * intervalMs;
  if (atRest) {
    link.lastPongMs = Math.min(lab.nowMs, link.lastPingMs + link.latencyMs);
    scheduleDown(lab, node, daemon, link);
  }
  schedulePing(lab, node, daemon, link, link.lastPingMs + intervalMs - lab.nowMs);
}

/** Up, on a sound path, with nothing to come. */
export function isAtRest(link: Readonly<KnetLink>): boolean {
  return link.connected && link.pingEvent === null && link.downEvent === null;
}

/**
 * Pings that lay in a hung daemon's socket while it hung and are answered now. The peers' links at rest sent them
 * without an event; those older than the peer's timeout would be thrown away and are left out.
 */
export function answerQueuedPings(lab: LabState, node: string, hungSinceMs: number): void {
  const resumed = lab.nodes[node]?.corosync.daemon;
  if (!resumed) return;
  for (const [peer, state] of Object.entries(lab.nodes)) {
    const daemon = state.corosync.daemon;
    if (!daemon || peer === node) continue;
    for (const link of daemon.links.filter(
      (candidate) => candidate.peerId === resumed.nodeId && !candidate.connected,
    )) {
      if (linkPath(lab, peer, link)?.peer !== node) continue;
      const intervalMs = pingIntervalMs(daemon.config);
      const firstMs = Math.max(hungSinceMs, lab.nowMs - pongTimeoutMs(daemon.config));
      for (let sentAtMs = link.lastPingMs; sentAtMs > firstMs; sentAtMs -= intervalMs) {
        schedule(lab, 0, { kind: "knet/ping-arrived", node, pid: resumed.pid, data: pingOf(daemon, link, sentAtMs) });
      }
    }
  }
}

function schedulePing(lab: LabState, node: string, daemon: CorosyncDaemon, link: KnetLink, delayMs: number): void {
  link.pingEvent = schedule(lab, Math.max(0, delayMs), {
    kind: "knet/ping",
    node,
    pid: daemon.pid,
    data: { peerId: link.peerId, number: link.number } satisfies LinkRef,
  });
}

/**
 * How long a link may be silent: after it was made or went down ten times as long as else, and each second once less.
 *
 * @source libknet/threads_heartbeat.c _adjust_pong_timeouts; links.h KNET_LINK_PONG_TIMEOUT_BACKOFF
 */
function patienceMs(daemon: CorosyncDaemon, link: KnetLink, nowMs: number): number {
  const sinceMs = nowMs - (link.backedOffAtMs ?? Number.NEGATIVE_INFINITY);
  const times = Math.max(1, PONG_BACKOFF - Math.floor(sinceMs / PONG_BACKOFF_STEP_MS));
  return pongTimeoutMs(daemon.config) * times + 2 * link.latencyMs;
}

/** Silence is noticed by the heartbeat's first loop after the timeout. */
function scheduleDown(lab: LabState, node: string, daemon: CorosyncDaemon, link: KnetLink): void {
  cancel(lab, link.downEvent ?? undefined);
  const sincePingMs = (link.lastPongMs ?? lab.nowMs) - link.lastPingMs;
  let dueMs = link.lastPingMs + Math.ceil(sincePingMs / HEARTBEAT_MS) * HEARTBEAT_MS;
  while (dueMs - (link.lastPongMs ?? lab.nowMs) < patienceMs(daemon, link, dueMs)) dueMs += HEARTBEAT_MS;
  link.downEvent = schedule(lab, Math.max(0, dueMs - lab.nowMs), {
    kind: "knet/down",
    node,
    pid: daemon.pid,
    data: { peerId: link.peerId, number: link.number } satisfies LinkRef,
  });
}

function pingOf(daemon: CorosyncDaemon, link: KnetLink, sentAtMs: number): Ping & { from: number } {
  return { from: daemon.nodeId, peerId: link.peerId, number: link.number, sentAtMs };
}

function onPing(lab: LabState, event: ScheduledEvent): void {
  const found = linkOf(lab, event);
  if (!found || found.link.pingEvent !== event.id) return;
  const { node, daemon, link } = found;
  link.pingEvent = null;
  link.lastPingMs = lab.nowMs;
  const answerable = sendPing(lab, node, daemon, link);
  if (answerable) schedulePing(lab, node, daemon, link, pingIntervalMs(daemon.config));
}

/** @returns whether somebody could answer the next ping if nothing changes */
function sendPing(lab: LabState, node: string, daemon: CorosyncDaemon, link: KnetLink): boolean {
  const path = linkPath(lab, node, link);
  if (!path) return false;
  const peerState = lab.nodes[path.peer]!;
  const there = linkWayIsUp(lab, node, link, path, "there");
  const back = linkWayIsUp(lab, node, link, path, "back");
  if (peerState.power === "off") return false;
  if (!there) {
    // A filter that rejects says so, as a kernel where nobody listens does.
    const rejects = linkFate(lab, node, link, path, "there").kind === "rejected";
    if (rejects && link.connected && pathIsUp(lab, path.network, node, path.peer)) {
      const afterMs = pathLatencyMs(lab, path.network, node, path.peer) * 2;
      schedule(lab, afterMs, { kind: "knet/refused", node, pid: daemon.pid, data: refOf(link) });
    }
    return false;
  }
  const latencyMs = pathLatencyMs(lab, path.network, node, path.peer);
  const peer = peerState.corosync.daemon;
  if (!peer || peer.phase === "starting") {
    // Nobody listens on the port: the peer's kernel says so, and knet takes the link down at once.
    if (peerState.power === "on" && back && link.connected) {
      schedule(lab, latencyMs * 2, { kind: "knet/refused", node, pid: daemon.pid, data: refOf(link) });
    }
    return false;
  }
  const opposite = oppositeLink(lab, path.peer, daemon.nodeId, link);
  if (!opposite) return false;
  if (opposite.daemon.authkey !== daemon.authkey) {
    const address = link.localAddress;
    if (lab.nodes[path.peer]!.processes[peer.pid]?.stopped !== true) {
      say(lab, path.peer, peer.pid, "KNET", "nsscrypto: Digest does not match. Check crypto key and configuration.", 3);
      say(
        lab,
        path.peer,
        peer.pid,
        "KNET",
        `rx: Unable to decrypt packet from ${address}:${knetPort(link.number)} (size 80)!`,
        3,
      );
    }
    return true;
  }
  const hung = peerState.power === "hung" || peerState.processes[peer.pid]?.stopped === true;
  // A hung peer keeps what arrives; what it would get after the link is down is reckoned when it goes on.
  if (hung && !link.connected) return false;
  if (packetArrives(lab, node, link, path)) {
    schedule(lab, latencyMs, {
      kind: "knet/ping-arrived",
      node: path.peer,
      pid: peer.pid,
      data: pingOf(daemon, link, lab.nowMs),
    });
  }
  return back || link.connected;
}

function onPingArrived(lab: LabState, event: ScheduledEvent): void {
  const node = event.node!;
  const daemon = lab.nodes[node]!.corosync.daemon;
  const ping = event.data as Ping & { from: number };
  const link = daemon?.links.find((candidate) => candidate.peerId === ping.from && candidate.number === ping.number);
  const path = link && linkPath(lab, node, link);
  if (!daemon || !link || !path || !packetArrives(lab, node, link, path)) return;
  const peer = lab.nodes[path.peer]!.corosync.daemon;
  if (!peer) return;
  schedule(lab, pathLatencyMs(lab, path.network, node, path.peer), {
    kind: "knet/pong",
    node: path.peer,
    pid: peer.pid,
    data: { peerId: daemon.nodeId, number: ping.number, sentAtMs: ping.sentAtMs } satisfies Ping,
  });
}

function onPong(lab: LabState, event: ScheduledEvent): void {
  const found = linkOf(lab, event);
  if (!found) return;
  const { node, daemon, link } = found;
  const roundTripMs = lab.nowMs - (event.data as Ping).sentAtMs;
  link.lastPongMs = lab.nowMs;
  scheduleDown(lab, node, daemon, link);
  // An answer that took longer than the timeout keeps a link up but does not bring one up.
  if (roundTripMs <= pongTimeoutMs(daemon.config)) {
    link.latencyMs = link.latencyMs === 0 ? roundTripMs : (link.latencyMs * 7 + roundTripMs) / 8;
    if (!link.connected) {
      if (link.receivedPongs >= PONG_COUNT) linkUp(lab, node, daemon, link);
      else link.receivedPongs++;
    }
  }
  if (link.connected && mayRest(lab, node, daemon, link, roundTripMs)) {
    cancel(lab, link.pingEvent ?? undefined);
    cancel(lab, link.downEvent ?? undefined);
    link.pingEvent = null;
    link.downEvent = null;
    link.latencyMs = roundTripMs;
  }
}

/** Whether every further ping would be answered in time as long as nothing changes. */
function mayRest(lab: LabState, node: string, daemon: CorosyncDaemon, link: KnetLink, roundTripMs: number): boolean {
  // A late answer after a hang says nothing of the pings to come.
  if (lab.nowMs - link.lastPingMs > roundTripMs + 1) return false;
  const path = linkPath(lab, node, link);
  if (!path || lab.nodes[path.peer]!.power !== "on" || lab.nodes[node]!.power !== "on") return false;
  const opposite = oppositeLink(lab, path.peer, daemon.nodeId, link);
  if (!opposite || lab.nodes[path.peer]!.processes[opposite.daemon.pid]?.stopped) return false;
  return (["there", "back"] as const).every((way) => {
    const [from, to] = way === "there" ? [node, path.peer] : [path.peer, node];
    const { lossPercent, latencyMs } = pathOf(lab, path.network, from, to);
    return linkWayIsUp(lab, node, link, path, way) && lossPercent === 0 && latencyMs <= REST_LATENCY_MS;
  });
}

function onDown(lab: LabState, event: ScheduledEvent): void {
  const found = linkOf(lab, event);
  if (!found || found.link.downEvent !== event.id) return;
  found.link.downEvent = null;
  linkDown(lab, found.node, found.daemon, found.link);
}

function onRefused(lab: LabState, event: ScheduledEvent): void {
  const found = linkOf(lab, event);
  if (!found?.link.connected) return;
  cancel(lab, found.link.downEvent ?? undefined);
  found.link.downEvent = null;
  linkDown(lab, found.node, found.daemon, found.link);
}

function linkUp(lab: LabState, node: string, daemon: CorosyncDaemon, link: KnetLink): void {
  wakeRings(lab);
  link.connected = true;
  countLink(link, "up");
  const line = (text: string) => say(lab, node, daemon.pid, "KNET", text, 6);
  line(`rx: host: ${link.peerId} link: ${link.number} is up`);
  line(resetMtu(link.number, link.peerId));
  judgeBestLink(lab, node, daemon, link.peerId);
  daemon.mtuEvent ??= schedule(lab, MTU_MEASURED_MS, { kind: "knet/mtu", node, pid: daemon.pid, data: {} });
}

/** knet chooses a host's link in a thread of its own, when all that came in at once has been read. */
function judgeBestLink(lab: LabState, node: string, daemon: CorosyncDaemon, peerId: number): void {
  schedule(lab, BEST_LINK_MS, { kind: "knet/best-link", node, pid: daemon.pid, data: { peerId } });
}

function onBestLink(lab: LabState, event: ScheduledEvent): void {
  const daemon = lab.nodes[event.node!]?.corosync.daemon;
  const { peerId } = event.data as { peerId: number };
  if (daemon?.links.some((link) => link.peerId === peerId)) sayBestLink(lab, event.node!, daemon, peerId);
}

/** One run measures every link; what it tells of each link is told once. */
function onMtu(lab: LabState, event: ScheduledEvent): void {
  const node = event.node!;
  const daemon = lab.nodes[node]?.corosync.daemon;
  if (!daemon) return;
  delete daemon.mtuEvent;
  const line = (text: string) => say(lab, node, daemon.pid, "KNET", text, 6);
  for (const link of daemon.links.toReversed()) {
    if (!link.connected || link.mtuKnown) continue;
    line(`pmtud: PMTUD link change for host: ${link.peerId} link: ${link.number} from 469 to 1397`);
    link.mtuKnown = true;
  }
  line("pmtud: Global data MTU changed to: 1397");
}

function linkDown(lab: LabState, node: string, daemon: CorosyncDaemon, link: KnetLink): void {
  link.receivedPongs = 0;
  link.lastPongMs = null;
  link.latencyMs = 0;
  link.backedOffAtMs = lab.nowMs;
  if (!link.connected) return;
  wakeRings(lab);
  link.connected = false;
  countLink(link, "down");
  say(lab, node, daemon.pid, "KNET", `link: host: ${link.peerId} link: ${link.number} is down`, 6);
  judgeBestLink(lab, node, daemon, link.peerId);
}

function sayBestLink(lab: LabState, node: string, daemon: CorosyncDaemon, peerId: number): void {
  const best = bestLink(daemon, peerId)?.number ?? 0;
  const priority = daemon.config.linkPriorities?.[best] ?? 1;
  say(lab, node, daemon.pid, "KNET", `host: host: ${peerId} (passive) best link: ${best} (pri: ${priority})`, 6);
  if (!isReachable(daemon, peerId)) say(lab, node, daemon.pid, "KNET", `host: host: ${peerId} has no active links`, 4);
}

function resetMtu(number: number, hostId: number): string {
  return `link: Resetting MTU for link ${number} because host ${hostId} joined`;
}

function refOf(link: KnetLink): LinkRef {
  return { peerId: link.peerId, number: link.number };
}

function linkOf(
  lab: LabState,
  event: ScheduledEvent,
): { node: string; daemon: CorosyncDaemon; link: KnetLink } | undefined {
  const node = event.node!;
  const daemon = lab.nodes[node]?.corosync.daemon;
  const { peerId, number } = event.data as LinkRef;
  const link = daemon?.links.find((candidate) => candidate.peerId === peerId && candidate.number === number);
  return daemon && link ? { node, daemon, link } : undefined;
}

export const knetHandlers = {
  "knet/ping": onPing,
  "knet/ping-arrived": onPingArrived,
  "knet/pong": onPong,
  "knet/down": onDown,
  "knet/refused": onRefused,
  "knet/best-link": onBestLink,
  "knet/mtu": onMtu,
};
