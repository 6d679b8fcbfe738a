/**
 * The connection between corosync-qdevice and its server: bytes arrive in order, and while no path is there TCP sends
 * them again, at first after 200 ms and then after twice as long each time.
 */
import { reachesHost } from "../host-network/reaching.ts";
import { nodeOf, schedule } from "../kernel.ts";
import { pathOf } from "../network.ts";
import { tcpPassesToHost } from "../packet-filter/passing.ts";
import type { LabState } from "../state.ts";
import type { FromServer, QdeviceDaemon, QnetdClient, ToServer, Wire } from "./qdevice-state.ts";

/** @source corosync-qnetd(8) */
const QNETD_PORT = 5403;
const TRAVEL_MS = 0.5;
/** Linux's delayed acknowledgement; after how long a silence it does without is from what was recorded. */
const ACKNOWLEDGED_MS = 40;
const TALKATIVE_MS = 4_000;
/** @source RFC 6298 with Linux's least timeout, TCP_RTO_MIN */
const AGAIN_MS = 200;

export function newWire<T>(): Wire<T> {
  return { waiting: [], event: null, againMs: AGAIN_MS };
}

/** Whether packets pass both ways between a node and the server's host. */
export function qnetdReachable(lab: Readonly<LabState>, node: string): boolean {
  const { qnetd } = lab;
  const state = lab as LabState;
  if (!qnetd || nodeOf(state, node).power === "off") return false;
  const { network, name } = qnetd;
  if (
    !reachesHost(lab, node, qnetd) ||
    lab.network.unplugged[`${network}/${node}`] ||
    lab.network.unplugged[`${network}/${name}`]
  )
    return false;
  if (!tcpPassesToHost(lab, node, qnetd.address, QNETD_PORT)) return false;
  return pathOf(state, network, node, name).up && pathOf(state, network, name, node).up;
}

/** @param delayMs until it is written */
export function sendToServer(
  lab: LabState,
  node: string,
  qdevice: QdeviceDaemon,
  message: ToServer,
  delayMs = 0,
): void {
  const { wire, attempt } = qdevice;
  wire.waiting.push(message);
  wire.event ??= schedule(lab, delayMs + TRAVEL_MS, { kind: "qnetd/arrives", node, data: { connection: attempt } });
}

/**
 * A message that follows another at once waits until that was acknowledged, which a host does at once after a silence
 * and else after 40 ms. Recorded with tcpdump: what a node was told within seconds after something else came 42 ms late.
 */
export function sendToNode(lab: LabState, node: string, client: QnetdClient, message: FromServer): void {
  const { wire, connection, sentMs } = client;
  wire.waiting.push(message);
  const silentMs = sentMs === null ? 0 : lab.nowMs - sentMs;
  if (silentMs > ACKNOWLEDGED_MS) client.slow = silentMs < TALKATIVE_MS;
  const waitMs = client.slow && silentMs <= ACKNOWLEDGED_MS ? ACKNOWLEDGED_MS - silentMs : 0;
  wire.event ??= schedule(lab, waitMs + TRAVEL_MS, { kind: "qdevice/arrives", node, data: { connection } });
  client.sentMs = lab.nowMs + waitMs;
}

/** What has arrived now; else it is sent again later. */
export function arrived<T>(lab: LabState, node: string, wire: Wire<T>, kind: string, connection: number): T[] {
  if (qnetdReachable(lab, node)) {
    const messages = wire.waiting;
    Object.assign(wire, newWire<T>());
    return messages;
  }
  wire.event = schedule(lab, wire.againMs, { kind, node, data: { connection } });
  wire.againMs *= 2;
  return [];
}
