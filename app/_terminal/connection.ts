"use client";

/** The page's connection for React: one for all its parts, opened when the first of them needs it. */
import { useSyncExternalStore } from "react";
import { type Connection, type ConnectionState, openConnection } from "./socket.ts";

let shared: Connection | undefined;
const opened = new Set<() => void>();

/** In the browser only. It stays open as long as the page. */
export function pageConnection(): Connection {
  if (!shared) {
    shared = openConnection();
    shared.subscribe(() => {
      for (const listener of [...opened]) listener();
    });
    // Whoever renders now hears of it afterwards.
    queueMicrotask(() => {
      for (const listener of [...opened]) listener();
    });
  }
  return shared;
}

/** The page's connection where a part of the page needs one; opens none. */
export function openedConnection(): Connection | undefined {
  return shared;
}

/** Called after each change of it, its opening too; the function it gives ends that. */
export function subscribeOpened(listener: () => void): () => void {
  opened.add(listener);
  return () => void opened.delete(listener);
}

const whileRendering: ConnectionState = { kind: "connecting" };
const subscribe = (listener: () => void) => pageConnection().subscribe(listener);

/** How the connection stands; `pageConnection()` gives the socket inside of effects and handlers. */
export function useConnection(): ConnectionState {
  return useSyncExternalStore(
    subscribe,
    () => pageConnection().state,
    () => whileRendering,
  );
}
