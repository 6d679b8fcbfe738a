/**
 * Three ways to the same shell, under one interface: a bare ssh2 client, the relay, and the gateway.
 */
import ssh2 from "ssh2";
import { WebSocket } from "ws";
import { type Connection, openConnection } from "../../app/_terminal/socket.ts";
import { TerminalLink, type TerminalSink } from "../../app/_terminal/terminal-link.ts";
import { OWN_LAB } from "../../gateway/testing/test-gateway.ts";
import type { BenchNode } from "./sshd.ts";

/** What a client does with output; it calls `parsed` when it has dealt with it. */
export type Consumer = (bytes: Uint8Array, parsed: () => void) => void;

export interface Shell {
  write(text: string): void;
  consumer: Consumer;
  close(): void;
}

export interface Way {
  name: "ssh2" | "relay" | "gateway";
  /** Process whose memory and processor time count; none where it is the measuring one. */
  pid?: number;
  open(): Promise<Shell>;
}

export const discard: Consumer = (_bytes, parsed) => parsed();

export function bareWay(node: BenchNode): Way {
  const open = async () => {
    const client = new ssh2.Client();
    const channel = await new Promise<import("ssh2").ClientChannel>((resolve, reject) => {
      client.on("ready", () => {
        client.setNoDelay(true);
        client.shell({ term: "xterm-256color", cols: 80, rows: 24 }, (error, opened) =>
          error ? reject(error) : resolve(opened),
        );
      });
      client.on("error", reject);
      const { host, port, user: username, privateKey } = node;
      client.connect({ host, port, username, privateKey });
    });
    const shell: Shell = {
      write: (text) => void channel.write(text),
      consumer: discard,
      close: () => client.end(),
    };
    channel.on("data", (bytes: Buffer) => shell.consumer(bytes, () => undefined));
    return shell;
  };
  return { name: "ssh2", open };
}

export function relayWay(url: string, pid: number): Way {
  const open = async () => {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    await new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    let parsed = 0;
    const shell: Shell = {
      write: (text) => socket.send(Buffer.from(text), { binary: true }),
      consumer: discard,
      close: () => socket.close(),
    };
    socket.on("message", (bytes: Buffer) => {
      shell.consumer(bytes, () => {
        parsed += bytes.length;
        if (parsed < 64 * 1024) return;
        if (socket.readyState === WebSocket.OPEN) socket.send(`ack ${parsed}`);
        parsed = 0;
      });
    });
    // It keeps nothing that comes before the shell is there.
    await new Promise((resolve) => socket.once("message", resolve));
    return shell;
  };
  return { name: "relay", pid, open };
}

export interface GatewayShell extends Shell {
  link: TerminalLink;
  connection: Connection;
  redraws: number;
  /** Bytes of screens that were sent. */
  onRedraw: (screen: { columns: number; rows: number; bytes: Uint8Array }) => void;
  onState: (kind: string) => void;
}

let slots = 0;
export function newSlot(): string {
  slots += 1;
  return `b${slots}`;
}

/**
 * The page's own connection and link; only what they draw on is the benchmark's.
 *
 * @param prepare called before the first byte can come
 */
export async function openGatewayShell(
  url: string,
  slot = newSlot(),
  connection = openConnection(url),
  prepare: (shell: GatewayShell) => void = () => undefined,
): Promise<GatewayShell> {
  const attached = Promise.withResolvers<void>();
  const sink: TerminalSink = {
    write: (bytes, parsed) => shell.consumer(bytes, parsed),
    redraw(screen) {
      shell.redraws += 1;
      shell.onRedraw(screen);
    },
    size: () => undefined,
    state(state) {
      if (state.kind === "connected") attached.resolve();
      if (state.kind === "ended" || state.kind === "refused") attached.reject(new Error(JSON.stringify(state)));
      shell.onState(state.kind);
    },
    pending: () => undefined,
    notice: () => undefined,
  };
  const link = new TerminalLink(connection, { labId: OWN_LAB, node: "node", slot }, sink);
  const shell: GatewayShell = {
    link,
    connection,
    redraws: 0,
    onRedraw: () => undefined,
    onState: () => undefined,
    consumer: discard,
    write: (text) => link.type(text),
    close() {
      link.end();
      link.stop();
      connection.close();
    },
  };
  prepare(shell);
  link.start(80, 24);
  await attached.promise;
  return shell;
}

export function gatewayWay(url: string, pid: number): Way {
  return { name: "gateway", pid, open: () => openGatewayShell(url) };
}
