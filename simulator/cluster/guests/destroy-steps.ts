/** Destroying a guest, step by step. @source recordings 21, 60; qemu-server 8.3.13 PVE/QemuServer.pm destroy_vm */

import type { FileChange } from "../files/files-state.ts";
import { parseSections, RESOURCES, writeSections } from "../ha/ha-config.ts";
import { after, changeThen, endJob, type JobStep, say } from "../jobs/jobs.ts";
import type { JobState } from "../jobs/jobs-state.ts";
import { pmxcfsFile } from "../pmxcfs/pmxcfs-view.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";
import { storageDefinitions } from "../storage/storage-config.ts";
import { findVolume, freeVolume, linkedClones, splitVolid, volumePath, volumesOn } from "../storage/volumes.ts";
import { isTrue } from "../truth.ts";
import { forgotten } from "./guest-access.ts";
import { disksOf, drivesOf, type GuestConfig } from "./guest-config.ts";
import { checkLock, loadConfig, lockFirst, paramsOf, writeRefused } from "./guest-steps.ts";
import { guestPath } from "./guest-view.ts";

const WORK_MS = 500;

export const destroySteps: Record<string, JobStep> = {
  begin: lockFirst,
  locked: (lab, job) => {
    const config = loadConfig(lab, job);
    // One that sleeps on a storage may go with its memory.
    if (config.keys.lock !== "suspended") checkLock(lab, job);
    after(lab, job, WORK_MS, "free");
  },
  // The disks go first; whether the configuration may be written is seen only then.
  free: (lab, job) => {
    const config = loadConfig(lab, job);
    const inUse = disksOf(config.keys).find((drive) => linkedClones(lab, job.node, drive.volid) > 0);
    if (inUse) throw new Refusal("busy", `base volume '${inUse.volid}' is still in use by linked cloned`);
    for (const volid of ownVolumes(config)) free(lab, job, volid);
    if (isTrue(paramsOf(job)["destroy-unreferenced-disks"])) {
      for (const volid of unreferenced(lab, job)) free(lab, job, volid);
    }
    const before = forgotten(lab, job.node, job.vmid);
    if (isTrue(paramsOf(job).purge)) {
      say(lab, job, `purging VM ${job.vmid} from related configurations..`);
      const resource = resourceRemoved(lab, job);
      if (resource.length > 0) say(lab, job, `NOTE: removed VM ${job.vmid} from HA resource configuration.`);
      before.push(...resource);
    }
    changeThen(lab, job, [...before, { op: "unlink", path: guestPath(job.node, job.vmid) }], "gone");
  },
  gone: (lab, job, { failed }) => {
    if (!failed) delete lab.guestSystems[job.vmid];
    endJob(lab, job, failed ? writeRefused(job) : "");
  },
};

/** Disks in use and unused, pending ones, and the memory that was saved with snapshots or for a sleep. */
function ownVolumes({ keys, pending, snapshots }: GuestConfig): Set<string> {
  const volids = [keys, pending].flatMap((section) =>
    drivesOf(section)
      .filter((drive) => !drive.cdrom)
      .map((drive) => drive.volid),
  );
  for (const { vmstate } of [keys, ...Object.values(snapshots)]) if (vmstate !== undefined) volids.push(vmstate);
  return new Set(volids);
}

/** Volumes that bear the guest's number on any storage of the node. */
function unreferenced(lab: Readonly<LabState>, job: JobState): string[] {
  return storageDefinitions(lab, job.node)
    .filter((definition) => definition.content.includes("images"))
    .flatMap((definition) =>
      volumesOn(lab, job.node, definition)
        .filter((volume) => volume.vmid === job.vmid && volume.format !== "iso")
        .map((volume) => `${definition.storage}:${volume.name}`),
    );
}

/** One that cannot be removed, or is somebody else's, stays. */
function free(lab: LabState, job: JobState, volid: string): void {
  const parts = splitVolid(volid);
  if (!parts) return;
  const path = volumePath(lab, job.node, volid);
  const volume = findVolume(lab, job.node, volid);
  if (!volume) say(lab, job, `disk image '${path}' does not exist`);
  else if (volume.vmid === job.vmid) {
    try {
      freeVolume(lab, job.node, volid);
      if (path.startsWith("/dev/")) say(lab, job, `  Logical volume "${parts.name}" successfully removed.`);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      say(lab, job, `Could not remove disk '${volid}', check manually: ${error.message}`);
    }
  }
}

/** `--purge` of a guest that HA manages takes its resource away, too. */
function resourceRemoved(lab: LabState, job: JobState): FileChange[] {
  const sections = parseSections(pmxcfsFile(lab, job.node, RESOURCES) ?? "");
  const left = sections.filter((one) => one.type !== "vm" || one.id !== String(job.vmid));
  if (left.length === sections.length) return [];
  return [{ op: "write", path: RESOURCES, content: writeSections(left) }];
}
