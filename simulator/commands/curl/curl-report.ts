/** What curl tells beside the answer: `-v`, the meter, `-w`. @source curl 7.88's output against a node's API */
import { X509Certificate } from "node:crypto";
import type { Outgoing } from "./curl-body.ts";

const HANDSHAKE: [string, number][] = [
  ["} [5 bytes data]", 0],
  ["* TLSv1.3 (OUT), TLS handshake, Client hello (1):", 512],
  ["* TLSv1.3 (IN), TLS handshake, Server hello (2):", 122],
  ["* TLSv1.3 (IN), TLS handshake, Encrypted Extensions (8):", 43],
];

/** The handshake up to the certificate. @param certBytes of the chain that the server sends */
export function handshakeBegins(certBytes: number): string {
  const lines = HANDSHAKE.map(([text, bytes]) =>
    bytes > 0 ? `${text}\n${direction(text)} [${bytes} bytes data]` : text,
  );
  return `* ALPN: offers h2,http/1.1\n${lines.join("\n")}\n* TLSv1.3 (IN), TLS handshake, Certificate (11):\n{ [${certBytes} bytes data]\n`;
}

const direction = (text: string) => (text.includes("(OUT)") ? "}" : "{");

export function handshakeFails(): string {
  return "* TLSv1.3 (OUT), TLS alert, unknown CA (560):\n} [2 bytes data]\n* SSL certificate problem: unable to get local issuer certificate\n* Closing connection 0\n";
}

/** @param verified whether the certificate's authority is trusted */
export function handshakeEnds(certPem: string, verified: boolean): string {
  const lines = [
    "* TLSv1.3 (IN), TLS handshake, CERT verify (15):",
    "{ [79 bytes data]",
    "* TLSv1.3 (IN), TLS handshake, Finished (20):",
    "{ [52 bytes data]",
    "* TLSv1.3 (OUT), TLS change cipher, Change cipher spec (1):",
    "} [1 bytes data]",
    "* TLSv1.3 (OUT), TLS handshake, Finished (20):",
    "} [52 bytes data]",
    "* SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384",
    "* ALPN: server accepted http/1.1",
    "* Server certificate:",
    ...certificateLines(certPem),
    verified
      ? "*  SSL certificate verify ok."
      : "*  SSL certificate verify result: unable to get local issuer certificate (20), continuing anyway.",
    "* using HTTP/1.1",
    "} [5 bytes data]",
  ];
  return `${lines.join("\n")}\n`;
}

function certificateLines(pem: string): string[] {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    return [];
  }
  const names = (text: string) => text.replaceAll("\n", "; ");
  // `Nov 28 15:32:19 2026 GMT`, as OpenSSL writes it.
  return [
    `*  subject: ${names(certificate.subject)}`,
    `*  start date: ${certificate.validFrom}`,
    `*  expire date: ${certificate.validTo}`,
    `*  issuer: ${names(certificate.issuer)}`,
  ];
}

export function requestLines(outgoing: Outgoing): string {
  const lines = [
    `${outgoing.method} ${outgoing.target} HTTP/1.1`,
    ...outgoing.headers.map(([name, value]) => `${name}: ${value}`),
    "",
  ];
  const body = outgoing.body ? `} [${Buffer.byteLength(outgoing.body)} bytes data]\n` : "";
  return `${lines.map((line) => `> ${line}\n`).join("")}${body}`;
}

export const METER_HEAD =
  "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n";
export const METER_EMPTY = "\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0";

/** The meter's line when all is through. */
export function meterDone(received: number, sent: number, tookMs: number): string {
  const speed = (bytes: number) => fiveWide(Math.round((bytes * 1000) / Math.max(tookMs, 1)));
  const part = (bytes: number) => (bytes > 0 ? "100" : "0").padStart(3);
  const total = received + sent;
  const time = tookMs >= 1_000 ? clock(tookMs) : "--:--:--";
  return `\r${part(total)} ${fiveWide(total)}  ${part(received)} ${fiveWide(received)}  ${part(sent)} ${fiveWide(sent)}  ${speed(received)}  ${speed(sent)} ${time} ${time} --:--:-- ${speed(total)}\n`;
}

function fiveWide(bytes: number): string {
  if (bytes < 100_000) return String(bytes).padStart(5);
  if (bytes < 10_240_000) return `${Math.floor(bytes / 1024)}k`.padStart(5);
  return `${(bytes / 1_048_576).toFixed(1)}M`.padStart(5);
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${String(Math.floor(seconds / 3600)).padStart(2)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** `-w`. What is not known here stays empty, as curl leaves unknown names. */
export function writtenOut(format: string, values: Record<string, string>): string {
  return format
    .replace(/%\{([a-z_]+)\}/g, (_, name: string) => values[name] ?? "")
    .replaceAll("%%", "%")
    .replace(/\\([nrt])/g, (_, letter: string) => ({ n: "\n", r: "\r", t: "\t" })[letter] ?? "");
}
