/**
 * An SSH connection to a node, with the host key pinned, through jump hosts where the node lies behind some.
 */
import { createHash } from "node:crypto";
import type { Duplex } from "node:stream";
import { Client, type ConnectConfig } from "ssh2";
import type { LabNode, SshDoor } from "../../labs/lab-description.ts";
import { algorithmsFor } from "../../labs/ssh-algorithms.ts";
import { loginMethods } from "../../labs/ssh-login-methods.ts";
import { keepPacketKeysReady } from "../../labs/ssh-packets.ts";
import type { Message } from "../protocol.ts";

/** Time for TCP, key exchange and login together. A powered-off node lets it run out. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** A node that answers nothing for three of these is lost: long enough for a cluster that is busy fencing. */
export const KEEPALIVE_INTERVAL_MS = 5_000;
const KEEPALIVES_MISSED_MAX = 3;
/**
 * Bytes a server may say before its login: a banner of 10 MB is no greeting. OpenSSH takes 8 KiB for the identification;
 * key exchange with the largest group stays below 32 KiB, and a legal notice of some pages fits.
 */
const BEFORE_LOGIN_BYTES_MAX = 256 * 1024;

/** Why there is no shell. `final`: trying again by itself would be wrong, or useless. */
export interface ShellLoss {
  reason: Message;
  final: boolean;
}

export class ShellUnreachable extends Error {
  override name = "ShellUnreachable";
  readonly loss: ShellLoss;
  constructor(loss: ShellLoss, cause: unknown) {
    super(loss.reason.id, { cause });
    this.loss = loss;
  }
}

export interface NodeConnection {
  client: Client;
  /** Ends it at once, and the connections to the jump hosts. */
  destroy(): void;
}

/**
 * Log in.
 *
 * @param onClosed once, when a connection that was there is over; the error that ended it, if there was one
 * @param signal gives up, before and after
 * @throws ShellUnreachable with the reason in the learner's words
 */
export async function connectNode(
  node: LabNode,
  onClosed: (cause: Error | undefined) => void,
  signal: AbortSignal,
): Promise<NodeConnection> {
  const hops: Client[] = [];
  const destroy = () => {
    for (const hop of hops.reverse().splice(0)) hop.destroy();
  };
  let through: Duplex | undefined;
  const path = [...(node.ssh.via ?? []), node.ssh];
  for (const [at, door] of path.entries()) {
    const last = at === path.length - 1;
    try {
      const client = await logIn(door, last ? node.name : `${door.host}:${door.port}`, through, signal, (cause) => {
        destroy();
        if (last) onClosed(cause);
      });
      hops.push(client);
      const next = path[at + 1];
      if (next) through = await forwarded(client, next, node.name);
    } catch (cause) {
      destroy();
      throw cause;
    }
  }
  return { client: hops.at(-1) as Client, destroy };
}

/** One connection; `onClosed` is called only for one that was there. */
function logIn(
  door: SshDoor,
  name: string,
  through: Duplex | undefined,
  signal: AbortSignal,
  onClosed: (cause: Error | undefined) => void,
): Promise<Client> {
  const { promise, resolve, reject } = Promise.withResolvers<Client>();
  const client = new Client();
  let seenHostKey: string | undefined;
  let ready = false;
  let over = false;
  const end = (cause: Error | undefined) => {
    if (over) return;
    over = true;
    signal.removeEventListener("abort", onAbort);
    client.destroy();
    if (ready) onClosed(cause);
    else reject(new ShellUnreachable(unreachable(door, name, seenHostKey, cause), cause));
  };
  const onAbort = () => end(new Error("given up"));
  if (signal.aborted) {
    end(new Error("given up"));
    return promise;
  }
  signal.addEventListener("abort", onAbort);
  const stopCounting = limitBeforeLogin(client, () => end(new Error("it said too much before the login")));
  client.on("ready", () => {
    ready = true;
    stopCounting();
    client.setNoDelay(true);
    if (!over) resolve(client);
  });
  keepPacketKeysReady(client);
  client.on("error", end);
  client.on("close", () => end(undefined));
  const settings: ConnectConfig = {
    ...(through ? { sock: through as ConnectConfig["sock"] } : { host: door.host, port: door.port }),
    username: door.user,
    password: door.password,
    privateKey: door.privateKey,
    authHandler: loginMethods(door),
    readyTimeout: CONNECT_TIMEOUT_MS,
    keepaliveInterval: KEEPALIVE_INTERVAL_MS,
    keepaliveCountMax: KEEPALIVES_MISSED_MAX,
    algorithms: algorithmsFor(door.algorithms ?? "modern"),
    hostVerifier: (key: Buffer) => {
      seenHostKey = hostKeyHash(key);
      return seenHostKey === door.hostKeySha256;
    },
  };
  try {
    client.connect(settings);
  } catch (cause) {
    // A key that cannot be read.
    end(cause as Error);
  }
  return promise;
}

function forwarded(client: Client, door: SshDoor, node: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    client.forwardOut("127.0.0.1", 0, door.host, door.port, (error, channel) => {
      if (!error) resolve(channel);
      else reject(new ShellUnreachable({ reason: { id: "jump-refused", values: { node } }, final: false }, error));
    });
  });
}

/** Counts what the other side says until the login; the function it gives ends that. */
function limitBeforeLogin(client: Client, tooMuch: () => void): () => void {
  let said = 0;
  // ssh2 reads lines before the identification, and banners, of any number.
  const socketOf = () => (client as unknown as { _sock?: Duplex })._sock;
  const count = (bytes: Buffer) => {
    said += bytes.length;
    if (said > BEFORE_LOGIN_BYTES_MAX) tooMuch();
  };
  setImmediate(() => socketOf()?.on("data", count));
  return () => void socketOf()?.off("data", count);
}

/** A host key as `ssh-keygen -lf` prints it: `SHA256:` and base64 without padding. */
export function hostKeyHash(key: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

function unreachable(
  door: SshDoor,
  name: string,
  seenHostKey: string | undefined,
  cause: Error | undefined,
): ShellLoss {
  const values = { node: name };
  if (seenHostKey !== undefined && seenHostKey !== door.hostKeySha256) {
    const keys = { ...values, seen: seenHostKey, expected: door.hostKeySha256 };
    return { reason: { id: "host-key-changed", values: keys }, final: true };
  }
  const { code, level } = (cause ?? {}) as { code?: string; level?: string };
  if (level === "client-authentication") return { reason: { id: "node-login-refused", values }, final: true };
  if (level === "handshake" && cause?.message.startsWith("Handshake failed: no matching")) {
    const detail = cause.message.slice("Handshake failed: ".length);
    return { reason: { id: "node-algorithms", values: { ...values, detail } }, final: true };
  }
  return { reason: { id: code === "ECONNREFUSED" ? "node-refused" : "node-silent", values }, final: false };
}
