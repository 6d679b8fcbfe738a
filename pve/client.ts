/**
 * Our typed view of one node's Proxmox VE API: the one contract that real and simulated clusters both meet.
 *
 * A client talks to one node and believes only that node's certificate. Every method answers domain types or throws a
 * `PveError` whose `problem` says what kind of trouble it was. Reads are repeated once when a connection breaks;
 * writes never are.
 */
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { parseAnswer } from "./answer-body.ts";
import { createPlaces } from "./places.ts";
import { PveError, problemFromAnswer, problemOf } from "./pve-error.ts";
import { encodeQuery, linkParameters, type Query } from "./query.ts";
import * as access from "./schemas/access.ts";
import * as cluster from "./schemas/cluster.ts";
import * as guests from "./schemas/guests.ts";
import * as nodes from "./schemas/nodes.ts";
import { type QdeviceStatus, qdeviceWire } from "./schemas/qdevice.ts";
import * as tasks from "./schemas/tasks.ts";
import { wireInt } from "./schemas/wire.ts";
import { createSession, type PveCredential } from "./session.ts";
import { type Connect, createTransport, type HttpAnswer, type HttpRequest } from "./transport.ts";
import type { PveTrust } from "./trust.ts";
import { parseUpid } from "./upid.ts";

export interface PveClientOptions {
  /** `https://HOST:PORT`. */
  url: string;
  trust: PveTrust;
  credential: PveCredential;
  /** For one request, waiting for a free place not included; 10 s unless told. A refused login takes a node 3 s. */
  timeoutMs?: number;
  /** Requests to this node at the same time; 4 unless told. */
  concurrency?: number;
  /** The byte stream below TLS; TCP unless told. */
  connect?: Connect;
  /** Our own clock, milliseconds; for the age of tickets alone. */
  nowMs?: () => number;
  /** Told of every request when it is sent, repetitions and logins included. */
  sending?: () => void;
  /** Told of every request when it ends. Holds no secrets. */
  log?: (entry: { request: string; status?: number; problem?: string; tookMs: number }) => void;
}

export interface RequestOptions {
  signal?: AbortSignal;
  timeoutMs?: number;
}

export interface TaskFilter {
  /** Node's wall clock, seconds since 1970: tasks that started then or later. */
  since?: number;
  until?: number;
  start?: number;
  /** 50 at the node unless told. */
  limit?: number;
  vmid?: number;
  /** `archive` (ended, the default), `active` (running) or `all`. */
  source?: "archive" | "active" | "all";
  typefilter?: string;
  userfilter?: string;
  errors?: boolean;
}

export interface PveClient {
  readonly url: string;
  /** Log in now; other methods do so by themselves. */
  login(options?: RequestOptions): Promise<access.Ticket>;
  version(options?: RequestOptions): Promise<nodes.PveVersion>;
  clusterStatus(options?: RequestOptions): Promise<cluster.ClusterStatus>;
  clusterConfigNodes(options?: RequestOptions): Promise<cluster.ConfigNode[]>;
  /** @throws PveError not-in-cluster on a stand-alone node */
  clusterJoinInformation(node?: string, options?: RequestOptions): Promise<cluster.JoinInformation>;
  /** `null` on a stand-alone node. */
  clusterTotem(options?: RequestOptions): Promise<cluster.Totem | null>;
  clusterJoinApiVersion(options?: RequestOptions): Promise<number>;
  clusterTasks(options?: RequestOptions): Promise<tasks.TaskListEntry[]>;
  clusterResources(
    type?: "vm" | "storage" | "node" | "sdn",
    options?: RequestOptions,
  ): Promise<nodes.ClusterResource[]>;
  haStatus(options?: RequestOptions): Promise<cluster.HaEntry[]>;
  nodes(options?: RequestOptions): Promise<nodes.NodeSummary[]>;
  nodeStatus(node: string, options?: RequestOptions): Promise<nodes.NodeStatus>;
  nodeVersion(node: string, options?: RequestOptions): Promise<nodes.PveVersion>;
  nodeTime(node: string, options?: RequestOptions): Promise<nodes.NodeTime>;
  nodeTasks(node: string, filter?: TaskFilter, options?: RequestOptions): Promise<tasks.TaskListEntry[]>;
  nodeStorages(node: string, options?: RequestOptions): Promise<nodes.NodeStorage[]>;
  /** Virtual machines whose file lies under this node, by this node's own answer. */
  guests(node: string, options?: RequestOptions): Promise<nodes.GuestSummary[]>;
  /** The same for containers. */
  containers(node: string, options?: RequestOptions): Promise<nodes.GuestSummary[]>;
  /** @throws PveError server-error when the guest is not on this node: Proxmox answers 500 */
  guestConfig(node: string, vmid: number, options?: RequestOptions): Promise<guests.GuestConfig>;
  guestStatus(node: string, vmid: number, options?: RequestOptions): Promise<guests.GuestStatus>;
  /** The node that a guest belongs to, by the cluster's list; undefined when it has none. */
  findGuest(vmid: number, options?: RequestOptions): Promise<string | undefined>;
  /** `null` where there is none. */
  qdevice(options?: RequestOptions): Promise<QdeviceStatus | null>;
  /** Lines of the node's journal since an instant of its own clock, seconds since 1970; needs Sys.Syslog. */
  journal(node: string, since: number, options?: RequestOptions): Promise<string[]>;
  /** The node is taken from the UPID. @throws PveError invalid-parameters for an unknown task */
  taskStatus(upid: string, options?: RequestOptions): Promise<tasks.TaskStatus>;
  taskLog(upid: string, range?: { start?: number; limit?: number }, options?: RequestOptions): Promise<tasks.TaskLog>;
  users(options?: RequestOptions): Promise<access.PveUser[]>;
  storages(options?: RequestOptions): Promise<nodes.StorageConfig[]>;
  /** Create a cluster on this node. @returns the task's UPID; only its end tells */
  createCluster(
    request: { name: string; nodeId?: number; votes?: number; links?: Record<number, string> },
    options?: RequestOptions,
  ): Promise<string>;
  /** Let this node join the cluster that `hostname` belongs to. @returns the task's UPID; only its end tells */
  joinCluster(
    request: {
      hostname: string;
      fingerprint: string;
      password: string;
      nodeId?: number;
      votes?: number;
      force?: boolean;
      links?: Record<number, string>;
    },
    options?: RequestOptions,
  ): Promise<string>;
  /** Any other read. @param schema what `data` looks like */
  get<T>(path: string, schema: z.ZodType<T>, query?: Query, options?: RequestOptions): Promise<T>;
  /** Forget connections; later calls open new ones. */
  close(): void;
}

const upidWire = z.string().startsWith("UPID:");

const TIMEOUT_MS = 10_000;
const CONCURRENCY = 4;
/** Between a broken connection and the one repetition of a read: pveproxy needs a moment to restart. */
const RETRY_DELAY_MS = 300;

export function createPveClient(options: PveClientOptions): PveClient {
  const url = new URL(options.url);
  const nowMs = options.nowMs ?? (() => performance.now());
  const transport = createTransport({
    url,
    trust: options.trust,
    sockets: options.concurrency ?? CONCURRENCY,
    ...(options.connect && { connect: options.connect }),
  });
  const places = createPlaces(options.concurrency ?? CONCURRENCY);
  const session = createSession(options.credential, (user, password) => requestTicket(user, password), nowMs);

  async function send(request: HttpRequest): Promise<HttpAnswer> {
    const name = `${request.method} ${request.path.split("?")[0]}`;
    const release = await places.take(request.signal);
    const startedMs = performance.now();
    const tell = (outcome: { status?: number; problem?: string }) =>
      options.log?.({ request: name, ...outcome, tookMs: Math.round(performance.now() - startedMs) });
    options.sending?.();
    try {
      const answer = await transport.send(request);
      tell({ status: answer.status });
      return answer;
    } catch (error) {
      tell({ problem: problemOf(error)?.kind ?? String(error) });
      throw error;
    } finally {
      release();
    }
  }

  async function requestTicket(user: string, password: string, request?: RequestOptions): Promise<access.Ticket> {
    const name = "POST /access/ticket";
    const answer = await send({
      method: "POST",
      path: "/access/ticket",
      headers: {},
      body: new URLSearchParams({ username: user, password }).toString(),
      timeoutMs: request?.timeoutMs ?? options.timeoutMs ?? TIMEOUT_MS,
      ...(request?.signal && { signal: request.signal }),
    });
    const problem = problemFromAnswer(answer);
    if (problem) throw new PveError(name, problem);
    const ticket = parseAnswer(name, answer.body, access.ticketWire).data;
    if (ticket.needsSecondFactor) {
      const reason = "the account asks for a second factor; give an API token instead";
      throw new PveError(name, { kind: "unauthorized", reason });
    }
    return ticket;
  }

  /** One request with credentials; a refused ticket is renewed once, a read over a broken connection repeated once. */
  async function call(
    method: HttpRequest["method"],
    path: string,
    params: Query,
    request: RequestOptions = {},
  ): Promise<string> {
    const name = `${method} ${path}`;
    const encoded = encodeQuery(params);
    let headers: Record<string, string> = {};
    const attempt = async () => {
      headers = await session.headers(method);
      const inQuery = (method === "GET" || method === "DELETE") && encoded !== "";
      return send({
        method,
        path: inQuery ? `${path}?${encoded}` : path,
        headers,
        ...(method !== "GET" && method !== "DELETE" && { body: encoded }),
        timeoutMs: request.timeoutMs ?? options.timeoutMs ?? TIMEOUT_MS,
        ...(request.signal && { signal: request.signal }),
      });
    };
    let answer: HttpAnswer;
    try {
      answer = await attempt();
    } catch (error) {
      if (method !== "GET" || problemOf(error)?.kind !== "unreachable") throw error;
      await wait(RETRY_DELAY_MS, undefined, { signal: request.signal });
      answer = await attempt();
    }
    // A 401 was not carried out, so even a write may be sent again, with a fresh ticket: joining a cluster changes the
    // key that tickets are signed with.
    if (answer.status === 401 && session.refused(headers)) answer = await attempt();
    const node = /^\/nodes\/([^/]+)/.exec(path)?.[1];
    const problem = problemFromAnswer({ ...answer, ...(node !== undefined && { node }) });
    if (problem) throw new PveError(name, problem);
    return answer.body;
  }

  async function get<T>(path: string, schema: z.ZodType<T>, query: Query = {}, request?: RequestOptions): Promise<T> {
    return parseAnswer(`GET ${path}`, await call("GET", path, query, request), schema).data;
  }
  async function post<T>(path: string, schema: z.ZodType<T>, params: Query, request?: RequestOptions): Promise<T> {
    return parseAnswer(`POST ${path}`, await call("POST", path, params, request), schema).data;
  }
  const nodePath = (node: string, rest: string) => `/nodes/${encodeURIComponent(node)}${rest}`;
  const taskPath = (upid: string, rest: string) => {
    const parsed = parseUpid(upid);
    if (!parsed) {
      const errors = { upid: "unable to parse worker upid" };
      throw new PveError(`GET task ${upid}`, {
        kind: "invalid-parameters",
        message: "Parameter verification failed.",
        errors,
      });
    }
    return nodePath(parsed.node, `/tasks/${encodeURIComponent(upid)}${rest}`);
  };

  return {
    url: options.url,
    async login(request) {
      if (options.credential.kind === "token") throw new Error("a client with an API token has no ticket");
      return requestTicket(options.credential.user, options.credential.password, request);
    },
    version: (request) => get("/version", nodes.versionWire, {}, request),
    clusterStatus: (request) => get("/cluster/status", cluster.clusterStatusWire, {}, request),
    clusterConfigNodes: (request) => get("/cluster/config/nodes", cluster.configNodesWire, {}, request),
    clusterJoinInformation: (node, request) =>
      get("/cluster/config/join", cluster.joinInformationWire, { node }, request),
    clusterTotem: (request) => get("/cluster/config/totem", cluster.totemWire, {}, request),
    clusterJoinApiVersion: (request) => get("/cluster/config/apiversion", wireInt, {}, request),
    clusterTasks: (request) => get("/cluster/tasks", tasks.taskListWire, {}, request),
    clusterResources: (type, request) => get("/cluster/resources", nodes.resourcesWire, { type }, request),
    haStatus: (request) => get("/cluster/ha/status/current", cluster.haStatusWire, {}, request),
    nodes: (request) => get("/nodes", nodes.nodesWire, {}, request),
    nodeStatus: (node, request) => get(nodePath(node, "/status"), nodes.nodeStatusWire, {}, request),
    nodeVersion: (node, request) => get(nodePath(node, "/version"), nodes.versionWire, {}, request),
    nodeTime: (node, request) => get(nodePath(node, "/time"), nodes.nodeTimeWire, {}, request),
    nodeTasks: (node, filter = {}, request) =>
      get(nodePath(node, "/tasks"), tasks.taskListWire, { ...filter }, request),
    nodeStorages: (node, request) => get(nodePath(node, "/storage"), nodes.nodeStoragesWire, {}, request),
    guests: (node, request) => get(nodePath(node, "/qemu"), nodes.guestsWire, {}, request),
    containers: (node, request) => get(nodePath(node, "/lxc"), nodes.guestsWire, {}, request),
    guestConfig: (node, vmid, request) =>
      get(nodePath(node, `/qemu/${vmid}/config`), guests.guestConfigWire, {}, request),
    guestStatus: (node, vmid, request) =>
      get(nodePath(node, `/qemu/${vmid}/status/current`), guests.guestStatusWire, {}, request),
    async findGuest(vmid, request) {
      const all = await get("/cluster/resources", nodes.resourcesWire, { type: "vm" }, request);
      return all.find((entry) => entry.vmid === vmid)?.node;
    },
    qdevice: (request) => get("/cluster/config/qdevice", qdeviceWire, {}, request),
    journal: (node, since, request) => get(nodePath(node, "/journal"), z.array(z.string()), { since }, request),
    taskStatus: async (upid, request) => get(taskPath(upid, "/status"), tasks.taskStatusWire, {}, request),
    async taskLog(upid, range = {}, request) {
      const path = taskPath(upid, "/log");
      const answer = parseAnswer(`GET ${path}`, await call("GET", path, { ...range }, request), tasks.taskLogLinesWire);
      return { total: answer.total ?? answer.data.length, lines: answer.data };
    },
    users: (request) => get("/access/users", access.usersWire, {}, request),
    storages: (request) => get("/storage", nodes.storagesWire, {}, request),
    createCluster: ({ name, nodeId, votes, links }, request) =>
      post(
        "/cluster/config",
        upidWire,
        { clustername: name, nodeid: nodeId, votes, ...linkParameters(links) },
        request,
      ),
    joinCluster: ({ nodeId, links, ...rest }, request) =>
      post("/cluster/config/join", upidWire, { ...rest, nodeid: nodeId, ...linkParameters(links) }, request),
    get,
    close: () => transport.close(),
  };
}
