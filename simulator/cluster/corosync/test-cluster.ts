/** For tests: a lab whose nodes have a cluster's corosync.conf, and ways to wait for what it does. */
import { labOfScenario, nodeName, type ScenarioConfig } from "../../conformance/scenario-lab.ts";
import type { LabState } from "../state.ts";
import { act, advance, stepOne } from "../stepping.ts";
import { membersOf } from "./view.ts";

export { nodeName } from "../../conformance/scenario-lab.ts";

export interface TestCluster {
  lab: LabState;
  config: ScenarioConfig;
  ids: number[];
}

/** Nodes with their files, nothing running. */
export function clusterOf(n: number, seed: string, options: Record<string, number> = {}, links = 1): TestCluster {
  const { lab, config } = labOfScenario(
    { kind: "states", name: `cluster of ${n}`, n, options, links, steps: [] },
    seed,
  );
  return { lab, config, ids: Array.from({ length: n }, (_, index) => index + 1) };
}

/** Nodes that run, started one after another, and have been at rest for a while. */
export function runningCluster(n: number, seed: string, options: Record<string, number> = {}, links = 1): TestCluster {
  const cluster = clusterOf(n, seed, options, links);
  for (const id of cluster.ids) {
    act(cluster.lab, "corosync/start", { node: nodeName(id) });
    advance(cluster.lab, cluster.lab.nowMs + 700 + ((hash(seed) * id) % 2_300));
  }
  untilMembers(cluster.lab, [cluster.ids]);
  advance(cluster.lab, cluster.lab.nowMs + 10_000 + (hash(seed) % 3_000));
  return cluster;
}

/**
 * Step until every node of each partition sees exactly its partition, and its services have begun.
 *
 * @returns model milliseconds, NaN after 60 s
 */
export function untilMembers(lab: LabState, partitions: number[][]): number {
  const sees = (id: number, ids: number[]) =>
    membersOf(lab, nodeName(id)).join() === ids.join() && !lab.nodes[nodeName(id)]!.corosync.daemon?.sync;
  const reached = () => partitions.every((ids) => ids.every((id) => sees(id, ids)));
  return untilTrue(lab, reached);
}

/** Step event by event until something holds. @returns model milliseconds it took, NaN when it did not in 60 s */
export function untilTrue(lab: LabState, holds: () => boolean): number {
  const beganMs = lab.nowMs;
  while (!holds()) if (!stepOne(lab, beganMs + 60_000)) return Number.NaN;
  return lab.nowMs - beganMs;
}

/** Cut or heal every path between two groups of nodes. */
export function setPaths(lab: LabState, groups: [number[], number[]], up: boolean): void {
  for (const from of groups[0]) {
    for (const to of groups[1]) act(lab, "network/set-path", { from: nodeName(from), to: nodeName(to), up });
  }
}

/** Texts that corosync of a node wrote since an instant of model time. */
export function logSince(lab: LabState, id: number, sinceMs: number): string[] {
  const wallMs = Math.floor(sinceMs + lab.wallOffsetMs);
  return lab.nodes[nodeName(id)]!.journal.filter(
    (line) => line.unit === "corosync.service" && line.identifier === "corosync" && line.wallMs >= wallMs,
  ).map((line) => line.text);
}

function hash(text: string): number {
  let value = 7;
  for (const character of text) value = (value * 31 + character.codePointAt(0)!) % 1_000_003;
  return value;
}
