/**
 * The WebSocket that carries terminal bytes and keys, if it can be had.
 */
import { decodeAnswer, encodePageFrame, isAnswer } from "../../gateway/frames.ts";
import { type InputAccepted, type Reply, STREAM_PATH, type TerminalInput } from "../../gateway/protocol.ts";

/** A proxy that swallows the upgrade must not hold up the page. */
const READY_MS = 5_000;

export interface Stream {
  /** False when it could not be had. */
  readonly ready: Promise<boolean>;
  sendInput(input: TerminalInput, answer: (reply: Reply<InputAccepted>) => void): void;
  acknowledge(sessionId: string, offset: number): void;
  /** Ends as if the network had: the page is told. */
  break(): void;
  close(): void;
}

export interface StreamEvents {
  onFrame(packed: Uint8Array): void;
  /** It was there, and is lost. */
  onClosed(): void;
}

/** 144 random bits: whoever knows it could take over a page's stream, did the gateway not ask who they are as well. */
export function newStreamKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}

/** @param url of the server; the page's own unless said */
export function openStream(url: string | undefined, key: string, events: StreamEvents): Stream {
  const address = new URL(STREAM_PATH, url ?? location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const answers = new Map<string, (reply: Reply<InputAccepted>) => void>();
  const ready = Promise.withResolvers<boolean>();
  let open = false;
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  const timer = setTimeout(() => {
    ready.resolve(false);
    socket.close();
  }, READY_MS);
  socket.addEventListener("open", () => socket.send(key));
  socket.addEventListener("close", () => {
    clearTimeout(timer);
    ready.resolve(false);
    if (open) events.onClosed();
  });
  socket.addEventListener("message", ({ data }: MessageEvent<ArrayBuffer>) => {
    const packed = new Uint8Array(data);
    if (packed.length === 0) {
      clearTimeout(timer);
      open = true;
      ready.resolve(true);
    } else if (isAnswer(packed)) answered(packed);
    else events.onFrame(packed);
  });
  const answered = (packed: Uint8Array) => {
    const { kind, sessionId, seq, ...answer } = decodeAnswer(packed);
    const place = `${sessionId} ${seq}`;
    const waiting = answers.get(place);
    answers.delete(place);
    if ("refusal" in answer) waiting?.({ ok: false, ...answer });
    else waiting?.({ ok: true, ...answer });
  };
  return {
    ready: ready.promise,
    sendInput(input, answer) {
      answers.set(`${input.sessionId} ${input.seq}`, answer);
      if (socket.readyState === WebSocket.OPEN) socket.send(encodePageFrame({ kind: "input", ...input }));
    },
    acknowledge(sessionId, offset) {
      if (socket.readyState === WebSocket.OPEN) socket.send(encodePageFrame({ kind: "parsed", sessionId, offset }));
    },
    break: () => socket.close(),
    close() {
      open = false;
      socket.close();
    },
  };
}
