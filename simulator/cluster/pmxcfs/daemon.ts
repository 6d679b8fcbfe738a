/**
 * The pmxcfs daemon: its start in local or cluster mode, its connection to corosync, its end.
 */

import { readCorosyncConf } from "../corosync/corosync-conf.ts";
import { reloadConfig } from "../corosync/reload.ts";
import { corosyncAnswers, isQuorate } from "../corosync/view.ts";
import { diskNames } from "../files/disk.ts";
import { DONE } from "../files/files-state.ts";
import { readNodeFile } from "../files/node-tree.ts";
import { addressesOfName } from "../host-network/node-address.ts";
import { log } from "../journal.ts";
import { type EventHandler, nodeOf, schedule } from "../kernel.ts";
import { hostNameOf } from "../node-settings/host-name.ts";
import { reap, spawn } from "../processes.ts";
import type { LabState } from "../state.ts";
import { wallNowMs } from "../wall-clock.ts";
import { clusterLog } from "./cluster-log.ts";
import { corosyncConfChanged, LOCAL_COROSYNC_CONF, RELOAD_AFTER_MS } from "./corosync-conf-file.ts";
import { changeDatabase, emptyDatabase } from "./database.ts";
import { locksFound } from "./locks.ts";
import { answerChange, failPending } from "./pmxcfs-changes.ts";
import { type ClusterInfo, noStatusSync, noSync, type PmxcfsState } from "./pmxcfs-state.ts";
import { DATA_GROUP, joinGroup, leaveGroup, STATUS_GROUP } from "./process-group.ts";
import { sayPmxcfs } from "./say.ts";
import { scheduleTry } from "./tries.ts";
import { listGuests } from "./watched-versions.ts";

/** What a writer of corosync.conf does with its answer comes before corosync has read it, milliseconds. */
const LOCK_GIVEN_BACK_MS = 20;
/** `corosync-cfgtool -R` takes so long, milliseconds. */
const RELOAD_MS = 100;
/** What corosync says to a process that is in a group already. @source corosync 3.1.7 corotypes.h cs_error_t */
const CS_ERR_EXIST = 14;
/** Which try it is: the first of a daemon, the first after a lost connection, or a later one. */
type Try = "start" | "lost" | "again";

/** The mount is gone at once; the process ends a little later. @source recording 03 */
const EXIT_AFTER_MS = 1_700;

export function newPmxcfsState(): PmxcfsState {
  return {
    pid: 0,
    forcedLocal: false,
    database: emptyDatabase(),
    mode: "local",
    connected: false,
    quorate: false,
    clusterInfo: null,
    onlineIds: [],
    knownAddresses: {},
    membersVersion: 0,
    watchedVersions: {},
    vmlistVersion: 0,
    startedAtWallS: 0,
    sync: noSync(),
    statusSync: noStatusSync(),
    pending: [],
    nextChangeId: 1,
    clusterLog: [],
    taskLists: {},
    nextLogUid: 1,
  };
}

export const pmxcfsHandlers: Record<string, EventHandler> = {
  "pmxcfs/connect": (lab, event) => connect(lab, event.node!, (event.data as { as: Try } | undefined)?.as ?? "again"),
  "pmxcfs/rejoin": (lab, event) => rejoinData(lab, event.node!),
  "pmxcfs/exited": (lab, event) => {
    const { pid } = event.data as { pid: number };
    log(lab, event.node!, {
      unit: "pve-cluster.service",
      identifier: "pmxcfs",
      pid,
      priority: 5,
      text: "[main] notice: exit proxmox configuration filesystem (0)",
    });
  },
  /** corosync's vote changed: `data.quorate`. */
  "pmxcfs/quorum": (lab, event) => {
    const node = event.node!;
    if (!nodeOf(lab, node).pmxcfs.connected) return;
    setQuorate(lab, node, isQuorate(lab, node));
    refreshClusterInfo(lab, node);
  },
  /** corosync took over another configuration. */
  "pmxcfs/config": (lab, event) => {
    if (nodeOf(lab, event.node!).pmxcfs.connected) refreshClusterInfo(lab, event.node!);
  },
  /** corosync is gone without having been stopped by systemd. */
  "pmxcfs/corosync-gone": (lab, event) => corosyncGone(lab, event.node!),
  /**
   * The others have had their time to write corosync.conf: the writer is answered, and all read it. Before the daemon
   * hears that this cost its quorum the writer gives its lock back: nobody waits for it 45 s later (recordings 04 and 06).
   */
  "pmxcfs/reload-corosync": (lab, event) => {
    const node = event.node!;
    const { changeId } = (event.data ?? {}) as { changeId?: number };
    if (changeId !== undefined) {
      answerChange(lab, node, changeId, DONE);
      schedule(lab, LOCK_GIVEN_BACK_MS, { kind: "pmxcfs/reload-corosync", node, pid: event.pid! });
      return;
    }
    const exitCode = corosyncAnswers(lab, node) ? reloadConfig(lab, node).exitCode : 1;
    // Its text ends with a newline, which is no character for a log.
    const failed = `corosync-cfgtool -R failed with exit code ${exitCode}#010`;
    if (exitCode !== 0) sayPmxcfs(lab, node, "dcdb", failed, "crit");
  },
};

/**
 * Start pmxcfs on a node that has none running.
 *
 * @param forcedLocal `pmxcfs -l`: alone and writable although the node is in a cluster
 * @returns false where it refuses, and has said why in the journal
 */
export function startPmxcfs(lab: LabState, node: string, forcedLocal = false): boolean {
  const owner = nodeOf(lab, node);
  const before = owner.pmxcfs;
  if (before.pid !== 0 && owner.processes[before.pid]) return true;
  const why = whyPmxcfsRefuses(lab, node);
  if (why !== undefined) {
    sayAsItStarts(lab, node, owner.nextPid++, 2, `[main] crit: ${why}`);
    return false;
  }
  const address = addressAtStart(lab, node);
  const resolved = resolvedName(lab, node);
  if (mountpointInUse(lab, node)) {
    const pid = owner.nextPid++;
    sayAsItStarts(lab, node, pid, 5, resolved);
    const fuse = { unit: "pve-cluster.service", identifier: "pmxcfs", pid, priority: 6 };
    for (const text of FUSE_NOT_EMPTY) log(lab, node, { ...fuse, text });
    sayAsItStarts(lab, node, pid, 2, `[main] ${MOUNT_REFUSED}`);
    sayAsItStarts(lab, node, pid, 5, `[main] ${EXIT_REFUSED}`);
    return false;
  }
  const parent = spawn(lab, node, "pmxcfs", "pve-cluster.service");
  sayAsItStarts(lab, node, parent, 5, resolved);
  reap(lab, node, parent);
  const { database } = before;
  const state: PmxcfsState = {
    ...newPmxcfsState(),
    pid: spawn(lab, node, "pmxcfs", "pve-cluster.service"),
    ...(nameAtStart(lab, node) !== node && { nodeName: nameAtStart(lab, node) }),
    forcedLocal,
    database,
    nextChangeId: before.nextChangeId,
    knownAddresses: { [nameAtStart(lab, node)]: address },
    startedAtWallS: Math.floor(wallNowMs(lab, node) / 1000),
    locks: locksFound(database, lab.nowMs),
  };
  owner.pmxcfs = state;
  listGuests(state);
  clusterLog(lab, node, { pri: 6, tag: "cluster", pid: parent, user: "root", msg: "starting cluster log" });
  const local = readNodeFile(lab, node, LOCAL_COROSYNC_CONF);
  if (Object.keys(database.entries).length === 0 && local !== undefined && !forcedLocal) {
    // A database that was taken away before a join is begun anew with what corosync already knows: made, then written.
    for (const content of ["", local])
      changeDatabase(database, { op: "write", path: "corosync.conf", content }, state.startedAtWallS);
  }
  if (!database.entries["corosync.conf"] || forcedLocal) {
    state.quorate = true;
    if (forcedLocal && database.entries["corosync.conf"]) {
      sayPmxcfs(lab, node, "main", "forcing local mode (although corosync.conf exists)");
    }
    return true;
  }
  state.mode = "cluster";
  if (corosyncConfChanged(lab, node) === "replaced") {
    // It has corosync read the file before it connects to it.
    const { pid } = state;
    schedule(lab, RELOAD_AFTER_MS, { kind: "pmxcfs/reload-corosync", node, pid });
    schedule(lab, RELOAD_AFTER_MS + RELOAD_MS, { kind: "pmxcfs/connect", node, pid, data: { as: "start" } });
  } else connect(lab, node, "start");
  return true;
}

/** What pmxcfs takes for the node's name: the host name up to its first dot. @source pve-cluster 8.1 src/pmxcfs/pmxcfs.c main() */
function nameAtStart(lab: Readonly<LabState>, node: string): string {
  return hostNameOf(lab, node).split(".")[0]!;
}

/** What it says of that name before it mounts. */
export function resolvedName(lab: Readonly<LabState>, node: string): string {
  const name = nameAtStart(lab, node);
  return `[main] notice: resolved node name '${name}' to '${addressAtStart(lab, node)}' for default node IP address`;
}

function addressAtStart(lab: Readonly<LabState>, node: string): string {
  const addresses = addressesOfName(lab, node, nameAtStart(lab, node));
  return addresses.find((address) => !address.startsWith("127.")) ?? "127.0.0.1";
}

/**
 * Why pmxcfs would not start now: it needs an address for the host name.
 *
 * @source pve-cluster 8.1 src/pmxcfs/pmxcfs.c main()
 */
export function whyPmxcfsRefuses(lab: Readonly<LabState>, node: string): string | undefined {
  const name = nameAtStart(lab, node);
  if (!addressesOfName(lab, node, name).some((address) => !address.startsWith("127.")))
    return `Unable to resolve node name '${name}' to a non-loopback IP address - missing entry in '/etc/hosts' or DNS?`;
  return undefined;
}

/** What libfuse says of a folder that it does not mount over, and pmxcfs of that. @source pmxcfs of pve-cluster 8.1.3 and libfuse 2.9.9, typed */
export const FUSE_NOT_EMPTY: readonly string[] = [
  "fuse: mountpoint is not empty",
  "fuse: if you are sure this is safe, use the 'nonempty' mount option",
];
export const MOUNT_REFUSED = "crit: fuse_mount error: File exists";
export const EXIT_REFUSED = "notice: exit proxmox configuration filesystem (-1)";

/** Whether something lies on the node's own disk where /etc/pve is mounted: written while pmxcfs was stopped. */
export function mountpointInUse(lab: Readonly<LabState>, node: string): boolean {
  return diskNames(nodeOf(lab, node).files, "/etc/pve").length > 0;
}

/** What pmxcfs says before it is a daemon goes to its standard error and to the journal: the journal has it twice. */
function sayAsItStarts(lab: LabState, node: string, pid: number, priority: number, text: string): void {
  for (let i = 0; i < 2; i++)
    log(lab, node, { unit: "pve-cluster.service", identifier: "pmxcfs", pid, priority, text });
}

/** Stop pmxcfs: /etc/pve is empty from now on. */
export function stopPmxcfs(lab: LabState, node: string): void {
  const state = nodeOf(lab, node).pmxcfs;
  if (state.pid === 0) return;
  const { pid } = state;
  sayPmxcfs(lab, node, "main", "teardown filesystem");
  if (state.connected) for (const group of [DATA_GROUP, STATUS_GROUP]) leaveGroup(lab, node, group);
  failPending(lab, node);
  reap(lab, node, pid);
  forgetConnection(state);
  schedule(lab, EXIT_AFTER_MS, { kind: "pmxcfs/exited", node, data: { pid } });
}

/**
 * The daemon ended, or its machine lost its power: the database stays.
 *
 * @param leavesMount it had no time to take its mount away: what is under it cannot be reached until it starts anew
 */
export function pmxcfsDied(lab: LabState, node: string, leavesMount = false): void {
  const state = nodeOf(lab, node).pmxcfs;
  forgetConnection(state);
  if (leavesMount) state.deadMount = true;
  else delete state.deadMount;
  failPending(lab, node);
}

function forgetConnection(state: PmxcfsState): void {
  Object.assign(state, { pid: 0, connected: false, quorate: false, sync: noSync(), statusSync: noStatusSync() });
  delete state.dataLeft;
}

/** Drop the database, as a join does before the cluster's takes its place. */
export function dropDatabase(lab: LabState, node: string): void {
  nodeOf(lab, node).pmxcfs.database = emptyDatabase();
}

/** corosync's end as the daemon sees it: no quorum, and what it knew of the others stays as it was. */
export function corosyncGone(lab: LabState, node: string): void {
  const state = nodeOf(lab, node).pmxcfs;
  if (state.pid === 0 || !state.connected) return;
  sayPmxcfs(lab, node, "quorum", "quorum_dispatch failed: 2", "crit");
  state.connected = false;
  setQuorate(lab, node, false);
  for (const [part, call] of [
    ["dcdb", "cpg_dispatch"],
    ["dcdb", "cpg_leave"],
    ["confdb", "cmap_dispatch"],
    ["status", "cpg_dispatch"],
    ["status", "cpg_leave"],
  ] as const) {
    // One that has left the database's group hears nothing of it.
    if (part !== "dcdb" || !state.dataLeft) sayPmxcfs(lab, node, part, `${call} failed: 2`, "crit");
  }
  state.sync = { ...noSync(), started: state.sync.started };
  state.statusSync = { ...noStatusSync(), started: state.statusSync.started };
  delete state.dataLeft;
  failPending(lab, node);
  scheduleTry(lab, node, "pmxcfs/connect", { as: "lost" satisfies Try });
}

/** Come back to the database's group: a daemon that left it is refused once. */
function rejoinData(lab: LabState, node: string): void {
  const state = nodeOf(lab, node).pmxcfs;
  if (!state.connected || !state.dataLeft) return;
  state.triedAtMs = lab.nowMs;
  if (state.dataLeft === "refused") {
    delete state.dataLeft;
    joinGroup(lab, node, DATA_GROUP);
    return;
  }
  failPending(lab, node);
  sayPmxcfs(lab, node, "dcdb", "start cluster connection");
  sayPmxcfs(lab, node, "dcdb", `cpg_join failed: ${CS_ERR_EXIST}`, "crit");
  sayPmxcfs(lab, node, "dcdb", "can't initialize service", "crit");
  state.dataLeft = "refused";
  scheduleTry(lab, node, "pmxcfs/rejoin");
}

function connect(lab: LabState, node: string, as: Try): void {
  const state = nodeOf(lab, node).pmxcfs;
  if (state.pid === 0 || state.mode !== "cluster" || state.connected) return;
  state.triedAtMs = lab.nowMs;
  if (!corosyncAnswers(lab, node) || ![DATA_GROUP, STATUS_GROUP].every((group) => joinGroup(lab, node, group))) {
    const parts = [
      ["quorum", "quorum"],
      ["confdb", "cmap"],
      ["dcdb", "cpg"],
      ["status", "cpg"],
    ] as const;
    for (const [part, call] of parts) {
      if (as === "lost" && call === "cpg") sayPmxcfs(lab, node, part, "start cluster connection");
      sayPmxcfs(lab, node, part, `${call}_initialize failed: 2`, "crit");
      if (as !== "again") sayPmxcfs(lab, node, part, "can't initialize service", "crit");
    }
    scheduleTry(lab, node, "pmxcfs/connect", { as: "again" satisfies Try });
    return;
  }
  if (as === "lost") for (const part of ["dcdb", "status"]) sayPmxcfs(lab, node, part, "start cluster connection");
  state.connected = true;
  refreshClusterInfo(lab, node, true);
  setQuorate(lab, node, isQuorate(lab, node));
}

function setQuorate(lab: LabState, node: string, quorate: boolean): void {
  const state = nodeOf(lab, node).pmxcfs;
  if (state.quorate === quorate) return;
  state.quorate = quorate;
  sayPmxcfs(lab, node, "status", quorate ? "node has quorum" : "node lost quorum");
}

/**
 * Tell what corosync's configuration says of the cluster, when it says something new: recording 56 tells of a link without
 * a new version.
 *
 * @param anew the connection is new: what it says is told, whatever was known
 */
function refreshClusterInfo(lab: LabState, node: string, anew = false): void {
  const state = nodeOf(lab, node).pmxcfs;
  const config = nodeOf(lab, node).corosync.daemon?.config;
  if (!config || state.mode !== "cluster") return;
  const info: ClusterInfo = {
    name: config.clusterName,
    version: config.configVersion,
    nodes: config.nodes.map((entry) => ({
      name: entry.name,
      id: entry.nodeId,
      address: entry.addresses[0]?.address ?? "",
      links: entry.addresses.length,
    })),
  };
  if (!anew && JSON.stringify(info) === JSON.stringify(state.clusterInfo)) return;
  state.clusterInfo = info;
  state.membersVersion += 1;
  sayPmxcfs(lab, node, "status", `update cluster info (cluster name  ${info.name}, version = ${info.version})`);
}

/** The configuration in this node's /etc/pve; undefined outside any cluster or when it cannot be read. */
export function clusterConf(lab: Readonly<LabState>, node: string): ReturnType<typeof readCorosyncConf> | undefined {
  const text = nodeOf(lab as LabState, node).pmxcfs.database.entries["corosync.conf"]?.content;
  if (text === undefined) return undefined;
  try {
    return readCorosyncConf(text);
  } catch {
    return undefined;
  }
}
