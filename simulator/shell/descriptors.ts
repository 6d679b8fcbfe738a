/** A process's table of file descriptors. */
import { FileError } from "./node-files.ts";
import type { OpenFile } from "./open-file.ts";

/** As `ulimit -n` says. */
export const DESCRIPTORS_MAX = 1_024;

export class Descriptors {
  #files = new Map<number, OpenFile>();

  get(fd: number): OpenFile | undefined {
    return this.#files.get(fd);
  }

  /** Point a descriptor to a file, which it now holds; what it pointed to is let go. */
  set(fd: number, file: OpenFile): void {
    if (fd >= DESCRIPTORS_MAX) throw new FileError("EBADF", String(fd));
    const before = this.#files.get(fd);
    this.#files.set(fd, file);
    before?.release();
  }

  close(fd: number): void {
    const file = this.#files.get(fd);
    this.#files.delete(fd);
    file?.release();
  }

  /** The lowest descriptor from 10 on that is free, for `{name}>file`. */
  free(from = 10): number {
    let fd = from;
    while (this.#files.has(fd)) fd++;
    return fd;
  }

  entries(): [number, OpenFile][] {
    return [...this.#files];
  }

  /** A child's copy: the same files, each held once more. */
  copy(): Descriptors {
    const copy = new Descriptors();
    for (const [fd, file] of this.#files) copy.#files.set(fd, file.retain());
    return copy;
  }

  closeAll(): void {
    const files = [...this.#files.values()];
    this.#files.clear();
    for (const file of files) file.release();
  }
}
