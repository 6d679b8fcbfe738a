import { describe, expect, it } from "vitest";
import { encodeFrame } from "../../gateway/frames.ts";
import type { Reply, TerminalAttached } from "../../gateway/protocol.ts";
import type { Connection } from "./socket.ts";
import { TerminalLink, type TerminalSink } from "./terminal-link.ts";

const SESSION = "0123456789abcdef";

/** A connection whose answers and frames come in the order the test says. */
function connectionByHand() {
  let frames: ((packed: Uint8Array) => void) | undefined;
  let answer: ((reply: Reply<TerminalAttached>) => void) | undefined;
  const sent: [event: string, request: unknown][] = [];
  const connection = {
    state: { kind: "connected" },
    socket: {
      on: () => undefined,
      off: () => undefined,
      emit: (event: string, request: unknown, reply: (reply: Reply<TerminalAttached>) => void) => {
        if (event === "terminal:open" || event === "terminal:attach") answer = reply;
        else sent.push([event, request]);
      },
    },
    subscribe: () => () => undefined,
    subscribeFrames: (listener: (packed: Uint8Array) => void) => {
      frames = listener;
      return () => undefined;
    },
    sendInput: () => undefined,
    acknowledge: () => undefined,
  } as unknown as Connection;
  return {
    connection,
    sent,
    frame: (packed: Uint8Array) => frames?.(packed),
    answer: (attached: Omit<TerminalAttached, "state">) =>
      answer?.({ ok: true, ...attached, state: { kind: "connected" } } as Reply<TerminalAttached>),
  };
}

function sink() {
  let text = "";
  const written: TerminalSink = {
    write: (bytes) => {
      text += new TextDecoder().decode(bytes);
    },
    redraw: ({ bytes }) => {
      text = new TextDecoder().decode(bytes);
    },
    size: () => undefined,
    state: () => undefined,
    pending: () => undefined,
    notice: () => undefined,
  };
  return { written, text: () => text };
}

const attached = {
  sessionId: SESSION,
  writer: "w",
  acceptedSeq: 0,
  resumed: "screen",
  columns: 80,
  rows: 24,
  recorded: false,
} as const;
const bytes = (text: string) => new TextEncoder().encode(text);

describe("a terminal's size", () => {
  const opened = (answeredWith: { columns: number; rows: number }) => {
    const { connection, answer, sent } = connectionByHand();
    const told: [number, number][] = [];
    const { written } = sink();
    const link = new TerminalLink(
      connection,
      { labId: "lab", node: "pve1" },
      {
        ...written,
        size: (...size) => void told.push(size),
      },
    );
    link.start(88, 24);
    link.resize(90, 24);
    answer({ ...attached, ...answeredWith });
    return { sent, told };
  };

  it("that changed while the shell was opened is sent after the answer, and is nobody else's", () => {
    const { sent, told } = opened({ columns: 88, rows: 24 });
    expect(told).toEqual([]);
    expect(sent).toEqual([["terminal:resize", { sessionId: SESSION, columns: 90, rows: 24 }]]);
  });

  it("that another browser has set is shown", () => {
    const { sent, told } = opened({ columns: 120, rows: 40 });
    expect(told).toEqual([[120, 40]]);
    expect(sent).toEqual([]);
  });
});

describe("a terminal's bytes and answers take different ways", () => {
  it("draws a screen that came before the answer to opening", () => {
    const { connection, frame, answer } = connectionByHand();
    const { written, text } = sink();
    new TerminalLink(connection, { labId: "lab", node: "pve1" }, written).start(80, 24);
    frame(encodeFrame({ kind: "screen", sessionId: SESSION, offset: 100, columns: 80, rows: 24, bytes: bytes("$ ") }));
    frame(encodeFrame({ kind: "output", sessionId: SESSION, offset: 100, bytes: bytes("ls") }));
    expect(text()).toBe("");
    answer(attached);
    expect(text()).toBe("$ ls");
  });

  it("draws nothing of another terminal's that came meanwhile", () => {
    const { connection, frame, answer } = connectionByHand();
    const { written, text } = sink();
    new TerminalLink(connection, { labId: "lab", node: "pve1" }, written).start(80, 24);
    const other = "fedcba9876543210";
    frame(encodeFrame({ kind: "screen", sessionId: other, offset: 5, columns: 80, rows: 24, bytes: bytes("other") }));
    answer(attached);
    frame(encodeFrame({ kind: "screen", sessionId: SESSION, offset: 100, columns: 80, rows: 24, bytes: bytes("own") }));
    expect(text()).toBe("own");
  });
});
