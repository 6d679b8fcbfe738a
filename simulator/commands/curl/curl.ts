/** curl to the API of this node and of others, within the simulated network. @source curl(1), its texts of version 7.88 */

import { X509Certificate } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { noteRequest, type RequestTrace } from "../../api/access-log.ts";
import { type ApiAnswer, bodyText } from "../../api/answer.ts";
import { answerRequest } from "../../api/pipeline.ts";
import { parseRequest } from "../../api/request.ts";
import { addressOfName, mainAddressOf } from "../../cluster/host-network/node-address.ts";
import { reachApi } from "../../cluster/join/reach.ts";
import type { LabState } from "../../cluster/state.ts";
import { wallNowMs } from "../../cluster/wall-clock.ts";
import { ERRNO_TEXT, FileError } from "../../shell/node-files.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { pathIn } from "../coreutils/arguments.ts";
import { fileText, type Outgoing, outgoingRequest } from "./curl-body.ts";
import { type CurlRequest, CurlUsage, parseCurl } from "./curl-options.ts";
import {
  handshakeBegins,
  handshakeEnds,
  handshakeFails,
  METER_EMPTY,
  METER_HEAD,
  meterDone,
  requestLines,
  writtenOut,
} from "./curl-report.ts";

const TRY = "curl: try 'curl --help' or 'curl --manual' for more information\n";
const VERSION = `curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1 OpenSSL/3.0.17 zlib/1.2.13 brotli/1.0.9 zstd/1.5.4 libidn2/2.3.3 libpsl/0.21.2 (+libidn2/2.3.3) libssh2/1.10.0 nghttp2/1.52.0 librtmp/2.3 OpenLDAP/2.5.13
Release-Date: 2023-02-20, security patched: 7.88.1-10+deb12u14
Protocols: dict file ftp ftps gopher gophers http https imap imaps ldap ldaps mqtt pop3 pop3s rtmp rtmpe rtmps rtmpt rtmpte rtmpts rtsp scp sftp smb smbs smtp smtps telnet tftp
Features: alt-svc AsynchDNS brotli GSS-API HSTS HTTP2 HTTPS-proxy IDN IPv6 Kerberos Largefile libz NTLM NTLM_WB PSL SPNEGO SSL threadsafe TLS-SRP UnixSockets zstd
`;
const CERT_TROUBLE =
  "More details here: https://curl.se/docs/sslcerts.html\n\ncurl failed to verify the legitimacy of the server and therefore could not\nestablish a secure connection to it. To learn more about this situation and\nhow to fix it, please visit the web page mentioned above.";

/** A transfer that came to nothing. */
class CurlError extends Error {
  readonly code: number;
  constructor(code: number, text: string) {
    super(text);
    this.code = code;
  }
}

export async function curl(ctx: ProgramContext): Promise<number> {
  let wanted: CurlRequest;
  try {
    if (ctx.argv.length === 1) throw new CurlUsage("");
    wanted = parseCurl(ctx.argv.slice(1));
    if (wanted.flags.has("version")) {
      await ctx.stdout.write(VERSION);
      return 0;
    }
    if (wanted.urls.length === 0) throw new CurlUsage("no URL specified!");
  } catch (error) {
    return refuse(ctx, error);
  }
  const methods: [string, boolean][] = [
    ["PUT (-T, --upload-file)", wanted.upload !== undefined],
    ["POST (-d, --data)", wanted.data.length > 0 && !wanted.flags.has("get")],
    ["multipart formpost (-F, --form)", wanted.forms.length > 0],
    ["HEAD (-I, --head)", wanted.flags.has("head")],
  ];
  const asked = methods.filter(([, is]) => is).map(([name]) => name);
  if (asked.length > 1) {
    const text = `You can only select one HTTP request method! You asked for both ${asked[0]} and ${asked[1]}.`;
    await ctx.stderr.write(`Warning: ${text.replace(/^(.{1,69}) (.*)$/, "$1 \nWarning: $2")}\n`);
    return 2;
  }
  let status = 0;
  for (const [index, url] of wanted.urls.entries()) status = await transfer(ctx, wanted, url, index);
  return status;
}

async function refuse(ctx: ProgramContext, error: unknown): Promise<number> {
  if (!(error instanceof CurlUsage)) throw error;
  const { message } = error;
  await ctx.stderr.write(message === "" ? TRY : `curl: ${message}\n${message.startsWith("(") ? "" : TRY}`);
  return error.status;
}

interface Transfer {
  ctx: ProgramContext;
  wanted: CurlRequest;
  url: URL;
  /** To standard error with `-v`. */
  tell(text: string): Promise<void>;
}

async function transfer(ctx: ProgramContext, wanted: CurlRequest, text: string, index: number): Promise<number> {
  const { flags } = wanted;
  const output = wanted.outputs[index];
  const toTerminal = output === undefined && !flags.has("remote-name") && ctx.isTty.stdout;
  const meter = !flags.has("silent") && !flags.has("no-progress-meter") && !toTerminal;
  const tell = async (line: string) => {
    if (flags.has("verbose")) await ctx.stderr.write(line);
  };
  const began = ctx.lab.read((lab) => lab.nowMs);
  let metered = false;
  try {
    const url = URL.parse(text.includes("://") ? text : `http://${text}`);
    if (!url) throw new CurlError(3, "URL using bad/illegal format or missing URL");
    const name = flags.has("remote-name") ? url.pathname.split("/").at(-1)! : output;
    if (name === "") {
      await ctx.stderr.write("curl: Remote file name has no length!\n");
      throw new CurlError(23, "Failed writing received data to disk/application");
    }
    const protocol = url.protocol.slice(0, -1);
    if (!/^(?:https?|ftps?|file|scp|sftp|smtps?|imaps?|pop3s?|ldaps?|telnet|tftp|dict|gopher)$/.test(protocol)) {
      throw new CurlError(1, `Protocol "${protocol}" not supported or disabled in libcurl`);
    }
    const outgoing = await outgoingRequest(ctx, wanted, url);
    if (meter) {
      metered = true;
      await ctx.stderr.write(METER_HEAD + METER_EMPTY);
    }
    const answer = await exchange({ ctx, wanted, url, tell }, outgoing);
    const body = flags.has("head") ? "" : bodyText(answer, Math.random);
    const head = headOf(
      answer,
      body,
      ctx.lab.read((lab) => wallNowMs(lab, ctx.node)),
    );
    await tell(head.replace(/\r/g, "").replace(/^/gm, "< ").replace(/< $/, ""));
    const failed = answer.status >= 400 && (flags.has("fail") || flags.has("fail-with-body"));
    const shown = flags.has("include") || flags.has("head") ? head : "";
    const kept = failed && !flags.has("fail-with-body") ? "" : body;
    const tookMs = ctx.lab.read((lab) => lab.nowMs) - began;
    if (body !== "") await tell(`{ [${Buffer.byteLength(body)} bytes data]\n`);
    if (name === undefined || name === "-") await ctx.stdout.write(shown + kept);
    else await save(ctx, name, shown + kept);
    if (meter)
      await ctx.stderr.write(meterDone(Buffer.byteLength(kept), Buffer.byteLength(outgoing.body ?? ""), tookMs));
    await tell(
      answer.status === 200 ? `* Connection #0 to host ${url.hostname} left intact\n` : "* Closing connection 0\n",
    );
    if (wanted.cookieJar !== undefined) await save(ctx, wanted.cookieJar, JAR);
    if (wanted.writeOut !== undefined) {
      const format = wanted.writeOut.startsWith("@")
        ? ((await fileText(ctx, wanted.writeOut.slice(1))) ?? "")
        : wanted.writeOut;
      await ctx.stdout.write(writtenOut(format, valuesOf({ wanted, url, outgoing, answer, body, head, tookMs })));
    }
    if (failed) throw new CurlError(22, `The requested URL returned error: ${answer.status}`);
    return 0;
  } catch (error) {
    if (error instanceof CurlUsage) return refuse(ctx, error);
    if (!(error instanceof CurlError)) throw error;
    if (metered && error.code !== 22 && error.code !== 23) await ctx.stderr.write(`${METER_EMPTY}\n`);
    const quiet = flags.has("silent") && !flags.has("show-error");
    if (!quiet) await ctx.stderr.write(`curl: (${error.code}) ${error.message}\n`);
    if (wanted.writeOut !== undefined && error.code !== 22) {
      const nothing = {
        http_code: "000",
        response_code: "000",
        url: text,
        url_effective: text,
        exitcode: String(error.code),
      };
      await ctx.stdout.write(writtenOut(wanted.writeOut, { ...nothing, size_download: "0", errormsg: error.message }));
    }
    return error.code;
  }
}

/** The nodes' API sets no cookies. */
const JAR =
  "# Netscape HTTP Cookie File\n# https://curl.se/docs/http-cookies.html\n# This file was generated by libcurl! Edit at your own risk.\n\n";

async function save(ctx: ProgramContext, name: string, text: string): Promise<void> {
  if (name === "/dev/null") return;
  try {
    await ctx.files.writeFile(pathIn(ctx, name), new TextEncoder().encode(text));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    await ctx.stderr.write(`Warning: Failed to open the file ${name}: ${ERRNO_TEXT[error.code]}\n`);
    throw new CurlError(23, "Failure writing output to destination");
  }
}

/** Connect, prove the server, ask. @throws CurlError */
async function exchange(transfer: Transfer, outgoing: Outgoing): Promise<ApiAnswer> {
  const { ctx, wanted, url, tell } = transfer;
  const { lab, node, signal } = ctx;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const address = addressFor(transfer, host, port);
  if (address === undefined) {
    await tell(`* Could not resolve host: ${host}\n* Closing connection 0\n`);
    throw new CurlError(6, `Could not resolve host: ${host}`);
  }
  await tell(`*   Trying ${address.shown}:${port}...\n`);
  const reach = lab.read((state) => reachApi(state, node, address.real));
  if (reach.state !== "open" || port !== 8006) {
    const { reason, afterMs } = reach.state === "closed" ? reach : { reason: "Connection refused", afterMs: 1 };
    const patienceMs = Math.min(wanted.limitMs ?? Infinity, wanted.connectMs ?? Infinity);
    const late = patienceMs < afterMs;
    await lab.sleep(late ? patienceMs : afterMs, signal);
    const waited = Math.round(late ? patienceMs : afterMs);
    if (late && patienceMs === wanted.limitMs)
      throw new CurlError(28, `Connection timed out after ${waited} milliseconds`);
    const why = late || reason === "Connection timed out" ? "Timeout was reached" : "Couldn't connect to server";
    const text = `Failed to connect to ${url.hostname} port ${port} after ${waited} ms: ${late ? why : "Couldn't connect to server"}`;
    await tell(`* connect to ${address.shown} port ${port} failed: ${reason}\n* ${text}\n* Closing connection 0\n`);
    throw new CurlError(late || reason === "Connection timed out" ? 28 : 7, text);
  }
  await tell(`* Connected to ${url.hostname} (${address.shown}) port ${port} (#0)\n`);
  if (url.protocol !== "https:") {
    await tell(`${requestLines(outgoing)}* Empty reply from server\n* Closing connection 0\n`);
    throw new CurlError(52, "Empty reply from server");
  }
  await proveServer(transfer, reach.node, host);
  await tell(requestLines(outgoing));
  const answer = await withinLimit(ctx, wanted.limitMs, (until) => ask(ctx, until, reach.node, outgoing, address.real));
  if (answer) return answer;
  throw new CurlError(28, `Operation timed out after ${wanted.limitMs} milliseconds with 0 bytes received`);
}

/** `--resolve` first, then this node's /etc/hosts. */
function addressFor(
  { ctx, wanted }: Transfer,
  host: string,
  port: number,
): { shown: string; real: string } | undefined {
  const { lab, node } = ctx;
  for (const entry of wanted.resolve) {
    const found = /^[+]?([^:]+):(\d+):(.+)$/.exec(entry);
    if (!found || Number(found[2]) !== port || (found[1] !== host && found[1] !== "*")) continue;
    const real = found[3]!.replace(/^\[|\]$/g, "");
    return { shown: real, real };
  }
  if (host === "::1") return { shown: "[::1]", real: "127.0.0.1" };
  const address = host === "localhost" ? "127.0.0.1" : lab.read((state) => addressOfName(state, node, host));
  return address === undefined ? undefined : { shown: address, real: address };
}

/** The certificate is of an authority that is trusted, and for this host. @throws CurlError */
async function proveServer({ ctx, wanted, tell }: Transfer, node: string, host: string): Promise<void> {
  const served = ctx.lab.read((state) => state.pki.nodes[node]);
  const pem = served?.certPem ?? "";
  if (wanted.caFile !== undefined && !(await fileText(ctx, wanted.caFile))?.includes("BEGIN CERTIFICATE")) {
    throw new CurlError(77, `error setting certificate file: ${wanted.caFile}`);
  }
  const certificate = certificateOf(pem);
  await tell(handshakeBegins(certificate ? certificate.raw.length + 12 : 659));
  const file = wanted.caFile === undefined ? undefined : await fileText(ctx, wanted.caFile);
  const authority = served?.caPem.trim();
  const trusted = authority !== undefined && authority !== "" && file?.includes(authority) === true;
  if (!wanted.flags.has("insecure")) {
    if (!trusted) {
      await tell(handshakeFails());
      throw new CurlError(60, `SSL certificate problem: unable to get local issuer certificate\n${CERT_TROUBLE}`);
    }
    const named = !certificate || (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host));
    if (!named) {
      const text = `SSL: no alternative certificate subject name matches target host name '${host}'`;
      await tell(`* ${text}\n* Closing connection 0\n`);
      throw new CurlError(60, `${text}\n${CERT_TROUBLE}`);
    }
  }
  await tell(handshakeEnds(pem, trusted));
}

/** A certificate of the model; undefined while a node has none yet. */
export function certificateOf(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** One request to a node's API, as its access.log notes it. */
export async function ask(
  ctx: ProgramContext,
  signal: AbortSignal,
  node: string,
  outgoing: Outgoing,
  address: string,
): Promise<ApiAnswer> {
  const { lab } = ctx;
  const headers = Object.fromEntries(outgoing.headers.map(([name, value]) => [name.toLowerCase(), value]));
  const trace: RequestTrace = { at: [{ node, peer: lab.read((state) => peerOf(state, ctx.node, node, address)) }] };
  const message = { method: outgoing.method, url: outgoing.target, headers } as unknown as IncomingMessage;
  const parsed = parseRequest(message, outgoing.body ?? "");
  const answer =
    parsed.kind === "other" ? parsed.answer : await answerRequest({ lab, node, signal, trace }, parsed.request);
  const length = Buffer.byteLength(bodyText(answer, () => 0.5));
  const line = `${outgoing.method} ${outgoing.target} HTTP/1.1`;
  noteRequest(lab, trace, {
    line,
    status: answer.status,
    length: length || undefined,
    wallMs: lab.read((lab) => wallNowMs(lab, ctx.node)),
  });
  return answer;
}

/** The address that the asked node sees this one at. */
function peerOf(lab: Readonly<LabState>, from: string, to: string, address: string): string {
  return from === to ? address : (mainAddressOf(lab, from) ?? "127.0.0.1");
}

/** Status line and headers of an answer, as pveproxy sends them. */
export function headOf(answer: ApiAnswer, body: string, wallMs: number): string {
  const date = new Date(wallMs).toUTCString();
  const lines = [
    `HTTP/1.1 ${answer.status} ${answer.reason}`,
    "Cache-Control: max-age=0",
    `Connection: ${answer.status === 200 ? "Keep-Alive" : "close"}`,
    `Date: ${date}`,
    "Pragma: no-cache",
    "Server: pve-api-daemon/3.0",
    ...(body === "" ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
    ...(answer.body ? ["Content-Type: application/json;charset=UTF-8"] : []),
    `Expires: ${date}`,
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function valuesOf(done: {
  wanted: CurlRequest;
  url: URL;
  outgoing: Outgoing;
  answer: ApiAnswer;
  body: string;
  head: string;
  tookMs: number;
}): Record<string, string> {
  const { url, outgoing, answer, body, head, tookMs } = done;
  const seconds = (ms: number) => (ms / 1000).toFixed(6);
  return {
    http_code: String(answer.status),
    response_code: String(answer.status),
    http_version: "1.1",
    method: outgoing.method,
    scheme: "HTTPS",
    url: done.wanted.urls[0] ?? "",
    url_effective: url.href,
    content_type: answer.body ? "application/json;charset=UTF-8" : "",
    size_download: String(Buffer.byteLength(body)),
    size_header: String(head.length),
    size_upload: String(Buffer.byteLength(outgoing.body ?? "")),
    num_connects: "1",
    num_redirects: "0",
    redirect_url: "",
    remote_port: url.port,
    ssl_verify_result: done.wanted.flags.has("insecure") ? "20" : "0",
    time_total: seconds(tookMs),
    time_starttransfer: seconds(tookMs),
    time_connect: seconds(Math.min(tookMs, 1)),
    exitcode: "0",
    errormsg: "",
  };
}

/** @returns undefined when it took longer */
async function withinLimit<T>(
  context: ProgramContext,
  limitMs: number | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  if (limitMs === undefined) return work(context.signal);
  const over = new AbortController();
  const done = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  const late = context.lab.sleep(limitMs, AbortSignal.any([context.signal, done.signal])).then(() => over.abort());
  late.catch(() => undefined);
  try {
    return await work(signal);
  } catch (error) {
    if (over.signal.aborted && !context.signal.aborted) return undefined;
    throw error;
  } finally {
    done.abort();
  }
}
