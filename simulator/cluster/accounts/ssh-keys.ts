/**
 * SSH keys that an installation leaves on a node's disk: the host's and root's.
 *
 * Cryptography is outside the pure model: ed25519 and ECDSA host keys are handed in. RSA keys take seconds to make, so
 * their public halves alone are there, of the right form and random; the private files have their size and cannot be
 * read (docs/fidelity/access-and-tools.md).
 *
 * @source PVE/Cluster/Setup.pm setup_rootsshconfig (4096 bits, root's client configuration), openssh-server's postinst
 */
import { placeEntry } from "../files/disk.ts";
import type { NodeFilesState } from "../files/files-state.ts";
import { nextRandom, seedRandom } from "../random.ts";

/** Both files of one key. */
export interface KeyFiles {
  /** OpenSSH's own form of a private key. */
  privateText: string;
  /** `ssh-ed25519 AAAA... root@pve1` and a line's end. */
  publicText: string;
}

/** Host keys that somebody made for a node. */
export interface HostKeyFiles {
  ed25519: KeyFiles;
  ecdsa: KeyFiles;
}

export const ROOT_KEY = "/root/.ssh/id_rsa";
export const RSA_HOST_KEY = "/etc/ssh/ssh_host_rsa_key";

/** Sizes of private files in OpenSSH's form, bytes, by the length of the key and a comment of nine letters. */
const PRIVATE_BYTES: Record<number, number> = { 3072: 2_590, 4096: 3_369 };

/** Root's settings of the ssh client. @source PVE/Cluster/Setup.pm setup_rootsshconfig */
export const CLIENT_CONFIG =
  "Ciphers aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com\n";

/** Public halves of RSA keys, `ssh-rsa AAAA...` without a comment. */
export interface RsaPublicKeys {
  host: string;
  root: string;
}

/** Random RSA keys of the lengths that Proxmox and Debian choose. @param chance the same text gives the same keys */
export function randomRsaKeys(chance: string): RsaPublicKeys {
  return { host: rsaPublicKey(3072, `host ${chance}`), root: rsaPublicKey(4096, `root ${chance}`) };
}

/** Put the RSA keys and root's client configuration in their places. */
export function installRsaKeys(disk: NodeFilesState, node: string, keys: RsaPublicKeys, wallMs: number): void {
  const pair = (path: string, publicKey: string) => {
    const bits = rsaBits(publicKey);
    const hiddenBytes = PRIVATE_BYTES[bits] ?? 2_590;
    placeEntry(disk, path, { type: "file", mode: 0o600, mtimeMs: wallMs, hiddenBytes });
    placeEntry(disk, `${path}.pub`, {
      type: "file",
      mode: 0o644,
      mtimeMs: wallMs,
      content: `${publicKey} root@${node}\n`,
    });
  };
  pair(RSA_HOST_KEY, keys.host);
  pair(ROOT_KEY, keys.root);
  placeEntry(disk, "/root/.ssh/config", { type: "file", mode: 0o640, mtimeMs: wallMs, content: CLIENT_CONFIG });
}

/** Put a node's ed25519 and ECDSA host keys in their places. */
export function installHostKeys(disk: NodeFilesState, keys: HostKeyFiles, wallMs: number): void {
  for (const kind of ["ed25519", "ecdsa"] as const) {
    const path = `/etc/ssh/ssh_host_${kind}_key`;
    const { privateText, publicText } = keys[kind];
    placeEntry(disk, path, { type: "file", mode: 0o600, mtimeMs: wallMs, content: privateText });
    placeEntry(disk, `${path}.pub`, { type: "file", mode: 0o644, mtimeMs: wallMs, content: publicText });
  }
}

/** A public key's text without its comment, out of a file on the disk; undefined when there is none. */
export function publicKeyOnDisk(disk: Readonly<NodeFilesState>, path: string): string | undefined {
  return /^ssh-\S+ \S+/.exec(disk.entries[path]?.content ?? "")?.[0];
}

/** An RSA public key as text: exponent 65537 and an odd random modulus of so many bits. @source RFC 4253, 6.6 */
function rsaPublicKey(bits: 3072 | 4096, chance: string): string {
  const random = seedRandom(chance);
  const length = bits / 8 + 1;
  const modulus = Array.from({ length: bits / 8 }, () => Math.floor(nextRandom(random) * 256));
  modulus[0]! |= 0x80;
  modulus[modulus.length - 1]! |= 1;
  const name = [...RSA].map((letter) => letter.charCodeAt(0));
  const bytes = [0, 0, 0, 7, ...name, 0, 0, 0, 3, 1, 0, 1, 0, 0, length >> 8, length & 0xff, 0, ...modulus];
  return `${RSA} ${base64(bytes)}`;
}

/** How long the modulus of an RSA key is, by the length of its text. */
function rsaBits(publicKey: string): number {
  return publicKey.length > 600 ? 4096 : 3072;
}

const RSA = "ssh-rsa";
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function base64(bytes: readonly number[]): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const [a, b, c] = [bytes[at]!, bytes[at + 1], bytes[at + 2]];
    const group = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    text += ALPHABET[group >> 18]! + ALPHABET[(group >> 12) & 63]!;
    text += b === undefined ? "=" : ALPHABET[(group >> 6) & 63]!;
    text += c === undefined ? "=" : ALPHABET[group & 63]!;
  }
  return text;
}
