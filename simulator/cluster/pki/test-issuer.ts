/** Answers requests for certificates without cryptography: for tests of the model, always the same for the same lab. */

import type { LabState } from "../state.ts";
import { act } from "../stepping.ts";
import type { IssuedCertificate, PkiRequest } from "./pki-state.ts";

/** What a request is answered with: texts of the right form whose content tells what they are. */
export function issueForTest(request: Readonly<PkiRequest>): IssuedCertificate {
  const body = `${request.node}#${request.id}`;
  const issued: IssuedCertificate = {
    requestId: request.id,
    certPem: `-----BEGIN CERTIFICATE-----\ncert ${body}\n-----END CERTIFICATE-----\n`,
    keyPem: `-----BEGIN PRIVATE KEY-----\nkey ${body}\n-----END PRIVATE KEY-----\n`,
    fingerprint: fingerprintOf(body),
  };
  if (request.kind === "ca") {
    issued.caPem = `-----BEGIN CERTIFICATE-----\nca ${body}\n-----END CERTIFICATE-----\n`;
    issued.caKeyPem = `-----BEGIN PRIVATE KEY-----\nca key ${body}\n-----END PRIVATE KEY-----\n`;
  }
  return issued;
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
