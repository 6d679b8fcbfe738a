/**
 * What a node works on step by step: a change of a guest or a storage. A job is plain data and events, so that it goes
 * on when whoever started it is gone; most are worker tasks with a UPID, some (`qm set`) only run in the foreground.
 *
 * Each step is an event that belongs to the job's process: it vanishes when the process is killed or the power fails.
 */
import type { FileChange } from "../files/files-state.ts";
import { type EventHandler, nodeOf, schedule } from "../kernel.ts";
import { changeInSequence, type SequenceEnd } from "../pmxcfs/sequence.ts";
import { reap, spawn } from "../processes.ts";
import type { LabState } from "../state.ts";
import { endTask, startTask, type TaskOrigin, writeTask } from "../tasks/tasks.ts";
import type { JobState } from "./jobs-state.ts";

/** A step's code. `end` is there when it follows a change of /etc/pve. A Refusal that it throws ends the job. */
export type JobStep = (lab: LabState, job: JobState, end: SequenceEnd) => void;

const REMEMBERED_MAX = 60;

/** Start a job. @param task absent for one that runs in the foreground without a UPID */
export function startJob(
  lab: LabState,
  node: string,
  spec: { kind: string; vmid: number; data: unknown; task?: TaskOrigin; name?: string },
): JobState {
  const state = nodeOf(lab, node).jobs;
  const task = spec.task && startTask(lab, node, spec.task);
  const job: JobState = {
    id: state.nextId++,
    node,
    pid: task ? task.pid : spawn(lab, node, spec.name ?? "qm", ""),
    upid: task ? task.upid : "",
    kind: spec.kind,
    vmid: spec.vmid,
    output: "",
    running: true,
    error: "",
    exitCode: 0,
    data: spec.data,
  };
  state.jobs.push(job);
  const old = state.jobs.findIndex((one) => !isRunning(lab, one));
  if (state.jobs.length > REMEMBERED_MAX && old >= 0) state.jobs.splice(old, 1);
  after(lab, job, 0, "begin");
  return job;
}

/** Whether a job works on: one whose process was killed or stopped does not, whatever it says. */
export function isRunning(lab: Readonly<LabState>, job: JobState): boolean {
  return job.running && lab.nodes[job.node]?.processes[job.pid] !== undefined;
}

/** A job by its number. One whose process is gone runs no longer, whatever it says. */
export function findJob(lab: Readonly<LabState>, node: string, id: number): JobState | undefined {
  const job = lab.nodes[node]?.jobs.jobs.find((one) => one.id === id);
  if (!job?.running || isRunning(lab, job)) return job;
  return { ...job, running: false, error: "interrupted by signal", exitCode: 255 };
}

/** Go on with a step after some model milliseconds. */
export function after(lab: LabState, job: JobState, ms: number, step: string): void {
  schedule(lab, ms, { kind: "jobs/step", node: job.node, pid: job.pid, data: { id: job.id, step } });
}

/** Change /etc/pve through a node (its own, or over ssh another), then go on with a step, told whether that failed. */
export function changeThen(lab: LabState, job: JobState, changes: FileChange[], step: string, node = job.node): void {
  changeInSequence(lab, node, changes, {
    kind: "jobs/step",
    node: job.node,
    pid: job.pid,
    data: { id: job.id, step },
  });
}

/** Write a line of a job's output. */
export function say(lab: LabState, job: JobState, line: string): void {
  writeJob(lab, job, `${line}\n`);
}

/** Write part of a line. */
function writeJob(lab: LabState, job: JobState, text: string): void {
  job.output += text;
  if (job.upid) writeTask(lab, job.node, job.upid, text);
}

/** Exit status of a job that was refused a lock in /etc/pve: Perl leaves EACCES behind. @source recording 32 */
export const NO_LOCK_EXIT = 13;

/** Exit statuses that follow from the error that Perl saw last. @source recordings 25, 27, typed: 2 (ENOENT), 25 (ENOTTY) */
const EXIT_BY_TEXT: [RegExp, number][] = [
  [/^Configuration file '.*' does not exist$/, 2],
  [/^unable to find configuration file for VM /, 2],
  [/^VM \d+ not running$/, 2],
  [/^can't migrate running VM without --online$/, 25],
];

/** Exit status of a command that ends with an error. @param error empty for success */
export function exitStatusOf(error: string): number {
  if (error === "") return 0;
  return EXIT_BY_TEXT.find(([pattern]) => pattern.test(error))?.[1] ?? 255;
}

/** End a job. @param error empty for success */
export function endJob(lab: LabState, job: JobState, error = "", exitCode = exitStatusOf(error)): void {
  if (!job.running) return;
  job.running = false;
  job.error = error;
  job.exitCode = exitCode;
  unlockGuest(lab, job);
  if (job.upid) endTask(lab, job.node, job.upid, error === "" ? "OK" : error);
  else reap(lab, job.node, job.pid, { exitCode });
}

/** Proxmox waits this long for a guest's lock file. */
const LOCK_TIMEOUT_MS = 10_000;
const LOCK_POLL_MS = 250;

/**
 * Take /var/lock/qemu-server/lock-VMID.conf, then go on with a step; the job ends when it cannot have it in ten seconds.
 *
 * @source guests/07b: `trying to acquire lock...`, `got timeout`, exit 4
 */
export function lockGuest(lab: LabState, job: JobState, step: string): void {
  if (tryLock(lab, job)) {
    after(lab, job, 0, step);
    return;
  }
  writeJob(lab, job, "trying to acquire lock...");
  waitForLock(lab, job, step, 0);
}

/** Let others have the lock while a job works on; what it does then is kept by `lock:` in the configuration. */
export function unlockGuest(lab: LabState, job: JobState): void {
  const { guestLocks } = nodeOf(lab, job.node).jobs;
  if (guestLocks[job.vmid] === job.id) delete guestLocks[job.vmid];
}

function waitForLock(lab: LabState, job: JobState, step: string, waitedMs: number): void {
  schedule(lab, LOCK_POLL_MS, {
    kind: "jobs/lock-wait",
    node: job.node,
    pid: job.pid,
    data: { id: job.id, step, waitedMs: waitedMs + LOCK_POLL_MS },
  });
}

function tryLock(lab: LabState, job: JobState): boolean {
  const state = nodeOf(lab, job.node).jobs;
  const holder = state.guestLocks[job.vmid];
  // The lock goes with the process that holds the file open.
  if (holder !== undefined && holder !== job.id && findJob(lab, job.node, holder)?.running) return false;
  state.guestLocks[job.vmid] = job.id;
  return true;
}

export const jobHandlers: Record<string, EventHandler> = {
  "jobs/lock-wait": (lab, event) => {
    const { id, step, waitedMs } = event.data as { id: number; step: string; waitedMs: number };
    const job = nodeOf(lab, event.node!).jobs.jobs.find((one) => one.id === id);
    if (!job?.running) return;
    if (tryLock(lab, job)) {
      writeJob(lab, job, " OK\n");
      after(lab, job, 0, step);
    } else if (waitedMs >= LOCK_TIMEOUT_MS) {
      writeJob(lab, job, "\n");
      endJob(lab, job, `can't lock file '/var/lock/qemu-server/lock-${job.vmid}.conf' - got timeout`, 4);
    } else waitForLock(lab, job, step, waitedMs);
  },
};
