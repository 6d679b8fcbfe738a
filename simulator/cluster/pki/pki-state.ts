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
  fingerprints: IssuedFingerprint[];
  /** Runs of `pvecm updatecerts`, the newest last; absent in labs that were saved before there were any. */
  renewals?: Renewal[];
}

export interface IssuedFingerprint {
  certPem: string;
  fingerprint: string;
  /** The key that it goes with; absent in labs that were saved before a key outlived its certificate. */
  keyPem?: string;
}

export interface PkiRequest {
  id: number;
  /** The node whose certificate it is. */
  node: string;
  /**
   * `ca`: a new CA and the node's certificate from it; `node`: the node's certificate from the given CA; `key`: a new
   * key for the node and no certificate.
   */
  kind: "ca" | "node" | "key";
  /** The node's key that the certificate is made for; a new one where absent. */
  keyPem?: string;
  /** DNS names of the node's certificate, the last its common name. */
  names: string[];
  addresses: string[];
  /** Common name part of a new CA: Proxmox takes a UUID. */
  caId: string;
  /** The CA to sign with; a `ca` has no certificate yet, and without a key gets a new one. */
  caPem: string;
  caKeyPem: string;
  /** Serial number of the certificate: hexadecimal, whole bytes. */
  serial: string;
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

/** Why a certificate could not be issued: what of the files is none, or is not that of the other. */
export interface IssueFailure {
  requestId: number;
  /** `new-ca-key`: the key that a new CA was to be made from. */
  failed: "node-key" | "ca-key" | "ca-certificate" | "ca-of-another-key" | "ca-expires" | "new-ca-key";
}

/** One run of `pvecm updatecerts`, on whoever's behalf. */
export interface Renewal {
  id: number;
  node: string;
  /** Its process; it ends when that does. */
  pid: number;
  /** Make a new certificate although there is one. */
  force: boolean;
  /** Put the cluster's known hosts into the node's own file. */
  unmerge: boolean;
  /** What it prints, in order; `flushed` counts those that left its buffer, as they do when it starts a program. */
  lines: RenewalLine[];
  flushed: number;
  /** It has failed, and leaves a last change behind. */
  dying?: string;
  /** Set when it has ended; empty when nothing went wrong. */
  error?: string;
  /** The task that its lines are written to. */
  upid?: string;
  /** What goes on when it has ended; its data gets `renewal: RenewalEnd`. */
  next?: EventSpec;
}

export interface RenewalLine {
  stream: "stdout" | "stderr";
  text: string;
}

/** What the event gets that goes on after a renewal. */
export interface RenewalEnd {
  /** Why it failed; empty when it did not. */
  error: string;
}

export interface ServedCertificate {
  certPem: string;
  keyPem: string;
  fingerprint: string;
  caPem: string;
}

export type PkiInputs = {
  /** The host's answer to a request; one that is no longer open is ignored. */
  "pki/issued": { args: IssuedCertificate | IssueFailure; result: undefined };
  /** `pvecm updatecerts` once there is quorum: see `renewal(...)` for what it prints. */
  "pki/renew": { args: { node: string; force?: boolean; unmerge?: boolean }; result: { id: number } };
  /** Whoever started it is gone, and it with them. */
  "pki/stop-renewal": { args: { id: number }; result: undefined };
};
