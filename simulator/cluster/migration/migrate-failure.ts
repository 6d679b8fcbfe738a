/**
 * What goes wrong in a migration: ways that are cut, ends that vanish, and how each phase is taken back.
 *
 * @source recordings guests/10, 11, 50-54; qemu-server PVE/QemuMigrate.pm phase1_cleanup, phase2_cleanup
 */
import { writeGuestConfig } from "../guests/guest-config.ts";
import { guestConfig, guestPath, instanceOf } from "../guests/guest-view.ts";
import { endQemu, resumeMachine } from "../guests/machine.ts";
import { after, changeThen, endJob, type JobStep, say } from "../jobs/jobs.ts";
import type { JobState } from "../jobs/jobs-state.ts";
import { nodeOf } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { splitVolid } from "../storage/volumes.ts";
import { endTask, findTask, startTask } from "../tasks/tasks.ts";
import { connected, dataOf, resumesAtMs, sshTo, targetAddress, targetOf, tcpGivesUpMs } from "./migrate-data.ts";
import { durationText, logLine, sshCommand } from "./migrate-text.ts";
import { copiedVolumes, freeOnTarget } from "./migrate-volumes.ts";

const POLL_MS = 1_000;

export const failureSteps: Record<string, JobStep> = {
  phase1Undone: (lab, job) => abort(lab, job, dataOf(job).failure),
  /** Phase 2 failed: the source keeps the guest, the target is cleaned up as far as it can be reached. */
  undo: (lab, job) => unlockSource(lab, job, "undone"),
  undone: (lab, job) => {
    const data = dataOf(job);
    const target = targetOf(job);
    const ssh = sshTo(lab, job.node, target, dataOf(job).card);
    data.cleaningSinceMs ??= lab.nowMs;
    // A clean-up waits for the way as long as ssh does: 38 s in guests/54, until the link was back.
    if (!ssh.ok && lab.nowMs - data.cleaningSinceMs < ssh.afterMs) {
      after(lab, job, POLL_MS, "undone");
      return;
    }
    const cleaned = ssh.ok && data.targetPid !== 0 && instanceOf(lab, target, job.vmid)?.pid === data.targetPid;
    if (cleaned) {
      const task = startTask(lab, target, { type: "qmstop", id: String(job.vmid), program: "qm" });
      endQemu(lab, target, job.vmid);
      freeOnTarget(lab, job);
      endTask(lab, target, task.upid, "OK");
    } else {
      const stop = sshCommand(
        target,
        targetAddress(lab, job),
        `qm stop ${job.vmid} --skiplock --migratedfrom ${job.node}`,
      );
      logLine(lab, job, `ERROR: command '${stop}' failed: exit code 255`);
    }
    after(lab, job, 1_200, cleaned ? "cleaned" : "notCleaned");
  },
  cleaned: (lab, job) => {
    logLine(lab, job, "ERROR: writing to tunnel failed: broken pipe");
    problems(lab, job, "");
  },
  notCleaned: (lab, job) => {
    const target = targetOf(job);
    const ssh = sshTo(lab, job.node, target, dataOf(job).card);
    if (!ssh.ok) {
      say(lab, job, ssh.text);
      const remove = sshCommand(target, targetAddress(lab, job), `rm -f /run/qemu-server/${job.vmid}.migrate`);
      logLine(lab, job, `ERROR: command '${remove}' failed: exit code 255`);
    } else freeOnTarget(lab, job);
    problems(lab, job, "");
  },
};

/** The stop button, or ^C: recordings guests/10 and 11. */
export function migrationInterrupted(lab: LabState, node: string, upid: string): void {
  const job = nodeOf(lab, node).jobs.jobs.find((one) => one.upid === upid);
  if (!job?.running || !findTask(lab, node, upid)?.running) return;
  const data = dataOf(job);
  // Before the transfer there is nothing to be cancelled on the other side, after it nothing to be kept on this one.
  if (data.failure !== "" || (data.precopy?.completed ?? false)) return;
  // Handed over already, or about to be.
  if (!guestConfig(lab, node, job.vmid)) return;
  if (data.online && data.targetPid !== 0) failPhase2(lab, job, "interrupted by signal");
  else if (copiedVolumes(data)[data.copying.index]) failCopy(lab, job, "interrupted by signal");
  else {
    data.failure = "interrupted by signal";
    if (data.online) freeOnTarget(lab, job);
    unlockSource(lab, job, "phase1Undone");
  }
}

/** Whether the transfer cannot go on just now: the way is cut (it waits), or the other end is gone (it fails). */
export function brokenOff(lab: LabState, job: JobState, step: string): boolean {
  const data = dataOf(job);
  const target = targetOf(job);
  if (!connected(lab, job.node, target, dataOf(job).card)) {
    stall(lab, job, step, () => {
      // Through ssh, QEMU's own socket is the near end of the tunnel (guests/54).
      if (data.settings?.insecure) brokenSocket(lab, job, "Connection timed out");
      else {
        say(lab, job, "client_loop: send disconnect: Broken pipe");
        brokenSocket(lab, job, "Connection reset by peer");
      }
    });
    return true;
  }
  if (nodeOf(lab, target).bootCount !== data.targetBoot) {
    // It was away and has forgotten the connection: its kernel says so.
    say(lab, job, `Connection to ${targetAddress(lab, job)} closed by remote host.`);
    brokenSocket(lab, job, "Connection reset by peer");
    return true;
  }
  if (instanceOf(lab, target, job.vmid)?.pid !== data.targetPid) {
    if (!sshTo(lab, job.node, target, data.card).ok) {
      say(lab, job, `Connection to ${targetAddress(lab, job)} closed by remote host.`);
    }
    brokenSocket(lab, job, "Broken pipe");
    return true;
  }
  return stillStalled(lab, job, step);
}

function brokenSocket(lab: LabState, job: JobState, why: string): void {
  logLine(lab, job, `migration status error: failed - Unable to write to socket: ${why}`);
  failPhase2(lab, job, "aborting");
}

/** Nothing gets through: wait, as TCP does, until it gives up. */
export function stall(lab: LabState, job: JobState, step: string, giveUp: () => void): void {
  const data = dataOf(job);
  data.stall ??= { sinceMs: lab.nowMs };
  delete data.stall.healedAtMs;
  if (lab.nowMs - data.stall.sinceMs >= tcpGivesUpMs(lab, job.node)) giveUp();
  else after(lab, job, POLL_MS, step);
}

/** The way is there again, and TCP has not noticed yet. */
export function stillStalled(lab: LabState, job: JobState, step: string): boolean {
  const data = dataOf(job);
  if (!data.stall) return false;
  data.stall.healedAtMs ??= lab.nowMs;
  const waitMs = resumesAtMs(data.stall.sinceMs, data.stall.healedAtMs) - lab.nowMs;
  if (waitMs > 0) {
    after(lab, job, waitMs, step);
    return true;
  }
  delete data.stall;
  // Nothing was sent meanwhile.
  data.countedToMs = lab.nowMs;
  return false;
}

export function failPhase2(lab: LabState, job: JobState, reason: string): void {
  const data = dataOf(job);
  if (data.failure !== "") return;
  data.failure = reason;
  logLine(lab, job, `ERROR: online migrate failure - ${reason}`);
  logLine(lab, job, "aborting phase 2 - cleanup resources");
  logLine(lab, job, "migrate_cancel");
  const source = instanceOf(lab, job.node, job.vmid);
  if (source?.status === "postmigrate") resumeMachine(lab, source);
  after(lab, job, 600, "undo");
}

export function failCopy(lab: LabState, job: JobState, reason: string): void {
  const data = dataOf(job);
  const { from, to } = copiedVolumes(data)[data.copying.index]!;
  data.failure = `storage migration for '${from}' to storage '${splitVolid(to)!.storage}' failed - ${reason}`;
  logLine(lab, job, `ERROR: ${data.failure}`);
  logLine(lab, job, "aborting phase 1 - cleanup resources");
  freeOnTarget(lab, job);
  unlockSource(lab, job, "phase1Undone");
}

export function unlockSource(lab: LabState, job: JobState, step: string): void {
  const config = guestConfig(lab, job.node, job.vmid);
  if (config?.keys.lock !== "migrate") {
    after(lab, job, 0, step);
    return;
  }
  delete config.keys.lock;
  const content = writeGuestConfig(config);
  changeThen(lab, job, [{ op: "write", path: guestPath(job.node, job.vmid), content }], step);
}

const durationOf = (lab: LabState, job: JobState) => durationText(lab.nowMs - dataOf(job).startedAtMs);

/** Nothing has been done that is not undone. */
export function abort(lab: LabState, job: JobState, reason: string): void {
  logLine(lab, job, `ERROR: migration aborted (duration ${durationOf(lab, job)}): ${reason}`);
  endJob(lab, job, "migration aborted");
}

/** Something is left as it should not be. */
export function problems(lab: LabState, job: JobState, reason: string): void {
  if (reason !== "") logLine(lab, job, `ERROR: ${reason}`);
  logLine(lab, job, `ERROR: migration finished with problems (duration ${durationOf(lab, job)})`);
  endJob(lab, job, "migration problems");
}
