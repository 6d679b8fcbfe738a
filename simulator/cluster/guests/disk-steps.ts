/**
 * What goes beyond a guest's life: snapshots, templates, clones, moved disks.
 *
 * @source recordings 28 and guests/32 for what a raw file cannot; the rest from qemu-server's source (unverified)
 */
import { after, changeThen, endJob, type JobStep, lockGuest, say } from "../jobs/jobs.ts";
import type { JobState } from "../jobs/jobs-state.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";
import { storageDefinition } from "../storage/storage-config.ts";
import type { Volume, VolumeFormat } from "../storage/storage-state.ts";
import { allocateVolume, findVolume, freeVolume, nextVolumeName, splitVolid } from "../storage/volumes.ts";
import { wallNowMs } from "../wall-clock.ts";
import { isTrue } from "./guest-actions.ts";
import {
  type ConfigKeys,
  type Drive,
  disksOf,
  driveText,
  type GuestConfig,
  parseDrive,
  writeGuestConfig,
} from "./guest-config.ts";
import { copyContent, keepContent, restoreContent } from "./guest-disk.ts";
import { allGuests, guestConfig, guestPath, guestText, instanceOf } from "./guest-view.ts";
import { macAddress, uuid } from "./identity.ts";
import { endQemu, resumeMachine, startQemu } from "./machine.ts";
import { paramsOf, refusedByLock, writeRefused } from "./power-steps.ts";
import { allocateState, RUNNING_MACHINE, stateSeconds, stateStorage, usedMemoryMib } from "./saved-memory.ts";

const MIB = 1024 ** 2;
/** A copy on one node, from disk to disk. Made up. */
const COPY_MIB_PER_S = 220;
const SNAPSHOT_MS = 700;

/** Whether every disk of a guest can be kept as it is now: thin volumes and qcow2 files. */
function snapshotsPossible(lab: Readonly<LabState>, node: string, config: GuestConfig): boolean {
  return disksOf(config.keys).every((disk) => {
    const storage = splitVolid(disk.volid)?.storage ?? "";
    return storageDefinition(lab, node, storage)?.type === "lvmthin" || disk.volid.endsWith(".qcow2");
  });
}

function writeConfig(lab: LabState, job: JobState, config: GuestConfig, step: string, vmid = job.vmid): void {
  const content = writeGuestConfig(config);
  changeThen(lab, job, [{ op: "write", path: guestPath(job.node, vmid), content }], step);
}

const lockFirst: JobStep = (lab, job) => lockGuest(lab, job, "locked");
const written: JobStep = (lab, job, { failed }) => endJob(lab, job, failed ? writeRefused(job) : "");

/** The configuration to work on; ends the job when there is none or it is locked. */
function open(lab: LabState, job: JobState): GuestConfig | undefined {
  if (refusedByLock(lab, job)) return undefined;
  const config = guestConfig(lab, job.node, job.vmid);
  if (!config) endJob(lab, job, `Configuration file '${guestPath(job.node, job.vmid)}' does not exist`, 2);
  return config;
}

export const diskSteps: Record<string, Record<string, JobStep>> = {
  snapshot: {
    begin: lockFirst,
    locked: (lab, job) => {
      const config = open(lab, job);
      if (!config) return;
      const name = paramsOf(job).snapname!;
      if (config.snapshots[name]) endJob(lab, job, `snapshot name '${name}' already used`);
      else if (!snapshotsPossible(lab, job.node, config)) endJob(lab, job, "snapshot feature is not available");
      else if (keepsMemory(lab, job)) saveMemory(lab, job, config);
      else after(lab, job, SNAPSHOT_MS, "take");
    },
    take: (lab, job) => {
      const config = guestConfig(lab, job.node, job.vmid)!;
      const volumes = volumesOf(lab, job, config.keys);
      if (!volumes.every((volume) => keepContent(lab, volume, paramsOf(job).snapname!))) {
        endJob(lab, job, "Cannot create new thin volume, free space in thin pool pve/data reached threshold.");
        return;
      }
      const { snapname, description } = paramsOf(job) as { snapname: string; description?: string };
      const { parent: _parent, ...keys } = config.keys;
      const { vmstate } = job.data as { vmstate?: string };
      const instance = instanceOf(lab, job.node, job.vmid);
      if (vmstate !== undefined && instance) {
        const system = lab.guestSystems[job.vmid] ?? {};
        // From here on the kept machine stands still.
        const kept = { ...instance.machine, pausedSinceMs: instance.machine.pausedSinceMs ?? lab.nowMs };
        lab.guestSystems[job.vmid] = { ...system, keptMachines: { ...system.keptMachines, [snapname]: kept } };
      }
      config.snapshots[snapname] = {
        ...keys,
        ...(vmstate !== undefined && { vmstate, runningmachine: RUNNING_MACHINE }),
        ...(config.keys.parent !== undefined && { parent: config.keys.parent }),
        ...(description !== undefined && { description }),
        snaptime: String(Math.floor(wallNowMs(lab) / 1000)),
      };
      config.keys.parent = snapname;
      for (const disk of disksOf(keys)) {
        if (instance) say(lab, job, `snapshotting 'drive-${disk.key}' (${disk.volid})`);
        const storage = splitVolid(disk.volid)!.storage;
        if (storageDefinition(lab, job.node, storage)?.type === "lvmthin") {
          say(lab, job, `  Logical volume "snap_${splitVolid(disk.volid)!.name}_${snapname}" created.`);
        }
      }
      writeConfig(lab, job, config, "written");
    },
    written,
  },
  delsnapshot: {
    begin: lockFirst,
    locked: (lab, job) => {
      const config = open(lab, job);
      if (!config) return;
      const name = paramsOf(job).snapname!;
      const gone = config.snapshots[name];
      if (!gone) {
        endJob(lab, job, `snapshot '${name}' does not exist`);
        return;
      }
      for (const keys of [config.keys, ...Object.values(config.snapshots)]) {
        if (keys.parent !== name) continue;
        if (gone.parent === undefined) delete keys.parent;
        else keys.parent = gone.parent;
      }
      delete config.snapshots[name];
      for (const volume of volumesOf(lab, job, gone)) delete volume.kept?.[name];
      if (gone.vmstate !== undefined) freeVolume(lab, job.node, gone.vmstate);
      delete lab.guestSystems[job.vmid]?.keptMachines?.[name];
      writeConfig(lab, job, config, "written");
    },
    written,
  },
  rollback: {
    begin: lockFirst,
    locked: (lab, job) => {
      const config = open(lab, job);
      if (!config) return;
      const name = paramsOf(job).snapname!;
      if (!config.snapshots[name]) endJob(lab, job, `snapshot '${name}' does not exist`);
      else if (instanceOf(lab, job.node, job.vmid)) after(lab, job, SNAPSHOT_MS, "stopped");
      else after(lab, job, SNAPSHOT_MS, "back");
    },
    // Without memory in the snapshot, a running guest is stopped by it.
    stopped: (lab, job) => {
      endQemu(lab, job.node, job.vmid);
      after(lab, job, 0, "back");
    },
    back: (lab, job) => {
      const config = guestConfig(lab, job.node, job.vmid)!;
      const name = paramsOf(job).snapname!;
      const {
        snaptime: _time,
        description: _text,
        vmstate,
        runningmachine: _machine,
        ...keys
      } = config.snapshots[name]!;
      const kept = lab.guestSystems[job.vmid]?.keptMachines?.[name];
      Object.assign(job.data as object, { ...(vmstate !== undefined && kept && { kept: name }) });
      config.keys = { ...keys, parent: name };
      for (const volume of volumesOf(lab, job, keys)) restoreContent(volume, name);
      config.pending = {};
      config.pendingDelete = [];
      writeConfig(lab, job, config, "machine");
    },
    // With memory in the snapshot, the machine goes on where it was; otherwise it stays off unless asked for.
    machine: (lab, job, { failed }) => {
      const { kept } = job.data as { kept?: string };
      const machine = kept === undefined ? undefined : lab.guestSystems[job.vmid]?.keptMachines?.[kept];
      if (!failed && machine) {
        resumeMachine(lab, startQemu(lab, job.node, job.vmid, guestText(lab, job.node, job.vmid)!, { ...machine }));
      } else if (!failed && paramsOf(job).start === "1") {
        startQemu(lab, job.node, job.vmid, guestText(lab, job.node, job.vmid)!);
      }
      endJob(lab, job, failed ? writeRefused(job) : "");
    },
  },
  template: {
    begin: lockFirst,
    locked: (lab, job) => {
      const config = open(lab, job);
      if (!config) return;
      config.keys.template = "1";
      for (const disk of disksOf(config.keys)) {
        const volume = findVolume(lab, job.node, disk.volid);
        if (!volume) continue;
        // From now on it is read by others: its name says so.
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
    locked: (lab, job) => {
      const config = open(lab, job);
      if (!config) return;
      const { newid, storage, name, full, snapname, description } = paramsOf(job) as Record<string, string | undefined>;
      const linked = config.keys.template === "1" && !isTrue(full);
      const made: string[] = [];
      const {
        template: _,
        lock: _lock,
        parent: _parent,
        snaptime: _time,
        description: _text,
        vmstate: _state,
        runningmachine: _machine,
        ...keys
      } = snapname === undefined ? config.keys : config.snapshots[snapname]!;
      const fresh = { ...keys, smbios1: `uuid=${uuid(lab)}`, vmgenid: uuid(lab) } as Record<string, string>;
      fresh.name = name ?? `Copy-of-VM-${config.keys.name ?? job.vmid}`;
      for (const key of Object.keys(fresh)) {
        if (/^net\d+$/.test(key)) fresh[key] = fresh[key]!.replace(/[0-9A-F]{2}(?::[0-9A-F]{2}){5}/i, macAddress(lab));
        if (/^unused\d+$/.test(key)) delete fresh[key];
      }
      let bytes = 0;
      try {
        for (const disk of disksOf(keys)) {
          const source = findVolume(lab, job.node, disk.volid);
          const { volid } = copyOf(lab, job, disk, Number(newid), storage, linked);
          made.push(volid);
          const copied = findVolume(lab, job.node, volid);
          if (snapname !== undefined && source && copied) copyContent(source.kept?.[snapname] ?? {}, copied);
          bytes += linked ? 0 : (source?.sizeBytes ?? 0);
          fresh[disk.key] = driveText({ ...disk, volid });
        }
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        for (const volid of made) freeVolume(lab, job.node, volid);
        endJob(lab, job, `clone failed: ${error.message}`);
        return;
      }
      Object.assign(job.data as object, { made, fresh, description });
      after(lab, job, 300 + (bytes / MIB / COPY_MIB_PER_S) * 1000, "copied");
    },
    copied: (lab, job) => {
      const { fresh, description } = job.data as { fresh: Record<string, string>; description?: string };
      const newid = Number(paramsOf(job).newid);
      if (allGuests(lab, job.node).some((guest) => guest.vmid === newid)) {
        endJob(lab, job, `clone failed: config file already exists`);
        return;
      }
      const lines = description === undefined ? [] : description.split("\n");
      const config = { description: lines, keys: fresh, pending: {}, pendingDelete: [], snapshots: {} };
      const target = paramsOf(job).target ?? job.node;
      const content = writeGuestConfig(config);
      changeThen(lab, job, [{ op: "write", path: guestPath(target, newid), content }], "cloned");
    },
    cloned: (lab, job, { failed }) => {
      if (failed) for (const volid of (job.data as { made: string[] }).made) freeVolume(lab, job.node, volid);
      endJob(lab, job, failed ? `clone failed: ${writeRefused(job)}` : "");
    },
  },
  "move-disk": {
    begin: lockFirst,
    locked: (lab, job) => {
      const config = open(lab, job);
      if (!config) return;
      const { disk: key, storage } = paramsOf(job) as { disk: string; storage: string };
      const drive = config.keys[key] === undefined ? undefined : parseDrive(key, config.keys[key]);
      const volume = drive && findVolume(lab, job.node, drive.volid);
      if (!drive || !volume) {
        endJob(lab, job, `disk '${key}' does not exist`);
        return;
      }
      if (splitVolid(drive.volid)!.storage === storage) {
        endJob(lab, job, "you can't move to the same storage with same format");
        return;
      }
      const kept = Object.values(config.snapshots).some((keys) => keys[key]?.startsWith(`${drive.volid},`));
      if (kept && paramsOf(job).delete === "1") {
        endJob(lab, job, "you can't move a disk with snapshots and delete the source");
        return;
      }
      try {
        const { volid } = copyOf(lab, job, drive, job.vmid, storage, false);
        Object.assign(job.data as object, { volid, old: drive.volid });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        endJob(lab, job, `storage migration failed: ${error.message}`);
        return;
      }
      if (instanceOf(lab, job.node, job.vmid)) say(lab, job, `create full clone of drive ${key} (${drive.volid})`);
      after(lab, job, 300 + (volume.sizeBytes / MIB / COPY_MIB_PER_S) * 1000, "copied");
    },
    copied: (lab, job) => {
      const config = guestConfig(lab, job.node, job.vmid)!;
      const { volid, old } = job.data as { volid: string; old: string };
      const { disk: key, delete: remove } = paramsOf(job) as { disk: string; delete?: string };
      config.keys[key] = driveText({ ...parseDrive(key, config.keys[key]!), volid });
      if (remove === "1") freeVolume(lab, job.node, old);
      else {
        let number = 0;
        while (config.keys[`unused${number}`] !== undefined) number += 1;
        config.keys[`unused${number}`] = old;
      }
      const instance = instanceOf(lab, job.node, job.vmid);
      if (instance) instance.config = writeGuestConfig(config);
      writeConfig(lab, job, config, "written");
    },
    written,
  },
};

/** Volumes of a guest's disks, as they stand in some keys. */
function volumesOf(lab: LabState, job: JobState, keys: ConfigKeys): Volume[] {
  return disksOf(keys)
    .map((disk) => findVolume(lab, job.node, disk.volid))
    .filter((volume) => volume !== undefined);
}

const keepsMemory = (lab: LabState, job: JobState) =>
  paramsOf(job).vmstate === "1" && instanceOf(lab, job.node, job.vmid) !== undefined;

/** Write the guest's memory to a volume beside its disks, while it runs. */
function saveMemory(lab: LabState, job: JobState, config: GuestConfig): void {
  const { snapname } = paramsOf(job) as { snapname: string };
  try {
    const { volid, output } = allocateState(lab, job.node, job.vmid, config.keys, { name: snapname });
    Object.assign(job.data as object, { vmstate: volid });
    say(lab, job, `saving VM state and RAM using storage '${stateStorage(config.keys)}'`);
    for (const line of output) say(lab, job, line);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    endJob(lab, job, error.message);
    return;
  }
  const seconds = stateSeconds(config.keys);
  const usedMib = usedMemoryMib(config.keys);
  say(lab, job, "1.51 MiB in 0s");
  say(lab, job, `completed saving the VM state in ${seconds}s, saved ${usedMib.toFixed(2)} MiB`);
  after(lab, job, seconds * 1000, "take");
}

function copyOf(
  lab: LabState,
  job: JobState,
  disk: Drive,
  vmid: number,
  storage: string | undefined,
  linked: boolean,
): { volid: string } {
  const parts = splitVolid(disk.volid);
  const source = findVolume(lab, job.node, disk.volid);
  if (!parts || !source) throw new Refusal("not-found", `volume '${disk.volid}' does not exist`);
  const writtenBytes = linked ? 0 : source.writtenBytes;
  const to = linked ? parts.storage : (storage ?? parts.storage);
  const definition = storageDefinition(lab, job.node, to);
  const thin = definition?.type === "lvmthin";
  const format = linked && !thin ? "qcow2" : ((paramsOf(job).format as VolumeFormat | undefined) ?? source.format);
  const { volid, output } = allocateVolume(lab, job.node, {
    storage: to,
    vmid,
    sizeBytes: source.sizeBytes,
    format,
    writtenBytes,
    // A file's clone has its base in its name.
    ...(linked &&
      !thin &&
      definition && { name: `${parts.name}/${nextVolumeName(lab, job.node, definition, vmid, format)}` }),
  });
  const copy = findVolume(lab, job.node, volid)!;
  if (linked) copy.base = parts.name;
  copyContent(source, findVolume(lab, job.node, volid));
  say(lab, job, `create ${linked ? "linked" : "full"} clone of drive ${disk.key} (${disk.volid})`);
  for (const line of output) say(lab, job, line);
  if (!linked) {
    const gib = (source.sizeBytes / 1024 ** 3).toFixed(1);
    say(lab, job, `transferred 0.0 B of ${gib} GiB (0.00%)`);
    say(lab, job, `transferred ${gib} GiB of ${gib} GiB (100.00%)`);
  }
  return { volid };
}

/** `qm listsnapshot`: a tree whose last leaf is the present. @source recording 28 for a guest without any */
export function snapshotTree(config: GuestConfig, wallText: (seconds: number) => string): string[] {
  const lines: string[] = [];
  const row = (depth: number, name: string, time: string, text: string) => {
    const prefix = `${"    ".repeat(depth)}\`->`;
    lines.push(`${prefix} ${name.padEnd(Math.max(0, 30 - prefix.length))} ${time.padEnd(23)} ${text}`.trimEnd());
  };
  const children = (parent: string | undefined) =>
    Object.keys(config.snapshots)
      .filter((name) => config.snapshots[name]!.parent === parent)
      .sort((a, b) => Number(config.snapshots[a]!.snaptime) - Number(config.snapshots[b]!.snaptime));
  const visit = (parent: string | undefined, depth: number) => {
    for (const name of children(parent)) {
      const { snaptime, description } = config.snapshots[name]!;
      row(depth, name, wallText(Number(snaptime)), description?.split("\n")[0] ?? "no-description");
      visit(name, depth + 1);
    }
    if (config.keys.parent === parent) {
      row(depth, "current", "", "You are here!");
    }
  };
  visit(undefined, 0);
  return lines;
}
