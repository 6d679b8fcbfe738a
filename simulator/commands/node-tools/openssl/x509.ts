/** `openssl x509` and `openssl verify`, with Node's own crypto. @source OpenSSL 3.0's output */

import { X509Certificate } from "node:crypto";
import type { ProgramContext } from "../../../shell/process.ts";
import { wallMs } from "../../coreutils/node-facts.ts";
import { notModelled } from "../../printed.ts";
import { certificateText } from "./certificate-text.ts";
import { nameLine, readInput, readWords, type Words, writeOutput } from "./words.ts";

const KNOWN =
  "in: out: inform: outform: noout text subject issuer serial dates startdate enddate fingerprint md5 sha1 sha224 sha256 sha384 sha512 ext: pubkey checkend: modulus nameopt: email";

export async function x509(ctx: ProgramContext, args: string[]): Promise<number> {
  const words = readWords("x509", args, KNOWN);
  const path = words.value("in");
  const bytes = await readInput(ctx, path, "certificate");
  const fail = async (text: string) => {
    await ctx.stderr.write(text);
    return 1;
  };
  if (!bytes) return fail("Unable to load certificate\n");
  const certificate = certificateIn(bytes);
  if (!certificate) return fail(`Could not read certificate from ${path ?? "<stdin>"}\nUnable to load certificate\n`);
  if (words.value("outform")?.toUpperCase() === "DER") return fail(notModelled("openssl x509", "-outform DER"));
  let out = words.has("text") ? certificateText(certificate, nameLine) : "";
  for (const [option, value] of words.given) out += partOf(certificate, option, value, words) ?? "";
  const end = words.value("checkend");
  if (end !== undefined) {
    const now = wallMs(ctx);
    const expires = Date.parse(certificate.validTo) < now + Number(end) * 1000;
    await ctx.stdout.write(`${out}Certificate will ${expires ? "" : "not "}expire\n`);
    return expires ? 1 : 0;
  }
  if (!words.has("noout")) out += certificate.toString();
  await writeOutput(ctx, words.value("out"), out);
  return 0;
}

/** In the order in which the options stand. */
function partOf(certificate: X509Certificate, option: string, value: string, words: Words): string | undefined {
  switch (option) {
    case "subject":
    case "issuer":
      return `${option}=${named(certificate[option], words.value("nameopt"))}\n`;
    case "serial":
      return `serial=${certificate.serialNumber}\n`;
    case "dates":
      return `notBefore=${certificate.validFrom}\nnotAfter=${certificate.validTo}\n`;
    case "startdate":
      return `notBefore=${certificate.validFrom}\n`;
    case "enddate":
      return `notAfter=${certificate.validTo}\n`;
    case "fingerprint":
      return fingerprint(certificate, words);
    case "pubkey":
      return certificate.publicKey.export({ type: "spki", format: "pem" }) as string;
    case "modulus": {
      const { n } = certificate.publicKey.export({ format: "jwk" });
      const digits = n && Buffer.from(n, "base64url").toString("hex").toUpperCase();
      return `Modulus=${digits ?? "No modulus for this public key type"}\n`;
    }
    case "email":
      return "";
    case "ext":
      return value
        .split(",")
        .map((name) =>
          name === "subjectAltName"
            ? `X509v3 Subject Alternative Name: \n    ${certificate.subjectAltName ?? ""}\n`
            : `openssl x509: '-ext ${name}' is not modelled in this simulated node; -text shows it\n`,
        )
        .join("");
  }
  return undefined;
}

function fingerprint(certificate: X509Certificate, words: Words): string {
  if (words.has("sha256")) return `sha256 Fingerprint=${certificate.fingerprint256}\n`;
  if (words.has("sha512")) return `sha512 Fingerprint=${certificate.fingerprint512}\n`;
  return `SHA1 Fingerprint=${certificate.fingerprint}\n`;
}

/** RFC2253 turns the order round and has no blanks. */
function named(name: string, form: string | undefined): string {
  return form?.toUpperCase() === "RFC2253" ? name.split("\n").reverse().join(",") : nameLine(name);
}

export function certificateIn(bytes: Buffer | string): X509Certificate | undefined {
  try {
    return new X509Certificate(bytes);
  } catch {
    return undefined;
  }
}

/** Every certificate of a file. */
export function certificatesIn(text: string): X509Certificate[] {
  const found = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return found.flatMap((pem) => certificateIn(pem) ?? []);
}

export type Verdict = { number: number; depth: number; text: string };

/** What OpenSSL finds wrong with a certificate, by the authorities that are trusted; undefined for nothing. */
export function verdictOn(
  certificate: X509Certificate,
  trusted: X509Certificate[],
  nowMs: number,
): Verdict | undefined {
  const authority = trusted.find((one) => certificate.checkIssued(one) && certificate.verify(one.publicKey));
  if (!authority) {
    const own = certificate.subject === certificate.issuer;
    return own
      ? { number: 18, depth: 0, text: "self-signed certificate" }
      : { number: 20, depth: 0, text: "unable to get local issuer certificate" };
  }
  if (Date.parse(certificate.validTo) < nowMs) return { number: 10, depth: 0, text: "certificate has expired" };
  if (Date.parse(certificate.validFrom) > nowMs) return { number: 9, depth: 0, text: "certificate is not yet valid" };
  return undefined;
}

export async function verify(ctx: ProgramContext, args: string[]): Promise<number> {
  const words = readWords(
    "verify",
    args,
    "CAfile: CApath: untrusted: trusted: partial_chain no_check_time verbose show_chain",
  );
  const authorities = words.value("CAfile") ?? words.value("trusted");
  const ca = authorities === undefined ? undefined : await readInput(ctx, authorities, "certificate file");
  if (authorities !== undefined && !ca) return 1;
  const trusted = certificatesIn(ca?.toString("utf8") ?? "");
  const nowMs = wallMs(ctx);
  let status = 0;
  for (const file of words.operands.length > 0 ? words.operands : ["-"]) {
    const bytes = await readInput(ctx, file, "certificate file");
    const certificate = bytes && certificateIn(bytes);
    if (!certificate) {
      if (bytes) await ctx.stderr.write(`Could not read certificate file from ${file}\n`);
      await ctx.stderr.write("Unable to load certificate file\n");
      status = 2;
      continue;
    }
    const wrong = verdictOn(certificate, trusted, nowMs);
    const name = file === "-" ? "stdin" : file;
    if (!wrong) {
      await ctx.stdout.write(`${name}: OK\n`);
      continue;
    }
    status = 2;
    await ctx.stderr.write(
      `${nameLine(certificate.subject)}\nerror ${wrong.number} at ${wrong.depth} depth lookup: ${wrong.text}\nerror ${name}: verification failed\n`,
    );
  }
  return status;
}
