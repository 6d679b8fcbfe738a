/**
 * The door: owns the public port, keeps the terminals, and passes pages on to the web process.
 *
 * Because nothing but forwarding happens here, a slow page or a web process that restarts costs no keystroke and no shell.
 */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import type { Person } from "../classroom/person.ts";
import type { Database } from "../database/database.ts";
import type { Labs } from "../labs/labs.ts";
import { FileRoutes } from "./files/file-routes.ts";
import { requestOrigin, trustedProxies } from "./http/client-address.ts";
import { anyHostName, localHostNames, sameOrigin } from "./http/host-names.ts";
import { answerOwn, isOwnPath, type OwnHandlers } from "./http/own-routes.ts";
import { answerJson, answerSentence, answerWaiting } from "./http/plain-answers.ts";
import { type WebDoor, webProxy } from "./http/web-proxy.ts";
import { gatewayMetrics } from "./metrics.ts";
import { SOCKET_PATH, STREAM_PATH } from "./protocol.ts";
import { RecordingRoutes } from "./recordings/recording-routes.ts";
import { Recordings } from "./recordings/recordings.ts";
import { ChapterWatch } from "./sockets/chapter-watch.ts";
import { ClassRooms } from "./sockets/class-rooms.ts";
import { ClassWatch } from "./sockets/class-watch.ts";
import type { Permit } from "./sockets/connection.ts";
import { LabPictures } from "./sockets/lab-pictures.ts";
import { startSockets } from "./sockets/socket-server.ts";
import { lastScreensIn } from "./terminals/last-screens.ts";
import { terminalRecords } from "./terminals/records.ts";
import { type TerminalLimits, Terminals, terminalLimits } from "./terminals/terminals.ts";

export interface GatewayLog {
  info(text: string, details?: unknown): void;
  warn(text: string, details?: unknown): void;
  error(text: string, details?: unknown): void;
}

export interface GatewayOptions {
  /** Stays the same over restarts: rows of terminals name it. */
  name: string;
  host: string;
  /** 0 for any free one. */
  port: number;
  /** PEM texts. */
  tls?: { cert: string; key: string } | undefined;
  mode: "self-paced" | "shared";
  /** Self-paced: names beside the local ones. Shared: if there are any, only these. */
  allowedHosts: readonly string[];
  /** Proxies that are believed: addresses, ADDRESS/BITS, or `loopback`. */
  trustProxy: readonly string[];
  web: WebDoor;
  database: Pick<
    Database,
    | "terminalSessions"
    | "labs"
    | "audit"
    | "attempts"
    | "stepPasses"
    | "typing"
    | "watches"
    | "notices"
    | "pictures"
    | "classes"
    | "help"
    | "groups"
    | "classMessages"
    | "recordings"
  >;
  labs: Labs;
  identify(headers: Headers): Promise<Person | undefined>;
  may: Permit;
  log: GatewayLog;
  limits?: Partial<TerminalLimits>;
  /** Folder for what each terminal showed last, which is shown again after a restart of the gateway. */
  lastScreensFolder?: string;
  /** Folder for recordings, where a class records; without it, and in self-paced mode, nothing is recorded. */
  recordingsFolder?: string;
}

/** @throws Error of the listening socket (`EADDRINUSE`, `EACCES`), or of an entry in `trustProxy` */
export async function startGateway(options: GatewayOptions): Promise<{ url: string; stop(): Promise<void> }> {
  const { database, log } = options;
  const trusted = trustedProxies(options.trustProxy);
  const named = options.mode === "self-paced" || options.allowedHosts.length > 0;
  const hostNames = named ? localHostNames(options.allowedHosts) : anyHostName;
  const tls = options.tls !== undefined;
  const originOf = (request: IncomingMessage) => requestOrigin(request, { tls, trusted });
  const identify = (request: IncomingMessage) => options.identify(headersOf(request));

  const forgotten = await database.terminalSessions.endAllOf(options.name, "gateway-restarted");
  if (forgotten > 0) log.info(`${forgotten} shells ended with the gateway's last run`);
  const recordings = new Recordings({
    folder: options.mode === "shared" ? options.recordingsFolder : undefined,
    gateway: options.name,
    queries: database.recordings,
    onFailure: (what, cause) => log.warn(what, cause),
  });
  await recordings.start();
  const terminals = new Terminals({
    recording: (terminal) => recordings.begin(terminal),
    labs: options.labs,
    limits: { ...terminalLimits, ...options.limits },
    lastScreens: options.lastScreensFolder ? await lastScreensIn(options.lastScreensFolder) : undefined,
    records: terminalRecords(database, options.name),
    onFailure: (cause) => {
      log.error("the screens' thread failed; the gateway has to start anew", cause);
      // Every screen is gone with it. As an uncaught error it ends the process, and the supervisor starts a whole one.
      setImmediate(() => {
        throw cause;
      });
    },
    onRecordFailure: (cause) => log.warn("a terminal could not be recorded; it goes on", cause),
  });
  const chapters = new ChapterWatch(database, (cause) => log.warn("progress could not be read", cause));
  await chapters.start();
  const classes = new ClassWatch(database, (cause) => log.warn("a class's board could not be read", cause));
  await classes.start();
  const rooms = new ClassRooms(database, (cause) => log.warn("a class's help queue could not be read", cause));
  await rooms.start();
  const pictures = new LabPictures(database, (cause) => log.warn("a lab's picture could not be read", cause));
  await pictures.start();
  const sockets = startSockets({
    identify,
    permit: options.may,
    terminals,
    chapters,
    classes,
    rooms,
    pictures,
    recordings,
    hostKeys: { labs: options.labs, terminals, database },
    labs: options.labs,
    onRefused: () => metrics.refusedSockets.inc(),
    onBug: (event, cause) => log.error(`${event} failed`, cause),
  });
  const metrics = gatewayMetrics(terminals, () => sockets.count());
  const web = webProxy(options.web);
  const files = new FileRoutes({
    reach: (labId, node) => terminals.reach(labId, node),
    gate: (node, work) => terminals.gate(node, work),
    audit: ({ person, action, labId, node, path, bytes }) => {
      database.audit
        .record({
          actor: { id: person.id, name: person.name },
          ...{ action, subject: "lab", subjectId: labId, ownerId: person.id, details: { node, path, bytes } },
        })
        .catch((cause) => log.warn("a transfer could not be recorded", cause));
    },
  });
  const recorded = new RecordingRoutes({
    recordings,
    queries: database.recordings,
    audit: ({ person, action, recording: { id, personId, classId, node } }) => {
      const actor = { id: person.id, name: person.name };
      database.audit
        .record({ actor, action, subject: "terminal", subjectId: id, ownerId: personId, classId, details: { node } })
        .catch((cause) => log.warn("an act on a recording could not be recorded", cause));
    },
  });
  const own = {
    identify,
    permit: options.may,
    handlers: {
      "GET /gateway/files": files.list.bind(files),
      "GET /gateway/file": files.download.bind(files),
      "PUT /gateway/file": files.upload.bind(files),
      "GET /gateway/recordings": recorded.list.bind(recorded),
      "GET /gateway/recordings/:id": recorded.details.bind(recorded),
      "GET /gateway/recordings/:id/cast": recorded.cast.bind(recorded),
      "DELETE /gateway/recordings/:id": recorded.remove.bind(recorded),
    } satisfies OwnHandlers,
    onBug: (route: string, cause: unknown) => log.error(`${route} failed`, cause),
  };

  /** Undefined when the request was refused, and answered. */
  const admitted = (
    request: IncomingMessage,
    refuse: (status: number, message: Parameters<typeof answerSentence>[2]) => void,
  ) => {
    const origin = originOf(request);
    if (!hostNames.accepts(origin.host)) {
      metrics.refusedHosts.inc();
      const names = hostNames.names.join(", ");
      refuse(421, { id: "host-name-refused", values: { host: origin.host.slice(0, 100), names } });
      return undefined;
    }
    const changes = request.method !== "GET" && request.method !== "HEAD";
    const socket = request.headers.upgrade !== undefined || isSocketPath(request);
    if ((changes || socket) && !sameOrigin(secFetch(request), origin.host)) {
      metrics.refusedOrigins.inc();
      refuse(403, { id: "origin-refused", values: { origin: (request.headers.origin ?? "unknown").slice(0, 100) } });
      return undefined;
    }
    return origin;
  };

  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    const origin = admitted(request, (status, message) => answerSentence(response, status, message));
    if (!origin) return;
    if (isSocketPath(request)) {
      sockets.http.emit("request", request, response);
      return;
    }
    if (isOwnPath(request)) {
      void answerOwn(own, request, response);
      return;
    }
    const path = request.url?.split("?")[0];
    if (path === "/healthz") {
      void answerHealth(response, options.web.url);
      return;
    }
    if (path === "/metrics") {
      const allowed = async () => origin.loopback || (await identify(request))?.role === "administrator";
      allowed()
        .then(async (yes) => {
          if (!yes) return answerSentence(response, 403, { id: "metrics-refused" });
          response.writeHead(200, { "content-type": metrics.registry.contentType, "cache-control": "no-store" });
          response.end(await metrics.registry.metrics());
        })
        .catch((cause: unknown) => {
          log.error("/metrics failed", cause);
          response.destroy();
        });
      return;
    }
    web.pass(request, response, origin, () => answerWaiting(request, response));
  };

  const server = options.tls ? createHttpsServer(options.tls, onRequest) : createHttpServer(onRequest);
  server.on("upgrade", (request, socket, head) => {
    const origin = admitted(request, (status) => {
      socket.end(`HTTP/1.1 ${status} Refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    });
    if (!origin) return;
    if (isSocketPath(request)) sockets.http.emit("upgrade", request, socket, head);
    else if (request.url === STREAM_PATH) sockets.stream(request, socket, head);
    else web.passUpgrade(request, socket, head, origin);
  });
  server.on("clientError", (_error, socket) => {
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  });

  const stopParts = async () => {
    chapters.stop();
    classes.stop();
    rooms.stop();
    pictures.stop();
    recordings.stop();
    await terminals.stop();
    await sockets.close();
  };
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(options.port, options.host, resolve);
    });
  } catch (cause) {
    await stopParts();
    throw cause;
  }
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls ? "https" : "http"}://${shownHost(options.host)}:${port}`,
    async stop() {
      await stopParts();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function isSocketPath(request: IncomingMessage): boolean {
  const path = request.url?.split("?")[0] ?? "";
  return path === SOCKET_PATH || path.startsWith(`${SOCKET_PATH}/`);
}

function secFetch(request: IncomingMessage) {
  const site = request.headers["sec-fetch-site"];
  return { origin: request.headers.origin, "sec-fetch-site": typeof site === "string" ? site : undefined };
}

function headersOf(request: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) headers.append(name, one);
  }
  return headers;
}

/** 200 when both this process and the pages answer. */
async function answerHealth(response: ServerResponse, webUrl: string): Promise<void> {
  const { hostname, port } = new URL(webUrl);
  const pages = await new Promise<boolean>((resolve) => {
    const probe = connect({ host: hostname, port: Number(port), timeout: 2_000 });
    const done = (answers: boolean) => {
      probe.destroy();
      resolve(answers);
    };
    probe.once("connect", () => done(true));
    probe.once("error", () => done(false));
    probe.once("timeout", () => done(false));
  });
  answerJson(response, pages ? 200 : 503, { gateway: "ok", pages: pages ? "ok" : "starting" });
}

function shownHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
