/**
 * Files of a node over SFTP: look into a folder, read a file, write a file.
 *
 * Each request has an SSH connection of its own, so that no transfer stands in front of a keystroke. Reads and writes are
 * asked for several at a time, as one at a time costs a round trip for 32 KiB.
 */
import type { FileEntryWithStats, SFTPWrapper, Stats } from "ssh2";
import type { LabNode } from "../../labs/lab-description.ts";
import type { FileWritten, FolderListing, NodeFile } from "../protocol.ts";
import { Refused } from "../refused.ts";
import { connectNode, ShellUnreachable } from "../terminals/node-connection.ts";

/** What every SFTP server takes in one message. */
const PIECE_BYTES = 32 * 1024;
/** Asked for at once: half a MiB on the way, 25 MB/s at a round trip of 20 ms. */
const PIECES_AT_ONCE = 16;
/** A folder of more is told in part. */
export const ENTRIES_MAX = 2_000;
/** A node that does not answer a request for this long is lost. */
const ANSWER_MS = 30_000;

const STATUS = { endOfFile: 1, noSuchFile: 2, permissionDenied: 3 };
const KIND_BITS = 0o170_000;
const kinds = new Map<number, NodeFile["kind"]>([
  [0o040_000, "folder"],
  [0o100_000, "file"],
  [0o120_000, "link"],
]);

export interface ReadFile {
  path: string;
  bytes: number;
  /** In order; ends early when the file shrinks. @throws Refused when the node is lost */
  pieces: AsyncGenerator<Buffer>;
}

/** For the answers to two short requests, also by a node that is busy. */
const CLEAN_UP_MS = 10_000;

export class NodeFiles {
  readonly #sftp: SFTPWrapper;
  readonly #node: string;
  /** Rejects once the connection is gone. */
  readonly #gone: Promise<never>;
  readonly #destroy: () => void;

  private constructor(sftp: SFTPWrapper, node: string, gone: Promise<never>, destroy: () => void) {
    this.#sftp = sftp;
    this.#node = node;
    this.#gone = gone;
    this.#destroy = destroy;
  }

  /**
   * @param signal gives up, also what is going on then
   * @throws Refused with the reason in the learner's words
   */
  static async open(node: LabNode, signal: AbortSignal): Promise<NodeFiles> {
    const gone = Promise.withResolvers<never>();
    gone.promise.catch(() => undefined);
    const lost = () => gone.reject(unavailable({ id: "node-lost", values: { node: node.name } }));
    try {
      const { client, destroy } = await connectNode(node, lost, signal);
      const sftp = await Promise.race([
        new Promise<SFTPWrapper>((resolve, reject) => {
          client.sftp((error, opened) => (error ? reject(error) : resolve(opened)));
        }),
        gone.promise,
      ]).catch((cause: unknown) => {
        destroy();
        if (cause instanceof Refused) throw cause;
        throw new Refused("unavailable", { id: "files-unsupported", values: { node: node.name } }, { cause });
      });
      sftp.on("error", lost);
      sftp.on("close", lost);
      return new NodeFiles(sftp, node.name, gone.promise, destroy);
    } catch (cause) {
      if (cause instanceof ShellUnreachable) throw unavailable(cause.loss.reason, cause);
      throw cause;
    }
  }

  close(): void {
    this.#destroy();
  }

  /** @param path absolute, or below the login's own folder */
  async folder(path: string): Promise<FolderListing> {
    const whole = await this.#ask<string>(path, (done) => this.#sftp.realpath(path === "" ? "." : path, done));
    const handle = await this.#ask<Buffer>(path, (done) => this.#sftp.opendir(whole, done));
    const entries: NodeFile[] = [];
    try {
      while (entries.length <= ENTRIES_MAX) {
        const more = await this.#ask<FileEntryWithStats[] | undefined>(path, (done) =>
          this.#sftp.readdir(handle, (error, list) => {
            if ((error as { code?: unknown } | undefined)?.code === STATUS.endOfFile) done(undefined, undefined);
            else done(error, list);
          }),
        );
        if (more === undefined) break;
        for (const { filename, attrs } of more) {
          if (filename !== "." && filename !== "..") entries.push(fileOf(filename, attrs));
        }
      }
    } finally {
      this.#sftp.close(handle, () => undefined);
    }
    const told = entries.slice(0, ENTRIES_MAX).sort((one, other) => (one.name < other.name ? -1 : 1));
    return { path: whole, entries: told, whole: entries.length <= ENTRIES_MAX };
  }

  /** @throws Refused when there is none, it is a folder, or may not be read */
  async read(path: string): Promise<ReadFile> {
    const whole = await this.#ask<string>(path, (done) => this.#sftp.realpath(path, done));
    const stats = await this.#ask<Stats>(path, (done) => this.#sftp.stat(whole, done));
    if (kinds.get(stats.mode & KIND_BITS) !== "file") throw refused("file-not-file", path);
    const handle = await this.#ask<Buffer>(path, (done) => this.#sftp.open(whole, "r", done));
    return { path: whole, bytes: stats.size, pieces: this.#pieces(path, handle, stats.size) };
  }

  /**
   * Write a file whole: beside the place first, so that what was there stays until the new one is complete.
   *
   * @param replace false refuses when there is a file of that name
   * @returns the place and how many bytes
   */
  async write(
    path: string,
    content: AsyncIterable<Uint8Array>,
    replace: boolean,
    onProgress: (bytes: number) => void = () => undefined,
  ): Promise<FileWritten> {
    const folder = path.slice(0, path.lastIndexOf("/") + 1);
    const name = path.slice(folder.length);
    if (name === "" || name === "." || name === "..") throw refused("file-name", path);
    const base = await this.#ask<string>(path, (done) => this.#sftp.realpath(folder === "" ? "." : folder, done));
    const whole = `${base === "/" ? "" : base}/${name}`;
    const before = await this.#found(whole);
    if (before && kinds.get(before.mode & KIND_BITS) === "folder") throw refused("file-is-folder", path);
    if (before && !replace) throw refused("file-exists", path);
    const beside = `${whole}.upload-${Date.now().toString(36)}`;
    const handle = await this.#ask<Buffer>(path, (done) => this.#sftp.open(beside, "wx", done));
    try {
      const bytes = await this.#pour(path, handle, content, onProgress);
      if (before) {
        await this.#ask<void>(path, (done) =>
          this.#sftp.chmod(beside, before.mode & 0o7777, (error) => done(error, undefined)),
        );
      }
      await this.#ask<void>(path, (done) => this.#sftp.close(handle, (error) => done(error, undefined)));
      await this.#replace(path, beside, whole, before !== undefined);
      return { path: whole, bytes };
    } catch (cause) {
      await this.#leaveNothing(handle, beside);
      throw cause;
    }
  }

  /** Take away what was half written; the connection is closed right after, so it waits for the node's answers. */
  #leaveNothing(handle: Buffer, beside: string): Promise<void> {
    return new Promise((resolve) => {
      // A node that is gone answers nothing.
      const patience = setTimeout(resolve, CLEAN_UP_MS);
      const done = () => {
        clearTimeout(patience);
        resolve();
      };
      try {
        this.#sftp.close(handle, () => this.#sftp.unlink(beside, done));
      } catch {
        done();
      }
    });
  }

  async #replace(path: string, from: string, to: string, exists: boolean): Promise<void> {
    if (exists) {
      const renamed = await this.#ask<boolean>(path, (done) => {
        try {
          this.#sftp.ext_openssh_rename(from, to, (error) => done(undefined, !error));
        } catch {
          // A server without the extension.
          done(undefined, false);
        }
      });
      if (renamed) return;
      await this.#ask<void>(path, (done) => this.#sftp.unlink(to, (error) => done(error, undefined)));
    }
    await this.#ask<void>(path, (done) => this.#sftp.rename(from, to, (error) => done(error, undefined)));
  }

  async #pour(
    path: string,
    handle: Buffer,
    content: AsyncIterable<Uint8Array>,
    onProgress: (bytes: number) => void,
  ): Promise<number> {
    let at = 0;
    let written = 0;
    const going = new Set<Promise<void>>();
    let failure: { cause: unknown } | undefined;
    for await (const chunk of content) {
      for (let from = 0; from < chunk.length; from += PIECE_BYTES) {
        const piece = Buffer.from(chunk.subarray(from, from + PIECE_BYTES));
        const position = at;
        at += piece.length;
        const one = this.#ask<void>(path, (done) =>
          this.#sftp.write(handle, piece, 0, piece.length, position, (error) => done(error, undefined)),
        )
          .then(() => {
            written += piece.length;
            onProgress(written);
          })
          .catch((cause: unknown) => {
            failure ??= { cause };
          })
          .finally(() => going.delete(one));
        going.add(one);
        if (going.size >= PIECES_AT_ONCE) await Promise.race(going);
        if (failure) throw failure.cause;
      }
    }
    await Promise.all(going);
    if (failure) throw failure.cause;
    return at;
  }

  async *#pieces(path: string, handle: Buffer, bytes: number): AsyncGenerator<Buffer> {
    const going: Promise<Buffer>[] = [];
    let at = 0;
    const ask = (position: number, length: number) =>
      this.#ask<Buffer>(path, (done) => {
        this.#sftp.read(handle, Buffer.alloc(length), 0, length, position, (error, count, buffer) => {
          if ((error as { code?: unknown } | undefined)?.code === STATUS.endOfFile) done(undefined, Buffer.alloc(0));
          else done(error, buffer?.subarray(0, count));
        });
      });
    try {
      while (at < bytes || going.length > 0) {
        while (at < bytes && going.length < PIECES_AT_ONCE) {
          const length = Math.min(PIECE_BYTES, bytes - at);
          const whole = this.#whole(at, length, ask);
          // Told when its turn comes; until then nobody waits for it.
          whole.catch(() => undefined);
          going.push(whole);
          at += length;
        }
        const piece = (await going.shift()) as Buffer;
        if (piece.length === 0) return;
        yield piece;
      }
    } finally {
      this.#sftp.close(handle, () => undefined);
    }
  }

  /** A server may give less than was asked for. */
  async #whole(at: number, length: number, ask: (at: number, length: number) => Promise<Buffer>): Promise<Buffer> {
    const first = await ask(at, length);
    if (first.length === length || first.length === 0) return first;
    const parts = [first];
    for (let have = first.length; have < length; ) {
      const more = await ask(at + have, length - have);
      if (more.length === 0) break;
      parts.push(more);
      have += more.length;
    }
    return Buffer.concat(parts);
  }

  async #found(path: string): Promise<Stats | undefined> {
    return this.#ask<Stats | undefined>(path, (done) =>
      this.#sftp.stat(path, (error, stats) => {
        if ((error as { code?: unknown } | undefined)?.code === STATUS.noSuchFile) done(undefined, undefined);
        else done(error, stats);
      }),
    );
  }

  /** One request: its answer, or a refusal that names the path. */
  #ask<T>(path: string, send: (done: (error: Error | null | undefined, value: T) => void) => void): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const answer = new Promise<T>((resolve, reject) => {
      const silent = () => reject(unavailable({ id: "node-silent", values: { node: this.#node } }));
      timer = setTimeout(silent, ANSWER_MS);
      send((error, value) => (error ? reject(this.#refusal(path, error)) : resolve(value)));
    });
    return Promise.race([answer, this.#gone]).finally(() => clearTimeout(timer));
  }

  #refusal(path: string, cause: Error): Refused {
    const { code } = cause as { code?: unknown };
    if (code === STATUS.noSuchFile) return refused("file-unknown", path, cause);
    if (code === STATUS.permissionDenied) return refused("file-forbidden", path, cause);
    const detail = cause.message.slice(0, 200);
    return new Refused("failed", { id: "file-failed", values: { path, node: this.#node, detail } }, { cause });
  }
}

function fileOf(name: string, attrs: FileEntryWithStats["attrs"]): NodeFile {
  const kind = kinds.get(attrs.mode & KIND_BITS) ?? "other";
  return { name, kind, bytes: attrs.size, mode: attrs.mode & 0o7777, modifiedAtMs: attrs.mtime * 1000 };
}

function refused(id: string, path: string, cause?: unknown): Refused {
  const code = id === "file-unknown" ? "not-found" : id === "file-forbidden" ? "not-allowed" : "malformed";
  return new Refused(code, { id, values: { path: path.slice(0, 300) } }, { cause });
}

function unavailable(message: Refused["refusal"]["message"], cause?: unknown): Refused {
  return new Refused("unavailable", message, { retry: true, cause });
}
