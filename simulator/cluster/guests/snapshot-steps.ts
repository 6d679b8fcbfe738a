/**
 * Snapshots, step by step: `lock:` in the configuration keeps others out while one is made, taken back or removed, and
 * stays, with `snapstate`, where that was cut off.
 *
 * @source recordings 28 and guests/32 for what a raw file cannot; pve-guest-common PVE/AbstractConfig.pm snapshot_create,
 *   snapshot_delete, snapshot_rollback and qemu-server 8.3.13 PVE/QemuConfig.pm for the rest (unverified)
 */

import { after, endJob, type JobStep, lockGuest, say, unlockGuest } from "../jobs/jobs.ts";
import type { JobState } from "../jobs/jobs-state.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";
import { storageDefinition } from "../storage/storage-config.ts";
import type { Volume } from "../storage/storage-state.ts";
import { findVolume, freeVolume, splitVolid, storageTrouble } from "../storage/volumes.ts";
import { isTrue } from "../truth.ts";
import { wallNowMs } from "../wall-clock.ts";
import { tryGuestAction } from "./guest-actions.ts";
import { type ConfigKeys, disksOf, type GuestConfig } from "./guest-config.ts";
import { keepContent, restoreContent } from "./guest-disk.ts";
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
} from "./guest-steps.ts";
import { guestText, instanceOf } from "./guest-view.ts";
import { uuid } from "./identity.ts";
import { endQemu, resumeMachine, startQemu } from "./machine.ts";
import { allocateState, RUNNING_MACHINE, stateSeconds, usedMemoryMib } from "./saved-memory.ts";

const SNAPSHOT_MS = 700;

const invalid = (text: string) => new Refusal("invalid", text);
const nameOf = (job: JobState) => paramsOf(job).snapname!;

export const snapshotSteps: Record<string, Record<string, JobStep>> = {
  snapshot: {
    begin: lockFirst,
    locked: (lab, job) => {
      const config = loadConfig(lab, job);
      const name = nameOf(job);
      if (config.keys.template === "1") throw invalid("you can't take a snapshot if it's a template");
      checkLock(lab, job);
      if (config.snapshots[name]) throw invalid(`snapshot name '${name}' already used`);
      if (!snapshotsPossible(lab, job.node, config)) throw invalid("snapshot feature is not available");
      const { description } = paramsOf(job);
      config.snapshots[name] = {
        ...keptKeys(config.keys),
        ...memoryKeys(lab, job, config.keys),
        ...(description !== undefined && { description }),
        snaptime: String(Math.floor(wallNowMs(lab, job.node) / 1000)),
        snapstate: "prepare",
      };
      config.keys.lock = "snapshot";
      writeConfig(lab, job, config, "prepared");
    },
    prepared: (lab, job, { failed }) => {
      const { vmstate } = job.data as { vmstate?: string };
      if (failed) {
        if (vmstate !== undefined) freeMade(lab, job.node, [vmstate]);
        endJob(lab, job, writeRefused(job));
        return;
      }
      unlockGuest(lab, job);
      if (vmstate === undefined) {
        after(lab, job, SNAPSHOT_MS, "take");
        return;
      }
      const { keys } = loadConfig(lab, job);
      const seconds = stateSeconds(keys);
      say(lab, job, `saving VM state and RAM using storage '${splitVolid(vmstate)!.storage}'`);
      say(lab, job, "1.51 MiB in 0s");
      after(lab, job, seconds * 1000, "take");
    },
    take: (lab, job) => {
      const config = loadConfig(lab, job);
      const name = nameOf(job);
      const { vmstate } = job.data as { vmstate?: string };
      const instance = instanceOf(lab, job.node, job.vmid);
      if (vmstate !== undefined) {
        if (!instance)
          return fail(lab, job, `VM ${job.vmid} qmp command 'query-savevm' failed - client closed connection`);
        const saved = `saved ${usedMemoryMib(config.keys).toFixed(2)} MiB`;
        say(lab, job, `completed saving the VM state in ${stateSeconds(config.keys)}s, ${saved}`);
        const system = lab.guestSystems[job.vmid] ?? {};
        // From here on the kept machine stands still.
        const kept = { ...instance.machine, pausedSinceMs: instance.machine.pausedSinceMs ?? lab.nowMs };
        lab.guestSystems[job.vmid] = { ...system, keptMachines: { ...system.keptMachines, [name]: kept } };
      }
      for (const disk of disksOf(config.keys)) {
        const { storage, name: volumeName } = splitVolid(disk.volid)!;
        say(lab, job, `snapshotting 'drive-${disk.key}' (${disk.volid})`);
        const trouble = storageTrouble(lab, job.node, storage);
        if (trouble) return fail(lab, job, trouble);
        const volume = findVolume(lab, job.node, disk.volid);
        if (volume && !keepContent(lab, volume, name)) {
          return fail(lab, job, "Cannot create new thin volume, free space in thin pool pve/data reached threshold.");
        }
        if (storageDefinition(lab, job.node, storage)?.type === "lvmthin") {
          say(lab, job, `  Logical volume "snap_${volumeName}_${name}" created.`);
        }
      }
      lockGuest(lab, job, "commit");
    },
    commit: (lab, job) => {
      const config = loadConfig(lab, job);
      const snapshot = config.snapshots[nameOf(job)];
      if (config.keys.lock !== "snapshot") throw invalid("missing snapshot lock");
      if (!snapshot) throw invalid(`snapshot '${nameOf(job)}' does not exist`);
      delete snapshot.snapstate;
      delete config.keys.lock;
      config.keys.parent = nameOf(job);
      writeConfig(lab, job, config, "written");
    },
    written,
    cleaned: (lab, job) => endJob(lab, job, (job.data as { failure: string }).failure),
  },
  delsnapshot: {
    begin: lockFirst,
    locked: (lab, job) => {
      const config = loadConfig(lab, job);
      const gone = config.snapshots[nameOf(job)];
      if (!gone) throw invalid(`snapshot '${nameOf(job)}' does not exist`);
      checkLock(lab, job);
      if (config.keys.template === "1") throw invalid("you can't delete a snapshot if vm is a template");
      config.keys.lock = "snapshot-delete";
      gone.snapstate = "delete";
      writeConfig(lab, job, config, "prepared");
    },
    prepared: (lab, job, { failed }) => {
      if (!failed) unlockGuest(lab, job);
      if (failed) endJob(lab, job, writeRefused(job));
      else after(lab, job, SNAPSHOT_MS, "remove");
    },
    // What cannot be removed ends it here, and `lock: snapshot-delete` stays; with --force it is only said.
    remove: (lab, job) => {
      const gone = loadConfig(lab, job).snapshots[nameOf(job)] ?? {};
      const volids = [
        ...(gone.vmstate === undefined ? [] : [gone.vmstate]),
        ...disksOf(gone).map((disk) => disk.volid),
      ];
      for (const volid of volids) {
        const trouble = storageTrouble(lab, job.node, splitVolid(volid)?.storage ?? "");
        if (trouble && !isTrue(paramsOf(job).force)) throw new Refusal("not-found", trouble);
        if (trouble) say(lab, job, trouble);
        else if (volid === gone.vmstate) freeVolume(lab, job.node, volid);
        else delete findVolume(lab, job.node, volid)?.kept?.[nameOf(job)];
      }
      lockGuest(lab, job, "clean");
    },
    clean: (lab, job) => {
      const config = loadConfig(lab, job);
      if (config.keys.lock !== "snapshot-delete") {
        throw invalid("encountered invalid lock, expected 'snapshot-delete'");
      }
      removeSnapshot(lab, job, config);
      writeConfig(lab, job, config, "written");
    },
    written,
  },
  rollback: {
    begin: lockFirst,
    // A running guest is stopped before anything is written.
    locked: (lab, job) => {
      const config = loadConfig(lab, job);
      if (config.keys.template === "1") throw invalid("you can't rollback if vm is a template");
      const snapshot = config.snapshots[nameOf(job)];
      if (!snapshot) throw invalid(`snapshot '${nameOf(job)}' does not exist`);
      const state = snapshot.snapstate;
      if (state) throw invalid(`unable to rollback to incomplete snapshot (snapstate = ${state})`);
      checkLock(lab, job);
      after(lab, job, SNAPSHOT_MS, "stopped");
    },
    stopped: (lab, job) => {
      endQemu(lab, job.node, job.vmid);
      const config = openConfig(lab, job);
      config.keys.lock = "rollback";
      writeConfig(lab, job, config, "prepared");
    },
    prepared: (lab, job, { failed }) => {
      if (failed) {
        endJob(lab, job, writeRefused(job));
        return;
      }
      unlockGuest(lab, job);
      const snapshot = loadConfig(lab, job).snapshots[nameOf(job)] ?? {};
      for (const disk of disksOf(snapshot)) {
        const trouble = storageTrouble(lab, job.node, splitVolid(disk.volid)?.storage ?? "");
        if (trouble) throw new Refusal("not-found", trouble);
        const volume = findVolume(lab, job.node, disk.volid);
        if (volume) restoreContent(volume, nameOf(job));
        sayRolledBack(lab, job, disk.volid);
      }
      lockGuest(lab, job, "apply");
    },
    apply: (lab, job) => {
      const config = loadConfig(lab, job);
      const snapshot = config.snapshots[nameOf(job)];
      if (config.keys.lock !== "rollback" || !snapshot) throw invalid("got wrong lock");
      config.keys = rolledBack(lab, config.keys, snapshot);
      config.keys.parent = nameOf(job);
      config.pending = {};
      config.pendingDelete = [];
      writeConfig(lab, job, config, "machine");
    },
    // With memory in the snapshot, the machine goes on where it was; otherwise it stays off unless asked for.
    machine: (lab, job, { failed }) => {
      const snapshot = loadConfig(lab, job).snapshots[nameOf(job)];
      const kept = lab.guestSystems[job.vmid]?.keptMachines?.[nameOf(job)];
      if (!failed && snapshot?.vmstate !== undefined && kept) {
        resumeMachine(lab, startQemu(lab, job.node, job.vmid, guestText(lab, job.node, job.vmid)!, { ...kept }));
      }
      endJob(lab, job, failed ? writeRefused(job) : "");
      if (!failed && isTrue(paramsOf(job).start) && !instanceOf(lab, job.node, job.vmid)) {
        tryGuestAction(lab, { node: job.node, vmid: job.vmid, action: "start", params: {}, program: "qm" });
      }
    },
  },
};

/** A thin volume is made anew from its snapshot. @source pve-storage PVE/Storage/LvmThinPlugin.pm volume_snapshot_rollback */
function sayRolledBack(lab: LabState, job: JobState, volid: string): void {
  const { storage, name } = splitVolid(volid) ?? {};
  if (storage === undefined || storageDefinition(lab, job.node, storage)?.type !== "lvmthin") return;
  say(lab, job, `  Logical volume "${name}" successfully removed.`);
  say(lab, job, `  Logical volume "${name}" created.`);
}

/** Whether every disk of a guest can be kept as it is now: thin volumes and qcow2 files. */
export function snapshotsPossible(lab: Readonly<LabState>, node: string, config: GuestConfig): boolean {
  return disksOf(config.keys).every((disk) => {
    const storage = splitVolid(disk.volid)?.storage ?? "";
    return storageDefinition(lab, node, storage)?.type === "lvmthin" || disk.volid.endsWith(".qcow2");
  });
}

const NOT_KEPT = /^(?:snapstate|snaptime|vmstate|lock|description|unused\d+)$/;

/** What a snapshot takes from the present, and a rollback from the snapshot. */
function keptKeys(keys: ConfigKeys): ConfigKeys {
  return Object.fromEntries(Object.entries(keys).filter(([key]) => !NOT_KEPT.test(key)));
}

/** Make the volume for a running guest's memory when asked to. @returns the snapshot's keys about it @throws Refusal */
function memoryKeys(lab: LabState, job: JobState, keys: ConfigKeys): ConfigKeys {
  if (!isTrue(paramsOf(job).vmstate) || !instanceOf(lab, job.node, job.vmid)) return {};
  const { volid, output } = allocateState(lab, job.node, job.vmid, keys, { name: nameOf(job) });
  for (const line of output) say(lab, job, line);
  Object.assign(job.data as object, { vmstate: volid });
  return { vmstate: volid, runningmachine: RUNNING_MACHINE };
}

/** A snapshot that was begun goes away again, with its volume for the memory. */
function fail(lab: LabState, job: JobState, failure: string): void {
  say(lab, job, "snapshot create failed: starting cleanup");
  const config = loadConfig(lab, job);
  const begun = config.snapshots[nameOf(job)] ?? {};
  if (begun.vmstate !== undefined) freeMade(lab, job.node, [begun.vmstate]);
  for (const volume of volumesOf(lab, job, begun)) delete volume.kept?.[nameOf(job)];
  removeSnapshot(lab, job, config);
  Object.assign(job.data as object, { failure });
  writeConfig(lab, job, config, "cleaned");
}

/** Out of the configuration: those that came after it follow the one before it. */
function removeSnapshot(lab: LabState, job: JobState, config: GuestConfig): void {
  const name = nameOf(job);
  const parent = config.snapshots[name]?.parent;
  delete config.snapshots[name];
  delete config.keys.lock;
  for (const keys of [config.keys, ...Object.values(config.snapshots)]) {
    if (keys.parent !== name) continue;
    if (parent === undefined) delete keys.parent;
    else keys.parent = parent;
  }
  delete lab.guestSystems[job.vmid]?.keptMachines?.[name];
}

/** Keys after a rollback: a disk that came after the snapshot is kept as unused. */
function rolledBack(lab: LabState, now: ConfigKeys, snapshot: ConfigKeys): ConfigKeys {
  const { runningmachine: _machine, ...keys } = keptKeys(snapshot);
  for (const [key, value] of Object.entries(now)) if (/^unused\d+$/.test(key)) keys[key] = value;
  const back = new Set(disksOf(snapshot).map((disk) => disk.volid));
  for (const disk of disksOf(now)) if (!back.has(disk.volid)) addUnused(keys, disk.volid);
  if (keys.vmgenid !== undefined) keys.vmgenid = uuid(lab);
  return keys;
}

/** Volumes of a guest's disks, as they stand in some keys. */
function volumesOf(lab: LabState, job: JobState, keys: ConfigKeys): Volume[] {
  return disksOf(keys)
    .map((disk) => findVolume(lab, job.node, disk.volid))
    .filter((volume) => volume !== undefined);
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
