/**
 * A login shell on a node, over SSH, with the node's host key pinned.
 */
import { createHash } from "node:crypto";
import { Client, type ClientChannel } from "ssh2";
import type { LabNode } from "../../labs/lab-description.ts";
import type { Message } from "../protocol.ts";
import { type SshWindow, takeWindow } from "./ssh-window.ts";

/** Time for TCP, key exchange and login together. A powered-off node lets it run out. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** A node that answers nothing for three of these is lost: long enough for a cluster that is busy fencing. */
export const KEEPALIVE_INTERVAL_MS = 5_000;
const KEEPALIVES_MISSED_MAX = 3;

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

export interface NodeShell {
  /** False when the node takes no more for now: wait for `onDrain`. */
  write(data: string | Uint8Array): boolean;
  resize(columns: number, rows: number): void;
  /** A pause closes the SSH window, and the program on the node waits; what is on its way still arrives. */
  pause(): void;
  resume(): void;
  end(): void;
}

export interface ShellListener {
  /** Once, before anything else: the shell is there. */
  onOpen(shell: NodeShell): void;
  onData(bytes: Uint8Array): void;
  onDrain(): void;
  /** Once, after the shell is over. */
  onEnd(loss: ShellLoss): void;
}

/**
 * Log in and start a shell; resolves when it is there.
 *
 * @param signal gives up
 * @throws ShellUnreachable with the reason in the learner's words
 */
export function openNodeShell(
  node: LabNode,
  size: { columns: number; rows: number },
  listener: ShellListener,
  signal: AbortSignal,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const client = new Client();
  let seenHostKey: string | undefined;
  let opened = false;
  let over = false;
  let exit: ShellLoss | undefined;
  const fail = (cause: Error | undefined) => {
    if (over) return;
    over = true;
    signal.removeEventListener("abort", onAbort);
    client.destroy();
    if (opened) listener.onEnd(exit ?? { reason: lostReason(node.name, cause), final: false });
    else reject(new ShellUnreachable(unreachable(node, seenHostKey, cause), cause));
  };
  const onAbort = () => fail(new Error("given up"));
  signal.addEventListener("abort", onAbort);

  client.on("ready", () => {
    client.setNoDelay(true);
    let open: ClientChannel | undefined;
    const flow = takeWindow(client, () => (open as unknown as { outgoing: { id: number } } | undefined)?.outgoing.id);
    const window = { term: "xterm-256color", cols: size.columns, rows: size.rows, width: 0, height: 0 };
    client.shell(window, (error, channel) => {
      if (error || over) {
        if (error) error.message = `no shell: ${error.message}`;
        fail(error);
        channel?.close();
        return;
      }
      opened = true;
      open = channel;
      // At once: its first output may follow within the same packet.
      listener.onOpen(shellOf(client, channel, flow));
      const arrived = (bytes: Buffer) => {
        listener.onData(bytes);
        flow.arrived(bytes.length);
      };
      channel.on("data", arrived);
      channel.stderr.on("data", arrived);
      channel.on("drain", () => listener.onDrain());
      channel.on("exit", (status: number | null, name?: string) => {
        exit = exitReason(node.name, status, name);
      });
      channel.on("error", () => undefined);
      channel.on("close", () => fail(undefined));
      resolve();
    });
  });
  client.on("error", (error) => fail(error));
  client.on("close", () => fail(undefined));
  client.connect({
    host: node.ssh.host,
    port: node.ssh.port,
    username: node.ssh.user,
    password: node.ssh.password,
    privateKey: node.ssh.privateKey,
    tryKeyboard: false,
    readyTimeout: CONNECT_TIMEOUT_MS,
    keepaliveInterval: KEEPALIVE_INTERVAL_MS,
    keepaliveCountMax: KEEPALIVES_MISSED_MAX,
    hostVerifier: (key: Buffer) => {
      seenHostKey = hostKeyHash(key);
      return seenHostKey === node.ssh.hostKeySha256;
    },
  });
  return promise;
}

/** A host key as `ssh-keygen -lf` prints it: `SHA256:` and base64 without padding. */
export function hostKeyHash(key: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

function shellOf(client: Client, channel: ClientChannel, flow: SshWindow): NodeShell {
  return {
    write: (data) => channel.write(data),
    resize: (columns, rows) => channel.setWindow(rows, columns, 0, 0),
    pause: () => flow.hold(),
    resume: () => flow.release(),
    end() {
      channel.close();
      client.end();
    },
  };
}

function exitReason(node: string, status: number | null, signal: string | undefined): ShellLoss | undefined {
  if (typeof status === "number") return { reason: { id: "shell-exited", values: { node, status } }, final: true };
  // A node that goes down hangs up its shells: that is a loss, not an end.
  const name = signal?.replace(/^SIG/, "");
  if (!name || name === "HUP") return undefined;
  return { reason: { id: "shell-killed", values: { node, signal: name } }, final: true };
}

function lostReason(node: string, cause: Error | undefined): Message {
  return { id: cause ? "node-lost" : "node-closed", values: { node } };
}

function unreachable(node: LabNode, seenHostKey: string | undefined, cause: Error | undefined): ShellLoss {
  const values = { node: node.name };
  if (seenHostKey !== undefined && seenHostKey !== node.ssh.hostKeySha256) {
    const keys = { ...values, seen: seenHostKey, expected: node.ssh.hostKeySha256 };
    return { reason: { id: "host-key-changed", values: keys }, final: true };
  }
  const { code, level } = (cause ?? {}) as { code?: string; level?: string };
  if (level === "client-authentication") return { reason: { id: "node-login-refused", values }, final: true };
  if (cause?.message.startsWith("no shell: ")) {
    return {
      reason: { id: "node-shell-refused", values: { ...values, detail: cause.message.slice(10) } },
      final: false,
    };
  }
  return { reason: { id: code === "ECONNREFUSED" ? "node-refused" : "node-silent", values }, final: false };
}
