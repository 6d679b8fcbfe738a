/**
 * corosync-qnetd: it hears what its clients tell, message by message, and lets the algorithm of their cluster decide.
 *
 * It knows only what connected nodes told it, and keeps a connection until it has heard nothing for 12 s or is told of
 * its end.
 *
 * @source corosync-qdevice 3.0.3 qdevices/qnetd-client-msg-received.c, qnetd-client-algo-timer.c,
 *   qnetd-client-dpd-timer.c; FACTS 26
 */
import { cancel, schedule } from "../kernel.ts";
import type { LabState, ScheduledEvent } from "../state.ts";
import {
  ALGORITHM_DIFFERS,
  DUPLICATE_NODE_ID,
  type QnetdClient,
  type QnetdState,
  TIE_BREAKER_DIFFERS,
  type ToServer,
  type Vote,
} from "./qdevice-state.ts";
import { arrived, qnetdReachable, sendToNode } from "./qdevice-wire.ts";
import { confirmedFfsplit, decideFfsplit, type FfsplitRound, newFfsplit, type Told } from "./qnetd-ffsplit.ts";
import { logQnetdStart, logQnetdStop } from "./qnetd-host.ts";
import { decideLms } from "./qnetd-lms.ts";

/** A connection without a message for 1.5 heartbeats of 8 s is given up. Recorded: 12.1 s after the last one. */
const CLIENT_SILENT_MS = 12_000;
/** Whoever has to wait is looked at again after a quarter of a heartbeat. */
const LOOK_AGAIN_MS = 2_000;
/** Instants are sums of fractions. */
const ROUNDING_MS = 0.001;

type NewClient = Pick<
  QnetdClient,
  | "connection"
  | "nodeId"
  | "clusterName"
  | "algorithm"
  | "tieBreaker"
  | "keepActivePartition"
  | "port"
  | "ringId"
  | "wire"
>;

/** A client says who it is, and in which ring. @returns the number of the server's refusal; undefined when it is taken */
export function openClient(lab: LabState, node: string, client: NewClient): number | undefined {
  const qnetd = lab.qnetd!;
  for (const other of Object.values(qnetd.clients)) {
    if (other.clusterName !== client.clusterName) continue;
    if (other.tieBreaker !== client.tieBreaker) return TIE_BREAKER_DIFFERS;
    if (other.algorithm !== client.algorithm) return ALGORITHM_DIFFERS;
    if (other.nodeId === client.nodeId) return DUPLICATE_NODE_ID;
  }
  qnetd.clients[node] = {
    ...client,
    configVersion: 0,
    configuredNodes: [],
    members: [],
    lastHeardMs: lab.nowMs,
    lastVote: null,
    lastDecision: null,
    voteSeq: 0,
    telling: null,
    lmsResult: null,
    timerEvent: null,
    sentMs: null,
    slow: false,
  };
  const data = { connection: client.connection };
  schedule(lab, CLIENT_SILENT_MS, { kind: "qnetd/silent", node, data });
  return undefined;
}

/** Its connection ends, or is given up: the node hears of it when its daemon goes on and a path is there. */
export function closeClient(lab: LabState, node: string): void {
  const client = lab.qnetd?.clients[node];
  if (!client) return;
  if (lab.qnetd!.frozen) {
    client.gone = true;
    return;
  }
  if (client.algorithm !== "lms") decideFfsplit(ffsplitRound(lab, client, undefined));
  cancel(lab, client.timerEvent ?? undefined);
  cancel(lab, client.wire.event ?? undefined);
  delete lab.qnetd!.clients[node];
  if (clientsOf(lab.qnetd!, client).length === 0) delete lab.qnetd!.ffsplit[client.clusterName];
}

function onArrives(lab: LabState, event: ScheduledEvent): void {
  const node = event.node!;
  const { connection } = event.data as { connection: number };
  const qdevice = lab.nodes[node]?.corosync.qdevice;
  if (qdevice?.attempt !== connection || qdevice.wire.event !== event.id || waitsForServer(lab, event)) return;
  const messages = arrived(lab, node, qdevice.wire, "qnetd/arrives", connection);
  for (const message of messages) {
    const client = lab.qnetd?.clients[node];
    if (client?.connection !== connection) {
      resetClient(lab, node, connection);
      return;
    }
    client.lastHeardMs = lab.nowMs;
    take(lab, node, client, message);
  }
}

/** The server's host answers so when nobody there has this connection any more. */
function resetClient(lab: LabState, node: string, connection: number): void {
  const pid = lab.nodes[node]?.corosync.qdevice?.pid;
  if (pid === undefined || !qnetdReachable(lab, node)) return;
  schedule(lab, 1, { kind: "qdevice/reset", node, pid, data: { connection } });
}

function take(lab: LabState, node: string, client: QnetdClient, message: ToServer): void {
  switch (message.kind) {
    case "echo":
      sendToNode(lab, node, client, { kind: "echo-reply" });
      return;
    case "vote-reply":
      if (client.algorithm !== "lms") confirmedFfsplit(ffsplitRound(lab, client, client), message.seq);
      return;
    case "config": {
      const { nodes, version, initial } = message;
      const vote = voteOnConfig(lab, client, nodes, initial);
      client.configuredNodes = nodes;
      client.configVersion = version;
      answer(lab, node, client, vote);
      return;
    }
    case "heuristics": {
      const told = { ...client, heuristics: message.result };
      const vote = client.algorithm === "lms" ? "no-change" : decideFfsplit(ffsplitRound(lab, client, told));
      client.heuristics = message.result;
      answer(lab, node, client, vote);
      return;
    }
    case "membership": {
      const { ringId, members, heuristics = "undefined" } = message;
      const told = { ...client, ringId, members, heuristics };
      const vote =
        client.algorithm === "lms"
          ? lookLms(lab, node, client, ringId)
          : decideFfsplit(ffsplitRound(lab, client, told));
      client.ringId = ringId;
      client.members = members;
      client.heuristics = heuristics;
      answer(lab, node, client, vote);
      return;
    }
    case "quorum":
      answer(lab, node, client, client.algorithm === "lms" ? lookLms(lab, node, client, client.ringId) : "no-change");
  }
}

function voteOnConfig(lab: LabState, client: QnetdClient, nodes: number[], initial: boolean): Vote {
  if (client.algorithm === "lms") return "no-change";
  if (initial || client.members.length === 0) return "ask-later";
  return decideFfsplit(ffsplitRound(lab, client, { ...client, configuredNodes: nodes }));
}

function answer(lab: LabState, node: string, client: QnetdClient, vote: Vote): void {
  noteVote(client, vote);
  sendToNode(lab, node, client, { kind: "reply", ringId: client.ringId, vote });
}

function tell(lab: LabState, client: QnetdClient, ringId: string, vote: "ack" | "nack"): void {
  noteVote(client, vote);
  client.voteSeq++;
  const node = Object.entries(lab.qnetd!.clients).find(([, other]) => other === client)![0];
  sendToNode(lab, node, client, { kind: "vote", ringId, vote, seq: client.voteSeq });
}

function noteVote(client: QnetdClient, vote: Vote): void {
  client.lastVote = vote;
  if (vote === "ack" || vote === "nack") client.lastDecision = vote;
}

/** @param told what the client tells, or it as it was; undefined when it goes */
function ffsplitRound(lab: LabState, client: QnetdClient, told: Told | undefined): FfsplitRound {
  return {
    cluster: lab.qnetd!.ffsplit[client.clusterName] ?? newFfsplit(lab, client.clusterName),
    clients: clientsOf(lab.qnetd!, client),
    client,
    told,
    tell: (other, ringId, vote) => tell(lab, other, ringId, vote),
  };
}

function lookLms(lab: LabState, node: string, client: QnetdClient, ringId: string): Vote {
  cancel(lab, client.timerEvent ?? undefined);
  client.timerEvent = null;
  const vote = decideLms(clientsOf(lab.qnetd!, client), client, ringId);
  if (vote === "wait") client.timerEvent = schedule(lab, LOOK_AGAIN_MS, { kind: "qnetd/look-again", node });
  return vote;
}

function onLookAgain(lab: LabState, event: ScheduledEvent): void {
  const client = lab.qnetd?.clients[event.node!];
  if (client?.timerEvent !== event.id || waitsForServer(lab, event)) return;
  client.timerEvent = null;
  const vote = lookLms(lab, event.node!, client, client.ringId);
  if (vote === "ack" || vote === "nack") tell(lab, client, client.ringId, vote);
}

function onSilent(lab: LabState, event: ScheduledEvent): void {
  const node = event.node!;
  const { connection } = event.data as { connection: number };
  const client = lab.qnetd?.clients[node];
  if (client?.connection !== connection || waitsForServer(lab, event)) return;
  const leftMs = client.lastHeardMs + CLIENT_SILENT_MS - lab.nowMs;
  if (leftMs > ROUNDING_MS) {
    schedule(lab, leftMs, { kind: "qnetd/silent", node, data: { connection } });
    return;
  }
  closeClient(lab, node);
  resetClient(lab, node, connection);
}

function clientsOf(qnetd: Readonly<QnetdState>, client: QnetdClient): QnetdClient[] {
  return Object.values(qnetd.clients).filter(({ clusterName }) => clusterName === client.clusterName);
}

/** What the server would do now has to wait while it stands still. */
export function waitsForServer(lab: LabState, { kind, node, pid, data }: ScheduledEvent): boolean {
  const { qnetd } = lab;
  if (!qnetd?.frozen) return false;
  qnetd.parked = [...(qnetd.parked ?? []), { kind, node: node!, ...(pid !== undefined && { pid }), data }];
  return true;
}

/** It goes on: connections that ended meanwhile are seen first, then whatever has come. */
function goOn(lab: LabState, qnetd: QnetdState): void {
  const { parked = [] } = qnetd;
  delete qnetd.frozen;
  delete qnetd.parked;
  for (const [node, client] of Object.entries(qnetd.clients)) if (client.gone) closeClient(lab, node);
  for (const event of parked) {
    const id = schedule(lab, 0, event);
    const { connection } = (event.data ?? {}) as { connection?: number };
    const qdevice = lab.nodes[event.node]?.corosync.qdevice;
    const client = qnetd.clients[event.node];
    if (event.kind === "qnetd/arrives" && qdevice && qdevice.attempt === connection) qdevice.wire.event = id;
    if (event.kind === "qnetd/look-again" && client) client.timerEvent = id;
  }
}

export interface QnetdChange {
  address?: string;
  network?: string;
  up?: boolean;
  /** SIGSTOP and SIGCONT. */
  frozen?: boolean;
}

/** Start, end or stop the server; its end resets every connection. */
export function setQnetd(lab: LabState, args: QnetdChange): undefined {
  const present = lab.qnetd;
  const qnetd: QnetdState = present ?? {
    name: "qnetd",
    network: args.network ?? "lan",
    address: args.address ?? "",
    running: false,
    clients: {},
    ffsplit: {},
  };
  if (args.address !== undefined) qnetd.address = args.address;
  lab.qnetd = qnetd;
  const up = args.up ?? (qnetd.running || !present);
  if (up && !qnetd.running) logQnetdStart(lab, qnetd);
  if (!up && qnetd.running) logQnetdStop(lab, qnetd);
  if (args.frozen === true && up) qnetd.frozen = true;
  if (args.frozen === false && qnetd.frozen) goOn(lab, qnetd);
  if (!up) {
    delete qnetd.frozen;
    delete qnetd.parked;
    for (const [node, client] of Object.entries(qnetd.clients)) {
      cancel(lab, client.timerEvent ?? undefined);
      resetClient(lab, node, client.connection);
    }
    qnetd.clients = {};
    qnetd.ffsplit = {};
  }
  qnetd.running = up;
  return undefined;
}

export const qnetdHandlers: Record<string, (lab: LabState, event: ScheduledEvent) => void> = {
  "qnetd/arrives": onArrives,
  "qnetd/look-again": onLookAgain,
  "qnetd/silent": onSilent,
};
