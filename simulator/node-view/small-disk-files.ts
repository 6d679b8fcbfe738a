/** Files of a small Linux that is no node as its programs see them: what lies on its disk, and what its kernel tells. */
import { diskNames } from "../cluster/files/disk.ts";
import type { FileAnswer, FileChange, NodeFilesState } from "../cluster/files/files-state.ts";
import { childPath } from "../cluster/files/path.ts";
import { walkSmallDisk } from "../cluster/files/small-disk.ts";
import type { LabPort } from "../cluster/port.ts";
import type { LabState } from "../cluster/state.ts";
import { type Errno, FileError, type FileStat, type NodeFiles } from "../shell/node-files.ts";
import { ChangedFiles } from "./changed-files.ts";

type Entry = NodeFilesState["entries"][string];

export interface SmallDisk {
  /** The disk as it is now; undefined when its machine is gone. */
  of(lab: Readonly<LabState>): Readonly<NodeFilesState> | undefined;
  change(change: FileChange): FileAnswer;
  /** What the kernel says in a file of its own. */
  kernelTells(path: string): string | undefined;
  /** Why an entry that is there cannot be read. */
  broken?(lab: Readonly<LabState>, entry: Readonly<Entry>): Errno | undefined;
  /** Waits until the disk answers. */
  ready?(): Promise<void>;
}

/** @param port the lab's own, not a guest's */
export function smallDiskFiles(port: LabPort, disk: SmallDisk): NodeFiles {
  return new SmallDiskFiles(port, disk);
}

class SmallDiskFiles extends ChangedFiles implements NodeFiles {
  readonly #port: LabPort;
  readonly #disk: SmallDisk;

  constructor(port: LabPort, disk: SmallDisk) {
    super();
    this.#port = port;
    this.#disk = disk;
  }

  async stat(path: string, options?: { follow?: boolean }): Promise<FileStat> {
    const { at, entry, files } = await this.#find(path, options?.follow ?? true);
    const { type, mode, owner, group, mtimeMs, inode } = entry;
    const names = type === "directory" ? diskNames(files, at) : [];
    const folders = names.filter((name) => files.entries[childPath(at, name)]?.type === "directory").length;
    const size = type === "directory" ? 4096 : type === "symlink" ? entry.target.length : entry.content.length;
    return {
      type,
      mode,
      owner,
      group,
      size,
      mtimeMs,
      inode,
      links: type === "directory" ? 2 + folders : (entry.links ?? 1),
    };
  }

  async readFile(path: string): Promise<Uint8Array> {
    const { at, entry } = await this.#find(path, true);
    if (entry.type === "directory") throw new FileError("EISDIR", path);
    return Buffer.from(this.#disk.kernelTells(at) ?? entry.content, "latin1");
  }

  async readdir(path: string): Promise<string[]> {
    const { at, entry, files } = await this.#find(path, true);
    if (entry.type !== "directory") throw new FileError("ENOTDIR", path);
    return diskNames(files, at);
  }

  async readlink(path: string): Promise<string> {
    const { entry } = await this.#find(path, false);
    if (entry.type !== "symlink") throw new FileError("EINVAL", path);
    return entry.target;
  }

  async realpath(path: string): Promise<string> {
    return (await this.#find(path, true)).at;
  }

  async #find(path: string, follow: boolean) {
    await this.#ready(path);
    const found = this.#port.read((lab) => {
      const files = this.#disk.of(lab);
      if (!files) return { errno: "EIO" as const };
      const walked = walkSmallDisk(files, path, follow);
      if ("errno" in walked) return { errno: walked.errno };
      if (!walked.entry) return { errno: "ENOENT" as const };
      const errno = this.#disk.broken?.(lab, walked.entry);
      return errno ? { errno } : { errno, at: walked.path, entry: { ...walked.entry }, files };
    });
    if (found.errno !== undefined) throw new FileError(found.errno, path);
    return found;
  }

  protected async change(change: FileChange): Promise<void> {
    await this.#ready(change.path);
    const answer = this.#disk.change(change);
    if (answer.state === "refused") throw new FileError(answer.errno, change.path);
  }

  /** What the kernel tells needs no disk. */
  async #ready(path: string): Promise<void> {
    if (!path.startsWith("/proc/")) await this.#disk.ready?.();
  }
}
