/**
 * Files of a node over HTTP: `/gateway/files?lab=&node=&path=` and `/gateway/file?...`. docs/terminal.md has their shape.
 *
 * The body of an upload is read no faster than the node writes, and a download no faster than the browser reads; so what
 * the browser counts is how far it is, and nothing of a file is kept here.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import type { Person } from "../../classroom/person.ts";
import type { LabNode } from "../../labs/lab-description.ts";
import { LabUnavailable } from "../../labs/labs.ts";
import type { OwnRequest } from "../http/own-routes.ts";
import { answerJson } from "../http/plain-answers.ts";
import { FILE_BYTES_MAX } from "../protocol.ts";
import { Refused } from "../refused.ts";
import { NodeFiles } from "./node-files.ts";

/** A browser sends several dropped files side by side; each costs an SSH connection. */
const TRANSFERS_PER_PERSON = 4;
/** Nothing read or written for this long: the browser has gone, and so does its connection to the node. */
const STALLED_MS = 60_000;

export interface FileRoutesOptions {
  reach(labId: string, node: string): Promise<LabNode>;
  gate<T>(node: LabNode, work: () => Promise<T>): Promise<T>;
  audit(entry: { person: Person; action: string; labId: string; node: string; path: string; bytes: number }): void;
}

const place = z.strictObject({
  lab: z.string().min(1).max(200),
  node: z.string().min(1).max(63),
  // A path with a zero byte is none, and SFTP has a bound of its own.
  path: z
    .string()
    .max(4_000)
    .refine((path) => !path.includes("\0"))
    .default(""),
  replace: z.enum(["yes", "no"]).default("no"),
});

export class FileRoutes {
  readonly #options: FileRoutesOptions;
  readonly #going = new Map<string, number>();

  constructor(options: FileRoutesOptions) {
    this.#options = options;
  }

  /** What a folder has. */
  async list({ url, person, allow }: OwnRequest, response: ServerResponse): Promise<void> {
    const { lab, node, path } = read(url);
    await allow({ labId: lab });
    const folder = await this.#with(person, lab, node, (files) => files.folder(path));
    answerJson(response, 200, folder);
  }

  async download({ url, person, allow }: OwnRequest, response: ServerResponse): Promise<void> {
    const { lab, node, path } = read(url);
    await allow({ labId: lab });
    await this.#with(person, lab, node, async (files, stop) => {
      const file = await files.read(path);
      if (file.bytes > FILE_BYTES_MAX) throw tooLarge();
      const name = file.path.slice(file.path.lastIndexOf("/") + 1);
      response.writeHead(200, {
        // Never shown as a page of ours, whatever is in it.
        "content-type": "application/octet-stream",
        "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(name).replaceAll("'", "%27")}`,
        "content-length": file.bytes,
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
      });
      let sent = 0;
      for await (const piece of file.pieces) {
        sent += piece.length;
        if (!response.write(piece)) await drained(response, stop);
        if (response.destroyed) throw gone();
      }
      // A file that shrank meanwhile: a body that is too short must not look whole.
      if (sent === file.bytes) response.end();
      else response.destroy();
      this.#options.audit({ person, action: "file-downloaded", labId: lab, node, path: file.path, bytes: sent });
    });
  }

  async upload({ url, person, allow, request }: OwnRequest, response: ServerResponse): Promise<void> {
    const { lab, node, path, replace } = read(url);
    await allow({ labId: lab });
    if (Number(request.headers["content-length"] ?? 0) > FILE_BYTES_MAX) throw tooLarge();
    await this.#with(person, lab, node, async (files, stop) => {
      const written = await files.write(path, bodyOf(request, stop), replace === "yes");
      this.#options.audit({ person, action: "file-uploaded", labId: lab, node, ...written });
      answerJson(response, 201, written);
    });
  }

  /** With a connection to the node, within the person's share; `stop` ends it when nothing moves. */
  async #with<T>(
    person: Person,
    labId: string,
    name: string,
    work: (files: NodeFiles, stop: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const going = this.#going.get(person.id) ?? 0;
    if (going >= TRANSFERS_PER_PERSON) {
      throw new Refused("limit", { id: "limit-transfers", values: { limit: TRANSFERS_PER_PERSON } }, { retry: true });
    }
    this.#going.set(person.id, going + 1);
    const stop = new AbortController();
    try {
      const node = await this.#options.reach(labId, name).catch((cause: unknown) => {
        if (!(cause instanceof LabUnavailable)) throw cause;
        throw new Refused("unavailable", { id: "lab-unavailable", values: { detail: cause.message } }, { cause });
      });
      const files = await this.#options.gate(node, () => NodeFiles.open(node, stop.signal));
      try {
        return await work(files, stop.signal);
      } finally {
        files.close();
      }
    } finally {
      stop.abort();
      const left = (this.#going.get(person.id) ?? 1) - 1;
      if (left > 0) this.#going.set(person.id, left);
      else this.#going.delete(person.id);
    }
  }
}

/** The body piece by piece. @throws Refused when it is too large, stalls, or the browser goes away before its end */
async function* bodyOf(request: IncomingMessage, stop: AbortSignal): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  request.setTimeout(STALLED_MS, () => request.destroy());
  try {
    // Left open when writing fails, so that the refusal can still be read.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      if (stop.aborted) throw gone();
      bytes += (chunk as Buffer).length;
      if (bytes > FILE_BYTES_MAX) throw tooLarge();
      yield chunk as Buffer;
    }
  } catch (cause) {
    throw cause instanceof Refused ? cause : gone(cause);
  }
  if (!request.complete) throw gone();
}

function drained(response: ServerResponse, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      response.off("drain", done);
      response.off("close", done);
      stop.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(() => {
      response.destroy();
      done();
    }, STALLED_MS);
    response.once("drain", done);
    response.once("close", done);
    stop.addEventListener("abort", done);
  });
}

function read(url: URL): z.output<typeof place> {
  const parsed = place.safeParse(Object.fromEntries(url.searchParams));
  if (parsed.success) return parsed.data;
  const detail = parsed.error.issues[0]?.path.join(".") || "query";
  throw new Refused("malformed", { id: "malformed", values: { detail } });
}

const tooLarge = () =>
  new Refused("limit", { id: "file-too-large", values: { megabytes: FILE_BYTES_MAX / (1024 * 1024) } });
const gone = (cause?: unknown) => new Refused("unavailable", { id: "transfer-broken" }, { retry: true, cause });
