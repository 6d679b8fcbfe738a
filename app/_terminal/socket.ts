/**
 * The page's one Socket.IO connection. It comes back by itself, and says when.
 */
import { io, type Socket } from "socket.io-client";
import {
  type FromBrowser,
  type FromGateway,
  PROTOCOL_VERSION,
  type Refusal,
  SOCKET_PATH,
} from "../../gateway/protocol.ts";

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
  retryNow(): void;
  close(): void;
}

/** Waits before each try, in milliseconds; the last repeats. Up to a third is added, so that a class does not return as one. */
const RETRY_MS = [250, 500, 1_000, 2_000, 4_000];
const CONNECT_TIMEOUT_MS = 10_000;

/** @param url of the server; the page's own unless said */
export function openConnection(url?: string): Connection {
  const socket: Socket<FromGateway, FromBrowser> = io(url ?? "", {
    path: SOCKET_PATH,
    auth: { protocol: PROTOCOL_VERSION },
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    // Done here, so that the page can say when.
    reconnection: false,
    timeout: CONNECT_TIMEOUT_MS,
    forceNew: true,
    autoConnect: false,
  });
  const listeners = new Set<() => void>();
  let state: ConnectionState = { kind: "connecting" };
  let tries = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const set = (next: ConnectionState) => {
    state = next;
    for (const listener of [...listeners]) listener();
  };
  const connect = () => {
    clearTimeout(timer);
    if (closed || socket.connected) return;
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

  socket.on("connect", () => {
    tries = 0;
    set({ kind: "connected" });
  });
  socket.on("disconnect", later);
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
  socket.connect();

  return {
    socket,
    get state() {
      return state;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    retryNow,
    close() {
      closed = true;
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
