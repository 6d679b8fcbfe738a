/** How long real daemons take to form memberships: one round of starts, a loss, a cut, a heal and a stop. */
import { setTimeout as sleep } from "node:timers/promises";
import { RealCluster } from "./real-cluster.ts";

/** Milliseconds from the event to the last node's new membership. */
export interface RoundTimes {
  n: number;
  /** Of the second node, the third and so on, and of the last once more after it was killed. */
  start: number[];
  loss: number[];
  heal: number[];
  stop: number[];
  /** Milliseconds from a start to the newcomer's first ring of its own. */
  firstRing: number[];
}

const PAUSE_MS = { least: 2_500, most: 5_500 };
const ROUND_MS_MAX = 60_000;

export async function recordRound(n: number): Promise<RoundTimes> {
  const cluster = await RealCluster.make({ kind: "states", name: "rounds", n, steps: [] }, false);
  const ids = [...cluster.allNodes()];
  const rest = ids.slice(0, -1);
  const halves = [ids.slice(0, Math.floor(n / 2)), ids.slice(Math.floor(n / 2))];
  const times: RoundTimes = { n, start: [], loss: [], heal: [], stop: [], firstRing: [] };
  const timed = async (event: () => void, parts: number[][]) => {
    await sleep(PAUSE_MS.least + Math.random() * (PAUSE_MS.most - PAUSE_MS.least));
    const sinceMs = Date.now();
    event();
    return { ms: await lastMembershipMs(cluster, parts, sinceMs), sinceMs };
  };
  const started = async (id: number, parts: number[][]) => {
    const { ms, sinceMs } = await timed(() => cluster.startCorosync(id), parts);
    const first = cluster.log(id, sinceMs).find(({ text }) => text.includes("A new membership"))!;
    times.firstRing.push(first.atMs - sinceMs);
    return ms;
  };
  try {
    for (const id of ids) {
      const ms = await started(id, [ids.slice(0, id)]);
      if (id > 1) times.start.push(ms);
    }
    times.loss.push((await timed(() => cluster.signal("corosync", n, "SIGKILL"), [rest])).ms);
    times.start.push(await started(n, [ids]));
    times.loss.push((await timed(() => cluster.hosts.cut(halves), halves)).ms);
    times.heal.push((await timed(() => cluster.hosts.heal(), [ids])).ms);
    times.stop.push((await timed(() => cluster.signal("corosync", n, "SIGTERM"), [rest])).ms);
    return times;
  } finally {
    await cluster.close();
  }
}

/** Wait until each node of each part has logged its part as its members. */
async function lastMembershipMs(cluster: RealCluster, parts: number[][], sinceMs: number): Promise<number> {
  const limitMs = performance.now() + ROUND_MS_MAX;
  while (!parts.every((ids) => ids.every((id) => cluster.loggedMembers(id) === ids.join(" ")))) {
    if (performance.now() > limitMs) throw new Error(`no membership ${JSON.stringify(parts)}`);
    await sleep(50);
  }
  const formed = parts
    .flat()
    .map((id) => cluster.log(id, sinceMs).findLast(({ text }) => text.includes("A new membership"))?.atMs ?? sinceMs);
  return Math.max(...formed) - sinceMs;
}
