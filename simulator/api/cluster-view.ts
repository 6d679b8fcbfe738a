/**
 * A node's own view of its cluster, from the same sources as a real node's API: `.members` and `corosync.conf` of its
 * own /etc/pve, and the certificates that lie there.
 */

import { type Fingerprint, fingerprintOfPem } from "../../pve/fingerprint.ts";
import { ConfError, type ConfSection, parseSections } from "../cluster/corosync/corosync-conf.ts";
import { mainAddressOf } from "../cluster/host-network/node-address.ts";
import { pmxcfsFile } from "../cluster/pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../cluster/state.ts";
import { ApiRefusal, failure } from "./answer.ts";

export interface Member {
  name: string;
  id: number;
  online: boolean;
  /** Absent while the node was never heard of. */
  ip?: string;
}

export interface ClusterView {
  /** Absent outside any cluster. */
  cluster?: { name: string; version: number; nodes: number; quorate: boolean };
  members: Member[];
}

/** What this node knows of its cluster now; outside any, itself alone. */
export function clusterView(lab: Readonly<LabState>, node: string): ClusterView {
  const state = lab.nodes[node]!.pmxcfs;
  const info = state.clusterInfo;
  if (state.mode === "local" || !info) {
    const ip = mainAddressOf(lab, node);
    return { members: [{ name: node, id: 0, online: true, ...(ip !== undefined && { ip }) }] };
  }
  return {
    cluster: { name: info.name, version: info.version, nodes: info.nodes.length, quorate: state.quorate },
    members: info.nodes.map((member) => {
      const ip = state.knownAddresses[member.name];
      return {
        name: member.name,
        id: member.id,
        online: state.onlineIds.includes(member.id),
        ...(ip !== undefined && { ip }),
      };
    }),
  };
}

/** Whether writes to the cluster's files would pass: alone, or in a quorate partition. */
export function hasQuorum(lab: Readonly<LabState>, node: string): boolean {
  const view = clusterView(lab, node);
  return view.cluster === undefined || view.cluster.quorate;
}

export interface CorosyncConfText {
  /** The file as it stands. */
  text: string;
  /** One record of keys for each node of the nodelist. */
  nodes: Record<string, string>[];
  /** Keys of the totem section itself. */
  totem: Record<string, string>;
  /** Keys of each of its interfaces, by link number. */
  interfaces: Record<string, Record<string, string>>;
}

/**
 * The corosync.conf in this node's /etc/pve as the API tells it: all text, known or not; undefined outside any cluster.
 *
 * @throws ApiRefusal when a learner's editor left something that is no configuration
 */
export function corosyncConf(lab: Readonly<LabState>, node: string): CorosyncConfText | undefined {
  const text = pmxcfsFile(lab, node, "corosync.conf");
  if (text === undefined) return undefined;
  try {
    const root = parseSections(text);
    const named = (parent: ConfSection, name: string) => parent.sections.filter((section) => section.name === name);
    const keys = (section: ConfSection) => Object.fromEntries(section.entries.map(({ key, value }) => [key, value]));
    const totem = named(root, "totem");
    return {
      text,
      nodes: named(root, "nodelist").flatMap((list) => named(list, "node").map(keys)),
      totem: Object.assign({}, ...totem.map(keys)),
      interfaces: Object.fromEntries(
        totem.flatMap((section) =>
          named(section, "interface").map((link) => [keys(link).linknumber ?? "0", keys(link)]),
        ),
      ),
    };
  } catch (error) {
    if (error instanceof ConfError) throw new ApiRefusal(failure(500, error.message));
    throw error;
  }
}

/** Fingerprint of a member's certificate as it lies in this node's /etc/pve. */
export function certificateOf(lab: Readonly<LabState>, node: string, member: string): Fingerprint | undefined {
  const pem =
    pmxcfsFile(lab, node, `nodes/${member}/pveproxy-ssl.pem`) ?? pmxcfsFile(lab, node, `nodes/${member}/pve-ssl.pem`);
  return pem === undefined ? undefined : fingerprintOf(pem);
}

/** Reading a certificate takes a tenth of a millisecond, and a poll asks for each node's: the newest are kept. */
const FINGERPRINTS_KEPT = 500;
const fingerprints = new Map<string, Fingerprint | undefined>();

function fingerprintOf(pem: string): Fingerprint | undefined {
  if (fingerprints.has(pem)) return fingerprints.get(pem);
  let fingerprint: Fingerprint | undefined;
  try {
    fingerprint = fingerprintOfPem(pem);
  } catch {
    // A learner may have written anything into the file.
    fingerprint = undefined;
  }
  if (fingerprints.size >= FINGERPRINTS_KEPT) fingerprints.delete(fingerprints.keys().next().value!);
  fingerprints.set(pem, fingerprint);
  return fingerprint;
}
