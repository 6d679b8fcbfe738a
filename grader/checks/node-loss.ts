/** That a node went away, and whether a guest was on it then: what checks of recovery rest on. */
import type { Observation } from "../observation.ts";
import type { Evidence } from "../verdict.ts";
import { migrationsOf, powerTasksOf } from "./migrations-seen.ts";
import { entryOf, isSilent, type MemberView, taskEvidence, tasksOf, viewOf } from "./views.ts";

export type LeftBehind =
  /** The guest was there at the last look before the node was seen away; `looks` up to and with that one. */
  | { kind: "left"; looks: readonly Observation[]; evidence: Evidence[] }
  /** It was seen elsewhere while the node was still well. */
  | { kind: "moved-before" }
  | { kind: "never-there" }
  /** Nobody looked while the node was away. */
  | { kind: "loss-unseen" };

/** Whether a guest was on `lost` when that went away. @param looks oldest first @param on where a look saw the guest */
export function leftBehind(
  lost: string,
  looks: readonly Observation[],
  on: (look: Observation) => string | undefined,
): LeftBehind {
  const away = looks.map((look) => wasAway(lost, [look]));
  const there = looks.findLastIndex((look, at) => on(look) === lost && !away[at]);
  if (there === -1) return { kind: "never-there" };
  const gone = away.findIndex((evidence, at) => at > there && evidence !== undefined);
  const elsewhere = looks.findIndex((look, at) => at > there && (on(look) ?? lost) !== lost);
  if (gone === -1) return { kind: "loss-unseen" };
  if (elsewhere !== -1 && elsewhere < gone) return { kind: "moved-before" };
  return { kind: "left", looks: looks.slice(0, gone + 1), evidence: away[gone]! };
}

/** A task's start has whole seconds, as the node's time has. */
const CLOCK_S = 1;

/**
 * What shows that the guest came to `node` only after `lost` had gone: it was started there later than that, or `lost` is
 * back and its own tasks tell of no migration. Between the last look that saw `lost` well and the first that did not, a
 * migration may have ended: then neither is there.
 */
export function startedAfterLoss(
  observation: Observation,
  baseline: Observation,
  { vmid, node, lost, left }: { vmid: number; node: string; lost: string; left: LeftBehind & { kind: "left" } },
): Evidence[] | undefined {
  const { migrations } = migrationsOf(observation, baseline, vmid);
  const awayAt = timeOf(node, left.looks);
  const start = powerTasksOf(observation, baseline, vmid, migrations).find(
    (one) =>
      one.kind === "start" && one.node === node && awayAt !== undefined && one.task.startTime >= awayAt - CLOCK_S,
  );
  if (start) return [taskEvidence(start.task)];
  const known = new Set(tasksOf(baseline, lost).map(({ upid }) => upid));
  const same = tasksOf(observation, lost).find(({ upid }) => known.has(upid));
  // A node that was made anew in its place has forgotten what the one before did.
  return same && [{ node: lost, source: "tasks: migrations of the machine", value: 0 }];
}

/**
 * What the node's own clock showed at the last of these looks, seconds since 1970. A cheap look does not ask: then it is
 * what it showed before, and as long since as we have waited.
 */
function timeOf(node: string, looks: readonly Observation[]): number | undefined {
  for (const look of looks.toReversed()) {
    const time = entryOf(look, node)?.time;
    if (!time?.read) continue;
    return time.value + (Date.parse(looks.at(-1)!.takenAt) - Date.parse(look.takenAt)) / 1000;
  }
  return undefined;
}

/**
 * When the quorate others did not see the node, or, where nobody quorate tells, it did not answer us; undefined when it
 * never was away. What keeps us from it alone (a network of ours, its web server) is no loss.
 */
export function wasAway(node: string, seen: readonly Observation[]): Evidence[] | undefined {
  for (const one of seen) {
    const others = one.nodes
      .map(({ name }) => viewOf(one, name))
      .filter((view): view is MemberView => view.kind === "member" && view.quorate && view.members.includes(node))
      .filter((view) => view.node !== node);
    const without = others.find(({ online }) => !online.includes(node));
    if (without) {
      const source = `cluster/status.online at ${one.takenAt}`;
      return [{ node: without.node, source, value: without.online.join(" ") }];
    }
    if (others.length === 0 && isSilent(one, node)) {
      return [{ node, source: `reached at ${one.takenAt}`, value: false }];
    }
  }
  return undefined;
}
