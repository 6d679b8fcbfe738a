/**
 * Issues the certificates that the model asks for: cryptography is outside the pure model, its results are inputs.
 */
import { canSign, issueCa, issueNodeCertificate, newKeyPem, whyNotIssued } from "../api/certificates.ts";
import { invariant } from "../cluster/invariant.ts";
import type { IssuedCertificate, IssueFailure, PkiRequest } from "../cluster/pki/pki-state.ts";
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

/** Issue what one request asks for, or say what of its files stands in the way. */
export async function issueCertificate(request: Readonly<PkiRequest>): Promise<IssuedCertificate | IssueFailure> {
  const { id: requestId, kind, nowWallMs: notBefore, caKeyPem, caPem, keyPem } = request;
  if (kind === "key") return { requestId, certPem: "", keyPem: await newKeyPem(), fingerprint: "" };
  if (kind === "ca" && caKeyPem !== "" && !canSign(caKeyPem)) return { requestId, failed: "new-ca-key" };
  const ca =
    kind === "ca"
      ? await issueCa({
          commonName: "Proxmox Virtual Environment",
          unit: request.caId,
          notBefore,
          ...(caKeyPem !== "" && { keyPem: caKeyPem }),
        })
      : { certPem: caPem, keyPem: caKeyPem };
  const failed = whyNotIssued(ca, keyPem, notBefore);
  if (failed) return { requestId, failed };
  const issued = await issueNodeCertificate({
    ca,
    // What the node calls itself, which need not be its name in the lab.
    node: request.names.find((name) => name !== "localhost") ?? request.node,
    dnsNames: request.names,
    addresses: request.addresses,
    notBefore,
    serial: request.serial,
    ...(keyPem !== undefined && { keyPem }),
  });
  return {
    requestId,
    certPem: issued.certPem,
    keyPem: issued.keyPem,
    fingerprint: issued.fingerprint,
    ...(kind === "ca" && { caPem: ca.certPem, caKeyPem: ca.keyPem }),
  };
}
