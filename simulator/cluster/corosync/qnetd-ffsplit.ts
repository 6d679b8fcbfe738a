/**
 * corosync-qnetd's algorithm ffsplit: of two equal halves one gets the vote.
 *
 * It decides for a whole cluster whenever somebody of it told something new, and only while what its nodes say of their
 * rings agrees. Those who are refused are told first; the others wait until every one of them has confirmed.
 *
 * @source corosync-qdevice 3.0.3 qdevices/qnetd-algo-ffsplit.c
 */
import type { LabState } from "../state.ts";
import type { FfsplitCluster, QnetdClient, Vote } from "./qdevice-state.ts";

/** A client as it is to be judged: with what it is just telling, which is not noted yet. */
export type Told = Pick<
  QnetdClient,
  "nodeId" | "ringId" | "members" | "configuredNodes" | "tieBreaker" | "heuristics" | "keepActivePartition"
>;

/** What the algorithm works on. */
export interface FfsplitRound {
  cluster: FfsplitCluster;
  /** The cluster's clients, in the order in which they came. */
  clients: QnetdClient[];
  /** Whoever told something. */
  client: QnetdClient;
  /** What it told; undefined when it goes. */
  told: Told | undefined;
  /** Tell a client its vote in a ring. */
  tell: (client: QnetdClient, ringId: string, vote: "ack" | "nack") => void;
}

/** @returns what to answer whoever told something */
export function decideFfsplit(round: FfsplitRound): Vote {
  const { cluster, clients, client, told } = round;
  cluster.state = "unstable";
  const present = clients.flatMap((other): Told[] => (other !== client ? [other] : told ? [told] : []));
  if (!isStable(present)) return "wait";
  const best = bestPart(present, cluster.quorate);
  cluster.quorate = best ? [...best.members] : [];
  for (const other of clients) {
    if (other === client && !told) other.telling = null;
    else other.telling = best?.members.includes(other.nodeId) ? "ack" : "nack";
  }
  cluster.state = "telling-nacks";
  if (tellAll(round, "nack") === 0) tellAcks(round);
  return "no-change";
}

/** A client confirmed a vote that it was told. */
export function confirmedFfsplit(round: FfsplitRound, seq: number): void {
  const { cluster, clients, client } = round;
  if (client.voteSeq !== seq) return;
  client.telling = null;
  if (cluster.state === "telling-nacks") {
    if (!clients.some(({ telling }) => telling === "nack")) tellAcks(round);
  } else if (cluster.state === "telling-acks" && !clients.some(({ telling }) => telling === "ack")) {
    cluster.state = "at-rest";
  }
}

function tellAcks(round: FfsplitRound): void {
  round.cluster.state = "telling-acks";
  if (tellAll(round, "ack") === 0) round.cluster.state = "at-rest";
}

/** @returns how many there were to tell */
function tellAll({ clients, client, told, tell }: FfsplitRound, vote: "ack" | "nack"): number {
  let count = 0;
  for (const other of clients) {
    if ((other === client && !told) || other.telling !== vote) continue;
    count++;
    tell(other, other === client ? told!.ringId : other.ringId, vote);
  }
  return count;
}

/** All have the same nodes configured, and whoever is in somebody's ring says the same of it. */
function isStable(clients: readonly Told[]): boolean {
  const includesAll = (all: readonly number[], some: readonly number[]) => some.every((id) => all.includes(id));
  return clients.every((one) =>
    clients.every((other) => {
      if (!includesAll(other.configuredNodes, one.configuredNodes)) return false;
      if (!one.members.includes(other.nodeId)) return true;
      return one.ringId === other.ringId && includesAll(other.members, one.members);
    }),
  );
}

function bestPart(clients: readonly Told[], quorate: readonly number[]): Told | undefined {
  const connected = (part: Told | undefined) => clients.filter(({ nodeId }) => part?.members.includes(nodeId));
  let best: Told | undefined;
  for (const client of clients) if (isBetter(client, best, connected, quorate)) best = client;
  return best;
}

/** A connected node counts once, twice where its heuristics pass, and not at all where they fail. */
export function scoreOf(clients: readonly Pick<QnetdClient, "heuristics">[]): number {
  const worth = { undefined: 1, pass: 2, fail: 0 };
  return clients.reduce((sum, { heuristics = "undefined" }) => sum + worth[heuristics], 0);
}

function isBetter(
  one: Told,
  best: Told | undefined,
  connected: (part: Told | undefined) => Told[],
  quorate: readonly number[],
): boolean {
  const [present, half] = [one.members.length, one.configuredNodes.length / 2];
  if (present !== half) return present > half;
  const [ours, theirs] = [connected(one), connected(best)];
  if (scoreOf(ours) !== scoreOf(theirs)) return scoreOf(ours) > scoreOf(theirs);
  if (ours.length !== theirs.length) return ours.length > theirs.length;
  // The part that had the vote keeps it, unless the nodes say that it should not.
  const keeps = one.keepActivePartition !== false && best?.keepActivePartition !== false;
  if (keeps && best && quorate.includes(one.nodeId) !== quorate.includes(best.nodeId))
    return quorate.includes(one.nodeId);
  return one.members.includes(preferred(one));
}

function preferred({ tieBreaker, configuredNodes }: Told): number {
  if (tieBreaker === "lowest") return Math.min(...configuredNodes);
  return tieBreaker === "highest" ? Math.max(...configuredNodes) : tieBreaker;
}

/** Of a cluster whose first client comes. */
export function newFfsplit(lab: LabState, clusterName: string): FfsplitCluster {
  const cluster: FfsplitCluster = { state: "at-rest", quorate: [] };
  lab.qnetd!.ffsplit[clusterName] = cluster;
  return cluster;
}
