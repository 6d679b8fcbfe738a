/**
 * Issues what Proxmox issues: a cluster's own CA, and a certificate of each node for its API.
 *
 * Elliptic curve P-256 instead of RSA-4096, whose keys take seconds to find. Names and validity are as recorded: the
 * certificates begin a day before they are made, so that a node whose clock is behind believes them.
 */
// The certificate library's dependency injection wants this first.
import "reflect-metadata";
import { createPrivateKey, randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { type Fingerprint, fingerprintOfPem } from "../../pve/fingerprint.ts";

x509.cryptoProvider.set(webcrypto as Crypto);

export interface KeyAndCertificate {
  certPem: string;
  /** PKCS#8 in PEM. */
  keyPem: string;
}

const DAY_MS = 86_400_000;
const CA_VALID_DAYS = 3650;
const NODE_VALID_DAYS = 730;
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/**
 * Issue the CA of a cluster, or of a node that is in none.
 *
 * @param options.commonName `Proxmox Virtual Environment` on every real one
 * @param options.notBefore when it is made: milliseconds since 1970 or a date; now unless told
 * @param options.unit tells CAs apart that have the same name; random unless told
 */
export async function issueCa(options: {
  commonName: string;
  unit?: string;
  notBefore?: Date | number;
}): Promise<KeyAndCertificate> {
  const keys = await generateKeys();
  const from = beginsAt(options.notBefore);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    keys,
    name: [
      { CN: [options.commonName] },
      { OU: [options.unit ?? webcrypto.randomUUID()] },
      { O: ["PVE Cluster Manager CA"] },
    ],
    serialNumber: serialNumber(),
    notBefore: from,
    notAfter: new Date(from.getTime() + CA_VALID_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certPem: pem(certificate), keyPem: await privateKeyPem(keys) };
}

/**
 * Issue the certificate of a node's API.
 *
 * @param options.node the node's name; `dnsNames` may add its full name
 * @param options.addresses the node's own addresses; loopback is always among the names
 * @param options.notBefore when it is made: milliseconds since 1970 or a date; now unless told
 */
export async function issueNodeCertificate(options: {
  ca: KeyAndCertificate;
  node: string;
  addresses: string[];
  dnsNames?: string[];
  notBefore?: Date | number;
}): Promise<KeyAndCertificate & { fingerprint: Fingerprint }> {
  const keys = await generateKeys();
  const authority = new x509.X509Certificate(options.ca.certPem);
  const from = beginsAt(options.notBefore);
  const dnsNames = new Set(["localhost", options.node, ...(options.dnsNames ?? [])]);
  const commonName = options.dnsNames?.find((name) => name.startsWith(`${options.node}.`)) ?? options.node;
  const certificate = await x509.X509CertificateGenerator.create({
    publicKey: keys.publicKey,
    subject: [{ OU: ["PVE Cluster Node"] }, { O: ["Proxmox Virtual Environment"] }, { CN: [commonName] }],
    issuer: authority.subjectName,
    signingKey: await importPrivateKey(options.ca.keyPem),
    serialNumber: serialNumber(),
    notBefore: from,
    notAfter: new Date(from.getTime() + NODE_VALID_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...[...new Set(["127.0.0.1", "::1", ...options.addresses])].map((value) => ({ type: "ip" as const, value })),
        ...[...dnsNames].map((value) => ({ type: "dns" as const, value })),
      ]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  const certPem = pem(certificate);
  return { certPem, keyPem: await privateKeyPem(keys), fingerprint: fingerprintOfPem(certPem) };
}

async function generateKeys(): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]) as Promise<CryptoKeyPair>;
}

async function importPrivateKey(keyPem: string): Promise<CryptoKey> {
  const der = createPrivateKey(keyPem).export({ type: "pkcs8", format: "der" });
  return webcrypto.subtle.importKey("pkcs8", der, ALGORITHM, true, ["sign"]) as Promise<CryptoKey>;
}

async function privateKeyPem(keys: CryptoKeyPair): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey as webcrypto.CryptoKey));
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" }).export({
    type: "pkcs8",
    format: "pem",
  }) as string;
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString("pem").trim()}\n`;
}

function beginsAt(made: Date | number | undefined): Date {
  const madeMs = made === undefined ? Date.now() : Number(made);
  // Certificates count whole seconds.
  return new Date(Math.floor((madeMs - DAY_MS) / 1000) * 1000);
}

/** Positive and without a leading zero byte, as DER wants it. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes.toString("hex");
}
