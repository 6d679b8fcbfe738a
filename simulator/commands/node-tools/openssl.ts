/** `openssl x509` and `openssl version`: certificates of the node, read with Node's own crypto. The rest says so. */
import { X509Certificate } from "node:crypto";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { pathIn } from "../coreutils/arguments.ts";
import { collect } from "../coreutils/streams.ts";
import { certificateText } from "./certificate-text.ts";

export const openssl: Program = async (ctx) => {
  const [, command, ...words] = ctx.argv;
  if (command === "version") {
    await ctx.stdout.write("OpenSSL 3.0.17 1 Jul 2025 (Library: OpenSSL 3.0.17 1 Jul 2025)\n");
    return 0;
  }
  if (command === "x509") return x509(ctx, words);
  if (command === "verify") return verify(ctx, words);
  await ctx.stderr.write(
    `openssl: '${command ?? ""}' is not modelled in this simulated node yet (x509, verify and version are)\n`,
  );
  return 1;
};

async function read(ctx: ProgramContext, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return (await collect(ctx, ctx.stdin)).toString("utf8");
  const bytes = await ctx.files.readFile(pathIn(ctx, path)).catch(() => undefined);
  return bytes && Buffer.from(bytes).toString("utf8");
}

async function x509(ctx: ProgramContext, words: string[]): Promise<number> {
  const value = (name: string) => {
    const at = words.indexOf(name);
    return at < 0 ? undefined : words[at + 1];
  };
  const path = value("-in");
  const text = await read(ctx, path);
  if (text === undefined) {
    await ctx.stderr.write(`Could not open file or uri for loading certificate from ${path}\n`);
    return 1;
  }
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(text);
  } catch {
    await ctx.stderr.write(`Could not read certificate from ${path ?? "<stdin>"}\nUnable to load certificate\n`);
    return 1;
  }
  let out = "";
  const line = (name: string) => name.replace(/\n/g, ", ").replace(/=/g, " = ");
  const has = (name: string) => words.includes(name);
  if (has("-text")) out += certificateText(certificate, line);
  if (has("-subject")) out += `subject=${line(certificate.subject)}\n`;
  if (has("-issuer")) out += `issuer=${line(certificate.issuer)}\n`;
  if (has("-serial")) out += `serial=${certificate.serialNumber}\n`;
  if (has("-dates") || has("-startdate")) out += `notBefore=${certificate.validFrom}\n`;
  if (has("-dates") || has("-enddate")) out += `notAfter=${certificate.validTo}\n`;
  if (has("-fingerprint")) {
    out += has("-sha256")
      ? `sha256 Fingerprint=${certificate.fingerprint256}\n`
      : `SHA1 Fingerprint=${certificate.fingerprint}\n`;
  }
  if (value("-ext") === "subjectAltName")
    out += `X509v3 Subject Alternative Name: \n    ${certificate.subjectAltName ?? ""}\n`;
  const end = value("-checkend");
  if (end !== undefined) {
    const now = ctx.lab.read((lab) => lab.nowMs + lab.wallOffsetMs);
    const expires = Date.parse(certificate.validTo) < now + Number(end) * 1000;
    await ctx.stdout.write(`${out}Certificate will ${expires ? "" : "not "}expire\n`);
    return expires ? 1 : 0;
  }
  if (!has("-noout")) out += certificate.toString();
  await ctx.stdout.write(out);
  return 0;
}

async function verify(ctx: ProgramContext, words: string[]): Promise<number> {
  const at = words.indexOf("-CAfile");
  const files = words.filter((word, index) => !word.startsWith("-") && index !== at + 1);
  const ca = at < 0 ? undefined : await read(ctx, words[at + 1]);
  let status = 0;
  for (const file of files) {
    const text = await read(ctx, file);
    let trusted = false;
    try {
      const certificate = new X509Certificate(text ?? "");
      trusted = ca !== undefined && certificate.verify(new X509Certificate(ca).publicKey);
    } catch {
      await ctx.stderr.write(`Could not read certificate from ${file}\n`);
      status = 2;
      continue;
    }
    if (trusted) await ctx.stdout.write(`${file}: OK\n`);
    else {
      await ctx.stderr.write(
        `error 20 at 0 depth lookup: unable to get local issuer certificate\nerror ${file}: verification failed\n`,
      );
      status = 2;
    }
  }
  return status;
}
