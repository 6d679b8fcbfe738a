/**
 * The database of the cluster file system: a change applied to it, the same on every node that delivers it.
 */
import { DONE, type FileAnswer, type FileChange, type FileErrno, refused } from "../files/files-state.ts";
import { isLock } from "./locks.ts";
import {
  PMXCFS_ENTRIES_MAX,
  PMXCFS_FILE_BYTES_MAX,
  PMXCFS_TOTAL_BYTES_MAX,
  type PmxcfsDatabase,
  type PmxcfsEntry,
} from "./pmxcfs-state.ts";
import { databaseNames, guestAt, isPrivatePath } from "./pmxcfs-view.ts";

/** Names that a node makes up itself and nobody may change. */
const RESERVED = /^(?:local|qemu-server|lxc|openvz|\.clusterlog|\.debug|\.members|\.rrd|\.version|\.vmlist)$/;

export function isReserved(path: string): boolean {
  return RESERVED.test(path);
}

/** A new database: what the installer leaves behind on a fresh node. */
export function emptyDatabase(): PmxcfsDatabase {
  return { version: 1, mtimeS: 0, entries: {}, nextInode: 10 };
}

/**
 * Apply one change. Every node gives the same answer for the same database, so that replicas stay equal.
 *
 * @param change paths below /etc/pve, without a leading slash
 * @param wallS wall clock of the node that asked, whole seconds since 1970
 */
export function changeDatabase(database: PmxcfsDatabase, change: FileChange, wallS: number): FileAnswer {
  const { path } = change;
  if (path === "") return refused(change.op === "mkdir" || change.op === "symlink" ? "EEXIST" : "EBUSY", path);
  if (change.op !== "chmod" && change.op !== "chown" && isReserved(path)) return refused(errnoOfReserved(change), path);
  const entry = own(database, path);
  switch (change.op) {
    case "write":
      return write(database, change, entry, wallS);
    case "mkdir": {
      if (entry) return refused("EEXIST", path);
      const writer = change.by === undefined ? {} : { writer: change.by };
      return add(database, path, { type: "directory", content: "", ...writer }, wallS);
    }
    case "symlink":
      return refused(entry ? "EEXIST" : "ENOSYS", path);
    case "link":
      return refused(!entry ? "ENOENT" : own(database, change.to) ? "EEXIST" : "ENOSYS", path);
    case "unlink":
      if (!entry) return refused("ENOENT", path);
      if (entry.type === "directory") return refused("EISDIR", path);
      delete database.entries[path];
      touched(database, wallS);
      return DONE;
    case "rmdir":
      if (!entry) return refused("ENOENT", path);
      if (entry.type !== "directory") return refused("ENOTDIR", path);
      if (databaseNames(database, path).length > 0) return refused("ENOTEMPTY", path);
      if (change.version !== undefined && change.version !== entry.version) return refused("EBUSY", path);
      delete database.entries[path];
      touched(database, wallS);
      return DONE;
    case "rename":
      return rename(database, path, change.to, wallS);
    case "utimes":
      if (!entry) return refused("ENOENT", path);
      return setTime(database, entry, change, wallS);
    case "chmod": {
      // Modes are fixed; asking for the one that is there is no error. @source pmxcfs.c cfs_fuse_chmod
      const allowed = isPrivatePath(path) ? 0o600 : 0o640;
      return change.mode === allowed ? DONE : refused("EPERM", path);
    }
    case "chown":
      return change.owner === "root" && change.group === "www-data" ? DONE : refused("EPERM", path);
  }
}

function setTime(
  database: PmxcfsDatabase,
  entry: PmxcfsEntry,
  change: Extract<FileChange, { op: "utimes" }>,
  wallS: number,
): FileAnswer {
  // Kept in 32 bits: what lies before 1970 becomes a time far ahead.
  const mtimeS = Math.floor(change.mtimeMs / 1000) >>> 0;
  if (isLock(database, change.path)) {
    const other = change.by !== undefined && (entry.writer ?? change.by) !== change.by;
    if (other || mtimeS < entry.mtimeS) return refused("EACCES", change.path);
    if (change.by !== undefined) entry.writer = change.by;
  }
  touched(database, wallS);
  entry.mtimeS = mtimeS;
  entry.version = database.version;
  return DONE;
}

/** A database as one short text: two are the same if and only if their texts are. */
export function databaseIndex(database: Readonly<PmxcfsDatabase>): string {
  const paths = Object.keys(database.entries).sort();
  return `${database.version}:${digestOf(paths.flatMap((path) => digestedParts(path, database.entries[path]!)))}`;
}

/** An entry as one short text. */
export function entryDigest(path: string, entry: Readonly<PmxcfsEntry>): string {
  return digestOf(digestedParts(path, entry));
}

function digestedParts(path: string, entry: Readonly<PmxcfsEntry>): string[] {
  return [`${path}\0${entry.type}\0${entry.mtimeS}\0${entry.version}\0${entry.content.length}\0`, entry.content];
}

/** FNV-1a over everything that is replicated; a text of 64 bits is enough to tell two of a handful apart. */
function digestOf(texts: readonly string[]): string {
  let low = 2166136261;
  let high = 2166136261 ^ 0x5bd1e995;
  for (const text of texts) {
    for (let i = 0; i < text.length; i++) {
      low = Math.imul(low ^ text.charCodeAt(i), 16777619) >>> 0;
      high = Math.imul(high ^ (text.charCodeAt(i) + 7), 16777619) >>> 0;
    }
  }
  return `${low.toString(16)}${high.toString(16)}`;
}

function own(database: PmxcfsDatabase, path: string): PmxcfsEntry | undefined {
  return Object.hasOwn(database.entries, path) ? database.entries[path] : undefined;
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "" : path.slice(0, slash);
}

/** A change happened: the database is one version on. Folders stay as old as they are (recording 06). */
function touched(database: PmxcfsDatabase, wallS: number): void {
  database.version += 1;
  database.mtimeS = wallS;
}

/** One VMID has one configuration in the whole cluster. @source pmxcfs memdb.c vmlist_different_vm_exists */
function guestIsElsewhere(database: PmxcfsDatabase, path: string, except?: string): boolean {
  const vmid = guestAt(path)?.vmid;
  if (vmid === undefined) return false;
  return Object.entries(database.entries).some(
    ([other, { type }]) =>
      type === "file" &&
      other !== path &&
      other !== except &&
      other.endsWith(`/${vmid}.conf`) &&
      guestAt(other)?.vmid === vmid,
  );
}

/** The kernel finds the name before it asks for a new one; what a node makes up cannot be written. @source pmxcfs.c */
export function errnoOfReserved({ op }: FileChange): FileErrno {
  if (op === "mkdir" || op === "symlink") return "EEXIST";
  if (op === "rmdir") return "ENOTDIR";
  return op === "write" ? "EIO" : "EACCES";
}

/** A file is made or emptied first, and then written: each is a change of its own, as programs do it. */
function write(
  database: PmxcfsDatabase,
  change: FileChange & { op: "write" },
  entry: PmxcfsEntry | undefined,
  wallS: number,
): FileAnswer {
  const { path } = change;
  if (entry?.type === "directory") return refused("EISDIR", path);
  if (guestIsElsewhere(database, path)) return refused("EEXIST", path);
  const append = change.append ?? false;
  const before = append && entry ? entry.content.length : 0;
  // What is too much is refused where it begins; what came before stays.
  const pieces = append ? piecesOf(change.content.length) : [change.content.length];
  const fitting = pieces.filter((end) => before + end <= PMXCFS_FILE_BYTES_MAX);
  if (fitting.length < pieces.length) {
    const taken = fitting.at(-1) ?? 0;
    if (taken > 0) write(database, { ...change, content: change.content.slice(0, taken) }, entry, wallS);
    return refused("EFBIG", path);
  }
  let total = before + change.content.length;
  for (const other of Object.values(database.entries)) if (other !== entry) total += other.content.length;
  if (total > PMXCFS_TOTAL_BYTES_MAX) return refused("ENOSPC", path);
  if (!entry) {
    const made = add(database, path, { type: "file", content: "" }, wallS);
    if (made.state !== "done" || change.content === "") return made;
  } else if (!append && change.content !== "" && !change.resize) touched(database, wallS);
  const written = own(database, path)!;
  for (const _ of pieces) touched(database, wallS);
  written.content = append ? written.content + change.content : change.content;
  written.mtimeS = wallS;
  written.version = database.version;
  return DONE;
}

/** The kernel hands a write over in pieces: where each ends, in bytes; one at least. @source pmxcfs.c big_writes; recordings/pmxcfs */
const PIECE_BYTES = 128 * 1024;

function piecesOf(bytes: number): number[] {
  const count = Math.max(1, Math.ceil(bytes / PIECE_BYTES));
  return Array.from({ length: count }, (_, index) => Math.min(bytes, (index + 1) * PIECE_BYTES));
}

function add(
  database: PmxcfsDatabase,
  path: string,
  entry: Pick<PmxcfsEntry, "type" | "content" | "writer">,
  wallS: number,
): FileAnswer {
  const folder = folderOf(path);
  if (folder !== "") {
    const parent = own(database, folder);
    if (!parent) return refused("ENOENT", path);
    if (parent.type !== "directory") return refused("ENOTDIR", path);
  }
  if (path.slice(folder.length + 1).length > 255) return refused("ENAMETOOLONG", path);
  if (Object.keys(database.entries).length >= PMXCFS_ENTRIES_MAX) return refused("ENOSPC", path);
  touched(database, wallS);
  database.entries[path] = { ...entry, mtimeS: wallS, version: database.version, inode: database.nextInode++ };
  return DONE;
}

function rename(database: PmxcfsDatabase, from: string, to: string, wallS: number): FileAnswer {
  const entry = own(database, from);
  if (!entry) return refused("ENOENT", from);
  if (to === "") return refused("EBUSY", to);
  if (isReserved(to)) return refused("EACCES", to);
  if (from === to) return DONE;
  if (entry.type === "directory" && to.startsWith(`${from}/`)) return refused("EINVAL", from);
  if (entry.type === "file" && guestIsElsewhere(database, to, from)) return refused("EEXIST", to);
  if (entry.type === "directory" && /^priv\/lock\/[^/]+$/.test(from)) return refused("EACCES", from);
  // Only an empty folder can be renamed. @source pmxcfs memdb.c unlink_tree_entry
  if (entry.type === "directory" && databaseNames(database, from).length > 0) return refused("ENOTEMPTY", from);
  const folder = folderOf(to);
  if (folder !== "" && own(database, folder)?.type !== "directory") {
    return refused(own(database, folder) ? "ENOTDIR" : "ENOENT", to);
  }
  const target = own(database, to);
  if (target) {
    if (target.type === "directory") {
      if (entry.type !== "directory") return refused("EISDIR", to);
      if (databaseNames(database, to).length > 0) return refused("ENOTEMPTY", to);
    } else if (entry.type === "directory") return refused("ENOTDIR", to);
    delete database.entries[to];
  }
  delete database.entries[from];
  database.entries[to] = entry;
  touched(database, wallS);
  entry.mtimeS = wallS;
  entry.version = database.version;
  return DONE;
}
