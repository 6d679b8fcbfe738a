/**
 * A recording's file: asciicast v2, in pieces that are gzip members of their own.
 *
 * Members in a row are one gzip file (RFC 1952, 2.2), so `zcat` and every player read it. Each begins with a field that
 * says how long it is and when it was, so that a file can be looked through without unpacking it, and a piece that a crash
 * left half written is known as such. A member is either events, or a keyframe: one line `[s, "k", redraw]` with the whole
 * screen, from which a replay may begin.
 *
 * @source docs.asciinema.org, asciicast v2; RFC 1952
 */
import { crc32, deflateRaw, inflateRawSync } from "node:zlib";
import { promisify } from "node:util";

const deflate = promisify(deflateRaw);

/** `QR`, 9 bytes: u32 length of the member, u32 milliseconds since the recording began, u8 kind. */
const FIELD_BYTES = 9;
const HEAD_BYTES = 10 + 2 + 4 + FIELD_BYTES;
const TAIL_BYTES = 8;
const KINDS = ["events", "keyframe"] as const;

export interface Member {
  kind: (typeof KINDS)[number];
  /** Of the first thing in it, milliseconds since the recording began. */
  atMs: number;
  offset: number;
  length: number;
}

/** Of a member that is larger unpacked nothing is shown: ours are far below. */
const UNPACKED_BYTES_MAX = 16 * 1024 * 1024;

export async function packMember(kind: Member["kind"], atMs: number, text: string): Promise<Buffer> {
  const raw = Buffer.from(text, "utf8");
  const packed = await deflate(raw, { level: 3 });
  const member = Buffer.alloc(HEAD_BYTES + packed.length + TAIL_BYTES);
  // Deflate, with an extra field, no time, of no system.
  member.set([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255]);
  member.writeUInt16LE(4 + FIELD_BYTES, 10);
  member.write("QR", 12, "latin1");
  member.writeUInt16LE(FIELD_BYTES, 14);
  member.writeUInt32LE(member.length, 16);
  member.writeUInt32LE(Math.min(Math.max(0, Math.round(atMs)), 0xffffffff), 20);
  member.writeUInt8(KINDS.indexOf(kind), 24);
  packed.copy(member, HEAD_BYTES);
  member.writeUInt32LE(crc32(raw), HEAD_BYTES + packed.length);
  member.writeUInt32LE(raw.length, HEAD_BYTES + packed.length + 4);
  return member;
}

/** The members of a file, as far as they are whole; the rest is what a crash left. */
export function membersOf(file: Buffer): Member[] {
  const members: Member[] = [];
  for (let offset = 0; offset + HEAD_BYTES + TAIL_BYTES <= file.length; ) {
    const known = file.readUInt32BE(offset) === 0x1f8b0804 && file.toString("latin1", offset + 12, offset + 14) === "QR";
    if (!known) break;
    const length = file.readUInt32LE(offset + 16);
    const kind = KINDS[file.readUInt8(offset + 24)];
    if (length < HEAD_BYTES + TAIL_BYTES || offset + length > file.length || kind === undefined) break;
    members.push({ kind, atMs: file.readUInt32LE(offset + 20), offset, length });
    offset += length;
  }
  // The last may have its length and not its bytes, after a loss of power.
  const last = members.at(-1);
  if (last && textOf(file, last) === undefined) members.pop();
  return members;
}

/** Undefined when it is damaged. */
export function textOf(file: Buffer, { offset, length }: Member): string | undefined {
  const end = offset + length - TAIL_BYTES;
  try {
    const raw = inflateRawSync(file.subarray(offset + HEAD_BYTES, end), { maxOutputLength: UNPACKED_BYTES_MAX });
    return crc32(raw) === file.readUInt32LE(end) ? raw.toString("utf8") : undefined;
  } catch {
    return undefined;
  }
}

export interface CastFacts {
  columns: number;
  rows: number;
  durationMs: number;
  bytes: number;
  /** Where a replay may begin, milliseconds since the beginning. */
  keyframesMs: number[];
}

export function factsOf(file: Buffer): CastFacts {
  const members = membersOf(file);
  const [first] = members;
  const last = members.findLast(({ kind }) => kind === "events");
  const header = first ? JSON.parse(textOf(file, first)?.split("\n")[0] || "{}") : {};
  const lastLine = last ? textOf(file, last)?.trimEnd().split("\n").at(-1) : undefined;
  const at = lastLine?.startsWith("[") ? Number(JSON.parse(lastLine)[0]) * 1000 : 0;
  return {
    columns: Number(header.width ?? 80),
    rows: Number(header.height ?? 24),
    durationMs: Math.round(at),
    bytes: members.reduce((sum, { length }) => sum + length, 0),
    keyframesMs: members.flatMap(({ kind, atMs }) => (kind === "keyframe" ? atMs : [])),
  };
}

/**
 * The recording as asciicast text, piece by piece.
 *
 * @param fromMs begins at the last keyframe not after it: the header, the screen as it was then, then what followed
 */
export function* castText(file: Buffer, fromMs = 0): Generator<string> {
  const members = membersOf(file);
  const [first] = members;
  if (!first) return;
  const start = members.findLastIndex(({ kind, atMs }) => kind === "keyframe" && atMs <= fromMs);
  const keyframe = members[start];
  if (fromMs > 0 && keyframe) {
    yield `${textOf(file, first)?.split("\n")[0]}\n`;
    const [at, , redraw, size] = JSON.parse(textOf(file, keyframe) ?? "[0]") as [number, string, string, string];
    yield `${JSON.stringify([at, "r", size])}\n${JSON.stringify([at, "o", `\x1bc${redraw}`])}\n`;
  }
  for (const member of members.slice(fromMs > 0 && keyframe ? start + 1 : 0)) {
    if (member.kind === "events") yield textOf(file, member) ?? "";
  }
}
