/**
 * `wget`: from a node's API, and from whatever listens on another port (`nc -l`), into files. @source wget 1.21.3, its texts
 * beside a server with the API's answers (recordings/shell/wget.txt)
 */
import { isIP } from "node:net";
import { bodyText } from "../../api/answer.ts";
import { wallNowMs } from "../../cluster/wall-clock.ts";
import { FileError } from "../../shell/node-files.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { zoneOfProgram } from "../../shell/process-zone.ts";
import { connectTo, type OpenReach, reachTcp } from "../../shell/tcp-sockets.ts";
import { formatTime } from "../../shell/time-text.ts";
import { type Arguments, pathIn, readArguments, reasonOf, UsageError } from "../coreutils/arguments.ts";
import { collect } from "../coreutils/streams.ts";
import { ask, certificateOf, headOf } from "../curl/curl.ts";
import type { Outgoing } from "../curl/curl-body.ts";
import { dottedProgress, rateText, sizeText } from "./wget-progress.ts";

/** What a file of a node may hold, bytes. */
const BODY_MAX = 8 << 20;
/** wget waits one second longer before each try, up to this. */
const WAIT_MS_MAX = 10_000;
const TRIES = 20;

/** A transfer that came to nothing. @source wget(1), EXIT STATUS */
class Failed extends Error {
  readonly status: number;
  constructor(status: number) {
    super();
    this.status = status;
  }
}

/** Worth another try. */
class Again extends Failed {}

interface Answer {
  status: number;
  reason: string;
  /** Lines of the head behind the status line. */
  headers: string[];
  body: Uint8Array;
}

class Retrieval {
  readonly ctx: ProgramContext;
  readonly flags: ReadonlyMap<string, string>;
  readonly headers: readonly string[];
  constructor(ctx: ProgramContext, flags: ReadonlyMap<string, string>, headers: readonly string[]) {
    this.ctx = ctx;
    this.flags = flags;
    this.headers = headers;
  }

  get #quiet(): boolean {
    return this.flags.has("q");
  }

  /** What only the full report has. */
  async tell(text: string): Promise<void> {
    if (!this.#quiet && !this.flags.has("nv")) await this.ctx.stderr.write(text);
  }

  /** What `-nv` tells, too. */
  async warn(text: string): Promise<void> {
    if (!this.#quiet) await this.ctx.stderr.write(text);
  }

  now(): string {
    const { ctx } = this;
    return formatTime(
      "%Y-%m-%d %H:%M:%S",
      ctx.lab.read((lab) => wallNowMs(lab, ctx.node)),
      zoneOfProgram(ctx),
    );
  }

  /** @returns the exit status */
  async run(text: string): Promise<number> {
    const url = URL.parse(/^[a-z]+:\/\//i.test(text) ? text : `http://${text}`);
    if (!url || !/^https?:$/.test(url.protocol)) {
      await this.warn(
        `${text}: ${url ? `${url.protocol.slice(0, -1)} is not modelled in this simulated node` : "Invalid host name"}.\n`,
      );
      return 1;
    }
    const tries = Number(this.flags.get("t") ?? TRIES) || Number.POSITIVE_INFINITY;
    if (this.flags.has("spider")) await this.tell("Spider mode enabled. Check if remote file exists.\n");
    for (let attempt = 1; ; attempt++) {
      await this.tell(`--${this.now()}--  ${attempt > 1 ? `(try:${String(attempt).padStart(2)})  ` : ""}${url.href}\n`);
      try {
        return await this.#once(url);
      } catch (error) {
        if (!(error instanceof Failed)) throw error;
        if (!(error instanceof Again)) return error.status;
        await this.tell(attempt < tries ? "Retrying.\n\n" : "Giving up.\n\n");
        if (attempt >= tries) return error.status;
        await this.ctx.lab.sleep(Math.min(attempt * 1_000, WAIT_MS_MAX), this.ctx.signal);
      }
    }
  }

  async #once(url: URL): Promise<number> {
    const { ctx, flags } = this;
    const began = ctx.lab.read((lab) => lab.nowMs);
    const answer = await this.#answer(url);
    const { status, reason } = answer;
    if (flags.has("S")) {
      const lines = [`HTTP/1.1 ${status} ${reason}`, ...answer.headers].map((line) => `  ${line}\n`);
      await this.warn(`${flags.has("nv") ? "" : "\n"}${lines.join("")}`);
    } else await this.tell(`${status} ${reason}\n`);
    if (status === 401) {
      await this.tell("\n");
      await this.warn("Username/Password Authentication Failed.\n");
      return 6;
    }
    if (status >= 400) {
      if (flags.has("spider")) {
        await this.warn("Remote file does not exist -- broken link!!!\n\n");
        return 8;
      }
      if (flags.has("nv")) await this.warn(`${url.href}:\n`);
      await this.warn(`${this.now()} ERROR ${status}: ${reason}.\n`);
      await this.tell("\n");
      return 8;
    }
    const size = answer.body.length;
    const type = /^content-type:\s*([^;\s]+)/i.exec(
      answer.headers.find((line) => /^content-type:/i.test(line)) ?? "",
    )?.[1];
    const known = answer.headers.some((line) => /^content-length:/i.test(line));
    const length = known ? `${size}${size >= 1_024 ? ` (${sizeText(size)})` : ""}` : "unspecified";
    await this.tell(`Length: ${length}${type ? ` [${type}]` : ""}\n`);
    if (flags.has("spider")) {
      await this.tell("Remote file exists.\n\n");
      return 0;
    }
    const name = await this.#save(url, answer.body);
    const tookMs = Math.max(1, ctx.lab.read((lab) => lab.nowMs) - began);
    const of = known ? `${size}/${size}` : String(size);
    if (flags.has("nv")) {
      await this.warn(`${this.now()} URL:${url.href} [${of}] -> "${name}" [1]\n`);
      return 0;
    }
    const done = name === "-" ? "written to stdout" : `‘${name}’ saved`;
    await this.tell(`${dottedProgress(size, tookMs)}\n${this.now()} (${rateText(size, tookMs)}) - ${done} [${of}]\n\n`);
    return 0;
  }

  /** Connect and ask. @throws Failed */
  async #answer(url: URL): Promise<Answer> {
    const { ctx, flags } = this;
    const secure = url.protocol === "https:";
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const port = Number(url.port || (secure ? 443 : 80));
    const authority = secure && flags.has("ca") ? await this.#authority(flags.get("ca")!) : undefined;
    const reach = reachTcp(ctx.lab, ctx.node, host, port);
    if (!isIP(host)) await this.tell(`Resolving ${host} (${host})... `);
    if (reach.state === "unknown-host") {
      await this.tell("failed: Name or service not known.\n");
      await this.warn(`wget: unable to resolve host address ‘${host}’\n`);
      throw new Failed(4);
    }
    const { address } = reach;
    if (!isIP(host)) await this.tell(`${address}\n`);
    await this.tell(`Connecting to ${isIP(host) ? `${host}:${port}` : `${host} (${host})|${address}|:${port}`}... `);
    if (reach.state === "closed") {
      const patienceMs = flags.has("T") ? Number(flags.get("T")) * 1_000 : Number.POSITIVE_INFINITY;
      await ctx.lab.sleep(Math.min(reach.afterMs, patienceMs || Number.POSITIVE_INFINITY), ctx.signal);
      const late = patienceMs < reach.afterMs;
      await this.warn(`failed: ${late ? "Connection timed out" : reach.reason}.\n`);
      throw late || reach.reason === "Connection timed out" ? new Again(4) : new Failed(4);
    }
    await this.tell("connected.\n");
    if (secure && port !== 8006) {
      // Whoever listens there speaks no TLS.
      await this.warn("GnuTLS: An unexpected TLS packet was received.\nUnable to establish SSL connection.\n");
      throw new Failed(4);
    }
    if (secure) await this.#prove(reach.node, host, authority);
    await this.tell("HTTP request sent, awaiting response... ");
    const outgoing = this.#outgoing(url);
    if (secure) {
      const answer = await ask(ctx, ctx.signal, reach.node, outgoing, address);
      const body = bodyText(answer, Math.random);
      const head = headOf(
        answer,
        body,
        ctx.lab.read((lab) => wallNowMs(lab, ctx.node)),
      );
      const headers = head.trimEnd().split("\r\n").slice(1);
      return {
        status: answer.status,
        reason: answer.reason,
        headers,
        body: Buffer.from(flags.has("spider") ? "" : body),
      };
    }
    return this.#plain(outgoing, reach, port);
  }

  /** Over a connection to whatever listens there. @throws Failed */
  async #plain(outgoing: Outgoing, reach: OpenReach, port: number): Promise<Answer> {
    const { ctx } = this;
    const connection = connectTo(ctx.lab, ctx.node, reach, port);
    const chunks: Uint8Array[] = [];
    let size = 0;
    try {
      const lines = outgoing.headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
      const request = `${outgoing.method} ${outgoing.target} HTTP/1.1\r\n${lines}\r\n${outgoing.body ?? ""}`;
      await connection.write(Buffer.from(request), ctx.signal);
      for (let bytes = await connection.read(ctx.signal); bytes; bytes = await connection.read(ctx.signal)) {
        size += bytes.length;
        if (size > BODY_MAX) {
          await this.warn(`more than ${BODY_MAX >> 20} MiB are not modelled in this simulated node\n`);
          throw new Failed(3);
        }
        ctx.hold(bytes.length);
        chunks.push(bytes);
      }
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
    } finally {
      connection.close();
    }
    const all = Buffer.concat(chunks);
    if (all.length === 0) {
      await this.tell("No data received.\n");
      throw new Again(4);
    }
    const end = /\r?\n\r?\n/.exec(all.subarray(0, 65_536).toString("latin1"));
    const first = /^HTTP\/\d\.\d (\d{3}) ?([^\r\n]*)/.exec(all.subarray(0, 1_024).toString("latin1"));
    if (!first || !end) return { status: 200, reason: "No headers, assuming HTTP/0.9", headers: [], body: all };
    const head = all.subarray(0, end.index).toString("latin1");
    return {
      status: Number(first[1]),
      reason: first[2]!,
      headers: head.split(/\r?\n/).slice(1),
      body: all.subarray(end.index + end[0].length),
    };
  }

  #outgoing(url: URL): Outgoing {
    const { flags } = this;
    const body = flags.get("post") ?? flags.get("body");
    const usual = flags.has("spider") ? "HEAD" : flags.has("post") ? "POST" : "GET";
    const headers: Outgoing["headers"] = [
      ["Host", url.host],
      ["User-Agent", flags.get("U") ?? "Wget/1.21.3"],
      ["Accept", "*/*"],
      ["Accept-Encoding", "identity"],
      ["Connection", "Keep-Alive"],
    ];
    if (body !== undefined) {
      headers.push(["Content-Type", "application/x-www-form-urlencoded"]);
      headers.push(["Content-Length", String(Buffer.byteLength(body))]);
    }
    for (const text of this.headers) {
      const [name = "", ...rest] = text.split(":");
      headers.push([name.trim(), rest.join(":").trim()]);
    }
    return { method: flags.get("method") ?? usual, target: url.pathname + url.search, headers, body };
  }

  async #authority(path: string): Promise<string | undefined> {
    const text = await this.ctx.files.readFile(pathIn(this.ctx, path)).then(
      (bytes) => Buffer.from(bytes).toString("utf8"),
      () => undefined,
    );
    await this.tell(text?.includes("BEGIN CERTIFICATE") ? `Loaded CA certificate '${path}'\n` : "");
    if (text === undefined) await this.warn(`ERROR: Failed to open cert ${path}: (-64).\n`);
    return text;
  }

  /** @throws Failed when the certificate is of nobody who is trusted, or of another host */
  async #prove(node: string, host: string, authority: string | undefined): Promise<void> {
    const served = this.ctx.lab.read((state) => state.pki.nodes[node]);
    const ca = served?.caPem.trim();
    const trusted = ca !== undefined && ca !== "" && authority?.includes(ca) === true;
    const lenient = this.flags.has("insecure");
    if (!trusted) {
      const word = lenient ? "WARNING" : "ERROR";
      await this.warn(
        `${word}: The certificate of ‘${host}’ is not trusted.\n${word}: The certificate of ‘${host}’ doesn't have a known issuer.\n`,
      );
      if (!lenient) throw new Failed(5);
    }
    const certificate = certificateOf(served?.certPem ?? "");
    const named = !certificate || (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host));
    if (named) return;
    await this.warn(`The certificate's owner does not match hostname ‘${host}’\n`);
    if (!lenient) throw new Failed(5);
  }

  /** @returns the name as it is told. @throws Failed */
  async #save(url: URL, body: Uint8Array): Promise<string> {
    const { ctx, flags } = this;
    const output = flags.get("O");
    if (output === "-") {
      await this.tell("Saving to: ‘STDOUT’\n");
      await ctx.stdout.write(body);
      await this.tell("\n");
      return "-";
    }
    const folder = flags.get("P");
    const last = decodeURIComponent(url.pathname.split("/").at(-1)! + url.search) || "index.html";
    let name = output ?? (folder === undefined ? last : `${folder}/${last}`);
    try {
      if (output === undefined) {
        if (folder !== undefined) await this.#folder(folder);
        const plain = name;
        const taken = (one: string) =>
          ctx.files.stat(pathIn(ctx, one)).then(
            () => true,
            () => false,
          );
        for (let number = 1; await taken(name); number++) name = `${plain}.${number}`;
      }
      await this.tell(`Saving to: ‘${name}’\n\n`);
      if (name !== "/dev/null") await ctx.files.writeFile(pathIn(ctx, name), body, { append: output !== undefined });
      return name;
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      await this.warn(`${name}: ${reasonOf(error)}\n`);
      throw new Failed(3);
    }
  }

  async #folder(path: string): Promise<void> {
    await this.ctx.files.mkdir(pathIn(this.ctx, path)).catch((error) => {
      if (!(error instanceof FileError) || error.code !== "EEXIST") throw error;
    });
  }
}

export const wget: Program = async (ctx) => {
  const headers: string[] = [];
  let args: Arguments;
  try {
    args = readArguments(withoutHeaders(ctx.argv, headers), "qvSO:P:t:T:U:n:", {
      "ca-certificate=": "ca",
      "no-check-certificate": "insecure",
      "post-data=": "post",
      "post-file=": "post-file",
      "body-data=": "body",
      "method=": "method",
      "output-document=": "O",
      "directory-prefix=": "P",
      "tries=": "t",
      "timeout=": "T",
      "user-agent=": "U",
      "server-response": "S",
      "no-verbose": "nv",
      "no-proxy": "no-proxy",
      "show-progress": "progress",
      quiet: "q",
      spider: "spider",
      verbose: "v",
      version: "version",
    });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const option = /'(.*)'$/.exec(error.message)?.[1] ?? "";
    const known = OTHER_OPTIONS.has(option.replace(/^--/, "").replace(/=.*/, ""));
    const shown = option.startsWith("-") ? option : `-${option}`;
    await ctx.stderr.write(
      known ? `wget: ${shown} is not modelled in this simulated node\n` : `wget: ${error.message}\n${USAGE}`,
    );
    return 2;
  }
  const flags = new Map(args.flags);
  // `-nv` is one option of two letters.
  if (flags.get("n") === "v") flags.set("nv", "");
  else if (flags.has("n")) {
    await ctx.stderr.write(`wget: -n${flags.get("n")} is not modelled in this simulated node\n`);
    return 2;
  }
  if (flags.has("version")) {
    await ctx.stdout.write("GNU Wget 1.21.3 built on linux-gnu.\n");
    return 0;
  }
  if (args.operands.length === 0) {
    await ctx.stderr.write(`wget: missing URL\n${USAGE}`);
    return 1;
  }
  const file = flags.get("post-file");
  if (file !== undefined) {
    const bytes =
      file === "-" ? await collect(ctx, ctx.stdin) : await ctx.files.readFile(pathIn(ctx, file)).catch(() => undefined);
    if (bytes === undefined) {
      await ctx.stderr.write(`POST data file ‘${file}’ missing: No such file or directory\n`);
      return 3;
    }
    flags.set("post", Buffer.from(bytes).toString("utf8"));
  }
  const output = flags.get("O");
  if (output !== undefined && output !== "-" && output !== "/dev/null") {
    // It is there, and empty, before anything is asked for.
    try {
      await ctx.files.writeFile(pathIn(ctx, output), new Uint8Array(0));
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      await ctx.stderr.write(`${output}: ${reasonOf(error)}\n`);
      return 1;
    }
  }
  const retrieval = new Retrieval(ctx, flags, headers);
  let status = 0;
  for (const url of args.operands) {
    const one = await retrieval.run(url);
    // The lowest of several is the worst.
    if (one !== 0) status = status === 0 ? one : Math.min(status, one);
  }
  return status;
};

/** What the real one takes besides. */
const OTHER_OPTIONS = new Set(
  `a A b B c d D e E F h H i I j k K l L m N o p Q r R V w x X 4 6 append-output background base certificate
  ciphers continue content-disposition crl-file cut-dirs debug delete-after domains execute force-directories
  force-html ftp-user https-only http-password http-user ignore-length inet4-only inet6-only input-file keep-session-cookies
  level limit-rate load-cookies max-redirect mirror no-cache no-check-certificate no-clobber no-cookies no-directories
  no-dns-cache no-host-directories no-http-keep-alive no-parent output-file page-requisites password private-key progress
  quota random-wait read-timeout recursive referer reject accept restrict-file-names retry-connrefused save-cookies
  save-headers secure-protocol span-hosts start-pos timestamping user wait waitretry connect-timeout dns-timeout
  convert-links adjust-extension help`.split(/\s+/),
);

const USAGE = "Usage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n";

/** The command line without its `--header`s, which may be several. */
function withoutHeaders(argv: readonly string[], headers: string[]): string[] {
  const rest: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!;
    if (word === "--header") headers.push(argv[++at] ?? "");
    else if (word.startsWith("--header=")) headers.push(word.slice("--header=".length));
    else rest.push(word);
  }
  return rest;
}
