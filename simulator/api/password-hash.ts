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
  const key = Buffer.from(password);
  const salted = Buffer.from(salt);
  const sha = (...parts: Buffer[]) => createHash("sha256").update(Buffer.concat(parts)).digest();
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
  return `$5$${salt}$${encoded(digest)}`;
}

function repeated(digest: Buffer, length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, at) => digest[at % digest.length]!));
}

function encoded(digest: Buffer): string {
  const byte = (at: number) => digest[at]!;
  let text = "";
  const put = (value: number, count: number) => {
    let rest = value;
    for (let at = 0; at < count; at++) {
      text += ALPHABET[rest & 63];
      rest >>= 6;
    }
  };
  let [a, b, c] = [0, 10, 20];
  for (let group = 0; group < 10; group++) {
    put((byte(a) << 16) | (byte(b) << 8) | byte(c), 4);
    [a, b, c] = [c + 1, a + 1, b + 1];
  }
  put((byte(31) << 8) | byte(30), 3);
  return text;
}
