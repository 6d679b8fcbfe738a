/** A certificate as `openssl x509 -text` prints it, from its DER. @source OpenSSL 3.0's own output; RFC 5280 for the structure */
import type { Buffer } from "node:buffer";
import type { X509Certificate } from "node:crypto";

/** One value of DER: its tag, what it holds, and all of its bytes. */
interface Value {
  tag: number;
  bytes: Buffer;
}

function valuesIn(bytes: Buffer): Value[] {
  const values: Value[] = [];
  for (let at = 0; at + 1 < bytes.length; ) {
    const tag = bytes[at]!;
    let length = bytes[at + 1]!;
    let start = at + 2;
    if (length & 0x80) {
      const count = length & 0x7f;
      length = count === 0 ? 0 : bytes.readUIntBE(start, count);
      start += count;
    }
    values.push({ tag, bytes: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return values;
}

function objectId(bytes: Buffer): string {
  const parts = [Math.min(2, Math.floor(bytes[0]! / 40))];
  parts.push(bytes[0]! - parts[0]! * 40);
  let value = 0;
  for (const byte of bytes.subarray(1)) {
    value = value * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    parts.push(value);
    value = 0;
  }
  return parts.join(".");
}

const ALGORITHMS: Record<string, string> = {
  "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
  "1.2.840.10045.4.3.3": "ecdsa-with-SHA384",
  "1.2.840.113549.1.1.11": "sha256WithRSAEncryption",
  "1.2.840.113549.1.1.12": "sha384WithRSAEncryption",
  "1.2.840.113549.1.1.13": "sha512WithRSAEncryption",
  "1.3.101.112": "ED25519",
};
const CURVES: Record<string, [name: string, nist: string]> = {
  prime256v1: ["prime256v1", "P-256"],
  secp384r1: ["secp384r1", "P-384"],
  secp521r1: ["secp521r1", "P-521"],
};
const USES = [
  "Digital Signature",
  "Non Repudiation",
  "Key Encipherment",
  "Data Encipherment",
  "Key Agreement",
  "Certificate Sign",
  "CRL Sign",
  "Encipher Only",
  "Decipher Only",
];
const PURPOSES: Record<string, string> = {
  "1.3.6.1.5.5.7.3.1": "TLS Web Server Authentication",
  "1.3.6.1.5.5.7.3.2": "TLS Web Client Authentication",
  "1.3.6.1.5.5.7.3.3": "Code Signing",
  "1.3.6.1.5.5.7.3.4": "E-mail Protection",
};

const hexOf = (bytes: Buffer, capitals = false) => {
  const text = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
  return capitals ? text.toUpperCase() : text;
};

/** So many bytes a line; a line that is not the last ends with a colon. */
function block(bytes: Buffer, perLine: number, indent: number): string[] {
  return Array.from({ length: Math.ceil(bytes.length / perLine) }, (_, at) => {
    const isLast = (at + 1) * perLine >= bytes.length;
    const part = bytes.subarray(at * perLine, (at + 1) * perLine);
    return `${" ".repeat(indent)}${hexOf(part)}${isLast ? "" : ":"}`;
  });
}

export function certificateText(certificate: X509Certificate, line: (name: string) => string): string {
  const [whole] = valuesIn(certificate.raw);
  const [body, , signature] = valuesIn(whole!.bytes);
  const fields = valuesIn(body!.bytes);
  if (fields[0]!.tag === 0xa0) fields.shift();
  const [serial, algorithm] = fields;
  const name = algorithmName(algorithm!);
  const extensions = fields.find(({ tag }) => tag === 0xa3);
  const rows = [
    "Certificate:",
    "    Data:",
    "        Version: 3 (0x2)",
    ...serialRows(serial!.bytes),
    `        Signature Algorithm: ${name}`,
    `        Issuer: ${line(certificate.issuer)}`,
    "        Validity",
    `            Not Before: ${certificate.validFrom}`,
    `            Not After : ${certificate.validTo}`,
    `        Subject: ${line(certificate.subject)}`,
    "        Subject Public Key Info:",
    ...keyRows(certificate, fields[5]!),
    ...(extensions ? ["        X509v3 extensions:", ...extensionRows(extensions, certificate)] : []),
    `    Signature Algorithm: ${name}`,
    "    Signature Value:",
    ...block(signature!.bytes.subarray(1), 18, 8),
    "",
  ];
  return rows.join("\n");
}

function algorithmName({ bytes }: Value): string {
  const id = objectId(valuesIn(bytes)[0]!.bytes);
  return ALGORITHMS[id] ?? id;
}

/** Small ones are a number, large ones bytes. */
function serialRows(bytes: Buffer): string[] {
  if (bytes.length <= 8) {
    const number = BigInt(`0x${bytes.toString("hex")}`);
    return [`        Serial Number: ${number} (0x${number.toString(16)})`];
  }
  const plain = bytes[0] === 0 ? bytes.subarray(1) : bytes;
  return ["        Serial Number:", `            ${hexOf(plain)}`];
}

function keyRows(certificate: X509Certificate, info: Value): string[] {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = certificate.publicKey;
  const bits = valuesIn(info.bytes)[1]!.bytes.subarray(1);
  if (type === "ec") {
    const curve = CURVES[details?.namedCurve ?? ""] ?? [details?.namedCurve ?? "", ""];
    const size = Number(/\d+/.exec(curve[1])?.[0] ?? 256);
    return [
      "            Public Key Algorithm: id-ecPublicKey",
      `                Public-Key: (${size} bit)`,
      "                pub:",
      ...block(bits, 15, 20),
      `                ASN1 OID: ${curve[0]}`,
      ...(curve[1] ? [`                NIST CURVE: ${curve[1]}`] : []),
    ];
  }
  if (type === "rsa") {
    const [modulus, exponent] = valuesIn(valuesIn(bits)[0]!.bytes);
    const power = BigInt(`0x${exponent!.bytes.toString("hex")}`);
    return [
      "            Public Key Algorithm: rsaEncryption",
      `                Public-Key: (${details?.modulusLength ?? 2048} bit)`,
      "                Modulus:",
      ...block(modulus!.bytes, 15, 20),
      `                Exponent: ${power} (0x${power.toString(16)})`,
    ];
  }
  return [
    `            Public Key Algorithm: ${(type ?? "").toUpperCase()}`,
    `                ${(type ?? "").toUpperCase()} Public-Key:`,
    "                pub:",
    ...block(bits, 15, 20),
  ];
}

function extensionRows(holder: Value, certificate: X509Certificate): string[] {
  return valuesIn(valuesIn(holder.bytes)[0]!.bytes).flatMap(({ bytes }) => {
    const parts = valuesIn(bytes);
    const id = objectId(parts[0]!.bytes);
    const isCritical = parts[1]!.tag === 1 && parts[1]!.bytes[0] !== 0;
    const value = parts.at(-1)!.bytes;
    const shown = extensionText(id, value, certificate);
    return [`            ${shown.name}: ${isCritical ? "critical" : ""}`, `                ${shown.text}`];
  });
}

function extensionText(id: string, value: Buffer, certificate: X509Certificate): { name: string; text: string } {
  const inner = () => valuesIn(value)[0]!;
  switch (id) {
    case "2.5.29.14":
      return { name: "X509v3 Subject Key Identifier", text: hexOf(inner().bytes, true) };
    case "2.5.29.35": {
      const key = valuesIn(inner().bytes).find(({ tag }) => tag === 0x80);
      return { name: "X509v3 Authority Key Identifier", text: key ? hexOf(key.bytes, true) : "" };
    }
    case "2.5.29.19": {
      const [isAuthority, depth] = valuesIn(inner().bytes);
      const text = isAuthority?.tag === 1 && isAuthority.bytes[0] !== 0 ? "CA:TRUE" : "CA:FALSE";
      return {
        name: "X509v3 Basic Constraints",
        text: depth ? `${text}, pathlen:${depth.bytes.readUIntBE(0, depth.bytes.length)}` : text,
      };
    }
    case "2.5.29.15": {
      const bits = inner().bytes.subarray(1);
      const uses = USES.filter((_, at) => ((bits[at >> 3] ?? 0) & (0x80 >> (at & 7))) !== 0);
      return { name: "X509v3 Key Usage", text: uses.join(", ") };
    }
    case "2.5.29.37": {
      const purposes = valuesIn(inner().bytes).map(({ bytes }) => objectId(bytes));
      return {
        name: "X509v3 Extended Key Usage",
        text: purposes.map((purpose) => PURPOSES[purpose] ?? purpose).join(", "),
      };
    }
    case "2.5.29.17":
      return { name: "X509v3 Subject Alternative Name", text: certificate.subjectAltName ?? "" };
    default:
      return { name: id, text: hexOf(value) };
  }
}
