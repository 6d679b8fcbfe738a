/** Migrations of one guest since the baseline, told from the nodes' task lists and logs. */
import type { Observation, TaskSeen } from "../observation.ts";
import type { Evidence } from "../verdict.ts";
import { entryOf, newTasks, taskEvidence } from "./views.ts";

export type MigrationHow = "offline" | "live" | "live-with-disks";

export interface MigrationSeen {
  task: TaskSeen;
  from: string;
  /** Absent while the log was not read. */
  to?: string;
  how?: MigrationHow;
  /** Milliseconds on the common clock of `commonMs`; the node's tasks have whole seconds. */
  startMs: number;
  endMs?: number;
  /** It has ended, and its log, which alone tells how, was not read. */
  unread: boolean;
  /** Ended by a person: a signal, ^C, Stop in the web interface. */
  cancelled: boolean;
  /** Proxmox's own words for why it failed. */
  reason?: string;
  /** What QEMU logged as its own downtime: not the outage that others notice. */
  loggedDowntimeMs?: number;
}

/** Ended well; a warning is none against what was done. */
export function isDone({ outcome }: TaskSeen): boolean {
  return outcome === "ok" || outcome === "warnings";
}

/** Oldest first. `unread`: nodes whose tasks are not known, so that a migration from there may be missing. */
export function migrationsOf(
  observation: Observation,
  baseline: Observation,
  vmid: number,
): { migrations: MigrationSeen[]; unread: string[] } {
  const migrations: MigrationSeen[] = [];
  const unread: string[] = [];
  for (const { name, tasks } of observation.nodes) {
    if (!tasks?.read) {
      unread.push(name);
      continue;
    }
    for (const type of ["qmigrate", "vzmigrate"]) {
      for (const task of newTasks(observation, baseline, name, type)) {
        if (task.id === String(vmid) && task.upid.split(":")[1] === name) {
          migrations.push(migration(observation, name, task));
        }
      }
    }
  }
  return { migrations: migrations.sort((a, b) => a.startMs - b.startMs), unread };
}

function migration(observation: Observation, from: string, task: TaskSeen): MigrationSeen {
  const log = task.log ?? [];
  const find = (pattern: RegExp) => log.map((line) => pattern.exec(line)).find((match) => match !== null);
  const to = find(/starting migration of (?:VM|CT) \d+ to node '([^']+)'/)?.[1];
  const live = find(/starting online\/live migration/) !== undefined;
  const mirrored = find(/drive mirror is starting|starting storage migration|mirror-job finished/) !== undefined;
  const downtime = find(/downtime (\d+) ms/)?.[1];
  const reason = log
    .filter(
      (line) =>
        /ERROR|can't migrate|migration status error|cluster not ready/.test(line) && !line.startsWith("TASK ERROR"),
    )
    .map((line) => line.replace(/^[\d-]+ [\d:]+ (ERROR: )?/, ""))
    .find((line) => !/^migration (aborted|finished with problems)/.test(line) && !/^Problem found while/.test(line));
  const at = commonMs(observation, from);
  return {
    task,
    from,
    ...(to !== undefined && { to }),
    ...(log.length > 0 && isDone(task) && { how: !live ? "offline" : mirrored ? "live-with-disks" : "live" }),
    startMs: at(task.startTime),
    ...(task.endTime !== undefined && { endMs: at(task.endTime) }),
    unread: task.outcome !== "running" && task.log === undefined,
    cancelled: task.outcome === "failed" && find(/interrupted by signal|received interrupt/) !== undefined,
    ...(task.outcome === "failed" && { reason: reason ?? task.text ?? "unknown" }),
    ...(downtime !== undefined && { loggedDowntimeMs: Number(downtime) }),
  };
}

/**
 * A node's own seconds as milliseconds on one clock for all nodes.
 *
 * Nodes' clocks differ, sometimes by hours. Each told its time in this observation, and we know how long after its
 * beginning: that bridges two nodes, right to about a second. Without it the node's clock is taken as it is.
 */
export function commonMs(observation: Observation, node: string): (seconds: number) => number {
  const entry = entryOf(observation, node);
  const { time, timeAfterMs } = entry ?? {};
  if (!time?.read || timeAfterMs === undefined) return (seconds) => seconds * 1000;
  const offsetMs = Date.parse(observation.takenAt) + timeAfterMs - time.value * 1000;
  // Two clocks in step differ by the second's fraction alone; that is no reason to move anything.
  return (seconds) => seconds * 1000 + (Math.abs(offsetMs) < 1500 ? 0 : offsetMs);
}

export interface PowerTask {
  node: string;
  task: TaskSeen;
  kind: "start" | "stop" | "reset";
  startMs: number;
  endMs: number | undefined;
}

/** What started, stopped or reset the guest since the baseline, oldest first; starts inside a live migration left out. */
export function powerTasksOf(
  observation: Observation,
  baseline: Observation,
  vmid: number,
  migrations: readonly MigrationSeen[],
): PowerTask[] {
  const found: PowerTask[] = [];
  for (const { name, tasks } of observation.nodes) {
    if (!tasks?.read) continue;
    const at = commonMs(observation, name);
    for (const type of Object.keys(POWER)) {
      for (const task of newTasks(observation, baseline, name, type)) {
        if (task.id !== String(vmid) || task.outcome === "failed") continue;
        const endMs = task.endTime === undefined ? undefined : at(task.endTime);
        found.push({ node: name, task, kind: POWER[type]!, startMs: at(task.startTime), endMs });
      }
    }
  }
  return found
    .filter((one) => !(one.kind !== "reset" && migrations.some((other) => isPartOf(one, other))))
    .sort((a, b) => a.startMs - b.startMs);
}

const POWER: Record<string, PowerTask["kind"]> = {
  qmstart: "start",
  qmstop: "stop",
  qmshutdown: "stop",
  qmreboot: "reset",
  qmreset: "reset",
  vzstart: "start",
  vzstop: "stop",
  vzshutdown: "stop",
  vzreboot: "reset",
};

/** Starting the target's QEMU, and stopping it again after a failure, are tasks of their own on the target. */
function isPartOf(power: PowerTask, { how, task, to, from, startMs, endMs }: MigrationSeen): boolean {
  if (how === "offline" || power.node === from || (to !== undefined && power.node !== to)) return false;
  if (power.kind === "stop" && task.outcome !== "failed") return false;
  return power.startMs >= startMs - 2_000 && power.startMs <= (endMs ?? Number.POSITIVE_INFINITY) + 2_000;
}

/**
 * How long an offline move took the guest away: from the end of the stop to the beginning of the start, whole seconds.
 *
 * `undefined` when one of the two left no task: the guest was shut down from within, or is not started yet.
 */
export function offlineOutage(
  move: MigrationSeen,
  power: readonly PowerTask[],
): { ms: number; evidence: Evidence[] } | { missing: "stop" | "start" } {
  const before = power.filter((one) => (one.endMs ?? one.startMs) <= move.startMs + 2_000);
  const stop = before.findLast((one) => one.kind === "stop");
  // Started again since: that stop is not the one that it was moved in.
  const startedSince = before.some((one) => one.kind !== "stop" && stop && one.startMs > stop.startMs);
  if (!stop || startedSince) return { missing: "stop" };
  const start = power.find((one) => one.kind === "start" && one.startMs >= (move.endMs ?? move.startMs) - 2_000);
  if (!start) return { missing: "start" };
  const ms = Math.max(0, start.startMs - (stop.endMs ?? stop.startMs));
  return { ms, evidence: [taskEvidence(stop.task), taskEvidence(start.task)] };
}
