/**
 * Keys made ready once instead of for every packet.
 *
 * With AES-GCM ssh2 sets up a cipher for each packet and hands Node the key's bytes, which Node checks and copies anew: 12 µs
 * for 4 KiB, of which 8 are that. As a key object it is 3.5 µs, measured with Node 24.21; a terminal's output comes in
 * packets of 4 KiB, so this was most of what reading it cost.
 *
 * @source ssh2 1.17.0 lib/protocol/crypto.js AESGCMDecipherNative, AESGCMCipherNative
 */
import { createSecretKey, type KeyObject } from "node:crypto";
import type { Client } from "ssh2";

type Key = Buffer | KeyObject;

interface Protocol {
  _decipher?: { _decipherKey?: Key };
  _cipher?: { _encKey?: Key };
}

/** After each exchange of keys, the first and later ones. Where ssh2 keeps them elsewhere, nothing is changed. */
export function keepPacketKeysReady(client: Client): void {
  client.on("handshake", () => {
    const protocol = (client as unknown as { _protocol?: Protocol })._protocol;
    const { _decipher: decipher, _cipher: cipher } = protocol ?? {};
    if (Buffer.isBuffer(decipher?._decipherKey)) decipher._decipherKey = createSecretKey(decipher._decipherKey);
    if (Buffer.isBuffer(cipher?._encKey)) cipher._encKey = createSecretKey(cipher._encKey);
  });
}
