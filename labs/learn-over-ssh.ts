/**
 * A node's present certificate, read over its SSH connection.
 *
 * Joining a cluster replaces a node's certificate but not its SSH host key, so the pinned host key vouches for the new
 * one. The host key is compared before anything is sent; a node that shows another one is refused.
 */

import { type Fingerprint, fingerprintOfPem } from "../pve/fingerprint.ts";
import type { LabNode } from "./lab-description.ts";
import { execOverSsh } from "./ssh-command.ts";

/** The first is what an administrator installed, and pveproxy prefers it; the second is what Proxmox made. */
const CERTIFICATES = ["/etc/pve/local/pveproxy-ssl.pem", "/etc/pve/local/pve-ssl.pem"];

/** @throws Error naming the node, when it cannot be reached, shows another host key or has no certificate to read */
export async function certificatesOverSsh(node: LabNode, timeoutMs = 8_000): Promise<Fingerprint[]> {
  const output = await execOverSsh(node, `cat ${CERTIFICATES.join(" ")} 2>/dev/null`, timeoutMs);
  const blocks = output.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new Error(`${node.name} has no certificate to read at the moment`);
  return blocks.map(fingerprintOfPem);
}
