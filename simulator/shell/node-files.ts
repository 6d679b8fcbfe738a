/**
 * The files of one node as programs see them: local disk, /etc/pve (pmxcfs), /proc and /dev behind one interface.
 * Paths are absolute. Every refusal is a `FileError` with the errno a real node gives.
 */
import { FILE_ERRNO_TEXT } from "../cluster/files/errno-text.ts";
import type { FileErrno } from "../cluster/files/files-state.ts";

/** What a node's files answer, the two that only an open descriptor gives, and a broken disk's. */
export type Errno = FileErrno | "EBADF" | "EPIPE" | "EBADMSG";

export class FileError extends Error {
  override name = "FileError";
  readonly code: Errno;
  readonly path: string;
  constructor(code: Errno, path: string) {
    super(`${ERRNO_TEXT[code]}: ${path}`);
    this.code = code;
    this.path = path;
  }
}

/** strerror(3), as commands print it behind the file's name. */
export const ERRNO_TEXT: Record<Errno, string> = {
  ...FILE_ERRNO_TEXT,
  EBADF: "Bad file descriptor",
  EBADMSG: "Bad message",
  EPIPE: "Broken pipe",
};

export interface FileStat {
  type: "file" | "directory" | "symlink" | "device";
  /** Permission bits, as 0o644. */
  mode: number;
  owner: string;
  group: string;
  /** Numbers of owner and group where the system's own accounts do not say them. */
  uid?: number;
  gid?: number;
  size: number;
  /** The node's wall clock, milliseconds since 1970. */
  mtimeMs: number;
  inode: number;
  links: number;
  /** Of 512 bytes; absent where it is what a disk of 4 KiB blocks takes. */
  blocks?: number;
}

/** The room that a file takes, in blocks of 512 bytes. */
export function blocksOf(stat: Pick<FileStat, "type" | "size" | "blocks">): number {
  return stat.blocks ?? (stat.type === "symlink" ? 0 : Math.ceil(stat.size / 4096) * 8);
}

/** Who a new file belongs to. */
export interface FileOwner {
  owner: string;
  group: string;
}

export interface NodeFiles {
  /** `follow` (default true) resolves a symbolic link at the end. */
  stat(path: string, options?: { follow?: boolean }): Promise<FileStat>;
  readFile(path: string): Promise<Uint8Array>;
  /**
   * Create or replace; `append` adds at the end; `resize` is truncate(2); `mode` and `owner` (root's unless said) count for
   * a new file only.
   */
  writeFile(
    path: string,
    bytes: Uint8Array,
    options?: { append?: boolean; resize?: boolean; mode?: number; owner?: FileOwner },
  ): Promise<void>;
  readdir(path: string): Promise<string[]>;
  mkdir(path: string, mode?: number, owner?: FileOwner): Promise<void>;
  unlink(path: string): Promise<void>;
  rmdir(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  symlink(target: string, path: string, owner?: FileOwner): Promise<void>;
  /** A further name of a file; a symbolic link at the end of `from` is not followed. */
  link(from: string, to: string): Promise<void>;
  readlink(path: string): Promise<string>;
  chmod(path: string, mode: number): Promise<void>;
  chown(path: string, owner: string, group: string): Promise<void>;
  /** `follow` as with `stat`. */
  utimes(path: string, mtimeMs: number, options?: { follow?: boolean }): Promise<void>;
  /** The path with every symbolic link resolved. */
  realpath(path: string): Promise<string>;
}
