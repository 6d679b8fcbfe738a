/**
 * Terminal bytes on the wire: one binary frame says which session, at which byte offset, and what.
 *
 * ```
 * u8 kind   u8 length of id   id (ASCII)   f64 offset   [u16 columns  u16 rows, kind screen only]   payload
 * ```
 * `output`: the payload is bytes of the stream, the first of which has the offset. `screen`: the payload redraws the
 * whole terminal, after which the stream goes on at the offset. Both sides load this file; it needs no Node.
 */

export type Frame =
  | { kind: "output"; sessionId: string; offset: number; bytes: Uint8Array }
  | { kind: "screen"; sessionId: string; offset: number; columns: number; rows: number; bytes: Uint8Array };

const OUTPUT = 1;
const SCREEN = 2;
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
