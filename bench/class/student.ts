/** A student as their browser is seen from the server: joins, opens a chapter, keeps the sockets open, types one command. */
import type { Socket as NodeSocket } from "node:net";
import { io, type Socket } from "socket.io-client";
import type { FromBrowser, FromGateway, Reply, TerminalAttached } from "../../gateway/protocol.ts";
import { PROTOCOL_VERSION, WATCH_RENEW_MS } from "../../gateway/protocol.ts";

export const CHAPTER = "vm-migration-and-clustering/create-a-cluster";

export class Student {
  readonly name: string;
  readonly #url: string;
  #cookie = "";
  #socket: Socket<FromGateway, FromBrowser> | undefined;
  #renewal: NodeJS.Timeout | undefined;
  labId = "";
  clusterName = "";
  readonly #wires = new Set<NodeSocket>();
  /** The page's own: connections made after the first. */
  reconnects = -1;

  constructor(url: string, name: string) {
    this.#url = url;
    this.name = name;
  }

  /** @throws Error with the server's answer */
  async join(code: string): Promise<void> {
    const response = await fetch(`${this.#url}/api/auth/join`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: this.#url },
      body: JSON.stringify({ code, name: this.name }),
    });
    if (!response.ok) throw new Error(`${this.name} could not join: ${response.status} ${await response.text()}`);
    this.#cookie = response.headers
      .getSetCookie()
      .map((cookie) => cookie.split(";")[0])
      .join("; ");
  }

  /** Load the chapter's page, which makes the lab, and open the socket. */
  async openChapter(): Promise<void> {
    const response = await fetch(`${this.#url}/learn/${CHAPTER}`, { headers: { cookie: this.#cookie } });
    const page = await response.text();
    if (!response.ok) throw new Error(`${this.name} got no chapter: ${response.status}`);
    this.labId = /\\?"labId\\?":\\?"([0-9a-f-]{36})/.exec(page)?.[1] ?? "";
    this.clusterName = /\\?"clusterName\\?":\\?"([a-z0-9-]+)/.exec(page)?.[1] ?? "";
    if (this.labId === "" || this.clusterName === "") throw new Error(`${this.name}'s page names no lab`);
    const socket: Socket<FromGateway, FromBrowser> = io(this.#url, {
      transports: ["websocket"],
      auth: { protocol: PROTOCOL_VERSION },
      extraHeaders: { cookie: this.#cookie, origin: this.#url },
      reconnectionDelayMax: 2_000,
      forceNew: true,
    });
    this.#socket = socket;
    const watch = () => {
      if (socket.connected) socket.emit("chapter:watch", { labId: this.labId, chapter: CHAPTER }, () => {});
    };
    socket.on("connect", () => {
      this.reconnects += 1;
      watch();
    });
    socket.io.on("open", () => {
      // As they were on the wire, compressed. The type says nothing of it: in Node it is a `ws`.
      const { transport } = socket.io.engine as unknown as { transport: { ws: { _socket: NodeSocket } } };
      this.#wires.add(transport.ws._socket);
    });
    this.#renewal = setInterval(watch, WATCH_RENEW_MS);
    await new Promise<void>((resolve) => socket.once("connect", resolve));
  }

  /** Create the cluster, in a terminal on the first node. Typed again, as a person would, when the connection broke on the way. */
  async work(): Promise<void> {
    for (let attempt = 0; attempt < 10; attempt++) {
      try {
        await this.#typeOnce(`pvecm create ${this.clusterName}\r`);
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    }
    throw new Error(`${this.name} could not type in ten tries`);
  }

  async #typeOnce(line: string): Promise<void> {
    const socket = this.#socket!;
    const withinMs = 20_000;
    const opened: Reply<TerminalAttached> = await socket
      .timeout(withinMs)
      .emitWithAck("terminal:open", { labId: this.labId, node: "pve1", columns: 80, rows: 24 });
    if (!opened.ok) throw new Error(opened.refusal.message.id);
    const { sessionId, writer, state } = opened;
    if (state.kind !== "connected") {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error("no shell in time")), withinMs);
        socket.on("terminal:state", (event) => {
          if (event.sessionId !== sessionId || event.state.kind !== "connected") return;
          clearTimeout(timer);
          resolve();
        });
      });
    }
    const input = { sessionId, writer, seq: opened.acceptedSeq + 1, data: line };
    const accepted = await socket.timeout(withinMs).emitWithAck("terminal:input", input);
    if (!accepted.ok || !accepted.delivered) throw new Error("not delivered");
  }

  /** On the wire, of every connection so far. */
  get receivedBytes(): number {
    return [...this.#wires].reduce((total, wire) => total + wire.bytesRead, 0);
  }

  close(): void {
    clearInterval(this.#renewal);
    this.#socket?.close();
  }
}
