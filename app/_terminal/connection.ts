"use client";

/** The page's connection for React: one for all its parts, opened when the first of them needs it. */
import { useSyncExternalStore } from "react";
import { tellServerReached } from "../_components/server-reach.ts";
import { type Connection, type ConnectionState, openConnection } from "./socket.ts";

let shared: Connection | undefined;

/** In the browser only. It stays open as long as the page. */
export function pageConnection(): Connection {
  if (!shared) {
    const opened = openConnection();
    opened.subscribe(() => tellServerReached(opened.state.kind !== "offline"));
    shared = opened;
  }
  return shared;
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
