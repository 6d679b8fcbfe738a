/**
 * votequorum: whether this node's partition has its votes.
 *
 * Each node counts for itself, from what the members of its ring tell: on every new ring and after every reload each
 * sends its votes and what it expects, and takes in what the others send one after the other, as corosync does. Two
 * nodes of one ring may so expect different numbers.
 *
 * @source corosync 3.1.7 exec/votequorum.c; FACTS 1-10, 22-27
 */
import { cancel, schedule } from "../kernel.ts";
import type { LabState, ScheduledEvent } from "../state.ts";
import type { CorosyncConf } from "./corosync-conf.ts";
import { countedList, say } from "./corosync-log.ts";
import type {
  CommitEntry,
  CorosyncDaemon,
  VotequorumInfo,
  VotequorumMember,
  VotequorumOptions,
  VotequorumState,
} from "./corosync-state.ts";
import { deviceAnswered } from "./operational.ts";
import { tellQuorum } from "./qdevice.ts";
import type { DeviceFlags } from "./qdevice-state.ts";
import { sendOnRing } from "./ring.ts";
import { nodelistVotes, reloadedOptions, startOptions } from "./votequorum-options.ts";

/** A device that has not asked for so long is given up. @source VOTEQUORUM_QDEVICE_DEFAULT_TIMEOUT */
const DEVICE_TIMEOUT_MS = 10_000;

/** Votes of this node and what it expects, before it is in any ring. Nothing is counted yet: see `firstCount`. */
export function initialVotequorum(config: CorosyncConf, nodeId: number): VotequorumState {
  const { options } = startOptions(config);
  const votes = votesOf(config, nodeId);
  const expectedVotes = configuredVotes(config, options);
  return {
    quorate: false,
    expectedVotes,
    quorum: 0,
    totalVotes: votes,
    members: [{ nodeId, votes }],
    options,
    waitForAllStatus: options.waitForAll,
    tieBreakerId: null,
    lastManStandingEvent: null,
    announcedQuorate: false,
  };
}

/** Options in effect on this node. */
export function optionsOf({ votequorum, config }: Readonly<CorosyncDaemon>): Readonly<VotequorumOptions> {
  return votequorum.options ?? startOptions(config).options;
}

/** What this node tells the others when a ring is formed. */
export function votequorumInfo(daemon: CorosyncDaemon): VotequorumInfo {
  const { votequorum, nodeId } = daemon;
  return {
    nodeId,
    votes: ownMember(daemon).votes,
    expectedVotes: votequorum.expectedVotes,
    quorate: votequorum.quorate,
    waitForAllStatus: votequorum.waitForAllStatus,
    deviceVotes: optionsOf(daemon).deviceVotes,
    ...(votequorum.device && { device: votequorum.device }),
  };
}

/** The service is loaded and counts its own votes. @returns whether they are enough */
export function firstCount(lab: LabState, node: string, daemon: CorosyncDaemon): boolean {
  const { complaints, warnings } = startOptions(daemon.config);
  for (const warning of warnings) say(lab, node, daemon.pid, "VOTEQ", warning, 4);
  for (const complaint of complaints) say(lab, node, daemon.pid, "VOTEQ", complaint, 2);
  recalculate(lab, node, daemon, {});
  daemon.votequorum.announcedQuorate = daemon.votequorum.quorate;
  return daemon.votequorum.quorate;
}

/**
 * A ring was formed: what its members sent is taken in, in the order in which it was sent, then all is counted.
 *
 * @returns whether the node's standing changed
 */
export function votesOfNewRing(
  lab: LabState,
  node: string,
  daemon: CorosyncDaemon,
  entries: CommitEntry[],
): { changed: boolean } {
  const { votequorum } = daemon;
  const first = votequorum.previousMembers === undefined && votequorum.everMembers === undefined;
  const before = votequorum.quorate;
  const infos = inOrderOfSending(entries.map((entry) => entry.votequorum));
  const ids = infos.map(({ nodeId }) => nodeId);
  const previous = first ? [] : votequorum.members.map(({ nodeId }) => nodeId);
  votequorum.everMembers = [...new Set([...(votequorum.everMembers ?? []), ...previous, ...ids])];
  votequorum.members = votequorum.members.filter(({ nodeId }) => ids.includes(nodeId));
  votequorum.previousMembers = previous;
  votequorum.devices = {};
  for (const { nodeId, device } of infos) if (device) votequorum.devices[nodeId] = device;
  if (votequorum.device) votequorum.devices[daemon.nodeId] = votequorum.device;
  else delete votequorum.devices[daemon.nodeId];
  writeOffSoon(
    lab,
    node,
    daemon,
    ids.length,
    previous.some((id) => !ids.includes(id)),
  );
  // What all sent was taken in before the device answered: until then it had the vote that it brought.
  const { device } = votequorum;
  const brought = infos.find(({ nodeId }) => nodeId === daemon.nodeId)?.device;
  if (device) votequorum.device = { ...device, castVote: brought?.castVote ?? false };
  // What was sent when the service was loaded goes on the first ring, too.
  if (first) takeNodeInfo(lab, node, daemon, votequorumInfo(daemon));
  for (const info of infos) takeNodeInfo(lab, node, daemon, info);
  if (device) votequorum.device = device;
  recalculate(lab, node, daemon, {});
  votequorum.members.sort((a, b) => a.nodeId - b.nodeId);
  return { changed: votequorum.quorate !== before };
}

/**
 * Each service synchronizes when the one before it has on every node, and whoever sent last goes on first: by the time
 * of votequorum the third from the end begins.
 *
 * @source exec/sync.c, exec/schedwrk.c; log-n2-two_node-start-2-seen-by-1, where the second node's came first
 */
function inOrderOfSending(infos: readonly VotequorumInfo[]): VotequorumInfo[] {
  const sorted = infos.toSorted((a, b) => a.nodeId - b.nodeId);
  const count = sorted.length;
  const start = (((count - 3) % count) + count) % count;
  return [...sorted.slice(start), ...sorted.slice(0, start)];
}

/** What a member says of itself, when a ring is formed or it has read its configuration anew. */
export function applyNodeInfo(lab: LabState, node: string, daemon: CorosyncDaemon, info: VotequorumInfo): void {
  telling(lab, node, daemon, () => takeNodeInfo(lab, node, daemon, info));
}

/** `corosync-quorumtool -e`, or a reload that changed the figure, as it reaches each node of the partition. */
export function applyExpectedVotes(lab: LabState, node: string, daemon: CorosyncDaemon, value: number): void {
  telling(lab, node, daemon, () => {
    expectAll(daemon, value);
    recalculate(lab, node, daemon, { mayDecrease: true });
  });
}

/** A member's reload changed its votes. */
export function applyNodeVotes(lab: LabState, node: string, daemon: CorosyncDaemon, from: number, votes: number): void {
  const member = daemon.votequorum.members.find(({ nodeId }) => nodeId === from);
  if (!member) return;
  telling(lab, node, daemon, () => {
    member.votes = votes;
    recalculate(lab, node, daemon, { mayDecrease: true });
  });
}

/** The configuration was read again: this node takes its votes from it and tells the others. */
export function applyConfiguredVotes(lab: LabState, node: string, daemon: CorosyncDaemon): void {
  const { votequorum, config } = daemon;
  const { options, complaints } = reloadedOptions(config, optionsOf(daemon), votequorum.device !== undefined);
  for (const complaint of complaints) say(lab, node, daemon.pid, "VOTEQ", complaint, 2);
  votequorum.options = options;
  const own = ownMember(daemon);
  const before = { votes: own.votes, expectedVotes: votequorum.expectedVotes };
  own.votes = votesOf(config, daemon.nodeId);
  votequorum.expectedVotes = configuredVotes(config, options);
  if (!options.waitForAll && options.waitForAllFollowsTwoNode) votequorum.waitForAllStatus = false;
  sendOnRing(lab, node, { kind: "node-info", info: votequorumInfo(daemon) });
  if (own.votes !== before.votes) sendOnRing(lab, node, { kind: "node-votes", votes: own.votes });
  if (votequorum.expectedVotes !== before.expectedVotes) {
    sendOnRing(lab, node, { kind: "expected", value: votequorum.expectedVotes });
  }
}

/** Whether `-e` with this value is taken: not below the votes present, nor so high that quorum would be lost. */
export function mayExpect(daemon: Readonly<CorosyncDaemon>, value: number): boolean {
  const total = totalOf(daemon);
  return (
    value >= total && !(daemon.votequorum.quorate && quorumFor(daemon, { expected: value, mayDecrease: true }) > total)
  );
}

/**
 * Corosync's error for votes that a node may not be given; undefined when it may. What is needed must lie between half
 * of the votes and all: fewer for a node than the others still expect are refused.
 *
 * @source message_handler_req_lib_votequorum_setvotes
 */
export function whyNotVotes(daemon: Readonly<CorosyncDaemon>, nodeId: number, votes: number): string | undefined {
  const { members } = daemon.votequorum;
  if (!members.some((member) => member.nodeId === nodeId)) {
    // One that left is known. @source options/one-lost
    return daemon.votequorum.everMembers?.includes(nodeId) ? "CS_ERR_INVALID_PARAM" : "CS_ERR_NAME_NOT_FOUND";
  }
  const changed = members.map((member) => (member.nodeId === nodeId ? { ...member, votes } : member));
  const wanted = { ...daemon, votequorum: { ...daemon.votequorum, members: changed } };
  const [needed, total] = [quorumFor(wanted, { mayDecrease: true }), totalOf(wanted)];
  return needed < Math.floor(total / 2) || needed > total ? "CS_ERR_INVALID_PARAM" : undefined;
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
    schedule(lab, 0, { kind: "pmxcfs/quorum", node, data: { quorate } });
  }
  if (what.always || what.changed) {
    say(lab, node, daemon.pid, "QUORUM", `Members${countedList(members.map(({ nodeId }) => nodeId))}`);
    tellQuorum(lab, node);
  }
}

/** The highest that any member of the ring expects, as this node was told. */
export function highestExpected(daemon: Readonly<CorosyncDaemon>): number {
  return Math.max(...daemon.votequorum.members.map((member) => expectedOf(daemon, member)));
}

/**
 * What the file expects: its own figure, or the nodelist's votes, with a device's only where it names no figure for
 * them. Those of a device that has one are added when votes are counted.
 */
function configuredVotes(config: CorosyncConf, options: VotequorumOptions): number {
  const { expectedVotes, device } = config.quorum;
  if (expectedVotes !== undefined) return expectedVotes;
  return nodelistVotes(config) + (device?.votesSet === false ? options.deviceVotes : 0);
}

/** One message of a member; the order of several matters. @source message_handler_req_exec_votequorum_nodeinfo */
function takeNodeInfo(lab: LabState, node: string, daemon: CorosyncDaemon, info: VotequorumInfo): void {
  const { votequorum } = daemon;
  const own = info.nodeId === daemon.nodeId;
  let member = votequorum.members.find(({ nodeId }) => nodeId === info.nodeId);
  const before = member && { votes: member.votes, expectedVotes: expectedOf(daemon, member) };
  if (!member) {
    member = { nodeId: info.nodeId, votes: info.votes };
    votequorum.members.push(member);
  }
  member.votes = info.votes;
  let mayDecrease = false;
  if (!votequorum.quorate && info.quorate) {
    mayDecrease = true;
    votequorum.expectedVotes = info.expectedVotes;
  }
  const expected = info.quorate ? info.expectedVotes : votequorum.expectedVotes;
  if (own) votequorum.expectedVotes = expected;
  else member.expectedVotes = expected;
  const options = ownOptions(daemon);
  if (options.lastManStanding && info.votes > 1) {
    const text = "Last Man Standing feature is supported only when allcluster nodes votes are set to 1. Disabling LMS.";
    say(lab, node, daemon.pid, "VOTEQ", text, 4);
    options.lastManStanding = false;
    cancel(lab, votequorum.lastManStandingEvent ?? undefined);
    votequorum.lastManStandingEvent = null;
  }
  const news = !before || own || before.votes !== info.votes || before.expectedVotes !== expected;
  if (news) recalculate(lab, node, daemon, { mayDecrease });
  if (options.waitForAll && !info.waitForAllStatus && info.quorate) votequorum.waitForAllStatus = false;
  takeDeviceVotes(lab, node, daemon, info);
}

/** What the sender knows of the device's votes comes as a message of its own, after that. */
function takeDeviceVotes(lab: LabState, node: string, daemon: CorosyncDaemon, info: VotequorumInfo): void {
  if (info.deviceVotes === undefined) return;
  const options = ownOptions(daemon);
  const before = options.deviceVotes;
  options.deviceVotes =
    !daemon.votequorum.quorate && info.quorate ? info.deviceVotes : Math.max(before, info.deviceVotes);
  if (options.deviceVotes !== before) recalculate(lab, node, daemon, {});
}

/**
 * Count. @source recalculate_quorum
 *
 * @param how.mayDecrease the votes needed may fall, which they else never do
 * @param how.expected expect so many of everybody; absent: what the members expect
 */
function recalculate(
  lab: LabState,
  node: string,
  daemon: CorosyncDaemon,
  how: { mayDecrease?: boolean; expected?: number },
): void {
  const { votequorum } = daemon;
  const present = votequorum.members.reduce((sum, { votes }) => sum + votes, 0) + optionsOf(daemon).deviceVotes;
  votequorum.expectedVotes = Math.max(votequorum.expectedVotes, present);
  votequorum.quorum = quorumFor(daemon, how);
  if (how.expected !== undefined) expectAll(daemon, how.expected);
  votequorum.totalVotes = totalOf(daemon);
  judge(lab, node, daemon);
}

/** Votes that the partition needs. @source calculate_quorum */
function quorumFor(daemon: Readonly<CorosyncDaemon>, how: { mayDecrease?: boolean; expected?: number }): number {
  const { votequorum } = daemon;
  const expected = how.expected ?? highestExpected(daemon);
  const needed = Math.floor(Math.max(expected, totalOf(daemon)) / 2) + 1;
  const voters = votequorum.members.length + (votequorum.device?.castVote ? 1 : 0);
  if (optionsOf(daemon).twoNode && voters <= 2) return 1;
  return how.mayDecrease ? needed : Math.max(votequorum.quorum, needed);
}

/** @source are_we_quorate */
function judge(lab: LabState, node: string, daemon: CorosyncDaemon): void {
  const { votequorum } = daemon;
  const { expectedVotes, totalVotes: total, members } = votequorum;
  const options = optionsOf(daemon);
  if (options.waitForAll && votequorum.waitForAllStatus) {
    if (total !== expectedVotes) {
      const text = `Waiting for all cluster members. Current votes: ${total} expected_votes: ${expectedVotes}`;
      say(lab, node, daemon.pid, "VOTEQ", text);
      return;
    }
    votequorum.waitForAllStatus = false;
  }
  votequorum.quorate = total >= votequorum.quorum;
  if (votequorum.quorate) {
    const ids = members.map(({ nodeId }) => nodeId);
    votequorum.tieBreakerId = Math.min(...ids);
    votequorum.highestId = Math.max(...ids);
  }
  const half = total === Math.floor(expectedVotes / 2);
  // Those who left could have quorum themselves.
  const gone = (votequorum.previousMembers?.length ?? 0) - members.length;
  if (!votequorum.quorate && half && gone < votequorum.quorum && breaksTie(daemon)) votequorum.quorate = true;
  // wait_for_all arms itself again whenever quorum is lost.
  if (options.waitForAll) votequorum.waitForAllStatus = !votequorum.quorate;
}

/** Whether the node that decides a tie is here. @source check_auto_tie_breaker */
function breaksTie(daemon: Readonly<CorosyncDaemon>): boolean {
  const { votequorum } = daemon;
  const { tieBreaker } = optionsOf(daemon);
  const here = (id: number | null | undefined) => votequorum.members.some(({ nodeId }) => nodeId === id);
  if (tieBreaker === "none") return false;
  if (tieBreaker === "lowest") return here(votequorum.tieBreakerId);
  if (tieBreaker === "highest") return here(votequorum.highestId);
  const first = tieBreaker.findIndex(here);
  // One that comes before it in the list and was here may be alive on the other side.
  return first >= 0 && !tieBreaker.slice(0, first).some((id) => votequorum.previousMembers?.includes(id));
}

/** last_man_standing: votes of those who left are written off after a while. @source votequorum_sync_init */
function writeOffSoon(lab: LabState, node: string, daemon: CorosyncDaemon, count: number, left: boolean): void {
  const { votequorum, config } = daemon;
  const options = optionsOf(daemon);
  if (!options.lastManStanding) return;
  const tied = count <= votequorum.quorum && options.tieBreaker !== "none";
  const lowestHere = votequorum.members.some(({ nodeId }) => nodeId === votequorum.tieBreakerId);
  if (!(count >= votequorum.quorum && left) && !(tied && lowestHere)) return;
  cancel(lab, votequorum.lastManStandingEvent ?? undefined);
  votequorum.lastManStandingEvent = schedule(lab, config.quorum.lastManStandingWindowMs, {
    kind: "votequorum/last-man-standing",
    node,
    pid: daemon.pid,
  });
}

/** Lost votes are written off, as long as the partition is quorate: as many are expected as there are nodes. */
function onLastManStanding(lab: LabState, event: ScheduledEvent): void {
  const daemon = lab.nodes[event.node!]?.corosync.daemon;
  if (!daemon || daemon.votequorum.lastManStandingEvent !== event.id) return;
  const { votequorum } = daemon;
  votequorum.lastManStandingEvent = null;
  if (!votequorum.quorate) return;
  telling(lab, event.node!, daemon, () => {
    const expected = votequorum.members.length + (optionsOf(daemon).deviceVotes > 0 ? 1 : 0);
    recalculate(lab, event.node!, daemon, { mayDecrease: true, expected });
  });
}

/** Do something that counts, and tell of a change in the log. */
function telling(lab: LabState, node: string, daemon: CorosyncDaemon, change: () => void): void {
  const before = daemon.votequorum.quorate;
  change();
  sayQuorum(lab, node, daemon, { always: false, changed: daemon.votequorum.quorate !== before });
}

function expectAll(daemon: CorosyncDaemon, value: number): void {
  daemon.votequorum.expectedVotes = value;
  for (const member of daemon.votequorum.members) {
    if (member.nodeId !== daemon.nodeId) member.expectedVotes = value;
  }
}

function expectedOf({ votequorum, nodeId }: Readonly<CorosyncDaemon>, member: VotequorumMember): number {
  return member.nodeId === nodeId ? votequorum.expectedVotes : (member.expectedVotes ?? votequorum.expectedVotes);
}

function ownMember(daemon: CorosyncDaemon): VotequorumMember {
  const { members } = daemon.votequorum;
  const own = members.find(({ nodeId }) => nodeId === daemon.nodeId);
  if (own) return own;
  const member = { nodeId: daemon.nodeId, votes: votesOf(daemon.config, daemon.nodeId) };
  members.push(member);
  return member;
}

/** Options to be changed. */
function ownOptions(daemon: CorosyncDaemon): VotequorumOptions {
  daemon.votequorum.options ??= startOptions(daemon.config).options;
  return daemon.votequorum.options;
}

/** Votes of the members, and the device's when this node's device casts it. */
function totalOf(daemon: Readonly<CorosyncDaemon>): number {
  return daemon.votequorum.members.reduce((sum, member) => sum + member.votes, 0) + deviceVotesCast(daemon);
}

/** Votes that this node counts for its quorum device. */
export function deviceVotesCast(daemon: Readonly<CorosyncDaemon>): number {
  return daemon.votequorum.device?.castVote ? optionsOf(daemon).deviceVotes : 0;
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
  if (!device || device.lost) forgetDeviceTimer(lab, daemon);
  noteDevice(daemon, daemon.nodeId, device ?? null);
  if (daemon.phase === "running") sendOnRing(lab, node, { kind: "device", device: device ?? null });
  if (daemon.sync) {
    deviceAnswered(lab, node, daemon);
    return;
  }
  if (votequorum.members.length === 0) return;
  telling(lab, node, daemon, () => recalculate(lab, node, daemon, {}));
}

/** The device asks, and says whether it has a vote. */
export function answerPoll(lab: LabState, node: string, daemon: CorosyncDaemon, castVote: boolean): void {
  const { device } = daemon.votequorum;
  if (!device) return;
  forgetDeviceTimer(lab, daemon);
  if (device.castVote !== castVote || device.lost) announceDevice(lab, node, daemon, { castVote });
  else if (daemon.sync) deviceAnswered(lab, node, daemon);
}

/** The device will not ask for a while: 10 s after it did it is missed. While a ring waits for it, that has its own time. */
export function missDevice(lab: LabState, node: string, daemon: CorosyncDaemon, lastPollMs: number): void {
  const { votequorum, sync } = daemon;
  if (!votequorum.device || votequorum.device.lost || sync?.pollEvent !== undefined) return;
  forgetDeviceTimer(lab, daemon);
  const delayMs = Math.max(0, lastPollMs + DEVICE_TIMEOUT_MS - lab.nowMs);
  votequorum.deviceTimer = schedule(lab, delayMs, { kind: "votequorum/device-timeout", node, pid: daemon.pid });
}

export function forgetDeviceTimer(lab: LabState, { votequorum }: CorosyncDaemon): void {
  cancel(lab, votequorum.deviceTimer);
  delete votequorum.deviceTimer;
}

function onDeviceTimeout(lab: LabState, event: ScheduledEvent): void {
  const daemon = lab.nodes[event.node!]?.corosync.daemon;
  if (daemon?.votequorum.deviceTimer === event.id) loseDevice(lab, event.node!, daemon);
}

function loseDevice(lab: LabState, node: string, daemon: CorosyncDaemon): void {
  if (!daemon.votequorum.device || daemon.votequorum.device.lost) return;
  say(lab, node, daemon.pid, "VOTEQ", "lost contact with quorum device Qdevice", 6);
  announceDevice(lab, node, daemon, { castVote: false, lost: true });
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
  if (daemon?.sync && daemon.sync.pollEvent === event.id) loseDevice(lab, event.node!, daemon);
}

function votesOf(config: CorosyncConf, nodeId: number): number {
  return config.nodes.find((entry) => entry.nodeId === nodeId)?.votes ?? 1;
}

export const votequorumHandlers = {
  "votequorum/last-man-standing": onLastManStanding,
  "votequorum/device-timeout": onDeviceTimeout,
  "votequorum/poll-timeout": onPollTimeout,
};
