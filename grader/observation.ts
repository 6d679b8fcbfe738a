/**
 * An observation: what every node of a lab answered for itself at one moment, as plain data.
 *
 * It can be stored, read again by a later version and judged again with the same result. It holds no password, ticket,
 * token or key: `scrub` takes them out of every text that a node wrote.
 */
import { z } from "zod";

/** Why something could not be read, by what it means for the learner. */
export const trouble = z.strictObject({
  kind: z.enum(["no-connection", "timeout", "certificate", "login", "forbidden", "server-error", "nonsense"]),
  /** In words, for the person who has to mend it; scrubbed. */
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

const configNode = z.strictObject({ name: z.string(), nodeId: z.int(), votes: z.int() });

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
