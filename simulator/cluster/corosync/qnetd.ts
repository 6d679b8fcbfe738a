/**
 * corosync-qnetd: which part of a cluster gets the outside vote.
 *
 * It knows only what connected nodes told it. While what they say contradicts each other, a part with half of the nodes
 * waits until the others report or their connections are given up.
 *
 * @source corosync-qdevice 3.0.3 qdevices/qnetd-algo-ffsplit.c and qnetd-algo-lms.c; FACTS 26
 */
import { nodeOf, schedule } from "../kernel.ts";
import { pathOf } from "../network.ts";
import type { LabState, ScheduledEvent } from "../state.ts";
import type { QnetdClient, QnetdState } from "./qdevice-state.ts";
import { logQnetdStart, logQnetdStop } from "./qnetd-host.ts";

/** A connection without a message for 1.5 heartbeats of 8 s is given up. Recorded: 12.1 s after the last one. */
const CLIENT_SILENT_MS = 12_000;
const DECIDE_AGAIN_MS = 500;
const ANSWER_MS = 2;

/** Whether packets pass both ways between a node and the server's host. */
export function qnetdReachable(lab: Readonly<LabState>, node: string): boolean {
  const { qnetd } = lab;
  const state = lab as LabState;
  if (!qnetd || nodeOf(state, node).power === "off") return false;
  const { network, name } = qnetd;
  const nic = nodeOf(state, node).nics.some((candidate) => candidate.network === network && candidate.adminUp);
  if (!nic || lab.network.unplugged[`${network}/${node}`] || lab.network.unplugged[`${network}/${name}`]) return false;
  return pathOf(state, network, node, name).up && pathOf(state, network, name, node).up;
}

/** Something a client said, or the end of a connection, may change who gets the vote. */
export function decideSoon(lab: LabState, delayMs = 0): void {
  const { qnetd } = lab;
  if (!qnetd || qnetd.decideEvent !== null) return;
  qnetd.decideEvent = schedule(lab, delayMs, { kind: "qnetd/decide" });
}

/** A client was heard: if it is not heard again, its connection is given up. */
export function missClientLater(lab: LabState): void {
  schedule(lab, CLIENT_SILENT_MS, { kind: "qnetd/silent" });
}

function onDecide(lab: LabState): void {
  const { qnetd } = lab;
  if (!qnetd) return;
  qnetd.decideEvent = null;
  if (!qnetd.running) return;
  for (const [name, client] of Object.entries(qnetd.clients)) {
    if (lab.nowMs - client.lastHeardMs >= CLIENT_SILENT_MS) delete qnetd.clients[name];
  }
  let open = false;
  for (const [node, client] of Object.entries(qnetd.clients)) {
    const vote = voteFor(qnetd, client);
    if (vote === client.answered) continue;
    if (vote === undefined || !qnetdReachable(lab, node)) {
      open = true;
      continue;
    }
    client.answered = vote;
    schedule(lab, ANSWER_MS, { kind: "qdevice/vote", node, data: { vote } });
  }
  if (open) decideSoon(lab, DECIDE_AGAIN_MS);
}

/** @returns undefined while it cannot be said yet */
function voteFor(qnetd: Readonly<QnetdState>, client: QnetdClient): boolean | undefined {
  // Each cluster is judged by itself; in older labs there was only one.
  const clients = Object.values(qnetd.clients).filter(
    ({ clusterName = client.clusterName }) => clusterName === (client.clusterName ?? clusterName),
  );
  const all = client.configuredNodes.length;
  const ffsplit = client.algorithm === "ffsplit";
  if (ffsplit && client.members.length * 2 < all) return false;
  if (client.members.length === all || (ffsplit && client.members.length * 2 > all)) return true;
  if (!isStable(clients)) return undefined;
  const parts = Object.values(Object.groupBy(clients, (candidate) => candidate.ringId)).map((part) => part!);
  const rank = (part: QnetdClient[]) => [part[0]!.members.length, part.length, -Math.min(...part[0]!.members)];
  const best = parts.toSorted((a, b) => compare(rank(b), rank(a)))[0];
  return best?.[0]?.ringId === client.ringId;
}

/** Connected nodes that are members of one another's rings say that they are in the same one. */
function isStable(clients: QnetdClient[]): boolean {
  return clients.every((one) =>
    clients.every((other) => !one.members.includes(other.nodeId) || one.ringId === other.ringId),
  );
}

function compare(a: number[], b: number[]): number {
  const place = a.findIndex((value, index) => value !== b[index]);
  return place < 0 ? 0 : a[place]! - b[place]!;
}

/** Start or end the server; its end resets every connection. */
export function setQnetd(lab: LabState, args: { address?: string; network?: string; up?: boolean }): undefined {
  const present = lab.qnetd;
  const qnetd: QnetdState = present ?? {
    name: "qnetd",
    network: args.network ?? "lan",
    address: args.address ?? "",
    running: false,
    clients: {},
    decideEvent: null,
  };
  if (args.address !== undefined) qnetd.address = args.address;
  lab.qnetd = qnetd;
  const up = args.up ?? (qnetd.running || !present);
  if (up && !qnetd.running) logQnetdStart(lab, qnetd);
  if (!up && qnetd.running) logQnetdStop(lab, qnetd);
  if (!up) {
    for (const node of Object.keys(qnetd.clients)) {
      if (qnetdReachable(lab, node)) schedule(lab, 1, { kind: "qdevice/reset", node });
    }
    qnetd.clients = {};
  }
  qnetd.running = up;
  return undefined;
}

export function qnetdHandlers(): Record<string, (lab: LabState, event: ScheduledEvent) => void> {
  return { "qnetd/decide": onDecide, "qnetd/silent": (lab) => decideSoon(lab) };
}
