/** Creating, changing and destroying guests, step by step. @source recordings 21, 26, 28, 32, 60, guests/30 */
import type { FileChange } from "../files/files-state.ts";
import { parseSections, RESOURCES, writeSections } from "../ha/ha-config.ts";
import { after, changeThen, endJob, type JobStep, lockGuest, say } from "../jobs/jobs.ts";
import type { JobState } from "../jobs/jobs-state.ts";
import { pmxcfsFile } from "../pmxcfs/pmxcfs-view.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";
import { storageDefinitions } from "../storage/storage-config.ts";
import type { VolumeFormat } from "../storage/storage-state.ts";
import {
  allocateVolume,
  findImage,
  findVolume,
  formatSize,
  freeVolume,
  linkedClones,
  parseSize,
  splitVolid,
  volumePath,
  volumesOn,
} from "../storage/volumes.ts";
import { wallNowMs } from "../wall-clock.ts";
import {
  type ConfigKeys,
  type Drive,
  defaultBoot,
  disksOf,
  drivesOf,
  driveText,
  type GuestConfig,
  isDriveKey,
  parseDrive,
  writeGuestConfig,
} from "./guest-config.ts";
import { allGuests, guestConfig, guestPath, instanceOf } from "./guest-view.ts";
import { macAddress, uuid } from "./identity.ts";
import { paramsOf, refusedByLock, writeRefused } from "./power-steps.ts";

const GIB = 1024 ** 3;
const WORK_MS = 500;

/** Take effect in a running guest at once; others wait for its next start. @source qemu-server $fast_plug_option, hotplug */
const LIVE =
  /^(?:lock|name|onboot|shares|startup|description|protection|vmstatestorage|hookscript|tags|migrate_|args|net\d|scsi\d|ide\d|unused\d|boot)/;

/** Options of the command that are no keys of the configuration. */
const NOT_KEYS = new Set([
  "vmid",
  "delete",
  "skiplock",
  "force",
  "digest",
  "start",
  "pool",
  "storage",
  "revert",
  "background_delay",
]);

export const configSteps: Record<string, Record<string, JobStep>> = {
  create: {
    begin: (lab, job) => lockGuest(lab, job, "locked"),
    locked: (lab, job) => after(lab, job, WORK_MS, "make"),
    make: (lab, job) => {
      const params = paramsOf(job);
      const keys: ConfigKeys = {};
      const made: string[] = [];
      try {
        for (const [key, value] of configParams(params)) keys[key] = newValue(lab, job, key, value, made);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        for (const volid of made) freeVolume(lab, job.node, volid);
        endJob(lab, job, `unable to create VM ${job.vmid} - ${error.message}`);
        return;
      }
      keys.boot ??= defaultBoot(keys);
      if (keys.boot === "order=") keys.boot = "";
      if (keys.boot === "") delete keys.boot;
      keys.meta = `creation-qemu=9.2.0,ctime=${Math.floor(wallNowMs(lab) / 1000)}`;
      keys.smbios1 ??= `uuid=${uuid(lab)}`;
      keys.vmgenid ??= uuid(lab);
      keys.memory ??= "512";
      const content = writeGuestConfig({ description: [], keys, pending: {}, pendingDelete: [], snapshots: {} });
      Object.assign(job.data as object, { made });
      changeThen(lab, job, [{ op: "write", path: guestPath(job.node, job.vmid), content }], "written");
    },
    written: (lab, job, { failed }) => {
      if (failed) {
        for (const volid of (job.data as { made: string[] }).made) freeVolume(lab, job.node, volid);
      }
      endJob(lab, job, failed ? `unable to create VM ${job.vmid} - ${writeRefused(job)}` : "");
    },
  },
  set: {
    begin: (lab, job) => {
      const shown = Object.entries(paramsOf(job))
        .filter(([key]) => !["vmid", "digest", "skiplock"].includes(key))
        .map(([key, value]) => ` -${key} ${value}`);
      say(lab, job, `update VM ${job.vmid}:${shown.join("")}`);
      lockGuest(lab, job, "locked");
    },
    locked: (lab, job) => {
      if (refusedByLock(lab, job)) return;
      const config = guestConfig(lab, job.node, job.vmid);
      if (!config) {
        endJob(lab, job, `Configuration file '${guestPath(job.node, job.vmid)}' does not exist`, 2);
        return;
      }
      const made: string[] = [];
      try {
        changeKeys(lab, job, config, made);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        for (const volid of made) freeVolume(lab, job.node, volid);
        endJob(lab, job, error.message);
        return;
      }
      const content = writeGuestConfig(config);
      changeThen(lab, job, [{ op: "write", path: guestPath(job.node, job.vmid), content }], "written");
    },
    written: (lab, job, { failed }) => endJob(lab, job, failed ? writeRefused(job) : "", failed ? 2 : 0),
  },
  unlock: {
    begin: (lab, job) => lockGuest(lab, job, "locked"),
    locked: (lab, job) => {
      const config = guestConfig(lab, job.node, job.vmid);
      if (!config?.keys.lock) {
        endJob(lab, job);
        return;
      }
      delete config.keys.lock;
      const content = writeGuestConfig(config);
      changeThen(lab, job, [{ op: "write", path: guestPath(job.node, job.vmid), content }], "written");
    },
    written: (lab, job, { failed }) => endJob(lab, job, failed ? writeRefused(job) : "", failed ? 2 : 0),
  },
  /** `qm disk import`: the image becomes an unused disk. @source qm(1) (unverified) */
  import: {
    begin: (lab, job) => lockGuest(lab, job, "locked"),
    locked: (lab, job) => {
      if (refusedByLock(lab, job)) return;
      const { source, storage, format } = paramsOf(job) as { source: string; storage: string; format?: string };
      say(lab, job, `importing disk '${source}' to VM ${job.vmid} ...`);
      const config = guestConfig(lab, job.node, job.vmid)!;
      let number = 0;
      while (config.keys[`unused${number}`] !== undefined) number += 1;
      try {
        const volid = importImage(lab, job, storage, source, format);
        Object.assign(job.data as object, { volid, key: `unused${number}` });
        config.keys[`unused${number}`] = volid;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        endJob(lab, job, error.message);
        return;
      }
      const content = writeGuestConfig(config);
      changeThen(lab, job, [{ op: "write", path: guestPath(job.node, job.vmid), content }], "written");
    },
    written: (lab, job, { failed }) => {
      const { volid, key } = job.data as unknown as { volid: string; key: string };
      if (failed) freeVolume(lab, job.node, volid);
      else say(lab, job, `${key}: successfully imported disk '${volid}'`);
      endJob(lab, job, failed ? writeRefused(job) : "", failed ? 2 : 0);
    },
  },
  /** Sizes and owners as the storages have them; `vmid` 0 for all guests of the node. @source qm(1) (unverified) */
  rescan: {
    begin: (lab, job) => {
      say(lab, job, "rescan volumes...");
      after(lab, job, WORK_MS, "scan");
    },
    scan: (lab, job) => {
      const changes: FileChange[] = [];
      for (const { vmid, node } of allGuests(lab, job.node)) {
        if (node !== job.node || (job.vmid !== 0 && vmid !== job.vmid)) continue;
        const config = guestConfig(lab, node, vmid)!;
        if (rescanned(lab, job, vmid, config)) {
          changes.push({ op: "write", path: guestPath(node, vmid), content: writeGuestConfig(config) });
        }
      }
      if (changes.length === 0 || paramsOf(job).dryrun === "1") endJob(lab, job);
      else changeThen(lab, job, changes, "written");
    },
    written: (lab, job, { failed }) => endJob(lab, job, failed ? writeRefused(job) : "", failed ? 2 : 0),
  },
  resize: {
    begin: (lab, job) => lockGuest(lab, job, "locked"),
    locked: (lab, job) => {
      if (refusedByLock(lab, job)) return;
      const { disk, size } = paramsOf(job) as { disk: string; size: string };
      const config = guestConfig(lab, job.node, job.vmid)!;
      const drive = config.keys[disk] === undefined ? undefined : parseDrive(disk, config.keys[disk]);
      const volume = drive && findVolume(lab, job.node, drive.volid);
      if (!drive || !volume) {
        endJob(lab, job, `disk '${disk}' does not exist`);
        return;
      }
      const asked = parseSize(size.replace(/^\+/, ""));
      const newSize = size.startsWith("+") ? volume.sizeBytes + (asked ?? 0) : (asked ?? 0);
      if (newSize < volume.sizeBytes) {
        endJob(lab, job, "shrinking disks is not supported");
        return;
      }
      volume.sizeBytes = newSize;
      drive.options.size = formatSize(newSize);
      config.keys[disk] = driveText(drive);
      const content = writeGuestConfig(config);
      changeThen(lab, job, [{ op: "write", path: guestPath(job.node, job.vmid), content }], "written");
    },
    written: (lab, job, { failed }) => endJob(lab, job, failed ? writeRefused(job) : ""),
  },
  destroy: {
    begin: (lab, job) => lockGuest(lab, job, "locked"),
    locked: (lab, job) => {
      if (!refusedByLock(lab, job)) after(lab, job, WORK_MS, "free");
    },
    // The disks go first; whether the configuration may be written is seen only then.
    free: (lab, job) => {
      const config = guestConfig(lab, job.node, job.vmid);
      const inUse = config && disksOf(config.keys).find((drive) => linkedClones(lab, job.node, drive.volid) > 0);
      if (inUse) {
        endJob(lab, job, `base volume '${inUse.volid}' is still in use by linked cloned`);
        return;
      }
      for (const drive of config ? [...disksOf(config.keys), ...unusedOf(config)] : []) {
        if (!splitVolid(drive.volid)) continue;
        if (!findVolume(lab, job.node, drive.volid)) {
          say(lab, job, `disk image '${volumePath(lab, job.node, drive.volid)}' does not exist`);
          continue;
        }
        try {
          freeVolume(lab, job.node, drive.volid);
          if (volumePath(lab, job.node, drive.volid).startsWith("/dev/")) {
            say(lab, job, `  Logical volume "${splitVolid(drive.volid)!.name}" successfully removed.`);
          }
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          say(lab, job, `Could not remove disk '${drive.volid}', check manually: ${error.message}`);
        }
      }
      changeThen(
        lab,
        job,
        [{ op: "unlink", path: guestPath(job.node, job.vmid) }, ...resourceRemoved(lab, job)],
        "gone",
      );
    },
    gone: (lab, job, { failed }) => {
      if (!failed) delete lab.guestSystems[job.vmid];
      endJob(lab, job, failed ? writeRefused(job) : "");
    },
  },
};

/** `--purge` of a guest that HA manages takes its resource away, too. */
function resourceRemoved(lab: LabState, job: JobState): FileChange[] {
  const sections = parseSections(pmxcfsFile(lab, job.node, RESOURCES) ?? "");
  const left = sections.filter((one) => one.type !== "vm" || one.id !== String(job.vmid));
  if (left.length === sections.length) return [];
  return [{ op: "write", path: RESOURCES, content: writeSections(left) }];
}

function unusedOf(config: GuestConfig) {
  return drivesOf(config.keys).filter((drive) => drive.key.startsWith("unused"));
}

function configParams(params: Record<string, string>): [string, string][] {
  return Object.entries(params)
    .filter(([key]) => !NOT_KEYS.has(key))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function changeKeys(lab: LabState, job: JobState, config: GuestConfig, made: string[]): void {
  const params = paramsOf(job);
  const running = instanceOf(lab, job.node, job.vmid) !== undefined;
  for (const key of (params.revert ?? "").split(/[,;\s]+/).filter((one) => one !== "")) {
    delete config.pending[key];
    config.pendingDelete = config.pendingDelete.filter((one) => one !== key);
  }
  for (const key of (params.delete ?? "").split(/[,;\s]+/).filter((one) => one !== "")) {
    delete config.pending[key];
    if (running && !LIVE.test(key)) {
      if (config.keys[key] !== undefined && !config.pendingDelete.includes(key)) config.pendingDelete.push(key);
    } else removeKey(lab, job, config, key, params.force === "1");
  }
  for (const [key, value] of configParams(params)) {
    const fresh = newValue(lab, job, key, value, made);
    config.pendingDelete = config.pendingDelete.filter((one) => one !== key);
    if (running && !LIVE.test(key)) config.pending[key] = fresh;
    else {
      const before = config.keys[key];
      if (before !== undefined && isDriveKey(key)) keepUnused(config, key, fresh);
      config.keys[key] = fresh;
      // A disk that is put in is no longer unused.
      for (const unused of unusedOf(config)) {
        if (unused.key !== key && unused.volid === parseDrive(key, fresh).volid) delete config.keys[unused.key];
      }
      // A CD drive that is new joins the boot order (recording 28).
      if (
        before === undefined &&
        isDriveKey(key) &&
        parseDrive(key, fresh).cdrom &&
        config.keys.boot?.startsWith("order=")
      ) {
        config.keys.boot = `${config.keys.boot};${key}`;
      }
    }
  }
}

/** @param destroys a disk's volume goes, too, and is not kept as unused */
function removeKey(lab: LabState, job: JobState, config: GuestConfig, key: string, destroys: boolean): void {
  const value = config.keys[key];
  if (value === undefined) return;
  const drive = isDriveKey(key) ? parseDrive(key, value) : undefined;
  if (key.startsWith("unused")) freeVolume(lab, job.node, value);
  else if (drive && destroys && !drive.cdrom) freeVolume(lab, job.node, drive.volid);
  else if (isDriveKey(key)) keepUnused(config, key, "");
  delete config.keys[key];
  if (config.keys.boot?.startsWith("order=")) {
    const order = config.keys.boot
      .slice(6)
      .split(";")
      .filter((one) => one !== key);
    config.keys.boot = `order=${order.join(";")}`;
  }
}

/** A disk that is taken out stays with its guest as `unusedN`. */
function keepUnused(config: GuestConfig, key: string, next: string): void {
  const drive = parseDrive(key, config.keys[key]!);
  if (drive.cdrom || drive.volid === "none" || parseDrive(key, next).volid === drive.volid) return;
  let number = 0;
  while (config.keys[`unused${number}`] !== undefined) number += 1;
  config.keys[`unused${number}`] = drive.volid;
}

/** The value that is written: `STORAGE:SIZE` becomes a new volume, a card gets its address. */
function newValue(lab: LabState, job: JobState, key: string, value: string, made: string[]): string {
  if (/^net\d+$/.test(key) && !/[0-9a-f]{2}(?::[0-9a-f]{2}){5}/i.test(value)) {
    const [model, ...rest] = value.split(",");
    return [`${model!.replace(/^model=/, "")}=${macAddress(lab)}`, ...rest].join(",");
  }
  if (!isDriveKey(key) || key.startsWith("unused")) return value;
  const drive = parseDrive(key, value);
  if (drive.volid === "none" || drive.volid === "cdrom") return value;
  const parts = splitVolid(drive.volid);
  if (!parts) throw new Refusal("invalid", `${key}: unable to parse drive options`);
  const source = drive.options["import-from"];
  if (source !== undefined) return importedValue(lab, job, drive, parts.storage, source, made);
  if (/^\d+(?:\.\d+)?$/.test(parts.name)) {
    const { volid, output } = allocateVolume(lab, job.node, {
      storage: parts.storage,
      vmid: job.vmid,
      sizeBytes: Math.round(Number(parts.name) * GIB),
      ...(drive.options.format !== undefined && { format: drive.options.format as VolumeFormat }),
    });
    made.push(volid);
    for (const line of output) say(lab, job, line);
    const { format: _, ...options } = drive.options;
    const size = formatSize(findVolume(lab, job.node, volid)!.sizeBytes);
    const text = driveText({ ...drive, volid, options: { ...options, size } });
    say(lab, job, `${key}: successfully created disk '${text}'`);
    return text;
  }
  const volume = findVolume(lab, job.node, drive.volid);
  if (!volume) throw new Refusal("not-found", `volume '${drive.volid}' does not exist`);
  if (!drive.cdrom) drive.options.size ??= formatSize(volume.sizeBytes);
  return driveText(drive);
}

/** `STORAGE:0,import-from=IMAGE`: a new volume with what an image holds. @source qm(1); its words are unverified */
function importedValue(
  lab: LabState,
  job: JobState,
  drive: Drive,
  storage: string,
  source: string,
  made: string[],
): string {
  const { "import-from": _from, format, ...options } = drive.options;
  const volid = importImage(lab, job, storage, source, format);
  made.push(volid);
  const text = driveText({
    ...drive,
    volid,
    options: { ...options, size: formatSize(findVolume(lab, job.node, volid)!.sizeBytes) },
  });
  say(lab, job, `${drive.key}: successfully created disk '${text}'`);
  return text;
}

/** Copy an image into a new volume of the job's guest. @returns the new volume's id @throws Refusal */
function importImage(lab: LabState, job: JobState, storage: string, source: string, format?: string): string {
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
      let number = 0;
      while (config.keys[`unused${number}`] !== undefined) number += 1;
      say(lab, job, `VM ${vmid} add unreferenced volume '${volid}' as 'unused${number}' to config`);
      config.keys[`unused${number}`] = volid;
      wrong = true;
    }
  }
  return wrong;
}
