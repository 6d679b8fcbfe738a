/**
 * corosync-qdevice: it tells the qnetd server which ring its node is in, and votequorum whether the server's vote is
 * theirs.
 *
 * A heartbeat goes out every 8 s; one that was not answered by the next ends the connection and the vote. So a node that
 * is cut off from the server learns of it 8 to 16 s later.
 *
 * @source FACTS 26; goldens log-qdev-*
 */

import { log } from "../journal.ts";
import { randomBetween, schedule, scheduleIfHandled } from "../kernel.ts";
import { reap, spawn } from "../processes.ts";
import type { LabState, ScheduledEvent } from "../state.ts";
import { noteRegistration } from "./cmap.ts";
import type { CorosyncConf } from "./corosync-conf.ts";
import { formatRingId } from "./corosync-log.ts";
import type { CorosyncDaemon } from "./corosync-state.ts";
import type { QdeviceDaemon } from "./qdevice-state.ts";
import { decideSoon, missClientLater, qnetdReachable } from "./qnetd.ts";
import { announceDevice, answerPoll, missDevice } from "./votequorum.ts";

export const HEARTBEAT_MS = 8_000;
const CONNECT_TIMEOUT_MS = 8_000;
/** The pause before connecting again after a connection was lost. Recorded: 2 to 3 s before the first timeout runs. */
const RECONNECT_MS_MOST = 3_000;
/** A poll without a connection ends with "no" some time after it. Recorded: 1.1 s and 8 s. */
const POLL_UNCONNECTED_MS = { least: 500, most: 8_000 };
const TELL_AGAIN_MS = 500;

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
  if (!state.corosync.daemon || whyNotFfsplit(state.corosync.daemon.config) !== undefined) return false;
  const pid = spawn(lab, node, "corosync-qdevice", "corosync-qdevice.service");
  state.corosync.qdevice = {
    pid,
    connected: false,
    connectedAtMs: 0,
    lastEchoMs: 0,
    lastPollMs: lab.nowMs,
    vote: false,
    attempt: 0,
    toldRing: "",
  };
  schedule(lab, 50, { kind: "qdevice/connect", node, pid, data: { attempt: 0 } });
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
  if (startQdevice(lab, node)) scheduleIfHandled(lab, 0, { kind: "services/qdevice-started", node });
}

/** It ends, and takes back its registration. */
export function stopQdevice(lab: LabState, node: string): void {
  const qdevice = lab.nodes[node]?.corosync.qdevice;
  if (!qdevice) return;
  closeConnection(lab, node);
  lab.nodes[node]!.corosync.qdevice = null;
  reap(lab, node, qdevice.pid, { exitCode: 0 });
  const daemon = lab.nodes[node]!.corosync.daemon;
  if (daemon) announceDevice(lab, node, daemon, undefined);
}

/** votequorum asks, for a ring that was just formed. */
export function pollQdevice(lab: LabState, node: string): void {
  const qdevice = qdeviceOf(lab, node);
  if (!qdevice) return;
  qdevice.lastPollMs = lab.nowMs;
  qdevice.toldRing = "";
  const { pid, attempt } = qdevice;
  if (qdevice.connected) {
    tell(lab, node);
    return;
  }
  const answerMs = randomBetween(lab, POLL_UNCONNECTED_MS.least, POLL_UNCONNECTED_MS.most);
  schedule(lab, answerMs, { kind: "qdevice/no-server", node, pid, data: { attempt } });
}

function due(lab: LabState, event: ScheduledEvent): { qdevice: QdeviceDaemon; daemon: CorosyncDaemon } | undefined {
  const node = event.node!;
  const qdevice = qdeviceOf(lab, node);
  const daemon = lab.nodes[node]!.corosync.daemon;
  const attempt = (event.data as { attempt?: number } | undefined)?.attempt;
  if (!qdevice || !daemon || (attempt !== undefined && attempt !== qdevice.attempt)) return undefined;
  return { qdevice, daemon };
}

function onConnect(lab: LabState, event: ScheduledEvent): void {
  const found = due(lab, event);
  if (!found) return;
  const { qdevice, daemon } = found;
  const node = event.node!;
  const { pid } = qdevice;
  const again = (delayMs: number, kind = "qdevice/connect") =>
    schedule(lab, delayMs, { kind, node, pid, data: { attempt: ++qdevice.attempt } });
  // It asks corosync's map for its server: until the file that names one was read there is none.
  if (daemon.phase !== "running" || daemon.totem.state !== "operational" || !daemon.config.quorum.device) {
    again(daemon.config.quorum.device ? 100 : 500);
    return;
  }
  if (daemon.votequorum.device === undefined || daemon.votequorum.device.lost) {
    noteRegistration(daemon);
    announceDevice(lab, node, daemon, { castVote: false });
  }
  if (!qnetdReachable(lab, node)) {
    again(CONNECT_TIMEOUT_MS, "qdevice/connect-timeout");
    return;
  }
  if (!lab.qnetd!.running) {
    sayDevice(lab, node, "Can't connect to qnetd host. (-5986): Network address not available (in use?)");
    again(CONNECT_TIMEOUT_MS, "qdevice/connect-timeout");
    return;
  }
  qdevice.attempt++;
  qdevice.connected = true;
  qdevice.connectedAtMs = lab.nowMs;
  qdevice.lastEchoMs = lab.nowMs;
  qdevice.toldRing = "";
  tell(lab, node);
  schedule(lab, HEARTBEAT_MS, { kind: "qdevice/heartbeat", node, pid, data: { attempt: qdevice.attempt } });
}

function onConnectTimeout(lab: LabState, event: ScheduledEvent): void {
  if (!due(lab, event)) return;
  sayDevice(lab, event.node!, "Connect timeout");
  onConnect(lab, event);
}

function onHeartbeat(lab: LabState, event: ScheduledEvent): void {
  const found = due(lab, event);
  if (!found) return;
  const node = event.node!;
  const { qdevice } = found;
  if (lab.nowMs - qdevice.lastEchoMs > HEARTBEAT_MS * 1.5) {
    sayDevice(lab, node, "Server didn't send echo reply message on time");
    disconnect(lab, node, qdevice);
    return;
  }
  const client = lab.qnetd?.clients[node];
  if (qnetdReachable(lab, node) && lab.qnetd?.running) {
    // A connection that the server has given up is reset when something comes over it.
    if (!client) {
      disconnect(lab, node, qdevice);
      return;
    }
    client.lastHeardMs = lab.nowMs;
    missClientLater(lab);
    qdevice.lastEchoMs = lab.nowMs;
  }
  schedule(lab, HEARTBEAT_MS, { kind: "qdevice/heartbeat", node, pid: qdevice.pid, data: event.data });
}

function disconnect(lab: LabState, node: string, qdevice: QdeviceDaemon): void {
  qdevice.connected = false;
  const { pid } = qdevice;
  const attempt = ++qdevice.attempt;
  schedule(lab, randomBetween(lab, 100, RECONNECT_MS_MOST), { kind: "qdevice/connect", node, pid, data: { attempt } });
  cast(lab, node, qdevice, false);
}

/** Tell the server of the present ring, as soon as a path is there. */
function tell(lab: LabState, node: string): void {
  const qdevice = qdeviceOf(lab, node);
  const daemon = lab.nodes[node]!.corosync.daemon;
  if (!qdevice?.connected || !daemon) return;
  const ringId = formatRingId(daemon.totem.ringId);
  const { qnetd } = lab;
  if (qdevice.toldRing === ringId) return;
  if (!qnetd?.running || !qnetdReachable(lab, node)) {
    const data = { attempt: qdevice.attempt };
    schedule(lab, TELL_AGAIN_MS, { kind: "qdevice/tell", node, pid: qdevice.pid, data });
    return;
  }
  qdevice.toldRing = ringId;
  const before = qnetd.clients[node];
  qnetd.clients[node] = {
    nodeId: daemon.nodeId,
    configuredNodes: daemon.config.nodes.map((entry) => entry.nodeId),
    members: [...daemon.totem.members],
    ringId,
    algorithm: daemon.config.quorum.device?.algorithm ?? "ffsplit",
    clusterName: daemon.config.clusterName,
    configVersion: daemon.config.configVersion,
    port: before?.port ?? ephemeralPort(qdevice),
    ringsTold: (before?.ringsTold ?? 0) + 1,
    lastHeardMs: lab.nowMs,
    answered: null,
  };
  missClientLater(lab);
  decideSoon(lab, 1);
}

/** Its process was killed: the server sees its connection end, votequorum misses it later. */
export function qdeviceProcessEnds(lab: LabState, node: string): void {
  const daemon = lab.nodes[node]?.corosync.daemon;
  closeConnection(lab, node);
  if (daemon?.votequorum.device) missDevice(lab, node, daemon);
}

/** The server hears of it where a path is. */
function closeConnection(lab: LabState, node: string): void {
  if (!lab.qnetd?.clients[node] || !qnetdReachable(lab, node)) return;
  delete lab.qnetd.clients[node];
  decideSoon(lab);
}

/** corosync runs with another file: the server hears of its nodes and version. */
export function tellConfig(lab: LabState, node: string): void {
  const config = lab.nodes[node]!.corosync.daemon?.config;
  const refusal = config && qdeviceOf(lab, node) && whyNotFfsplit(config);
  if (refusal !== undefined) {
    sayDevice(lab, node, refusal, 2);
    stopQdevice(lab, node);
    return;
  }
  const client = lab.qnetd?.clients[node];
  if (!config || !client || !qdeviceOf(lab, node)?.connected || !qnetdReachable(lab, node)) return;
  client.configuredNodes = config.nodes.map((entry) => entry.nodeId);
  client.configVersion = config.configVersion;
  decideSoon(lab, 1);
}

/** ffsplit ends the daemon over uneven votes. @source qdevice-net-algo-ffsplit.c check_vqinfo_validity; recorded */
function whyNotFfsplit({ nodes, quorum: { device } }: CorosyncConf): string | undefined {
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

function onVote(lab: LabState, event: ScheduledEvent): void {
  const qdevice = qdeviceOf(lab, event.node!);
  if (qdevice?.connected) cast(lab, event.node!, qdevice, (event.data as { vote: boolean }).vote);
}

function cast(lab: LabState, node: string, qdevice: QdeviceDaemon, vote: boolean): void {
  qdevice.vote = vote;
  const daemon = lab.nodes[node]!.corosync.daemon;
  if (daemon) answerPoll(lab, node, daemon, vote);
}

function sayDevice(lab: LabState, node: string, text: string, priority = 4): void {
  const pid = qdeviceOf(lab, node)?.pid ?? 0;
  log(lab, node, { unit: "corosync-qdevice.service", identifier: "corosync-qdevice", pid, priority, text });
}

/** A function, as these modules import each other. */
export function qdeviceHandlers(): Record<string, (lab: LabState, event: ScheduledEvent) => void> {
  return {
    "qdevice/connect": onConnect,
    "qdevice/connect-timeout": onConnectTimeout,
    "qdevice/heartbeat": onHeartbeat,
    "qdevice/tell": (lab, event) => {
      if (due(lab, event)) tell(lab, event.node!);
    },
    "qdevice/vote": onVote,
    "qdevice/no-server": (lab, event) => {
      const qdevice = qdeviceOf(lab, event.node!);
      if (qdevice && !qdevice.connected) cast(lab, event.node!, qdevice, false);
    },
    "qdevice/reset": (lab, event) => {
      const qdevice = qdeviceOf(lab, event.node!);
      if (qdevice?.connected) disconnect(lab, event.node!, qdevice);
    },
  };
}
