/**
 * Which certificates of a node are believed. Never "any": after a join a node has a new certificate, and the new one
 * is learnt from somewhere that is already trusted.
 */
import type { PeerCertificate } from "node:tls";
import { checkServerIdentity } from "node:tls";
import { type Fingerprint, sameFingerprint } from "./fingerprint.ts";

export type PveTrust =
  /** Exactly these certificates. `relearn` is asked, once for each change, when the node shows another one. */
  | { kind: "fingerprint"; accepted: Fingerprint[]; relearn?: () => Promise<Fingerprint[]> }
  /**
   * Any certificate that this CA issued for this name: `/etc/pve/pve-root-ca.pem` and the node's name or address. A node
   * that joins another cluster gets a certificate of that cluster's CA: then `relearn` is asked.
   */
  | { kind: "ca"; caPem: string; name: string; relearn?: () => Promise<Fingerprint[]> };

/** Trust exactly one certificate. */
export function trustFingerprint(certSha256: Fingerprint, relearn?: () => Promise<Fingerprint[]>): PveTrust {
  return { kind: "fingerprint", accepted: [certSha256], ...(relearn && { relearn }) };
}

/** Trust what the cluster's CA has issued for this node. */
export function trustClusterCa(caPem: string, name: string, relearn?: () => Promise<Fingerprint[]>): PveTrust {
  return { kind: "ca", caPem, name, ...(relearn && { relearn }) };
}

/** Trust nothing beforehand: what `learn` says, from somewhere that is trusted, is the certificate. */
export function trustLearnt(learn: () => Promise<Fingerprint[]>): PveTrust {
  return { kind: "fingerprint", accepted: [], relearn: learn };
}

export type TrustAnswer = { trusted: true } | { trusted: false; seen: Fingerprint; expected: Fingerprint[] };

/**
 * Judge the certificate of a connection that stands.
 *
 * @param accepted the fingerprints believed at this moment; what `relearn` gives is added to it
 * @param authorized whether the TLS layer found a chain to the CA, for trust by CA
 */
export async function judgeCertificate(
  trust: PveTrust,
  accepted: Set<Fingerprint>,
  certificate: PeerCertificate,
  authorized: boolean,
): Promise<TrustAnswer> {
  const seen = certificate.fingerprint256 ?? "";
  if (trust.kind === "ca") {
    const good = authorized && checkServerIdentity(trust.name, certificate) === undefined;
    if (good) return { trusted: true };
    if (!trust.relearn) return { trusted: false, seen, expected: [] };
  }
  const known = () => [...accepted].some((fingerprint) => sameFingerprint(fingerprint, seen));
  if (known()) return { trusted: true };
  if (trust.relearn) {
    // What the source says now is believed from here on, and what it no longer says is not.
    const learnt = await trust.relearn().catch(() => undefined);
    if (learnt) {
      accepted.clear();
      for (const fingerprint of learnt) accepted.add(fingerprint);
      if (known()) return { trusted: true };
    }
  }
  return { trusted: false, seen, expected: [...accepted] };
}
