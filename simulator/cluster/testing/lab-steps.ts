/** Steps that tests of the model share: a lab with certificates issued, a cluster, a member more. */
import type { FileAnswer, FileChange } from "../files/files-state.ts";
import { invariant } from "../invariant.ts";
import { createLab, type FurtherNetwork } from "../lab.ts";
import { serveRequestsForTest } from "../pki/test-issuer.ts";
import { pmxcfsAnswer } from "../pmxcfs/pmxcfs-changes.ts";
import type { LabState } from "../state.ts";
import { act, stepOne } from "../stepping.ts";
import { findTask } from "../tasks/tasks.ts";
import type { TaskState } from "../tasks/tasks-state.ts";

export const ROOT_PASSWORD = "quorate-Root-1";

/** 2026-11-23 00:05:00 UTC. */
const WALL_MS = 1_795_392_300_000;

/** So many nodes, pve1 at 10.99.7.11 and so on, none in a cluster. @param lan another beginning of their addresses */
export function freshLab(nodes: number, seed = "test", networks: FurtherNetwork[] = [], lan = "10.99.7"): LabState {
  const lab = createLab({
    seed,
    networks,
    nodes: Array.from({ length: nodes }, (_, i) => ({ name: `pve${i + 1}`, address: `${lan}.${11 + i}` })),
    rootPassword: ROOT_PASSWORD,
    wallMs: WALL_MS,
  });
  serveRequestsForTest(lab);
  return lab;
}

/** Step so many milliseconds, issuing certificates as they are asked for. */
export function run(lab: LabState, ms: number): void {
  const untilMs = lab.nowMs + ms;
  while (stepOne(lab, untilMs)) serveRequestsForTest(lab);
}

/** Step until a condition gives something. @throws InvariantError when it does not in `withinMs` */
export function runUntil<T>(lab: LabState, condition: () => T | undefined, withinMs = 120_000): T {
  const untilMs = lab.nowMs + withinMs;
  for (;;) {
    const value = condition();
    if (value !== undefined) return value;
    invariant(stepOne(lab, untilMs), `it did not happen within ${withinMs} ms`);
    serveRequestsForTest(lab);
  }
}

export function runUntilTaskEnds(lab: LabState, node: string, upid: string, withinMs = 120_000): TaskState {
  return runUntil(
    lab,
    () => {
      const task = findTask(lab, node, upid);
      return task && !task.running ? task : undefined;
    },
    withinMs,
  );
}

export function createCluster(lab: LabState, node: string, clusterName: string): void {
  const { upid } = act(lab, "cluster/create", { node, clusterName, program: "pvecm" });
  const task = runUntilTaskEnds(lab, node, upid);
  invariant(task.exitStatus === "OK", task.exitStatus);
  run(lab, 8_000);
}

/** Join pve1's cluster, knowing its certificate. */
export function joinNode(lab: LabState, node: string, host = "10.99.7.11"): TaskState {
  const fingerprint = lab.pki.nodes.pve1!.fingerprint;
  const { upid } = act(lab, "cluster/join", { node, host, password: ROOT_PASSWORD, fingerprint, program: "pvecm" });
  return runUntilTaskEnds(lab, node, upid);
}

/** A cluster `lab` of so many nodes. */
export function clusterOf(nodes: number, seed = "test", networks: FurtherNetwork[] = []): LabState {
  const lab = freshLab(nodes, seed, networks);
  createCluster(lab, "pve1", "lab");
  for (let i = 2; i <= nodes; i++) {
    const task = joinNode(lab, `pve${i}`);
    invariant(task.exitStatus === "OK", task.exitStatus);
  }
  run(lab, 3_000);
  return lab;
}

/** Change a file of a node and wait for the answer. */
export function change(lab: LabState, node: string, fileChange: FileChange): FileAnswer {
  const answer = act(lab, "files/change", { node, change: fileChange });
  return answer.state === "pending" ? runUntil(lab, () => pmxcfsAnswer(lab, node, answer.id), 30_000) : answer;
}

/** Cut or heal every path between two groups of nodes. */
export function setPaths(lab: LabState, one: string[], other: string[], up: boolean): void {
  for (const from of one) for (const to of other) act(lab, "network/set-path", { from, to, up });
}
