/**
 * Issues what Proxmox issues: a cluster's own CA, and a certificate of each node for its API.
 *
 * Elliptic curve P-256 instead of RSA-4096, whose keys take seconds to find. Names and validity are as recorded: the
 * certificates begin a day before they are made, so that a node whose clock is behind believes them.
 */
// The certificate library's dependency injection wants this first.
import "reflect-metadata";
import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, webcrypto } from "node:crypto";
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
/** A CA that ends sooner issues nothing more. */
const CA_DAYS_MIN = 14;
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/**
 * Issue the CA of a cluster, or of a node that is in none.
 *
 * @param options.commonName `Proxmox Virtual Environment` on every real one
 * @param options.keyPem its key; a new one unless there is one
 * @param options.notBefore when it is made: milliseconds since 1970 or a date; now unless told
 * @param options.unit tells CAs apart that have the same name; random unless told
 */
export async function issueCa(options: {
  commonName: string;
  unit?: string;
  notBefore?: Date | number;
  keyPem?: string;
}): Promise<KeyAndCertificate> {
  const keyPem = options.keyPem ?? (await newKeyPem());
  const { keys, algorithm } = await signingKeys(keyPem);
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
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certPem: pem(certificate), keyPem };
}

/**
 * Issue the certificate of a node's API: for two years, or until two days before the CA's end.
 *
 * @param options.node the node's name; `dnsNames` may add its full name
 * @param options.addresses the node's own addresses; loopback is always among the names
 * @param options.notBefore when it is made: milliseconds since 1970 or a date; now unless told
 * @param options.keyPem the node's key, of any kind; a new one unless there is one
 * @param options.serial its serial number, hexadecimal in whole bytes; random unless told
 * @throws an error of the library when a file is none: ask `whyNotIssued` first
 */
export async function issueNodeCertificate(options: {
  ca: KeyAndCertificate;
  node: string;
  addresses: string[];
  dnsNames?: string[];
  notBefore?: Date | number;
  keyPem?: string;
  serial?: string;
}): Promise<KeyAndCertificate & { fingerprint: Fingerprint }> {
  const keyPem = options.keyPem ?? (await newKeyPem());
  const publicKey = new x509.PublicKey(new Uint8Array(spkiOf(createPrivateKey(keyPem))));
  const { keys: authorityKeys, algorithm } = await signingKeys(options.ca.keyPem);
  const authority = new x509.X509Certificate(options.ca.certPem);
  const from = beginsAt(options.notBefore);
  const days = Math.min(NODE_VALID_DAYS, daysLeft(authority, from.getTime() + DAY_MS) - 2);
  const commonName = options.dnsNames?.find((name) => name.startsWith(`${options.node}.`)) ?? options.node;
  const ip = (value: string) => ({ type: "ip" as const, value });
  const dns = (value: string) => ({ type: "dns" as const, value });
  const further = options.addresses.filter((address) => address !== "127.0.0.1" && address !== "::1");
  const names = new Set([options.node, ...(options.dnsNames ?? [])]);
  names.delete("localhost");
  const certificate = await x509.X509CertificateGenerator.create({
    publicKey,
    subject: [{ OU: ["PVE Cluster Node"] }, { O: ["Proxmox Virtual Environment"] }, { CN: [commonName] }],
    issuer: authority.subjectName,
    signingKey: authorityKeys.privateKey,
    serialNumber: options.serial === undefined ? serialNumber() : serialDigits(options.serial),
    notBefore: from,
    notAfter: new Date(from.getTime() + days * DAY_MS),
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...["127.0.0.1", "::1"].map(ip),
        dns("localhost"),
        ...[...new Set(further)].map(ip),
        ...[...names].map(dns),
      ]),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  const certPem = pem(certificate);
  return { certPem, keyPem, fingerprint: fingerprintOfPem(certPem) };
}

/** What of the files that a certificate is made from is not what it should be. */
export type WrongFile = "node-key" | "ca-key" | "ca-certificate" | "ca-of-another-key" | "ca-expires";

/**
 * Why a node's certificate cannot be issued; undefined when it can.
 *
 * In the order in which Proxmox comes upon it: the request is made with the node's key, the CA's end is looked up, openssl
 * signs. @source pve-cluster 8.1 PVE/Cluster/Setup.pm gen_pve_ssl_cert
 *
 * @param keyPem the node's key; absent when it gets a new one
 * @param nowMs the node's wall clock, milliseconds since 1970
 */
export function whyNotIssued(ca: KeyAndCertificate, keyPem: string | undefined, nowMs: number): WrongFile | undefined {
  if (keyPem !== undefined && !privateKeyIn(keyPem)) return "node-key";
  let certificate: x509.X509Certificate;
  try {
    certificate = new x509.X509Certificate(ca.certPem);
  } catch {
    return "ca-certificate";
  }
  if (daysLeft(certificate, nowMs) < CA_DAYS_MIN) return "ca-expires";
  if (!canSign(ca.keyPem)) return "ca-key";
  const own = Buffer.from(certificate.publicKey.rawData);
  return own.equals(spkiOf(createPrivateKey(ca.keyPem))) ? undefined : "ca-of-another-key";
}

/** Whether a text is a private key that a CA can sign with here. */
export function canSign(keyPem: string): boolean {
  const key = privateKeyIn(keyPem);
  return key !== undefined && (key.asymmetricKeyType === "rsa" || curveOf(key) !== undefined);
}

/** A new private key, PKCS#8 in PEM. */
export async function newKeyPem(): Promise<string> {
  const keys = (await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"])) as CryptoKeyPair;
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey as webcrypto.CryptoKey));
  return pkcs8(createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
}

function privateKeyIn(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(text);
  } catch {
    return undefined;
  }
}

/** A pair that can sign, and how it does. */
async function signingKeys(keyPem: string) {
  const key = createPrivateKey(keyPem);
  const algorithm =
    key.asymmetricKeyType === "rsa"
      ? { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }
      : { ...ALGORITHM, namedCurve: curveOf(key) ?? ALGORITHM.namedCurve };
  const load = (format: "pkcs8" | "spki", der: Buffer, use: "sign" | "verify") =>
    webcrypto.subtle.importKey(format, new Uint8Array(der), algorithm, true, [use]) as Promise<CryptoKey>;
  const privateKey = await load("pkcs8", key.export({ type: "pkcs8", format: "der" }), "sign");
  const publicKey = await load("spki", spkiOf(key), "verify");
  return { keys: { privateKey, publicKey }, algorithm };
}

/** The curves that the platform signs with, by their names in a key. */
const CURVES: Record<string, string> = { prime256v1: "P-256", secp384r1: "P-384", secp521r1: "P-521" };

function curveOf(key: KeyObject): string | undefined {
  return CURVES[key.asymmetricKeyDetails?.namedCurve ?? ""];
}

function spkiOf(key: KeyObject): Buffer {
  return createPublicKey(pkcs8(key)).export({ type: "spki", format: "der" });
}

function pkcs8(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }) as string;
}

/** Whole days until a certificate ends. */
function daysLeft(certificate: x509.X509Certificate, nowMs: number): number {
  return Math.trunc((certificate.notAfter.getTime() - nowMs) / DAY_MS);
}

/** Of whole bytes, the first below 0x80. */
function serialDigits(serial: string): string {
  return Number.parseInt(serial.slice(0, 2), 16) > 0x7f ? `00${serial}` : serial;
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
