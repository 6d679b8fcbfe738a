/** What the steps of guests' jobs share: parameters, locks, the configuration and its refusals. */

import { changeThen, endJob, lockGuest } from "../jobs/jobs.ts";
import type { JobState } from "../jobs/jobs-state.ts";
import type { SequenceEnd } from "../pmxcfs/sequence.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";
import { freeVolume } from "../storage/volumes.ts";
import { isTrue } from "../truth.ts";
import type { GuestAction } from "./guest-actions.ts";
import { type ConfigKeys, type GuestConfig, writeGuestConfig } from "./guest-config.ts";
import { guestConfig, guestPath } from "./guest-view.ts";
import { missingToWorker } from "./refusals.ts";

export function paramsOf(job: JobState): Record<string, string> {
  return (job.data as { params: Record<string, string> }).params;
}

/** First step of nearly every job: the guest's lock file. Of a guest that is not there some find it out only here. */
export function lockFirst(lab: LabState, job: JobState): void {
  const missing = guestConfig(lab, job.node, job.vmid)
    ? undefined
    : missingToWorker(job.kind as GuestAction, job.vmid, job.node);
  if (missing) {
    endJob(lab, job, missing.text, missing.status);
    return;
  }
  lockGuest(lab, job, "locked");
}

/** @throws Refusal when the guest is locked by another's work */
export function checkLock(lab: Readonly<LabState>, job: JobState): void {
  const lock = guestConfig(lab, job.node, job.vmid)?.keys.lock;
  if (lock && !isTrue(paramsOf(job).skiplock)) throw new Refusal("busy", `VM is locked (${lock})`);
}

/** The guest's configuration. @throws Refusal when it is not on this node: somebody may have moved it meanwhile */
export function loadConfig(lab: Readonly<LabState>, job: JobState): GuestConfig {
  const config = guestConfig(lab, job.node, job.vmid);
  if (config) return config;
  throw new Refusal("not-found", `Configuration file '${guestPath(job.node, job.vmid)}' does not exist`);
}

/** The configuration to work on. @throws Refusal when there is none or it is locked */
export function openConfig(lab: Readonly<LabState>, job: JobState): GuestConfig {
  const config = loadConfig(lab, job);
  checkLock(lab, job);
  return config;
}

/** Write a guest's configuration, then go on with a step, told whether that failed. */
export function writeConfig(lab: LabState, job: JobState, config: GuestConfig, step: string): void {
  const content = writeGuestConfig(config);
  changeThen(lab, job, [{ op: "write", path: guestPath(job.node, job.vmid), content }], step);
}

/** Last step after a write. */
export function written(lab: LabState, job: JobState, { failed }: SequenceEnd): void {
  endJob(lab, job, failed ? writeRefused(job) : "");
}

/** The same for commands that are no task. @source recording 32: `qm set` without quorum ends with 2 */
export function writtenAtOnce(lab: LabState, job: JobState, { failed }: SequenceEnd): void {
  endJob(lab, job, failed ? writeRefused(job) : "", failed ? 2 : 0);
}

/** Pmxcfs refused: in Proxmox's words. */
export function writeRefused(job: JobState): string {
  return `unable to open file '/etc/pve/${guestPath(job.node, job.vmid)}.tmp.${job.pid}' - Permission denied`;
}

/** Keep a volume that is no longer a disk as the next `unusedN`. @returns that name */
export function addUnused(keys: ConfigKeys, volid: string): string {
  let number = 0;
  while (keys[`unused${number}`] !== undefined) number += 1;
  keys[`unused${number}`] = volid;
  return `unused${number}`;
}

/** Take back volumes that were made in vain; one whose storage is away by now stays behind. */
export function freeMade(lab: LabState, node: string, volids: readonly string[]): void {
  for (const volid of volids) {
    try {
      freeVolume(lab, node, volid);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }
}
