/**
 * The key that signs completion records: made once for an installation, in its data folder and not in the database, so
 * that who can read or copy the database cannot sign. A backup has it, and a restore brings it back.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fingerprintOf } from "../classroom/record/record-signature.ts";
import type { DataFolder } from "./data-folder.ts";
import { StartRefused } from "./start-refused.ts";

export interface RecordKey {
  privateKey: KeyObject;
  /** For whoever verifies. */
  publicPem: string;
  fingerprint: string;
}

/** @throws StartRefused when the file is there and is no such key: a new one would make earlier records another's */
export function recordKey(folder: DataFolder): RecordKey {
  const file = join(folder.secrets, "record-key.pem");
  if (!existsSync(file)) {
    const { privateKey } = generateKeyPairSync("ed25519");
    const unfinished = `${file}.${process.pid}`;
    writeFileSync(unfinished, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    renameSync(unfinished, file);
  }
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(readFileSync(file, "utf8"));
    if (privateKey.asymmetricKeyType !== "ed25519") throw new Error(`a key for ${privateKey.asymmetricKeyType}`);
  } catch (cause) {
    throw new StartRefused(
      `${file} should hold the Ed25519 key that signs completion records, and does not. Take it from a backup, or move the file away: then a new key signs, and records of before are verified with the old public key.`,
      { cause },
    );
  }
  const publicKey = createPublicKey(privateKey);
  return {
    privateKey,
    publicPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
    fingerprint: fingerprintOf(publicKey),
  };
}
