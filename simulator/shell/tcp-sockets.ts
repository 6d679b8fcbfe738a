/**
 * TCP between programs: who listens on a node, connections over the lab's networks, and what services say first.
 *
 * Whether a connection comes about is the model's to say (cables, addresses, packet filters, power); once it is there its
 * bytes flow until an end closes. Used by `/dev/tcp/HOST/PORT`, `nc` and `socat`.
 */
import type { LabPort } from "../cluster/port.ts";
import { unitServes } from "../cluster/services/services.ts";
import { SERVICE_LISTENERS } from "../node-view/service-ports.ts";
import { reachPort } from "../node-view/ssh-reach.ts";
import { SSH_SOFTWARE } from "../node-view/ssh-version.ts";
import { FileError } from "./node-files.ts";
import { type ProcessTable, processTableOf } from "./node-process.ts";
import { type OpenFile, OutsideFile, parked, wake } from "./open-file.ts";

/** What a connection holds in one direction before its writer waits, bytes. */
const BUFFERED_MAX = 65_536;

/** One direction of a connection. */
class Stream {
  #chunks: Uint8Array[] = [];
  #size = 0;
  #ended = false;
  #unread = false;
  #waiters = new Set<() => void>();

  /** @returns undefined at the end */
  async read(signal: AbortSignal): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) {
        this.#size -= chunk.length;
        wake(this.#waiters);
        return chunk;
      }
      if (this.#ended) return undefined;
      await parked(this.#waiters, signal);
    }
  }

  /** @throws FileError EPIPE when nobody reads any more */
  async write(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    while (!this.#unread && !this.#ended && this.#size >= BUFFERED_MAX) await parked(this.#waiters, signal);
    if (this.#unread || this.#ended) throw new FileError("EPIPE", "");
    this.#chunks.push(bytes.slice());
    this.#size += bytes.length;
    wake(this.#waiters);
  }

  /** Its writer has nothing more to say. */
  end(): void {
    this.#ended = true;
    wake(this.#waiters);
  }

  /** Its reader is gone. */
  leave(): void {
    this.#unread = true;
    this.#chunks = [];
    this.#size = 0;
    wake(this.#waiters);
  }
}

/** One end of a connection. */
export class TcpConnection {
  #from: Stream;
  #to: Stream;
  constructor(from: Stream, to: Stream) {
    this.#from = from;
    this.#to = to;
  }
  read(signal: AbortSignal): Promise<Uint8Array | undefined> {
    return this.#from.read(signal);
  }
  write(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    return this.#to.write(bytes, signal);
  }
  /** The other end reads to the end of what was written; it may go on writing. */
  shutdown(): void {
    this.#to.end();
  }
  close(): void {
    this.#to.end();
    this.#from.leave();
  }
  /** As a descriptor points to it. */
  asFile(): OpenFile {
    return new OutsideFile({
      read: (signal) => this.read(signal),
      write: (bytes, signal) => this.write(bytes, signal),
      close: () => this.close(),
    });
  }
}

export interface TcpListener {
  /** The program's name and process, for `ss`. */
  program: string;
  pid: number;
  /** An address of the node, or all of them. */
  address: string;
  /** Somebody has connected from another node, or this one. */
  accept(connection: TcpConnection, peer: { node: string; port: number }): void;
}

const listeners = new WeakMap<ProcessTable, Map<number, TcpListener>>();

/** Programs of a node that listen, by port. */
export function listenersOf(port: LabPort, node: string): Map<number, TcpListener> {
  const table = processTableOf(port, node);
  const known = listeners.get(table);
  if (known) return known;
  const ofNode = new Map<number, TcpListener>();
  listeners.set(table, ofNode);
  return ofNode;
}

/** Whether a service of a node has the port. @param local asked on the node itself; one on the loopback is there for it alone */
export function serviceHas(lab: LabPort, node: string, port: number, local = true): boolean {
  const services = SERVICE_LISTENERS.filter((one) => one.port === port && (local || !one.address.startsWith("127.")));
  return lab.read((state) => services.some(({ unit }) => unitServes(state, node, unit)));
}

export type TcpReach =
  /** `storage`: of a storage server, which is no node. */
  | { state: "open"; node: string; address: string; storage?: true }
  | { state: "closed"; reason: string; afterMs: number; address: string }
  | { state: "unknown-host" };

export type OpenReach = Extract<TcpReach, { state: "open" }>;

/** How a connection from a node fares. @param host an address, or a name of its /etc/hosts */
export function reachTcp(lab: LabPort, from: string, host: string, port: number): TcpReach {
  const listens = (node: string, local: boolean) => {
    const own = listenersOf(lab, node).get(port);
    if (own) return local || !own.address.startsWith("127.");
    return serviceHas(lab, node, port, local);
  };
  return lab.read((state) => reachPort(state, from, host, port, listens));
}

/** The first port that a client has, counted up from here for each. */
let nextClientPort = 40_000;

/** Connect to what `reachTcp` found open. */
export function connectTo(lab: LabPort, from: string, { node, storage }: OpenReach, port: number): TcpConnection {
  const [there, back] = [new Stream(), new Stream()];
  const served = new TcpConnection(there, back);
  const listener = storage ? undefined : listenersOf(lab, node).get(port);
  nextClientPort = nextClientPort >= 60_000 ? 40_000 : nextClientPort + 2;
  if (listener) listener.accept(served, { node: from, port: nextClientPort });
  else void (storage ? closeOnNonsense(served) : answerAsService(served, port));
  return new TcpConnection(back, there);
}

/** What a service says to somebody who does not speak its protocol; TLS and key exchange are not modelled here. */
async function answerAsService(connection: TcpConnection, port: number): Promise<void> {
  const never = new AbortController().signal;
  const say = (text: string) => connection.write(Buffer.from(text), never);
  try {
    if (port === 22) await say(`SSH-2.0-${SSH_SOFTWARE}\r\n`);
    let line = "";
    for (let bytes = await connection.read(never); bytes; bytes = await connection.read(never)) {
      line += Buffer.from(bytes).toString("latin1");
      // pveproxy and its kin wait for the end of what they take for the beginning of TLS or of a request.
      if (!line.includes("\n") && line.length < 255) continue;
      if (port === 22 && !line.startsWith("SSH-2.0-")) await say("Invalid SSH identification string.\r\n");
      break;
    }
  } catch (error) {
    // The client has gone.
    if (!(error instanceof FileError)) throw error;
  } finally {
    connection.close();
  }
}

/**
 * A server of remote procedure calls waits for the length of a record and closes where it is none that it takes: so are the
 * first four letters of every text. Calls themselves are not modelled (`showmount` and mounts ask the model).
 */
async function closeOnNonsense(connection: TcpConnection): Promise<void> {
  const never = new AbortController().signal;
  let size = 0;
  for (let bytes = await connection.read(never); bytes; bytes = await connection.read(never)) {
    size += bytes.length;
    if (size >= 4) break;
  }
  connection.close();
}
