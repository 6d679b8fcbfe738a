/** `/cluster`: status, configuration, join information, HA status. */
import { z } from "zod";
import { aside, linksOf, maybe, wireFlag, wireInt, wireText } from "./wire.ts";

const clusterEntry = z.object({
  type: z.literal("cluster"),
  name: wireText,
  nodes: wireInt,
  quorate: wireFlag,
  version: wireInt,
});

const nodeEntry = z.object({
  type: z.literal("node"),
  name: wireText,
  nodeid: maybe(wireInt),
  /** A configured node that was never seen has none. */
  ip: aside(wireText),
  local: maybe(wireFlag),
  online: maybe(wireFlag),
});

/** An entry of a kind that a later version adds is no reason not to read the others. */
function ofKnownKinds(wire: unknown): unknown {
  if (!Array.isArray(wire)) return wire;
  return wire.filter((entry: unknown) => {
    const { type } = (entry ?? {}) as { type?: unknown };
    return typeof type !== "string" || type === "cluster" || type === "node";
  });
}

export const clusterStatusWire = z
  .preprocess(ofKnownKinds, z.array(z.discriminatedUnion("type", [clusterEntry, nodeEntry])))
  .transform((entries) => {
    const cluster = entries.find((entry) => entry.type === "cluster");
    return {
      /** Absent on a node outside any cluster. */
      cluster: cluster && {
        name: cluster.name,
        /** As the answering node itself sees it. */
        quorate: cluster.quorate,
        /** Configured nodes, not those that are online. */
        nodes: cluster.nodes,
        configVersion: cluster.version,
      },
      nodes: entries
        .filter((entry) => entry.type === "node")
        .map((entry) => ({
          name: entry.name,
          /** 0 on a node outside any cluster. */
          nodeId: entry.nodeid ?? 0,
          ip: entry.ip,
          local: entry.local ?? false,
          online: entry.online ?? false,
        }))
        .sort(byName),
    };
  });
export type ClusterStatus = z.output<typeof clusterStatusWire>;

export const configNodesWire = z
  .array(
    z
      .looseObject({ name: z.string(), node: maybe(wireText), nodeid: wireInt, quorum_votes: wireInt })
      .transform((wire) => ({
        name: wire.name,
        nodeId: wire.nodeid,
        quorumVotes: wire.quorum_votes,
        /** Address by link number. */
        links: linksOf(wire),
      })),
  )
  .transform((nodes) => nodes.sort(byName));
export type ConfigNode = z.output<typeof configNodesWire>[number];

const totemObject = z
  .looseObject({
    cluster_name: z.string(),
    config_version: wireInt,
    link_mode: maybe(wireText),
    secauth: maybe(wireText),
    ip_version: maybe(wireText),
    token: maybe(wireInt),
  })
  .transform((wire) => ({
    clusterName: wire.cluster_name,
    configVersion: wire.config_version,
    linkMode: wire.link_mode,
    secauth: wire.secauth,
    ipVersion: wire.ip_version,
    /** Milliseconds, where the configuration sets it. */
    tokenTimeoutMs: wire.token,
  }));
/** `null` on a node outside any cluster. */
export const totemWire = totemObject.nullable();
export type Totem = z.output<typeof totemObject>;

export const joinInformationWire = z
  .object({
    config_digest: z.string(),
    preferred_node: z.string(),
    nodelist: z.array(
      z.looseObject({
        name: z.string(),
        nodeid: wireInt,
        pve_addr: z.string(),
        pve_fp: z.string(),
        quorum_votes: wireInt,
      }),
    ),
    totem: totemObject,
  })
  .transform((wire) => ({
    configDigest: wire.config_digest,
    /** The node that answered. */
    preferredNode: wire.preferred_node,
    nodes: wire.nodelist
      .map((node) => ({
        name: node.name,
        nodeId: node.nodeid,
        apiAddress: node.pve_addr,
        certSha256: node.pve_fp,
        quorumVotes: node.quorum_votes,
        links: linksOf(node),
      }))
      .sort(byName),
    totem: wire.totem,
  }));
export type JoinInformation = z.output<typeof joinInformationWire>;

/** What the cluster hands to a node that it takes in. */
export const addNodeWire = z
  .object({ corosync_authkey: z.string(), corosync_conf: z.string(), warnings: z.array(z.string()).optional() })
  .transform((wire) => ({
    corosyncAuthkey: wire.corosync_authkey,
    corosyncConf: wire.corosync_conf,
    warnings: wire.warnings ?? [],
  }));
export type AddedNode = z.output<typeof addNodeWire>;

export const haStatusWire = z.array(
  z
    .looseObject({
      id: z.string(),
      type: z.string(),
      status: maybe(wireText),
      node: maybe(wireText),
      quorate: maybe(wireFlag),
      timestamp: maybe(wireInt),
      sid: maybe(wireText),
      state: maybe(wireText),
      crm_state: maybe(wireText),
      request_state: maybe(wireText),
    })
    .transform((wire) => ({
      id: wire.id,
      /** `quorum`, `master`, `lrm`, `service`. */
      type: wire.type,
      status: wire.status ?? "",
      node: wire.node,
      quorate: wire.quorate,
      /** The node's wall clock, seconds since 1970. */
      timestamp: wire.timestamp,
      sid: wire.sid,
      state: wire.state,
      crmState: wire.crm_state,
      requestState: wire.request_state,
    })),
);
export type HaEntry = z.output<typeof haStatusWire>[number];

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
