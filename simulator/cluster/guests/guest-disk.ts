/**
 * Files inside a guest: they lie on the volume that it boots from, and go where that goes.
 *
 * A volume that nobody has written to holds what an installation leaves, and keeps nothing in the lab's state. What is
 * written is on the disk at once: a guest that is killed has lost nothing.
 */
import { bytesOfText } from "../files/bytes.ts";
import { changeDisk, placeEntry } from "../files/disk.ts";
import {
  type FileAnswer,
  type FileChange,
  type FileEntry,
  type NodeFilesState,
  refused,
} from "../files/files-state.ts";
import { walkPath, walkToFolder } from "../files/path-walk.ts";
import type { LabState } from "../state.ts";
import type { Volume } from "../storage/storage-state.ts";
import { findVolume } from "../storage/volumes.ts";
import { wallNowMs } from "../wall-clock.ts";
import { hostNameOf } from "./agent.ts";
import { disksOf, parseGuestConfig } from "./guest-config.ts";
import { machineOfBoot, stoodStillMs } from "./guest-view.ts";
import type { QemuInstance } from "./guests-state.ts";

/** A guest's files and all of a lab's, snapshots among them: enough for lessons, little enough to save a thousand labs. */
export const GUEST_FILES_BYTES_MAX = 1 << 20;
export const LAB_FILES_BYTES_MAX = 32 << 20;
/** And so many files and folders. */
const GUEST_ENTRIES_MAX = 1_000;

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
  return volume?.files ?? installedGuest(hostNameOf(instance.config, instance.vmid), (volume?.createdS ?? 0) * 1_000);
}

/**
 * Whether an entry was lost when two machines wrote to the disk at once: what either wrote since then lies under what the
 * other wrote.
 */
export function entryIsLost(volume: Volume | undefined, entry: FileEntry): boolean {
  return volume?.damaged === true && entry.type === "file" && entry.mtimeMs >= (volume.twoWritersSinceMs ?? 0);
}

/** Follow a path inside a guest. */
export function walkGuest(files: Readonly<NodeFilesState>, path: string, followLast = true) {
  return walkPath(lookIn(files), path, followLast);
}

const lookIn = (files: Readonly<NodeFilesState>) => (path: string) =>
  Object.hasOwn(files.entries, path) ? files.entries[path] : undefined;

function changeGuestFiles(lab: LabState, node: string, instance: QemuInstance, change: FileChange): FileAnswer {
  const volume = systemVolume(lab, node, instance);
  // Its system has noticed, and writes no more.
  if (!volume || volume.damaged) return refused("EROFS", change.path);
  const files = volume.files ?? (guestFilesState(lab, node, instance) as NodeFilesState);
  const real = locate(files, change);
  if ("errno" in real) return refused(real.errno, change.path);
  if (change.op === "write") {
    const grown = change.content.length;
    if (files.usedBytes + grown > GUEST_FILES_BYTES_MAX || keptBytes(lab) + grown > LAB_FILES_BYTES_MAX) {
      return refused("ENOSPC", change.path);
    }
  }
  const makes = change.op === "write" || change.op === "mkdir" || change.op === "symlink";
  if (makes && Object.keys(files.entries).length >= GUEST_ENTRIES_MAX && !files.entries[real.path]) {
    return refused("ENOSPC", change.path);
  }
  const answer = changeDisk(files, { ...change, ...real }, wallNowMs(lab) - stoodStillMs(lab, instance.machine));
  if (answer.state === "done") volume.files = files;
  return answer;
}

function locate(files: NodeFilesState, change: FileChange) {
  const follow = ["write", "chmod", "chown", "utimes"].includes(change.op);
  const from = follow ? walkGuest(files, change.path) : walkToFolder(lookIn(files), change.path);
  if ("errno" in from || change.op !== "rename") return "errno" in from ? from : { path: from.path };
  const to = walkToFolder(lookIn(files), change.to);
  return "errno" in to ? to : { path: from.path, to: to.path };
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

const FOLDERS =
  "/ /bin /etc /home /proc /proc/sys /proc/sys/kernel /proc/sys/kernel/random /root /srv /tmp /usr /usr/bin /usr/sbin /var /var/log";

/** What an installation leaves on a guest's disk. */
function installedGuest(hostName: string, wallMs: number): NodeFilesState {
  const files: NodeFilesState = { entries: {}, usedBytes: 0, nextInode: 131_073 };
  for (const path of FOLDERS.split(" ")) placeEntry(files, path, { type: "directory", mode: 0o755, mtimeMs: wallMs });
  files.entries["/tmp"]!.mode = 0o1777;
  const texts: Record<string, string> = {
    "/etc/hostname": `${hostName}\n`,
    "/etc/hosts": `127.0.0.1 localhost\n127.0.1.1 ${hostName}\n`,
    "/etc/os-release":
      'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n',
    "/proc/sys/kernel/random/boot_id": "",
    "/proc/uptime": "",
  };
  for (const [path, text] of Object.entries(texts)) {
    placeEntry(files, path, { type: "file", mode: 0o644, mtimeMs: wallMs, content: bytesOfText(text) });
  }
  return files;
}
