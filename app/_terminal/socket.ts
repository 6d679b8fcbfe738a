/**
 * The page's connection: Socket.IO for everything that is asked, a WebSocket beside it for terminal bytes and keys.
 *
 * The two are one: when either is lost, both are, and they come back by themselves and say when.
 */
import { io, type Socket } from "socket.io-client";
import {
  type FromBrowser,
  type FromGateway,
  type InputAccepted,
  PROTOCOL_VERSION,
  type Refusal,
  type Reply,
  SOCKET_PATH,
  type TerminalInput,
} from "../../gateway/protocol.ts";
import { newStreamKey, openStream, type Stream } from "./stream.ts";

export type ConnectionState =
  | { kind: "connecting" }
  | { kind: "connected" }
  /** Tried again at `retryAtMs` (by `Date.now()`), or when the network comes back. */
  | { kind: "offline"; retryAtMs: number }
  /** Not tried again: the reason says what to do. */
  | { kind: "refused"; refusal: Refusal };

export interface Connection {
  readonly socket: Socket<FromGateway, FromBrowser>;
  readonly state: ConnectionState;
  /** Called after each change; the function it gives ends that. */
  subscribe(listener: () => void): () => void;
  /** Called with each frame of terminal bytes, whichever way it came; the function it gives ends that. */
  subscribeFrames(listener: (packed: Uint8Array) => void): () => void;
  sendInput(input: TerminalInput, answer: (reply: Reply<InputAccepted>) => void): void;
  acknowledge(sessionId: string, offset: number): void;
  retryNow(): void;
  /** Begin it anew: the language of the page, which the gateway reads at its beginning, has changed. */
  renew(): void;
  /** The stream of terminal bytes breaks, as a network does. For tests. */
  dropStream(): void;
  close(): void;
}

/** Waits before each try, in milliseconds; the last repeats. Up to a third is added, so that a class does not return as one. */
const RETRY_MS = [250, 500, 1_000, 2_000, 4_000];
const CONNECT_TIMEOUT_MS = 10_000;

/** @param url of the server; the page's own unless said */
export function openConnection(url?: string): Connection {
  let streamKey = "";
  let stream: Stream | undefined;
  let streamReady: Promise<boolean> = Promise.resolve(false);
  const socket: Socket<FromGateway, FromBrowser> = io(url ?? "", {
    path: SOCKET_PATH,
    auth: (say) => say({ protocol: PROTOCOL_VERSION, stream: streamKey }),
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    // Done here, so that the page can say when.
    reconnection: false,
    timeout: CONNECT_TIMEOUT_MS,
    forceNew: true,
    autoConnect: false,
  });
  const listeners = new Set<() => void>();
  const frameListeners = new Set<(packed: Uint8Array) => void>();
  const onFrame = (packed: Uint8Array) => {
    for (const listener of [...frameListeners]) listener(packed);
  };
  let state: ConnectionState = { kind: "connecting" };
  let tries = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;
  let renewing = false;

  const set = (next: ConnectionState) => {
    state = next;
    for (const listener of [...listeners]) listener();
  };
  const dropStream = () => {
    const dropped = stream;
    stream = undefined;
    dropped?.close();
  };
  /** Beside Socket.IO's own handshake, so that it costs no time. */
  const startStream = () => {
    dropStream();
    streamKey = newStreamKey();
    const opened = openStream(url, streamKey, {
      onFrame,
      onClosed: () => {
        if (stream !== opened) return;
        stream = undefined;
        if (socket.connected) socket.io.engine.close();
      },
    });
    stream = opened;
    streamReady = opened.ready;
  };
  const connect = () => {
    clearTimeout(timer);
    if (closed || socket.connected) return;
    startStream();
    // The countdown stays on screen until it is known how this try ends.
    socket.connect();
  };
  const later = () => {
    if (closed) return;
    const wait = (RETRY_MS[Math.min(tries, RETRY_MS.length - 1)] as number) * (1 + Math.random() / 3);
    tries += 1;
    clearTimeout(timer);
    timer = setTimeout(connect, wait);
    set({ kind: "offline", retryAtMs: Date.now() + wait });
  };
  const retryNow = () => {
    if (state.kind === "connected" || closed) return;
    tries = 0;
    connect();
  };

  socket.on("connect", async () => {
    const { id } = socket;
    // Without it the terminals work too, so it never stands in the way.
    if (!(await streamReady)) dropStream();
    if (!socket.connected || socket.id !== id) return;
    tries = 0;
    set({ kind: "connected" });
  });
  socket.on("disconnect", () => {
    dropStream();
    if (!renewing) return later();
    renewing = false;
    set({ kind: "connecting" });
    connect();
  });
  socket.on("terminal:output", (packed) => onFrame(new Uint8Array(packed)));
  socket.on("connect_error", (error) => {
    const refusal = (error as { data?: Refusal }).data;
    if (refusal && !refusal.retry) set({ kind: "refused", refusal });
    else later();
  });
  // A laptop that wakes, or a network that is back, does not wait for the countdown.
  const onVisible = () => {
    if (document.visibilityState === "visible" && state.kind === "offline") retryNow();
  };
  if (typeof window !== "undefined") {
    window.addEventListener("online", retryNow);
    document.addEventListener("visibilitychange", onVisible);
  }
  connect();

  return {
    socket,
    get state() {
      return state;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    subscribeFrames(listener) {
      frameListeners.add(listener);
      return () => void frameListeners.delete(listener);
    },
    sendInput(input, answer) {
      if (stream) stream.sendInput(input, answer);
      else socket.emit("terminal:input", input, answer);
    },
    acknowledge(sessionId, offset) {
      if (stream) stream.acknowledge(sessionId, offset);
      else socket.emit("terminal:ack", { sessionId, offset });
    },
    retryNow,
    renew() {
      // One that is only coming reads the choice as it is now.
      if (!socket.connected) return;
      renewing = true;
      socket.io.engine.close();
    },
    dropStream: () => stream?.break(),
    close() {
      closed = true;
      dropStream();
      clearTimeout(timer);
      listeners.clear();
      if (typeof window !== "undefined") {
        window.removeEventListener("online", retryNow);
        document.removeEventListener("visibilitychange", onVisible);
      }
      socket.disconnect();
    },
  };
}
