/** What happens on a node when a message of the ring is delivered, and when the ring's members change. */
import { schedule } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { say } from "./corosync-log.ts";
import type { CommitEntry, CorosyncDaemon, CpgProcess, RingMessage } from "./corosync-state.ts";
import { type CpgDelivery, confchg, sortedProcesses } from "./cpg.ts";
import { applyReload } from "./reload.ts";
import { applyExpectedVotes, applyNodeInfo, applyNodeVotes, noteDevice } from "./votequorum.ts";

/** Every member does this for every message, in the same order. */
export function deliverPayload(lab: LabState, node: string, daemon: CorosyncDaemon, message: RingMessage): void {
  const { payload, from } = message;
  const { cpg } = daemon;
  switch (payload.kind) {
    case "cpg":
      for (const local of cpg.local.filter((candidate) => candidate.group === payload.group)) {
        const data: CpgDelivery = {
          group: payload.group,
          fromNodeId: from,
          fromPid: payload.pid,
          payload: payload.data,
        };
        schedule(lab, 0, { kind: local.deliverKind, node, pid: local.pid, data });
      }
      return;
    case "cpg-join":
    case "cpg-leave": {
      const process: CpgProcess = { group: payload.group, nodeId: from, pid: payload.pid };
      const others = cpg.processes.filter((other) => !isSame(other, process));
      const after = payload.kind === "cpg-join" ? sortedProcesses([...others, process]) : others;
      changeProcesses(lab, node, daemon, after);
      return;
    }
    case "expected":
      applyExpectedVotes(lab, node, daemon, payload.value);
      return;
    case "node-info":
      applyNodeInfo(lab, node, daemon, payload.info);
      return;
    case "node-votes":
      applyNodeVotes(lab, node, daemon, payload.of ?? from, payload.votes);
      return;
    // Whoever does not wait has been ready before.
    case "sync-ready":
      return;
    case "device":
      noteDevice(daemon, from, payload.device);
      return;
    case "config-version":
      if (daemon.known?.[from]) daemon.known[from].configVersion = payload.version;
      return;
    case "reload":
      applyReload(lab, node, daemon, from);
      return;
    case "shutdown":
      say(lab, node, daemon.pid, "CFG", `Node ${from} was shut down by sysadmin`);
      return;
  }
}

/**
 * The groups of a new ring are the processes that its members brought.
 *
 * Members that come from another ring have left and joined even if they were here before: in between they may have
 * gone on without this node, which a node that only stood still could not see otherwise.
 */
export function groupsOfNewRing(lab: LabState, node: string, daemon: CorosyncDaemon, entries: CommitEntry[]): void {
  const own = entries.find((entry) => entry.nodeId === daemon.nodeId)?.oldRingId;
  const together = entries.filter(({ oldRingId }) => oldRingId.rep === own?.rep && oldRingId.seq === own?.seq);
  const stayed = new Set(together.map((entry) => entry.nodeId));
  const groups = sortedProcesses(entries.flatMap((entry) => entry.groups));
  changeProcesses(lab, node, daemon, groups, (process) => stayed.has(process.nodeId));
}

function changeProcesses(
  lab: LabState,
  node: string,
  daemon: CorosyncDaemon,
  after: CpgProcess[],
  stayed: (process: CpgProcess) => boolean = () => true,
): void {
  const before = daemon.cpg.processes;
  daemon.cpg.processes = after;
  const joined = after.filter((process) => !stayed(process) || !before.some((other) => isSame(other, process)));
  const left = before.filter((process) => !stayed(process) || !after.some((other) => isSame(other, process)));
  for (const group of new Set([...joined, ...left].map((process) => process.group))) {
    confchg(lab, node, daemon, group, joined, left);
  }
}

function isSame(a: CpgProcess, b: CpgProcess): boolean {
  return a.group === b.group && a.nodeId === b.nodeId && a.pid === b.pid;
}
