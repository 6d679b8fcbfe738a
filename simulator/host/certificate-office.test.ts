/** What the office issues, with real cryptography. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { IssuedCertificate, IssueFailure, PkiRequest } from "../cluster/pki/pki-state.ts";
import { issueCertificate } from "./certificate-office.ts";

const MADE = Date.UTC(2026, 10, 23, 0, 4, 34);
const DAY_MS = 86_400_000;

function request(more: Partial<PkiRequest>): PkiRequest {
  return {
    id: 1,
    node: "pve1",
    kind: "ca",
    names: ["localhost", "pve1", "pve1.lab.test"],
    addresses: ["127.0.0.1", "::1", "10.10.10.11"],
    caId: "2b7f1c52-0000-4000-8000-000000000000",
    caPem: "",
    caKeyPem: "",
    serial: "01",
    nowWallMs: MADE,
    next: null,
    ...more,
  };
}

const issue = async (more: Partial<PkiRequest>) => (await issueCertificate(request(more))) as IssuedCertificate;
const refusal = async (more: Partial<PkiRequest>) => ((await issueCertificate(request(more))) as IssueFailure).failed;
const spki = (of: Parameters<typeof createPublicKey>[0]) => createPublicKey(of).export({ type: "spki", format: "pem" });

describe("a certificate made anew", () => {
  it("keeps the key, counts on, and names the node as Proxmox does, in its order", async () => {
    const first = await issue({});
    const { caPem = "", caKeyPem = "", keyPem } = first;
    const second = await issue({ kind: "node", caPem, caKeyPem, keyPem, serial: "0F" });
    const certificate = new X509Certificate(second.certPem);
    expect(second.keyPem).toBe(keyPem);
    expect(certificate.publicKey.export({ type: "spki", format: "pem" })).toBe(spki(keyPem));
    expect(certificate.verify(new X509Certificate(caPem).publicKey)).toBe(true);
    expect(certificate.serialNumber).toBe("0F");
    expect(new X509Certificate(first.certPem).serialNumber).toBe("01");
    expect(second.fingerprint).toBe(certificate.fingerprint256);
    expect(certificate.subject).toBe("OU=PVE Cluster Node\nO=Proxmox Virtual Environment\nCN=pve1.lab.test");
    expect(certificate.subjectAltName).toBe(
      "IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:localhost, IP Address:10.10.10.11, DNS:pve1, DNS:pve1.lab.test",
    );
    expect(Date.parse(certificate.validFrom)).toBe(MADE - DAY_MS);
    expect(Date.parse(certificate.validTo)).toBe(MADE + 729 * DAY_MS);
  });

  it("is made for a key of another kind, and signed by a CA of another kind", async () => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" });
    const { caPem = "", certPem } = await issue({ keyPem: rsa as string, caKeyPem: rsa as string, serial: "FF" });
    const certificate = new X509Certificate(certPem);
    expect(certificate.publicKey.asymmetricKeyType).toBe("rsa");
    expect(certificate.verify(createPublicKey(createPrivateKey(rsa)))).toBe(true);
    expect(new X509Certificate(caPem).checkIssued(new X509Certificate(caPem))).toBe(true);
    expect(certificate.serialNumber).toBe("FF");
  });

  it("without a domain is the node's name alone", async () => {
    const { certPem } = await issue({ names: ["localhost", "pve1"] });
    expect(new X509Certificate(certPem).subject).toContain("CN=pve1");
  });

  it("ends two days before its CA", async () => {
    const { caPem = "", caKeyPem = "" } = await issue({});
    const lateMs = MADE + 3_000 * DAY_MS;
    const { certPem } = await issue({ kind: "node", caPem, caKeyPem, nowWallMs: lateMs });
    const daysLeft = 3_649 - 3_000;
    expect(Date.parse(new X509Certificate(certPem).validTo)).toBe(lateMs + (daysLeft - 2 - 1) * DAY_MS);
  });

  it("a new key needs no CA", async () => {
    const { keyPem, certPem } = await issue({ kind: "key", caPem: "nonsense" });
    expect(createPrivateKey(keyPem).type).toBe("private");
    expect(certPem).toBe("");
  });
});

describe("what stands in the way is told in the order in which Proxmox comes upon it", () => {
  it("each file that is none, or another's", async () => {
    const { caPem = "", caKeyPem = "", keyPem } = await issue({});
    const good = { kind: "node" as const, caPem, caKeyPem, keyPem };
    expect(await refusal({ ...good, keyPem: "nonsense", caPem: "nonsense" })).toBe("node-key");
    expect(await refusal({ ...good, caPem: "nonsense", caKeyPem: "nonsense" })).toBe("ca-certificate");
    expect(await refusal({ ...good, caKeyPem: "nonsense" })).toBe("ca-key");
    expect(await refusal({ ...good, caKeyPem: keyPem })).toBe("ca-of-another-key");
    expect(await refusal({ ...good, nowWallMs: MADE + 3_640 * DAY_MS })).toBe("ca-expires");
    expect(await refusal({ kind: "ca", caKeyPem: "nonsense", keyPem: "nonsense" })).toBe("new-ca-key");
    expect(await refusal(good)).toBeUndefined();
  });
});
