/**
 * OpenSSH's extensions of SFTP version 3 at a node's door: renaming over a file, hard links, `statvfs`, `fsync`.
 *
 * ssh2 can neither name extensions in its greeting nor send their answers; both are written to the channel here.
 *
 * @source OpenSSH 9.2 PROTOCOL, sftp-server.c
 */
import { Buffer } from "node:buffer";
import type { SFTPWrapper } from "ssh2";

/** Room on the file system of a path, as statvfs(3) tells it. */
export interface FileSystemRoom {
  blockBytes: number;
  blocks: number;
  freeBlocks: number;
  /** For others than root. */
  availableBlocks: number;
  inodes: number;
  freeInodes: number;
}

const EXTENSIONS: Record<string, string> = {
  "posix-rename@openssh.com": "1",
  "statvfs@openssh.com": "2",
  "fstatvfs@openssh.com": "2",
  "hardlink@openssh.com": "1",
  "fsync@openssh.com": "1",
};
const VERSION_PACKET = 2;
const EXTENDED_REPLY_PACKET = 201;
const NAME_BYTES_MAX = 255;

/** What ssh2 keeps of the channel under an SFTP server. */
export interface SftpChannel {
  _protocol: {
    exitStatus(channel: number, status: number): void;
    channelData(channel: number, payload: Buffer): void;
  };
  outgoing: { id: number; window: number };
}

/** Name the extensions in the greeting, which is the first that the server says. */
export function greetWithExtensions(sftp: SFTPWrapper): void {
  const channel = sftp as unknown as SftpChannel;
  const protocol = channel._protocol;
  const greeting = Object.create(protocol) as SftpChannel["_protocol"];
  greeting.channelData = (id, payload) => {
    channel._protocol = protocol;
    const named = Buffer.concat([payload, ...Object.entries(EXTENSIONS).flat().map(lengthPrefixed)]);
    named.writeUInt32BE(named.length - 4, 0);
    const isGreeting = payload[4] === VERSION_PACKET;
    if (isGreeting) channel.outgoing.window -= named.length - payload.length;
    protocol.channelData(id, isGreeting ? named : payload);
  };
  channel._protocol = greeting;
}

/** Answer `statvfs`. @returns false when the client reads nothing at present */
export function answerRoom(sftp: SFTPWrapper, id: number, room: FileSystemRoom): boolean {
  const { blockBytes, blocks, freeBlocks, availableBlocks, inodes, freeInodes } = room;
  const values = [
    ...[blockBytes, blockBytes, blocks, freeBlocks, availableBlocks, inodes, freeInodes, freeInodes],
    ...[0, 0, NAME_BYTES_MAX],
  ];
  const packet = Buffer.alloc(9 + values.length * 8);
  packet.writeUInt32BE(packet.length - 4, 0);
  packet[4] = EXTENDED_REPLY_PACKET;
  packet.writeUInt32BE(id, 5);
  for (const [at, value] of values.entries()) packet.writeBigUInt64BE(BigInt(Math.floor(value)), 9 + at * 8);
  const channel = sftp as unknown as SftpChannel;
  if (channel.outgoing.window < packet.length) return false;
  channel.outgoing.window -= packet.length;
  channel._protocol.channelData(channel.outgoing.id, packet);
  return true;
}

/** The strings of an extended request, as bytes. */
export function stringsOf(data: Buffer | undefined): Buffer[] {
  const strings: Buffer[] = [];
  for (let at = 0; data && at + 4 <= data.length; ) {
    const length = data.readUInt32BE(at);
    if (at + 4 + length > data.length) break;
    strings.push(data.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return strings;
}

function lengthPrefixed(text: string): Buffer {
  const bytes = Buffer.from(text, "utf8");
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length, 0);
  return Buffer.concat([length, bytes]);
}
