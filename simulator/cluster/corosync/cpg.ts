/**
 * Closed process groups: messages that every member of a group receives in the same order, and who is a member.
 *
 * A process joins with the kinds of two events by which it is told: messages as they are delivered, and changes of the
 * group's membership. Both events belong to the process, so they vanish with it and wait while it hangs. Messages
 * travel on the ring with the token; those of a node whose ring is being formed wait until it is.
 */
import { schedule } from "../kernel.ts";
import type { LabState } from "../state.ts";
import type { CorosyncDaemon, CpgProcess } from "./corosync-state.ts";
import { sendOnRing } from "./ring.ts";

/** Data of the event that delivers a message. Shared between the receivers: not to be changed. */
export interface CpgDelivery {
  group: string;
  fromNodeId: number;
  fromPid: number;
  payload: unknown;
}

/** Data of the event that tells of a group's members, after a change. Ascending by node id. */
export interface CpgConfchg {
  group: string;
  members: { nodeId: number; pid: number }[];
  joined: { nodeId: number; pid: number }[];
  left: { nodeId: number; pid: number }[];
  ringId: { rep: number; seq: number };
}

/**
 * cpg_join: the process becomes a member of the group, and learns of it by its `confchgKind` event.
 *
 * @param process.deliverKind event kind that gets `CpgDelivery`; `confchgKind` gets `CpgConfchg`
 * @returns false when corosync does not run on the node (`cpg_initialize failed: 2`)
 */
export function cpgJoin(
  lab: LabState,
  node: string,
  process: { group: string; pid: number; deliverKind: string; confchgKind: string },
): boolean {
  const daemon = usable(lab, node);
  if (!daemon) return false;
  if (daemon.cpg.local.some((local) => local.group === process.group && local.pid === process.pid)) return true;
  daemon.cpg.local.push({ ...process });
  sendOnRing(lab, node, { kind: "cpg-join", group: process.group, pid: process.pid });
  return true;
}

/** cpg_leave: the others are told. Also happens by itself when the process ends. */
export function cpgLeave(lab: LabState, node: string, group: string, pid: number): void {
  const daemon = lab.nodes[node]?.corosync.daemon;
  if (!daemon?.cpg.local.some((local) => local.group === group && local.pid === pid)) return;
  daemon.cpg.local = daemon.cpg.local.filter((local) => local.group !== group || local.pid !== pid);
  sendOnRing(lab, node, { kind: "cpg-leave", group, pid });
}

/**
 * cpg_mcast_joined: send to every member of the group, the sender included.
 *
 * The payload is plain data; it is copied.
 *
 * @param pid the sending process; without it the first local member of the group
 * @returns false when corosync does not run on the node, or no process of it is in the group
 */
export function cpgSend(lab: LabState, node: string, group: string, payload: unknown, pid?: number): boolean {
  const daemon = usable(lab, node);
  const sender = daemon?.cpg.local.find((local) => local.group === group && (pid === undefined || local.pid === pid));
  if (!daemon || !sender) return false;
  sendOnRing(lab, node, { kind: "cpg", group, pid: sender.pid, data: structuredCopy(payload) });
  return true;
}

/** Members of a group as this node's corosync knows them now, ascending by node id. */
export function cpgMembers(lab: Readonly<LabState>, node: string, group: string): { nodeId: number; pid: number }[] {
  return membersOfGroup(lab.nodes[node]?.corosync.daemon?.cpg.processes ?? [], group);
}

/** A process of the node has ended: it leaves its groups. */
export function leaveGroups(lab: LabState, node: string, pid: number): void {
  for (const local of lab.nodes[node]?.corosync.daemon?.cpg.local ?? []) {
    if (local.pid === pid) cpgLeave(lab, node, local.group, pid);
  }
}

/** Tell this node's processes in a group of its new members. */
export function confchg(
  lab: LabState,
  node: string,
  daemon: CorosyncDaemon,
  group: string,
  joined: CpgProcess[],
  left: CpgProcess[],
): void {
  const data: CpgConfchg = {
    group,
    members: membersOfGroup(daemon.cpg.processes, group),
    joined: membersOfGroup(joined, group),
    left: membersOfGroup(left, group),
    ringId: { ...daemon.totem.ringId },
  };
  for (const local of daemon.cpg.local.filter((candidate) => candidate.group === group)) {
    schedule(lab, 0, { kind: local.confchgKind, node, pid: local.pid, data });
  }
}

/** The order in which every node lists processes. */
export function sortedProcesses(processes: CpgProcess[]): CpgProcess[] {
  return processes.toSorted((a, b) => a.nodeId - b.nodeId || a.pid - b.pid);
}

function membersOfGroup(processes: readonly CpgProcess[], group: string): { nodeId: number; pid: number }[] {
  return processes.filter((process) => process.group === group).map(({ nodeId, pid }) => ({ nodeId, pid }));
}

/** A running corosync that takes requests: its own IPC is there once its network is up. */
function usable(lab: LabState, node: string): CorosyncDaemon | undefined {
  const daemon = lab.nodes[node]?.corosync.daemon;
  return daemon?.phase === "running" ? daemon : undefined;
}

/** Plain data, so that nothing the sender changes later changes the message. */
function structuredCopy(payload: unknown): unknown {
  return JSON.parse(JSON.stringify(payload));
}
