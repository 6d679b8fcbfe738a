/**
 * An observation: what every node of a lab answered for itself at one moment, as plain data.
 *
 * It can be stored, read again by a later version and judged again with the same result. It holds no password, ticket,
 * token or key: `scrub` takes them out of every text that a node wrote.
 */
import { z } from "zod";

/** Why something could not be read, by what it means for the learner. */
export const trouble = z.strictObject({
  kind: z.enum([
    ...["no-connection", "timeout", "certificate", "login", "forbidden", "server-error", "nonsense"],
    ...["other-node", "host-key"],
  ] as const),
  /** In words, for the person who has to mend it; scrubbed. For `other-node`: what the node calls itself. */
  reason: z.string(),
  /** For `timeout`: how long was waited. For `forbidden`: the right that is missing. */
  seconds: z.number().optional(),
  privilege: z.string().optional(),
});
export type Trouble = z.infer<typeof trouble>;

/** A thing that was read, or why it was not. Absent in an observation that did not ask for it. */
function fact<T extends z.ZodType>(value: T) {
  return z.discriminatedUnion("read", [
    z.strictObject({ read: z.literal(true), value }),
    z.strictObject({ read: z.literal(false), trouble }),
  ]);
}
export type Fact<T> = { read: true; value: T } | { read: false; trouble: Trouble };

const clusterView = z.strictObject({
  /** `null` on a node outside any cluster. */
  cluster: z
    .strictObject({ name: z.string(), quorate: z.boolean(), configuredNodes: z.int(), configVersion: z.int() })
    .nullable(),
  /** Sorted by name. Outside a cluster: the node itself, with the id 0. */
  nodes: z.array(z.strictObject({ name: z.string(), nodeId: z.int(), online: z.boolean(), local: z.boolean() })),
});
export type ClusterView = z.infer<typeof clusterView>;

const configNode = z.strictObject({
  name: z.string(),
  nodeId: z.int(),
  votes: z.int(),
  /** Address by link number; absent in observations of before. */
  links: z.record(z.string(), z.string()).optional(),
});
export type ConfigNodeSeen = z.infer<typeof configNode>;

const joinInformation = z.strictObject({
  /** False on a node outside any cluster. */
  available: z.boolean(),
  configDigest: z.string().optional(),
  nodes: z.array(z.string()).optional(),
});

const resource = z.strictObject({
  id: z.string(),
  type: z.string(),
  node: z.string().optional(),
  status: z.string().optional(),
  name: z.string().optional(),
  vmid: z.int().optional(),
  /** Of a storage: whether every node shares it, and what it may hold. */
  shared: z.boolean().optional(),
  content: z.array(z.string()).optional(),
  lock: z.string().optional(),
  /** Of a machine that HA looks after. */
  haState: z.string().optional(),
});
export type ResourceSeen = z.infer<typeof resource>;

const task = z.strictObject({
  upid: z.string(),
  type: z.string(),
  id: z.string(),
  user: z.string(),
  /** The node's own wall clock, seconds since 1970. */
  startTime: z.int(),
  endTime: z.int().optional(),
  outcome: z.enum(["running", "ok", "warnings", "failed"]),
  /** What Proxmox says of the end when it is not OK. */
  text: z.string().optional(),
  /** Only of tasks whose log a check may need; scrubbed, the last lines. */
  log: z.array(z.string()).optional(),
});
export type TaskSeen = z.infer<typeof task>;

/** A guest that the node has, by its own list; `config` and `qmpStatus` only where a check asked for them. */
const guest = z.strictObject({
  vmid: z.int(),
  type: z.enum(["qemu", "lxc"]),
  name: z.string().optional(),
  status: z.string(),
  qmpStatus: z.string().optional(),
  /** `qmpStatus` was asked for, and there was no answer. */
  stateUnread: z.literal(true).optional(),
  lock: z.string().optional(),
  /** As in the guest's file; without descriptions, keys and passwords. */
  config: fact(z.record(z.string(), z.string())).optional(),
});
export type GuestSeen = z.infer<typeof guest>;

const haEntry = z.strictObject({
  id: z.string(),
  /** `quorum`, `master`, `lrm`, `service`; since Proxmox VE 9 also `fencing`. */
  type: z.string(),
  status: z.string(),
  node: z.string().optional(),
  sid: z.string().optional(),
  state: z.string().optional(),
  requestState: z.string().optional(),
  quorate: z.boolean().optional(),
  /** The writing node's own clock, seconds since 1970. */
  timestamp: z.int().optional(),
});
export type HaEntrySeen = z.infer<typeof haEntry>;

const qdeviceSeen = z
  .strictObject({
    state: z.string(),
    algorithm: z.string().optional(),
    castsVote: z.boolean().optional(),
  })
  .nullable();

/** A storage as the cluster's settings define it, for this node or not. */
const storageConfig = z.strictObject({
  storage: z.string(),
  disabled: z.boolean(),
  /** Absent for all nodes. */
  nodes: z.array(z.string()).optional(),
});
export type StorageConfigSeen = z.infer<typeof storageConfig>;

/** One peer on one link, as the node's own corosync sees it. */
const linkSeen = z.strictObject({
  link: z.int(),
  nodeId: z.int(),
  connected: z.boolean(),
  /** What corosync runs with, which may be another than the file says; not in observations of earlier versions. */
  ownAddress: z.string().optional(),
});

const fileSeen = z.strictObject({ path: z.string(), sha256: z.string().nullable(), bytes: z.int() });

/** Pings of a guest from this node: what somebody else on the network would have noticed. */
const pingSeen = z.strictObject({
  address: z.string(),
  /** Our own clock, UTC: from the first to the last packet that counts. */
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  sent: z.int(),
  received: z.int(),
  everyMs: z.int(),
  /** Silences of more than three intervals, oldest first; the latest twenty. */
  gaps: z.array(z.strictObject({ at: z.iso.datetime(), ms: z.int(), over: z.boolean() })),
});
export type PingSeen = z.infer<typeof pingSeen>;

/** What the node's journal says of its quorum since the baseline. */
const quorumJournal = z.strictObject({
  since: z.int(),
  lost: z.array(z.strictObject({ line: z.string() })),
});

export const nodeObservation = z.strictObject({
  name: z.string(),
  /** Whether it answered at all; a node that answers may still refuse single facts. */
  reached: z.discriminatedUnion("answered", [
    z.strictObject({ answered: z.literal(true) }),
    z.strictObject({ answered: z.literal(false), trouble }),
  ]),
  tookMs: z.number(),
  calls: z.int(),
  version: fact(z.strictObject({ version: z.string(), release: z.string() })).optional(),
  status: fact(clusterView).optional(),
  configNodes: fact(z.array(configNode)).optional(),
  join: fact(joinInformation).optional(),
  resources: fact(z.array(resource)).optional(),
  /** Newest first; since the baseline where there is one. */
  tasks: fact(z.array(task)).optional(),
  /** The node's own wall clock, seconds since 1970: never compared with ours. */
  time: fact(z.int()).optional(),
  /** Milliseconds after `takenAt` at which `time` was answered: two nodes' clocks can be compared by it. */
  timeAfterMs: z.number().optional(),
  guests: fact(z.array(guest)).optional(),
  ha: fact(z.array(haEntry)).optional(),
  qdevice: fact(qdeviceSeen).optional(),
  storages: fact(z.array(storageConfig)).optional(),
  /** Read over SSH, as the API does not tell: links, files, pings. */
  links: fact(z.array(linkSeen)).optional(),
  files: fact(z.array(fileSeen)).optional(),
  pings: fact(z.array(pingSeen)).optional(),
  quorumJournal: fact(quorumJournal).optional(),
});
export type NodeObservation = z.infer<typeof nodeObservation>;

export const observation = z.strictObject({
  format: z.literal(1),
  lab: z.string(),
  /** Our own clock, UTC. */
  takenAt: z.iso.datetime(),
  /** `quick`: the cluster's status alone; `check`: also what checks stand on; `full`: all there is. */
  depth: z.enum(["quick", "check", "full"]),
  /** In the order of the lab's description. */
  nodes: z.array(nodeObservation),
});
export type Observation = z.infer<typeof observation>;

/** Read a stored observation. @throws ZodError when it is none, or of another format */
export function readObservation(stored: unknown): Observation {
  return observation.parse(stored);
}

const SECRETS: [RegExp, string][] = [
  [/PVE(?:API)?(?:Auth)?(?:Cookie|Token)?[:=][^\s"',;]*/g, "(scrubbed)"],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g, "(scrubbed)"],
  [/\b(password|passwd|secret|ticket|csrfpreventiontoken)(["']?\s*[:=]\s*["']?)[^\s"',;]+/gi, "$1$2(scrubbed)"],
  [/\b[A-Za-z0-9._-]+@[A-Za-z0-9.-]+![A-Za-z0-9._-]+=[0-9a-f-]{36}/g, "(scrubbed)"],
];

/** Take out what could open a door, from text that somebody else wrote. @param secrets of the lab itself, literally */
export function scrub(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) if (secret.length >= 4) clean = clean.replaceAll(secret, "(scrubbed)");
  for (const [pattern, replacement] of SECRETS) clean = clean.replace(pattern, replacement);
  return clean;
}

/** What two observations must share to be the same state: times, durations and running numbers left out. */
export function stateOf({ nodes }: Observation): string {
  return JSON.stringify(
    nodes.map(({ name, reached, status }) => [
      name,
      reached.answered || reached.trouble.kind,
      status?.read ? status.value : status?.trouble.kind,
    ]),
  );
}
