/**
 * Certificates as the model sees them: what it asks to have issued, and what each node's API door serves.
 *
 * Cryptography is outside the pure model. It records a request; the host issues the certificate and answers with the
 * input `pki/issued`; the state machine that asked goes on from there.
 */
import type { EventSpec } from "../kernel.ts";

export interface PkiState {
  /** Open requests, oldest first. */
  requests: PkiRequest[];
  nextRequestId: number;
  /** By node: what its API door serves now. */
  nodes: Record<string, ServedCertificate>;
  /** Fingerprints of the newest certificates that were issued; the model cannot compute one from a file. */
  fingerprints: { certPem: string; fingerprint: string }[];
}

export interface PkiRequest {
  id: number;
  /** The node whose certificate it is. */
  node: string;
  /** `ca`: a new CA and the node's certificate from it; `node`: the node's certificate from the given CA. */
  kind: "ca" | "node";
  /** DNS names of the node's certificate, the first its common name. */
  names: string[];
  addresses: string[];
  /** Common name part of a new CA: Proxmox takes a UUID. */
  caId: string;
  /** The CA to sign with; empty for `ca`. */
  caPem: string;
  caKeyPem: string;
  /** Serial number of the certificate. */
  serial: number;
  /** Wall clock of the node, milliseconds since 1970. */
  nowWallMs: number;
  /** What goes on when it is issued; null for a node's first, which the model puts in its place itself. */
  next: EventSpec | null;
}

export interface IssuedCertificate {
  requestId: number;
  certPem: string;
  keyPem: string;
  /** SHA-256 of the certificate, upper-case pairs with colons. */
  fingerprint: string;
  /** For `ca`: the new CA. */
  caPem?: string;
  caKeyPem?: string;
}

export interface ServedCertificate {
  certPem: string;
  keyPem: string;
  fingerprint: string;
  caPem: string;
}

export type PkiInputs = {
  /** The host's answer to a request; one that is no longer open is ignored. */
  "pki/issued": { args: IssuedCertificate; result: undefined };
};
