/**
 * A node's files as programs see them, over the lab's port: reads look at the model, changes are inputs, and a change
 * to /etc/pve in a cluster waits until it is delivered.
 */
import { randomFillSync } from "node:crypto";
import { type FileChange, NAME_BYTES_MAX } from "../cluster/files/files-state.ts";
import { entryAt, mountOf, type NodeEntry, namesIn, readNodeFile } from "../cluster/files/node-tree.ts";
import { childPath, isWithin, normalisePath, parentPath } from "../cluster/files/path.ts";
import { walkPath } from "../cluster/files/path-walk.ts";
import { pmxcfsAnswer } from "../cluster/pmxcfs/pmxcfs-changes.ts";
import { PMXCFS_ROOT } from "../cluster/pmxcfs/pmxcfs-state.ts";
import { pmxcfsMountState } from "../cluster/pmxcfs/pmxcfs-view.ts";
import type { LabPort } from "../cluster/port.ts";
import { MOUNTS, pathHangs } from "../cluster/storage/storage-files.ts";
import { isSystemName } from "../commands/coreutils/file-words.ts";
import { FileError, type FileStat, type NodeFiles } from "../shell/node-files.ts";
import { ChangedFiles } from "./changed-files.ts";
import { kernelEntry, kernelNames } from "./kernel-files.ts";
import { settingOfPath, writeKernelSetting } from "./kernel-setting-files.ts";
import { pmxcfsGoesOn } from "./pmxcfs-waits.ts";

/** A change to /etc/pve that is not delivered in this time ends; pmxcfs itself gives up after some seconds, too. */
const PMXCFS_ANSWER_TIMEOUT_MS = 10_000;

/** One read of an endless device; programs read on while they want more. */
const DEVICE_CHUNK_BYTES = 4_096;

/** The files of one node. */
export function createNodeFiles(port: LabPort, nodeName: string): NodeFiles {
  return new NodeFilesOverPort(port, nodeName);
}

class NodeFilesOverPort extends ChangedFiles implements NodeFiles {
  readonly #port: LabPort;
  readonly #node: string;

  constructor(port: LabPort, node: string) {
    super();
    this.#port = port;
    this.#node = node;
  }

  async stat(path: string, options?: { follow?: boolean }): Promise<FileStat> {
    // The attributes of a mount point itself are kept for a while.
    const mountPoint = options?.follow === false && parentPath(normalisePath(path)) === MOUNTS;
    if (!mountPoint) await this.#mounted(path);
    const { path: real, entry } = this.#find(path, options?.follow ?? true);
    const links = entry.type === "directory" ? this.#subfolders(real) : (entry.links ?? 1);
    const { type, mode, owner, group, size, mtimeMs, inode } = entry;
    const stat = { type, mode, owner, group, ...this.#numbers(owner, group), size, mtimeMs, inode, links };
    return this.#inPmxcfs(real) ? { ...stat, blocks: pmxcfsBlocks(real, entry) } : stat;
  }

  async readFile(path: string): Promise<Uint8Array> {
    await this.#mounted(path);
    const { entry } = this.#find(path, true);
    if (entry.type === "directory") throw new FileError("EISDIR", path);
    if (entry.type === "device") return readDevice(entry.content, path);
    // What is in a guest's image is not modelled.
    if (entry.size > entry.content.length) throw new FileError("EPERM", path);
    return bytesToArray(entry.content);
  }

  async readdir(path: string): Promise<string[]> {
    await this.#mounted(path);
    const { path: real, entry } = this.#find(path, true);
    if (entry.type !== "directory") throw new FileError("ENOTDIR", path);
    return this.#port.read((lab) => {
      const names = this.#names(lab, real);
      // What is mounted in the root is there although the disk does not hold it.
      if (real === "/") for (const mounted of ["proc", "dev"]) if (!names.includes(mounted)) names.push(mounted);
      return names.sort();
    });
  }

  async readlink(path: string): Promise<string> {
    await this.#mounted(path);
    const { entry } = this.#find(path, false);
    if (entry.type !== "symlink") throw new FileError("EINVAL", path);
    return entry.target;
  }

  async realpath(path: string): Promise<string> {
    await this.#mounted(path);
    return this.#find(path, true).path;
  }

  /** A file of an NFS server that is away does not fail: whoever touches it waits until it is back; so with pmxcfs. */
  async #mounted(path: string): Promise<void> {
    if (path.includes(PMXCFS_ROOT) && isWithin(normalisePath(path), PMXCFS_ROOT)) {
      await pmxcfsGoesOn({ lab: this.#port, node: this.#node });
      if (this.#port.read((lab) => pmxcfsMountState(lab, this.#node)) === "gone") throw new FileError("ENOTCONN", path);
    }
    if (!path.startsWith(MOUNTS)) return;
    await this.#port.until((lab) => (pathHangs(lab, this.#node, normalisePath(path)) ? undefined : true));
  }

  /** Of owners that somebody made on this node. */
  #numbers(owner: string, group: string): { uid?: number; gid?: number } {
    if (isSystemName(owner) && isSystemName(group)) return {};
    const numberIn = (path: string, name: string) =>
      this.#port.read((lab) => {
        const line = (readNodeFile(lab, this.#node, path) ?? "").split("\n").find((one) => one.startsWith(`${name}:`));
        return line === undefined ? undefined : Number(line.split(":")[2]);
      });
    const [uid, gid] = [numberIn("/etc/passwd", owner), numberIn("/etc/group", group)];
    return { ...(uid !== undefined && { uid }), ...(gid !== undefined && { gid }) };
  }

  get #onlooker() {
    return { lab: this.#port, node: this.#node };
  }

  /** What the model has comes before what the kernel and the installation show. */
  #entry(lab: Parameters<typeof entryAt>[0], path: string): NodeEntry | undefined {
    return entryAt(lab, this.#node, path) ?? kernelEntry(this.#onlooker, path);
  }

  #names(lab: Parameters<typeof namesIn>[0], folder: string): string[] {
    // The model knows the files right below /proc; of the folders there it knows nothing.
    const own = folder.startsWith("/proc/") ? [] : namesIn(lab, this.#node, folder);
    return [...new Set([...own, ...kernelNames(this.#onlooker, folder)])];
  }

  /** What is added to a file that the installation shows comes behind its text; otherwise such a file stays as it is. */
  #withShown(change: FileChange): FileChange {
    const path = normalisePath(change.path);
    const shown = this.#port.read((lab) => {
      const found = walkPath((at) => this.#entry(lab, at), path, change.op === "write");
      return "entry" in found && found.entry && !entryAt(lab, this.#node, found.path) ? found.entry : undefined;
    });
    if (!shown) return change;
    if (change.op !== "write") throw new FileError("EPERM", change.path);
    if (shown.type !== "file" || shown.size > shown.content.length) throw new FileError("EPERM", change.path);
    return change.append ? { ...change, append: false, content: shown.content + change.content } : change;
  }

  #find(path: string, follow: boolean): { path: string; entry: NodeEntry } {
    if (path.split("/").some((name) => name.length > NAME_BYTES_MAX)) throw new FileError("ENAMETOOLONG", path);
    const found = this.#port.read((lab) => walkPath((at) => this.#entry(lab, at), path, follow));
    if ("errno" in found) throw new FileError(found.errno, path);
    if (!found.entry) throw new FileError("ENOENT", path);
    return { path: found.path, entry: found.entry };
  }

  /** Hard links of a folder as Linux counts them: its own two and one for each folder in it; pmxcfs always says 2. */
  #subfolders(path: string): number {
    if (this.#inPmxcfs(path)) return 2;
    return this.#port.read((lab) => {
      const names = this.#names(lab, path);
      return 2 + names.filter((name) => this.#entry(lab, childPath(path, name))?.type === "directory").length;
    });
  }

  #inPmxcfs(path: string): boolean {
    return this.#port.read((lab) => mountOf(lab, this.#node, path)) === "pmxcfs";
  }

  protected async change(change: FileChange): Promise<void> {
    const { path } = change;
    if (!path.startsWith("/")) throw new FileError("ENOENT", path);
    if (change.op === "write") {
      const at = normalisePath(path);
      const shown = this.#port.read((lab) => this.#entry(lab, at));
      // Nothing changes in the model by writing to a device, so nothing enters its log.
      if (shown?.type === "device") return;
      const setting = settingOfPath(at);
      if (setting !== undefined && shown) {
        if (shown.type === "directory") throw new FileError("EISDIR", path);
        if ((shown.mode & 0o200) === 0) throw new FileError("EACCES", path);
        // Opening the file to write to it has written nothing yet.
        if (change.content !== "") writeKernelSetting(this.#onlooker, setting, change.content.split("\n")[0]!);
        return;
      }
    }
    // What else the kernel shows is not changed by writing: that is not modelled.
    if (/^\/(?:proc|sys)\//.test(path) && this.#port.read((lab) => this.#entry(lab, normalisePath(path))))
      throw new FileError("EPERM", path);
    await this.#mounted(path);
    let answer = this.#port.act("files/change", { node: this.#node, change: this.#withShown(change) });
    if (answer.state === "pending") {
      const { id } = answer;
      const delivered = await this.#port.until((lab) => pmxcfsAnswer(lab, this.#node, id), {
        timeoutMs: PMXCFS_ANSWER_TIMEOUT_MS,
      });
      if (!delivered) throw new FileError("EIO", path);
      answer = delivered;
    }
    if (answer.state === "refused") throw new FileError(answer.errno, path);
  }
}

/** pmxcfs counts blocks of 4 KiB where 512 bytes are meant, and none for what it makes up itself. @source cfs-plug-memdb.c */
function pmxcfsBlocks(path: string, { type, size }: NodeEntry): number {
  const madeUp = type === "symlink" || /^\/etc\/pve\/\.\w+$/.test(path);
  return madeUp ? 0 : Math.ceil(size / 4096);
}

function readDevice(device: string, path: string): Uint8Array {
  switch (device) {
    case "null":
      return new Uint8Array();
    case "zero":
      return new Uint8Array(DEVICE_CHUNK_BYTES);
    case "random":
    case "urandom":
      return randomFillSync(new Uint8Array(DEVICE_CHUNK_BYTES));
    default:
      throw new FileError("EIO", path);
  }
}

function bytesToArray(bytes: string): Uint8Array {
  return new Uint8Array(Buffer.from(bytes, "latin1"));
}
