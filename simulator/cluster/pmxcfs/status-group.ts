/**
 * The process group of what the nodes tell each other: who is online, addresses, tasks, the cluster's log. Its members
 * tell each other their states when they meet, and need no leader: what each knows comes to all.
 *
 * @source pmxcfs 8.1.3 status.c dfsm_process_state_update, dfsm_confchg
 */
import type { CpgConfchg } from "../corosync/cpg.ts";
import { nodeIdOf } from "../corosync/view.ts";
import { nodeOf } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { insertLog, mergeLog } from "./cluster-log.ts";
import { ownName } from "./own-name.ts";
import type { StatusSyncState } from "./pmxcfs-state.ts";
import { epochOf, type GroupMessage, STATUS_GROUP, sayHello, sendToGroup } from "./process-group.ts";
import { sayMembers, sayPmxcfs } from "./say.ts";
import { ALL_KEYS, countKeys } from "./told-keys.ts";

/** So many of its newest lines of the log a node tells whom it meets. */
const LINES_TOLD_MAX = 50;

export function statusMembersChanged(lab: LabState, node: string, change: CpgConfchg): void {
  const state = nodeOf(lab, node).pmxcfs;
  const own = nodeIdOf(lab, node);
  if (!change.members.some((member) => member.nodeId === own && member.pid === state.pid)) return;
  const { statusSync } = state;
  const left = state.onlineIds.filter((id) => !change.members.some((member) => member.nodeId === id));
  for (const { id, name } of state.clusterInfo?.nodes ?? []) {
    if (left.includes(id)) state.offlineSinceMs = { ...state.offlineSinceMs, [name]: lab.nowMs };
  }
  state.onlineIds = change.members.map((member) => member.nodeId);
  state.membersVersion += 1;
  const alone = sayMembers(lab, node, "status", change.members, statusSync.phase);
  const lowest = change.members[0]!;
  statusSync.members = change.members;
  statusSync.started += 1;
  statusSync.epoch = "";
  statusSync.phase = alone ? "synced" : "states";
  if (alone) sayHello(lab, node, ALL_KEYS);
  else if (lowest.nodeId === own)
    sendToGroup(lab, node, STATUS_GROUP, { kind: "sync-start", epoch: epochOf(lowest, statusSync.started) });
}

export function statusReceived(lab: LabState, node: string, message: GroupMessage): void {
  const state = nodeOf(lab, node).pmxcfs;
  const { statusSync } = state;
  switch (message.kind) {
    case "sync-start":
      if (statusSync.phase === "none") return;
      Object.assign(statusSync, { phase: "states", epoch: message.epoch, told: [] } satisfies Partial<StatusSyncState>);
      sayPmxcfs(lab, node, "status", `received sync request (epoch ${message.epoch})`);
      sendToGroup(lab, node, STATUS_GROUP, {
        kind: "status",
        epoch: message.epoch,
        nodeId: nodeIdOf(lab, node) ?? 0,
        log: state.clusterLog.slice(0, LINES_TOLD_MAX),
      });
      break;
    case "status":
      if (statusSync.phase !== "states" || message.epoch !== statusSync.epoch) return;
      mergeLog(state, message.log);
      statusSync.told.push(message.nodeId);
      if (!statusSync.members.every(({ nodeId }) => statusSync.told.includes(nodeId))) return;
      sayPmxcfs(lab, node, "status", "received all states");
      sayPmxcfs(lab, node, "status", "all data is up to date");
      statusSync.phase = "synced";
      sayHello(lab, node, ALL_KEYS);
      break;
    case "hello": {
      // Others are known by corosync's names, itself by its own.
      const teller = message.node === node ? ownName(lab, node) : message.node;
      if (!state.addressesTold?.includes(teller) || state.knownAddresses[teller] !== message.address) {
        state.addressesTold = [...(state.addressesTold ?? []).filter((name) => name !== teller), teller];
        state.membersVersion += 1;
      }
      state.knownAddresses[teller] = message.address;
      state.taskLists[message.node] = [...message.tasks];
      if (message.node !== node) countKeys(state, message.node, message.keys ?? ["tasklist"]);
      break;
    }
    case "log":
      for (const line of message.lines) {
        // Its own come back to it, too, and it says nothing of them.
        if (line.node !== ownName(lab, node)) sayPmxcfs(lab, node, "status", "received log");
        insertLog(state, line);
      }
      break;
  }
}
