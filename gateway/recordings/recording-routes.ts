/** Recordings over HTTP: listed, looked at, replayed from anywhere, deleted. docs/terminal.md has their shape. */
import type { ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { setImmediate as turn } from "node:timers/promises";
import type { Person } from "../../classroom/person.ts";
import type { Recording, RecordingQueries } from "../../database/recordings.ts";
import type { OwnRequest } from "../http/own-routes.ts";
import { answerJson } from "../http/plain-answers.ts";
import type { RecordingDetails, RecordingListed } from "../protocol.ts";
import { Refused } from "../refused.ts";
import { castText, factsOf } from "./cast-file.ts";
import type { Recordings } from "./recordings.ts";

/** Read side by side: each holds up to 64 MiB. */
const READING_MAX = 8;

export interface RecordingRoutesOptions {
  recordings: Recordings;
  queries: RecordingQueries;
  audit(entry: { person: Person; action: string; recording: Recording }): void;
}

export class RecordingRoutes {
  readonly #options: RecordingRoutesOptions;
  #reading = 0;

  constructor(options: RecordingRoutesOptions) {
    this.#options = options;
  }

  async list({ url, person, allow }: OwnRequest, response: ServerResponse): Promise<void> {
    const [lab, classId] = [url.searchParams.get("lab"), url.searchParams.get("class")];
    if ((lab === null) === (classId === null)) {
      throw new Refused("malformed", { id: "malformed", values: { detail: "lab or class" } });
    }
    let of: Parameters<RecordingQueries["list"]>[0];
    if (classId === null) {
      const labId = (lab ?? "").slice(0, 200);
      await allow({ labId });
      of = { labId, personId: person.id };
    } else {
      of = { classId: classId.slice(0, 200) };
      await allow(of);
    }
    const recordings = (await this.#options.queries.list(of)).map(listed);
    answerJson(response, 200, { recordings });
  }

  async details(asked: OwnRequest, response: ServerResponse): Promise<void> {
    const recording = await this.#allowed(asked);
    await this.#withFile(recording, async (file) => {
      const { columns, rows, durationMs, bytes, keyframesMs } = factsOf(file);
      const details: RecordingDetails = { ...listed(recording), columns, rows, durationMs, bytes, keyframesMs };
      answerJson(response, 200, details);
    });
  }

  /** The asciicast; `from` begins at the last keyframe before it, `save` names it for a download. */
  async cast(asked: OwnRequest, response: ServerResponse): Promise<void> {
    const recording = await this.#allowed(asked);
    const from = Number(asked.url.searchParams.get("from") ?? 0);
    if (!Number.isFinite(from) || from < 0) {
      throw new Refused("malformed", { id: "malformed", values: { detail: "from" } });
    }
    if (recording.personId !== asked.person.id) {
      this.#options.audit({ person: asked.person, action: "recording-seen", recording });
    }
    await this.#withFile(recording, async (file) => {
      const packed = /\bgzip\b/.test(String(asked.request.headers["accept-encoding"] ?? ""));
      const day = recording.startedAt.toISOString().slice(0, 16).replace(/[:T]/g, "-");
      response.writeHead(200, {
        "content-type": "application/x-asciicast; charset=utf-8",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
        ...(packed && { "content-encoding": "gzip" }),
        ...(asked.url.searchParams.has("save") && {
          "content-disposition": `attachment; filename="${recording.node.replace(/[^\w.-]/g, "_")}-${day}.cast"`,
        }),
      });
      // Browsers read the first member of a gzip stream alone, so it is packed anew.
      const text = Readable.from(unhurried(castText(file, from)), { objectMode: false });
      if (packed) await pipeline(text, createGzip({ level: 1 }), response);
      else await pipeline(text, response);
    });
  }

  async remove(asked: OwnRequest, response: ServerResponse): Promise<void> {
    const recording = await this.#allowed(asked);
    if (!recording.endedAt) throw new Refused("failed", { id: "recording-goes-on" });
    await this.#options.recordings.remove(recording.id);
    this.#options.audit({ person: asked.person, action: "recording-deleted", recording });
    response.writeHead(204).end();
  }

  /** @throws Refused the same for one of others as for one that is not there */
  async #allowed({ parts, allow }: OwnRequest): Promise<Recording & { name?: string }> {
    const recording = await this.#options.queries.find(parts.id ?? "");
    if (!recording) throw new Refused("not-allowed", { id: "not-allowed" });
    await allow({ recordingOf: recording.personId, classId: recording.classId });
    return recording;
  }

  async #withFile(recording: Recording, work: (file: Buffer) => Promise<void>): Promise<void> {
    if (this.#reading >= READING_MAX) throw new Refused("limit", { id: "limit-transfers-all" }, { retry: true });
    this.#reading += 1;
    try {
      const file = await this.#options.recordings.read(recording.id).catch((cause: unknown) => {
        throw new Refused("not-found", { id: "recording-lost" }, { cause });
      });
      await work(file);
    } finally {
      this.#reading -= 1;
    }
  }
}

/** Keystrokes go between two pieces. */
async function* unhurried(pieces: Iterable<string>): AsyncGenerator<Buffer> {
  for (const piece of pieces) {
    yield Buffer.from(piece, "utf8");
    await turn();
  }
}

function listed(recording: Recording & { name?: string }): RecordingListed {
  const { id, labId, classId, personId, node, slot, startedAt, endedAt, durationMs, bytes } = recording;
  return {
    ...{ id, labId, classId, personId, name: recording.name ?? "", node, slot },
    startedAtMs: startedAt.getTime(),
    ...(endedAt && { endedAtMs: endedAt.getTime() }),
    ...(durationMs !== null && { durationMs }),
    ...(bytes !== null && { bytes }),
  };
}
