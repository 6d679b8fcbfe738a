/**
 * corosync-qdevice: it tells the qnetd server of its node's configuration and rings, and votequorum what the server says.
 *
 * A heartbeat goes out every 8 s; one that was not answered by the next ends the connection and the vote. So a node that
 * is cut off from the server learns of it 8 to 16 s later.
 *
 * @source corosync-qdevice 3.0.3 qdevices/qdevice-model-net.c, qdevice-net-msg-received.c,
 *   qdevice-net-echo-request-timer.c, qdevice-net-heuristics.c; FACTS 26; goldens log-qdev-*
 */

import { log } from "../journal.ts";
import { cancel, randomBetween, schedule } from "../kernel.ts";
import { reap, spawn } from "../processes.ts";
import type { LabState, ScheduledEvent } from "../state.ts";
import { noteRegistration } from "./cmap.ts";
import type { CorosyncConf } from "./corosync-conf.ts";
import { formatRingId } from "./corosync-log.ts";
import type { CorosyncDaemon } from "./corosync-state.ts";
import { HEURISTICS_MS, heuristicsText, judgeHeuristics, scheduleRegularRun } from "./qdevice-heuristics.ts";
import { castVote, missedLater, onPoll, pollAtNextBeat } from "./qdevice-poll.ts";
import {
  ALGORITHM_DIFFERS,
  DUPLICATE_NODE_ID,
  type FromServer,
  type QdeviceDaemon,
  TIE_BREAKER_DIFFERS,
  type ToServer,
} from "./qdevice-state.ts";
import { arrived, newWire, qnetdReachable, sendToServer } from "./qdevice-wire.ts";
import { closeClient, openClient, waitsForServer } from "./qnetd.ts";
import { announceDevice } from "./votequorum.ts";

export const HEARTBEAT_MS = 8_000;
const CONNECT_TIMEOUT_MS = 8_000;
/** A first packet without an answer is sent again. @source RFC 6298 */
const CONNECT_AGAIN_MS = [1_000, 3_000, 7_000];
/** Greeting, certificates and who it is: five round trips. */
const GREETING_MS = 10;
/** From a ring to the server's being told of it: the services before votequorum come first. Recorded: 11 and 14 ms. */
const RING_HEARD_MS = { least: 10, most: 14 };
/**
 * How long it sleeps before it connects again. Its random numbers are never seeded, and NSS takes the first six: every
 * daemon has the same pauses. Recorded: 2386 and 1992 ms.
 *
 * @source qdevice-model-net.c: random() % 4500; the GNU C library's random(3)
 */
const SLEEPS_MS = [
  2_386, 1_992, 1_149, 3_421, 3_362, 4_027, 4_190, 2_059, 3_263, 1_426, 2_040, 1_926, 1_672, 3_736, 4_211,
];

/** The daemon that runs on a node; undefined when there is none. */
export function qdeviceOf(lab: Readonly<LabState>, node: string): QdeviceDaemon | undefined {
  const state = lab.nodes[node];
  const qdevice = state?.corosync.qdevice;
  return qdevice && state.processes[qdevice.pid] && state.corosync.daemon ? qdevice : undefined;
}

/** @returns what systemd would say: the daemon needs corosync and a device in its configuration */
export function startQdevice(lab: LabState, node: string): boolean {
  if (qdeviceOf(lab, node)) return true;
  const state = lab.nodes[node]!;
  if (!state.corosync.daemon || whyNot(state.corosync.daemon.config) !== undefined) return false;
  const pid = spawn(lab, node, "corosync-qdevice", "corosync-qdevice.service");
  // Each attempt schedules something, so that an earlier daemon of this node, whose connection the server may still
  // have, never came as far.
  const attempt = lab.nextEventId;
  state.corosync.qdevice = {
    pid,
    connected: false,
    connectedAtMs: 0,
    lastEchoMs: 0,
    echoOpen: false,
    casting: null,
    castingSinceMs: 0,
    polledAtMs: lab.nowMs,
    vote: false,
    sleepsUntilMs: 0,
    sleeps: 0,
    attempt,
    toldRing: "",
    toldNodes: [],
    wire: newWire(),
  };
  schedule(lab, 50, { kind: "qdevice/connect", node, pid, data: { attempt } });
  return true;
}

/** Every daemon that runs is connected and has its answer. */
export function qdevicesSettled(lab: Readonly<LabState>): boolean {
  return Object.keys(lab.nodes).every((node) => {
    const qdevice = qdeviceOf(lab, node);
    const daemon = lab.nodes[node]!.corosync.daemon;
    return !qdevice || (qdevice.connected && daemon?.votequorum.device?.castVote === true);
  });
}

/** corosync is up: systemd starts what was enabled with it. */
export function startEnabledQdevice(lab: LabState, node: string): void {
  const { corosync, services } = lab.nodes[node]!;
  // A bare corosync, as conformance runs it, has no units.
  const enabled = (services as typeof services | undefined)?.units["corosync-qdevice"].enabled === true;
  if (!enabled || !corosync.daemon?.config.quorum.device) return;
  if (startQdevice(lab, node)) schedule(lab, 0, { kind: "services/qdevice-started", node });
}

/** It ends, and takes back its registration. */
export function stopQdevice(lab: LabState, node: string): void {
  if (!lab.nodes[node]?.corosync.qdevice) return;
  end(lab, node, 0);
  const daemon = lab.nodes[node]!.corosync.daemon;
  if (daemon) announceDevice(lab, node, daemon, undefined);
}

/** corosync is gone, and with it what this daemon asks. */
export function qdeviceLosesCorosync(lab: LabState, node: string): void {
  if (!qdeviceOf(lab, node)) return;
  sayDevice(lab, node, "Can't dispatch votequorum messages", 3);
  end(lab, node, 1);
}

function end(lab: LabState, node: string, exitCode: number): void {
  const { corosync } = lab.nodes[node]!;
  const qdevice = corosync.qdevice!;
  closeConnection(lab, node, qdevice);
  corosync.qdevice = null;
  reap(lab, node, qdevice.pid, { exitCode });
}

/** Its process was killed: the server sees its connection end, votequorum misses it later. */
export function qdeviceProcessEnds(lab: LabState, node: string): void {
  const qdevice = lab.nodes[node]?.corosync.qdevice;
  if (!qdevice) return;
  closeConnection(lab, node, qdevice);
  missedLater(lab, node, qdevice);
}

/** Its process was stopped: votequorum misses it, unless it goes on before. */
export function qdeviceProcessStops(lab: LabState, node: string): void {
  const qdevice = lab.nodes[node]?.corosync.qdevice;
  if (!qdevice) return;
  missedLater(lab, node, qdevice);
  pollAtNextBeat(lab, node, qdevice);
}

/** The server hears of it where a path is. */
function closeConnection(lab: LabState, node: string, qdevice: QdeviceDaemon): void {
  cancel(lab, qdevice.wire.event ?? undefined);
  qdevice.wire = newWire();
  if (lab.qnetd?.clients[node]?.connection === qdevice.attempt && qnetdReachable(lab, node)) closeClient(lab, node);
}

/** votequorum asks, for a ring that was just formed. */
export function pollQdevice(lab: LabState, node: string): void {
  const qdevice = qdeviceOf(lab, node);
  const daemon = lab.nodes[node]!.corosync.daemon;
  if (!qdevice || !daemon) return;
  if (qdevice.connected) {
    const ranMs = runHeuristics(lab, node, qdevice, daemon.config, "membership");
    tellRing(lab, node, qdevice, daemon, ranMs + randomBetween(lab, RING_HEARD_MS.least, RING_HEARD_MS.most));
    castVote(lab, node, qdevice, "wait");
  } else pollAtNextBeat(lab, node, qdevice);
}

/** votequorum says whether its node is quorate. */
export function tellQuorum(lab: LabState, node: string): void {
  const qdevice = qdeviceOf(lab, node);
  if (qdevice?.connected) sendToServer(lab, node, qdevice, { kind: "quorum" });
}

/** corosync runs with another file: the server hears of its nodes and version. */
export function tellConfig(lab: LabState, node: string): void {
  const config = lab.nodes[node]!.corosync.daemon?.config;
  const qdevice = qdeviceOf(lab, node);
  if (!config || !qdevice) return;
  const refusal = whyNot(config);
  if (refusal !== undefined) {
    sayDevice(lab, node, refusal, 2);
    stopQdevice(lab, node);
    return;
  }
  const ids = config.nodes.map(({ nodeId }) => nodeId);
  // Another version of the same nodes is no news.
  if (qdevice.connected && ids.join() !== qdevice.toldNodes.join()) tellNodes(lab, node, qdevice, config, false);
}

function due(lab: LabState, event: ScheduledEvent): { qdevice: QdeviceDaemon; daemon: CorosyncDaemon } | undefined {
  const node = event.node!;
  const qdevice = qdeviceOf(lab, node);
  const daemon = lab.nodes[node]!.corosync.daemon;
  const attempt = (event.data as { attempt?: number } | undefined)?.attempt;
  if (!qdevice || !daemon || attempt !== qdevice.attempt) return undefined;
  return { qdevice, daemon };
}

function onConnect(lab: LabState, event: ScheduledEvent): void {
  const found = due(lab, event);
  if (!found) return;
  const { qdevice, daemon } = found;
  const node = event.node!;
  const { pid } = qdevice;
  const attempt = ++qdevice.attempt;
  const later = (delayMs: number, kind: string) => schedule(lab, delayMs, { kind, node, pid, data: { attempt } });
  // It asks corosync's map for its server: until the file that names one was read there is none.
  if (daemon.phase !== "running" || daemon.totem.ringId.rep === 0 || !daemon.config.quorum.device) {
    later(daemon.config.quorum.device ? 100 : 500, "qdevice/connect");
    return;
  }
  if (daemon.votequorum.device === undefined) {
    noteRegistration(daemon);
    announceDevice(lab, node, daemon, { castVote: false, lost: true });
  }
  for (const delayMs of [0, ...CONNECT_AGAIN_MS]) later(delayMs, "qdevice/reach");
  later(CONNECT_TIMEOUT_MS, "qdevice/connect-timeout");
}

function onConnectTimeout(lab: LabState, event: ScheduledEvent): void {
  const found = due(lab, event);
  if (!found) return;
  sayDevice(lab, event.node!, "Connect timeout", 3);
  castVote(lab, event.node!, found.qdevice, "nack");
  onConnect(lab, event);
}

/** A first packet goes out. Where nobody listens it is refused at once, and then waits for the end of its time. */
function onReach(lab: LabState, event: ScheduledEvent): void {
  const found = due(lab, event);
  if (!found || !qnetdReachable(lab, event.node!)) return;
  const { qdevice } = found;
  const node = event.node!;
  if (!lab.qnetd!.running) {
    sayDevice(lab, node, "Can't connect to qnetd host. (-5986): Network address not available (in use?)", 3);
    const data = { attempt: ++qdevice.attempt };
    schedule(lab, CONNECT_TIMEOUT_MS, { kind: "qdevice/connect-timeout", node, pid: qdevice.pid, data });
    return;
  }
  schedule(lab, GREETING_MS, { kind: "qdevice/greeted", node, pid: qdevice.pid, data: event.data });
}

function onGreeted(lab: LabState, event: ScheduledEvent): void {
  const found = due(lab, event);
  const node = event.node!;
  if (!found || !lab.qnetd?.running || !qnetdReachable(lab, node) || waitsForServer(lab, event)) return;
  const { qdevice, daemon } = found;
  const { config, nodeId } = daemon;
  const connection = ++qdevice.attempt;
  qdevice.connectedAtMs = lab.nowMs;
  const refusal = openClient(lab, node, {
    connection,
    nodeId,
    clusterName: config.clusterName,
    algorithm: config.quorum.device?.algorithm ?? "ffsplit",
    tieBreaker: config.quorum.device?.tieBreaker ?? "lowest",
    ...(config.quorum.device?.keepActivePartition === false && { keepActivePartition: false as const }),
    port: ephemeralPort(qdevice),
    ringId: formatRingId(daemon.totem.ringId),
    wire: newWire(),
  });
  if (refusal !== undefined) {
    sayDevice(lab, node, `Received init reply message with error code ${refusal}. Disconnecting from server`, 3);
    sayDevice(lab, node, `${REFUSALS[refusal]!} Retry again.`, 3);
    disconnect(lab, node, qdevice);
    return;
  }
  Object.assign(qdevice, { connected: true, lastEchoMs: lab.nowMs, echoOpen: false });
  const delayMs = runHeuristics(lab, node, qdevice, config, "connect");
  tellNodes(lab, node, qdevice, config, true, delayMs);
  tellRing(lab, node, qdevice, daemon);
  sendToServer(lab, node, qdevice, { kind: "quorum" });
  castVote(lab, node, qdevice, "wait");
  const data = { attempt: connection };
  schedule(lab, HEARTBEAT_MS, { kind: "qdevice/heartbeat", node, pid: qdevice.pid, data });
}

const REFUSALS: Record<number, string> = {
  [DUPLICATE_NODE_ID]: "Duplicate node id may be result of server not yet accepted this node disconnect.",
  [TIE_BREAKER_DIFFERS]:
    "Configured tie-breaker differs in cluster. This may be result of server not yet accepted this node disconnect.",
  [ALGORITHM_DIFFERS]:
    "Configured algorithm differs in cluster. This may be result of server not yet accepted this node disconnect.",
};

function onHeartbeat(lab: LabState, event: ScheduledEvent): void {
  const found = due(lab, event);
  if (!found) return;
  const node = event.node!;
  const { qdevice, daemon } = found;
  const { waitForAll, device } = daemon.config.quorum;
  if (!qdevice.echoOpen) {
    qdevice.echoOpen = true;
    echo(lab, node, qdevice);
  } else {
    sayDevice(lab, node, "Server didn't send echo reply message on time", 3);
    // lms goes on with the vote it has where a quorate node waits for all.
    if (device?.algorithm !== "lms" || !waitForAll || !daemon.votequorum.quorate) {
      disconnect(lab, node, qdevice);
      return;
    }
  }
  schedule(lab, HEARTBEAT_MS, { kind: "qdevice/heartbeat", node, pid: qdevice.pid, data: event.data });
}

/** Nothing else is on its way and the server answers: the question and its answer need no events of their own. */
function echo(lab: LabState, node: string, qdevice: QdeviceDaemon): void {
  const client = lab.qnetd?.clients[node];
  const open = client?.connection === qdevice.attempt && qnetdReachable(lab, node) && !lab.qnetd!.frozen;
  if (!open || qdevice.wire.event !== null || client.wire.event !== null) {
    sendToServer(lab, node, qdevice, { kind: "echo" });
    return;
  }
  client.lastHeardMs = lab.nowMs;
  noteEcho(lab, qdevice);
}

function noteEcho(lab: LabState, qdevice: QdeviceDaemon): void {
  qdevice.lastEchoMs = lab.nowMs;
  qdevice.echoOpen = false;
}

function disconnect(lab: LabState, node: string, qdevice: QdeviceDaemon): void {
  closeConnection(lab, node, qdevice);
  qdevice.connected = false;
  castVote(lab, node, qdevice, "nack");
  const sleepMs = SLEEPS_MS[qdevice.sleeps++ % SLEEPS_MS.length]!;
  qdevice.sleepsUntilMs = lab.nowMs + sleepMs;
  const data = { attempt: ++qdevice.attempt };
  schedule(lab, sleepMs, { kind: "qdevice/connect", node, pid: qdevice.pid, data });
}

function tellNodes(
  lab: LabState,
  node: string,
  qdevice: QdeviceDaemon,
  { nodes, configVersion: version }: CorosyncConf,
  initial: boolean,
  delayMs = 0,
): void {
  qdevice.toldNodes = nodes.map(({ nodeId }) => nodeId);
  sendToServer(lab, node, qdevice, { kind: "config", nodes: qdevice.toldNodes, version, initial }, delayMs);
}

/** @param delayMs until it is told */
function tellRing(lab: LabState, node: string, qdevice: QdeviceDaemon, { totem }: CorosyncDaemon, delayMs = 0): void {
  qdevice.toldRing = formatRingId(totem.ringId);
  const message: ToServer = {
    kind: "membership",
    ringId: qdevice.toldRing,
    members: [...totem.members],
    ...(qdevice.heuristics?.last && { heuristics: qdevice.heuristics.last }),
  };
  sendToServer(lab, node, qdevice, message, delayMs);
}

/**
 * Run the configured commands and note what they say.
 *
 * @returns milliseconds until the server can be told; 0 where there are none
 */
function runHeuristics(
  lab: LabState,
  node: string,
  qdevice: QdeviceDaemon,
  { quorum: { device } }: CorosyncConf,
  occasion: "connect" | "membership" | "regular",
): number {
  const heuristics = device?.heuristics;
  if (!heuristics) {
    delete qdevice.heuristics;
    scheduleRegularRun(lab, node, qdevice, undefined);
    return 0;
  }
  const { result, unknown } = judgeHeuristics(lab, node, heuristics);
  for (const command of unknown) {
    sayDevice(lab, node, `heuristics: "${command}" is not modelled, and counts as failed`, 4);
  }
  qdevice.heuristics = { ...qdevice.heuristics, [occasion]: result, last: result };
  // A connect alone leaves the next regular run where it was.
  if (occasion !== "connect" || qdevice.heuristicsEvent === undefined) {
    scheduleRegularRun(lab, node, qdevice, heuristics);
  }
  return HEURISTICS_MS;
}

function onHeuristics(lab: LabState, event: ScheduledEvent): void {
  const node = event.node!;
  const qdevice = qdeviceOf(lab, node);
  const daemon = lab.nodes[node]!.corosync.daemon;
  if (!qdevice || !daemon || qdevice.heuristicsEvent !== event.id) return;
  const before = qdevice.heuristics?.last ?? "undefined";
  const delayMs = runHeuristics(lab, node, qdevice, daemon.config, "regular");
  const result = qdevice.heuristics?.last;
  if (result === undefined || result === before) return;
  sayDevice(
    lab,
    node,
    `Heuristics result changed from ${heuristicsText(before)} to ${heuristicsText(result)}`,
    result === "pass" ? 5 : 3,
  );
  if (qdevice.connected) sendToServer(lab, node, qdevice, { kind: "heuristics", result }, delayMs);
}

function onArrives(lab: LabState, event: ScheduledEvent): void {
  const node = event.node!;
  const { connection } = event.data as { connection: number };
  const client = lab.qnetd?.clients[node];
  if (client?.connection !== connection || client.wire.event !== event.id) return;
  const messages = arrived(lab, node, client.wire, "qdevice/arrives", connection);
  const pid = lab.nodes[node]?.corosync.qdevice?.pid;
  if (messages.length === 0 || pid === undefined) return;
  schedule(lab, 0, { kind: "qdevice/messages", node, pid, data: { attempt: connection, messages } });
}

function onMessages(lab: LabState, event: ScheduledEvent): void {
  for (const message of (event.data as { messages: FromServer[] }).messages) {
    const found = due(lab, event);
    if (found?.qdevice.connected) take(lab, event.node!, found.qdevice, message);
  }
}

/** What is said of another ring than the one that was last told of does not count. */
function take(lab: LabState, node: string, qdevice: QdeviceDaemon, message: FromServer): void {
  if (message.kind === "echo-reply") {
    noteEcho(lab, qdevice);
    return;
  }
  if (message.ringId === qdevice.toldRing) castVote(lab, node, qdevice, message.vote);
  if (message.kind === "vote") sendToServer(lab, node, qdevice, { kind: "vote-reply", seq: message.seq });
}

function onReset(lab: LabState, event: ScheduledEvent): void {
  const qdevice = qdeviceOf(lab, event.node!);
  const { connection } = event.data as { connection: number };
  if (qdevice?.connected && qdevice.attempt === connection) disconnect(lab, event.node!, qdevice);
}

/**
 * Why the daemon does not go on with a configuration; undefined when it does.
 *
 * @source qdevice-net-algo-ffsplit.c check_vqinfo_validity; recorded. qdevice-net-instance.c for the tie-breaker
 */
function whyNot({ nodes, quorum: { device } }: CorosyncConf): string | undefined {
  if (device?.tieBreaker === null) return "tie_breaker must be lowest|highest|valid_node_id";
  if (!device || device.algorithm === "lms") return undefined;
  const uneven = nodes.find(({ votes }) => votes !== 1);
  const rule = "50:50 split algorithm works only if";
  if (uneven) return `${rule} all nodes have exactly 1 vote. Node ${uneven.nodeId} has ${uneven.votes} votes!`;
  if (device.votes === 1) return undefined;
  return `${rule} qdevice has exactly 1 vote. Node ${nodes[0]?.nodeId} has ${device.votes} votes!`;
}

/** Linux takes one of these for a connection that goes out; another one for each. */
function ephemeralPort({ pid, connectedAtMs }: QdeviceDaemon): number {
  return 32_768 + ((Math.imul(pid, 7_919) + Math.floor(connectedAtMs) * 2) % 14_116) * 2;
}

function sayDevice(lab: LabState, node: string, text: string, priority: number): void {
  const pid = qdeviceOf(lab, node)?.pid ?? 0;
  log(lab, node, { unit: "corosync-qdevice.service", identifier: "corosync-qdevice", pid, priority, text });
}

export const qdeviceHandlers: Record<string, (lab: LabState, event: ScheduledEvent) => void> = {
  "qdevice/connect": onConnect,
  "qdevice/reach": onReach,
  "qdevice/greeted": onGreeted,
  "qdevice/connect-timeout": onConnectTimeout,
  "qdevice/heartbeat": onHeartbeat,
  "qdevice/arrives": onArrives,
  "qdevice/messages": onMessages,
  "qdevice/poll": onPoll,
  "qdevice/reset": onReset,
  "qdevice/heuristics": onHeuristics,
};
