/** Files whose changes are inputs of the model: each way to change one becomes a `FileChange`. */
import type { FileChange } from "../cluster/files/files-state.ts";
import type { FileOwner } from "../shell/node-files.ts";

export abstract class ChangedFiles {
  /** Carry a change out. @throws FileError */
  protected abstract change(change: FileChange): Promise<void>;

  writeFile(
    path: string,
    bytes: Uint8Array,
    options?: { append?: boolean; resize?: boolean; mode?: number; owner?: FileOwner },
  ): Promise<void> {
    const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    return this.change({
      op: "write",
      path,
      content,
      ...(options?.append !== undefined && { append: options.append }),
      ...(options?.resize && { resize: true }),
      ...(options?.mode !== undefined && { mode: options.mode }),
      ...options?.owner,
    });
  }

  mkdir(path: string, mode?: number, owner?: FileOwner): Promise<void> {
    return this.change({ op: "mkdir", path, ...(mode !== undefined && { mode }), ...owner });
  }

  unlink(path: string): Promise<void> {
    return this.change({ op: "unlink", path });
  }

  rmdir(path: string): Promise<void> {
    return this.change({ op: "rmdir", path });
  }

  rename(from: string, to: string): Promise<void> {
    return this.change({ op: "rename", path: from, to });
  }

  symlink(target: string, path: string, owner?: FileOwner): Promise<void> {
    return this.change({ op: "symlink", path, target, ...owner });
  }

  link(from: string, to: string): Promise<void> {
    return this.change({ op: "link", path: from, to });
  }

  chmod(path: string, mode: number): Promise<void> {
    return this.change({ op: "chmod", path, mode });
  }

  chown(path: string, owner: string, group: string): Promise<void> {
    return this.change({ op: "chown", path, owner, group });
  }

  utimes(path: string, mtimeMs: number, options?: { follow?: boolean }): Promise<void> {
    return this.change({ op: "utimes", path, mtimeMs, ...(options?.follow === false && { itself: true }) });
  }
}
