/**
 * Files inside a guest: they lie on the volume that it boots from, and go where that goes.
 *
 * A volume that nobody has written to holds what an installation leaves, and keeps nothing in the lab's state. What is
 * written is on the disk at once: a guest that is killed has lost nothing.
 */
import {
  type FileAnswer,
  type FileChange,
  type FileEntry,
  type NodeFilesState,
  refused,
} from "../files/files-state.ts";
import { changeSmallDisk, installedLinux } from "../files/small-disk.ts";
import type { LabState } from "../state.ts";
import type { Volume } from "../storage/storage-state.ts";
import { findVolume } from "../storage/volumes.ts";
import { wallNowMs } from "../wall-clock.ts";
import { hostNameOf } from "./agent.ts";
import { disksOf, parseGuestConfig } from "./guest-config.ts";
import { machineOfBoot, stoodStillMs } from "./guest-view.ts";
import type { QemuInstance } from "./guests-state.ts";

/** Files of all of a lab's guests, snapshots among them; each disk has a bound of its own. */
export const LAB_FILES_BYTES_MAX = 32 << 20;

export type GuestDiskInputs = {
  /** Change files inside a guest, in the boot named. A refusal is an answer: it carries the errno. */
  "guests/files": { args: { vmid: number; bootId: string; change: FileChange }; result: FileAnswer };
};

export const guestDiskInputs = {
  "guests/files": (lab: LabState, { vmid, bootId, change }: GuestDiskInputs["guests/files"]["args"]): FileAnswer => {
    const found = machineOfBoot(lab, vmid, bootId);
    return found ? changeGuestFiles(lab, found.node, found.instance, change) : refused("EIO", change.path);
  },
};

/** The volume that a guest's system lies on; undefined for one without a disk. */
export function systemVolume(lab: Readonly<LabState>, node: string, instance: QemuInstance): Volume | undefined {
  const { keys } = parseGuestConfig(instance.config);
  const disks = disksOf(keys);
  const order = /order=([^,]*)/.exec(keys.boot ?? "")?.[1]?.split(";") ?? [];
  const first = order.map((key) => disks.find((disk) => disk.key === key)).find((disk) => disk !== undefined);
  const disk = first ?? disks[0];
  return disk && findVolume(lab, node, disk.volid);
}

/** The files as the machine finds them now. */
export function guestFilesState(
  lab: Readonly<LabState>,
  node: string,
  instance: QemuInstance,
): Readonly<NodeFilesState> {
  const volume = systemVolume(lab, node, instance);
  return volume?.files ?? installedLinux(hostNameOf(instance.config, instance.vmid), (volume?.createdS ?? 0) * 1_000);
}

/**
 * Whether an entry was lost when two machines wrote to the disk at once: what either wrote since then lies under what the
 * other wrote.
 */
export function entryIsLost(volume: Volume | undefined, entry: FileEntry): boolean {
  return volume?.damaged === true && entry.type === "file" && entry.mtimeMs >= (volume.twoWritersSinceMs ?? 0);
}

function changeGuestFiles(lab: LabState, node: string, instance: QemuInstance, change: FileChange): FileAnswer {
  const volume = systemVolume(lab, node, instance);
  // Its system has noticed, and writes no more.
  if (!volume || volume.damaged) return refused("EROFS", change.path);
  const files = volume.files ?? (guestFilesState(lab, node, instance) as NodeFilesState);
  if (change.op === "write" && keptBytes(lab) + change.content.length > LAB_FILES_BYTES_MAX) {
    return refused("ENOSPC", change.path);
  }
  const answer = changeSmallDisk(files, change, wallNowMs(lab) - stoodStillMs(lab, instance.machine));
  if (answer.state === "done") volume.files = files;
  return answer;
}

/** Bytes of all guests' files in a lab's state. */
function keptBytes(lab: Readonly<LabState>): number {
  let bytes = 0;
  for (const volume of lab.storage.volumes) {
    bytes += volume.files?.usedBytes ?? 0;
    for (const kept of Object.values(volume.kept ?? {})) bytes += kept.files?.usedBytes ?? 0;
  }
  return bytes;
}

type Content = Pick<Volume, "files" | "damaged" | "twoWritersSinceMs">;

/** What a disk holds goes to a copy of it. */
export function copyContent(from: Content | undefined, to: Volume | undefined): void {
  if (!from || !to) return;
  for (const key of ["files", "damaged", "twoWritersSinceMs"] as const) delete to[key];
  Object.assign(to, contentOf(from));
}

/** The same with what its snapshots hold, for a format that takes them along. */
export function copyWithSnapshots(from: Volume | undefined, to: Volume | undefined): void {
  copyContent(from, to);
  if (from?.kept && to?.format === "qcow2") to.kept = JSON.parse(JSON.stringify(from.kept)) as Volume["kept"] & object;
}

/** Keep what a disk holds now under a snapshot's name. @returns whether there was room for it */
export function keepContent(lab: LabState, volume: Volume, snapshot: string): boolean {
  if (keptBytes(lab) + (volume.files?.usedBytes ?? 0) > LAB_FILES_BYTES_MAX) return false;
  volume.kept = { ...volume.kept, [snapshot]: contentOf(volume) };
  return true;
}

/** Bring back what a disk held when a snapshot was taken. */
export function restoreContent(volume: Volume, snapshot: string): void {
  copyContent(volume.kept?.[snapshot] ?? {}, volume);
}

function contentOf(from: Content): Content {
  const { files, damaged, twoWritersSinceMs } = from;
  const entries = files && Object.fromEntries(Object.entries(files.entries).map(([path, one]) => [path, { ...one }]));
  return {
    ...(files && entries && { files: { ...files, entries } }),
    ...(damaged && { damaged }),
    ...(twoWritersSinceMs !== undefined && { twoWritersSinceMs }),
  };
}
