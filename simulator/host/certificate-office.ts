/**
 * Issues the certificates that the model asks for: cryptography is outside the pure model, its results are inputs.
 */
import { issueCa, issueNodeCertificate } from "../api/certificates.ts";
import { invariant } from "../cluster/invariant.ts";
import type { IssuedCertificate, PkiRequest } from "../cluster/pki/pki-state.ts";
import type { LabPort } from "../cluster/port.ts";
import type { Activity } from "./activity.ts";

/** Serve requests, one after another, until the signal aborts; model time waits while one is being issued. */
export async function issueCertificates(options: {
  port: LabPort;
  activity: Activity;
  signal: AbortSignal;
}): Promise<never> {
  const { port, activity, signal } = options;
  for (;;) {
    const request = await port.until((lab) => lab.pki.requests[0], { background: true, signal });
    invariant(request, "a wait without a time limit ended without a value");
    port.act("pki/issued", await activity.hold(issueCertificate(request)));
  }
}

/** Issue what one request asks for. */
export async function issueCertificate(request: Readonly<PkiRequest>): Promise<IssuedCertificate> {
  const ca =
    request.kind === "ca"
      ? await issueCa({
          commonName: "Proxmox Virtual Environment",
          unit: request.caId,
          notBefore: request.nowWallMs,
        })
      : { certPem: request.caPem, keyPem: request.caKeyPem };
  const issued = await issueNodeCertificate({
    ca,
    node: request.node,
    dnsNames: request.names,
    addresses: request.addresses,
    notBefore: request.nowWallMs,
  });
  return {
    requestId: request.id,
    certPem: issued.certPem,
    keyPem: issued.keyPem,
    fingerprint: issued.fingerprint,
    ...(request.kind === "ca" && { caPem: ca.certPem, caKeyPem: ca.keyPem }),
  };
}
