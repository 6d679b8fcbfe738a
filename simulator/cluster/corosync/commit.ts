/**
 * From agreement to a ring: the commit token goes round twice, collecting what each member brings and handing it to
 * all; then the ring's token goes round until every member has recovered.
 *
 * @source corosync 3.1.7 exec/totemsrp.c memb_state_commit_enter, message_handler_memb_commit_token
 */
import type { LabState, ScheduledEvent } from "../state.ts";
import type { CommitEntry, CommitToken, CorosyncDaemon, RingToken } from "./corosync-state.ts";
import { activeDaemon, isReachable, type Packet, send } from "./packets.ts";
import { passToken, sameRing } from "./ring.ts";
import { count } from "./stats.ts";
import { clearTimer, setTimer, watchForToken } from "./timers.ts";
import { tokenRetransmitMs } from "./timing.ts";
import { votequorumInfo } from "./votequorum.ts";

/** Each ring's number is higher than all its members have seen by this. */
const RING_SEQ_STEP = 4;

/** The lowest node of those that agree starts the ring. */
export function createCommitToken(lab: LabState, node: string, daemon: CorosyncDaemon, members: number[]): void {
  const ringId = { rep: daemon.nodeId, seq: daemon.totem.highestRingSeq + RING_SEQ_STEP };
  enterCommit(lab, node, daemon, { ringId, tokenSeq: 0, members, entries: [] });
}

function enterCommit(lab: LabState, node: string, daemon: CorosyncDaemon, token: CommitToken): void {
  const { totem } = daemon;
  clearTimer(lab, daemon, "join", "consensus");
  totem.state = "commit";
  count(daemon, "commit_entered");
  totem.formingRingId = token.ringId;
  totem.forming = [];
  totem.highestRingSeq = token.ringId.seq;
  totem.agreedRingSeq = token.ringId.seq;
  lab.nodes[node]!.corosync.storedRingSeq = token.ringId.seq;
  totem.lastTokenMs = lab.nowMs;
  watchForToken(lab, node, daemon);
  passCommit(lab, node, daemon, { ...token, entries: [...token.entries, ownEntry(daemon)] });
}

function ownEntry(daemon: CorosyncDaemon): CommitEntry {
  return {
    nodeId: daemon.nodeId,
    oldRingId: daemon.totem.ringId,
    votequorum: votequorumInfo(daemon),
    configVersion: daemon.config.configVersion,
    groups: daemon.cpg.local.map(({ group, pid }) => ({ group, nodeId: daemon.nodeId, pid })),
    messages: [...daemon.cpg.received],
  };
}

function passCommit(lab: LabState, node: string, daemon: CorosyncDaemon, token: CommitToken): void {
  const to = token.members[(token.members.indexOf(daemon.nodeId) + 1) % token.members.length]!;
  const commit: CommitToken = { ...token, tokenSeq: token.tokenSeq + 1 };
  daemon.totem.sent = { to, commit };
  send(lab, node, daemon, to, "totem/commit", commit);
  setTimer(lab, node, daemon, "retransmit", tokenRetransmitMs(daemon.config));
}

function onCommit(lab: LabState, event: ScheduledEvent): void {
  const node = event.node!;
  const daemon = activeDaemon(lab, node);
  const { from, body } = event.data as Packet<CommitToken>;
  if (!daemon || !isReachable(daemon, from)) return;
  const { totem } = daemon;
  switch (totem.state) {
    case "operational":
      return;
    case "gather": {
      const candidates = totem.procList.filter((id) => !totem.failedList.includes(id));
      if (candidates.join() !== body.members.join() || body.ringId.seq <= (totem.agreedRingSeq ?? totem.ringId.seq))
        return;
      enterCommit(lab, node, daemon, body);
      return;
    }
    case "commit":
      if (!sameRing(totem.formingRingId!, body.ringId) || body.entries.length < body.members.length) return;
      enterRecovery(lab, node, daemon, body);
      return;
    case "recovery":
      // It has been round twice: its creator starts the ring's own token. Later copies are ignored.
      if (!sameRing(totem.formingRingId!, body.ringId) || body.ringId.rep !== daemon.nodeId) return;
      if (totem.sent === null || "token" in totem.sent) return;
      startRing(lab, node, daemon);
  }
}

function enterRecovery(lab: LabState, node: string, daemon: CorosyncDaemon, token: CommitToken): void {
  const { totem } = daemon;
  totem.state = "recovery";
  count(daemon, "recovery_entered");
  totem.forming = token.entries;
  totem.recoveryPasses = 0;
  totem.tokenSeq = 0;
  totem.lastTokenMs = lab.nowMs;
  watchForToken(lab, node, daemon);
  passCommit(lab, node, daemon, token);
}

function startRing(lab: LabState, node: string, daemon: CorosyncDaemon): void {
  const { totem } = daemon;
  const token: RingToken = {
    ringId: totem.formingRingId!,
    tokenSeq: 1,
    messageSeq: 0,
    aru: 0,
    lastAru: 0,
    missing: [],
  };
  totem.tokenSeq = token.tokenSeq;
  totem.lastTokenMs = lab.nowMs;
  watchForToken(lab, node, daemon);
  passToken(lab, node, daemon, token);
}

export const commitHandlers = { "totem/commit": onCommit };
