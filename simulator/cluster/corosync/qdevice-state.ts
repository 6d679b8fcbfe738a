/** The outside vote as plain data: the server that gives it, and the daemon on a node that asks for it. */
import type { NodeFilesState } from "../files/files-state.ts";
import type { JournalLine } from "../journal.ts";

/** The host that runs corosync-qnetd: a place on one network, not a node of the lab. */
export interface QnetdState {
  /** Its name in paths and faults. */
  name: string;
  network: string;
  address: string;
  running: boolean;
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
  decideEvent: number | null;
}

/** What the server knows of a node from its own messages. */
export interface QnetdClient {
  nodeId: number;
  configuredNodes: number[];
  members: number[];
  /** As printed. */
  ringId: string;
  algorithm: string;
  /** Absent in older labs, as are the next three. */
  clusterName?: string;
  configVersion?: number;
  /** Where its connection comes from, and how many rings were told over it. */
  port?: number;
  ringsTold?: number;
  lastHeardMs: number;
  /** Last answer that reached the node; null when its newest question is open. */
  answered: boolean | null;
}

/** corosync-qdevice of one node. */
export interface QdeviceDaemon {
  pid: number;
  connected: boolean;
  connectedAtMs: number;
  /** When the server last answered a heartbeat. */
  lastEchoMs: number;
  lastPollMs: number;
  vote: boolean;
  /** Counts connections and attempts, so that events of earlier ones are told apart. */
  attempt: number;
  /** The ring that was last told to the server; empty when it has not heard of the present one. */
  toldRing: string;
}

/** What votequorum of one node says of its device. */
export interface DeviceFlags {
  castVote: boolean;
  /** It has not asked votequorum for too long; absent while it is alive. */
  lost?: true;
}
