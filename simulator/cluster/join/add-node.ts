/**
 * Adding a node to a cluster, on the member that was asked: `POST /cluster/config/nodes/{node}`.
 *
 * The new nodelist takes effect at once, before the new node is there: a cluster of one loses its quorum until it is.
 *
 * @source recordings 45, 46, 48; pve-cluster 8.1.3 PVE/API2/ClusterConfig.pm addnode, typed on three nodes
 */

import {
  ConfError,
  type ConfSection,
  entryOf,
  nodeSection,
  parseSections,
  readCorosyncConf,
  serialiseSections,
} from "../corosync/corosync-conf.ts";
import { FILE_ERRNO_TEXT } from "../files/errno-text.ts";
import type { FileChange } from "../files/files-state.ts";
import { readNodeFile } from "../files/node-tree.ts";
import { log } from "../journal.ts";
import { type EventHandler, type EventSpec, nodeOf, schedule } from "../kernel.ts";
import { mergedKeys, SHARED_KEYS } from "../pki/root-files.ts";
import { clusterLog } from "../pmxcfs/cluster-log.ts";
import { nodeFolders } from "../pmxcfs/initial-database.ts";
import { pmxcfsEntry, pmxcfsFile, pmxcfsWritable } from "../pmxcfs/pmxcfs-view.ts";
import { changeInSequence, type SequenceEnd, setContents } from "../pmxcfs/sequence.ts";
import type { LabState } from "../state.ts";
import { type MemberAnswer, memberRequest, newMemberRequest } from "./cluster-jobs.ts";
import { type ConfLocked, lockConf, UNLOCK_CONF } from "./conf-lock.ts";

export interface AddNodeParameters {
  name: string;
  /** Address for the new node's link when none is named. */
  newNodeAddress?: string;
  links?: Record<number, string>;
  nodeId?: number;
  votes?: number;
  force?: boolean;
  /** Of the node that joins; one without asks as older ones did, and as `pvecm addnode` does. */
  apiVersion?: number;
  user?: string;
  /** On the command line; else the API's daemon works. */
  program?: "pvecm";
}

/** From the question to the answer, besides the writing. @source recording 46: 1.1 s in all */
const WORK_MS = 600;

export const NO_QUORUM = "cluster not ready - no quorum?";

export type AddNodeInputs = {
  /** Start to add a member; `memberAnswer(lab, node, id)` says what came of it. */
  "cluster/add-node": { args: { node: string } & AddNodeParameters; result: { id: number } };
};

export const addNodeInputs = {
  "cluster/add-node": (lab: LabState, args: { node: string } & AddNodeParameters): { id: number } => {
    const { node, ...parameters } = args;
    const { id } = newMemberRequest(lab, node);
    addNode(lab, node, parameters, { kind: "cluster/member-answered", node, data: { id } }, id);
    return { id };
  },
};

export const addNodeHandlers: Record<string, EventHandler> = {
  "cluster/member-answered": (lab, event) => {
    const { id, answer } = event.data as { id: number; answer: MemberAnswer };
    const request = memberRequest(lab, event.node!, id);
    if (request) request.answer = answer;
  },
  // Called so by labs that were saved while one waited.
  "cluster/conf-retry": (lab, { node, data }) =>
    lockConf(lab, node!, { kind: "cluster/conf-locked", node: node!, data }, (data as Addition).request),
  "cluster/conf-locked": (lab, { node, data }) => confLocked(lab, node!, data as Addition & ConfLocked),
  "cluster/conf-written": (lab, event) => {
    const { answer, then, failed } = event.data as { answer: MemberAnswer; then: EventSpec } & SequenceEnd;
    const written = failed
      ? ({
          state: "failed",
          message: `unable to write '/etc/pve/corosync.conf.new' - ${FILE_ERRNO_TEXT[failed.errno]}`,
        } as const)
      : answer;
    answerWith(lab, then, written);
  },
};

interface Addition {
  parameters: AddNodeParameters;
  then: EventSpec;
  request?: number;
}

/**
 * Add a node.
 *
 * @param then gets `answer: MemberAnswer` in its data
 * @param request that asks for it
 */
export function addNode(
  lab: LabState,
  node: string,
  parameters: AddNodeParameters,
  then: EventSpec,
  request?: number,
): void {
  if (!pmxcfsWritable(nodeOf(lab, node).pmxcfs) || nodeOf(lab, node).pmxcfs.pid === 0) {
    answerWith(lab, then, { state: "failed", message: NO_QUORUM });
    return;
  }
  schedule(lab, WORK_MS, {
    kind: "cluster/conf-retry",
    node,
    pid: nodeOf(lab, node).services.units.pvedaemon.mainPid,
    data: { parameters, then, ...(request !== undefined && { request }) },
  });
}

function confLocked(lab: LabState, node: string, { parameters, then, lockRefusal }: Addition & ConfLocked): void {
  if (lockRefusal !== undefined) {
    answerWith(lab, then, { state: "failed", message: lockRefusal });
    return;
  }
  const changed = confWithNode(lab, node, parameters);
  if ("answer" in changed) {
    changeInSequence(lab, node, [UNLOCK_CONF], {
      kind: "cluster/conf-written",
      node,
      data: { answer: changed.answer, then },
    });
    return;
  }
  noteMembership(lab, node, parameters, `adding node ${parameters.name} to cluster`);
  const answer: MemberAnswer = {
    state: "added",
    ...(changed.forced && { forced: true }),
    corosyncConf: changed.conf,
    corosyncAuthkey: readNodeFile(lab, node, "/etc/corosync/authkey") ?? "",
  };
  const pid = nodeOf(lab, node).services.units.pvedaemon.mainPid;
  const keys = mergedKeys(lab, node, pmxcfsFile(lab, node, SHARED_KEYS));
  const folders = nodeFolders(parameters.name)
    .filter((path) => pmxcfsEntry(lab, node, path) === undefined)
    .map((path): FileChange => ({ op: "mkdir", path }));
  const changes = [...folders, ...setContents(pid, SHARED_KEYS, keys), ...replaceConf(pid, changed.conf), UNLOCK_CONF];
  changeInSequence(lab, node, changes, {
    kind: "cluster/conf-written",
    node,
    data: { answer, then },
  });
}

/** A line of the journal and of the cluster's log. @source PVE/Cluster.pm log_msg */
export function noteMembership(
  lab: LabState,
  node: string,
  by: { user?: string; program?: "pvecm" },
  text: string,
): void {
  const { user = "root@pam", program = "pvedaemon" } = by;
  const daemon = program === "pvedaemon";
  const pid = daemon ? nodeOf(lab, node).services.units.pvedaemon.mainPid : nodeOf(lab, node).nextPid;
  const unit = daemon ? "pvedaemon.service" : "";
  log(lab, node, { unit, identifier: program, pid, text: `<${user}> ${text}`, priority: 5 });
  clusterLog(lab, node, { pri: 5, tag: program, pid, user, msg: text });
}

/** Proxmox writes beside the file and renames, so that nobody reads half of it. @source PVE/Corosync.pm atomic_write_conf */
export function replaceConf(pid: number, text: string): FileChange[] {
  return [
    ...setContents(pid, "corosync.conf.new", text),
    { op: "rename", path: "corosync.conf.new", to: "corosync.conf" },
  ];
}

/** corosync.conf with another `config_version`, one up. */
export function withNextVersion(root: ConfSection): ConfSection {
  const totem = root.sections.find((section) => section.name === "totem");
  const version = totem?.entries.find((entry) => entry.key === "config_version");
  if (version) version.value = String(Number(version.value) + 1);
  return root;
}

function confWithNode(
  lab: LabState,
  node: string,
  parameters: AddNodeParameters,
): { conf: string; forced?: true } | { answer: MemberAnswer } {
  const fail = (message: string, errors?: Record<string, string>) => ({
    answer: { state: "failed" as const, message, ...(errors && { errors }) },
  });
  const text = pmxcfsFile(lab, node, "corosync.conf");
  if (text === undefined) return fail("invalid corosync.conf", { error0: "no nodes found" });
  let root: ConfSection;
  let nodes: ReturnType<typeof readCorosyncConf>["nodes"];
  try {
    root = parseSections(text);
    nodes = readCorosyncConf(text).nodes;
  } catch (error) {
    if (!(error instanceof ConfError)) throw error;
    return fail("invalid corosync.conf", { error0: error.message });
  }
  const list = root.sections.find((section) => section.name === "nodelist");
  if (!list || nodes.length === 0) return fail("invalid corosync.conf", { error0: "no nodes found" });
  const existing = nodes.find((entry) => entry.name === parameters.name);
  const others = nodes.filter((entry) => entry !== existing);
  const used = [...new Set(others.flatMap((entry) => entry.addresses.map(({ number }) => number)))].sort();
  const given = Object.entries(parameters.links ?? {}).map(([number, address]) => ({
    number: Number(number),
    address,
  }));
  for (const { address } of given) {
    for (const other of others) {
      const found = other.addresses.find((one) => one.address === address);
      if (!found) continue;
      const where = `link ring${found.number}_addr by node '${other.name}'`;
      return fail(`corosync: address '${address}' already used on ${where}`);
    }
  }
  // One link of a caller that knows no `new_node_ip` is that address, whatever its number.
  const single = given.length === 1 && !parameters.newNodeAddress && !parameters.apiVersion ? given[0] : undefined;
  const fallback = single?.address ?? parameters.newNodeAddress;
  let links = single ? [] : given;
  for (const number of links.length > 0 ? [0, 1, 2, 3, 4, 5, 6, 7] : []) {
    const there = links.some((link) => link.number === number);
    if (used.includes(number) && !there) {
      return fail(`corosync: link ${number} exists in cluster config but wasn't specified for new node`);
    }
    if (!used.includes(number) && there) {
      return fail(`corosync: link ${number} specified for new node doesn't exist in cluster config`);
    }
  }
  if (links.length === 0) {
    if (!fallback) return fail("no links and no fallback ip (new_node_ip) given, cannot join cluster");
    if (used.length > 1) {
      return fail(
        single
          ? `cluster has ${used.length} links, but only 1 given at /usr/share/perl5/PVE/API2/ClusterConfig.pm line 349.`
          : "no links given but multiple links found on other nodes, fallback only supported on single-link clusters",
      );
    }
    links = [{ number: used[0] ?? 0, address: fallback }];
  }
  const before = list.sections.find((section) => entryOf(section, "name") === parameters.name);
  const written = before && entryOf(before, "quorum_votes");
  const votes = parameters.votes ?? (/^\d+$/.test(written ?? "") ? Number(written) : undefined);
  const same = existing && (parameters.nodeId ?? existing.nodeId) === existing.nodeId;
  // Links are looked at first. @source recording 46
  if (existing && !(same && parameters.force && (votes ?? 0) === (Number(written ?? 0) || 0)))
    return fail(`can't add existing node '${parameters.name}'`);
  // A number that another node has is taken as it is: corosync refuses the file.
  const nodeId = parameters.nodeId ?? existing?.nodeId ?? lowestFreeId(others.map((entry) => entry.nodeId));
  list.sections = list.sections.filter(
    (section) => !section.entries.some((entry) => entry.key === "name" && entry.value === parameters.name),
  );
  const addresses = links.toSorted((a, b) => a.number - b.number);
  const section = nodeSection({ name: parameters.name, nodeId, votes: votes ?? 1, addresses });
  // No votes are not written, and corosync counts one.
  if (votes === 0) section.entries = section.entries.filter(({ key }) => key !== "quorum_votes");
  list.sections.push(section);
  return { conf: serialiseSections(withNextVersion(root)), ...(existing && { forced: true }) };
}

function lowestFreeId(ids: number[]): number {
  let id = 1;
  while (ids.includes(id)) id += 1;
  return id;
}

export function answerWith(lab: LabState, then: EventSpec, answer: MemberAnswer): void {
  schedule(lab, 0, { ...then, data: { ...(then.data as object | undefined), answer } });
}
