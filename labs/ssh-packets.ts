/**
 * What a packet costs in ssh2, on either side of a connection: a key made ready anew for each, and three writes.
 *
 * Both reach into what ssh2 does not offer; where it is otherwise in another version, nothing is changed, and a test says so.
 */
import { createSecretKey, type KeyObject } from "node:crypto";
import type { Writable } from "node:stream";
import type { Client, Connection } from "ssh2";

type Key = Buffer | KeyObject;

interface Protocol {
  _decipher?: { _decipherKey?: Key };
  _cipher?: { _encKey?: Key };
}

/**
 * Keys made ready once instead of for every packet; after each exchange of keys, the first and later ones.
 *
 * With AES-GCM ssh2 sets up a cipher for each packet and hands Node the key's bytes, which Node checks and copies anew: 12 µs
 * for 4 KiB, of which 8 are that. As a key object it is 3.5 µs, measured with Node 24.21; a terminal's output comes in
 * packets of 4 KiB, so this was most of what reading it cost, and a third of what a key's echo cost a simulated node.
 *
 * @source ssh2 1.17.0 lib/protocol/crypto.js AESGCMDecipherNative, AESGCMCipherNative
 */
export function keepPacketKeysReady(peer: Client | Connection): void {
  // Both have it; the types of a server's connection say other arguments.
  (peer as Client).on("handshake", () => {
    const protocol = (peer as unknown as { _protocol?: Protocol })._protocol;
    const { _decipher: decipher, _cipher: cipher } = protocol ?? {};
    if (Buffer.isBuffer(decipher?._decipherKey)) decipher._decipherKey = createSecretKey(decipher._decipherKey);
    if (Buffer.isBuffer(cipher?._encKey)) cipher._encKey = createSecretKey(cipher._encKey);
  });
}

/**
 * Packets sent whole: ssh2 writes length, text and tag of each one apart, and without Nagle's algorithm each is a call to
 * the system and a segment of its own. What is written within one turn goes out as one.
 *
 * @param socket that ssh2 writes to
 * @source ssh2 1.17.0 lib/protocol/crypto.js AESGCMCipherNative.encrypt
 */
export function sendPacketsWhole(socket: Writable): void {
  const write = socket.write as (...args: unknown[]) => boolean;
  let held = false;
  const release = () => {
    held = false;
    socket.uncork();
  };
  socket.write = (...args: unknown[]) => {
    if (!held) {
      held = true;
      socket.cork();
      process.nextTick(release);
    }
    return write.apply(socket, args);
  };
}
