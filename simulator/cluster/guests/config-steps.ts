import { after, changeThen, endJob, type JobStep, lockGuest, say } from "../jobs/jobs.ts";
import type { JobState } from "../jobs/jobs-state.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";
import type { VolumeFormat } from "../storage/storage-state.ts";
import {
  allocateVolume,
  findVolume,
  formatSize,
  freeVolume,
  parseSize,
  splitVolid,
  storageTrouble,
} from "../storage/volumes.ts";
import { isTrue } from "../truth.ts";
import { wallNowMs } from "../wall-clock.ts";
import { intoPool } from "./guest-access.ts";
import { tryGuestAction } from "./guest-actions.ts";
import {
  bootOrder,
  type ConfigKeys,
  type Drive,
  defaultBoot,
  drivesOf,
  driveText,
  type GuestConfig,
  isDriveKey,
  parseDrive,
  writeGuestConfig,
} from "./guest-config.ts";
import {
  addUnused,
  checkLock,
  freeMade,
  loadConfig,
  lockFirst,
  openConfig,
  paramsOf,
  writeConfig,
  writeRefused,
  written,
  writtenAtOnce,
} from "./guest-steps.ts";
import { guestConfig, guestPath, instanceOf } from "./guest-view.ts";
import { macAddress, uuid } from "./identity.ts";
import { importImage } from "./image-steps.ts";
import { SUSPENDED } from "./suspend-to-disk.ts";

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
    begin: lockFirst,
    locked: (lab, job) => after(lab, job, WORK_MS, "make"),
    make: (lab, job) => {
      const params = paramsOf(job);
      const keys: ConfigKeys = {};
      const made: string[] = [];
      try {
        for (const [key, value] of configParams(params)) keys[key] = newValue(lab, job, key, value, made);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        freeMade(lab, job.node, made);
        endJob(lab, job, `unable to create VM ${job.vmid} - ${error.message}`);
        return;
      }
      keys.boot ??= defaultBoot(keys);
      keys.meta = `creation-qemu=9.2.0,ctime=${Math.floor(wallNowMs(lab, job.node) / 1000)}`;
      keys.smbios1 ??= `uuid=${uuid(lab)}`;
      keys.vmgenid ??= uuid(lab);
      keys.memory ??= "512";
      const content = writeGuestConfig({ description: [], keys, pending: {}, pendingDelete: [], snapshots: {} });
      Object.assign(job.data as object, { made });
      changeThen(lab, job, [{ op: "write", path: guestPath(job.node, job.vmid), content }], "written");
    },
    written: (lab, job, { failed }) => {
      if (failed) {
        freeMade(lab, job.node, (job.data as { made: string[] }).made);
        endJob(lab, job, `unable to create VM ${job.vmid} - ${writeRefused(job)}`);
      } else changeThen(lab, job, intoPool(lab, job.node, job.vmid, paramsOf(job).pool), "made");
    },
    made: (lab, job) => {
      const starts = isTrue(paramsOf(job).start);
      if (starts) say(lab, job, "Execute autostart");
      endJob(lab, job);
      if (starts)
        tryGuestAction(lab, { node: job.node, vmid: job.vmid, action: "start", params: {}, program: "pvedaemon" });
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
      const config = loadConfig(lab, job);
      // To give up a saved memory is to give up the lock that keeps it.
      const givesUp = config.keys.lock === "suspended" && namesIn(paramsOf(job).delete).includes("vmstate");
      if (givesUp) delete config.keys.lock;
      else checkLock(lab, job);
      const made: string[] = [];
      try {
        changeKeys(lab, job, config, made);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        freeMade(lab, job.node, made);
        endJob(lab, job, error.message);
        return;
      }
      writeConfig(lab, job, config, "written");
    },
    written: writtenAtOnce,
  },
  unlock: {
    begin: lockFirst,
    locked: (lab, job) => {
      const config = guestConfig(lab, job.node, job.vmid);
      if (!config?.keys.lock) {
        endJob(lab, job);
        return;
      }
      delete config.keys.lock;
      writeConfig(lab, job, config, "written");
    },
    written: writtenAtOnce,
  },
  resize: {
    begin: lockFirst,
    locked: (lab, job) => {
      const { disk, size } = paramsOf(job) as { disk: string; size: string };
      const config = openConfig(lab, job);
      if (config.keys[disk] === undefined) throw new Refusal("not-found", `disk '${disk}' does not exist`);
      const drive = parseDrive(disk, config.keys[disk]);
      if (drive.cdrom) throw new Refusal("invalid", "you can't resize a cdrom");
      const trouble = storageTrouble(lab, job.node, splitVolid(drive.volid)?.storage ?? "");
      if (trouble) throw new Refusal("not-found", trouble);
      const volume = findVolume(lab, job.node, drive.volid);
      if (!volume) throw new Refusal("not-found", `volume '${drive.volid}' does not exist`);
      const asked = parseSize(size.replace(/^\+/, ""));
      const newSize = size.startsWith("+") ? volume.sizeBytes + (asked ?? 0) : (asked ?? 0);
      if (newSize < volume.sizeBytes) throw new Refusal("invalid", "shrinking disks is not supported");
      volume.sizeBytes = newSize;
      drive.options.size = formatSize(newSize);
      config.keys[disk] = driveText(drive);
      writeConfig(lab, job, config, "written");
    },
    written,
  },
};

function unusedOf(config: GuestConfig) {
  return drivesOf(config.keys).filter((drive) => drive.key.startsWith("unused"));
}

function configParams(params: Record<string, string>): [string, string][] {
  return Object.entries(params)
    .filter(([key]) => !NOT_KEYS.has(key))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

const namesIn = (list = "") => list.split(/[,;\s]+/).filter((name) => name !== "");

function changeKeys(lab: LabState, job: JobState, config: GuestConfig, made: string[]): void {
  const params = paramsOf(job);
  const running = instanceOf(lab, job.node, job.vmid) !== undefined;
  for (const key of namesIn(params.revert)) {
    delete config.pending[key];
    config.pendingDelete = config.pendingDelete.filter((one) => one !== key);
  }
  for (const key of namesIn(params.delete)) {
    delete config.pending[key];
    if (running && !LIVE.test(key) && key !== "vmstate") {
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
  else if (key === "vmstate") {
    freeVolume(lab, job.node, value);
    delete config.keys.runningmachine;
    delete lab.guestSystems[job.vmid]?.keptMachines?.[SUSPENDED];
  } else if (drive && destroys && !drive.cdrom) freeVolume(lab, job.node, drive.volid);
  else if (isDriveKey(key)) keepUnused(config, key, "");
  delete config.keys[key];
  if (config.keys.boot?.startsWith("order=")) {
    const order = config.keys.boot
      .slice(6)
      .split(";")
      .filter((one) => one !== key);
    config.keys.boot = bootOrder(order);
  }
}

/** A disk that is taken out stays with its guest as `unusedN`. */
function keepUnused(config: GuestConfig, key: string, next: string): void {
  const drive = parseDrive(key, config.keys[key]!);
  if (drive.cdrom || drive.volid === "none" || parseDrive(key, next).volid === drive.volid) return;
  addUnused(config.keys, drive.volid);
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
  if (parts.name === "cloudinit") {
    throw new Refusal("invalid", `${key}: cloud-init drives are not modelled in this simulated node`);
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
