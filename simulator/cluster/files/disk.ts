/** Operations on the local disk of a node: pure, on paths whose folders have been resolved by `node-tree.ts`. */
import {
  DISK_BYTES_MAX,
  DISK_ENTRIES_MAX,
  DONE,
  type FileAnswer,
  type FileChange,
  type FileEntry,
  NAME_BYTES_MAX,
  type NodeFilesState,
  refused,
} from "./files-state.ts";
import { baseName, isWithin, parentPath } from "./path.ts";

/** Put an entry on the disk without asking whether it fits: for what an installation brings. */
export function placeEntry(
  disk: NodeFilesState,
  path: string,
  entry: Partial<FileEntry> & Pick<FileEntry, "type" | "mode" | "mtimeMs">,
): void {
  removeEntry(disk, path);
  const placed: FileEntry = {
    owner: "root",
    group: "root",
    content: "",
    target: "",
    inode: disk.nextInode++,
    ...entry,
  };
  disk.entries[path] = placed;
  if (placed.type === "file") disk.usedBytes += placed.content.length;
}

/** Take one entry off the disk; none there is no error. */
function removeEntry(disk: NodeFilesState, path: string): void {
  const entry = disk.entries[path];
  if (!entry) return;
  if (entry.type === "file") disk.usedBytes -= entry.content.length;
  delete disk.entries[path];
  const others = namesOf(disk, entry).filter((other) => other !== entry);
  for (const other of others) {
    if (others.length > 1) other.links = others.length;
    else delete other.links;
  }
}

/** The entries of all names of one file. */
function namesOf(disk: NodeFilesState, entry: FileEntry): FileEntry[] {
  if (!entry.links) return [entry];
  return Object.values(disk.entries).filter((other) => other.inode === entry.inode);
}

/** Names in a folder of the disk, sorted by code point. */
export function diskNames(disk: Readonly<NodeFilesState>, folder: string): string[] {
  const prefix = folder === "/" ? "/" : `${folder}/`;
  const names: string[] = [];
  for (const path in disk.entries) {
    if (path.startsWith(prefix) && path.length > prefix.length && !path.includes("/", prefix.length)) {
      names.push(path.slice(prefix.length));
    }
  }
  return names.sort();
}

/**
 * Change the disk.
 *
 * @param nowWallMs the node's wall clock, for modification times
 */
export function changeDisk(disk: NodeFilesState, change: FileChange, nowWallMs: number): FileAnswer {
  const { path } = change;
  const entry = disk.entries[path];
  if (path.length > 4095 || baseName(path).length > NAME_BYTES_MAX) return refused("ENAMETOOLONG", path);
  switch (change.op) {
    case "write": {
      if (entry && entry.type !== "file") return refused(entry.type === "directory" ? "EISDIR" : "EINVAL", path);
      if (change.append && entry?.hiddenBytes) return refused("EPERM", path);
      const content = change.append && entry ? entry.content + change.content : change.content;
      const grown = disk.usedBytes + (content.length - (entry?.content.length ?? 0)) * (entry?.links ?? 1);
      if (grown > DISK_BYTES_MAX) return refused("ENOSPC", path);
      if (entry) {
        disk.usedBytes = grown;
        for (const name of namesOf(disk, entry)) {
          name.content = content;
          delete name.hiddenBytes;
          name.mtimeMs = nowWallMs;
        }
        return DONE;
      }
      return create(disk, path, {
        type: "file",
        mode: change.mode ?? 0o644,
        mtimeMs: nowWallMs,
        content,
        ...madeBy(change),
      });
    }
    case "mkdir":
      if (entry) return refused("EEXIST", path);
      return create(disk, path, {
        type: "directory",
        mode: change.mode ?? 0o755,
        mtimeMs: nowWallMs,
        ...madeBy(change),
      });
    case "symlink":
      if (entry) return refused("EEXIST", path);
      return create(disk, path, {
        ...{ type: "symlink" as const, mode: 0o777, mtimeMs: nowWallMs, target: change.target },
        ...madeBy(change),
      });
    case "link":
      return link(disk, path, change.to, nowWallMs);
    case "unlink":
      if (!entry) return refused("ENOENT", path);
      if (entry.type === "directory") return refused("EISDIR", path);
      removeEntry(disk, path);
      touchParent(disk, path, nowWallMs);
      return DONE;
    case "rmdir":
      if (!entry) return refused("ENOENT", path);
      if (entry.type !== "directory") return refused("ENOTDIR", path);
      if (path === "/") return refused("EBUSY", path);
      if (diskNames(disk, path).length > 0) return refused("ENOTEMPTY", path);
      removeEntry(disk, path);
      touchParent(disk, path, nowWallMs);
      return DONE;
    case "rename":
      return rename(disk, path, change.to, nowWallMs);
    case "chmod":
      if (!entry) return refused("ENOENT", path);
      for (const name of namesOf(disk, entry)) name.mode = change.mode & 0o7777;
      return DONE;
    case "chown":
      if (!entry) return refused("ENOENT", path);
      for (const name of namesOf(disk, entry)) Object.assign(name, { owner: change.owner, group: change.group });
      return DONE;
    case "utimes":
      if (!entry) return refused("ENOENT", path);
      for (const name of namesOf(disk, entry)) name.mtimeMs = change.mtimeMs;
      return DONE;
  }
}

function madeBy({ owner, group }: { owner?: string; group?: string }): Partial<FileEntry> {
  return { ...(owner !== undefined && { owner }), ...(group !== undefined && { group }) };
}

function create(
  disk: NodeFilesState,
  path: string,
  entry: Partial<FileEntry> & Pick<FileEntry, "type" | "mode" | "mtimeMs">,
): FileAnswer {
  const parent = disk.entries[parentPath(path)];
  if (!parent) return refused("ENOENT", path);
  if (parent.type !== "directory") return refused("ENOTDIR", path);
  if (Object.keys(disk.entries).length >= DISK_ENTRIES_MAX) return refused("ENOSPC", path);
  placeEntry(disk, path, entry);
  parent.mtimeMs = entry.mtimeMs;
  return DONE;
}

function link(disk: NodeFilesState, from: string, to: string, nowWallMs: number): FileAnswer {
  const entry = disk.entries[from];
  if (!entry) return refused("ENOENT", from);
  if (disk.entries[to]) return refused("EEXIST", to);
  // A folder has one name; an image of a guest belongs to its storage.
  if (entry.type === "directory" || entry.hiddenBytes) return refused("EPERM", from);
  if (baseName(to).length > NAME_BYTES_MAX) return refused("ENAMETOOLONG", to);
  if (disk.usedBytes + entry.content.length > DISK_BYTES_MAX) return refused("ENOSPC", to);
  const links = (entry.links ?? 1) + 1;
  const answer = create(disk, to, { ...entry });
  if (answer.state !== "done") return answer;
  entry.links = links;
  for (const name of namesOf(disk, entry)) name.links = links;
  touchParent(disk, to, nowWallMs);
  return DONE;
}

function rename(disk: NodeFilesState, from: string, to: string, nowWallMs: number): FileAnswer {
  const entry = disk.entries[from];
  if (!entry) return refused("ENOENT", from);
  if (from === to) return DONE;
  if (from === "/" || to === "/") return refused("EBUSY", from);
  if (baseName(to).length > NAME_BYTES_MAX) return refused("ENAMETOOLONG", to);
  if (entry.type === "directory" && isWithin(to, from)) return refused("EINVAL", from);
  const parent = disk.entries[parentPath(to)];
  if (!parent) return refused("ENOENT", to);
  if (parent.type !== "directory") return refused("ENOTDIR", to);
  const target = disk.entries[to];
  // Two names of one file: rename(2) leaves both.
  if (target && target.inode === entry.inode) return DONE;
  if (target) {
    if (target.type === "directory") {
      if (entry.type !== "directory") return refused("EISDIR", to);
      if (diskNames(disk, to).length > 0) return refused("ENOTEMPTY", to);
    } else if (entry.type === "directory") return refused("ENOTDIR", to);
    removeEntry(disk, to);
  }
  for (const path of Object.keys(disk.entries).filter((candidate) => isWithin(candidate, from))) {
    const moved = disk.entries[path]!;
    delete disk.entries[path];
    disk.entries[to + path.slice(from.length)] = moved;
  }
  touchParent(disk, from, nowWallMs);
  parent.mtimeMs = nowWallMs;
  return DONE;
}

function touchParent(disk: NodeFilesState, path: string, nowWallMs: number): void {
  const parent = disk.entries[parentPath(path)];
  if (parent) parent.mtimeMs = nowWallMs;
}
