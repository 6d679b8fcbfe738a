/**
 * Forming a membership: nodes tell each other whom they hear (join messages) until those who are left agree.
 *
 * @source corosync 3.1.7 exec/totemsrp.c memb_state_gather_enter, memb_join_process, memb_state_consensus_timeout_expired
 */
import { random } from "../kernel.ts";
import type { LabState, ScheduledEvent } from "../state.ts";
import { createCommitToken } from "./commit.ts";
import { say } from "./corosync-log.ts";
import type { CorosyncDaemon, RingId, TotemState } from "./corosync-state.ts";
import { activeDaemon, isReachable, multicast, type Packet } from "./packets.ts";
import { sameRing, wakeRings } from "./ring.ts";
import { count } from "./stats.ts";
import { ALL_TIMERS, clearTimer, dueDaemon, setTimer, watchForToken } from "./timers.ts";
import { consensusTimeoutMs, JOIN_REPEAT_MS, tokenTimeoutMs } from "./timing.ts";

interface Join {
  procList: number[];
  failedList: number[];
  ringSeq: number;
  /** Set in the last message of a node that stops. */
  leaving: boolean;
}

/** Start to gather, or start anew because something was learnt. */
export function enterGather(lab: LabState, node: string, daemon: CorosyncDaemon): void {
  const { totem } = daemon;
  if (totem.idle) wakeRings(lab, totem.ringId);
  clearTimer(lab, daemon, ...ALL_TIMERS);
  totem.procList = union(totem.procList, [daemon.nodeId]);
  totem.consensus = [daemon.nodeId];
  totem.state = "gather";
  count(daemon, "gather_entered");
  totem.formingRingId = null;
  totem.forming = [];
  totem.held = null;
  totem.sent = null;
  daemon.cpg.early = [];
  const storm = isStorm(lab, totem);
  const joinInMs = isRestless(lab, totem) ? random(lab) * JOIN_REPEAT_MS : storm ? JOIN_REPEAT_MS : 0;
  if (joinInMs === 0) sendJoin(lab, node, daemon);
  setTimer(lab, node, daemon, "join", joinInMs === 0 ? JOIN_REPEAT_MS : joinInMs);
  setTimer(lab, node, daemon, "consensus", consensusTimeoutMs(daemon.config));
}

/**
 * Two nodes that were in no ring together and have given up different others answer each other's join messages without
 * end, as fast as they can, until a third one's consensus timeout is over: twenty thousand a second were recorded. It
 * makes no difference to what comes of it when they pause after some, and begin again with the next repeated message.
 *
 * @source recorded: five nodes, two cuts, a tie of consensus timeouts; 8 s
 */
const STORM_MS = 10;
const STORM_GATHERS = 8;

/** Whether this node has gathered anew so often that it leaves out an answer. */
function isStorm(lab: LabState, totem: TotemState): boolean {
  const { gathers } = totem;
  const goesOn = gathers !== undefined && lab.nowMs - gathers.sinceMs < STORM_MS;
  totem.gathers = goesOn ? { ...gathers, count: gathers.count + 1 } : { sinceMs: lab.nowMs, count: 1 };
  return totem.gathers.count > STORM_GATHERS;
}

/**
 * Nodes whose messages all take the same time can disturb each other's new rings for ever, each at the same point of every
 * round; those of real machines do not keep step. So whoever has gathered very often without a pause takes its time.
 */
const PAUSE_MS = 100;
const RESTLESS_GATHERS = 100;

function isRestless(lab: LabState, totem: TotemState): boolean {
  const { unbroken } = totem;
  const goesOn = unbroken !== undefined && lab.nowMs - unbroken.lastMs < PAUSE_MS;
  totem.unbroken = { lastMs: lab.nowMs, gathers: goesOn ? unbroken.gathers + 1 : 1 };
  return totem.unbroken.gathers > RESTLESS_GATHERS;
}

/** The last message of a node that stops in good order. */
export function sendLeave(lab: LabState, node: string, daemon: CorosyncDaemon): void {
  const { totem } = daemon;
  const failedList = union(totem.failedList, [daemon.nodeId]);
  const join: Join = {
    procList: without(totem.procList, failedList),
    failedList,
    ringSeq: ownRingSeq(totem),
    leaving: true,
  };
  multicast(lab, node, daemon, "totem/join", join);
}

function sendJoin(lab: LabState, node: string, daemon: CorosyncDaemon): void {
  const { procList, failedList } = daemon.totem;
  const join: Join = { procList, failedList, ringSeq: ownRingSeq(daemon.totem), leaving: false };
  multicast(lab, node, daemon, "totem/join", join);
}

/** Number of the ring that this node last agreed to, whether it came about or not. */
function ownRingSeq(totem: TotemState): number {
  return totem.agreedRingSeq ?? totem.ringId.seq;
}

function onJoin(lab: LabState, event: ScheduledEvent): void {
  const node = event.node!;
  const daemon = activeDaemon(lab, node);
  const { from, body } = event.data as Packet<Join>;
  if (!daemon || !isReachable(daemon, from)) return;
  const { totem } = daemon;
  totem.highestRingSeq = Math.max(totem.highestRingSeq, body.ringSeq);
  if (body.leaving) totem.leaving = union(totem.leaving, [from]);
  switch (totem.state) {
    case "operational":
      // Whoever has given this node up forms a ring without it first; and a member may speak of an older ring still.
      if (body.failedList.includes(daemon.nodeId)) return;
      if (totem.members.includes(from) && body.ringSeq < totem.ringId.seq) return;
      if (!processJoin(lab, node, daemon, from, body)) enterGather(lab, node, daemon);
      return;
    case "gather":
      processJoin(lab, node, daemon, from, body);
      return;
    default: {
      // Only a member of the ring being formed that has fallen back can call it off.
      const member = without(totem.procList, totem.failedList).includes(from);
      if (!member || body.ringSeq < ownRingSeq(totem)) return;
      // Those who agreed to that ring still count: the lowest of them may start another one here, which it then leaves.
      processJoin(lab, node, daemon, from, body);
      enterGather(lab, node, daemon);
    }
  }
}

/** @returns whether this node began to gather anew, or to form a ring */
function processJoin(lab: LabState, node: string, daemon: CorosyncDaemon, from: number, join: Join): boolean {
  const { totem } = daemon;
  if (sameSet(join.procList, totem.procList) && sameSet(join.failedList, totem.failedList)) {
    if (!join.leaving) totem.consensus = union(totem.consensus, [from]);
    const candidates = without(totem.procList, totem.failedList);
    if (!candidates.every((id) => totem.consensus.includes(id)) || candidates[0] !== daemon.nodeId) return false;
    createCommitToken(lab, node, daemon, candidates);
    return true;
  }
  if (isSubset(join.procList, totem.procList) && isSubset(join.failedList, totem.failedList)) return false;
  if (totem.failedList.includes(from)) return false;
  totem.procList = union(totem.procList, join.procList);
  if (join.failedList.includes(daemon.nodeId)) totem.failedList = union(totem.failedList, [from]);
  // What a stranger thinks of this node's neighbours does not count.
  else if (totem.members.includes(from)) totem.failedList = union(totem.failedList, join.failedList);
  enterGather(lab, node, daemon);
  return true;
}

function onJoinTimer(lab: LabState, event: ScheduledEvent): void {
  const daemon = dueDaemon(lab, event, "join");
  if (daemon?.totem.state !== "gather") return;
  sendJoin(lab, event.node!, daemon);
  setTimer(lab, event.node!, daemon, "join", JOIN_REPEAT_MS);
}

/** Whoever has not said the same until now is given up. */
function onConsensusTimer(lab: LabState, event: ScheduledEvent): void {
  const daemon = dueDaemon(lab, event, "consensus");
  if (daemon?.totem.state !== "gather") return;
  count(daemon, "consensus_timeouts");
  if (giveUpTheSilent(daemon)) {
    enterGather(lab, event.node!, daemon);
    return;
  }
  // All agree, yet no commit token came from the lowest of them.
  daemon.totem.lastTokenMs = lab.nowMs;
  watchForToken(lab, event.node!, daemon);
}

/** @returns whether there were any; else all agreed, and have to say so again */
function giveUpTheSilent(daemon: CorosyncDaemon): boolean {
  const { totem } = daemon;
  const silent = without(without(totem.procList, totem.failedList), totem.consensus);
  totem.failedList = union(totem.failedList, silent);
  if (silent.length === 0) totem.consensus = [daemon.nodeId];
  return silent.length > 0;
}

function onTokenTimer(lab: LabState, event: ScheduledEvent): void {
  const daemon = dueDaemon(lab, event, "token");
  if (!daemon) return;
  const node = event.node!;
  const { totem } = daemon;
  const tokenMs = Math.floor(tokenTimeoutMs(daemon.config));
  count(daemon, `${totem.state}_token_lost`);
  switch (totem.state) {
    case "operational": {
      const waitMs = Math.floor(consensusTimeoutMs(daemon.config));
      const text = `token timed out (${tokenMs}ms), waiting ${waitMs}ms for consensus.`;
      say(lab, node, daemon.pid, "TOTEM", `A processor failed, forming new configuration: ${text}`);
      break;
    }
    case "gather":
      giveUpTheSilent(daemon);
      break;
    // Of these corosync speaks only where it is asked to debug.
    case "commit":
    case "recovery":
      break;
  }
  enterGather(lab, node, daemon);
}

function onWarning(lab: LabState, event: ScheduledEvent): void {
  const daemon = dueDaemon(lab, event, "warning");
  if (!daemon) return;
  const { tokenReceivedMs, lastTokenMs } = daemon.totem;
  const missingMs = Math.floor(lab.nowMs - (tokenReceivedMs ?? lastTokenMs));
  say(lab, event.node!, daemon.pid, "TOTEM", `Token has not been received in ${missingMs} ms `);
}

/** The representative of a ring lets everyone on the network know of it. */
function onMergeTimer(lab: LabState, event: ScheduledEvent): void {
  const daemon = dueDaemon(lab, event, "merge");
  if (daemon?.totem.state !== "operational") return;
  multicast(lab, event.node!, daemon, "totem/merge-detect", { ringId: daemon.totem.ringId });
}

function onMergeDetect(lab: LabState, event: ScheduledEvent): void {
  const daemon = activeDaemon(lab, event.node!);
  const { from, body } = event.data as Packet<{ ringId: RingId }>;
  if (!daemon || from === daemon.nodeId || !isReachable(daemon, from)) return;
  if (!sameRing(daemon.totem.ringId, body.ringId)) meetStranger(lab, event.node!, daemon, from);
}

/** Something of another ring has come: a node that is not forming one gathers together with whoever sent it. */
export function meetStranger(lab: LabState, node: string, daemon: CorosyncDaemon, from: number): void {
  const { totem } = daemon;
  const known = totem.procList.includes(from);
  if (totem.state !== "operational" && (totem.state !== "gather" || known)) return;
  totem.procList = union(totem.procList, [from]);
  enterGather(lab, node, daemon);
}

function union(a: readonly number[], b: readonly number[]): number[] {
  return [...new Set([...a, ...b])].toSorted((x, y) => x - y);
}

function without(a: readonly number[], b: readonly number[]): number[] {
  return a.filter((id) => !b.includes(id));
}

function isSubset(a: readonly number[], b: readonly number[]): boolean {
  return a.every((id) => b.includes(id));
}

function sameSet(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && isSubset(a, b);
}

export const gatherHandlers = {
  "totem/join": onJoin,
  "totem/join-timer": onJoinTimer,
  "totem/consensus-timer": onConsensusTimer,
  "totem/token-timer": onTokenTimer,
  "totem/warning-timer": onWarning,
  "totem/merge-timer": onMergeTimer,
  "totem/merge-detect": onMergeDetect,
};
