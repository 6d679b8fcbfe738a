/** Certificate fingerprints as Proxmox writes them: SHA-256 of the DER form, `AA:BB:...`, upper case. */
import { X509Certificate } from "node:crypto";

/** 32 upper-case pairs with colons between. */
export type Fingerprint = string;

export const FINGERPRINT_PATTERN = /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/;

/** Fingerprint of the first certificate of a PEM text. @throws when there is none */
export function fingerprintOfPem(pem: string): Fingerprint {
  return new X509Certificate(pem).fingerprint256;
}

/** Whether two fingerprints are the same certificate, whatever case they are written in. */
export function sameFingerprint(a: Fingerprint, b: Fingerprint): boolean {
  return a.toUpperCase() === b.toUpperCase();
}
