/**
 * What pmxcfs daemons say to each other through corosync's process group: changes, their states when they meet, and
 * what their nodes want others to know (address, tasks, log).
 *
 * Proxmox uses two groups, one for the database and one for the rest. Both always have the same members, so the model
 * has one and says in the journal what both would.
 */
import { cpgJoin, cpgLeave, cpgSend } from "../corosync/cpg.ts";
import { nodeOf } from "../kernel.ts";
import type { LabState } from "../state.ts";
import type { TaskState } from "../tasks/tasks-state.ts";
import type { ChangeMessage, ClusterLogLine, MemberState, PmxcfsDatabase, TaskSummary } from "./pmxcfs-state.ts";
import { countKeys } from "./told-keys.ts";

export const GROUP = "pve_dcdb_v1";

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
      log: ClusterLogLine[];
    }
  /** The leader's whole database, for those that differ. */
  | { kind: "update"; epoch: string; database: PmxcfsDatabase }
  /** `keys` are told anew; absent in messages from before they were counted. */
  | { kind: "hello"; node: string; address: string; tasks: TaskSummary[]; keys?: string[] }
  | { kind: "log"; lines: ClusterLogLine[] };

/** A node tells the others of so many of its newest tasks. @source PVE/RESTEnvironment.pm: 25 finished ones */
const ANNOUNCED_TASKS_MAX = 25;

export function joinGroup(lab: LabState, node: string): boolean {
  const { pid } = nodeOf(lab, node).pmxcfs;
  return cpgJoin(lab, node, { group: GROUP, pid, deliverKind: "pmxcfs/deliver", confchgKind: "pmxcfs/confchg" });
}

export function leaveGroup(lab: LabState, node: string): void {
  cpgLeave(lab, node, GROUP, nodeOf(lab, node).pmxcfs.pid);
}

/** Send to all members, this one included. @returns false when there is no connection */
export function sendToGroup(lab: LabState, node: string, message: GroupMessage): boolean {
  const { connected, pid } = nodeOf(lab, node).pmxcfs;
  return connected && cpgSend(lab, node, GROUP, message, pid);
}

export function sendChange(lab: LabState, node: string, message: ChangeMessage): boolean {
  return sendToGroup(lab, node, message);
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
  const address = state.knownAddresses[node] ?? "";
  if (state.sync.phase === "synced") sendToGroup(lab, node, { kind: "hello", node, address, tasks, keys });
}

export function announceLog(lab: LabState, node: string, lines: ClusterLogLine[]): void {
  if (nodeOf(lab, node).pmxcfs.sync.phase === "synced") sendToGroup(lab, node, { kind: "log", lines });
}

function ownTasks(tasks: TaskState[]): TaskSummary[] {
  return tasks
    .slice(-ANNOUNCED_TASKS_MAX)
    .reverse()
    .map(({ upid, node, pid, pstart, startS, type, id, user, tokenId, running, endS, exitStatus }) => {
      return { upid, node, pid, pstart, startS, type, id, user, tokenId, running, endS, exitStatus };
    });
}
