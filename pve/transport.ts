/**
 * HTTP over pinned TLS to one node: a small pool of connections, each judged before the first byte is sent.
 *
 * The byte stream below is TCP by default; `connect` may give another one, such as a stream forwarded through SSH.
 */
import { Agent, request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { type TLSSocket, connect as tlsConnect } from "node:tls";
import type { Fingerprint } from "./fingerprint.ts";
import { PveError, type PveProblem } from "./pve-error.ts";
import { judgeCertificate, type PveTrust } from "./trust.ts";

export interface HttpAnswer {
  status: number;
  /** The status line's text; Proxmox puts its message there. */
  reason: string;
  body: string;
}

export interface HttpRequest {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** Behind `/api2/json`, query included. */
  path: string;
  headers: Record<string, string>;
  /** Form-encoded body. */
  body?: string;
  timeoutMs: number;
  signal?: AbortSignal;
}

/** Opens the byte stream that TLS runs over. */
export type Connect = (target: { host: string; port: number }) => Promise<Duplex>;

/** The largest answer of a real cluster that was recorded is 50 kB; a node that sends more than this is not sane. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

export interface Transport {
  /** @throws PveError of kind unreachable, timeout, certificate-changed or malformed */
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** Forget open connections, so that the next request is judged anew. */
  close(): void;
}

/** Carries a problem through Node's socket errors. */
class TransportFailure extends Error {
  readonly problem: PveProblem;
  constructor(problem: PveProblem) {
    super(problem.kind);
    this.problem = problem;
  }
}

export function createTransport(options: { url: URL; trust: PveTrust; connect?: Connect; sockets: number }): Transport {
  const host = options.url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(options.url.port || 443);
  const trust = askingOnce(options.trust);
  const accepted = new Set(trust.kind === "fingerprint" ? trust.accepted : []);

  /** TLS over the stream, handed on only when its certificate is believed. */
  async function openTrusted(): Promise<TLSSocket> {
    const stream = options.connect && (await options.connect({ host, port }));
    const socket = tlsConnect({
      ...(stream ? { socket: stream } : { host, port }),
      ...(trust.kind === "ca" && { ca: trust.caPem }),
      ...(isIP(host) === 0 && { servername: host }),
      // The judgement is ours, below: a pinned certificate needs no chain, and a name is checked against the node's.
      rejectUnauthorized: false,
      ALPNProtocols: ["http/1.1"],
    });
    await new Promise<void>((resolve, reject) => {
      socket.once("secureConnect", resolve);
      socket.once("error", reject);
      socket.once("close", () => reject(new Error("closed during the TLS handshake")));
    });
    const answer = await judgeCertificate(trust, accepted, socket.getPeerCertificate(), socket.authorized);
    if (!answer.trusted) {
      socket.destroy();
      throw new TransportFailure({ kind: "certificate-changed", seen: answer.seen, expected: answer.expected });
    }
    return socket;
  }

  class TrustedAgent extends Agent {
    override createConnection(_: unknown, callback?: (error: Error | null, stream: Duplex) => void): undefined {
      openTrusted().then(
        (socket) => callback?.(null, socket),
        (error: Error) => callback?.(error, undefined as unknown as Duplex),
      );
      return undefined;
    }
  }
  let agent = new TrustedAgent({ keepAlive: true, maxSockets: options.sockets, keepAliveMsecs: 5_000, timeout: 4_000 });

  return {
    send(request) {
      const name = `${request.method} ${request.path.split("?")[0]}`;
      return new Promise<HttpAnswer>((resolve, reject) => {
        let settled = false;
        const outgoing = httpsRequest({
          agent,
          host,
          port,
          method: request.method,
          path: `/api2/json${request.path}`,
          headers: {
            accept: "application/json",
            ...request.headers,
            ...(request.body !== undefined && {
              "content-type": "application/x-www-form-urlencoded",
              "content-length": String(Buffer.byteLength(request.body)),
            }),
          },
        });
        const finish = (settle: () => void) => {
          if (settled) return;
          settled = true;
          clearTimeout(timer);
          request.signal?.removeEventListener("abort", onAbort);
          settle();
        };
        const fail = (problem: PveProblem, cause?: unknown) => finish(() => reject(new PveError(name, problem, cause)));
        const onAbort = () => {
          finish(() => reject(request.signal!.reason));
          outgoing.destroy();
        };
        const timer = setTimeout(() => {
          fail({ kind: "timeout", afterMs: request.timeoutMs });
          outgoing.destroy();
        }, request.timeoutMs);
        if (request.signal?.aborted) return onAbort();
        request.signal?.addEventListener("abort", onAbort);

        outgoing.on("error", (error: NodeJS.ErrnoException) => {
          if (error instanceof TransportFailure) fail(error.problem);
          else fail({ kind: "unreachable", reason: error.code ?? error.message }, error);
        });
        outgoing.on("response", (incoming) => {
          const chunks: Buffer[] = [];
          let size = 0;
          incoming.on("data", (chunk: Buffer) => {
            size += chunk.length;
            if (size > ANSWER_BYTES_MAX) {
              fail({ kind: "malformed", path: "", message: `answer of more than ${ANSWER_BYTES_MAX} bytes` });
              outgoing.destroy();
            } else chunks.push(chunk);
          });
          incoming.on("error", (error) => fail({ kind: "unreachable", reason: error.message }, error));
          incoming.on("aborted", () => fail({ kind: "unreachable", reason: "connection broke within the answer" }));
          incoming.on("end", () => {
            // Perl's daemon writes Latin-1 into the status line only in theory; its body is UTF-8.
            const body = Buffer.concat(chunks).toString("utf8");
            finish(() => resolve({ status: incoming.statusCode ?? 0, reason: incoming.statusMessage ?? "", body }));
          });
        });
        outgoing.end(request.body);
      });
    },
    close() {
      const old = agent;
      agent = new TrustedAgent({ keepAlive: true, maxSockets: options.sockets, keepAliveMsecs: 5_000, timeout: 4_000 });
      old.destroy();
    },
  };
}

/** Several connections that meet a new certificate at the same time ask for it once. */
function askingOnce(trust: PveTrust): PveTrust {
  const { relearn } = trust;
  if (!relearn) return trust;
  let pending: Promise<Fingerprint[]> | undefined;
  return {
    ...trust,
    relearn() {
      pending ??= relearn().finally(() => {
        pending = undefined;
      });
      return pending;
    },
  };
}
