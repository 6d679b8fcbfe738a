/** Signing a completion record with the installation's Ed25519 key, and telling a good one from every other. */
import { createHash, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { z } from "zod";
import { canonicalJson, type JsonValue } from "./canonical-json.ts";
import { type CompletionRecord, completionRecord, RECORD_FORMAT } from "./completion-record.ts";

/** The file that is handed out. */
export interface SignedRecord {
  record: CompletionRecord;
  /** Ed25519 over the canonical JSON of `record`, base64url. */
  signature: string;
}

export function signRecord(record: CompletionRecord, privateKey: KeyObject): SignedRecord {
  return { record, signature: sign(null, signedBytes(record), privateKey).toString("base64url") };
}

/** `SHA256:...` of the public key, by which people compare it. */
export function fingerprintOf(publicKey: KeyObject): string {
  const der = publicKey.export({ type: "spki", format: "der" });
  return `SHA256:${createHash("sha256").update(der).digest("base64").replace(/=+$/, "")}`;
}

/** @throws Error when the text is no public key of Ed25519 */
export function readPublicKey(pem: string): KeyObject {
  const key = createPublicKey(pem);
  if (key.asymmetricKeyType !== "ed25519") throw new Error(`it is a key for ${key.asymmetricKeyType}`);
  return key;
}

export type Verification =
  | { kind: "good"; record: CompletionRecord }
  /** It names the given key as its own, and is not what that key signed. */
  | { kind: "changed" }
  /** It was signed with another key, or says so now. */
  | { kind: "other-key"; signedBy: string }
  | { kind: "no-record"; reason: string };

/** Enough to look for a signature; what is in the record is believed only after it holds. */
const outside = z.looseObject({
  record: z.looseObject({ format: z.string(), signedBy: z.string() }),
  signature: z.string(),
});

/** @param text of the file, whoever wrote it */
export function verifyRecord(text: string, publicKey: KeyObject): Verification {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: "no-record", reason: "it is no JSON" };
  }
  const file = outside.safeParse(value);
  if (!file.success) return { kind: "no-record", reason: "it has no record with a signature in it" };
  const { record, signature } = file.data;
  if (record.format !== RECORD_FORMAT) {
    return {
      kind: "no-record",
      reason: `its format is ${JSON.stringify(record.format)}, this version reads ${RECORD_FORMAT}`,
    };
  }
  const holds = verify(null, signedBytes(record as JsonValue), publicKey, Buffer.from(signature, "base64url"));
  if (!holds) {
    if (record.signedBy !== fingerprintOf(publicKey)) return { kind: "other-key", signedBy: record.signedBy };
    return { kind: "changed" };
  }
  const parsed = completionRecord.safeParse(record);
  if (!parsed.success) return { kind: "no-record", reason: "it was signed, but by a version that wrote other fields" };
  return { kind: "good", record: parsed.data };
}

function signedBytes(record: CompletionRecord | JsonValue): Buffer {
  return Buffer.from(canonicalJson(record as JsonValue), "utf8");
}
