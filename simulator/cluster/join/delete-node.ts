/**
 * `pvecm delnode`: take a member out of the cluster. Its corosync is killed first, then the configuration is written,
 * even when the first costs the quorum that the second needs.
 *
 * @source recordings 37, 42, 43, 49
 */
import { parseSections, readCorosyncConf, serialiseSections } from "../corosync/corosync-conf.ts";
import { killNode } from "../corosync/kill-node.ts";
import { type EventHandler, type EventSpec, nodeOf, schedule } from "../kernel.ts";
import { pmxcfsFile, pmxcfsWritable } from "../pmxcfs/pmxcfs-view.ts";
import { changeInSequence, type SequenceEnd } from "../pmxcfs/sequence.ts";
import type { LabState } from "../state.ts";
import { answerWith, CONF_LOCK, NO_QUORUM, noteMembership, replaceConf, withNextVersion } from "./add-node.ts";
import { newMemberRequest } from "./cluster-jobs.ts";

export type DeleteNodeInputs = {
  /** Start to delete a member; `memberAnswer(lab, node, id)` says what came of it, `output` and `refusal` what it printed. */
  "cluster/delete-node": {
    args: { node: string; target: string; program?: "pvecm" };
    result: { id: number; output: string[]; refusal?: string };
  };
};

/** Between the kill and the new configuration. @source recording 43 */
const WRITE_AFTER_MS = 700;

/** Exit status of Perl's die with EACCES. */
const EACCES = 13;

export const deleteNodeInputs = {
  "cluster/delete-node": (
    lab: LabState,
    args: DeleteNodeInputs["cluster/delete-node"]["args"],
  ): DeleteNodeInputs["cluster/delete-node"]["result"] => {
    const { node, target } = args;
    const { id } = newMemberRequest(lab, node);
    const then: EventSpec = { kind: "cluster/member-answered", node, data: { id } };
    const refuse = (message: string) => {
      answerWith(lab, then, { state: "failed", message });
      return { id, output: [] };
    };
    if (target === node) return refuse("Cannot delete myself from cluster!");
    const state = nodeOf(lab, node).pmxcfs;
    if (state.pid === 0 || !pmxcfsWritable(state)) return refuse(NO_QUORUM);
    const text = pmxcfsFile(lab, node, "corosync.conf");
    const nodes = text === undefined ? [] : readCorosyncConf(text).nodes;
    const entry = nodes.find((one) => one.name === target || one.addresses.some(({ address }) => address === target));
    if (!entry) return refuse(`Node/IP: ${target} is not a known host of the cluster.`);
    noteMembership(lab, node, args, `deleting node ${entry.name} from cluster`);
    const killed = killNode(lab, node, entry.nodeId);
    schedule(lab, WRITE_AFTER_MS, { kind: "cluster/delete-write", node, data: { target: entry.name, then } });
    const output = [`Killing node ${entry.nodeId}`];
    return { id, output, ...(killed.refusal !== "" && { refusal: killed.refusal }) };
  },
};

export const deleteNodeHandlers: Record<string, EventHandler> = {
  "cluster/delete-write": (lab, event) => {
    const { target, then } = event.data as { target: string; then: EventSpec };
    const node = event.node!;
    const text = pmxcfsFile(lab, node, "corosync.conf");
    if (text === undefined) {
      answerWith(lab, then, { state: "failed", message: "invalid corosync.conf" });
      return;
    }
    const root = parseSections(text);
    const list = root.sections.find((section) => section.name === "nodelist");
    if (list) {
      list.sections = list.sections.filter(
        (section) => !section.entries.some((entry) => entry.key === "name" && entry.value === target),
      );
    }
    const changes = replaceConf(nodeOf(lab, node).nextPid, serialiseSections(withNextVersion(root)));
    changeInSequence(lab, node, [{ op: "mkdir", path: CONF_LOCK }, ...changes, { op: "rmdir", path: CONF_LOCK }], {
      kind: "cluster/delete-written",
      node,
      data: { then },
    });
  },
  "cluster/delete-written": (lab, event) => {
    const { then, failed } = event.data as { then: EventSpec } & SequenceEnd;
    if (!failed) answerWith(lab, then, { state: "deleted" });
    else {
      answerWith(lab, then, {
        state: "failed",
        message: `unable to open file '/etc/pve/corosync.conf.new.tmp.${nodeOf(lab, event.node!).nextPid}' - Permission denied`,
        exitStatus: EACCES,
      });
    }
  },
};
