/**
 * Issues the certificates that the model asks for: cryptography is outside the pure model, its results are inputs.
 */
import { issueCa, issueNodeCertificate } from "../api/certificates.ts";
import { invariant } from "../cluster/invariant.ts";
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
    port.act("pki/issued", await activity.hold(issue(request)));
  }
}
