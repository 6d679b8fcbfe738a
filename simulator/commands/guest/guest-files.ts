/** Files inside a guest as its programs see them: what lies on its disk, and what its kernel tells. */

import { diskNames } from "../../cluster/files/disk.ts";
import type { FileChange } from "../../cluster/files/files-state.ts";
import { childPath } from "../../cluster/files/path.ts";
import { entryIsLost, guestFilesState, systemVolume, walkGuest } from "../../cluster/guests/guest-disk.ts";
import { disksAnswer, guestUptimeS, machineOfBoot } from "../../cluster/guests/guest-view.ts";
import type { LabPort } from "../../cluster/port.ts";
import { FileError, type FileStat, type NodeFiles } from "../../shell/node-files.ts";
import type { GuestBoot } from "./guest-boot.ts";

/** @param port the lab's own, not a guest's */
export function guestFiles(port: LabPort, boot: GuestBoot): NodeFiles {
  return new GuestFiles(port, boot);
}

/** A boot's id in the form of a UUID. */
export function bootIdText(bootId: string): string {
  return `${bootId}-5c1d-4b7e-9a20-${bootId}${bootId.slice(0, 4)}`;
}

class GuestFiles implements NodeFiles {
  readonly #port: LabPort;
  readonly #boot: GuestBoot;

  constructor(port: LabPort, boot: GuestBoot) {
    this.#port = port;
    this.#boot = boot;
  }

  async stat(path: string, options?: { follow?: boolean }): Promise<FileStat> {
    const { at, entry, files } = await this.#find(path, options?.follow ?? true);
    const { type, mode, owner, group, mtimeMs, inode } = entry;
    const names = type === "directory" ? diskNames(files, at) : [];
    const folders = names.filter((name) => files.entries[childPath(at, name)]?.type === "directory").length;
    const size = type === "directory" ? 4096 : type === "symlink" ? entry.target.length : entry.content.length;
    return { type, mode, owner, group, size, mtimeMs, inode, links: type === "directory" ? 2 + folders : 1 };
  }

  async readFile(path: string): Promise<Uint8Array> {
    const { at, entry } = await this.#find(path, true);
    if (entry.type === "directory") throw new FileError("EISDIR", path);
    return Buffer.from(this.#kernelTells(at) ?? entry.content, "latin1");
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

  async writeFile(path: string, bytes: Uint8Array, options?: { append?: boolean; mode?: number }): Promise<void> {
    const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    await this.#change({ op: "write", path, content, ...options });
  }

  async mkdir(path: string, mode?: number): Promise<void> {
    await this.#change({ op: "mkdir", path, ...(mode !== undefined && { mode }) });
  }

  async unlink(path: string): Promise<void> {
    await this.#change({ op: "unlink", path });
  }

  async rmdir(path: string): Promise<void> {
    await this.#change({ op: "rmdir", path });
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#change({ op: "rename", path: from, to });
  }

  async symlink(target: string, path: string): Promise<void> {
    await this.#change({ op: "symlink", path, target });
  }

  async chmod(path: string, mode: number): Promise<void> {
    await this.#change({ op: "chmod", path, mode });
  }

  async chown(path: string, owner: string, group: string): Promise<void> {
    await this.#change({ op: "chown", path, owner, group });
  }

  async utimes(path: string, mtimeMs: number): Promise<void> {
    await this.#change({ op: "utimes", path, mtimeMs });
  }

  async #find(path: string, follow: boolean) {
    await this.#diskReady(path);
    const found = this.#port.read((lab) => {
      const here = machineOfBoot(lab, this.#boot.vmid, this.#boot.bootId);
      if (!here) return { errno: "EIO" as const };
      const files = guestFilesState(lab, here.node, here.instance);
      const walked = walkGuest(files, path, follow);
      if ("errno" in walked) return { errno: walked.errno };
      if (!walked.entry) return { errno: "ENOENT" as const };
      if (entryIsLost(systemVolume(lab, here.node, here.instance), walked.entry)) return { errno: "EBADMSG" as const };
      return { errno: undefined, at: walked.path, entry: { ...walked.entry }, files };
    });
    if (found.errno !== undefined) throw new FileError(found.errno, path);
    return found;
  }

  async #change(change: FileChange): Promise<void> {
    await this.#diskReady(change.path);
    const { vmid, bootId } = this.#boot;
    const answer = this.#port.act("guests/files", { vmid, bootId, change });
    if (answer.state === "refused") throw new FileError(answer.errno, change.path);
  }

  /** A disk on a server that is away does not fail: whoever touches it waits. What the kernel tells needs no disk. */
  async #diskReady(path: string): Promise<void> {
    if (path.startsWith("/proc/")) return;
    await this.#port.until((lab) => {
      const here = machineOfBoot(lab, this.#boot.vmid, this.#boot.bootId);
      return !here || disksAnswer(lab, here.node, here.instance) ? true : undefined;
    });
  }

  #kernelTells(path: string): string | undefined {
    const { vmid, bootId, hostName } = this.#boot;
    switch (path) {
      case "/etc/hostname":
        return `${hostName}\n`;
      case "/proc/sys/kernel/random/boot_id":
        return `${bootIdText(bootId)}\n`;
      case "/proc/uptime": {
        const seconds = this.#port.read((lab) => {
          const found = machineOfBoot(lab, vmid, bootId);
          return found ? guestUptimeS(lab, found.instance.machine) : 0;
        });
        return `${seconds.toFixed(2)} ${(seconds * 0.97).toFixed(2)}\n`;
      }
      default:
        return undefined;
    }
  }
}
