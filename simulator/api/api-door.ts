/**
 * The HTTPS door of one simulated node: a real TLS server that translates requests into questions to the model.
 *
 * It decides nothing: whether the node is on, whether pveproxy runs, which certificate it shows and what every answer
 * says come from the lab through its port. The door changes certificate without closing its port, as pveproxy does
 * after a join.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { invariant } from "../cluster/invariant.ts";
import type { LabPort } from "../cluster/port.ts";
import type { Power } from "../cluster/state.ts";
import { gatewayAddress } from "../commands/coreutils/logins.ts";
import { noteRequest, type RequestTrace } from "./access-log.ts";
import { inExtjsForm, writeAnswer } from "./answer.ts";
import { certificateShown, type DoorState, doorStateOf, wallClockMs } from "./node-view.ts";
import { answerRequest } from "./pipeline.ts";
import { BODY_BYTES_MAX, parseRequest } from "./request.ts";

export interface ApiDoorOptions {
  /** The node whose door this is. */
  node: string;
  port: LabPort;
  /** Loopback; simulated nodes are never offered to a network by themselves. */
  host: string;
  /** 0 for any free port. */
  listenPort: number;
  /** What is shown until the model names a certificate of its own; the door waits for that one when absent. */
  tls?: { certPem: string; keyPem: string };
  /** For the order of lists and keys, in [0, 1); of the lab's own kind in tests that must repeat. */
  random?: () => number;
  /** Told whenever a request does something, so that stepped and fast time wait for it. */
  activity?: { touch(): void };
  /** A bug of ours within a request; the client gets a 500 that says so. */
  onFailure?: (error: unknown) => void;
}

export interface ApiDoor {
  /** The TCP port that it listens at. */
  readonly port: number;
  /** Clients that are connected now. */
  readonly connections: number;
  setCertificate(tls: { certPem: string; keyPem: string }): void;
  /** Pull the plug or put it in, whatever the model says: a door without power accepts and then keeps silent. */
  setPower(power: boolean | Power): void;
  close(): Promise<void>;
}

/** As pveproxy: idle connections end after a few seconds, and no connection waits for ever. */
const KEEP_ALIVE_MS = 5_000;
/** Connections that a silent node keeps; more are dropped, so that a poller cannot fill the process with sockets. */
const SILENT_SOCKETS_MAX = 64;

/** Open the door. @throws when the port is taken */
export async function startApiDoor(options: ApiDoorOptions): Promise<ApiDoor> {
  const { node, port: lab } = options;
  const ended = new AbortController();
  const sockets = new Set<Socket>();
  const silent = new Set<Socket>();
  const random = options.random ?? Math.random;
  let plugIn = true;
  let shown = options.tls ?? (await firstCertificate(lab, node));
  let https: HttpsServer | undefined;

  /** Made for the first client: most nodes of a lab that wakes are asked by nobody, and a TLS context costs time. */
  function httpsServer(): HttpsServer {
    if (https) return https;
    const made = createHttpsServer(
      { cert: shown.certPem, key: shown.keyPem, minVersion: "TLSv1.2", keepAliveTimeout: KEEP_ALIVE_MS },
      (incoming, response) => {
        serve(incoming, response).catch((error: unknown) => {
          if (ended.signal.aborted) return response.destroy();
          options.onFailure?.(error);
          const message = `fault of the simulated node, not of yours: ${String(error)}`;
          if (response.headersSent) return response.destroy();
          const body = { data: null, message: `${message}\n` };
          writeAnswer(response, { status: 500, reason: message, body }, { wallMs: wallClockMs(lab), random });
        });
      },
    );
    // A client that breaks off in its handshake or its request is no concern of ours.
    made.on("tlsClientError", (_, socket) => socket.destroy());
    made.on("clientError", (_, socket) => socket.destroy());
    https = made;
    return made;
  }

  // A plain server in front, so that a node without power can accept and then keep silent, as one that is off.
  const front = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => {
      sockets.delete(socket);
      silent.delete(socket);
    });
    socket.on("error", () => socket.destroy());
    admit(socket);
  });

  function currentState(): DoorState {
    return plugIn ? lab.read((state) => doorStateOf(state, node)) : "silent";
  }

  /** Hand a fresh connection to the node as it is now. */
  function admit(socket: Socket): void {
    switch (currentState()) {
      case "open":
        httpsServer().emit("connection", socket);
        return;
      case "refused":
        // The closest to a refused connection that a listening socket can give.
        socket.resetAndDestroy();
        return;
      case "silent":
        if (silent.size >= SILENT_SOCKETS_MAX) socket.destroy();
        else silent.add(socket.pause());
    }
  }

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once("close", () => gone.abort(new Error("the client has gone")));
    options.activity?.touch();
    const read = await readBody(incoming);
    if (read === "endless") return void response.destroy();
    options.activity?.touch();
    // A request that came in over a connection of before: the node is away, and nobody reads it.
    if (currentState() === "silent") return;
    const writing = () => ({ wallMs: wallClockMs(lab), random });
    const trace: RequestTrace = { at: [{ node, peer: lab.read((state) => gatewayAddress(state, node)) }] };
    response.once("finish", () => {
      const length = response.getHeader("content-length");
      const line = `${incoming.method} ${incoming.url} HTTP/${incoming.httpVersion}`;
      const { statusCode: status } = response;
      noteRequest(lab, trace, { line, status, length: Number(length) || undefined, wallMs: wallClockMs(lab) });
    });
    const parsed = parseRequest(incoming, read.text);
    if (parsed.kind === "other") return writeAnswer(response, parsed.answer, writing());
    const answer = await answerRequest(
      { lab, node, signal: AbortSignal.any([gone.signal, ended.signal]), trace },
      parsed.request,
    ).catch((error: unknown) => {
      if (gone.signal.aborted || ended.signal.aborted) return undefined;
      throw error;
    });
    options.activity?.touch();
    if (answer && currentState() !== "silent") {
      writeAnswer(response, parsed.request.format === "extjs" ? inExtjsForm(answer) : answer, writing());
    }
  }

  /** Follow the node: end connections when its power or its proxy goes, let waiting ones in when it comes back. */
  async function followNode(): Promise<void> {
    let before = lab.read((state) => doorStateOf(state, node));
    for (;;) {
      const now = await lab.until(
        (state) => {
          const present = doorStateOf(state, node);
          return present === before ? undefined : present;
        },
        { signal: ended.signal, background: true },
      );
      if (now === undefined) return;
      change(before, now);
      before = now;
    }
  }

  function change(before: DoorState, now: DoorState): void {
    if (now === "silent") {
      // Nobody tells a client that the other side lost its power: its connections simply say nothing more.
      for (const socket of sockets) {
        socket.pause();
        silent.add(socket);
      }
    } else if (before === "silent" || now === "refused") {
      // A machine that comes back knows nothing of old connections and resets them.
      for (const socket of sockets) socket.resetAndDestroy();
    }
  }

  async function followCertificate(): Promise<void> {
    for (;;) {
      const next = await lab.until(
        (state) => {
          const certificate = certificateShown(state, node);
          return certificate && certificate.certPem !== shown.certPem ? { ...certificate } : undefined;
        },
        { signal: ended.signal, background: true },
      );
      if (next === undefined) return;
      setCertificate(next);
    }
  }

  function setCertificate(tls: { certPem: string; keyPem: string }): void {
    shown = tls;
    https?.setSecureContext({ cert: tls.certPem, key: tls.keyPem, minVersion: "TLSv1.2" });
  }

  const untilEnd = (work: Promise<void>) =>
    work.catch((error: unknown) => {
      if (!ended.signal.aborted) options.onFailure?.(error);
    });
  void untilEnd(followCertificate());
  void untilEnd(followNode());

  await new Promise<void>((resolve, reject) => {
    front.once("error", reject);
    front.listen(options.listenPort, options.host, resolve);
  });
  return {
    port: (front.address() as AddressInfo).port,
    get connections() {
      return sockets.size;
    },
    setCertificate,
    setPower(power) {
      const on = power === true || power === "on";
      if (on === plugIn) return;
      plugIn = on;
      change(on ? "silent" : "open", on ? "open" : "silent");
    },
    async close() {
      ended.abort(new Error("this door is closed"));
      const closed = new Promise<void>((resolve) => front.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      https?.close();
      await closed;
    },
  };
}

/** The certificate that the model says this node shows; waits while it is being issued. */
async function firstCertificate(lab: LabPort, node: string): Promise<{ certPem: string; keyPem: string }> {
  const certificate = await lab.until((state) => certificateShown(state, node), { background: true });
  invariant(certificate, "a wait without a time limit ended without a value");
  return { certPem: certificate.certPem, keyPem: certificate.keyPem };
}

/** Of a form that is refused for its size, so much is still read, so that its sender hears of it. */
const REFUSED_BYTES_MAX = 16 * 1024 * 1024;

/** The form, without its text when it is larger than a node takes; `endless` when it does not stop either. */
async function readBody(incoming: IncomingMessage): Promise<{ text?: string } | "endless"> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > REFUSED_BYTES_MAX) return "endless";
    if (size <= BODY_BYTES_MAX) chunks.push(chunk);
  }
  return size > BODY_BYTES_MAX ? {} : { text: Buffer.concat(chunks).toString("utf8") };
}
