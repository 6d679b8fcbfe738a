import { X509Certificate } from "node:crypto";
import { createServer } from "node:tls";
import { expect, test } from "vitest";
import { FINGERPRINT_PATTERN } from "../../pve/fingerprint.ts";
import { issueCa, issueNodeCertificate } from "./certificates.ts";

test("a node's certificate is issued by its cluster's CA and by no other", async () => {
  const ca = await issueCa({ commonName: "Proxmox Virtual Environment" });
  const other = await issueCa({ commonName: "Proxmox Virtual Environment" });
  const node = await issueNodeCertificate({
    ca,
    node: "pve1",
    addresses: ["10.10.10.11"],
    dnsNames: ["pve1.lab.test"],
  });
  const certificate = new X509Certificate(node.certPem);
  expect(certificate.checkIssued(new X509Certificate(ca.certPem))).toBe(true);
  expect(certificate.verify(new X509Certificate(ca.certPem).publicKey)).toBe(true);
  expect(certificate.verify(new X509Certificate(other.certPem).publicKey)).toBe(false);
});

test("a node's certificate names the node, its addresses and the loopback", async () => {
  const ca = await issueCa({ commonName: "Proxmox Virtual Environment" });
  const node = await issueNodeCertificate({
    ca,
    node: "pve1",
    addresses: ["10.10.10.11"],
    dnsNames: ["pve1.lab.test"],
  });
  const certificate = new X509Certificate(node.certPem);
  expect(certificate.checkHost("pve1")).toBe("pve1");
  expect(certificate.checkHost("pve1.lab.test")).toBe("pve1.lab.test");
  expect(certificate.checkHost("pve2")).toBeUndefined();
  expect(certificate.checkIP("10.10.10.11")).toBe("10.10.10.11");
  expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
});

test("the fingerprint is the SHA-256 of the certificate that is served", async () => {
  const ca = await issueCa({ commonName: "Proxmox Virtual Environment" });
  const node = await issueNodeCertificate({ ca, node: "pve1", addresses: [] });
  expect(node.fingerprint).toMatch(FINGERPRINT_PATTERN);
  expect(node.fingerprint).toBe(new X509Certificate(node.certPem).fingerprint256);
  const server = createServer({ cert: node.certPem, key: node.keyPem });
  server.close();
});

test("a certificate begins a day before it was made", async () => {
  const made = Date.UTC(2026, 10, 23, 0, 4, 34);
  const ca = await issueCa({ commonName: "Proxmox Virtual Environment", notBefore: made });
  expect(new Date(new X509Certificate(ca.certPem).validFrom).getTime()).toBe(made - 86_400_000);
});
