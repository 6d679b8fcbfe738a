/**
 * Storages as a node's file system shows them: an NFS export is mounted at /mnt/pve/NAME, and images of file storages
 * are files below `images/` and `template/`.
 *
 * Images are made by Proxmox's tools alone; `rm` takes one away, as it does on a real node, and nobody asks whose it is.
 * On an export people may keep files of their own.
 * @source pve-storage PVE/Storage/Plugin.pm for the folders (unverified)
 */
import { changeDisk, diskNames, placeEntry } from "../files/disk.ts";
import { type FileAnswer, type FileChange, type NodeFilesState, refused } from "../files/files-state.ts";
import type { NodeEntry } from "../files/node-tree.ts";
import { childPath, isWithin, parentPath } from "../files/path.ts";
import { nodeOf } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { wallNowMs } from "../wall-clock.ts";
import { definedOn, type StorageDefinition, storageDefinitions } from "./storage-config.ts";
import { serverReachable } from "./storage-servers.ts";
import type { StorageServer, Volume } from "./storage-state.ts";
import { deliveredOn, ownFile, placeOf, storagePath } from "./volumes.ts";

/** Where NFS exports are mounted. */
export const MOUNTS = "/mnt/pve";

export interface StorageMount {
  definition: StorageDefinition;
  /** `/mnt/pve/shared`. */
  at: string;
  server: string;
  path: string;
}

/** NFS exports that a node has mounted. */
export function storageMounts(lab: Readonly<LabState>, node: string): StorageMount[] {
  return storageDefinitions(lab, node)
    .filter((definition) => definition.type === "nfs" && definedOn(definition, node))
    .map((definition) => ({
      definition,
      at: storagePath(definition),
      server: definition.keys.server ?? "",
      path: definition.keys.export ?? "",
    }))
    .filter((mount) => isWithin(mount.at, MOUNTS) && exportOf(lab, mount) !== undefined);
}

/** The mount that a path lies on; undefined for everything but an NFS export. */
export function storageMountAt(lab: Readonly<LabState>, node: string, path: string): StorageMount | undefined {
  if (!isWithin(path, MOUNTS)) return undefined;
  return storageMounts(lab, node).find((mount) => isWithin(path, mount.at));
}

/**
 * Whether whoever touches a path waits: its server does not answer, and the mount is "hard". @source nfs(5) (unverified)
 */
export function pathHangs(lab: Readonly<LabState>, node: string, path: string): boolean {
  const mount = storageMountAt(lab, node, path);
  return mount !== undefined && !serverReachable(lab, node, mount.server);
}

/** What lies at a path of a mounted export, or above the mounts; undefined when nothing does. */
export function mountedEntry(lab: Readonly<LabState>, node: string, path: string): NodeEntry | undefined {
  const mount = storageMountAt(lab, node, path);
  if (!mount) return storageMounts(lab, node).some((one) => isWithin(one.at, path)) ? folder() : undefined;
  const inside = path.slice(mount.at.length) || "/";
  const own = exportOf(lab, mount)?.files?.entries[inside];
  if (own) {
    const size = own.type === "directory" ? 4096 : own.type === "symlink" ? own.target.length : own.content.length;
    return { ...own, size };
  }
  return volumeEntry(lab, node, mount.definition, inside);
}

/** Names in a folder of a mounted export, or above the mounts. */
export function mountedNames(lab: Readonly<LabState>, node: string, path: string): string[] {
  const mount = storageMountAt(lab, node, path);
  if (!mount) {
    const below = storageMounts(lab, node).filter((one) => one.at !== path && isWithin(one.at, path));
    return [...new Set(below.map((one) => one.at.slice(path.length + 1).split("/")[0]!))].sort();
  }
  const inside = path.slice(mount.at.length) || "/";
  const own = exportOf(lab, mount)?.files;
  const names = [...(own ? diskNames(own, inside) : []), ...volumeNames(lab, node, mount.definition, inside)];
  return [...new Set(names)].sort();
}

/** An image of a file storage on the node's own disk, or a folder of or above such; undefined when there is none. */
export function imageEntry(lab: Readonly<LabState>, node: string, path: string): NodeEntry | undefined {
  for (const definition of folderStorages(lab, node)) {
    const root = storagePath(definition);
    if (isWithin(root, path)) return folder();
    if (!isWithin(path, root)) continue;
    const found = volumeEntry(lab, node, definition, path.slice(root.length));
    if (found) return found;
  }
  return undefined;
}

export function imageNames(lab: Readonly<LabState>, node: string, path: string): string[] {
  return folderStorages(lab, node).flatMap((definition) => {
    const root = storagePath(definition);
    if (isWithin(path, root)) return volumeNames(lab, node, definition, path.slice(root.length) || "/");
    return isWithin(root, path) ? [root.slice(path === "/" ? 1 : path.length + 1).split("/")[0]!] : [];
  });
}

/** Folders of file storages that are there only because of an image become real ones once something is put into them. */
export function placeImageFolders(lab: LabState, node: string, inside: string): void {
  const { files } = nodeOf(lab, node);
  for (let end = inside.indexOf("/", 1); end > 0; end = inside.indexOf("/", end + 1)) {
    const path = inside.slice(0, end);
    if (files.entries[path] || imageEntry(lab, node, path)?.type !== "directory") continue;
    placeEntry(files, path, { type: "directory", mode: 0o755, mtimeMs: wallNowMs(lab, node) });
  }
}

/** Change a mounted export. */
export function changeMounted(lab: LabState, node: string, change: FileChange): FileAnswer {
  const mount = storageMountAt(lab, node, change.path);
  const target = mount && exportOf(lab, mount);
  if (!mount || !target) return refused("EPERM", change.path);
  const removed = removeImage(lab, node, change);
  if (removed) return removed;
  const at = (path: string) => path.slice(mount.at.length) || "/";
  const files = target.files ?? { entries: {}, usedBytes: 0, nextInode: 1_048_577 };
  if ("to" in change && !isWithin(change.to, mount.at)) return refused("EXDEV", change.path);
  for (const path of "to" in change ? [change.path, change.to] : [change.path]) {
    if (path === mount.at) return refused("EBUSY", path);
    placeFolders(lab, node, mount, files, parentPath(at(path)));
  }
  const inside = { ...change, path: at(change.path), ...("to" in change && { to: at(change.to) }) };
  const answer = changeDisk(files, inside as FileChange, wallNowMs(lab));
  if (answer.state === "done") target.files = files;
  return answer;
}

/** `rm` of an image; undefined when the path is none. Everything else that would change one is refused. */
export function removeImage(lab: LabState, node: string, change: FileChange): FileAnswer | undefined {
  const definitions = [...storageMounts(lab, node).map((one) => one.definition), ...folderStorages(lab, node)];
  for (const definition of definitions) {
    const root = storagePath(definition);
    if (!isWithin(change.path, root)) continue;
    const volume = fileVolumes(lab, node, definition).find((one) => `${root}${fileOf(one)}` === change.path);
    if (!volume) continue;
    const index = lab.storage.volumes.indexOf(volume);
    if (change.op !== "unlink" || index < 0) return refused("EPERM", change.path);
    lab.storage.volumes.splice(index, 1);
    return { state: "done" };
  }
  return undefined;
}

function exportOf(lab: Readonly<LabState>, mount: StorageMount): StorageServer["exports"][number] | undefined {
  return lab.storage.servers[mount.server]?.exports.find((one) => one.path === mount.path);
}

const folderStorages = (lab: Readonly<LabState>, node: string) =>
  storageDefinitions(lab, node).filter((definition) => definition.type === "dir" && definedOn(definition, node));

function fileVolumes(lab: Readonly<LabState>, node: string, definition: StorageDefinition): Volume[] {
  const place = placeOf(definition, node) ?? "";
  return [...lab.storage.volumes.filter((volume) => volume.place === place), ...deliveredOn(place)];
}

const fileOf = (volume: Volume) =>
  volume.name.startsWith("iso/") ? `/template/${volume.name}` : `/images/${ownFile(volume.name)}`;

/** @param inside a path from the storage's own root */
function volumeEntry(
  lab: Readonly<LabState>,
  node: string,
  definition: StorageDefinition,
  inside: string,
): NodeEntry | undefined {
  const volumes = fileVolumes(lab, node, definition);
  const volume = volumes.find((one) => fileOf(one) === inside);
  if (volume) {
    return {
      ...folder(volume.createdS * 1_000),
      type: "file",
      mode: volume.format === "iso" ? 0o644 : 0o640,
      size: volume.sizeBytes,
    };
  }
  const above = inside === "/" || FOLDERS.includes(inside) || volumes.some((one) => isWithin(fileOf(one), inside));
  return above ? folder() : undefined;
}

/** Folders that a storage has from its first use. */
const FOLDERS = ["/images", "/template", "/template/iso"];

function volumeNames(lab: Readonly<LabState>, node: string, definition: StorageDefinition, inside: string): string[] {
  const paths = [...FOLDERS, ...fileVolumes(lab, node, definition).map(fileOf)];
  const below = paths.filter((path) => path !== inside && isWithin(path, inside));
  const from = inside === "/" ? 1 : inside.length + 1;
  return [...new Set(below.map((path) => path.slice(from).split("/")[0]!))];
}

/** Folders that are there only because of an image become real ones once something else is put into them. */
function placeFolders(lab: LabState, node: string, mount: StorageMount, files: NodeFilesState, inside: string): void {
  const steps = inside.split("/").filter(Boolean);
  for (let depth = 0, path = "/"; depth <= steps.length; depth++) {
    const shown = volumeEntry(lab, node, mount.definition, path);
    if (!files.entries[path] && shown?.type === "directory") {
      placeEntry(files, path, { type: "directory", mode: 0o755, mtimeMs: wallNowMs(lab) });
    }
    if (depth < steps.length) path = childPath(path, steps[depth]!);
  }
}

function folder(mtimeMs = 1_731_000_000_000): NodeEntry {
  return {
    type: "directory",
    mode: 0o755,
    owner: "root",
    group: "root",
    size: 4_096,
    mtimeMs,
    inode: 1_048_576,
    content: "",
    target: "",
  };
}
