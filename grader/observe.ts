/**
 * Observe a lab: ask every node at once what it says itself, and keep each answer beside the node's name.
 *
 * Nothing here decides whether something is right. A node that is dead, slow or talks nonsense is an observation, too;
 * it never delays the others beyond its own time and never fails the whole.
 */
import { withinDeadline } from "../labs/deadline.ts";
import type { LabDescription } from "../labs/lab-description.ts";
import type { RequestOptions } from "../pve/client.ts";
import { problemOf } from "../pve/pve-error.ts";
import type { ConfigNode, HaEntry } from "../pve/schemas/cluster.ts";
import type { ClusterResource } from "../pve/schemas/nodes.ts";
import type { TaskListEntry } from "../pve/schemas/tasks.ts";
import { type LabClients, type NodeClient, openLabClients } from "./lab-clients.ts";
import { GUESTS_MAX, type Needs, NO_NEEDS } from "./needs.ts";
import {
  type Fact,
  type GuestSeen,
  type NodeObservation,
  type Observation,
  type PingSeen,
  type StorageConfigSeen,
  scrub,
  type TaskSeen,
} from "./observation.ts";
import { filesOverSsh, linksOverSsh } from "./over-ssh.ts";
import { shortLog } from "./short-log.ts";
import { isOutOfReach, troubleOf } from "./trouble.ts";

export interface ObserveOptions {
  /** What is new is told against it, and only new tasks' logs are read. */
  baseline?: Observation;
  /** How deep to look; `full` unless told. */
  depth?: Observation["depth"];
  /** What checks stand on beyond what every look reads. */
  needs?: Needs;
  /** What a running ping of guests has seen so far, by the node it runs on. */
  pings?: ReadonlyMap<string, readonly PingSeen[]>;
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
/** A node that has said nothing at all for so long does not answer; one that has begun to gets all of its time. */
export const FIRST_ANSWER_MS = 10_000;
/** A lab does not run more tasks than this in a chapter; older ones are in the baseline. */
const TASKS_MAX = 200;
/** Room for a node's clock that was set back meanwhile, seconds. */
const CLOCK_SLACK_S = 3_600;
/** A live migration writes a line a second. */
const LOG_LINES_MAX = 1_000;
/** How long a node's SSH door is waited for; its API has answered already. */
const SSH_MS = 8_000;
/** Tasks whose log says why they failed. */
const LOGGED_WHEN_FAILED = new Set(["clustercreate", "clusterjoin"]);
/** Tasks whose log alone tells what they did: whether a guest ran meanwhile, and where it went. */
const LOGGED_ALWAYS = new Set(["qmigrate", "vzmigrate"]);

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
  const read = <T>(work: Promise<T>, signal = request.signal!, withinMs = budgetMs): Promise<Fact<T>> =>
    withinDeadline(work, signal).then(
      (value): Fact<T> => ({ read: true, value }),
      (error): Fact<T> => ({ read: false, trouble: troubleOf(error, Math.round(withinMs / 1000), secrets) }),
    );
  const finish = (rest: Omit<NodeObservation, "name" | "tookMs" | "calls">): NodeObservation => ({
    name: node.name,
    tookMs: Math.round(performance.now() - startedMs),
    calls: client.calls - callsBefore,
    ...rest,
  });

  const firstMs = Math.min(FIRST_ANSWER_MS, budgetMs);
  const first = { signal: AbortSignal.any([request.signal!, AbortSignal.timeout(firstMs)]), timeoutMs: firstMs };
  const status = await read(api.clusterStatus(first).then(clusterView), first.signal, firstMs);
  if (!status.read && isOutOfReach(status.trouble)) {
    return finish({ reached: { answered: false, trouble: status.trouble } });
  }
  const reached = { answered: true } as const;
  const other = status.read ? status.value.nodes.find(({ local }) => local)?.name : undefined;
  if (other !== undefined && other !== node.name) {
    // What it says is another node's, and what is asked of ours it would look for elsewhere.
    return finish({ reached, status: { read: false, trouble: { kind: "other-node", reason: other } } });
  }
  const depth = options.depth ?? "full";
  if (depth === "quick") return finish({ reached, status });

  let timeAfterMs = 0;
  const sshMs = Math.min(SSH_MS, budgetMs);
  const needs = options.needs ?? NO_NEEDS;
  const before = options.baseline?.nodes.find((entry) => entry.name === node.name);
  const wanted = async <T>(asked: boolean, work: () => Promise<T>) => (asked ? await read(work()) : undefined);
  // An account without the right to see the cluster gets lists with everything left out, and no refusal: not to be asked.
  const blind = !status.read && status.trouble.kind === "forbidden" ? status : undefined;
  const list = async <T>(work: () => Promise<T>): Promise<Fact<T>> => blind ?? (await read(work()));
  // The same for single kinds of things: what is not in a list may be there and not be shown.
  const unseen = blind ? undefined : withinDeadline(client.unseen(request), request.signal!).catch(() => []);
  const whole = async <T>(work: () => Promise<T>): Promise<Fact<T>> => {
    const [fact, [privilege]] = await Promise.all([list(work), unseen ?? []]);
    if (!fact.read || privilege === undefined) return fact;
    return { read: false, trouble: { kind: "forbidden", reason: `lacks ${privilege}`, privilege } };
  };
  const [configNodes, ownTasks, time, resources, guests, ha, qdevice, storages, links, files, quorumJournal] =
    await Promise.all([
      read(api.clusterConfigNodes(request).then((nodes) => nodes.map(configNode))),
      list(() => readTasks(client, secrets, options, request)),
      read(
        api.nodeTime(node.name, request).then((answer) => {
          timeAfterMs = Math.round(performance.now() - startedMs);
          return answer.time;
        }),
      ),
      whole(() => api.clusterResources(undefined, request).then((all) => all.map(resource).sort(byId))),
      needs.guests.length > 0 ? whole(() => readGuests(client, needs, secrets, request)) : undefined,
      wanted(needs.ha, async () => (await api.haStatus(request)).map(haEntry).sort(byId)),
      wanted(needs.qdevice, async () => qdeviceSeen(await api.qdevice(request))),
      needs.storages ? whole(() => readStorages(api, request)) : undefined,
      wanted(needs.links, () => linksOverSsh(node, sshMs)),
      wanted(needs.files.length > 0, () => filesOverSsh(node, needs.files, sshMs)),
      wanted(needs.quorumJournal && before?.time?.read === true, () => readQuorumJournal(client, before!, request)),
    ]);
  // Who may not see a node's time sees of its tasks the own ones alone.
  const tasks = !time.read && time.trouble.kind === "forbidden" ? time : ownTasks;
  const pings = options.pings?.get(node.name);
  const facts = {
    ...{ reached, status, configNodes, tasks, time, ...(time.read && { timeAfterMs }), resources },
    ...(guests && { guests }),
    ...(ha && { ha }),
    ...(qdevice && { qdevice }),
    ...(storages && { storages }),
    ...(links && { links }),
    ...(files && { files }),
    ...(quorumJournal && { quorumJournal }),
    ...(pings && { pings: { read: true as const, value: [...pings] } }),
  };
  if (depth === "check") return finish(facts);

  const [version, join] = await Promise.all([
    read(api.version(request).then(({ version, release }) => ({ version, release }))),
    read(api.clusterJoinInformation(undefined, request).then(joinInformation, outsideAnyCluster)),
  ]);
  return finish({ ...facts, version, join });
}

/** The node's own guests; those that checks ask more of with their configuration, and whether they are paused. */
async function readGuests(
  { node, api }: NodeClient,
  { configs, states }: Needs,
  secrets: readonly string[],
  request: RequestOptions,
): Promise<GuestSeen[]> {
  const list = await api.guests(node.name, request);
  const each = async <T>(guests: readonly { vmid: number }[], read: (vmid: number) => Promise<T>) =>
    new Map(await Promise.all(guests.slice(0, GUESTS_MAX).map(async ({ vmid }) => [vmid, await read(vmid)] as const)));
  // A guest may leave in the middle of the look; what was read of it stands.
  const [config, state] = await Promise.all([
    each(
      list.filter(({ vmid }) => configs.includes(vmid)),
      (vmid) =>
        api.guestConfig(node.name, vmid, request).then(
          (value): Fact<Record<string, string>> => ({ read: true, value: cleanConfig(value, secrets) }),
          (error): Fact<Record<string, string>> => ({ read: false, trouble: troubleOf(error, 0, secrets) }),
        ),
    ),
    each(
      list.filter(({ vmid, status }) => states.includes(vmid) && status === "running"),
      (vmid) =>
        api.guestStatus(node.name, vmid, request).then(
          ({ qmpStatus }) => qmpStatus,
          () => undefined,
        ),
    ),
  ]);
  return list
    .map(({ vmid, name, status, lock }) => ({
      vmid,
      type: "qemu" as const,
      ...(name !== undefined && { name }),
      status,
      ...(lock !== undefined && { lock }),
      ...(config.has(vmid) && { config: config.get(vmid)! }),
      ...(state.get(vmid) !== undefined && { qmpStatus: state.get(vmid)! }),
      ...(state.has(vmid) && state.get(vmid) === undefined && { stateUnread: true as const }),
    }))
    .sort((a, b) => a.vmid - b.vmid);
}

async function readStorages(api: NodeClient["api"], request: RequestOptions): Promise<StorageConfigSeen[]> {
  const list = await api.storages(request);
  return list
    .map(({ storage, disabled, nodes }) => ({ storage, disabled, ...(nodes && { nodes }) }))
    .sort((a, b) => (a.storage < b.storage ? -1 : 1));
}

/** Keys that hold what somebody wrote for themselves, or what opens a door. */
const PRIVATE_KEYS = new Set(["description", "sshkeys", "cipassword", "ciuser", "vmgenid", "smbios1", "digest"]);

function cleanConfig(config: Record<string, string>, secrets: readonly string[]): Record<string, string> {
  const kept = Object.entries(config).filter(([key]) => !PRIVATE_KEYS.has(key));
  return Object.fromEntries(kept.sort().map(([key, value]) => [key, scrub(value, secrets).slice(0, 300)]));
}

async function readQuorumJournal({ node, api }: NodeClient, before: NodeObservation, request: RequestOptions) {
  const since = before.time?.read ? before.time.value : 0;
  const lines = await api.journal(node.name, since, request);
  const lost = lines.filter((line) => /node lost quorum|non-primary component/.test(line)).slice(0, 20);
  return { since, lost: lost.map((line) => ({ line: scrub(line).slice(0, 200) })) };
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
    const ended = task.outcome !== "running" && !known.has(task.upid) && baseline !== undefined;
    const telling = LOGGED_ALWAYS.has(task.type) || (task.outcome === "failed" && LOGGED_WHEN_FAILED.has(task.type));
    if (!ended || !telling) continue;
    let log = logs.get(task.upid);
    if (!log && left-- > 0) {
      const lines = await api.taskLog(task.upid, { limit: LOG_LINES_MAX }, request).catch(() => undefined);
      log = lines && shortLog(lines.lines.map((line) => scrub(line.text, secrets)));
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

function configNode({ name, nodeId, quorumVotes, links }: ConfigNode) {
  return { name, nodeId, votes: quorumVotes, links };
}

function haEntry({ id, type, status, node, sid, state, requestState, quorate, timestamp }: HaEntry) {
  return {
    ...{ id, type, status },
    ...(node !== undefined && { node }),
    ...(sid !== undefined && { sid }),
    ...(state !== undefined && { state }),
    ...(requestState !== undefined && { requestState }),
    ...(quorate !== undefined && { quorate }),
    ...(timestamp !== undefined && { timestamp }),
  };
}

function qdeviceSeen(device: Awaited<ReturnType<NodeClient["api"]["qdevice"]>>) {
  if (device === null) return null;
  const { state, algorithm, castsVote } = device;
  return { state, ...(algorithm !== undefined && { algorithm }), ...(castsVote !== undefined && { castsVote }) };
}

function joinInformation({ configDigest, nodes }: { configDigest: string; nodes: { name: string }[] }) {
  return { available: true, configDigest, nodes: nodes.map((node) => node.name) };
}

function outsideAnyCluster(error: unknown) {
  if (problemOf(error)?.kind === "not-in-cluster") return { available: false };
  throw error;
}

function resource(seen: ClusterResource) {
  const { id, type, node, status, name, vmid, shared, content, lock, haState } = seen;
  return {
    id,
    type,
    ...(node !== undefined && { node }),
    ...(status !== undefined && { status }),
    ...(name !== undefined && { name }),
    ...(vmid !== undefined && { vmid }),
    ...(type === "storage" && shared !== undefined && { shared }),
    ...(type === "storage" && content !== undefined && { content }),
    ...(lock !== undefined && lock !== "" && { lock }),
    ...(vmid !== undefined && haState !== undefined && { haState }),
  };
}

const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
const byUpid = (a: { upid: string }, b: { upid: string }) => (a.upid < b.upid ? 1 : a.upid > b.upid ? -1 : 0);
