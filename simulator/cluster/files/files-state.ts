/**
 * The local disk of one node as plain data, and what every file operation answers.
 *
 * The disk is one flat table by absolute path. What lies under a mount point (/etc/pve, /proc, /dev) is not in it.
 */

/** The errnos that file operations of a node answer. */
export type FileErrno =
  | "ENOENT"
  | "EEXIST"
  | "ENOTDIR"
  | "EISDIR"
  | "ENOTEMPTY"
  | "EACCES"
  | "EPERM"
  | "EROFS"
  | "EINVAL"
  | "ENOSPC"
  | "EFBIG"
  | "ELOOP"
  | "EXDEV"
  | "ENAMETOOLONG"
  | "EBUSY"
  | "ENOTCONN"
  | "EIO"
  | "ENOSYS";

export interface FileEntry {
  type: "file" | "directory" | "symlink" | "device";
  /** Permission bits, as 0o644. */
  mode: number;
  owner: string;
  group: string;
  /** Wall clock of the node, milliseconds since 1970. */
  mtimeMs: number;
  inode: number;
  /** A file's bytes (see bytes.ts); a device's name (`null`, `urandom`); empty otherwise. */
  content: string;
  /** Where a symbolic link points; empty otherwise. */
  target: string;
  /** Bytes of a file whose content is not modelled: it has this size and cannot be read. Absent otherwise. */
  hiddenBytes?: number;
  /** How many names a file has that has several: each stands in the table, with the same inode and the same content. */
  links?: number;
}

export interface NodeFilesState {
  /** By absolute path; `/` is always there. */
  entries: Record<string, FileEntry>;
  /** Bytes of all files on the disk, those of a file with several names once for each. */
  usedBytes: number;
  nextInode: number;
}

/** Who a new entry of the disk belongs to; root where absent. Those of /etc/pve are all root's. */
interface MadeBy {
  owner?: string;
  group?: string;
}

/** What may be done to a node's files. Paths are absolute and normalised; symbolic links are followed as in Linux. */
export type FileChange =
  /** `resize`: what truncate(2) makes of a file, one change of /etc/pve instead of two. */
  | ({ op: "write"; path: string; content: string; append?: boolean; resize?: boolean; mode?: number } & MadeBy)
  /** `by`: the node that takes a lock of /etc/pve. */
  | ({ op: "mkdir"; path: string; mode?: number; by?: string } & MadeBy)
  | { op: "unlink"; path: string }
  /** `version`: of an entry of /etc/pve that was seen; one that has changed since stays (a lock is unlocked like this). */
  | { op: "rmdir"; path: string; version?: number }
  | { op: "rename"; path: string; to: string }
  | ({ op: "symlink"; path: string; target: string } & MadeBy)
  /** A further name, `to`, of the file at `path`. */
  | { op: "link"; path: string; to: string }
  | { op: "chmod"; path: string; mode: number }
  | { op: "chown"; path: string; owner: string; group: string }
  /** `by`: the node that renews a lock; another's stays as it is. `itself`: of a symbolic link, not of what it names. */
  | { op: "utimes"; path: string; mtimeMs: number; by?: string; itself?: true };

/**
 * What a change answered: done, refused, or waiting for the cluster (a write to /etc/pve ends when it is delivered to
 * this node; `pmxcfsAnswer(lab, node, id)` says then what came of it).
 */
export type FileAnswer =
  | { state: "done" }
  | { state: "refused"; errno: FileErrno; path: string }
  | { state: "pending"; id: number };

export const DONE: FileAnswer = { state: "done" };

export function refused(errno: FileErrno, path: string): FileAnswer {
  return { state: "refused", errno, path };
}

/** A node's disk holds so many bytes of files: enough for every lesson, little enough to save a thousand labs. */
export const DISK_BYTES_MAX = 8 * 1024 * 1024;

/** And so many files and folders. */
export const DISK_ENTRIES_MAX = 5_000;

/** NAME_MAX of Linux, bytes. */
export const NAME_BYTES_MAX = 255;
