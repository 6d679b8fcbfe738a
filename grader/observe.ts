/**
 * Observe a lab: ask every node at once what it says itself, and keep each answer beside the node's name.
 *
 * Nothing here decides whether something is right. A node that is dead, slow or talks nonsense is an observation, too;
 * it never delays the others beyond its own time and never fails the whole.
 */
import type { LabDescription } from "../labs/lab-description.ts";
import type { RequestOptions } from "../pve/client.ts";
import { problemOf } from "../pve/pve-error.ts";
import type { TaskListEntry } from "../pve/schemas/tasks.ts";
import { withinDeadline } from "./deadline.ts";
import { type LabClients, type NodeClient, openLabClients } from "./lab-clients.ts";
import { type Fact, type NodeObservation, type Observation, scrub, type TaskSeen } from "./observation.ts";
import { isOutOfReach, troubleOf } from "./trouble.ts";

export interface ObserveOptions {
  /** What is new is told against it, and only new tasks' logs are read. */
  baseline?: Observation;
  /** How deep to look; `full` unless told. */
  depth?: Observation["depth"];
  budget?: {
    /** For one node in all, milliseconds; 25,000 unless told, and that is the most. */
    perNodeMs?: number;
    /** Logs read for one node; 3 unless told. */
    logs?: number;
  };
  /** Kept connections; without them each observation logs in anew. */
  clients?: LabClients;
  /** Our own clock. */
  clock?: () => Date;
  signal?: AbortSignal;
}

export const NODE_BUDGET_MS = 25_000;
/** A lab does not run more tasks than this in a chapter; older ones are in the baseline. */
const TASKS_MAX = 200;
/** Room for a node's clock that was set back meanwhile, seconds. */
const CLOCK_SLACK_S = 3_600;
const LOG_LINES_MAX = 200;
/** Tasks whose log says why they failed. */
const LOGGED_TASKS = new Set(["clustercreate", "clusterjoin"]);

/** @throws only when `signal` ends it */
export async function observe(description: LabDescription, options: ObserveOptions = {}): Promise<Observation> {
  const clients = options.clients ?? openLabClients(description);
  if (options.clients) clients.update(description);
  const takenAt = (options.clock?.() ?? new Date()).toISOString();
  try {
    const nodes = await Promise.all(clients.nodes.map((client) => observeNode(client, clients.secrets, options)));
    options.signal?.throwIfAborted();
    return { format: 1, lab: description.lab, takenAt, depth: options.depth ?? "full", nodes };
  } finally {
    if (!options.clients) clients.close();
  }
}

async function observeNode(
  client: NodeClient,
  secrets: readonly string[],
  options: ObserveOptions,
): Promise<NodeObservation> {
  const { node, api } = client;
  const budgetMs = Math.min(NODE_BUDGET_MS, options.budget?.perNodeMs ?? NODE_BUDGET_MS);
  const startedMs = performance.now();
  const callsBefore = client.calls;
  const deadline = AbortSignal.timeout(budgetMs);
  const request: RequestOptions = {
    signal: options.signal ? AbortSignal.any([options.signal, deadline]) : deadline,
    timeoutMs: budgetMs,
  };
  const read = <T>(work: Promise<T>): Promise<Fact<T>> =>
    withinDeadline(work, request.signal!).then(
      (value): Fact<T> => ({ read: true, value }),
      (error): Fact<T> => ({ read: false, trouble: troubleOf(error, Math.round(budgetMs / 1000), secrets) }),
    );
  const finish = (rest: Omit<NodeObservation, "name" | "tookMs" | "calls">): NodeObservation => ({
    name: node.name,
    tookMs: Math.round(performance.now() - startedMs),
    calls: client.calls - callsBefore,
    ...rest,
  });

  const status = await read(api.clusterStatus(request).then(clusterView));
  if (!status.read && isOutOfReach(status.trouble)) {
    return finish({ reached: { answered: false, trouble: status.trouble } });
  }
  const reached = { answered: true } as const;
  const depth = options.depth ?? "full";
  if (depth === "quick") return finish({ reached, status });

  const [configNodes, tasks, time, resources] = await Promise.all([
    read(api.clusterConfigNodes(request).then((nodes) => nodes.map(configNode))),
    read(readTasks(client, secrets, options, request)),
    read(api.nodeTime(node.name, request).then((answer) => answer.time)),
    read(api.clusterResources(undefined, request).then((all) => all.map(resource).sort(byId))),
  ]);
  if (depth === "check") return finish({ reached, status, configNodes, tasks, time, resources });

  const [version, join] = await Promise.all([
    read(api.version(request).then(({ version, release }) => ({ version, release }))),
    read(api.clusterJoinInformation(undefined, request).then(joinInformation, outsideAnyCluster)),
  ]);
  return finish({ reached, status, configNodes, tasks, time, version, join, resources });
}

/** Newest first; the logs of new failed tasks are read, a few at most, and those of ended ones only once. */
async function readTasks(
  { node, api, logs }: NodeClient,
  secrets: readonly string[],
  { baseline, budget }: ObserveOptions,
  request: RequestOptions,
): Promise<TaskSeen[]> {
  const before = baseline?.nodes.find((entry) => entry.name === node.name);
  const since = before?.time?.read ? { since: Math.max(0, before.time.value - CLOCK_SLACK_S) } : {};
  const list = await api.nodeTasks(node.name, { ...since, limit: TASKS_MAX, source: "all" }, request);
  const known = new Set(before?.tasks?.read ? before.tasks.value.map((task) => task.upid) : []);
  const seen = list.map((entry) => taskSeen(entry, secrets)).sort((a, b) => b.startTime - a.startTime || byUpid(a, b));
  let left = budget?.logs ?? 3;
  for (const task of seen) {
    if (task.outcome !== "failed" || !LOGGED_TASKS.has(task.type) || known.has(task.upid) || !baseline) continue;
    let log = logs.get(task.upid);
    if (!log && left-- > 0) {
      const lines = await api.taskLog(task.upid, { limit: LOG_LINES_MAX }, request).catch(() => undefined);
      log = lines?.lines.map((line) => scrub(line.text, secrets));
      if (log) logs.set(task.upid, log);
    }
    if (log) task.log = log;
  }
  return seen;
}

function taskSeen(entry: TaskListEntry, secrets: readonly string[]): TaskSeen {
  const { upid, type, id, user, startTime, endTime, outcome } = entry;
  return {
    upid,
    type,
    id,
    user,
    startTime,
    ...(endTime !== undefined && { endTime }),
    outcome: outcome.kind,
    ...("text" in outcome && { text: scrub(outcome.text, secrets) }),
  };
}

function clusterView({ cluster, nodes }: Awaited<ReturnType<NodeClient["api"]["clusterStatus"]>>) {
  return {
    cluster: cluster
      ? {
          name: cluster.name,
          quorate: cluster.quorate,
          configuredNodes: cluster.nodes,
          configVersion: cluster.configVersion,
        }
      : null,
    nodes: nodes.map(({ name, nodeId, online, local }) => ({ name, nodeId, online, local })),
  };
}

function configNode({ name, nodeId, quorumVotes }: { name: string; nodeId: number; quorumVotes: number }) {
  return { name, nodeId, votes: quorumVotes };
}

function joinInformation({ configDigest, nodes }: { configDigest: string; nodes: { name: string }[] }) {
  return { available: true, configDigest, nodes: nodes.map((node) => node.name) };
}

function outsideAnyCluster(error: unknown) {
  if (problemOf(error)?.kind === "not-in-cluster") return { available: false };
  throw error;
}

function resource(seen: { id: string; type: string; node?: string; status?: string; name?: string; vmid?: number }) {
  const { id, type, node, status, name, vmid } = seen;
  return {
    id,
    type,
    ...(node !== undefined && { node }),
    ...(status !== undefined && { status }),
    ...(name !== undefined && { name }),
    ...(vmid !== undefined && { vmid }),
  };
}

const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
const byUpid = (a: { upid: string }, b: { upid: string }) => (a.upid < b.upid ? 1 : a.upid > b.upid ? -1 : 0);
