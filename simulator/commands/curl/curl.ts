/** curl to the API of this node and of others, within the simulated network. @source curl(1), its texts of version 7.88 */
import type { IncomingMessage } from "node:http";
import { type ApiAnswer, bodyText } from "../../api/answer.ts";
import { answerRequest } from "../../api/pipeline.ts";
import { parseRequest } from "../../api/request.ts";
import { addressOf, reachApi } from "../../cluster/join/reach.ts";
import { wallNowMs } from "../../cluster/wall-clock.ts";
import type { ProgramContext } from "../../shell/process.ts";

interface Wanted {
  url: string;
  method?: string;
  headers: string[];
  data: string[];
  flags: Set<string>;
  output?: string;
  writeOut?: string;
}

const LONG: Record<string, string> = {
  cookie: "b",
  data: "d",
  "data-raw": "d",
  "data-urlencode": "U",
  fail: "f",
  get: "G",
  head: "I",
  header: "H",
  include: "i",
  insecure: "k",
  output: "o",
  request: "X",
  "show-error": "S",
  silent: "s",
  "write-out": "w",
};
const WITH_VALUE = "bdUHoXw";

export async function curl(context: ProgramContext): Promise<number> {
  const wanted = parse(context.argv.slice(1));
  if (typeof wanted === "string") {
    await context.stderr.write(`curl: ${wanted}\ncurl: try 'curl --help' or 'curl --manual' for more information\n`);
    return 2;
  }
  const fail = async (code: number, text: string) => {
    const quiet = wanted.flags.has("s") && !wanted.flags.has("S");
    if (!quiet) await context.stderr.write(`curl: (${code}) ${text}\n`);
    return code;
  };
  const url = URL.parse(wanted.url.includes("://") ? wanted.url : `http://${wanted.url}`);
  if (!url) return fail(3, "URL using bad/illegal format or missing URL");
  const { hostname: host } = url;
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const { lab, node, signal } = context;
  const local = host === "localhost" || host === "127.0.0.1" || host === node;
  const address = local
    ? lab.read((state) => state.nodes[node]!.nics[0]?.address)
    : lab.read((state) => addressOf(state, node, host));
  if (address === undefined) return fail(6, `Could not resolve host: ${host}`);
  const reach = lab.read((state) => reachApi(state, node, address));
  const open = reach.state === "open" && port === 8006;
  if (!open) {
    const { reason, afterMs } = reach.state === "closed" ? reach : { reason: "Connection refused", afterMs: 1 };
    await lab.sleep(afterMs, signal);
    return fail(
      reason === "Connection timed out" ? 28 : 7,
      `Failed to connect to ${host} port ${port} after ${Math.round(afterMs)} ms: Couldn't connect to server`,
    );
  }
  if (url.protocol !== "https:") return fail(52, "Empty reply from server");
  if (!wanted.flags.has("k")) {
    return fail(
      60,
      "SSL certificate problem: unable to get local issuer certificate\nMore details here: https://curl.se/docs/sslcerts.html\n\ncurl failed to verify the legitimacy of the server and therefore could not\nestablish a secure connection to it. To learn more about this situation and\nhow to fix it, please visit the web page mentioned above.",
    );
  }
  const answer = await ask(context, reach.node, wanted, url);
  const body = bodyText(answer, Math.random);
  const head = wanted.flags.has("i") || wanted.flags.has("I") ? headOf(answer, body, lab.read(wallNowMs)) : "";
  const failed = wanted.flags.has("f") && answer.status >= 400;
  const text = head + (wanted.flags.has("I") || failed ? "" : body);
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

async function ask(context: ProgramContext, node: string, wanted: Wanted, url: URL): Promise<ApiAnswer> {
  const headers: Record<string, string> = {};
  let form = wanted.data.join("&");
  if (form !== "") headers["content-type"] = "application/x-www-form-urlencoded";
  for (const line of wanted.headers) {
    const at = line.indexOf(":");
    if (at > 0) headers[line.slice(0, at).trim().toLowerCase()] = line.slice(at + 1).trim();
  }
  const method =
    wanted.method ?? (wanted.flags.has("I") ? "HEAD" : form !== "" && !wanted.flags.has("G") ? "POST" : "GET");
  let path = url.pathname + url.search;
  if (wanted.flags.has("G") && form !== "") {
    path += `${url.search === "" ? "?" : "&"}${form}`;
    form = "";
  }
  const parsed = parseRequest({ method, url: path, headers } as unknown as IncomingMessage, form);
  if (parsed.kind === "other") return parsed.answer;
  return answerRequest({ lab: context.lab, node, signal: context.signal }, parsed.request);
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

/** @returns what is wrong as text */
function parse(args: string[]): Wanted | string {
  const wanted: Wanted = { url: "", headers: [], data: [], flags: new Set() };
  const take = (letter: string, value: string) => {
    if (letter === "X") wanted.method = value.toUpperCase();
    else if (letter === "H") wanted.headers.push(value);
    else if (letter === "d") wanted.data.push(value);
    else if (letter === "b") wanted.headers.push(`Cookie: ${value}`);
    else if (letter === "o") wanted.output = value;
    else if (letter === "w") wanted.writeOut = value;
    else if (letter === "U") {
      const [name, ...rest] = value.split("=");
      wanted.data.push(`${name}=${encodeURIComponent(rest.join("="))}`);
    }
  };
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (!arg.startsWith("-") || arg === "-") {
      wanted.url = arg;
      continue;
    }
    const letters = arg.startsWith("--") ? LONG[arg.slice(2)] : arg.slice(1);
    if (letters === undefined) return `option ${arg}: is unknown`;
    for (let index = 0; index < letters.length; index++) {
      const letter = letters[index]!;
      if (WITH_VALUE.includes(letter)) {
        const value = letters.slice(index + 1) || args[++at];
        if (value === undefined) return `option ${arg}: requires parameter`;
        take(letter, value);
        break;
      }
      if (!"fGIikSsLv".includes(letter)) return `option ${arg}: is unknown`;
      wanted.flags.add(letter);
    }
  }
  return wanted.url === "" ? "no URL specified!" : wanted;
}
