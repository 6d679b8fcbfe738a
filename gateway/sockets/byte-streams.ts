/**
 * The WebSockets that carry terminal bytes: each is brought together with its page's Socket.IO connection by a key that
 * the page made up and told both, and lives no longer than that.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Person } from "../../classroom/person.ts";
import { INPUT_CHARACTERS_MAX } from "../protocol.ts";

/** Between the two connections of one page. */
const PAIRING_MS = 10_000;
/** Streams that have not said their key, or whose page has not come: a page has one, for a moment. */
const UNPAIRED_MAX = 200;
const KEY = /^[A-Za-z0-9_-]{22,64}$/;
/** Three bytes a character, and the head. */
const MESSAGE_BYTES_MAX = 3 * INPUT_CHARACTERS_MAX + 1024;

export interface ByteStream {
  send(bytes: Uint8Array): void;
  onMessage: (bytes: Uint8Array) => void;
  onClose: () => void;
  close(): void;
}

interface Half {
  personId: string;
  timer: NodeJS.Timeout;
}

export class ByteStreams {
  readonly #identify: (request: IncomingMessage) => Promise<Person | undefined>;
  readonly #server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MESSAGE_BYTES_MAX });
  readonly #streams = new Map<string, Half & { socket: WebSocket }>();
  readonly #pages = new Map<string, Half & { paired: (stream: ByteStream) => void }>();
  #unpaired = 0;

  constructor(identify: (request: IncomingMessage) => Promise<Person | undefined>) {
    this.#identify = identify;
  }

  /** Host and origin have been checked. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#unpaired >= UNPAIRED_MAX) {
      socket.end("HTTP/1.1 503 Too many\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (stream) => {
      this.#unpaired += 1;
      const timer = setTimeout(() => stream.terminate(), PAIRING_MS);
      const settled = () => {
        clearTimeout(timer);
        this.#unpaired -= 1;
      };
      stream.on("error", () => undefined);
      stream.once("close", settled);
      stream.once("message", (message: Buffer) => {
        const key = message.subarray(0, 100).toString("latin1");
        this.#identify(request)
          .then((person) => {
            if (!person || !KEY.test(key) || this.#streams.has(key)) throw new Error("refused");
            if (stream.readyState !== stream.OPEN) return;
            stream.once("close", () => this.#streams.delete(key));
            stream.once("paired", () => {
              stream.off("close", settled);
              settled();
            });
            this.#streams.set(key, { socket: stream, personId: person.id, timer });
            this.#match(key);
          })
          .catch(() => stream.close(4401));
      });
    });
  }

  /** The page's other half is here; `paired` is called if the stream comes. The function it gives ends the waiting. */
  expect(key: unknown, person: Person, paired: (stream: ByteStream) => void): () => void {
    if (typeof key !== "string" || !KEY.test(key) || this.#pages.has(key)) return () => undefined;
    const forget = () => {
      clearTimeout(timer);
      this.#pages.delete(key);
    };
    const timer = setTimeout(forget, PAIRING_MS);
    this.#pages.set(key, { personId: person.id, paired, timer });
    this.#match(key);
    return forget;
  }

  close(): void {
    for (const { timer } of this.#pages.values()) clearTimeout(timer);
    this.#pages.clear();
    for (const socket of this.#server.clients) socket.terminate();
  }

  #match(key: string): void {
    const stream = this.#streams.get(key);
    const page = this.#pages.get(key);
    if (!stream || !page) return;
    clearTimeout(page.timer);
    this.#pages.delete(key);
    this.#streams.delete(key);
    const { socket } = stream;
    if (stream.personId !== page.personId) {
      socket.close(4401);
      return;
    }
    socket.emit("paired");
    const end: ByteStream = {
      send: (bytes) => socket.send(bytes, { binary: true }),
      onMessage: () => undefined,
      onClose: () => undefined,
      close: () => socket.close(),
    };
    socket.on("message", (bytes: Buffer) => end.onMessage(bytes));
    socket.once("close", () => end.onClose());
    page.paired(end);
    socket.send(new Uint8Array(0), { binary: true });
  }
}
