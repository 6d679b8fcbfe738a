/** What can be asked of a node's corosync: everything its tools print. Nothing here changes the lab. */
import type { LabState } from "../state.ts";
import { formatRingId } from "./corosync-log.ts";
import type { CorosyncDaemon } from "./corosync-state.ts";
import { deviceVotesCast, highestExpected, optionsOf } from "./votequorum.ts";

/** Whether a corosync process exists on the node (it may be hung, or still starting). */
export function corosyncRunning(lab: Readonly<LabState>, node: string): boolean {
  return lab.nodes[node]?.corosync.daemon != null;
}

/** Whether corosync answers its tools: it runs, its network is up, and neither it nor the node is hung. */
export function corosyncAnswers(lab: Readonly<LabState>, node: string): boolean {
  return answering(lab, node) !== undefined;
}

/** Whether corosync hangs: tools that ask it wait until it goes on. */
export function corosyncHangs(lab: Readonly<LabState>, node: string): boolean {
  const daemon = lab.nodes[node]?.corosync.daemon;
  return daemon != null && lab.nodes[node]?.processes[daemon.pid]?.stopped === true;
}

/** Whether this node counts itself in the primary component; false when corosync does not run. */
export function isQuorate(lab: Readonly<LabState>, node: string): boolean {
  return lab.nodes[node]?.corosync.daemon?.votequorum.quorate ?? false;
}

/** Node ids of the membership this node is in, ascending; empty when corosync does not run. */
export function membersOf(lab: Readonly<LabState>, node: string): number[] {
  const daemon = lab.nodes[node]?.corosync.daemon;
  return daemon && daemon.phase !== "starting" ? [...daemon.totem.members] : [];
}

/** This node's own id; undefined when corosync does not run. */
export function nodeIdOf(lab: Readonly<LabState>, node: string): number | undefined {
  return lab.nodes[node]?.corosync.daemon?.nodeId;
}

/** A node's name for an id, by the configuration that this node's corosync has in effect. */
export function nameOfId(lab: Readonly<LabState>, node: string, nodeId: number): string | undefined {
  const daemon = lab.nodes[node]?.corosync.daemon;
  return daemon?.config.nodes.find((entry) => entry.nodeId === nodeId)?.name;
}

export interface VotequorumStatus {
  clusterName: string;
  configVersion: number;
  nodeId: number;
  /** As printed: `1.1d`. */
  ringId: string;
  quorate: boolean;
  expectedVotes: number;
  highestExpected: number;
  totalVotes: number;
  quorum: number;
  /** In the order of corosync-quorumtool, without the trailing blank: `2Node Quorate WaitForAll`. */
  flags: string[];
  /** Set when a member has a quorum device registered: its configured votes, those cast, and flags by node id. */
  device?: { votes: number; cast: number; states: Record<number, string> };
  /**
   * `address` is the node's link 0 address, which is what corosync-quorumtool prints as its name without DNS;
   * `addresses` those of all links. All are empty for a node that was taken out of its own configuration.
   */
  members: {
    nodeId: number;
    votes: number;
    name: string;
    address: string;
    addresses: string[];
    local: boolean;
  }[];
}

/** Everything that `corosync-quorumtool -s` prints but the date; undefined when corosync does not answer. */
export function votequorumStatus(lab: Readonly<LabState>, node: string): VotequorumStatus | undefined {
  const daemon = answering(lab, node);
  if (!daemon) return undefined;
  const { votequorum, config } = daemon;
  const options = optionsOf(daemon);
  const flags: string[] = [];
  if (options.twoNode) flags.push("2Node");
  if (votequorum.quorate) flags.push("Quorate");
  if (options.waitForAll) flags.push("WaitForAll");
  if (options.lastManStanding) flags.push("LastManStanding");
  if (options.tieBreaker !== "none") flags.push("AutoTieBreaker");
  if (votequorum.device) flags.push("Qdevice");
  const devices = votequorum.devices ?? {};
  const states = Object.fromEntries(
    votequorum.members.map(({ nodeId }) => {
      const device = devices[nodeId];
      return [nodeId, device ? `${device.lost ? "NA" : "A"},${device.castVote ? "V" : "NV"},NMW` : "NR"];
    }),
  );
  const shown = Object.keys(devices).length > 0;
  return {
    ...(shown && { device: { votes: options.deviceVotes, cast: deviceVotesCast(daemon), states } }),
    clusterName: config.clusterName,
    configVersion: config.configVersion,
    nodeId: daemon.nodeId,
    ringId: formatRingId(votequorum.ringId ?? daemon.totem.ringId),
    quorate: votequorum.quorate,
    expectedVotes: votequorum.expectedVotes,
    highestExpected: highestExpected(daemon),
    totalVotes: votequorum.totalVotes,
    quorum: votequorum.quorum,
    flags,
    members: votequorum.members.map(({ nodeId, votes }) => {
      const entry = config.nodes.find((candidate) => candidate.nodeId === nodeId);
      return {
        nodeId,
        votes,
        ...(daemon.unlisted && nodeId === daemon.nodeId
          ? { name: "", address: "", addresses: [] }
          : {
              name: entry?.name ?? String(nodeId),
              address: entry?.addresses[0]?.address ?? String(nodeId),
              addresses: entry?.addresses.map(({ address }) => address) ?? [],
            }),
        local: nodeId === daemon.nodeId,
      };
    }),
  };
}

export interface LinkStatus {
  nodeId: number;
  name: string;
  links: { number: number; localAddress: string; peerAddress: string; local: boolean; connected: boolean }[];
}

/** Links to every node of the nodelist, this one included, as `corosync-cfgtool -s` and `-n` print them. */
export function linkStatus(lab: Readonly<LabState>, node: string): LinkStatus[] | undefined {
  const daemon = answering(lab, node);
  if (!daemon) return undefined;
  const own = daemon.config.nodes.find((entry) => entry.nodeId === daemon.nodeId);
  // A node that was taken out of its own configuration takes the first of it for itself. @source remove-live-3-on3
  const listed = daemon.config.nodes.filter((entry) => !daemon.unlisted || entry !== own);
  const localId = daemon.unlisted ? listed[0]?.nodeId : daemon.nodeId;
  return listed.map((entry) => ({
    nodeId: entry.nodeId,
    name: entry.name,
    links: entry.addresses.map(({ number, address }) => ({
      number,
      localAddress: own?.addresses.find((candidate) => candidate.number === number)?.address ?? "",
      peerAddress: address,
      local: entry.nodeId === localId,
      connected:
        entry.nodeId === localId ||
        daemon.links.some((link) => link.peerId === entry.nodeId && link.number === number && link.connected),
    })),
  }));
}

function answering(lab: Readonly<LabState>, node: string): CorosyncDaemon | undefined {
  const state = lab.nodes[node];
  const daemon = state?.corosync.daemon;
  if (!state || !daemon || daemon.phase === "starting" || state.power !== "on") return undefined;
  return state.processes[daemon.pid]?.stopped ? undefined : daemon;
}
