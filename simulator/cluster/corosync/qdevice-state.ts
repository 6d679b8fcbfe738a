/** The outside vote as plain data: the server that gives it, and the daemon on a node that asks for it. */

/** The host that runs corosync-qnetd: a place on one network, not a node of the lab. */
export interface QnetdState {
  /** Its name in paths and faults. */
  name: string;
  network: string;
  address: string;
  running: boolean;
  /** Its root's password and SSH host key (SHA-256, base64); absent where nobody logs in. */
  rootPassword?: string;
  hostKey?: string;
  /** Nodes whose ssh key its root accepts. */
  trusted?: string[];
  /** Connected nodes, by name. */
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
}
