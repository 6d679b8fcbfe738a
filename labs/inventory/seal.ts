/**
 * Secrets at rest: AES-256-GCM with a key that is not in the database (`secrets/inventory-key` of the data folder).
 *
 * Whoever has the database alone, or a dump of it, cannot read a node's password.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";

const VERSION = "v1";

/** @param key any text of 32 random bytes or more; hashed to the cipher's length */
export function seal(value: unknown, key: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", keyBytes(key), nonce);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(value), "utf8"), cipher.final()]);
  return [VERSION, nonce, cipher.getAuthTag(), sealed]
    .map((part) => (typeof part === "string" ? part : part.toString("base64url")))
    .join(".");
}

/** @throws Error when the key is another one, or the text was changed */
export function unseal(text: string, key: string): unknown {
  const [version, nonce, tag, sealed] = text.split(".");
  if (version !== VERSION || nonce === undefined || tag === undefined || sealed === undefined) {
    throw new Error("the sealed text is of another version");
  }
  const decipher = createDecipheriv("aes-256-gcm", keyBytes(key), Buffer.from(nonce, "base64url"));
  decipher.setAuthTag(Buffer.from(tag, "base64url"));
  try {
    const plain = Buffer.concat([decipher.update(Buffer.from(sealed, "base64url")), decipher.final()]);
    return JSON.parse(plain.toString("utf8"));
  } catch (cause) {
    throw new Error(
      "The inventory's secrets cannot be read: secrets/inventory-key in the data folder is not the one they were sealed with. Restore it from the backup, or import the inventory again.",
      { cause },
    );
  }
}

function keyBytes(key: string): Buffer {
  return createHash("sha256").update("quorate inventory").update(key).digest();
}
