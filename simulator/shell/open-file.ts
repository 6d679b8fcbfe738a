/**
 * Open files: what a descriptor points to. Several descriptors may share one; it closes when the last lets go, which is
 * how a pipe's reader learns that no writer is left.
 */
import type { ShellActivity } from "./activity.ts";
import { FileError, type NodeFiles } from "./node-files.ts";
import type { NodeProcess } from "./node-process.ts";
import { Terminated } from "./process.ts";

export type OpenFileKind = "tty" | "pipe" | "file" | "null" | "text" | "outside";

export abstract class OpenFile {
  abstract readonly kind: OpenFileKind;
  /** Where it was opened, for messages and `/dev/fd`. */
  path = "";
  #holders = 1;
  #returned: Uint8Array[] = [];

  retain(): this {
    this.#holders++;
    return this;
  }

  release(): void {
    if (--this.#holders === 0) this.closed();
  }

  /** The next bytes, at least one; undefined at the end. @throws Terminated, FileError */
  read(process: NodeProcess, signal: AbortSignal = process.signal): Promise<Uint8Array | undefined> {
    const returned = this.#returned.pop();
    return returned ? Promise.resolve(returned) : this.readMore(process, signal);
  }

  /** Give back what was read too much, so that the next reader of this file gets it. */
  unread(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#returned.push(bytes);
  }

  protected abstract readMore(process: NodeProcess, signal: AbortSignal): Promise<Uint8Array | undefined>;
  /** @throws Terminated (SIGPIPE when nobody reads), FileError */
  abstract write(bytes: Uint8Array, process: NodeProcess): Promise<void>;
  protected closed(): void {}
}

/** Park until woken or until the process's signal aborts. @throws the signal's reason */
export function parked(waiters: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const woken = () => {
      waiters.delete(woken);
      signal.removeEventListener("abort", aborted);
      resolve();
    };
    const aborted = () => {
      waiters.delete(woken);
      reject(signal.reason);
    };
    waiters.add(woken);
    signal.addEventListener("abort", aborted, { once: true });
  });
}

export function wake(waiters: Set<() => void>): void {
  for (const waiter of [...waiters]) waiter();
}

/** What a pipe holds before its writer waits, as on Linux. */
const PIPE_BYTES_MAX = 65_536;

/** A bounded pipe; the two ends are open files of their own. */
export function openPipe(activity: ShellActivity): { reader: OpenFile; writer: OpenFile } {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let readerOpen = true;
  let writerOpen = true;
  const waiters = new Set<() => void>();

  class PipeReader extends OpenFile {
    readonly kind = "pipe";
    protected async readMore(_process: NodeProcess, signal: AbortSignal): Promise<Uint8Array | undefined> {
      for (;;) {
        const chunk = chunks.shift();
        if (chunk) {
          size -= chunk.length;
          activity.touch();
          wake(waiters);
          return chunk;
        }
        if (!writerOpen) return undefined;
        await parked(waiters, signal);
      }
    }
    write(): Promise<void> {
      return Promise.reject(new FileError("EBADF", ""));
    }
    protected override closed(): void {
      readerOpen = false;
      chunks.length = 0;
      wake(waiters);
    }
  }

  class PipeWriter extends OpenFile {
    readonly kind = "pipe";
    protected readMore(): Promise<Uint8Array | undefined> {
      return Promise.reject(new FileError("EBADF", ""));
    }
    async write(bytes: Uint8Array, process: NodeProcess): Promise<void> {
      let rest = bytes;
      while (rest.length > 0) {
        while (readerOpen && size >= PIPE_BYTES_MAX) await parked(waiters, process.signal);
        if (!readerOpen) {
          process.deliver("SIGPIPE");
          if (process.signal.aborted) throw process.signal.reason;
          if (process.ignored.has("SIGPIPE")) throw new FileError("EPIPE", "");
          throw new Terminated("SIGPIPE");
        }
        const part = rest.subarray(0, PIPE_BYTES_MAX - size);
        rest = rest.subarray(part.length);
        chunks.push(part);
        size += part.length;
        activity.touch();
        wake(waiters);
      }
    }
    protected override closed(): void {
      writerOpen = false;
      wake(waiters);
    }
  }
  return { reader: new PipeReader(), writer: new PipeWriter() };
}

/** A file of the node: read from the start on, or written at its end. */
export class NodeFile extends OpenFile {
  readonly kind = "file";
  #files: NodeFiles;
  #offset = 0;

  constructor(files: NodeFiles, path: string) {
    super();
    this.#files = files;
    this.path = path;
  }

  protected async readMore(): Promise<Uint8Array | undefined> {
    const bytes = await this.#files.readFile(this.path);
    if (bytes.length <= this.#offset) return undefined;
    const rest = bytes.subarray(this.#offset);
    this.#offset = bytes.length;
    return rest;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (bytes.length > 0) await this.#files.writeFile(this.path, bytes, { append: true });
  }
}

/** `/dev/null`, `/dev/zero` and `/dev/full`. */
export class NullFile extends OpenFile {
  readonly kind = "null";
  #fill: "nothing" | "zeroes" | "full";
  constructor(fill: "nothing" | "zeroes" | "full" = "nothing") {
    super();
    this.#fill = fill;
    this.path = "/dev/null";
  }
  protected readMore(): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#fill === "nothing" ? undefined : new Uint8Array(4096));
  }
  write(): Promise<void> {
    return this.#fill === "full" ? Promise.reject(new FileError("ENOSPC", "/dev/full")) : Promise.resolve();
  }
}

/** Here-documents and here-strings. */
export class TextFile extends OpenFile {
  readonly kind = "text";
  #bytes: Uint8Array | undefined;
  #gone: (() => void) | undefined;
  /** @param gone told when it is held no more */
  constructor(bytes: Uint8Array, gone?: () => void) {
    super();
    this.#bytes = bytes;
    this.#gone = gone;
  }
  protected override closed(): void {
    this.#bytes = undefined;
    this.#gone?.();
  }
  protected readMore(): Promise<Uint8Array | undefined> {
    const bytes = this.#bytes?.length ? this.#bytes : undefined;
    this.#bytes = undefined;
    return Promise.resolve(bytes);
  }
  write(): Promise<void> {
    return Promise.reject(new FileError("EBADF", this.path));
  }
}

/** Collects what is written, up to a limit. */
export class Collector extends OpenFile {
  readonly kind = "outside";
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #limit: number;
  /** Whether output was lost because there was too much. */
  overflowed = false;
  /** Whether that was because the whole lab holds too much. */
  exhausted = false;
  #charge: (bytes: number) => boolean;
  /** @param charge tells the lab that more is held, or less; false when it may not be */
  constructor(limit: number, charge: (bytes: number) => boolean = () => true) {
    super();
    this.#limit = limit;
    this.#charge = charge;
  }
  protected readMore(): Promise<Uint8Array | undefined> {
    return Promise.resolve(undefined);
  }
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#size + bytes.length <= this.#limit) this.exhausted ||= !this.#charge(bytes.length);
    if (this.exhausted || this.#size + bytes.length > this.#limit) {
      this.overflowed = true;
      throw new Terminated("SIGPIPE");
    }
    this.#size += bytes.length;
    this.#chunks.push(bytes);
  }
  giveBack(): void {
    this.#charge(-this.#size);
    this.#size = 0;
  }
  text(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }
}

/** Streams that come from outside the node: an SSH channel without a terminal, or another program's reader. */
export class OutsideFile extends OpenFile {
  readonly kind = "outside";
  #ends: OutsideEnds;
  constructor(ends: OutsideEnds) {
    super();
    this.#ends = ends;
  }
  protected readMore(_process: NodeProcess, signal: AbortSignal): Promise<Uint8Array | undefined> {
    return this.#ends.read?.(signal) ?? Promise.resolve(undefined);
  }
  write(bytes: Uint8Array, process: NodeProcess): Promise<void> {
    return this.#ends.write?.(bytes, process.signal) ?? Promise.reject(new FileError("EBADF", ""));
  }
  protected override closed(): void {
    this.#ends.close?.();
  }
}

export interface OutsideEnds {
  read?(signal: AbortSignal): Promise<Uint8Array | undefined>;
  write?(bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  close?(): void;
}
