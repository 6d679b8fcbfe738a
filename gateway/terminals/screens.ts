/**
 * The screens of all terminals, kept in a worker thread.
 */
import { Worker } from "node:worker_threads";
import type { RecordingEnd, RecordingStart } from "../recordings/recorder.ts";
import type { Snapshot } from "./screen-model.ts";
import type { FromScreens, ToScreens } from "./screen-worker.ts";

export interface Screen {
  /** The bytes are read within some milliseconds, and must not change until then. */
  write(bytes: Uint8Array): void;
  resize(columns: number, rows: number): void;
  /** The screen after everything written so far. @throws Error when the screens were stopped meanwhile */
  snapshot(): Promise<Snapshot>;
  /** What can be read on it, to be shown above another shell. @throws Error when the screens were stopped meanwhile */
  picture(): Promise<string>;
  /**
   * Write what comes from now on into a file as well.
   *
   * @param onStopped the file could not be written, or is full
   */
  record(start: RecordingStart, onStopped: (reason: "failed" | "full", detail: string) => void): void;
  /** Undefined when nothing was recorded, or the screens were stopped. */
  endRecording(): Promise<RecordingEnd | undefined>;
  close(): void;
  /** Bytes written that are not on the screen yet: what keeps memory bounded. */
  readonly backlog: number;
}

export interface Screens {
  /** @param onParsed called after each piece that reached the screen */
  open(size: { columns: number; rows: number }, onParsed: () => void): Screen;
  stop(): Promise<void>;
}

/**
 * Bytes go to the thread in pieces of this size, or after this time: each message wakes it, and on a small machine it then
 * takes the processor from the page that waits for its echo. Nobody sees the screens, so they may be late.
 */
const PIECE_BYTES = 64 * 1024;
const PIECE_MS = 4;

interface Entry {
  backlog: number;
  /** Not yet given to the thread. */
  pieces: Uint8Array[];
  pieceBytes: number;
  onParsed: () => void;
  onRecordingStopped: (reason: "failed" | "full", detail: string) => void;
}

type Answer = Snapshot | string | RecordingEnd | undefined;

interface Asked {
  id: number;
  resolve(answer: Answer): void;
  reject(cause: Error): void;
}

/** @param onFailure the thread died: every screen is lost, and the process is better started anew */
export function startScreens(onFailure: (cause: Error) => void): Screens {
  const worker = new Worker(new URL("./screen-worker.ts", import.meta.url));
  const entries = new Map<number, Entry>();
  const waiting = new Map<number, Asked>();
  let lastId = 0;
  let lastRequest = 0;
  let stopped = false;
  const tell = (message: ToScreens) => {
    if (!stopped) worker.postMessage(message);
  };

  worker.on("message", (message: FromScreens) => {
    if (message.kind !== "parsed" && message.kind !== "recording-stopped") {
      waiting.get(message.request)?.resolve(answerOf(message));
      waiting.delete(message.request);
      return;
    }
    const entry = entries.get(message.id);
    if (!entry) return;
    if (message.kind === "recording-stopped") {
      entry.onRecordingStopped(message.reason, message.detail);
      return;
    }
    entry.backlog -= message.bytes;
    entry.onParsed();
  });
  worker.on("error", onFailure);
  const ask = <T extends Answer>(kind: "snapshot" | "picture" | "end-recording", id: number): Promise<T> => {
    if (stopped) return Promise.reject(new Error("screens are stopped"));
    lastRequest += 1;
    const request = lastRequest;
    return new Promise<T>((resolve, reject) => {
      waiting.set(request, { id, resolve: (answer) => resolve(answer as T), reject });
      tell({ kind, id, request });
    });
  };

  return {
    open(size, onParsed) {
      lastId += 1;
      const id = lastId;
      const entry: Entry = { backlog: 0, pieces: [], pieceBytes: 0, onParsed, onRecordingStopped: () => undefined };
      const flush = () => {
        if (entry.pieceBytes === 0) return;
        const bytes = new Uint8Array(entry.pieceBytes);
        let at = 0;
        for (const piece of entry.pieces) {
          bytes.set(piece, at);
          at += piece.length;
        }
        entry.pieces = [];
        entry.pieceBytes = 0;
        if (!stopped) worker.postMessage({ kind: "write", id, bytes } satisfies ToScreens, [bytes.buffer]);
      };
      entries.set(id, entry);
      tell({ kind: "open", id, ...size });
      return {
        write(bytes) {
          entry.backlog += bytes.length;
          if (entry.pieceBytes === 0) setTimeout(flush, PIECE_MS);
          entry.pieces.push(bytes);
          entry.pieceBytes += bytes.length;
          if (entry.pieceBytes >= PIECE_BYTES) flush();
        },
        resize(columns, rows) {
          flush();
          tell({ kind: "resize", id, columns, rows });
        },
        snapshot() {
          flush();
          return ask<Snapshot>("snapshot", id);
        },
        picture() {
          flush();
          return ask<string>("picture", id);
        },
        record(start, onStopped) {
          flush();
          entry.onRecordingStopped = onStopped;
          tell({ kind: "record", id, start });
        },
        endRecording() {
          flush();
          return ask<RecordingEnd | undefined>("end-recording", id).catch(() => undefined);
        },
        close() {
          flush();
          entries.delete(id);
          for (const [request, asked] of waiting) {
            if (asked.id !== id) continue;
            asked.reject(new Error("the terminal was closed"));
            waiting.delete(request);
          }
          tell({ kind: "close", id });
        },
        get backlog() {
          return entry.backlog;
        },
      };
    },
    async stop() {
      stopped = true;
      for (const { reject } of waiting.values()) reject(new Error("screens are stopped"));
      waiting.clear();
      await worker.terminate();
    },
  };
}

function answerOf(message: Exclude<FromScreens, { kind: "parsed" | "recording-stopped" }>): Answer {
  switch (message.kind) {
    case "snapshot":
      return message.snapshot;
    case "picture":
      return message.picture;
    case "recording-ended":
      return message.end;
  }
}
