/**
 * Terminal bytes on the wire: one binary frame says which session, at which byte offset, and what.
 *
 * ```
 * u8 kind   u8 length of id   id (ASCII)   f64 offset   [u16 columns  u16 rows, kind screen only]   payload
 * ```
 * `output`: the payload is bytes of the stream, the first of which has the offset. `screen`: the payload redraws the
 * whole terminal, after which the stream goes on at the offset. Both sides load this file; it needs no Node.
 *
 * On a WebSocket of their own the page's messages travel the same way:
 * ```
 * input     f64 sequence number   u8 length of writer   writer (ASCII)   u8 1 for text   payload
 * parsed    f64 offset
 * accepted  f64 sequence number   f64 accepted up to    u8 1 when it was delivered
 * refused   f64 sequence number   refusal (JSON)
 * ```
 */
import type { InputAccepted, Refusal, TerminalInput } from "./protocol.ts";

export type Frame =
  | { kind: "output"; sessionId: string; offset: number; bytes: Uint8Array }
  | { kind: "screen"; sessionId: string; offset: number; columns: number; rows: number; bytes: Uint8Array };

/** What a page says on the stream. */
export type PageFrame = ({ kind: "input" } & TerminalInput) | { kind: "parsed"; sessionId: string; offset: number };

/** The answer to an input on the stream. */
export type AnswerFrame =
  | ({ kind: "accepted"; sessionId: string; seq: number } & InputAccepted)
  | { kind: "refused"; sessionId: string; seq: number; refusal: Refusal };

const OUTPUT = 1;
const SCREEN = 2;
const INPUT = 3;
const PARSED = 4;
const ACCEPTED = 5;
const REFUSED = 6;
const SIZE_BYTES = 4;

/** Pack one frame; the bytes are copied once. */
export function encodeFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  const screen = frame.kind === "screen";
  const idLength = frame.sessionId.length;
  const head = 2 + idLength + 8 + (screen ? SIZE_BYTES : 0);
  const packed = new Uint8Array(head + frame.bytes.length);
  const view = new DataView(packed.buffer);
  packed[0] = screen ? SCREEN : OUTPUT;
  packed[1] = idLength;
  for (let at = 0; at < idLength; at++) packed[2 + at] = frame.sessionId.charCodeAt(at);
  view.setFloat64(2 + idLength, frame.offset);
  if (frame.kind === "screen") {
    view.setUint16(10 + idLength, frame.columns);
    view.setUint16(12 + idLength, frame.rows);
  }
  packed.set(frame.bytes, head);
  return packed;
}

/** Unpack; the payload is a view of what was given. @throws RangeError on a frame that is cut short or of no known kind */
export function decodeFrame(packed: Uint8Array): Frame {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const kind = view.getUint8(0);
  const idLength = view.getUint8(1);
  const sessionId = String.fromCharCode(...packed.subarray(2, 2 + idLength));
  const offset = view.getFloat64(2 + idLength);
  if (kind === OUTPUT) return { kind: "output", sessionId, offset, bytes: packed.subarray(10 + idLength) };
  if (kind !== SCREEN) throw new RangeError(`unknown kind of terminal frame: ${kind}`);
  const columns = view.getUint16(10 + idLength);
  const rows = view.getUint16(12 + idLength);
  return { kind: "screen", sessionId, offset, columns, rows, bytes: packed.subarray(14 + idLength) };
}

export function isAnswer(packed: Uint8Array): boolean {
  return packed[0] === ACCEPTED || packed[0] === REFUSED;
}

export function encodePageFrame(frame: PageFrame): Uint8Array<ArrayBuffer> {
  if (frame.kind === "parsed") return headed(PARSED, frame.sessionId, frame.offset, 0).packed;
  const text = typeof frame.data === "string";
  const payload = typeof frame.data === "string" ? new TextEncoder().encode(frame.data) : frame.data;
  const { packed, at } = headed(INPUT, frame.sessionId, frame.seq, 2 + frame.writer.length + payload.length);
  packed[at] = frame.writer.length;
  ascii(packed, at + 1, frame.writer);
  packed[at + 1 + frame.writer.length] = text ? 1 : 0;
  packed.set(payload, at + 2 + frame.writer.length);
  return packed;
}

/** @throws RangeError on a frame that is cut short or of no known kind; what is in it is still to be checked */
export function decodePageFrame(packed: Uint8Array): PageFrame {
  const { kind, sessionId, number, view, at } = readHead(packed);
  if (kind === PARSED) return { kind: "parsed", sessionId, offset: number };
  if (kind !== INPUT) throw new RangeError(`unknown kind of page frame: ${kind}`);
  const writerLength = view.getUint8(at);
  const writer = String.fromCharCode(...packed.subarray(at + 1, at + 1 + writerLength));
  const text = view.getUint8(at + 1 + writerLength) === 1;
  const payload = packed.subarray(at + 2 + writerLength);
  const data = text ? new TextDecoder().decode(payload) : new Uint8Array(payload);
  return { kind: "input", sessionId, writer, seq: number, data };
}

export function encodeAnswer(frame: AnswerFrame): Uint8Array<ArrayBuffer> {
  if (frame.kind === "refused") {
    const json = new TextEncoder().encode(JSON.stringify(frame.refusal));
    const { packed, at } = headed(REFUSED, frame.sessionId, frame.seq, json.length);
    packed.set(json, at);
    return packed;
  }
  const { packed, at } = headed(ACCEPTED, frame.sessionId, frame.seq, 9);
  new DataView(packed.buffer).setFloat64(at, frame.acceptedSeq);
  packed[at + 8] = frame.delivered ? 1 : 0;
  return packed;
}

/** @throws RangeError on a frame that is cut short or of no known kind */
export function decodeAnswer(packed: Uint8Array): AnswerFrame {
  const { kind, sessionId, number: seq, view, at } = readHead(packed);
  if (kind === REFUSED) {
    const refusal = JSON.parse(new TextDecoder().decode(packed.subarray(at))) as Refusal;
    return { kind: "refused", sessionId, seq, refusal };
  }
  if (kind !== ACCEPTED) throw new RangeError(`unknown kind of answer: ${kind}`);
  return { kind: "accepted", sessionId, seq, acceptedSeq: view.getFloat64(at), delivered: view.getUint8(at + 8) === 1 };
}

function headed(kind: number, sessionId: string, number: number, more: number) {
  const at = 10 + sessionId.length;
  const packed = new Uint8Array(at + more);
  packed[0] = kind;
  packed[1] = sessionId.length;
  ascii(packed, 2, sessionId);
  new DataView(packed.buffer).setFloat64(2 + sessionId.length, number);
  return { packed, at };
}

function readHead(packed: Uint8Array) {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const idLength = view.getUint8(1);
  const number = view.getFloat64(2 + idLength);
  const sessionId = String.fromCharCode(...packed.subarray(2, 2 + idLength));
  return { kind: view.getUint8(0), sessionId, number, view, at: 10 + idLength };
}

function ascii(packed: Uint8Array, at: number, text: string): void {
  for (let index = 0; index < text.length; index++) packed[at + index] = text.charCodeAt(index);
}
