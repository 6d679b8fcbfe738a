/** `openssl s_client`: the handshake with a node's API, and what its certificate is. @source OpenSSL 3.0's output */

import type { X509Certificate } from "node:crypto";
import { addressOfName } from "../../../cluster/host-network/node-address.ts";
import { reachApi } from "../../../cluster/join/reach.ts";
import type { ProgramContext } from "../../../shell/process.ts";
import { wallMs } from "../../coreutils/node-facts.ts";
import { collect } from "../../coreutils/streams.ts";
import { nameLine, readInput, readWords, THREAD } from "./words.ts";
import { certificateIn, certificatesIn, verdictOn } from "./x509.ts";

const KNOWN =
  "connect: host: port: servername: noservername showcerts brief quiet CAfile: verify: verify_return_error tls1_2 tls1_3 no_ign_eof ign_eof verify_hostname:";
/** What the handshake takes beside the certificate, bytes: as measured with a node's door. */
const READ_BESIDES = 393;
const WRITTEN = 377;
const ERRNO: Record<string, [number, string]> = {
  "Connection refused": [111, "6F"],
  "No route to host": [113, "71"],
  "Connection timed out": [110, "6E"],
  "Network is unreachable": [101, "65"],
};

export async function sClient(ctx: ProgramContext, args: string[]): Promise<number> {
  const words = readWords("s_client", args, KNOWN);
  const [host = "localhost", port = "4433"] = (words.value("connect") ?? words.operands[0] ?? "")
    .split(/:(?=\d+$)/)
    .filter(Boolean);
  const address = host === "localhost" ? "127.0.0.1" : ctx.lab.read((lab) => addressOfName(lab, ctx.node, host));
  if (address === undefined) {
    await ctx.stderr.write(
      `${THREAD}:error:10080002:BIO routines:BIO_lookup_ex:system lib:../crypto/bio/bio_addr.c:746:Name or service not known\nconnect:errno=22\n`,
    );
    return 1;
  }
  const reach = ctx.lab.read((lab) => reachApi(lab, ctx.node, address));
  if (reach.state !== "open" || port !== "8006") {
    const { reason, afterMs } = reach.state === "closed" ? reach : { reason: "Connection refused", afterMs: 1 };
    await ctx.lab.sleep(afterMs, ctx.signal);
    const [errno, hex] = ERRNO[reason] ?? [111, "6F"];
    await ctx.stderr.write(
      `${THREAD}:error:800000${hex}:system library:BIO_connect:${reason}:../crypto/bio/bio_sock2.c:117:calling connect()\n${THREAD}:error:10000067:BIO routines:BIO_connect:connect error:../crypto/bio/bio_sock2.c:119:\nconnect:errno=${errno}\n`,
    );
    return 1;
  }
  const certificate = certificateIn(ctx.lab.read((lab) => lab.pki.nodes[reach.node]?.certPem ?? ""));
  if (!certificate) {
    await ctx.stderr.write("s_client: this node's certificate cannot be read\n");
    return 1;
  }
  const file = words.value("CAfile");
  const authorities = file === undefined ? undefined : await readInput(ctx, file, "certificates");
  if (file !== undefined && !authorities) return 1;
  const trusted = certificatesIn(authorities?.toString("utf8") ?? "");
  const nowMs = wallMs(ctx);
  const wrong = verdictOn(certificate, trusted, nowMs);
  const missing = wrong?.number === 20;
  const result = missing ? { number: 21, text: "unable to verify the first certificate" } : wrong;
  if (!words.has("brief") && !words.has("quiet")) await ctx.stdout.write("CONNECTED(00000003)\n");
  const named = words.value("servername") !== undefined || (!/^[\d.]+$/.test(host) && !words.has("noservername"));
  await ctx.stderr.write(
    `${named ? "" : "Can't use SSL_get_servername\n"}${depths(certificate, trusted, wrong, words.has("brief"))}`,
  );
  if (words.has("brief")) await ctx.stderr.write(briefly(certificate, result));
  else if (!words.has("quiet")) {
    await ctx.stdout.write(atLength(certificate, result, WRITTEN + (named ? host.length + 9 : 0)));
  }
  const typed = (await collect(ctx, ctx.stdin)).toString("utf8");
  if (/\S/.test(typed.replace(/^Q\s*$/m, ""))) {
    await ctx.stderr.write("s_client: what is sent through it is not modelled in this simulated node; use curl\n");
    return 1;
  }
  await ctx.stderr.write("DONE\n");
  return 0;
}

type Result = { number: number; text: string } | undefined;

function depths(certificate: X509Certificate, trusted: X509Certificate[], wrong: Result, brief: boolean): string {
  const line = (depth: number, one: X509Certificate) => `depth=${depth} ${nameLine(one.subject)}\n`;
  const back = brief ? "" : "verify return:1\n";
  if (!wrong) {
    const authority = trusted.find((one) => certificate.checkIssued(one))!;
    return brief ? "" : `${line(1, authority)}${back}${line(0, certificate)}${back}`;
  }
  const trouble = (number: number, text: string) =>
    `${line(0, certificate)}verify error:num=${number}:${text}\n${back}`;
  const both =
    wrong.number === 20
      ? trouble(20, wrong.text) + trouble(21, "unable to verify the first certificate")
      : trouble(wrong.number, wrong.text);
  return `${both}${brief ? "" : `${line(0, certificate)}${back}`}`;
}

function briefly(certificate: X509Certificate, result: Result): string {
  return `CONNECTION ESTABLISHED\nProtocol version: TLSv1.3\nCiphersuite: TLS_AES_256_GCM_SHA384\nPeer certificate: ${nameLine(certificate.subject)}\nHash used: SHA256\nSignature type: ECDSA\n${result ? `Verification error: ${result.text}` : "Verification: OK"}\nServer Temp Key: X25519, 253 bits\n`;
}

function atLength(certificate: X509Certificate, result: Result, written: number): string {
  const [subject, issuer] = [nameLine(certificate.subject), nameLine(certificate.issuer)];
  const { validFrom, validTo } = certificate;
  return `---
Certificate chain
 0 s:${subject}
   i:${issuer}
   a:PKEY: id-ecPublicKey, 256 (bit); sigalg: ecdsa-with-SHA256
   v:NotBefore: ${validFrom}; NotAfter: ${validTo}
---
Server certificate
${certificate.toString()}subject=${subject}
issuer=${issuer}
---
No client certificate CA names sent
Peer signing digest: SHA256
Peer signature type: ECDSA
Server Temp Key: X25519, 253 bits
---
SSL handshake has read ${READ_BESIDES + certificate.raw.length} bytes and written ${written} bytes
${result ? `Verification error: ${result.text}` : "Verification: OK"}
---
New, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384
Server public key is 256 bit
Secure Renegotiation IS NOT supported
Compression: NONE
Expansion: NONE
No ALPN negotiated
Early data was not sent
Verify return code: ${result ? `${result.number} (${result.text})` : "0 (ok)"}
---
`;
}
