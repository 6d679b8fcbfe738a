/** The outside vote as plain data: the server that gives it, and the daemon on a node that asks for it. */
import type { NodeFilesState } from "../files/files-state.ts";
import type { JournalLine } from "../journal.ts";

/** Why the server refuses a connection, in its own numbers. */
export const DUPLICATE_NODE_ID = 17;
export const ALGORITHM_DIFFERS = 16;
export const TIE_BREAKER_DIFFERS = 15;

/** The host that runs corosync-qnetd: a place on one network, not a node of the lab. */
export interface QnetdState {
  /** Its name in paths and faults. */
  name: string;
  network: string;
  address: string;
  running: boolean;
  /** SIGSTOP: what comes waits; absent while it goes on. */
  frozen?: true;
  /** Events that wait until it goes on. */
  parked?: { kind: string; node: string; pid?: number; data?: unknown }[];
  /** Its root's password; absent where nobody logs in. */
  rootPassword?: string;
  /** Nodes whose ssh key its root accepted before there was a disk with `authorized_keys`: of older labs. */
  trusted?: string[];
  /** Its disk; absent while it is as it was installed. */
  files?: NodeFilesState;
  /** What systemd said of the service; absent in older labs. */
  journal?: JournalLine[];
  /** Process of the server, or of the last one; absent in older labs, as is when it was started or stopped. */
  pid?: number;
  sinceMs?: number;
  /** `systemctl disable`. */
  disabled?: true;
  /** Connected nodes, by name, in the order in which they came. */
  clients: Record<string, QnetdClient>;
  /** What ffsplit keeps of a cluster, by name, while somebody of it is connected. */
  ffsplit: Record<string, FfsplitCluster>;
}

/** What the server answers, in its own terms. */
export type Vote = "ack" | "nack" | "wait" | "ask-later" | "no-change";

/** What a node's heuristics said; `undefined` where it has none. */
export type HeuristicsResult = "undefined" | "pass" | "fail";

/** Who decides between equal partitions: a node id, or the lowest or highest of them. */
export type DeviceTieBreaker = "lowest" | "highest" | number;

/** What the server knows of a node from its own messages. */
export interface QnetdClient {
  /** Which of its connections this is. */
  connection: number;
  nodeId: number;
  clusterName: string;
  algorithm: string;
  tieBreaker: DeviceTieBreaker;
  /** ffsplit: whether a part that had the vote keeps it against an equal one; absent: yes. */
  keepActivePartition?: false;
  /** What it last told of its heuristics; absent: nothing. */
  heuristics?: HeuristicsResult;
  /** Its connection ended while the server stood still, which it has not seen yet. */
  gone?: true;
  /** Where its connection comes from. */
  port: number;
  /** Of the configuration, and its nodes; empty until it has told them. */
  configVersion: number;
  configuredNodes: number[];
  /** The ring it last told of, as printed, at first when it came; and who is in it, empty until it has told. */
  ringId: string;
  members: number[];
  lastHeardMs: number;
  /** What it was last told, and what of that was a decision. */
  lastVote: Vote | null;
  lastDecision: "ack" | "nack" | null;
  /** Numbers of the votes that it was told without having asked. */
  voteSeq: number;
  /** ffsplit: what it is being told and has not confirmed. */
  telling: "ack" | "nack" | null;
  /** lms: what came of the last look, and the event of the next. */
  lmsResult: Vote | null;
  timerEvent: number | null;
  wire: Wire<FromServer>;
  /** When something was last sent to it, and whether its host is slow to acknowledge what comes now. */
  sentMs: number | null;
  slow: boolean;
}

/** ffsplit goes by a cluster, not by a client. */
export interface FfsplitCluster {
  state: "at-rest" | "unstable" | "telling-nacks" | "telling-acks";
  /** The part that last had the vote. */
  quorate: number[];
}

/** One direction of a connection: what was written and has not arrived. */
export interface Wire<T> {
  waiting: T[];
  event: number | null;
  /** How long TCP waits before it sends again. */
  againMs: number;
}

export type ToServer =
  | { kind: "config"; nodes: number[]; version: number; initial: boolean }
  | { kind: "membership"; ringId: string; members: number[]; heuristics?: HeuristicsResult }
  | { kind: "heuristics"; result: HeuristicsResult }
  | { kind: "quorum" }
  | { kind: "vote-reply"; seq: number }
  | { kind: "echo" };

export type FromServer =
  | { kind: "reply"; ringId: string; vote: Vote }
  | { kind: "vote"; ringId: string; vote: Vote; seq: number }
  | { kind: "echo-reply" };

/** corosync-qdevice of one node. */
export interface QdeviceDaemon {
  pid: number;
  connected: boolean;
  connectedAtMs: number;
  /** When the server last answered a heartbeat. */
  lastEchoMs: number;
  /** A heartbeat is out and has not been answered. */
  echoOpen: boolean;
  /** What it votes every 5 s, since when; null while it does not ask votequorum at all. */
  casting: "ack" | "nack" | null;
  castingSinceMs: number;
  /** When it last asked votequorum outside of that beat; see `lastPollMs`. */
  polledAtMs: number;
  /** What it then voted. */
  vote: boolean;
  /** Until then it sleeps before it connects again, and does nothing else. */
  sleepsUntilMs: number;
  /** How often it slept: the pauses are always the same ones. */
  sleeps: number;
  /** Counts connections and attempts, so that events of earlier ones are told apart, those of earlier daemons too. */
  attempt: number;
  /** The ring that was last told to the server, and the configured nodes. */
  toldRing: string;
  toldNodes: number[];
  wire: Wire<ToServer>;
  /** Results of its heuristics by occasion, and the last of all; absent before any, and where there are none. */
  heuristics?: Partial<Record<"regular" | "membership" | "connect" | "last", HeuristicsResult>>;
  /** The next regular run. */
  heuristicsEvent?: number;
}

/** What votequorum of one node says of its device. */
export interface DeviceFlags {
  castVote: boolean;
  /** It has not asked votequorum for too long, or not at all yet; absent while it is alive. */
  lost?: true;
}
