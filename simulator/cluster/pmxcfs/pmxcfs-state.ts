/**
 * The cluster file system of one node as plain data: its database (kept on disk as config.db), its connection to
 * corosync, and where it stands in synchronising with the others.
 */
import type { FileAnswer, FileChange } from "../files/files-state.ts";
import type { EventSpec } from "../kernel.ts";
import type { TaskState } from "../tasks/tasks-state.ts";

export interface PmxcfsState {
  /** The running daemon; 0 when it does not run and /etc/pve is an empty folder. */
  pid: number;
  /** The host name that it was started under, where that is not the node's name in the lab. */
  nodeName?: string;
  /** A daemon that was killed has left its mount behind: nothing under /etc/pve can be reached. */
  deadMount?: true;
  /** Started with `-l`: alone and writable although a corosync.conf exists. */
  forcedLocal: boolean;
  /** Survives a stop and a power cut: config.db. */
  database: PmxcfsDatabase;
  /** Without corosync.conf the daemon runs for itself: writable, nothing replicated. */
  mode: "local" | "cluster";
  /** In cluster mode: whether corosync answers. */
  connected: boolean;
  quorate: boolean;
  /** Model time at which it last tried to reach corosync; absent before the first time, and in labs from before it was kept. */
  triedAtMs?: number;
  /** What the daemon last told about the cluster; null before it has seen corosync's configuration. */
  clusterInfo: ClusterInfo | null;
  /** Ids of the nodes whose daemons are in the process group now. */
  onlineIds: number[];
  /** Model time at which a member was last seen to leave, by name; absent in labs from before it was kept. */
  offlineSinceMs?: Record<string, number>;
  /** Addresses as the nodes announced them, by name; kept while the daemon lives. */
  knownAddresses: Record<string, string>;
  /** Nodes whose addresses came over the group; absent in labs from before they were kept. */
  addressesTold?: string[];
  /** `.members`' version: one more with every change of what it tells. */
  membersVersion: number;
  /** Versions of the files that services watch, by path: `.version`. */
  watchedVersions: Record<string, number>;
  vmlistVersion: number;
  /** `.vmlist`'s version of each guest, by VMID, as this daemon counts; absent in labs from before it was kept. */
  guestVersions?: Record<string, number>;
  /** The last one that was given out. */
  guestVersionsGiven?: number;
  /** How often each key of a node was told to all others, by node and key: `.version`'s `kvstore`. */
  keyVersions?: Record<string, Record<string, number>>;
  startedAtWallS: number;
  /** Where it stands in the database's process group. */
  sync: SyncState;
  /** And in that of what the nodes tell each other. */
  statusSync: StatusSyncState;
  /** It has left the database's group and not come back: it is about to try, or has tried once. */
  dataLeft?: "left" | "refused";
  /** Changes that wait for their own delivery, and answers that nobody has fetched yet, oldest first. */
  pending: PendingChange[];
  nextChangeId: number;
  clusterLog: ClusterLogLine[];
  /** Newest tasks of each node as it announced them, by node name. */
  taskLists: Record<string, TaskSummary[]>;
  nextLogUid: number;
  /** Locks by path: the version and the model time at which this daemon saw them change; absent in labs from before. */
  locks?: Record<string, { version: number; seenMs: number }>;
}

export interface ClusterInfo {
  name: string;
  version: number;
  /** `links`: how many the configuration gives the node. */
  nodes: { name: string; id: number; address: string; links?: number }[];
}

export interface PmxcfsDatabase {
  /** One more with every change; after a split the higher one wins. */
  version: number;
  /** Wall clock of the last change, whole seconds since 1970. */
  mtimeS: number;
  /** By path below /etc/pve, without a leading slash: `nodes/pve1/qemu-server`. The root is not in it. */
  entries: Record<string, PmxcfsEntry>;
  nextInode: number;
}

export interface PmxcfsEntry {
  type: "file" | "directory";
  /** Bytes as in files/bytes.ts; empty for a folder. */
  content: string;
  mtimeS: number;
  /** The database version of the entry's last change. */
  version: number;
  inode: number;
  /** Of a lock: the node that took it; absent in labs from before it was kept. */
  writer?: string;
}

/**
 * `states`: every member has to tell its own; `updates`: a follower waits for the leader's data;
 * `synced`: changes are carried out as they are delivered.
 */
export interface SyncState {
  phase: "none" | "states" | "updates" | "synced";
  epoch: string;
  members: ProcessMember[];
  states: Record<number, MemberState>;
  /** Counts the synchronisations this daemon has asked for; part of the epoch's name. */
  started: number;
  leaderId: number;
  /** Changes that were delivered while synchronising; carried out when it is over. */
  queued: ChangeMessage[];
}

/** Of a daemon that is not in the group. */
export function noSync(): SyncState {
  return { phase: "none", epoch: "", members: [], states: {}, started: 0, leaderId: 0, queued: [] };
}

export interface StatusSyncState {
  phase: "none" | "states" | "synced";
  epoch: string;
  members: ProcessMember[];
  /** Ids of the members that have told their state. */
  told: number[];
  started: number;
}

export function noStatusSync(): StatusSyncState {
  return { phase: "none", epoch: "", members: [], told: [], started: 0 };
}

export interface ProcessMember {
  nodeId: number;
  pid: number;
}

export interface MemberState {
  version: number;
  mtimeS: number;
  /** Equal for equal databases. */
  index: string;
  /** A digest of each entry by path: what a leader compares with its own. Older labs: its version. */
  versions: Record<string, number | string>;
}

export interface ChangeMessage {
  kind: "change";
  fromNode: string;
  changeId: number;
  /** Paths are below /etc/pve. */
  change: FileChange;
  wallS: number;
  /** Of a change that asks for a lock's end: how often it still goes round before its refusal is told. */
  rounds?: number;
}

export interface PendingChange {
  id: number;
  /** Absent while the change has not been delivered. */
  answer?: FileAnswer;
  /** An event of the model's own that waits for it. */
  next?: EventSpec;
}

export interface ClusterLogLine {
  uid: number;
  time: number;
  pri: number;
  tag: string;
  pid: number;
  node: string;
  user: string;
  msg: string;
}

/** A task as other nodes know it: everything but its output. */
export type TaskSummary = Omit<TaskState, "output" | "program">;

/** Proxmox's limit for one file, bytes. */
export const PMXCFS_FILE_BYTES_MAX = 1024 * 1024;

/** And for all of them; Proxmox has 128 MiB, a lab that is saved as a whole gets less (docs/fidelity.md). */
export const PMXCFS_TOTAL_BYTES_MAX = 4 * 1024 * 1024;

/** Entries of the database at most; Proxmox has 256 thousand. */
export const PMXCFS_ENTRIES_MAX = 5_000;

/** Where it is mounted. */
export const PMXCFS_ROOT = "/etc/pve";

/** Files whose changes services watch, in the order of `.version`. @source pmxcfs 8.1.3 status.c; recording 44: 1,027 bytes */
export const WATCHED_FILES: readonly string[] = [
  "corosync.conf",
  "corosync.conf.new",
  "storage.cfg",
  "user.cfg",
  "domains.cfg",
  "notifications.cfg",
  "priv/notifications.cfg",
  "priv/shadow.cfg",
  "priv/acme/plugins.cfg",
  "priv/tfa.cfg",
  "priv/token.cfg",
  "priv/ipam.db",
  "priv/macs.db",
  "datacenter.cfg",
  "vzdump.cron",
  "vzdump.conf",
  "jobs.cfg",
  "ha/crm_commands",
  "ha/manager_status",
  "ha/resources.cfg",
  "ha/groups.cfg",
  "ha/fence.cfg",
  "status.cfg",
  "replication.cfg",
  "ceph.conf",
  "sdn/vnets.cfg",
  "sdn/zones.cfg",
  "sdn/controllers.cfg",
  "sdn/subnets.cfg",
  "sdn/ipams.cfg",
  "sdn/mac-cache.json",
  "sdn/pve-ipam-state.json",
  "sdn/dns.cfg",
  "sdn/fabrics/openfabric.cfg",
  "sdn/fabrics/ospf.cfg",
  "sdn/.running-config",
  "virtual-guest/cpu-models.conf",
  "virtual-guest/profiles.cfg",
  "firewall/cluster.fw",
  "mapping/directory.cfg",
  "mapping/pci.cfg",
  "mapping/usb.cfg",
];
