/**
 * Corosync on one node, as plain data: what lies on its disk, and the daemon's own view of the cluster while it runs.
 *
 * Nothing here is shared between nodes. What a node knows of the others it learnt from messages.
 */
import type { CorosyncConf } from "./corosync-conf.ts";
import type { DeviceFlags, QdeviceDaemon } from "./qdevice-state.ts";
import type { CountedKey } from "./stats.ts";

export interface CorosyncState {
  /** /var/lib/corosync/ringid_N: the highest ring sequence number this node took part in; 0 before the first start. */
  storedRingSeq: number;
  /** The running daemon; null when there is none. */
  daemon: CorosyncDaemon | null;
  /** corosync-qdevice; absent in labs saved before there was one. */
  qdevice?: QdeviceDaemon | null;
}

export function initialCorosyncState(): CorosyncState {
  return { storedRingSeq: 0, daemon: null };
}

export interface CorosyncDaemon {
  pid: number;
  /** `starting` until its network is up, `running`, `stopping` once it has left the ring. */
  phase: "starting" | "running" | "stopping";
  /** It was told to stop, and will leave and end by itself. */
  terminating: boolean;
  /** The corosync.conf in effect: text as read, and what it says. */
  configText: string;
  config: CorosyncConf;
  /** Secret of the ring; packets made with another one cannot be read. */
  authkey: string;
  nodeId: number;
  links: KnetLink[];
  totem: TotemState;
  votequorum: VotequorumState;
  cpg: CpgState;
  /** The run that measures the MTU of links that came up. */
  mtuEvent?: number;
  /** Everybody who was a member since this daemon started, by node id; absent in labs of older versions. */
  known?: Record<number, KnownMember>;
  /** Keys of its configuration map that were set or, where null, deleted by hand: `corosync-cmapctl -s` and `-d`. */
  mapChanges?: Record<string, MapValue | null>;
  /** What happened since it started, or since `corosync-cmapctl -C`; absent before anything did. */
  counted?: Partial<Record<CountedKey, number>>;
  /** It has compared the version of its configuration with the others', which it does once. */
  comparedVersion?: boolean;
  /** Its own entry was taken out of the configuration that it runs with. */
  unlisted?: boolean;
  /** A ring was formed, and its services are not synchronized yet. */
  sync?: RingSync;
}

export interface RingSync {
  /** What its members brought. */
  entries: CommitEntry[];
  /** The stage that members go through together, from 1 on; absent in labs of older versions: the last. */
  stage?: number;
  /** The end of the wait for this node's own device; absent where none has to answer. */
  pollEvent?: number;
  /** Members that have done their part of it; absent in labs of older versions, where each goes on by itself. */
  ready?: number[];
  /** Messages that came in the meantime, to be delivered when the services have begun. */
  held?: RingMessage[];
}

/** What a daemon keeps of a member, also when it has left. */
export interface KnownMember {
  /** As the member said it. */
  configVersion: number;
  /** `r(0) ip(10.0.0.11) `. */
  ip: string;
  /** How often it joined. */
  joins: number;
}

/** A value of the configuration map: `u32`, `str`, ... and as it is printed. */
export interface MapValue {
  type: string;
  value: string;
}

/** One knet link to one peer, as this node sees it: up when the peer answered three pings. */
export interface KnetLink {
  peerId: number;
  /** `linknumber` of the configuration. */
  number: number;
  /** Address of this node and of the peer on this link. */
  localAddress: string;
  peerAddress: string;
  connected: boolean;
  receivedPongs: number;
  /** When the last ping went out. Pings that would change nothing are not sent one by one; see knet.ts. */
  lastPingMs: number;
  /** When the last answer came; undefined when none since the link went down. */
  lastPongMs: number | null;
  /** Average round trip, milliseconds. */
  latencyMs: number;
  /** When the link was made or last went down: silence is borne longer for some seconds. Absent in older labs. */
  backedOffAtMs?: number;
  /** The next ping's event; null while the link is at rest. */
  pingEvent: number | null;
  /** The event at which silence becomes a link that is down. */
  downEvent: number | null;
  /** Its MTU was measured, which is told once. */
  mtuKnown?: boolean;
  /** How often it came up and went down; absent before it did. */
  counted?: { up: number; down: number };
}

/** `rep` is the ring's lowest node id; the pair is printed as `rep.seq` in hex. */
export interface RingId {
  rep: number;
  seq: number;
}

export interface TotemState {
  state: "gather" | "commit" | "recovery" | "operational";
  /** The ring this node was last operational in; `rep` 0 before the first. */
  ringId: RingId;
  /** Its nodes, ascending. */
  members: number[];
  /** The ring being formed, and what each of its members brought; empty outside commit and recovery. */
  formingRingId: RingId | null;
  forming: CommitEntry[];
  /** Highest ring sequence number heard of. */
  highestRingSeq: number;
  /** That of the ring which this node last agreed to, even if it did not come about; absent in labs of older versions. */
  agreedRingSeq?: number;
  /** While gathering: nodes heard of, nodes given up, and nodes that said the same. */
  procList: number[];
  failedList: number[];
  consensus: number[];
  /** How often it began to gather anew within some milliseconds; absent before it did. */
  gathers?: { sinceMs: number; count: number };
  /** How often it has begun to gather without a pause, and when it last did. */
  unbroken?: { lastMs: number; gathers: number };
  /** Nodes that said themselves that they leave. */
  leaving: number[];
  /** Sequence number of the newest token seen on the ring; older ones are copies. */
  tokenSeq: number;
  lastTokenMs: number;
  /** When a ring's token last came, whatever was waited for since; absent in labs of older versions. */
  tokenReceivedMs?: number;
  /** Newest message number when the token came by before. */
  lastMessageSeq: number;
  /** When it came by with something new; absent in labs of older versions. */
  lastActiveMs?: number;
  /** Times the token came by during recovery. */
  recoveryPasses: number;
  /** The token while this node, the ring's representative, keeps it for a while because nobody has anything to say. */
  held: RingToken | null;
  /** A member has something to say: the representative passes the token on when it next comes. */
  holdCancelled?: boolean;
  /** What was last sent to the next node, for sending it again. */
  sent: { to: number; token: RingToken } | { to: number; commit: CommitToken } | null;
  /**
   * Set while the token goes round undisturbed: it is then not passed event by event, but its place follows from the
   * instant at which the representative took it, with its numbers at that instant, and from how long it keeps it
   * (absent in labs saved by older versions).
   */
  idle: { originMs: number; holdMs?: number; token: RingToken } | null;
  timers: Partial<Record<TotemTimer, number>>;
}

export type TotemTimer = "token" | "warning" | "retransmit" | "release" | "join" | "consensus" | "merge";

export interface RingToken {
  ringId: RingId;
  tokenSeq: number;
  /** Sequence number of the newest message on the ring. */
  messageSeq: number;
  /** Lowest message number up to which a node has everything, gathered during this round; and of the last whole round. */
  aru: number;
  lastAru: number;
  /** Messages that some node misses. */
  missing: number[];
}

export interface CommitToken {
  ringId: RingId;
  tokenSeq: number;
  /** Members in ring order; filled in as the token passes for the first time. */
  members: number[];
  entries: CommitEntry[];
}

/** What a node brings into a new ring. */
export interface CommitEntry {
  nodeId: number;
  oldRingId: RingId;
  votequorum: VotequorumInfo;
  /** Of the configuration that it runs with; absent from daemons of older versions. */
  configVersion?: number;
  /** Its processes in process groups. */
  groups: CpgProcess[];
  /** Messages of its old ring that others of that ring may lack. */
  messages: RingMessage[];
}

/** What votequorum of one node tells the others. */
export interface VotequorumInfo {
  nodeId: number;
  votes: number;
  expectedVotes: number;
  quorate: boolean;
  waitForAllStatus: boolean;
  /** Its quorum device, when one is registered. */
  device?: DeviceFlags;
  /** Votes that it knows the quorum device to have; absent from daemons of older versions. */
  deviceVotes?: number;
}

/** Who decides an even split. */
export type TieBreaker = "none" | "lowest" | "highest" | number[];

/** Options of votequorum as they are in effect: see votequorum-options.ts. */
export interface VotequorumOptions {
  twoNode: boolean;
  waitForAll: boolean;
  /** The file that the daemon started with did not name wait_for_all. */
  waitForAllFollowsTwoNode: boolean;
  tieBreaker: TieBreaker;
  tieBreakerAtStart: TieBreaker;
  lastManStanding: boolean;
  /** Of the quorum device, whether it casts them or not. */
  deviceVotes: number;
}

/** A member of the ring. */
export interface VotequorumMember {
  nodeId: number;
  votes: number;
  /** What it expects; absent in labs of older versions: the same as this node. */
  expectedVotes?: number;
}

export interface VotequorumState {
  quorate: boolean;
  /** The ring whose votes were counted last; absent before the first, and in labs of older versions: the present one. */
  ringId?: RingId;
  /** In effect on this node: from the configuration, raised by what the ring says, set by `-e`. */
  expectedVotes: number;
  quorum: number;
  totalVotes: number;
  /** Members of the ring as they announced themselves; what this node expects itself stands in `expectedVotes`. */
  members: VotequorumMember[];
  /** Absent in labs of older versions, as what follows: then of the configuration. */
  options?: VotequorumOptions;
  /** Node ids of the ring before this one. */
  previousMembers?: number[];
  /** Node ids that were members since this daemon started, these included; absent in labs of older versions. */
  everMembers?: number[];
  /** wait_for_all is blocking: not all nodes have been seen together yet. */
  waitForAllStatus: boolean;
  /** Lowest node id that was a member when this node last was quorate; breaks a tie. */
  tieBreakerId: number | null;
  /** And the highest. */
  highestId?: number;
  /** last_man_standing: the event at which lost votes are written off. */
  lastManStandingEvent: number | null;
  /** Nodes were last told so in the log. */
  announcedQuorate: boolean;
  /** This node's quorum device, when one is registered; and those of other members, by node id. */
  device?: DeviceFlags;
  devices?: Record<number, DeviceFlags>;
  /** The event at which this node's device, which does not ask any more, is missed. */
  deviceTimer?: number;
}

/** A process that joined a group. */
export interface CpgProcess {
  group: string;
  nodeId: number;
  pid: number;
}

export interface CpgState {
  /** Processes of this node, with the events that tell them of messages and members. */
  local: { group: string; pid: number; deliverKind: string; confchgKind: string }[];
  /** All processes in groups on this ring, as every member sees them in the same order. */
  processes: CpgProcess[];
  /** Messages waiting for the token. */
  queue: RingPayload[];
  /** Messages of this ring that are not yet known to be everywhere. */
  received: RingMessage[];
  /** Messages of the ring being formed that came before this node was operational in it. */
  early: RingMessage[];
  /** Every message up to this number has been delivered. */
  deliveredSeq: number;
}

export interface RingMessage {
  seq: number;
  from: number;
  payload: RingPayload;
}

/** What travels on the ring in total order. */
export type RingPayload =
  | { kind: "cpg"; group: string; pid: number; data: unknown }
  | { kind: "cpg-join"; group: string; pid: number }
  | { kind: "cpg-leave"; group: string; pid: number }
  | { kind: "expected"; value: number }
  | { kind: "node-info"; info: VotequorumInfo }
  /** Of the sender, or of the node that the operator names. */
  | { kind: "node-votes"; votes: number; of?: number }
  | { kind: "reload" }
  | { kind: "config-version"; version: number }
  | { kind: "device"; device: DeviceFlags | null }
  | { kind: "sync-ready" }
  | { kind: "shutdown" };
