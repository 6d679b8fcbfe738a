/**
 * `pvecm delnode`: take a member out of the cluster. Its corosync is killed first, then the configuration is written,
 * even when the first costs the quorum that the second needs; the lock on the configuration stays behind then.
 *
 * @source recordings 37, 42, 43, 49; pve-cluster 8 PVE/API2/ClusterConfig.pm delnode, PVE/Cluster.pm cfs_lock for the order
 */
import { parseSections, readCorosyncConf, serialiseSections } from "../corosync/corosync-conf.ts";
import { killNode } from "../corosync/kill-node.ts";
import { type EventHandler, type EventSpec, nodeOf, schedule } from "../kernel.ts";
import { changePmxcfs } from "../pmxcfs/pmxcfs-changes.ts";
import { pmxcfsFile, pmxcfsWritable } from "../pmxcfs/pmxcfs-view.ts";
import { changeInSequence, type SequenceEnd } from "../pmxcfs/sequence.ts";
import { reap, spawn } from "../processes.ts";
import type { LabState } from "../state.ts";
import { answerWith, NO_QUORUM, noteMembership, replaceConf, withNextVersion } from "./add-node.ts";
import { type MemberAnswer, type MemberRequest, memberRequest, newMemberRequest, printLine } from "./cluster-jobs.ts";
import { type ConfLocked, lockConf, UNLOCK_CONF } from "./conf-lock.ts";

export type DeleteNodeInputs = {
  /** Start to delete a member; `memberAnswer(lab, node, id)` says what came of it, `memberLines` what it printed. */
  "cluster/delete-node": { args: { node: string; target: string; program?: "pvecm" }; result: { id: number } };
  /** The command is ended: what it has not done is not done any more, and a lock that it holds stays. */
  "cluster/stop-delete": { args: { node: string; id: number }; result: undefined };
};

/** Between the kill and the new configuration. @source recording 43 */
const WRITE_AFTER_MS = 700;

/** Exit status of Perl's die with EACCES. */
const EACCES = 13;

export const deleteNodeInputs = {
  "cluster/delete-node": (
    lab: LabState,
    { node, target, program }: DeleteNodeInputs["cluster/delete-node"]["args"],
  ): { id: number } => {
    const request = newMemberRequest(lab, node);
    const { id } = request;
    const then: EventSpec = { kind: "cluster/member-answered", node, data: { id } };
    const state = nodeOf(lab, node).pmxcfs;
    if (target === node) answerWith(lab, then, { state: "failed", message: "Cannot delete myself from cluster!" });
    else if (state.pid === 0 || !pmxcfsWritable(state)) answerWith(lab, then, { state: "failed", message: NO_QUORUM });
    else {
      if (program) request.pid = spawn(lab, node, program, "");
      lockConf(lab, node, event(request, node, "cluster/delete-locked", { id, target, then }), id);
    }
    return { id };
  },
  "cluster/stop-delete": (lab: LabState, { node, id }: DeleteNodeInputs["cluster/stop-delete"]["args"]): undefined => {
    const request = memberRequest(lab, node, id);
    if (request?.pid !== undefined && !request.answer) reap(lab, node, request.pid);
    return undefined;
  },
};

interface Deletion {
  id: number;
  target: string;
  then: EventSpec;
}

/** An event of the command's process, or of the API's daemon where there is none. */
function event(request: MemberRequest | undefined, node: string, kind: string, data: object): EventSpec {
  return { kind, node, data, ...(request?.pid !== undefined && { pid: request.pid }) };
}

/** The command has ended. */
function finish(lab: LabState, node: string, { id, then }: Pick<Deletion, "id" | "then">, answer: MemberAnswer): void {
  const pid = memberRequest(lab, node, id)?.pid;
  if (pid !== undefined) reap(lab, node, pid, { exitCode: answer.state === "failed" ? (answer.exitStatus ?? 255) : 0 });
  answerWith(lab, then, answer);
}

export const deleteNodeHandlers: Record<string, EventHandler> = {
  "cluster/delete-locked": (lab, { node: name, data }) => {
    const { lockRefusal, ...deletion } = data as Deletion & ConfLocked;
    const { id, target, then } = deletion;
    const node = name!;
    if (lockRefusal !== undefined) {
      finish(lab, node, deletion, { state: "failed", message: lockRefusal });
      return;
    }
    const request = memberRequest(lab, node, id);
    const text = pmxcfsFile(lab, node, "corosync.conf");
    const nodes = text === undefined ? [] : readCorosyncConf(text).nodes;
    const entry = nodes.find((one) => one.name === target || one.addresses.some(({ address }) => address === target));
    if (!entry) {
      changePmxcfs(lab, node, UNLOCK_CONF);
      const message = `Node/IP: ${target} is not a known host of the cluster.`;
      finish(lab, node, deletion, { state: "failed", message });
      return;
    }
    noteMembership(
      lab,
      node,
      request?.pid === undefined ? {} : { program: "pvecm" },
      `deleting node ${entry.name} from cluster`,
    );
    const killed = killNode(lab, node, entry.nodeId);
    printLine(request, "stderr", killed.refusal);
    printLine(request, "stdout", killed.output);
    schedule(lab, WRITE_AFTER_MS, event(request, node, "cluster/delete-write", { id, target: entry.name, then }));
  },
  "cluster/delete-write": (lab, { node: name, data }) => {
    const { id, target, then } = data as Deletion;
    const node = name!;
    const request = memberRequest(lab, node, id);
    const text = pmxcfsFile(lab, node, "corosync.conf");
    if (text === undefined) {
      finish(lab, node, { id, then }, { state: "failed", message: "invalid corosync.conf" });
      return;
    }
    const root = parseSections(text);
    const list = root.sections.find((section) => section.name === "nodelist");
    if (list) {
      list.sections = list.sections.filter(
        (section) => !section.entries.some((entry) => entry.key === "name" && entry.value === target),
      );
    }
    const pid = request?.pid ?? nodeOf(lab, node).nextPid;
    const changes = replaceConf(pid, serialiseSections(withNextVersion(root)));
    const written = event(request, node, "cluster/delete-written", { id, then });
    changeInSequence(lab, node, [...changes, UNLOCK_CONF], written);
  },
  "cluster/delete-written": (lab, { node: name, data }) => {
    const { failed, ...deletion } = data as Pick<Deletion, "id" | "then"> & SequenceEnd;
    const node = name!;
    // Whether the lock goes is asked by nobody.
    if (!failed || failed.change.op === "rmdir") {
      finish(lab, node, deletion, { state: "deleted" });
      return;
    }
    changePmxcfs(lab, node, UNLOCK_CONF);
    const pid = memberRequest(lab, node, deletion.id)?.pid ?? nodeOf(lab, node).nextPid;
    finish(lab, node, deletion, {
      state: "failed",
      message: `unable to open file '/etc/pve/corosync.conf.new.tmp.${pid}' - Permission denied`,
      exitStatus: EACCES,
    });
  },
};
