/** curl to the API of this node and of others, within the simulated network. @source curl(1), its texts of version 7.88 */
import type { IncomingMessage } from "node:http";
import { type ApiAnswer, bodyText } from "../../api/answer.ts";
import { answerRequest } from "../../api/pipeline.ts";
import { parseRequest } from "../../api/request.ts";
import { addressOfName } from "../../cluster/host-network/node-address.ts";
import { reachApi } from "../../cluster/join/reach.ts";
import { wallNowMs } from "../../cluster/wall-clock.ts";
import type { ProgramContext } from "../../shell/process.ts";

interface Wanted {
  url: string;
  method?: string;
  headers: string[];
  data: string[];
  /** Options without a value, by their long names. */
  flags: Set<string>;
  output?: string;
  writeOut?: string;
  /** Milliseconds for everything, and for the connection alone. */
  limitMs?: number;
  connectMs?: number;
  caFile?: string;
}

const SHORT: Record<string, string> = {
  b: "cookie",
  d: "data",
  f: "fail",
  G: "get",
  H: "header",
  i: "include",
  I: "head",
  k: "insecure",
  L: "location",
  m: "max-time",
  o: "output",
  s: "silent",
  S: "show-error",
  u: "user",
  v: "verbose",
  w: "write-out",
  X: "request",
};
const FLAGS = new Set("fail get head include insecure location show-error silent verbose".split(" "));
const WITH_VALUE = new Set(
  "cacert connect-timeout cookie data data-raw data-urlencode header max-time output request user write-out".split(" "),
);

export async function curl(context: ProgramContext): Promise<number> {
  const wanted = parse(context.argv.slice(1));
  if (typeof wanted === "string") {
    await context.stderr.write(`curl: ${wanted}\ncurl: try 'curl --help' or 'curl --manual' for more information\n`);
    return 2;
  }
  const fail = async (code: number, text: string) => {
    const quiet = wanted.flags.has("silent") && !wanted.flags.has("show-error");
    if (!quiet) await context.stderr.write(`curl: (${code}) ${text}\n`);
    return code;
  };
  const url = URL.parse(wanted.url.includes("://") ? wanted.url : `http://${wanted.url}`);
  if (!url) return fail(3, "URL using bad/illegal format or missing URL");
  const { hostname: host } = url;
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const { lab, node, signal } = context;
  const address = host === "localhost" ? "127.0.0.1" : lab.read((state) => addressOfName(state, node, host));
  if (address === undefined) return fail(6, `Could not resolve host: ${host}`);
  const reach = lab.read((state) => reachApi(state, node, address));
  const open = reach.state === "open" && port === 8006;
  if (!open) {
    const { reason, afterMs } = reach.state === "closed" ? reach : { reason: "Connection refused", afterMs: 1 };
    const patienceMs = Math.min(wanted.limitMs ?? Infinity, wanted.connectMs ?? Infinity);
    if (patienceMs < afterMs) {
      await lab.sleep(patienceMs, signal);
      if (patienceMs === wanted.limitMs) return fail(28, `Connection timed out after ${patienceMs} milliseconds`);
      return fail(28, `Failed to connect to ${host} port ${port} after ${patienceMs} ms: Timeout was reached`);
    }
    await lab.sleep(afterMs, signal);
    return fail(
      reason === "Connection timed out" ? 28 : 7,
      `Failed to connect to ${host} port ${port} after ${Math.round(afterMs)} ms: Couldn't connect to server`,
    );
  }
  if (url.protocol !== "https:") return fail(52, "Empty reply from server");
  if (wanted.caFile !== undefined && !(await readText(context, wanted.caFile))?.includes("BEGIN CERTIFICATE")) {
    return fail(77, `error setting certificate file: ${wanted.caFile}`);
  }
  if (!wanted.flags.has("insecure") && !(await isTrusted(context, reach.node, wanted.caFile))) {
    return fail(
      60,
      "SSL certificate problem: unable to get local issuer certificate\nMore details here: https://curl.se/docs/sslcerts.html\n\ncurl failed to verify the legitimacy of the server and therefore could not\nestablish a secure connection to it. To learn more about this situation and\nhow to fix it, please visit the web page mentioned above.",
    );
  }
  const answer = await withinLimit(context, wanted.limitMs, (until) =>
    ask({ lab, signal: until }, reach.node, wanted, url),
  );
  if (!answer) return fail(28, `Operation timed out after ${wanted.limitMs} milliseconds with 0 bytes received`);
  const body = bodyText(answer, Math.random);
  const head = wanted.flags.has("include") || wanted.flags.has("head") ? headOf(answer, body, lab.read(wallNowMs)) : "";
  const failed = wanted.flags.has("fail") && answer.status >= 400;
  const text = head + (wanted.flags.has("head") || failed ? "" : body);
  if (wanted.output === undefined) await context.stdout.write(text);
  else if (wanted.output !== "/dev/null") {
    const path = wanted.output.startsWith("/") ? wanted.output : `${context.cwd}/${wanted.output}`;
    await context.files.writeFile(path, new TextEncoder().encode(text));
  }
  if (wanted.writeOut !== undefined) {
    const told = wanted.writeOut.replaceAll("%{http_code}", String(answer.status)).replaceAll("\\n", "\n");
    await context.stdout.write(told);
  }
  return failed ? fail(22, `The requested URL returned error: ${answer.status}`) : 0;
}

async function ask(
  { lab, signal }: Pick<ProgramContext, "lab" | "signal">,
  node: string,
  wanted: Wanted,
  url: URL,
): Promise<ApiAnswer> {
  const headers: Record<string, string> = {};
  let form = wanted.data.join("&");
  if (form !== "") headers["content-type"] = "application/x-www-form-urlencoded";
  for (const line of wanted.headers) {
    const at = line.indexOf(":");
    if (at > 0) headers[line.slice(0, at).trim().toLowerCase()] = line.slice(at + 1).trim();
  }
  const method =
    wanted.method ?? (wanted.flags.has("head") ? "HEAD" : form !== "" && !wanted.flags.has("get") ? "POST" : "GET");
  let path = url.pathname + url.search;
  if (wanted.flags.has("get") && form !== "") {
    path += `${url.search === "" ? "?" : "&"}${form}`;
    form = "";
  }
  const parsed = parseRequest({ method, url: path, headers } as unknown as IncomingMessage, form);
  if (parsed.kind === "other") return parsed.answer;
  return answerRequest({ lab, node, signal }, parsed.request);
}

function headOf(answer: ApiAnswer, body: string, wallMs: number): string {
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

/** The node's certificate is of the authority in the file, which every node of its cluster has in /etc/pve. */
async function isTrusted(context: ProgramContext, node: string, caFile: string | undefined): Promise<boolean> {
  if (caFile === undefined) return false;
  const authority = context.lab.read((state) => state.pki.nodes[node]?.caPem.trim());
  return authority !== undefined && authority !== "" && (await readText(context, caFile))?.includes(authority) === true;
}

async function readText(context: ProgramContext, path: string): Promise<string | undefined> {
  const bytes = await context.files
    .readFile(path.startsWith("/") ? path : `${context.cwd}/${path}`)
    .catch(() => undefined);
  return bytes && new TextDecoder().decode(bytes);
}

/** @returns what is wrong as text */
function parse(args: string[]): Wanted | string {
  const wanted: Wanted = { url: "", headers: [], data: [], flags: new Set() };
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (!arg.startsWith("-") || arg === "-") {
      wanted.url = arg;
      continue;
    }
    const isLong = arg.startsWith("--");
    let rest = isLong ? "" : arg.slice(1);
    do {
      const name = isLong ? arg.slice(2) : SHORT[rest[0]!];
      rest = rest.slice(1);
      if (name !== undefined && FLAGS.has(name)) {
        wanted.flags.add(name);
        continue;
      }
      if (name === undefined || !WITH_VALUE.has(name)) return `option ${arg}: is unknown`;
      const value = rest || args[++at];
      rest = "";
      const wrong = value === undefined ? "requires parameter" : take(wanted, name, value);
      if (wrong !== undefined) return `option ${arg}: ${wrong}`;
    } while (rest !== "");
  }
  return wanted.url === "" ? "no URL specified!" : wanted;
}

/** @returns what is wrong with the value */
function take(wanted: Wanted, name: string, value: string): string | undefined {
  if (name === "request") wanted.method = value.toUpperCase();
  else if (name === "header") wanted.headers.push(value);
  else if (name === "data" || name === "data-raw") wanted.data.push(value);
  else if (name === "cookie") wanted.headers.push(`Cookie: ${value}`);
  else if (name === "output") wanted.output = value;
  else if (name === "write-out") wanted.writeOut = value;
  else if (name === "cacert") wanted.caFile = value;
  else if (name === "max-time" || name === "connect-timeout") {
    if (!/^\d+(\.\d+)?$/.test(value)) return "expected a proper numerical parameter";
    wanted[name === "max-time" ? "limitMs" : "connectMs"] = Math.round(Number(value) * 1_000);
  } else if (name === "data-urlencode") {
    const [key, ...rest] = value.split("=");
    wanted.data.push(`${key}=${encodeURIComponent(rest.join("="))}`);
  }
}
