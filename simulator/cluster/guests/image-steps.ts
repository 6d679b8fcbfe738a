/** Images that become disks, and volumes that no configuration names. @source qm(1) disk import, rescan (unverified) */
import type { FileChange } from "../files/files-state.ts";
import { after, changeThen, endJob, type JobStep, say } from "../jobs/jobs.ts";
import type { JobState } from "../jobs/jobs-state.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";
import { storageDefinitions } from "../storage/storage-config.ts";
import type { VolumeFormat } from "../storage/storage-state.ts";
import { allocateVolume, findImage, findVolume, formatSize, volumesOn } from "../storage/volumes.ts";
import { disksOf, drivesOf, driveText, type GuestConfig, writeGuestConfig } from "./guest-config.ts";
import {
  addUnused,
  freeMade,
  lockFirst,
  openConfig,
  paramsOf,
  writeConfig,
  writeRefused,
  writtenAtOnce,
} from "./guest-steps.ts";
import { allGuests, guestConfig, guestPath } from "./guest-view.ts";
import { missingText } from "./refusals.ts";

const SCAN_MS = 500;

export const imageSteps: Record<string, Record<string, JobStep>> = {
  /** `qm disk import`: the image becomes an unused disk. @source qm(1) (unverified) */
  import: {
    begin: lockFirst,
    locked: (lab, job) => {
      const params = paramsOf(job);
      const { source, storage, format } = params as { source: string; storage: string; format?: string };
      const config = openConfig(lab, job);
      if (!findImage(lab, job.node, source)) {
        throw new Refusal("not-found", `${source}: non-existent or non-regular file`);
      }
      const target = params["target-disk"];
      say(lab, job, `importing disk '${source}' to VM ${job.vmid} ...`);
      const volid = importImage(lab, job, storage, source, format);
      if (target !== undefined && config.keys[target] === undefined) {
        config.keys[target] = `${volid},size=${formatSize(findVolume(lab, job.node, volid)!.sizeBytes)}`;
        Object.assign(job.data as object, { volid, key: target });
      } else Object.assign(job.data as object, { volid, key: addUnused(config.keys, volid) });
      writeConfig(lab, job, config, "written");
    },
    written: (lab, job, { failed }) => {
      const { volid, key } = job.data as unknown as { volid: string; key: string };
      if (failed) freeMade(lab, job.node, [volid]);
      else say(lab, job, `${key}: successfully imported disk '${volid}'`);
      endJob(lab, job, failed ? writeRefused(job) : "", failed ? 2 : 0);
    },
  },
  /** Sizes and owners as the storages have them; `vmid` 0 for all guests of the node. @source qm(1) (unverified) */
  rescan: {
    begin: (lab, job) => {
      say(lab, job, "rescan volumes...");
      after(lab, job, SCAN_MS, "scan");
    },
    scan: (lab, job) => {
      const missing = job.vmid !== 0 && guestConfig(lab, job.node, job.vmid) === undefined;
      if (missing) throw new Refusal("not-found", missingText("rescan", job.vmid, job.node));
      const changes: FileChange[] = [];
      for (const { vmid, node } of allGuests(lab, job.node)) {
        if (node !== job.node || (job.vmid !== 0 && vmid !== job.vmid)) continue;
        const config = guestConfig(lab, node, vmid);
        if (config && rescanned(lab, job, vmid, config)) {
          changes.push({ op: "write", path: guestPath(node, vmid), content: writeGuestConfig(config) });
        }
      }
      if (changes.length === 0 || paramsOf(job).dryrun === "1") endJob(lab, job);
      else changeThen(lab, job, changes, "written");
    },
    written: writtenAtOnce,
  },
};

/** Copy an image into a new volume of the job's guest. @returns the new volume's id @throws Refusal */
export function importImage(lab: LabState, job: JobState, storage: string, source: string, format?: string): string {
  const image = findImage(lab, job.node, source);
  if (!image) throw new Refusal("not-found", `cannot import from '${source}' - image does not exist`);
  const { volid, output } = allocateVolume(lab, job.node, {
    storage,
    vmid: job.vmid,
    sizeBytes: image.sizeBytes,
    writtenBytes: image.writtenBytes,
    ...(format !== undefined && { format: format as VolumeFormat }),
  });
  for (const line of output) say(lab, job, line);
  const mib = (image.sizeBytes / 1024 ** 2).toFixed(1);
  say(lab, job, `transferred 0.0 B of ${mib} MiB (0.00%)`);
  say(lab, job, `transferred ${mib} MiB of ${mib} MiB (100.00%)`);
  return volid;
}

/** Put one guest's configuration right. @returns whether it was wrong */
function rescanned(lab: LabState, job: JobState, vmid: number, config: GuestConfig): boolean {
  let wrong = false;
  const known = new Set<string>();
  for (const keys of [config.keys, ...Object.values(config.snapshots)]) {
    for (const drive of drivesOf(keys)) known.add(drive.volid);
  }
  for (const drive of disksOf(config.keys)) {
    const volume = findVolume(lab, job.node, drive.volid);
    const size = volume && formatSize(volume.sizeBytes);
    if (size === undefined || size === drive.options.size) continue;
    say(
      lab,
      job,
      `VM ${vmid} (${drive.key}): size of disk '${drive.volid}' updated from ${drive.options.size ?? "0T"} to ${size}`,
    );
    drive.options.size = size;
    config.keys[drive.key] = driveText(drive);
    wrong = true;
  }
  for (const definition of storageDefinitions(lab, job.node)) {
    if (!definition.content.includes("images")) continue;
    for (const volume of volumesOn(lab, job.node, definition)) {
      const volid = `${definition.storage}:${volume.name}`;
      if (volume.vmid !== vmid || volume.format === "iso" || known.has(volid)) continue;
      const key = addUnused(config.keys, volid);
      say(lab, job, `VM ${vmid} add unreferenced volume '${volid}' as '${key}' to config`);
      wrong = true;
    }
  }
  return wrong;
}
