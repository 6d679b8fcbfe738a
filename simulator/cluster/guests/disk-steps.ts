/**
 * Disks that others are made of: templates, clones, moved disks.
 *
 * @source qemu-server 8.3.13 PVE/API2/Qemu.pm clone_vm, move_vm_disk, template (unverified)
 */

import type { FileChange } from "../files/files-state.ts";
import { after, changeThen, endJob, type JobStep, say } from "../jobs/jobs.ts";
import type { JobState } from "../jobs/jobs-state.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";
import { storageDefinition } from "../storage/storage-config.ts";
import type { VolumeFormat } from "../storage/storage-state.ts";
import { allocateVolume, findVolume, nextVolumeName, splitVolid, storageTrouble } from "../storage/volumes.ts";
import { endTask } from "../tasks/tasks.ts";
import { isTrue } from "../truth.ts";
import { beginCopies, type DiskCopy } from "./disk-copy.ts";
import { intoPool } from "./guest-access.ts";
import {
  type ConfigKeys,
  type Drive,
  disksOf,
  driveText,
  isKept,
  parseDrive,
  writeGuestConfig,
} from "./guest-config.ts";
import { copyContent } from "./guest-disk.ts";
import {
  addUnused,
  freeMade,
  loadConfig,
  lockFirst,
  openConfig,
  paramsOf,
  writeConfig,
  writeRefused,
  written,
} from "./guest-steps.ts";
import { allGuests, guestPath, instanceOf } from "./guest-view.ts";
import { macAddress, uuid } from "./identity.ts";

/** What a clone and a moved disk remember. */
interface DiskWork {
  params: Record<string, string>;
  /** Volumes that were made and belong to no configuration yet. */
  made?: string[];
  /** A clone's configuration. */
  fresh?: ConfigKeys;
  /** Why it is being taken back. */
  failure?: string;
}

const workOf = (job: JobState) => job.data as DiskWork;
const newidOf = (job: JobState) => Number(paramsOf(job).newid);

export const diskSteps: Record<string, Record<string, JobStep>> = {
  template: {
    begin: lockFirst,
    locked: (lab, job) => {
      const config = openConfig(lab, job);
      config.keys.template = "1";
      writeConfig(lab, job, config, "convert");
    },
    // From now on they are read by others: their names say so.
    convert: (lab, job, { failed }) => {
      if (failed) throw new Refusal("permission", writeRefused(job));
      const config = loadConfig(lab, job);
      for (const disk of disksOf(config.keys)) {
        const trouble = storageTrouble(lab, job.node, splitVolid(disk.volid)?.storage ?? "");
        if (trouble) throw new Refusal("not-found", trouble);
        const volume = findVolume(lab, job.node, disk.volid);
        if (!volume) continue;
        volume.name = volume.name.replace(/vm-(\d+)-disk/, "base-$1-disk");
        const volid = disk.volid.replace(/vm-(\d+)-disk/, "base-$1-disk");
        config.keys[disk.key] = driveText({ ...disk, volid });
      }
      writeConfig(lab, job, config, "written");
    },
    written,
  },
  clone: {
    begin: lockFirst,
    // The new guest's number is taken first, by a file that says only `lock: clone`.
    locked: (lab, job) => {
      openConfig(lab, job);
      if (allGuests(lab, job.node).some((guest) => guest.vmid === newidOf(job))) {
        throw new Refusal("already-exists", `unable to create VM ${newidOf(job)}: config file already exists`);
      }
      const content = "# qmclone temporary file\nlock: clone\n";
      changeThen(lab, job, [{ op: "write", path: guestPath(job.node, newidOf(job)), content }], "begun");
    },
    begun: (lab, job, { failed }) => {
      if (failed) throw new Refusal("permission", writeRefused({ ...job, vmid: newidOf(job) }));
      const { snapname } = paramsOf(job);
      const config = loadConfig(lab, job);
      const keys = snapname === undefined ? config.keys : config.snapshots[snapname];
      if (!keys) return takeBack(lab, job, `snapshot '${snapname}' does not exist`);
      const linked = config.keys.template === "1" && !isTrue(paramsOf(job).full ?? "0");
      const fresh = freshKeys(lab, job, keys);
      const copies: DiskCopy[] = [];
      workOf(job).made = [];
      for (const disk of disksOf(keys)) {
        try {
          const to = linked ? linkedTo(lab, job, disk) : copyOf(lab, job, disk, newidOf(job), paramsOf(job).storage);
          workOf(job).made!.push(to);
          copies.push({ key: disk.key, from: disk.volid, to, ...(snapname !== undefined && { snapshot: snapname }) });
          fresh[disk.key] = driveText({ ...disk, volid: to });
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          return takeBack(lab, job, error.message);
        }
      }
      workOf(job).fresh = fresh;
      if (linked) after(lab, job, 300, "copied");
      else beginCopies(lab, job, copies);
    },
    copied: (lab, job) => {
      const { fresh, failure } = workOf(job);
      if (failure !== undefined) return;
      const { description, target } = paramsOf(job);
      const config = {
        description: description === undefined ? [] : description.split("\n"),
        keys: fresh!,
        pending: {},
        pendingDelete: [],
        snapshots: {},
      };
      const path = guestPath(job.node, newidOf(job));
      const changes: FileChange[] = [{ op: "write", path, content: writeGuestConfig(config) }];
      if (target !== undefined && target !== job.node) {
        changes.push({ op: "rename", path, to: guestPath(target, newidOf(job)) });
      }
      changeThen(lab, job, changes, "cloned");
    },
    cloned: (lab, job, { failed }) => {
      if (failed) takeBack(lab, job, writeRefused({ ...job, vmid: newidOf(job) }));
      else changeThen(lab, job, intoPool(lab, job.node, newidOf(job), paramsOf(job).pool), "made");
    },
    made: (lab, job) => endJob(lab, job),
    takenBack: (lab, job) => endJob(lab, job, `clone failed: ${workOf(job).failure}`),
  },
  "move-disk": {
    begin: lockFirst,
    locked: (lab, job) => {
      const { disk: key, storage } = paramsOf(job) as { disk: string; storage: string };
      const config = openConfig(lab, job);
      if (config.keys[key] === undefined) throw new Refusal("not-found", `disk '${key}' does not exist`);
      const drive = parseDrive(key, config.keys[key]);
      const kept = Object.values(config.snapshots).some((keys) => isKept(keys, drive.volid));
      if (kept) say(lab, job, "moving disk with snapshots, snapshots will not be moved!");
      let to: string;
      try {
        to = copyOf(lab, job, drive, job.vmid, storage);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        endJob(lab, job, `storage migration failed: ${error.message}`);
        return;
      }
      workOf(job).made = [to];
      beginCopies(lab, job, [{ key, from: drive.volid, to }]);
    },
    copied: (lab, job) => {
      const { disk: key, delete: remove } = paramsOf(job) as { disk: string; delete?: string };
      const config = loadConfig(lab, job);
      const drive = parseDrive(key, config.keys[key] ?? "");
      if (!isTrue(remove)) addUnused(config.keys, drive.volid);
      config.keys[key] = driveText({ ...drive, volid: workOf(job).made![0]! });
      Object.assign(job.data as object, { old: drive.volid });
      writeConfig(lab, job, config, "moved");
    },
    // The old disk goes only when the new one stands in the configuration.
    moved: (lab, job, { failed }) => {
      if (failed) {
        takeBack(lab, job, writeRefused(job));
        return;
      }
      const instance = instanceOf(lab, job.node, job.vmid);
      if (instance) instance.config = writeGuestConfig(loadConfig(lab, job));
      if (isTrue(paramsOf(job).delete)) freeMade(lab, job.node, [(job.data as { old: string }).old]);
      endJob(lab, job);
    },
    takenBack: (lab, job) => endJob(lab, job, `storage migration failed: ${workOf(job).failure}`),
  },
};

/** ^C and the stop button: what was made so far goes away again. */
export function copyInterrupted(lab: LabState, node: string, upid: string): void {
  const job = lab.nodes[node]?.jobs.jobs.find((one) => one.upid === upid && one.running);
  if (job && workOf(job).made && workOf(job).failure === undefined) takeBack(lab, job, "interrupted by signal");
  else endTask(lab, node, upid, "interrupted by signal");
}

/** Free what was made, and the new guest's number. */
function takeBack(lab: LabState, job: JobState, failure: string): void {
  const work = workOf(job);
  work.failure = failure;
  freeMade(lab, job.node, work.made ?? []);
  if (job.kind === "clone") {
    changeThen(lab, job, [{ op: "unlink", path: guestPath(job.node, newidOf(job)) }], "takenBack");
  } else after(lab, job, 0, "takenBack");
}

const NOT_CLONED = /^(?:template|lock|parent|snaptime|snapstate|description|vmstate|runningmachine|unused\d+)$/;

/** A clone's keys but for its disks: a guest of its own. */
function freshKeys(lab: LabState, job: JobState, keys: ConfigKeys): ConfigKeys {
  const fresh = Object.fromEntries(Object.entries(keys).filter(([key]) => !NOT_CLONED.test(key)));
  fresh.smbios1 = `uuid=${uuid(lab)}`;
  if (fresh.vmgenid !== undefined) fresh.vmgenid = uuid(lab);
  fresh.name = paramsOf(job).name ?? `Copy-of-VM-${keys.name ?? job.vmid}`;
  for (const key of Object.keys(fresh)) {
    if (/^net\d+$/.test(key)) fresh[key] = fresh[key]!.replace(/[0-9A-F]{2}(?::[0-9A-F]{2}){5}/i, macAddress(lab));
  }
  return fresh;
}

/** A new, empty volume as large as a disk. @returns its id @throws Refusal */
function copyOf(lab: LabState, job: JobState, disk: Drive, vmid: number, storage: string | undefined): string {
  const source = findVolume(lab, job.node, disk.volid);
  if (!source) throw new Refusal("not-found", `volume '${disk.volid}' does not exist`);
  say(lab, job, `create full clone of drive ${disk.key} (${disk.volid})`);
  const { volid, output } = allocateVolume(lab, job.node, {
    storage: storage ?? splitVolid(disk.volid)!.storage,
    vmid,
    sizeBytes: source.sizeBytes,
    format: (paramsOf(job).format as VolumeFormat | undefined) ?? source.format,
    writtenBytes: source.writtenBytes,
  });
  for (const line of output) say(lab, job, line);
  return volid;
}

/** A volume that holds only what differs from its base. @returns its id @throws Refusal */
function linkedTo(lab: LabState, job: JobState, disk: Drive): string {
  const { storage, name } = splitVolid(disk.volid)!;
  const base = findVolume(lab, job.node, disk.volid);
  const definition = storageDefinition(lab, job.node, storage);
  if (!base || !definition) throw new Refusal("not-found", `volume '${disk.volid}' does not exist`);
  say(lab, job, `create linked clone of drive ${disk.key} (${disk.volid})`);
  const thin = definition.type === "lvmthin";
  const { volid, output } = allocateVolume(lab, job.node, {
    storage,
    vmid: newidOf(job),
    sizeBytes: base.sizeBytes,
    // A file's clone has its base in its name.
    ...(!thin && {
      format: "qcow2",
      name: `${name}/${nextVolumeName(lab, job.node, definition, newidOf(job), "qcow2")}`,
    }),
  });
  const copy = findVolume(lab, job.node, volid)!;
  // The name of a thin volume does not tell its base, and nothing else is asked for it.
  if (!thin) copy.base = name;
  copyContent(base, copy);
  for (const line of output) say(lab, job, line);
  return volid;
}
