/**
 * SSH keys in OpenSSH's own forms: lines of public keys, `openssh-key-v1` files of private ones, fingerprints.
 *
 * @source PROTOCOL.key of OpenSSH 9.2; RFC 4253, 6.6; RFC 5656, 3.1; RFC 8709, 4
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  type JsonWebKey,
  randomBytes,
} from "node:crypto";
import { passphraseBytes } from "./passphrase-bytes.ts";
import { SshReader, sshMpint, sshString } from "./ssh-wire.ts";

export interface PublicKey {
  /** `ssh-ed25519`, `ssh-rsa`, `ecdsa-sha2-nistp256`. */
  type: string;
  blob: Buffer;
  bits: number;
  /** What stands behind the key; empty when nothing does. */
  comment: string;
}

export interface PrivateKey extends PublicKey {
  /** The private part as it stands in a file, from the type on and without the comment. */
  fields: Buffer;
}

const CURVES: Record<string, { name: string; jwk: string; bits: number; bytes: number }> = {
  "ecdsa-sha2-nistp256": { name: "nistp256", jwk: "P-256", bits: 256, bytes: 32 },
  "ecdsa-sha2-nistp384": { name: "nistp384", jwk: "P-384", bits: 384, bytes: 48 },
  "ecdsa-sha2-nistp521": { name: "nistp521", jwk: "P-521", bits: 521, bytes: 66 },
};

/** `ED25519`, `RSA`, `ECDSA`, as OpenSSH calls a type to people. */
export function kindOf(type: string): string {
  return type.startsWith("ecdsa-") ? "ECDSA" : type.replace(/^ssh-/, "").toUpperCase();
}

/** Read a key's bytes. @returns undefined when they are no whole key of a known type */
export function readBlob(blob: Buffer, comment = ""): PublicKey | undefined {
  const reader = new SshReader(blob);
  const type = reader.string()?.toString("latin1") ?? "";
  const first = reader.string();
  if (!first) return undefined;
  if (type === "ssh-ed25519") {
    return first.length === 32 && reader.atEnd ? { type, blob, bits: 256, comment } : undefined;
  }
  const curve = Object.hasOwn(CURVES, type) ? CURVES[type] : undefined;
  const second = reader.string();
  if (!second || !reader.atEnd) return undefined;
  if (curve) {
    const whole = first.toString("latin1") === curve.name && second.length === 2 * curve.bytes + 1 && second[0] === 4;
    return whole ? { type, blob, bits: curve.bits, comment } : undefined;
  }
  if (type !== "ssh-rsa") return undefined;
  const modulus = second[0] === 0 ? second.subarray(1) : second;
  if (modulus.length < 128) return undefined;
  return { type, blob, bits: modulus.length * 8 - Math.clz32(modulus[0]!) + 24, comment };
}

/** A line of a `.pub` file, or the end of one of authorized_keys. */
export function readPublicLine(line: string): PublicKey | undefined {
  const [type = "", base64 = "", ...rest] = line.trim().split(/[ \t]+/);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const key = readBlob(Buffer.from(base64, "base64"), rest.join(" "));
  return key?.type === type ? key : undefined;
}

export function publicLine(key: PublicKey): string {
  return `${key.type} ${key.blob.toString("base64")}${key.comment === "" ? "" : ` ${key.comment}`}\n`;
}

/** As `ssh-keygen -l` prints it: `SHA256:` and base64 without padding, or `MD5:` and pairs of digits. */
export function fingerprintOf(blob: Buffer, hash: "sha256" | "md5" = "sha256"): string {
  const digest = createHash(hash).update(blob).digest();
  return hash === "sha256"
    ? `SHA256:${digest.toString("base64").replace(/=+$/, "")}`
    : `MD5:${digest.toString("hex").replace(/..(?!$)/g, "$&:")}`;
}

/** A key as Node has it. @throws Error for a kind that OpenSSH does not take */
export function keyFromJwk(jwk: JsonWebKey, comment = ""): PrivateKey {
  const bytes = (name: "x" | "y" | "d" | "n" | "e" | "p" | "q" | "qi") => Buffer.from(jwk[name] as string, "base64url");
  let type: string;
  let blob: Buffer;
  let fields: Buffer;
  if (jwk.kty === "OKP" && jwk.crv === "Ed25519") {
    type = "ssh-ed25519";
    blob = Buffer.concat([sshString(type), sshString(bytes("x"))]);
    fields = Buffer.concat([blob, sshString(Buffer.concat([bytes("d"), bytes("x")]))]);
  } else if (jwk.kty === "RSA") {
    type = "ssh-rsa";
    const [n, e] = [sshMpint(bytes("n")), sshMpint(bytes("e"))];
    blob = Buffer.concat([sshString(type), e, n]);
    fields = Buffer.concat([
      sshString(type),
      n,
      e,
      ...(["d", "qi", "p", "q"] as const).map((name) => sshMpint(bytes(name))),
    ]);
  } else {
    const found = Object.entries(CURVES).find(([, curve]) => curve.jwk === jwk.crv);
    if (!found) throw new Error(`no SSH key of kind ${jwk.kty} ${jwk.crv ?? ""}`);
    type = found[0];
    const point = Buffer.concat([Buffer.from([4]), bytes("x"), bytes("y")]);
    blob = Buffer.concat([sshString(type), sshString(found[1].name), sshString(point)]);
    fields = Buffer.concat([blob, sshMpint(bytes("d"))]);
  }
  return { type, blob, bits: readBlob(blob)!.bits, comment, fields };
}

/** The key as Node takes it. */
export function jwkOf(key: PrivateKey): JsonWebKey {
  const reader = new SshReader(key.fields);
  reader.string();
  const next = () => unsigned(reader.string() ?? Buffer.alloc(0));
  const text = (bytes: Buffer) => bytes.toString("base64url");
  if (key.type === "ssh-ed25519") {
    const x = reader.string()!;
    return { kty: "OKP", crv: "Ed25519", x: text(x), d: text(reader.string()!.subarray(0, 32)) };
  }
  if (key.type === "ssh-rsa") {
    const [n, e, d, qi, p, q] = [next(), next(), next(), next(), next(), next()];
    const big = (bytes: Buffer) => BigInt(`0x${bytes.toString("hex")}`);
    const rest = (prime: Buffer) => {
      const hex = (big(d) % (big(prime) - 1n)).toString(16);
      return text(Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex"));
    };
    const crt = { dp: rest(p), dq: rest(q), qi: text(qi) };
    return { kty: "RSA", n: text(n), e: text(e), d: text(d), p: text(p), q: text(q), ...crt };
  }
  const curve = CURVES[key.type]!;
  reader.string();
  const point = reader.string()!;
  const d = next();
  const padded = Buffer.concat([Buffer.alloc(Math.max(0, curve.bytes - d.length)), d]);
  const [x, y] = [point.subarray(1, 1 + curve.bytes), point.subarray(1 + curve.bytes)];
  return { kty: "EC", crv: curve.jwk, x: text(x), y: text(y), d: text(padded) };
}

const unsigned = (bytes: Buffer) => (bytes[0] === 0 ? bytes.subarray(1) : bytes);

const MAGIC = Buffer.from("openssh-key-v1\0", "latin1");
/** What ssh-keygen encrypts with, and the rounds of bcrypt it takes when it is told nothing. */
const CIPHER = "aes256-ctr";
const NODES_CIPHER = "aes-256-ctr";
const ROUNDS = 16;
/** A file that asks for more would hold a thread for minutes. */
const ROUNDS_MAX = 64;

/** A private key's file, not encrypted. */
export function privateText(key: PrivateKey): string {
  return fileText(Buffer.concat([sshString("none"), sshString("none"), sshString("")]), key.blob, padded(key, 8));
}

/** A private key's file behind a passphrase. @param rounds of bcrypt */
export async function lockedText(key: PrivateKey, passphrase: string, rounds = ROUNDS): Promise<string> {
  const salt = randomBytes(16);
  const count = Buffer.alloc(4);
  count.writeUInt32BE(rounds);
  const derived = await passphraseBytes(passphrase, salt, rounds, 48);
  const cipher = createCipheriv(NODES_CIPHER, derived.subarray(0, 32), derived.subarray(32));
  const secret = Buffer.concat([cipher.update(padded(key, 16)), cipher.final()]);
  const how = sshString(Buffer.concat([sshString(salt), count]));
  return fileText(Buffer.concat([sshString(CIPHER), sshString("bcrypt"), how]), key.blob, secret);
}

/** The private part with its check and its padding to whole blocks. */
function padded(key: PrivateKey, block: number): Buffer {
  const check = randomBytes(4);
  const body = Buffer.concat([check, check, key.fields, sshString(key.comment)]);
  const rest = (block - (body.length % block)) % block;
  return Buffer.concat([body, Buffer.from(Array.from({ length: rest }, (_, at) => at + 1))]);
}

function fileText(kdf: Buffer, blob: Buffer, secret: Buffer): string {
  const whole = Buffer.concat([MAGIC, kdf, Buffer.from([0, 0, 0, 1]), sshString(blob), sshString(secret)]);
  const lines = whole.toString("base64").match(/.{1,70}/g) ?? [];
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join("\n")}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

export type PrivateRead =
  | { state: "key"; key: PrivateKey }
  /** It wants a passphrase, or another one. `blob` is told without it. */
  | { state: "locked"; blob?: Buffer; cipher: string }
  | { state: "none" };

/** Read a private key's file, also in the older forms with `BEGIN RSA|EC PRIVATE KEY` or `BEGIN PRIVATE KEY`. */
export function readPrivate(text: string): PrivateRead {
  const own = bytesOfFile(text);
  return own ? readOwn(own) : readOlder(text);
}

/** The same with a passphrase. */
export async function unlock(text: string, passphrase: string): Promise<PrivateRead> {
  const own = bytesOfFile(text);
  if (!own) return readOlder(text, passphrase);
  const reader = new SshReader(own.subarray(MAGIC.length));
  const [cipher, kdf, options] = [reader.string()?.toString(), reader.string()?.toString(), reader.string()];
  if (cipher !== CIPHER || kdf !== "bcrypt" || !options) return readOwn(own);
  const how = new SshReader(options);
  const [salt, rounds] = [how.string(), how.number()];
  if (!salt || rounds === undefined || rounds > ROUNDS_MAX) return { state: "none" };
  return readOwn(own, await passphraseBytes(passphrase, salt, rounds, 48));
}

function bytesOfFile(text: string): Buffer | undefined {
  const own = /-----BEGIN OPENSSH PRIVATE KEY-----\s([A-Za-z0-9+/=\s]+)-----END OPENSSH PRIVATE KEY-----/.exec(text);
  const bytes = own && Buffer.from(own[1]!, "base64");
  return bytes?.subarray(0, MAGIC.length).equals(MAGIC) ? bytes : undefined;
}

function readOlder(text: string, passphrase?: string): PrivateRead {
  if (!/-----BEGIN (?:(?:RSA|EC|ENCRYPTED) )?PRIVATE KEY-----/.test(text)) return { state: "none" };
  if (/ENCRYPTED/.test(text) && passphrase === undefined) return { state: "locked", cipher: "pem" };
  try {
    const key = createPrivateKey({ key: text, ...(passphrase !== undefined && { passphrase }) });
    return { state: "key", key: keyFromJwk(key.export({ format: "jwk" })) };
  } catch {
    return /ENCRYPTED/.test(text) ? { state: "locked", cipher: "pem" } : { state: "none" };
  }
}

/** @param derived key and first counter of the cipher */
function readOwn(bytes: Buffer, derived?: Buffer): PrivateRead {
  const reader = new SshReader(bytes.subarray(MAGIC.length));
  const cipher = reader.string()?.toString();
  reader.string();
  reader.string();
  const count = reader.number();
  const [blob, stored] = [reader.string(), reader.string()];
  if (count !== 1 || !blob || !stored || !cipher) return { state: "none" };
  if (cipher !== "none" && !derived) return { state: "locked", blob, cipher };
  const secret = derived
    ? createDecipheriv(NODES_CIPHER, derived.subarray(0, 32), derived.subarray(32)).update(stored)
    : stored;
  if (secret.length < 8 || !secret.subarray(0, 4).equals(secret.subarray(4, 8))) {
    return cipher === "none" ? { state: "none" } : { state: "locked", blob, cipher };
  }
  const body = secret.subarray(8);
  const inside = new SshReader(body);
  const type = inside.string()?.toString("latin1") ?? "";
  const parts = type === "ssh-rsa" ? 6 : type === "ssh-ed25519" ? 2 : 3;
  for (let at = 0; at < parts; at++) if (!inside.string()) return { state: "none" };
  const fields = body.subarray(0, inside.at);
  const comment = inside.string()?.toString("utf8") ?? "";
  const known = readBlob(blob, comment);
  return known && known.type === type ? { state: "key", key: { ...known, fields } } : { state: "none" };
}

/** An RSA or ECDSA public key as Node takes it. */
export function spkiOf(key: PublicKey): JsonWebKey {
  const reader = new SshReader(key.blob);
  reader.string();
  const text = (bytes: Buffer) => bytes.toString("base64url");
  if (key.type === "ssh-rsa") {
    const [e, n] = [unsigned(reader.string()!), unsigned(reader.string()!)];
    return { kty: "RSA", e: text(e), n: text(n) };
  }
  const curve = CURVES[key.type]!;
  reader.string();
  const point = reader.string()!;
  return {
    kty: "EC",
    crv: curve.jwk,
    x: text(point.subarray(1, 1 + curve.bytes)),
    y: text(point.subarray(1 + curve.bytes)),
  };
}
