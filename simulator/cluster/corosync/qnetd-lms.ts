/**
 * corosync-qnetd's algorithm lms: of several partitions the one with the most connected nodes gets the vote.
 *
 * It decides for one client at a time, from what the others last told. A client that tells of a new ring is judged
 * before that is noted: by the ring and the members it told of before. While nodes of its partition seem to be in another
 * ring it has to wait, and is looked at again every 2 s.
 *
 * @source corosync-qdevice 3.0.3 qdevices/qnetd-algo-lms.c, qnetd-algo-utils.c
 */
import type { QnetdClient, Vote } from "./qdevice-state.ts";
import { scoreOf } from "./qnetd-ffsplit.ts";

/** @param ringId the ring that the client tells of, or last told of @returns `wait`: look again later */
export function decideLms(clients: readonly QnetdClient[], client: QnetdClient, ringId: string): Vote {
  const partitions = partitionsOf(clients);
  if (!ringsMatch(clients, client, ringId)) {
    client.lmsResult = "wait";
    return "wait";
  }
  if (partitions.size > 1) {
    // The vote does not move to somebody new. That is not noted: it stays new until it was judged otherwise.
    const others = clients.some((other) => other.ringId !== ringId && other.lmsResult === "ack");
    if (client.lmsResult === null && others) return "nack";
  }
  client.lmsResult = partitions.size === 1 || wins(partitions, clients, client, ringId) ? "ack" : "nack";
  return client.lmsResult;
}

/** Nobody who belongs to this client's partition, by its own list or by theirs, tells of another ring. */
function ringsMatch(clients: readonly QnetdClient[], client: QnetdClient, ringId: string): boolean {
  return clients.every((other) => {
    const together = client.members.includes(other.nodeId) || other.members.includes(client.nodeId);
    return other === client || !together || other.ringId === ringId;
  });
}

/** Connected nodes by ring. */
function partitionsOf(clients: readonly QnetdClient[]): Map<string, QnetdClient[]> {
  return Map.groupBy(clients, ({ ringId }) => ringId);
}

function wins(
  partitions: ReadonlyMap<string, QnetdClient[]>,
  clients: readonly QnetdClient[],
  client: QnetdClient,
  ringId: string,
): boolean {
  // First what they score, with their heuristics, then how many they are.
  for (const value of [scoreOf, (part: QnetdClient[]) => part.length]) {
    const most = Math.max(...[...partitions.values()].map(value));
    const first = [...partitions].flatMap(([ring, part]) => (value(part) === most ? [ring] : []));
    if (first.length === 1) return first[0] === ringId;
  }
  const { tieBreaker } = client;
  // Only the named node itself finds its ring: whoever is in it, too, is refused. So the server does.
  if (typeof tieBreaker === "number") return client.nodeId === tieBreaker;
  const ids = clients.map(({ nodeId }) => nodeId);
  const chosen = tieBreaker === "lowest" ? Math.min(...ids) : Math.max(...ids);
  return client.nodeId === chosen || clients.find(({ nodeId }) => nodeId === chosen)?.ringId === ringId;
}
