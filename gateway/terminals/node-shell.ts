/**
 * A login shell on a node, over SSH, with the node's host key pinned.
 */
import type { Client, ClientChannel } from "ssh2";
import type { LabNode } from "../../labs/lab-description.ts";
import type { Message } from "../protocol.ts";
import { connectNode, type ShellLoss, ShellUnreachable } from "./node-connection.ts";
import { type SshWindow, takeWindow } from "./ssh-window.ts";

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
export async function openNodeShell(
  node: LabNode,
  size: { columns: number; rows: number },
  listener: ShellListener,
  signal: AbortSignal,
): Promise<void> {
  let exit: ShellLoss | undefined;
  let opened = false;
  let over = false;
  const refused = Promise.withResolvers<never>();
  const end = (cause: Error | undefined) => {
    if (over) return;
    over = true;
    connection?.destroy();
    if (opened) listener.onEnd(exit ?? { reason: lostReason(node.name, cause), final: false });
    else refused.reject(new ShellUnreachable({ reason: lostReason(node.name, cause), final: false }, cause));
  };
  let connection: Awaited<ReturnType<typeof connectNode>> | undefined;
  connection = await connectNode(node, end, signal);
  const { client } = connection;
  let open: ClientChannel | undefined;
  const flow = takeWindow(client, () => (open as unknown as { outgoing: { id: number } } | undefined)?.outgoing.id);
  const window = { term: "xterm-256color", cols: size.columns, rows: size.rows, width: 0, height: 0 };
  const shell = new Promise<void>((resolve, reject) => {
    client.shell(window, (error, channel) => {
      if (error || over) {
        over = true;
        channel?.close();
        connection.destroy();
        const values = { node: node.name, detail: error?.message ?? "" };
        reject(new ShellUnreachable({ reason: { id: "node-shell-refused", values }, final: false }, error));
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
      channel.on("close", () => end(undefined));
      resolve();
    });
  });
  await Promise.race([shell, refused.promise]);
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
