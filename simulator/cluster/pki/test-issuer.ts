/** Answers requests for certificates without cryptography: for tests of the model, always the same for the same lab. */

import type { LabState } from "../state.ts";
import { act } from "../stepping.ts";
import type { IssuedCertificate, IssueFailure, PkiRequest } from "./pki-state.ts";

/**
 * What a request is answered with: texts of the right form whose content tells what they are, for which key a certificate
 * is and whose it is. Files of another form are refused as real ones are.
 */
export function issueForTest(request: Readonly<PkiRequest>): IssuedCertificate | IssueFailure {
  const { id: requestId, kind, caPem, caKeyPem, keyPem: ownKey } = request;
  const body = `${request.node}#${requestId}`;
  const keyPem = ownKey ?? pem("PRIVATE KEY", `key ${body}`);
  if (kind === "key") return { requestId, certPem: "", keyPem, fingerprint: "" };
  const newCa = kind === "ca";
  const ca = {
    caKeyPem: caKeyPem === "" && newCa ? pem("PRIVATE KEY", `ca key ${body}`) : caKeyPem,
    caPem: newCa ? pem("CERTIFICATE", `ca ${body} of ${contentOf(caKeyPem) || `ca key ${body}`}`) : caPem,
  };
  const failed = whyNotForTest(ca, keyPem, newCa);
  if (failed) return { requestId, failed };
  const certPem = pem("CERTIFICATE", `cert ${body} of ${contentOf(keyPem)} by ${contentOf(ca.caPem)}`);
  return { requestId, certPem, keyPem, fingerprint: fingerprintOf(certPem), ...(newCa && ca) };
}

function whyNotForTest(ca: { caPem: string; caKeyPem: string }, keyPem: string, newCa: boolean) {
  const isKey = (text: string) => text.startsWith("-----BEGIN PRIVATE KEY-----");
  if (newCa && !isKey(ca.caKeyPem)) return "new-ca-key";
  if (!isKey(keyPem)) return "node-key";
  if (!ca.caPem.startsWith("-----BEGIN CERTIFICATE-----")) return "ca-certificate";
  if (!isKey(ca.caKeyPem)) return "ca-key";
  return contentOf(ca.caPem).endsWith(` of ${contentOf(ca.caKeyPem)}`) ? undefined : "ca-of-another-key";
}

function pem(label: string, content: string): string {
  return `-----BEGIN ${label}-----\n${content}\n-----END ${label}-----\n`;
}

/** What a text in PEM holds: its second line. */
export function contentOf(text: string): string {
  return text.split("\n")[1] ?? "";
}

/** Serve every request that is open now. */
export function serveRequestsForTest(lab: LabState): void {
  while (lab.pki.requests[0]) act(lab, "pki/issued", issueForTest(lab.pki.requests[0]));
}

function fingerprintOf(text: string): string {
  const pairs: string[] = [];
  let hash = 2166136261;
  for (let i = 0; i < 32; i++) {
    for (const character of `${i}${text}`) hash = Math.imul(hash ^ character.codePointAt(0)!, 16777619) >>> 0;
    pairs.push(((hash >>> 11) & 0xff).toString(16).toUpperCase().padStart(2, "0"));
  }
  return pairs.join(":");
}
