/**
 * Synchronising after every change of membership: all members tell their state, everyone picks the same leader from
 * them, and whoever differs takes the leader's database, whatever was written on the losing side.
 *
 * @source recordings 07, 36, 39 for the journal; pmxcfs 8.1.3 dcdb.c dcdb_select_leader for the choice
 */
import type { CpgConfchg, CpgDelivery } from "../corosync/cpg.ts";
import { nodeIdOf } from "../corosync/view.ts";
import { type EventHandler, nodeOf } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { corosyncConfChanged } from "./corosync-conf-file.ts";
import { databaseIndex, entryDigest } from "./database.ts";
import { deliverChange } from "./pmxcfs-changes.ts";
import type { PmxcfsDatabase, SyncState } from "./pmxcfs-state.ts";
import { DATA_GROUP, epochOf, type GroupMessage, memberNames, sendToGroup } from "./process-group.ts";
import { sayMembers, sayPmxcfs } from "./say.ts";
import { statusMembersChanged, statusReceived } from "./status-group.ts";
import { countAll } from "./watched-versions.ts";

export const syncHandlers: Record<string, EventHandler> = {
  "pmxcfs/confchg": (lab, event) => {
    const change = event.data as CpgConfchg;
    (change.group === DATA_GROUP ? membersChanged : statusMembersChanged)(lab, event.node!, change);
  },
  "pmxcfs/deliver": (lab, event) => {
    const { group, payload } = event.data as CpgDelivery;
    // Payloads are shared between the receivers; what is kept of one is copied where it is kept.
    (group === DATA_GROUP ? receive : statusReceived)(lab, event.node!, payload as GroupMessage);
  },
};

function membersChanged(lab: LabState, node: string, change: CpgConfchg): void {
  const state = nodeOf(lab, node).pmxcfs;
  const own = nodeIdOf(lab, node);
  // Until this daemon itself is in the group, the group is the others' business.
  if (!change.members.some((member) => member.nodeId === own && member.pid === state.pid)) return;
  if (state.dataLeft) return;
  const { sync } = state;
  sync.members = change.members;
  const alone = sayMembers(lab, node, "dcdb", change.members, sync.phase);
  sync.states = {};
  // Every node counts, whoever asks, and a round of one as well: recordings 07, 36 and 37 have 2, 3, 4, 5 and, after pve1
  // was alone, 7. @source dfsm.c dfsm_cpg_confchg_callback
  const lowest = change.members[0]!;
  sync.started += 1;
  if (alone) {
    finishSync(lab, node);
    return;
  }
  sync.phase = "states";
  sync.epoch = "";
  if (lowest.nodeId === own) {
    sendToGroup(lab, node, DATA_GROUP, { kind: "sync-start", epoch: epochOf(lowest, sync.started) });
  }
}

function receive(lab: LabState, node: string, message: GroupMessage): void {
  const state = nodeOf(lab, node).pmxcfs;
  const { sync } = state;
  if (state.dataLeft) return;
  switch (message.kind) {
    case "change":
      if (sync.phase === "synced") deliverChange(lab, node, message);
      else sync.queued.push({ ...message });
      break;
    case "sync-start": {
      if (sync.phase === "none") return;
      sync.phase = "states";
      sync.epoch = message.epoch;
      sync.states = {};
      sayPmxcfs(lab, node, "dcdb", `received sync request (epoch ${message.epoch})`);
      const { version, mtimeS } = state.database;
      sendToGroup(lab, node, DATA_GROUP, {
        kind: "state",
        epoch: message.epoch,
        nodeId: nodeIdOf(lab, node) ?? 0,
        version,
        mtimeS,
        index: databaseIndex(state.database),
        versions: Object.fromEntries(
          Object.entries(state.database.entries).map(([path, entry]) => [path, entryDigest(path, entry)]),
        ),
      });
      break;
    }
    case "state": {
      if (sync.phase !== "states" || message.epoch !== sync.epoch) return;
      const { nodeId, version, mtimeS, index, versions } = message;
      sync.states[nodeId] = { version, mtimeS, index, versions };
      if (sync.members.every((member) => sync.states[member.nodeId])) allStatesKnown(lab, node);
      break;
    }
    case "update":
      if (sync.phase !== "updates" || message.epoch !== sync.epoch) return;
      takeOver(lab, node, message.database);
      break;
  }
}

function allStatesKnown(lab: LabState, node: string): void {
  const state = nodeOf(lab, node).pmxcfs;
  const { sync } = state;
  const leader = selectLeader(sync);
  sync.leaderId = leader;
  const synced = sync.members.filter((member) => isSynced(sync, member.nodeId));
  const leaderMember = sync.members.find((member) => member.nodeId === leader)!;
  sayPmxcfs(lab, node, "dcdb", "received all states");
  sayPmxcfs(lab, node, "dcdb", `leader is ${leader}/${leaderMember.pid}`);
  sayPmxcfs(lab, node, "dcdb", `synced members: ${memberNames(synced)}`);
  const own = nodeIdOf(lab, node);
  const needed = synced.length < sync.members.length;
  if (own === leader) {
    sayPmxcfs(lab, node, "dcdb", "start sending inode updates");
    if (needed) sendToGroup(lab, node, DATA_GROUP, { kind: "update", epoch: sync.epoch, database: state.database });
    else sayPmxcfs(lab, node, "dcdb", "sent all (0) updates");
  } else if (!synced.some((member) => member.nodeId === own)) {
    sayPmxcfs(lab, node, "dcdb", "waiting for updates from leader");
  }
  if (needed) sync.phase = "updates";
  else {
    sayPmxcfs(lab, node, "dcdb", "all data is up to date");
    finishSync(lab, node);
  }
}

/** Highest version, then the later change, then the lowest node id. */
function selectLeader(sync: Readonly<SyncState>): number {
  const ranked = [...sync.members].sort((a, b) => {
    const left = sync.states[a.nodeId]!;
    const right = sync.states[b.nodeId]!;
    return right.version - left.version || right.mtimeS - left.mtimeS || a.nodeId - b.nodeId;
  });
  return ranked[0]!.nodeId;
}

/** The leader's database replaces this one: silently, as Proxmox does it. */
function takeOver(lab: LabState, node: string, database: PmxcfsDatabase): void {
  const state = nodeOf(lab, node).pmxcfs;
  const { sync } = state;
  const updates = updatesOf(sync, database);
  if (nodeIdOf(lab, node) === sync.leaderId) sayPmxcfs(lab, node, "dcdb", `sent all (${updates}) updates`);
  else if (!isSynced(sync, nodeIdOf(lab, node))) {
    const changed = differences(state.database, database);
    state.database = structuredCopy(database);
    sayPmxcfs(lab, node, "dcdb", `update complete - trying to commit (got ${updates} inode updates)`);
    countAll(lab, node, changed);
    if (changed.includes("corosync.conf")) corosyncConfChanged(lab, node);
  }
  sayPmxcfs(lab, node, "dcdb", "all data is up to date");
  finishSync(lab, node);
}

/** Whether a member had the leader's database already. */
function isSynced(sync: Readonly<SyncState>, nodeId: number | undefined): boolean {
  return nodeId !== undefined && sync.states[nodeId]?.index === sync.states[sync.leaderId]!.index;
}

/**
 * How many entries the leader sends to all: those that some member lacks or has otherwise, and the root, whose version is
 * the database's. What is gone is not sent (recording 39b: 3 files, 4 updates).
 */
function updatesOf(sync: Readonly<SyncState>, database: Readonly<PmxcfsDatabase>): number {
  const others = Object.values(sync.states);
  const root = others.some(({ version, mtimeS }) => version !== database.version || mtimeS !== database.mtimeS) ? 1 : 0;
  // The database is the one that the leader told of: no change is carried out in between.
  const told = Object.entries(sync.states[sync.leaderId]!.versions);
  const entries = told.filter(([path, digest]) => others.some((other) => other.versions[path] !== digest));
  return root + entries.length;
}

function finishSync(lab: LabState, node: string): void {
  const { sync } = nodeOf(lab, node).pmxcfs;
  sync.phase = "synced";
  const queued = sync.queued;
  sync.queued = [];
  // Each sender numbers its own, and all together are sorted by that.
  for (const message of queued.toSorted((a, b) => a.changeId - b.changeId)) {
    if (!nodeOf(lab, node).pmxcfs.dataLeft) deliverChange(lab, node, message);
  }
}

/** Paths at which two databases differ. */
function differences(mine: Readonly<PmxcfsDatabase>, theirs: Readonly<PmxcfsDatabase>): string[] {
  const paths = new Set([...Object.keys(mine.entries), ...Object.keys(theirs.entries)]);
  return [...paths].filter((path) => {
    const a = mine.entries[path];
    const b = theirs.entries[path];
    return (
      !a ||
      !b ||
      a.version !== b.version ||
      a.mtimeS !== b.mtimeS ||
      a.content !== b.content ||
      a.type !== b.type ||
      a.writer !== b.writer
    );
  });
}

/** A copy of plain data that shares nothing with it. */
export function structuredCopy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
