/**
 * Socket.IO: who may connect, and what is handled on a connection.
 */
import { createServer, type Server as HttpServer, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { Server } from "socket.io";
import type { Person } from "../../classroom/person.ts";
import type { FromBrowser, FromGateway, Refusal } from "../protocol.ts";
import { INPUT_CHARACTERS_MAX, PROTOCOL_VERSION, SOCKET_PATH } from "../protocol.ts";
import type { Recordings } from "../recordings/recordings.ts";
import { Refused } from "../refused.ts";
import type { Terminals } from "../terminals/terminals.ts";
import { ByteStreams } from "./byte-streams.ts";
import { handleChapters } from "./chapter-events.ts";
import type { ChapterWatch } from "./chapter-watch.ts";
import { type ClassRooms, handleRooms } from "./class-rooms.ts";
import { type ClassWatch, handleClasses } from "./class-watch.ts";
import { newBrowser, type Permit } from "./connection.ts";
import { type HostKeyOptions, handleHostKeys } from "./host-key-events.ts";
import { handleLabs, type LabsWithFaults } from "./lab-events.ts";
import type { LabPictures } from "./lab-pictures.ts";
import { handleRecordings } from "./recording-events.ts";
import { handleTerminals } from "./terminal-events.ts";

/** One message: the largest input with every character escaped, and its envelope. */
const MESSAGE_BYTES_MAX = 6 * INPUT_CHARACTERS_MAX + 32 * 1024;
/** Pages one person has open; each costs some 30 KB. */
const SOCKETS_PER_PERSON = 50;
/** Below the minute after which proxies cut idle connections. */
const PING_INTERVAL_MS = 20_000;
/** A suspended tab is silent for a while, and alive. */
const PING_TIMEOUT_MS = 40_000;

export interface SocketServerOptions {
  identify: (request: IncomingMessage) => Promise<Person | undefined>;
  permit: Permit;
  terminals: Terminals;
  chapters: ChapterWatch;
  classes: ClassWatch;
  rooms: ClassRooms;
  pictures: LabPictures;
  labs: LabsWithFaults;
  recordings: Recordings;
  hostKeys: HostKeyOptions;
  onRefused: () => void;
  onBug: (event: string, cause: unknown) => void;
}

export interface SocketServer {
  /** Requests and upgrades for Socket.IO are emitted on it; it listens on nothing. */
  http: HttpServer;
  /** An upgrade to the stream of terminal bytes. */
  stream(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  count(): number;
  close(): Promise<void>;
}

export function startSockets(options: SocketServerOptions): SocketServer {
  // Socket.IO takes over whatever server it is given. The gateway checks names and origins before anybody else sees a
  // request, so it gets one of its own.
  const http = createServer();
  const io = new Server<FromBrowser, FromGateway, Record<string, never>, { person: Person }>(http, {
    path: SOCKET_PATH,
    serveClient: false,
    // Verdicts are wordy and Wi-Fi in a full room is thin. Nothing is kept between messages, so a socket costs no more memory;
    // keys and echoes are shorter than the threshold, and bulk goes over the stream beside it.
    perMessageDeflate: { threshold: 1_024, serverNoContextTakeover: true, clientNoContextTakeover: true },
    httpCompression: false,
    maxHttpBufferSize: MESSAGE_BYTES_MAX,
    pingInterval: PING_INTERVAL_MS,
    pingTimeout: PING_TIMEOUT_MS,
    // Other paths are the gateway's business.
    destroyUpgrade: false,
  });
  const streams = new ByteStreams(options.identify);
  const perPerson = new Map<string, number>();

  io.use(async (socket, next) => {
    try {
      if (socket.handshake.auth.protocol !== PROTOCOL_VERSION) throw new Refused("outdated", { id: "outdated" });
      const person = await options.identify(socket.request);
      if (!person) throw new Refused("not-allowed", { id: "not-signed-in" });
      if ((perPerson.get(person.id) ?? 0) >= SOCKETS_PER_PERSON) {
        throw new Refused("limit", { id: "limit-sockets", values: { limit: SOCKETS_PER_PERSON } }, { retry: true });
      }
      socket.data.person = person;
      next();
    } catch (cause) {
      options.onRefused();
      if (!(cause instanceof Refused)) options.onBug("connection", cause);
      const refusal: Refusal =
        cause instanceof Refused
          ? cause.refusal
          : {
              code: "failed",
              message: { id: "failed", values: { detail: "who you are could not be read" } },
              retry: true,
            };
      next(Object.assign(new Error(refusal.code), { data: refusal }));
    }
  });

  io.on("connection", (socket) => {
    const { person } = socket.data;
    perPerson.set(person.id, (perPerson.get(person.id) ?? 0) + 1);
    socket.on("disconnect", () => {
      const left = (perPerson.get(person.id) ?? 1) - 1;
      if (left > 0) perPerson.set(person.id, left);
      else perPerson.delete(person.id);
    });
    const browser = newBrowser({ socket, person, permit: options.permit, onBug: options.onBug });
    const handleStream = handleTerminals(browser, options.terminals);
    const forget = streams.expect(socket.handshake.auth.stream, person, (stream) => {
      browser.stream = stream;
      stream.onMessage = handleStream;
      // The two live and die together, so that no byte is ever sent to half a page.
      stream.onClose = () => socket.disconnect(true);
      socket.on("disconnect", () => stream.close());
    });
    socket.on("disconnect", forget);
    handleChapters(browser, options.chapters);
    handleClasses(browser, options.classes, options.rooms);
    handleRooms(browser, options.rooms);
    handleLabs(browser, options.labs, options.pictures);
    handleHostKeys(browser, options.hostKeys);
    handleRecordings(browser, options.recordings, options.terminals);
  });

  return {
    http,
    stream: (request, socket, head) => streams.upgrade(request, socket, head),
    count: () => io.sockets.sockets.size,
    async close() {
      streams.close();
      await io.close();
    },
  };
}
