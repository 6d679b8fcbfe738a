/** SHA-256 crypt, `$5$SALT$HASH`, as /etc/pve/priv/shadow.cfg holds passwords. @source Drepper, Unix crypt with SHA-256 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

const ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ROUNDS = 5_000;
const SALT_LENGTH = 8;

/** A password's hash with a fresh salt. */
export function hashPassword(password: string): string {
  const salt = [...randomBytes(SALT_LENGTH)].map((byte) => ALPHABET[byte % 64]).join("");
  return sha256Crypt(password, salt);
}

export function passwordFits(password: string, hash: string): boolean {
  const salt = /^\$5\$([^$]{1,16})\$/.exec(hash)?.[1];
  if (salt === undefined) return false;
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(sha256Crypt(password, salt)), digest(hash));
}

export function sha256Crypt(password: string, salt: string): string {
  return `$5$${salt}$${encoded(mixed("sha256", password, salt), [0, 10, 20], 10, ([a, b, c]) => [c + 1, a + 1, b + 1])}`;
}

/** SHA-512 crypt, `$6$SALT$HASH`, as /etc/shadow holds passwords. */
export function sha512Crypt(password: string, salt: string): string {
  return `$6$${salt}$${encoded(mixed("sha512", password, salt), [0, 21, 42], 21, ([a, b, c]) => [b + 1, c + 1, a + 1])}`;
}

function mixed(algorithm: "sha256" | "sha512", password: string, salt: string): Buffer {
  const key = Buffer.from(password);
  const salted = Buffer.from(salt);
  const sha = (...parts: Buffer[]) => createHash(algorithm).update(Buffer.concat(parts)).digest();
  const b = sha(key, salted, key);
  const first: Buffer[] = [key, salted, repeated(b, key.length)];
  for (let bits = key.length; bits > 0; bits >>= 1) first.push(bits & 1 ? b : key);
  let digest = sha(...first);
  const p = repeated(sha(...Array.from({ length: key.length }, () => key)), key.length);
  const s = repeated(sha(...Array.from({ length: 16 + digest[0]! }, () => salted)), salted.length);
  for (let round = 0; round < ROUNDS; round++) {
    const parts: Buffer[] = [round & 1 ? p : digest];
    if (round % 3 !== 0) parts.push(s);
    if (round % 7 !== 0) parts.push(p);
    parts.push(round & 1 ? digest : p);
    digest = sha(...parts);
  }
  return digest;
}

function repeated(digest: Buffer, length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, at) => digest[at % digest.length]!));
}

/** Three bytes at a time in the order of the method, then what is left. */
function encoded(
  digest: Buffer,
  first: [number, number, number],
  groups: number,
  next: (at: [number, number, number]) => [number, number, number],
): string {
  const byte = (at: number) => digest[at]!;
  let text = "";
  const put = (value: number, count: number) => {
    let rest = value;
    for (let at = 0; at < count; at++) {
      text += ALPHABET[rest & 63];
      rest >>= 6;
    }
  };
  let at = first;
  for (let group = 0; group < groups; group++) {
    put((byte(at[0]) << 16) | (byte(at[1]) << 8) | byte(at[2]), 4);
    at = next(at);
  }
  if (digest.length === 64) put(byte(63), 2);
  else put((byte(31) << 8) | byte(30), 3);
  return text;
}
