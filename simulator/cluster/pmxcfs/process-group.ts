/**
 * What pmxcfs daemons say to each other through corosync's process groups: in one changes of the database, in the other
 * what their nodes want others to know (address, tasks, log); in both their states when they meet.
 *
 * A daemon is in both at the same time, but for one that has left the database's to come back (`leaving.ts`).
 */
import { cpgJoin, cpgLeave, cpgSend } from "../corosync/cpg.ts";
import { nodeOf } from "../kernel.ts";
import type { LabState } from "../state.ts";
import type { TaskState } from "../tasks/tasks-state.ts";
import { ownName } from "./own-name.ts";
import type {
  ChangeMessage,
  ClusterLogLine,
  MemberState,
  PmxcfsDatabase,
  ProcessMember,
  TaskSummary,
} from "./pmxcfs-state.ts";
import { countKeys } from "./told-keys.ts";

export const DATA_GROUP = "pve_dcdb_v1";
export const STATUS_GROUP = "pve_kvstore_v1";

export type GroupMessage =
  | ChangeMessage
  /** The member with the lowest id asks all others for their states. */
  | { kind: "sync-start"; epoch: string }
  | {
      kind: "state";
      epoch: string;
      nodeId: number;
      version: number;
      mtimeS: number;
      index: string;
      versions: MemberState["versions"];
    }
  | { kind: "status"; epoch: string; nodeId: number; log: ClusterLogLine[] }
  /** The leader's whole database, for those that differ. */
  | { kind: "update"; epoch: string; database: PmxcfsDatabase }
  /** `keys` are told anew; absent in messages from before they were counted. */
  | { kind: "hello"; node: string; address: string; tasks: TaskSummary[]; keys?: string[] }
  | { kind: "log"; lines: ClusterLogLine[] };

/** Names a synchronisation: who asked for it, and which of that daemon's it was. */
export function epochOf(asking: ProcessMember, count: number): string {
  return `${asking.nodeId}/${asking.pid}/${count.toString(16).toUpperCase().padStart(8, "0")}`;
}

export function memberNames(members: readonly ProcessMember[]): string {
  return members.map((member) => `${member.nodeId}/${member.pid}`).join(", ");
}

/** A node tells the others of so many of its newest tasks. @source PVE/RESTEnvironment.pm: 25 finished ones */
const ANNOUNCED_TASKS_MAX = 25;

/** @returns false when there is no corosync to join it at */
export function joinGroup(lab: LabState, node: string, group: string): boolean {
  const { pid } = nodeOf(lab, node).pmxcfs;
  return cpgJoin(lab, node, { group, pid, deliverKind: "pmxcfs/deliver", confchgKind: "pmxcfs/confchg" });
}

export function leaveGroup(lab: LabState, node: string, group: string): void {
  cpgLeave(lab, node, group, nodeOf(lab, node).pmxcfs.pid);
}

/** Send to all members of a group, this one included. @returns false when this one is not in it */
export function sendToGroup(lab: LabState, node: string, group: string, message: GroupMessage): boolean {
  const { connected, pid } = nodeOf(lab, node).pmxcfs;
  return connected && cpgSend(lab, node, group, message, pid);
}

/** @returns false when this daemon is not in the database's group */
export function sendChange(lab: LabState, node: string, message: ChangeMessage): boolean {
  return sendToGroup(lab, node, DATA_GROUP, message);
}

/** A task of this node changed: tell the others. */
export function announceTasks(lab: LabState, node: string): void {
  const state = nodeOf(lab, node).pmxcfs;
  if (state.pid === 0) return;
  countKeys(state, node, ["tasklist"]);
  sayHello(lab, node, ["tasklist"]);
}

/**
 * Tell the others this node's address and its newest tasks; kept at once for the node itself.
 *
 * @param keys what of it is told anew
 */
export function sayHello(lab: LabState, node: string, keys: string[]): void {
  const state = nodeOf(lab, node).pmxcfs;
  if (state.pid === 0) return;
  const tasks = ownTasks(nodeOf(lab, node).tasks);
  state.taskLists[node] = tasks;
  const address = state.knownAddresses[ownName(lab, node)] ?? "";
  if (state.statusSync.phase === "synced")
    sendToGroup(lab, node, STATUS_GROUP, { kind: "hello", node, address, tasks, keys });
}

export function announceLog(lab: LabState, node: string, lines: ClusterLogLine[]): void {
  if (nodeOf(lab, node).pmxcfs.statusSync.phase === "synced")
    sendToGroup(lab, node, STATUS_GROUP, { kind: "log", lines });
}

function ownTasks(tasks: TaskState[]): TaskSummary[] {
  return tasks
    .slice(-ANNOUNCED_TASKS_MAX)
    .reverse()
    .map(({ upid, node, pid, pstart, startS, type, id, user, tokenId, running, endS, exitStatus }) => {
      return { upid, node, pid, pstart, startS, type, id, user, tokenId, running, endS, exitStatus };
    });
}
