/**
 * A ring is formed: what was left of the old one is delivered, votes are counted, and everybody who wants to know the
 * members is told.
 */

import { cancel, randomBetween, schedule } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { countedList, formatRingId, say } from "./corosync-log.ts";
import type { CommitEntry, CorosyncDaemon, RingMessage, RingSync } from "./corosync-state.ts";
import { deliverPayload, groupsOfNewRing } from "./delivery.ts";
import { pollQdevice } from "./qdevice.ts";
import type { DeviceFlags } from "./qdevice-state.ts";
import { askForToken, deliverInOrder, sameRing, sendWithToken } from "./ring.ts";
import { count } from "./stats.ts";
import { clearTimer } from "./timers.ts";
import { forgetDeviceTimer, sayQuorum, votesOfNewRing } from "./votequorum.ts";

/** quorum.device.sync_timeout: so long a ring waits for its quorum device. */
const POLL_MS = 30_000;

/**
 * Members tell each other their services, and then wait for each other at the end of each of them: cmap, cpg, quorum and
 * votequorum. These are the first messages of a ring, and nodes that are not in it hear them, too.
 *
 * @source corosync 3.1.7 exec/sync.c; services with a sync_process
 */
const SYNC_STAGES = 5;

/** Every member has recovered: the ring being formed is the ring now. */
export function enterOperational(lab: LabState, node: string, daemon: CorosyncDaemon): void {
  const { totem, cpg } = daemon;
  abandonSync(lab, node, daemon);
  const entries = totem.forming.toSorted((a, b) => a.nodeId - b.nodeId);
  // Members of the old ring that came along with this node; the others left it, whether they are back or not.
  const together = entries.filter((entry) => sameRing(entry.oldRingId, totem.ringId)).map((entry) => entry.nodeId);
  const left = totem.members.filter((id) => !together.includes(id));
  const members = entries.map((entry) => entry.nodeId);
  const joined = members.filter((id) => !together.includes(id) || totem.ringId.rep === 0);
  const leftCleanly = totem.leaving;
  finishOldRing(lab, node, daemon, entries);
  clearTimer(lab, daemon, "warning");
  count(daemon, "operational_entered");
  Object.assign(totem, {
    state: "operational",
    ringId: totem.formingRingId!,
    members,
    formingRingId: null,
    forming: [],
    procList: members,
    consensus: [],
    failedList: [],
    leaving: [],
    lastMessageSeq: -1,
    lastActiveMs: lab.nowMs,
  } satisfies Partial<CorosyncDaemon["totem"]>);
  noteMembers(daemon, entries, joined);
  cpg.received = cpg.early;
  cpg.early = [];
  cpg.deliveredSeq = 0;
  sayMembership(lab, node, daemon, joined, left, leftCleanly);
  daemon.sync = { entries, stage: 1, ready: [], held: [] };
  if (isAlive(daemon.votequorum.device)) {
    forgetDeviceTimer(lab, daemon);
    daemon.sync.pollEvent = schedule(lab, POLL_MS, { kind: "votequorum/poll-timeout", node, pid: daemon.pid });
  }
  sayReady(daemon, daemon.sync);
  pollQdevice(lab, node);
  deliverInOrder(lab, node, daemon);
}

/** This node has done its part of a stage; all members hear of it when the token comes by. */
function sayReady(daemon: CorosyncDaemon, sync: RingSync): void {
  if (sync.stage === SYNC_STAGES && sync.pollEvent !== undefined) return;
  daemon.cpg.queue.push({ kind: "sync-ready" });
}

/** One that has not asked votequorum for too long is not waited for. */
function isAlive(device: DeviceFlags | undefined): boolean {
  return device !== undefined && !device.lost;
}

/** This node's device has answered, or has not in time: the services begin when that is so on every member. */
export function deviceAnswered(lab: LabState, node: string, daemon: CorosyncDaemon): void {
  const { sync } = daemon;
  if (sync?.pollEvent === undefined) return;
  cancel(lab, sync.pollEvent);
  delete sync.pollEvent;
  // Nobody is told before the token comes by: it is what lets the services go on.
  if (sync.ready === undefined) finishSync(lab, node, daemon, sync);
  else if ((sync.stage ?? SYNC_STAGES) === SYNC_STAGES) sendWithToken(lab, node, { kind: "sync-ready" });
}

/** What came while the ring waits: a member is ready, or it is kept for later. */
export function takeInSync(lab: LabState, node: string, daemon: CorosyncDaemon, message: RingMessage): void {
  const sync = daemon.sync!;
  if (message.payload.kind !== "sync-ready") {
    sync.held?.push(message);
    return;
  }
  sync.ready?.push(message.from);
  if (!daemon.totem.members.every((id) => sync.ready?.includes(id))) return;
  if ((sync.stage ?? SYNC_STAGES) === SYNC_STAGES) {
    finishSync(lab, node, daemon, sync);
    return;
  }
  sync.stage! += 1;
  sync.ready = [];
  sayReady(daemon, sync);
}

function finishSync(lab: LabState, node: string, daemon: CorosyncDaemon, sync: RingSync): void {
  delete daemon.sync;
  synchronize(lab, node, daemon, sync.entries, sync.held);
}

/** The next ring is here before all have answered: nothing is counted for this one. */
function abandonSync(lab: LabState, node: string, daemon: CorosyncDaemon): void {
  const { sync } = daemon;
  if (!sync) return;
  cancel(lab, sync.pollEvent);
  delete daemon.sync;
  // That this node is ready was about the ring that is over. @source exec/sync.c, "barrier for old ring"
  daemon.cpg.queue = daemon.cpg.queue.filter(({ kind }) => kind !== "sync-ready");
  groupsOfNewRing(lab, node, daemon, sync.entries);
  deliverHeld(lab, node, daemon, sync.held);
  deliverInOrder(lab, node, daemon);
}

function deliverHeld(lab: LabState, node: string, daemon: CorosyncDaemon, held: readonly RingMessage[] = []): void {
  for (const message of held) {
    // What was delivered may have ended this daemon's part in the ring.
    if (lab.nodes[node]!.corosync.daemon === daemon) deliverPayload(lab, node, daemon, message);
  }
}

function synchronize(
  lab: LabState,
  node: string,
  daemon: CorosyncDaemon,
  entries: CommitEntry[],
  held?: readonly RingMessage[],
): void {
  const newer = newerVersion(daemon, entries);
  if (newer !== undefined) {
    endOverVersion(lab, node, daemon, newer);
    return;
  }
  daemon.votequorum.ringId = daemon.totem.ringId;
  const counted = votesOfNewRing(lab, node, daemon, entries);
  sayQuorum(lab, node, daemon, { always: true, ...counted });
  say(lab, node, daemon.pid, "MAIN", "Completed service synchronization, ready to provide service.");
  groupsOfNewRing(lab, node, daemon, entries);
  deliverHeld(lab, node, daemon, held);
  deliverInOrder(lab, node, daemon);
  askForToken(lab, node, daemon);
}

/**
 * A daemon that comes out of its first ring into one where somebody has a newer corosync.conf. It looks only once: one
 * that has been in company goes on with what it has.
 *
 * @returns that version; undefined when there is none, and from the second time on
 * @source corosync 3.1.7 exec/cmap.c cmap_sync_activate; recorded (conformance-further.json)
 */
function newerVersion(daemon: CorosyncDaemon, entries: CommitEntry[]): number | undefined {
  const own = entries.find((entry) => entry.nodeId === daemon.nodeId);
  if (daemon.comparedVersion || !own || own.oldRingId.rep === 0) return undefined;
  daemon.comparedVersion = true;
  const present = daemon.config.configVersion;
  const highest = Math.max(...entries.map(({ configVersion = present }) => configVersion));
  return present !== 0 && highest > present ? highest : undefined;
}

/** From the refusal to the leave message. Recorded: the others had a ring without it 9 to 15 ms after the last one. */
const REFUSED_MS = { least: 4, most: 9 };

function endOverVersion(lab: LabState, node: string, daemon: CorosyncDaemon, newer: number): void {
  const own = daemon.config.configVersion;
  const text = `Received config version (${newer}) is different than my config version (${own})! Exiting`;
  say(lab, node, daemon.pid, "CMAP", text, 3);
  if (daemon.terminating) return;
  daemon.terminating = true;
  const delayMs = randomBetween(lab, REFUSED_MS.least, REFUSED_MS.most);
  schedule(lab, delayMs, { kind: "corosync/leave", node, pid: daemon.pid });
}

/** Nodes that stay together deliver the same messages of their old ring before they see the new one. */
function finishOldRing(lab: LabState, node: string, daemon: CorosyncDaemon, entries: CommitEntry[]): void {
  const { totem, cpg } = daemon;
  for (const entry of entries) {
    if (!sameRing(entry.oldRingId, totem.ringId)) continue;
    for (const message of entry.messages) {
      if (!cpg.received.some(({ seq }) => seq === message.seq)) cpg.received.push(message);
    }
  }
  deliverInOrder(lab, node, daemon);
}

/** What `runtime.members` shows of them, for good. */
function noteMembers(daemon: CorosyncDaemon, entries: CommitEntry[], joined: number[]): void {
  daemon.known ??= {};
  const { known } = daemon;
  for (const { nodeId, configVersion = daemon.config.configVersion } of entries) {
    const addresses = daemon.config.nodes.find((entry) => entry.nodeId === nodeId)?.addresses ?? [];
    const before = known[nodeId];
    known[nodeId] = {
      configVersion,
      ip: addresses.map(({ number, address }) => `r(${number}) ip(${address}) `).join("") || (before?.ip ?? ""),
      joins: (before?.joins ?? 0) + (before === undefined || joined.includes(nodeId) ? 1 : 0),
    };
  }
}

function sayMembership(
  lab: LabState,
  node: string,
  daemon: CorosyncDaemon,
  joined: number[],
  left: number[],
  leftCleanly: number[],
): void {
  const { members, ringId } = daemon.totem;
  const quorumLine = (text: string) => say(lab, node, daemon.pid, "QUORUM", text);
  quorumLine(`Sync members${countedList(members)}`);
  if (joined.length > 0) quorumLine(`Sync joined${countedList(joined)}`);
  if (left.length > 0) quorumLine(`Sync left${countedList(left)}`);
  const changes = `${joined.length > 0 ? ` joined: ${joined.join(" ")}` : ""}${left.length > 0 ? ` left: ${left.join(" ")}` : ""}`;
  if (isAlive(daemon.votequorum.device)) {
    const text = `waiting for quorum device Qdevice poll (but maximum for ${POLL_MS} ms)`;
    say(lab, node, daemon.pid, "VOTEQ", text);
  }
  const formed = `A new membership (${formatRingId(ringId)}) was formed. Members${changes}`;
  say(lab, node, daemon.pid, "TOTEM", formed);
  const failed = left.filter((id) => !leftCleanly.includes(id));
  if (failed.length > 0) {
    say(lab, node, daemon.pid, "TOTEM", `Failed to receive the leave message. failed: ${failed.join(" ")}`);
  }
}
