/**
 * One node of a lab put into another state: its disks are exchanged while it is off, and it boots from them.
 *
 * The rest of the lab sees a machine that lost its power and came back as another: a cluster that it was a member of
 * still lists it, and what lies on shared storages stays.
 */
import { invariant } from "./invariant.ts";
import type { LabState, NodeState } from "./state.ts";
import { act, advance } from "./stepping.ts";

export type ReplaceNodeInputs = {
  /** See `replaceNode`; the other lab is plain data and stays as it is. */
  "lab/replace-node": { args: { node: string; from: LabState }; result: undefined };
};

/** The input's handler; a declaration, as this module and the table of inputs need each other. */
export function replaceNodeInput(lab: LabState, { node, from }: { node: string; from: LabState }): undefined {
  // Only what plain data is: the log of inputs has it as JSON, and a replay must meet the same.
  replaceNode(lab, node, JSON.parse(JSON.stringify(from)) as LabState);
  return undefined;
}

/**
 * Exchange a node for its namesake in another lab.
 *
 * @param from a lab with a node of that name, all its certificates issued; left in pieces, so give a copy
 */
function replaceNode(lab: LabState, name: string, from: LabState): void {
  invariant(lab.nodes[name] && from.nodes[name], `no node ${name}`);
  invariant(
    from.pki.requests.every((request) => request.node !== name),
    `${name} waits for a certificate`,
  );
  // Instants in the new node's journal and tasks lie in the past of this lab, or they would come to pass twice.
  if (from.nowMs > lab.nowMs) advance(lab, from.nowMs);
  switchOff(lab, name);
  switchOff(from, name);
  const before = lab.nodes[name]!;
  const node: NodeState = from.nodes[name]!;
  // The machine stays the machine: its place in the network and how often it was started.
  node.net = before.net;
  node.bootCount = before.bootCount;
  lab.nodes[name] = node;
  const onNode = (volume: { place: string }) => volume.place.startsWith(`node:${name}/`);
  lab.storage.volumes = [
    ...lab.storage.volumes.filter((volume) => !onNode(volume)),
    ...from.storage.volumes.filter(onNode),
  ];
  lab.pki.requests = lab.pki.requests.filter((request) => request.node !== name);
  const served = from.pki.nodes[name];
  invariant(served, `${name} has no certificate`);
  lab.pki.nodes[name] = served;
  const known = new Set(lab.pki.fingerprints.map((one) => one.fingerprint));
  lab.pki.fingerprints.push(...from.pki.fingerprints.filter((one) => !known.has(one.fingerprint)));
  act(lab, "power/set", { node: name, state: "on" });
}

/** Whether a node believes that it is in a cluster, by what lies on its disk. */
export function isInCluster(lab: Readonly<LabState>, name: string): boolean {
  return lab.nodes[name]?.pmxcfs.database.entries["corosync.conf"] !== undefined;
}

function switchOff(lab: LabState, name: string): void {
  act(lab, "power/set", { node: name, state: "off" });
  // What follows a loss of power follows at once.
  advance(lab, lab.nowMs);
}
