/**
 * votequorum: whether this node's partition has its votes.
 *
 * Each node counts for itself, from what the members of its ring announced when the ring was formed.
 *
 * @source corosync 3.1.7 exec/votequorum.c; FACTS 1-10, 22-25
 */
import { cancel, schedule, scheduleIfHandled } from "../kernel.ts";
import type { LabState, ScheduledEvent } from "../state.ts";
import type { CorosyncConf } from "./corosync-conf.ts";
import { countedList, say } from "./corosync-log.ts";
import type { CommitEntry, CorosyncDaemon, VotequorumInfo, VotequorumState } from "./corosync-state.ts";
import { finishSync } from "./operational.ts";
import type { DeviceFlags } from "./qdevice-state.ts";
import { sendOnRing } from "./ring.ts";

/** Votes of this node and what it expects, before it is in any ring. */
export function initialVotequorum(config: CorosyncConf, nodeId: number): VotequorumState {
  const expectedVotes = configuredVotes(config);
  const votes = votesOf(config, nodeId);
  return {
    quorate: false,
    expectedVotes,
    quorum: Math.floor(expectedVotes / 2) + 1,
    totalVotes: votes,
    members: [{ nodeId, votes }],
    waitForAllStatus: config.quorum.waitForAll,
    tieBreakerId: null,
    lastManStandingEvent: null,
    announcedQuorate: false,
  };
}

/** What this node tells the others when a ring is formed. */
export function votequorumInfo(daemon: CorosyncDaemon): VotequorumInfo {
  const { votequorum, config, nodeId } = daemon;
  return {
    nodeId,
    votes: votesOf(config, nodeId),
    expectedVotes: votequorum.expectedVotes,
    quorate: votequorum.quorate,
    waitForAllStatus: votequorum.waitForAllStatus,
    ...(votequorum.device && { device: votequorum.device }),
  };
}

/** Whether one vote alone makes a partition: corosync says so in its log while it starts. */
export function aloneIsQuorate(config: CorosyncConf, nodeId: number): boolean {
  const needed = votesNeeded(config, configuredVotes(config), 1);
  return votesOf(config, nodeId) >= needed && !config.quorum.waitForAll;
}

/**
 * A ring was formed: count.
 *
 * Expected votes are those of the members that were quorate, or else the highest of all, and never less than the votes
 * present: so a value set with `-e` survives a booting node, but not the return of a partition that kept running.
 */
export function votesOfNewRing(
  lab: LabState,
  node: string,
  daemon: CorosyncDaemon,
  entries: CommitEntry[],
): { changed: boolean } {
  const { votequorum } = daemon;
  const infos = entries.map((entry) => entry.votequorum);
  const established = infos.filter((info) => info.quorate);
  const members = infos.map(({ nodeId, votes }) => ({ nodeId, votes }));
  const lost = votequorum.members.some(({ nodeId }) => !members.some((member) => member.nodeId === nodeId));
  const seen = [...votequorum.members, ...members].map(({ nodeId }) => nodeId);
  votequorum.everMembers = [...new Set([...(votequorum.everMembers ?? []), ...seen])];
  votequorum.members = members;
  votequorum.devices = {};
  for (const { nodeId, device } of infos) if (device) votequorum.devices[nodeId] = device;
  if (votequorum.device) votequorum.devices[daemon.nodeId] = votequorum.device;
  else delete votequorum.devices[daemon.nodeId];
  const total = totalOf(daemon);
  const highest = Math.max(...(established.length > 0 ? established : infos).map((info) => info.expectedVotes));
  votequorum.expectedVotes = Math.max(highest, total);
  if (established.some((info) => !info.waitForAllStatus)) votequorum.waitForAllStatus = false;
  const changed = count(lab, node, daemon);
  if (lost && daemon.config.quorum.lastManStanding) startLastManStanding(lab, node, daemon);
  return { changed };
}

/** `corosync-quorumtool -e`, as it reaches each node of the partition. */
export function applyExpectedVotes(lab: LabState, node: string, daemon: CorosyncDaemon, value: number): void {
  daemon.votequorum.expectedVotes = value;
  const changed = count(lab, node, daemon);
  sayQuorum(lab, node, daemon, { always: false, changed });
}

/** The configuration was read again: its votes count at once, in both directions. */
export function applyConfiguredVotes(lab: LabState, node: string, daemon: CorosyncDaemon): void {
  const { votequorum, config } = daemon;
  votequorum.expectedVotes = configuredVotes(config);
  for (const member of votequorum.members) {
    member.votes = config.nodes.find((entry) => entry.nodeId === member.nodeId)?.votes ?? member.votes;
  }
  if (!config.quorum.waitForAll) votequorum.waitForAllStatus = false;
  const changed = count(lab, node, daemon);
  sayQuorum(lab, node, daemon, { always: false, changed });
}

/** Say how the partition stands, if that changed; after a new membership its members in any case. */
export function sayQuorum(
  lab: LabState,
  node: string,
  daemon: CorosyncDaemon,
  what: { always: boolean; changed: boolean },
): void {
  const { quorate, members } = daemon.votequorum;
  if (what.changed) {
    const text = quorate
      ? "This node is within the primary component and will provide service."
      : "This node is within the non-primary component and will NOT provide any services.";
    // At start this was said already when the node needs nobody else.
    if (daemon.votequorum.announcedQuorate !== quorate) say(lab, node, daemon.pid, "QUORUM", text);
    daemon.votequorum.announcedQuorate = quorate;
    scheduleIfHandled(lab, 0, { kind: "pmxcfs/quorum", node, data: { quorate } });
  }
  if (what.always || what.changed) {
    say(lab, node, daemon.pid, "QUORUM", `Members${countedList(members.map(({ nodeId }) => nodeId))}`);
  }
}

/** Votes that the configuration expects: its own figure, or all the nodelist's, and an outside vote's. */
export function configuredVotes(config: CorosyncConf): number {
  const { expectedVotes, device } = config.quorum;
  return (expectedVotes ?? config.nodes.reduce((sum, entry) => sum + entry.votes, 0)) + (device?.votes ?? 0);
}

/**
 * Votes a partition needs: more than half of those expected; one in two-node mode.
 *
 * @source FACTS 1, 22
 */
export function votesNeeded(config: CorosyncConf, expectedVotes: number, nodesPresent: number): number {
  return config.quorum.twoNode && nodesPresent <= 2 ? 1 : Math.floor(expectedVotes / 2) + 1;
}

/** @returns whether the node's standing changed */
function count(lab: LabState, node: string, daemon: CorosyncDaemon): boolean {
  const { votequorum, config } = daemon;
  const before = votequorum.quorate;
  const total = totalOf(daemon);
  votequorum.totalVotes = total;
  votequorum.quorum = votesNeeded(config, votequorum.expectedVotes, votequorum.members.length);
  votequorum.quorate = judge(lab, node, daemon, total);
  if (votequorum.quorate && total >= votequorum.quorum) {
    votequorum.tieBreakerId = Math.min(...votequorum.members.map(({ nodeId }) => nodeId));
  }
  // wait_for_all arms itself again whenever quorum is lost.
  if (config.quorum.waitForAll) votequorum.waitForAllStatus = !votequorum.quorate;
  return votequorum.quorate !== before;
}

function judge(lab: LabState, node: string, daemon: CorosyncDaemon, total: number): boolean {
  const { votequorum, config } = daemon;
  const { expectedVotes } = votequorum;
  if (config.quorum.waitForAll && votequorum.waitForAllStatus && total < expectedVotes) {
    const text = `Waiting for all cluster members. Current votes: ${total} expected_votes: ${expectedVotes}`;
    say(lab, node, daemon.pid, "VOTEQ", text);
    return false;
  }
  if (total >= votequorum.quorum) return true;
  const half = total * 2 === expectedVotes;
  const tieBreakerHere = votequorum.members.some(({ nodeId }) => nodeId === votequorum.tieBreakerId);
  return config.quorum.autoTieBreaker && half && tieBreakerHere;
}

function startLastManStanding(lab: LabState, node: string, daemon: CorosyncDaemon): void {
  cancel(lab, daemon.votequorum.lastManStandingEvent ?? undefined);
  daemon.votequorum.lastManStandingEvent = schedule(lab, daemon.config.quorum.lastManStandingWindowMs, {
    kind: "votequorum/last-man-standing",
    node,
    pid: daemon.pid,
  });
}

/** Lost votes are written off, as long as the partition is quorate; two nodes are the least that can be expected. */
function onLastManStanding(lab: LabState, event: ScheduledEvent): void {
  const daemon = lab.nodes[event.node!]?.corosync.daemon;
  if (!daemon || daemon.votequorum.lastManStandingEvent !== event.id) return;
  const { votequorum } = daemon;
  votequorum.lastManStandingEvent = null;
  if (!votequorum.quorate) return;
  votequorum.expectedVotes = Math.max(2, totalOf(daemon));
  const changed = count(lab, event.node!, daemon);
  sayQuorum(lab, event.node!, daemon, { always: false, changed });
}

/** Votes of the members, and the device's when this node's device casts it. */
function totalOf(daemon: CorosyncDaemon): number {
  return daemon.votequorum.members.reduce((sum, member) => sum + member.votes, 0) + deviceVotesCast(daemon);
}

/** Votes that this node counts for its quorum device. */
export function deviceVotesCast({ votequorum, config }: Readonly<CorosyncDaemon>): number {
  return votequorum.device?.castVote ? (config.quorum.device?.votes ?? 0) : 0;
}

/** The device registered, changed its vote or went: this node counts at once, the others hear of it on the ring. */
export function announceDevice(
  lab: LabState,
  node: string,
  daemon: CorosyncDaemon,
  device: DeviceFlags | undefined,
): void {
  const { votequorum } = daemon;
  if (device) votequorum.device = device;
  else delete votequorum.device;
  noteDevice(daemon, daemon.nodeId, device ?? null);
  if (daemon.phase === "running") sendOnRing(lab, node, { kind: "device", device: device ?? null });
  if (daemon.sync) {
    finishSync(lab, node, daemon);
    return;
  }
  if (votequorum.members.length === 0) return;
  const changed = count(lab, node, daemon);
  sayQuorum(lab, node, daemon, { always: false, changed });
}

/** The device's answer, whether it was asked or not. */
export function answerPoll(lab: LabState, node: string, daemon: CorosyncDaemon, castVote: boolean): void {
  if (!daemon.sync && daemon.votequorum.device?.castVote === castVote) return;
  announceDevice(lab, node, daemon, { castVote });
}

/** What a member says of its device. */
export function noteDevice(daemon: CorosyncDaemon, nodeId: number, device: DeviceFlags | null): void {
  daemon.votequorum.devices ??= {};
  if (device) daemon.votequorum.devices[nodeId] = device;
  else delete daemon.votequorum.devices[nodeId];
}

/** The device did not answer: the ring goes on without its vote. */
function onPollTimeout(lab: LabState, event: ScheduledEvent): void {
  const daemon = lab.nodes[event.node!]?.corosync.daemon;
  if (daemon?.sync?.pollEvent === event.id) answerPoll(lab, event.node!, daemon, false);
}

function votesOf(config: CorosyncConf, nodeId: number): number {
  return config.nodes.find((entry) => entry.nodeId === nodeId)?.votes ?? 1;
}

export const votequorumHandlers = {
  "votequorum/last-man-standing": onLastManStanding,
  "votequorum/poll-timeout": onPollTimeout,
};
