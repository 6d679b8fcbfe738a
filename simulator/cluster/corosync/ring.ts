/**
 * The operational ring: the token goes from node to node in the order of their ids, and who has it may send.
 *
 * While nobody has anything to say and every path is sound, nothing would come of passing it event by event. The ring is
 * then idle: each member knows when the representative last took the token, and from that follows where it is at any
 * instant. `wakeRings` has to be called before anything changes that could matter; it puts the token where it is, sets
 * each member's timers as they would stand, and it is passed event by event until the ring is idle again.
 *
 * @source corosync 3.1.7 exec/totemsrp.c message_handler_orf_token
 */
import { random, schedule } from "../kernel.ts";
import { BASE_LATENCY_MS, pathOf } from "../network.ts";
import type { LabState, ScheduledEvent } from "../state.ts";
import type { CorosyncDaemon, RingId, RingMessage, RingPayload, RingToken } from "./corosync-state.ts";
import { deliverPayload } from "./delivery.ts";
import { meetStranger } from "./gather.ts";
import { isAtRest } from "./knet.ts";
import { enterOperational, takeInSync } from "./operational.ts";
import {
  activeDaemon,
  bestLink,
  isReachable,
  linkPath,
  linkWayIsUp,
  multicast,
  type Packet,
  peersOf,
  send,
} from "./packets.ts";
import { clearTimer, dueDaemon, setTimer, watchForToken } from "./timers.ts";
import { MERGE_DETECT_MS, PROCESSING_MS, TIMER_LATE_MS_MAX, tokenHoldMs, tokenRetransmitMs } from "./timing.ts";

/** A node sends at most so many messages each time it has the token. @source corosync.conf(5) max_messages */
const MESSAGES_PER_TOKEN = 17;
const BUSY_ROUNDS = 30;
const BUSY_HOP_MS = 0.15;
/** Times the token comes by before a node counts the new ring as recovered: the one after the first is the first of all. */
const RECOVERY_PASSES = 4;

/** Let a payload travel on the ring: every member gets it, in the same order. It waits while no ring is operational. */
export function sendOnRing(lab: LabState, node: string, payload: RingPayload): void {
  const daemon = lab.nodes[node]?.corosync.daemon;
  if (!daemon) return;
  daemon.cpg.queue.push(payload);
  askForToken(lab, node, daemon);
}

/** What waits to be sent may go: the representative is asked to let go of the token instead of keeping it. */
export function askForToken(lab: LabState, node: string, daemon: CorosyncDaemon): void {
  const { totem } = daemon;
  if (totem.state !== "operational" || daemon.phase !== "running" || !hasToSend(daemon)) return;
  wakeRings(lab, totem.ringId);
  send(lab, node, daemon, totem.ringId.rep, "totem/hold-cancel", { ringId: totem.ringId });
}

/**
 * Until the services of a ring are synchronized nothing is taken from process groups.
 *
 * @source corosync 3.1.7 exec/main.c corosync_sending_allowed; exec/cpg.c, flow control of its requests
 */
function maySend(daemon: Readonly<CorosyncDaemon>, { kind }: RingPayload): boolean {
  return !daemon.sync || !kind.startsWith("cpg");
}

function hasToSend(daemon: Readonly<CorosyncDaemon>): boolean {
  return daemon.cpg.queue.some((payload) => maySend(daemon, payload));
}

/**
 * The same without asking for the token: it goes when the token comes by, which the representative may be keeping. Right
 * after something was said it goes round some 30 times before it is kept.
 *
 * @source exec/totemsrp.c seqno_unchanged_const. Recorded: rings of 1 and 2 kept it 3 and 11 ms after they were formed
 */
export function sendWithToken(lab: LabState, node: string, payload: RingPayload): void {
  const daemon = lab.nodes[node]?.corosync.daemon;
  if (!daemon) return;
  const { totem, cpg } = daemon;
  const busyMs = BUSY_ROUNDS * totem.members.length * BUSY_HOP_MS;
  if (lab.nowMs - (totem.lastActiveMs ?? 0) <= busyMs) {
    sendOnRing(lab, node, payload);
    return;
  }
  cpg.queue.push(payload);
  wakeRings(lab, totem.ringId);
}

/** Pass the token event by event again, on one ring or on all. */
export function wakeRings(lab: LabState, only?: RingId): void {
  for (const node of Object.keys(lab.nodes)) {
    const daemon = lab.nodes[node]!.corosync.daemon;
    if (!daemon?.totem.idle || (only && !sameRing(daemon.totem.ringId, only))) continue;
    wakeMember(lab, node, daemon);
  }
}

/** One hop of an idle ring's token, milliseconds. */
function hopMs(): number {
  return BASE_LATENCY_MS + PROCESSING_MS;
}

/** Each member works out its own part: when it last saw the token, and whether it is the next to see it. */
function wakeMember(lab: LabState, node: string, daemon: CorosyncDaemon): void {
  const { totem } = daemon;
  // The representative's time, by its configuration: this node's own may be older or newer.
  const { originMs, token, holdMs = tokenHoldMs(daemon.config) } = totem.idle!;
  totem.idle = null;
  const size = totem.members.length;
  const place = totem.members.indexOf(daemon.nodeId);
  const periodMs = holdMs + size * hopMs();
  const sinceMs = lab.nowMs - originMs;
  const round = Math.floor(sinceMs / periodMs);
  const inRoundMs = sinceMs - round * periodMs;
  // The representative takes the token at the start of each round, the others after it was let go.
  const takenMs = place === 0 ? 0 : holdMs + place * hopMs();
  const seenRound = inRoundMs >= takenMs ? round : round - 1;
  totem.lastTokenMs = Math.max(originMs, originMs + seenRound * periodMs + takenMs);
  totem.tokenSeq = token.tokenSeq + Math.max(0, seenRound * size + place);
  totem.tokenReceivedMs = totem.lastTokenMs;
  totem.lastMessageSeq = token.messageSeq;
  watchForToken(lab, node, daemon);
  const copy = (tokenSeq: number): RingToken => ({ ...token, tokenSeq, missing: [] });
  if (place === 0 && inRoundMs < holdMs) {
    totem.held = copy(totem.tokenSeq);
    setTimer(lab, node, daemon, "release", holdMs - inRoundMs);
    if (inRoundMs < MERGE_DETECT_MS) setTimer(lab, node, daemon, "merge", MERGE_DETECT_MS - inRoundMs);
  }
  const isNext = place > 0 && inRoundMs >= takenMs - hopMs() && inRoundMs < takenMs;
  const isNextRep = place === 0 && inRoundMs >= periodMs - hopMs();
  if (isNext || isNextRep) {
    const dueMs = (isNextRep ? periodMs : takenMs) - inRoundMs;
    const data: Packet<RingToken> = { from: 0, body: copy(token.tokenSeq + round * size + (isNextRep ? size : place)) };
    schedule(lab, dueMs, { kind: "totem/token", node, pid: daemon.pid, data });
  }
  if (totem.held === null && size > 1) {
    const to = totem.members[(place + 1) % size]!;
    totem.sent = { to, token: copy(totem.tokenSeq + 1) };
    const sentAgoMs = lab.nowMs - totem.lastTokenMs - (place === 0 ? holdMs : 0);
    setTimer(lab, node, daemon, "retransmit", tokenRetransmitMs(daemon.config) - sentAgoMs);
  }
}

function onToken(lab: LabState, event: ScheduledEvent): void {
  const node = event.node!;
  const daemon = activeDaemon(lab, node);
  if (!daemon) return;
  const { from, body } = event.data as Packet<RingToken>;
  const { totem } = daemon;
  if (from !== 0 && !isReachable(daemon, from)) return;
  const ringId = totem.state === "recovery" ? totem.formingRingId : totem.state === "operational" ? totem.ringId : null;
  if (!ringId || !sameRing(ringId, body.ringId) || body.tokenSeq <= totem.tokenSeq) return;
  takeToken(lab, node, daemon, { ...body, missing: [...body.missing] });
}

/** The token has come: do what is to be done with it, then send it on or keep it. */
function takeToken(lab: LabState, node: string, daemon: CorosyncDaemon, token: RingToken): void {
  const { totem, cpg } = daemon;
  totem.tokenSeq = token.tokenSeq;
  totem.lastTokenMs = lab.nowMs;
  totem.tokenReceivedMs = lab.nowMs;
  clearTimer(lab, daemon, "retransmit", "release");
  totem.sent = null;
  totem.held = null;
  if (totem.state === "recovery") {
    totem.recoveryPasses++;
    if (totem.recoveryPasses >= RECOVERY_PASSES) enterOperational(lab, node, daemon);
    watchForToken(lab, node, daemon);
    passToken(lab, node, daemon, token);
    return;
  }
  watchForToken(lab, node, daemon);
  const isRep = totem.members[0] === daemon.nodeId;
  sendAgain(lab, node, daemon, token);
  const quiet = token.messageSeq === totem.lastMessageSeq && !hasToSend(daemon);
  if (quiet) {
    if (isRep && totem.timers.merge === undefined) setTimer(lab, node, daemon, "merge", MERGE_DETECT_MS);
  } else {
    // What members tell each other to synchronize is over with the forming of the ring.
    if (!daemon.sync) totem.lastActiveMs = lab.nowMs;
    clearTimer(lab, daemon, "merge");
  }
  const sent = cpg.queue.filter((payload) => maySend(daemon, payload)).slice(0, MESSAGES_PER_TOKEN);
  cpg.queue = cpg.queue.filter((payload) => !sent.includes(payload));
  for (const payload of sent) {
    const message: RingMessage = { seq: ++token.messageSeq, from: daemon.nodeId, payload };
    cpg.received.push(message);
    for (const peerId of peersOf(daemon)) {
      if (isReachable(daemon, peerId)) sendMessage(lab, node, daemon, peerId, message);
    }
  }
  deliverInOrder(lab, node, daemon);
  const everything = noteMissing(daemon, token);
  if (isRep) {
    token.lastAru = token.aru;
    token.aru = cpg.deliveredSeq;
  } else token.aru = Math.min(token.aru, cpg.deliveredSeq);
  cpg.received = cpg.received.filter((message) => message.seq > token.lastAru || message.seq > cpg.deliveredSeq);
  totem.lastMessageSeq = token.messageSeq;
  const asked = totem.holdCancelled === true;
  delete totem.holdCancelled;
  if (isRep && quiet && !asked && everything && token.lastAru === token.messageSeq) keepToken(lab, node, daemon, token);
  else passToken(lab, node, daemon, token);
}

/** Nobody has anything to say: the ring becomes idle, or the representative keeps the token for a while. */
function keepToken(lab: LabState, node: string, daemon: CorosyncDaemon, token: RingToken): void {
  const members = membersAtRest(lab, node, daemon);
  if (!members) {
    daemon.totem.held = token;
    setTimer(lab, node, daemon, "release", tokenHoldMs(daemon.config));
    return;
  }
  const holdMs = tokenHoldMs(daemon.config) + random(lab) * TIMER_LATE_MS_MAX;
  for (const member of members) {
    const { totem, cpg } = member;
    totem.idle = { originMs: lab.nowMs, holdMs, token: { ...token, missing: [] } };
    totem.lastMessageSeq = token.messageSeq;
    totem.sent = null;
    totem.held = null;
    cpg.received = [];
    clearTimer(lab, member, "token", "warning", "retransmit", "release", "merge");
  }
}

/**
 * The ring's members, when nothing would come of passing the token: all of them in this ring with nothing to send,
 * every path between them sound, and no stranger near whom the representative would have to tell of its ring.
 *
 * Looks at all members at once, but decides only whether events can be left out.
 */
function membersAtRest(lab: LabState, node: string, rep: CorosyncDaemon): CorosyncDaemon[] | undefined {
  const ids = rep.totem.members;
  if (rep.links.some((link) => link.connected && !ids.includes(link.peerId))) return undefined;
  const members = [rep];
  const names = new Map([[rep.nodeId, node]]);
  for (const link of rep.links) {
    if (!ids.includes(link.peerId) || names.has(link.peerId)) continue;
    const path = linkPath(lab, node, link);
    const member = path && activeDaemon(lab, path.peer);
    if (!member || member.nodeId !== link.peerId) return undefined;
    names.set(link.peerId, path.peer);
    members.push(member);
  }
  if (members.length !== ids.length) return undefined;
  for (const member of members) {
    const name = names.get(member.nodeId)!;
    const { totem, cpg } = member;
    if (lab.nodes[name]!.power !== "on" || lab.nodes[name]!.processes[member.pid]?.stopped) return undefined;
    if (totem.state !== "operational" || !sameRing(totem.ringId, rep.totem.ringId)) return undefined;
    if (hasToSend(member) || cpg.deliveredSeq !== rep.cpg.deliveredSeq) return undefined;
    for (const id of ids) if (id !== member.nodeId && !restsTowards(lab, name, member, id)) return undefined;
  }
  return members;
}

/** Every link to this member that is up is at rest, and the one in use has no fault. */
function restsTowards(lab: LabState, node: string, daemon: CorosyncDaemon, peerId: number): boolean {
  const up = daemon.links.filter((link) => link.peerId === peerId && link.connected);
  const used = bestLink(daemon, peerId);
  const path = used && linkPath(lab, node, used);
  if (!path || !up.every(isAtRest) || !linkWayIsUp(lab, node, used, path, "there")) return false;
  const { latencyMs, lossPercent } = pathOf(lab, path.network, node, path.peer);
  return latencyMs === 0 && lossPercent === 0;
}

/** Send the token to the next node of the ring, and again until a sign comes that it arrived. */
export function passToken(lab: LabState, node: string, daemon: CorosyncDaemon, token: RingToken): void {
  const { totem } = daemon;
  const ids = totem.state === "recovery" ? totem.forming.map((entry) => entry.nodeId) : totem.members;
  const to = ids[(ids.indexOf(daemon.nodeId) + 1) % ids.length]!;
  const next: RingToken = { ...token, tokenSeq: token.tokenSeq + 1 };
  totem.held = null;
  totem.sent = { to, token: next };
  send(lab, node, daemon, to, "totem/token", next);
  setTimer(lab, node, daemon, "retransmit", tokenRetransmitMs(daemon.config));
}

function onRetransmit(lab: LabState, event: ScheduledEvent): void {
  const daemon = dueDaemon(lab, event, "retransmit");
  const sent = daemon?.totem.sent;
  if (!daemon || !sent || daemon.totem.state === "gather") return;
  if ("token" in sent) send(lab, event.node!, daemon, sent.to, "totem/token", sent.token);
  else send(lab, event.node!, daemon, sent.to, "totem/commit", sent.commit);
  setTimer(lab, event.node!, daemon, "retransmit", tokenRetransmitMs(daemon.config));
}

function onRelease(lab: LabState, event: ScheduledEvent): void {
  const daemon = dueDaemon(lab, event, "release");
  if (daemon) release(lab, event.node!, daemon);
}

function onHoldCancel(lab: LabState, event: ScheduledEvent): void {
  const daemon = activeDaemon(lab, event.node!);
  const { body } = event.data as Packet<{ ringId: RingId }>;
  if (daemon?.totem.state !== "operational" || !sameRing(daemon.totem.ringId, body.ringId)) return;
  // A token that is still on its way is not kept when it comes: it may have passed whoever asks just before.
  if (!daemon.totem.held) daemon.totem.holdCancelled = true;
  clearTimer(lab, daemon, "release");
  release(lab, event.node!, daemon);
}

/** Let go of a token that was kept; the representative may use it first. */
function release(lab: LabState, node: string, daemon: CorosyncDaemon): void {
  const token = daemon.totem.held;
  if (!token) return;
  if (hasToSend(daemon)) takeToken(lab, node, daemon, token);
  else passToken(lab, node, daemon, token);
}

function sendMessage(lab: LabState, node: string, daemon: CorosyncDaemon, to: number, message: RingMessage): void {
  send(lab, node, daemon, to, "totem/message", { ringId: daemon.totem.ringId, message });
}

function onMessage(lab: LabState, event: ScheduledEvent): void {
  const node = event.node!;
  const daemon = activeDaemon(lab, node);
  const { from, body } = event.data as Packet<{ ringId: RingId; message: RingMessage }>;
  if (!daemon || !isReachable(daemon, from)) return;
  const { totem, cpg } = daemon;
  if (totem.state !== "operational" && totem.formingRingId && sameRing(totem.formingRingId, body.ringId)) {
    cpg.early.push(body.message);
    return;
  }
  if (!sameRing(totem.ringId, body.ringId)) {
    meetStranger(lab, node, daemon, from);
    return;
  }
  if (body.message.seq <= cpg.deliveredSeq || cpg.received.some(({ seq }) => seq === body.message.seq)) return;
  cpg.received.push(body.message);
  if (totem.state === "operational") deliverInOrder(lab, node, daemon);
}

/** Deliver what follows on the last delivered message without a gap. */
export function deliverInOrder(lab: LabState, node: string, daemon: CorosyncDaemon): void {
  const { cpg } = daemon;
  for (;;) {
    const next = cpg.received.find((message) => message.seq === cpg.deliveredSeq + 1);
    if (!next) return;
    cpg.deliveredSeq++;
    if (daemon.sync) takeInSync(lab, node, daemon, next);
    else deliverPayload(lab, node, daemon, next);
    // What was delivered may have ended this daemon's part in the ring.
    if (lab.nodes[node]!.corosync.daemon !== daemon) return;
  }
}

/** Ask on the token for what this node lacks. @returns whether it lacks nothing */
function noteMissing(daemon: CorosyncDaemon, token: RingToken): boolean {
  for (let seq = daemon.cpg.deliveredSeq + 1; seq <= token.messageSeq; seq++) {
    if (daemon.cpg.received.some((message) => message.seq === seq) || token.missing.includes(seq)) continue;
    token.missing.push(seq);
  }
  return daemon.cpg.deliveredSeq === token.messageSeq;
}

/** Send again what another node asked for on the token, if this node has it. */
function sendAgain(lab: LabState, node: string, daemon: CorosyncDaemon, token: RingToken): void {
  for (const seq of [...token.missing]) {
    const message = daemon.cpg.received.find((candidate) => candidate.seq === seq);
    if (!message) continue;
    multicast(lab, node, daemon, "totem/message", { ringId: daemon.totem.ringId, message });
    token.missing = token.missing.filter((other) => other !== seq);
  }
}

export function sameRing(a: Readonly<RingId>, b: Readonly<RingId>): boolean {
  return a.rep === b.rep && a.seq === b.seq;
}

export const ringHandlers = {
  "totem/token": onToken,
  "totem/message": onMessage,
  "totem/hold-cancel": onHoldCancel,
  "totem/retransmit-timer": onRetransmit,
  "totem/release-timer": onRelease,
};
