"use client";

/** What a learner does is told to the server now or, without a way to it, later. One box for all parts of a page. */
import { pageConnection } from "../_terminal/connection.ts";
import { Outbox } from "./outbox.ts";

/** Also tried when the connection or the network comes back, whichever is first. */
const RETRY_MS = 10_000;

let shared: Outbox | undefined;

/** In the browser only. */
export function pageOutbox(): Outbox {
  shared ??= new Outbox({ send, storage: tabStorage(), retry: whenThereIsAWay });
  return shared;
}

function send(path: string, body: unknown): Promise<Response> {
  return fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    keepalive: true,
  });
}

function whenThereIsAWay(again: () => void): () => void {
  const { socket } = pageConnection();
  const timer = setTimeout(again, RETRY_MS);
  window.addEventListener("online", again);
  socket.on("connect", again);
  return () => {
    clearTimeout(timer);
    window.removeEventListener("online", again);
    socket.off("connect", again);
  };
}

function tabStorage(): Storage | undefined {
  try {
    return window.sessionStorage;
  } catch {
    return undefined;
  }
}
