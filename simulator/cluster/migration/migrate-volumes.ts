/** Local volumes that a migration takes along: which, as what on the target, and away again after a failure. @source recordings 25, 26, 28 */
import {
  type ConfigKeys,
  disksOf,
  drivesOf,
  driveText,
  parseGuestConfig,
  writeGuestConfig,
} from "../guests/guest-config.ts";
import { freeMade } from "../guests/guest-steps.ts";
import type { JobState } from "../jobs/jobs-state.ts";
import type { LabState } from "../state.ts";
import { storageDefinition } from "../storage/storage-config.ts";
import {
  allocateVolume,
  findVolume,
  linkedClones,
  nextVolumeName,
  placeOf,
  splitVolid,
  storageTrouble,
} from "../storage/volumes.ts";
import { isTrue } from "../truth.ts";
import { dataOf, type MigrateData, type MovedVolume, targetOf } from "./migrate-data.ts";
import { logLine } from "./migrate-text.ts";
import { type LocalDisk, localDisks, targetStorageOf } from "./preconditions.ts";

/** Volumes that are copied before anything else, and those that QEMU mirrors while the guest runs. */
export const copiedVolumes = ({ online, volumes }: MigrateData): MovedVolume[] =>
  volumes.filter((volume) => !online || volume.offline);
export const mirroredVolumes = ({ online, volumes }: MigrateData): MovedVolume[] =>
  volumes.filter((volume) => online && !volume.offline);

/** Shared storages of a guest that its node cannot reach just now: said, and no reason to stop. */
export function sharedAway(lab: Readonly<LabState>, node: string, keys: ConfigKeys): Set<string> {
  const storages = disksOf(keys).map((disk) => splitVolid(disk.volid)?.storage ?? "");
  return new Set(
    storages.filter((name) => storageDefinition(lab, node, name)?.shared && storageTrouble(lab, node, name)),
  );
}

/**
 * Find what goes along, and say so.
 *
 * @returns why the migration cannot go on; undefined when it can
 * @source qemu-server 8.3.13 PVE/QemuMigrate.pm scan_local_volumes
 */
export function findVolumes(lab: LabState, job: JobState, data: MigrateData): string | undefined {
  const disks = localDisks(lab, job.node, job.vmid);
  for (const disk of disks) logLine(lab, job, `found local disk '${disk.volid}'${USE_TEXT[toldUse(disk)]}`);
  const problems = disks.flatMap((disk) => {
    const why = whyNot(lab, job, data, disk);
    return why === undefined ? [] : [`can't migrate local disk '${disk.volid}': ${why}`];
  });
  for (const problem of problems) logLine(lab, job, problem);
  if (problems.length > 0) return "can't migrate VM - check log";
  const taken = new Map<string, number>();
  for (const disk of disks) {
    const { base } = findVolume(lab, job.node, disk.volid) ?? {};
    if (base !== undefined) {
      const basename = base.split("/").at(-1);
      return `can't migrate '${disk.volid}' as it's a clone of '${basename}' at /usr/share/perl5/PVE/QemuMigrate.pm line 521.`;
    }
    data.volumes.push({
      from: disk.volid,
      to: volidOnTarget(lab, job, data, disk, taken),
      key: disk.key,
      sizeBytes: disk.sizeBytes,
      ...(!disk.uses.has("attached") && { offline: true }),
    });
  }
  return undefined;
}

/** The use that is told of a volume with several. */
const toldUse = ({ uses }: LocalDisk) => ORDER.find((use) => uses.has(use))!;
const ORDER = ["attached", "unused", "snapshot", "pending", "vmstate"] as const;
const USE_TEXT = {
  attached: " (attached)",
  unused: " (unused)",
  snapshot: " (referenced by snapshot(s))",
  pending: " (pending change)",
  vmstate: "",
};

function whyNot(lab: LabState, job: JobState, data: MigrateData, disk: LocalDisk): string | undefined {
  if (data.online && disk.uses.has("attached") && !isTrue(data.params["with-local-disks"])) {
    return "can't live migrate attached local disks without with-local-disks option";
  }
  if (disk.cdrom) return "local cdrom image";
  const volume = findVolume(lab, job.node, disk.volid);
  if (volume && volume.vmid !== job.vmid) return `owned by other VM (owner = VM ${volume.vmid})`;
  if (disk.uses.has("vmstate")) return undefined;
  if (disk.uses.has("snapshot")) {
    if (data.online) return "online storage migration not possible if non-replicated snapshot exists";
    if (volume?.format !== "qcow2") return "non-migratable snapshot exists";
  }
  return linkedClones(lab, job.node, disk.volid) > 0 ? "referenced by linked clone(s)" : undefined;
}

function volidOnTarget(
  lab: LabState,
  job: JobState,
  { params }: MigrateData,
  { volid }: LocalDisk,
  taken: Map<string, number>,
): string {
  const parts = splitVolid(volid)!;
  const storage = targetStorageOf(params, parts.storage);
  const target = targetOf(job);
  const definition = storageDefinition(lab, job.node, storage)!;
  // The name stays, unless the target has one of that name already.
  const wanted = storage === parts.storage ? parts.name : undefined;
  const place = placeOf(definition, target);
  const free = wanted !== undefined && !lab.storage.volumes.some((one) => one.place === place && one.name === wanted);
  let name = free ? wanted : nextVolumeName(lab, target, definition, job.vmid, "raw");
  const count = taken.get(name) ?? 0;
  taken.set(name, count + 1);
  if (count > 0) name = name.replace(/disk-(\d+)/, (_, number: string) => `disk-${Number(number) + count}`);
  return `${storage}:${name}`;
}

/** Make a volume's counterpart. @returns what the target prints @throws Refusal */
export function allocateOnTarget(lab: LabState, job: JobState, volume: MovedVolume): { output: string[] } {
  const parts = splitVolid(volume.to)!;
  const source = findVolume(lab, job.node, volume.from);
  return allocateVolume(lab, targetOf(job), {
    storage: parts.storage,
    vmid: job.vmid,
    sizeBytes: volume.sizeBytes,
    name: parts.name,
    writtenBytes: source?.writtenBytes ?? 0,
    ...(source?.format === "qcow2" && parts.name.endsWith(".qcow2") && { format: source.format }),
  });
}

export function freeOnTarget(lab: LabState, job: JobState): void {
  const volids = dataOf(job).volumes.map((volume) => volume.to);
  freeMade(lab, targetOf(job), volids);
}

/** A configuration with its volumes as they are called on the target, in every section. */
export function withVolumes(text: string, data: MigrateData): string {
  if (data.volumes.length === 0) return text;
  const moved = new Map(data.volumes.map(({ from, to }) => [from, to]));
  const config = parseGuestConfig(text);
  for (const keys of [config.keys, config.pending, ...Object.values(config.snapshots)]) {
    for (const drive of drivesOf(keys)) {
      const to = moved.get(drive.volid);
      if (to !== undefined) keys[drive.key] = driveText({ ...drive, volid: to });
    }
    const state = moved.get(keys.vmstate ?? "");
    if (state !== undefined) keys.vmstate = state;
  }
  return writeGuestConfig(config);
}
