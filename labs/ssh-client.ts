/**
 * An SSH connection to a node for our own questions: host keys pinned, through jump hosts where there are some.
 *
 * The gateway's terminals have their own (`gateway/terminals/node-connection.ts`), with windows and keep-alives.
 */
import { createHash } from "node:crypto";
import type { Duplex } from "node:stream";
import { Client, type ConnectConfig } from "ssh2";
import type { SshDoor, SshPath } from "./lab-description.ts";
import { algorithmsFor } from "./ssh-algorithms.ts";
import { loginMethods } from "./ssh-login-methods.ts";

/** Why there is no connection; `hostKey` is what was shown instead of the pinned one. */
export class SshRefused extends Error {
  override name = "SshRefused";
  readonly kind: "unreachable" | "host-key" | "login" | "forwarding";
  readonly hostKey: string | undefined;
  constructor(kind: SshRefused["kind"], message: string, hostKey?: string) {
    super(message);
    this.kind = kind;
    this.hostKey = hostKey;
  }
}

export interface SshConnection {
  client: Client;
  /** Ends it and the connections to the jump hosts. */
  end(): void;
}

/** @param name of the node, for messages @throws SshRefused */
export async function connectSsh(name: string, door: SshPath, timeoutMs: number): Promise<SshConnection> {
  const deadline = performance.now() + timeoutMs;
  const clients: Client[] = [];
  const end = () => {
    for (const client of clients.reverse()) {
      client.on("error", () => {});
      client.destroy();
    }
  };
  const path: SshDoor[] = [...(door.via ?? []), door];
  let through: Duplex | undefined;
  try {
    for (const [at, hop] of path.entries()) {
      const title = at === path.length - 1 ? name : `the jump host ${hop.host}`;
      const client = await logIn(title, hop, through, Math.max(1, deadline - performance.now()));
      clients.push(client);
      const next = path[at + 1];
      if (next)
        through = await forwardedBy(client, `${name} over SSH: the jump host ${hop.host}`, next.host, next.port);
    }
    return { client: clients.at(-1)!, end };
  } catch (error) {
    end();
    throw error;
  }
}

/** A byte stream from a node to an address. @param who for the message @throws SshRefused */
export async function forwardedBy(client: Client, who: string, host: string, port: number): Promise<Duplex> {
  try {
    return await forwarded(client, host, port);
  } catch (error) {
    // ADMINISTRATIVELY_PROHIBITED, RFC 4254, 5.1
    const forbidden = String((error as { reason?: unknown }).reason) === "1";
    const reason = (error as Error).message.replace(/^\(SSH\) Channel open failure: /, "");
    throw forbidden
      ? new SshRefused("forwarding", `${who} forwards nothing: its sshd needs AllowTcpForwarding yes`)
      : new SshRefused("unreachable", `${who} does not reach ${host}:${port} (${reason})`);
  }
}

/** A byte stream from the node to an address, as the node reaches it. */
export function forwarded(client: Client, host: string, port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    client.forwardOut("127.0.0.1", 0, host, port, (error, channel) => (error ? reject(error) : resolve(channel)));
  });
}

/** As `ssh-keygen -lf` prints it. */
export function hostKeySha256(key: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** The host key that a door shows now, without logging in: for an instructor who is about to trust it. */
export async function shownHostKey(name: string, door: SshPath, timeoutMs: number): Promise<string> {
  try {
    const connection = await connectSsh(name, { ...door, hostKeySha256: NO_KEY }, timeoutMs);
    connection.end();
  } catch (error) {
    if (error instanceof SshRefused && error.kind === "host-key" && error.hostKey) return error.hostKey;
    throw error;
  }
  throw new SshRefused("unreachable", `${name} shows no host key`);
}

/** Of the right form, and no key's. */
export const NO_KEY = `SHA256:${"A".repeat(43)}`;

function logIn(name: string, hop: SshDoor, through: Duplex | undefined, timeoutMs: number): Promise<Client> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    let shown: string | undefined;
    const fail = (error?: Error & { level?: string; code?: string }) => {
      clearTimeout(timer);
      client.removeAllListeners();
      client.on("error", () => {});
      client.destroy();
      if (shown !== undefined && shown !== hop.hostKeySha256) {
        const message = `${name} shows another host key (${shown}) than the one that is known`;
        reject(new SshRefused("host-key", message, shown));
      } else if (error?.level === "client-authentication") {
        reject(new SshRefused("login", `${name} over SSH refuses ${hop.user}: wrong password or key`));
      } else {
        const reason = error?.code ?? error?.message ?? "the connection ended";
        reject(new SshRefused("unreachable", `${name} over SSH: ${reason}`));
      }
    };
    const timer = setTimeout(() => fail(new Error(`no answer within ${Math.round(timeoutMs)} ms`)), timeoutMs);
    client.on("error", fail);
    client.on("close", () => fail());
    client.on("ready", () => {
      clearTimeout(timer);
      client.removeAllListeners();
      client.on("error", () => {});
      resolve(client);
    });
    const settings: ConnectConfig = {
      ...(through ? { sock: through as ConnectConfig["sock"] } : { host: hop.host, port: hop.port }),
      username: hop.user,
      ...(hop.password !== undefined && { password: hop.password }),
      ...(hop.privateKey !== undefined && { privateKey: hop.privateKey }),
      authHandler: loginMethods(hop),
      readyTimeout: timeoutMs,
      keepaliveInterval: 10_000,
      algorithms: algorithmsFor(hop.algorithms ?? "modern"),
      hostVerifier: (key: Buffer) => {
        shown = hostKeySha256(key);
        return shown === hop.hostKeySha256;
      },
    };
    try {
      client.connect(settings);
    } catch (error) {
      // A key that cannot be read: with a passphrase, or cut off.
      clearTimeout(timer);
      reject(new SshRefused("login", `${name} over SSH: ${(error as Error).message}`));
    }
  });
}
