/** curl's command line. @source curl(1) and tool_getparam.c of 7.88 */

export interface CurlRequest {
  urls: string[];
  method: string | undefined;
  headers: string[];
  /** Pieces of the body in their order; those with a file are read when the request is made. */
  data: DataPiece[];
  /** `--json`. */
  json: boolean;
  forms: string[];
  /** `-T`. */
  upload: string | undefined;
  /** Options without a value, by their long names. */
  flags: Set<string>;
  /** `-o` for each address in turn; `-O` is undefined with the flag set. */
  outputs: string[];
  writeOut: string | undefined;
  user: string | undefined;
  agent: string;
  referer: string | undefined;
  cookies: string[];
  cookieJar: string | undefined;
  resolve: string[];
  limitMs: number | undefined;
  connectMs: number | undefined;
  caFile: string | undefined;
}

export type DataPiece =
  | { kind: "text"; text: string }
  /** `ascii` loses line ends, `binary` keeps everything. */
  | { kind: "file"; file: string; as: "ascii" | "binary" | "urlencode"; name: string };

const SHORT: Record<string, string> = {
  "4": "ipv4",
  "6": "ipv6",
  A: "user-agent",
  b: "cookie",
  c: "cookie-jar",
  d: "data",
  e: "referer",
  f: "fail",
  F: "form",
  G: "get",
  h: "help",
  H: "header",
  i: "include",
  I: "head",
  k: "insecure",
  L: "location",
  m: "max-time",
  N: "no-buffer",
  o: "output",
  O: "remote-name",
  s: "silent",
  S: "show-error",
  T: "upload-file",
  u: "user",
  v: "verbose",
  V: "version",
  w: "write-out",
  x: "proxy",
  X: "request",
  "#": "progress-bar",
};
const FLAGS = new Set(
  "compressed fail fail-with-body fail-early get globoff head http1.1 include insecure ipv4 ipv6 location no-buffer no-progress-meter no-keepalive progress-bar remote-name show-error silent tcp-nodelay tlsv1.2 tlsv1.3 verbose version help basic path-as-is".split(
    " ",
  ),
);
const WITH_VALUE = new Set(
  "cacert connect-timeout cookie cookie-jar data data-ascii data-binary data-raw data-urlencode form form-string header json max-time noproxy output referer request resolve retry retry-delay upload-file url user user-agent write-out".split(
    " ",
  ),
);
/** Known, and without a meaning that a lab could show. */
const NOT_MODELLED = new Set(
  "aws-sigv4 bearer capath cert ciphers config connect-to create-dirs data-unix-socket digest dns-servers doh-url dump-header etag-compare etag-save form-escape ftp-port http2 http3 interface key limit-rate max-filesize max-redirs negotiate netrc ntlm oauth2-bearer parallel pinnedpubkey proxy proxy-user range remote-header-name remote-time socks5 speed-limit stderr time-cond trace trace-ascii unix-socket url-query".split(
    " ",
  ),
);

export class CurlUsage extends Error {
  override name = "CurlUsage";
  readonly status: number;
  constructor(message: string, status = 2) {
    super(message);
    this.status = status;
  }
}

/** @throws CurlUsage with what is printed behind `curl: ` */
export function parseCurl(args: readonly string[]): CurlRequest {
  const wanted: CurlRequest = {
    urls: [],
    method: undefined,
    headers: [],
    data: [],
    json: false,
    forms: [],
    upload: undefined,
    flags: new Set(),
    outputs: [],
    writeOut: undefined,
    user: undefined,
    agent: "curl/7.88.1",
    referer: undefined,
    cookies: [],
    cookieJar: undefined,
    resolve: [],
    limitMs: undefined,
    connectMs: undefined,
    caFile: undefined,
  };
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (!arg.startsWith("-") || arg === "-") {
      wanted.urls.push(arg);
      continue;
    }
    const isLong = arg.startsWith("--");
    let rest = isLong ? "" : arg.slice(1);
    do {
      const name = isLong ? longName(arg) : SHORT[rest[0]!];
      rest = rest.slice(1);
      if (name === undefined) throw new CurlUsage(`option ${arg}: is unknown`);
      if (NOT_MODELLED.has(name)) throw new CurlUsage(`option ${arg}: is not modelled in this simulated node`);
      if (FLAGS.has(name)) {
        wanted.flags.add(name);
        continue;
      }
      const value = rest || args[++at];
      rest = "";
      if (value === undefined) throw new CurlUsage(`option ${arg}: requires parameter`);
      take(wanted, arg, name, value);
    } while (rest !== "");
  }
  return wanted;
}

/** Long names may be shortened while one alone begins so; `--no-` puts a flag off. */
function longName(arg: string): string | undefined {
  const name = arg.slice(2);
  const all = [...FLAGS, ...WITH_VALUE, ...NOT_MODELLED];
  if (all.includes(name)) return name;
  const found = all.filter((one) => one.startsWith(name));
  if (found.length > 1) throw new CurlUsage(`option ${arg}: is ambiguous`);
  return found[0];
}

function take(wanted: CurlRequest, arg: string, name: string, value: string): void {
  switch (name) {
    case "request":
      wanted.method = value;
      return;
    case "header":
      wanted.headers.push(value);
      return;
    case "data":
    case "data-ascii":
    case "data-binary":
      wanted.data.push(
        value.startsWith("@")
          ? { kind: "file", file: value.slice(1), as: name === "data-binary" ? "binary" : "ascii", name: "" }
          : { kind: "text", text: value },
      );
      return;
    case "data-raw":
      wanted.data.push({ kind: "text", text: value });
      return;
    case "json":
      wanted.json = true;
      wanted.data.push(
        value.startsWith("@")
          ? { kind: "file", file: value.slice(1), as: "binary", name: "" }
          : { kind: "text", text: value },
      );
      return;
    case "data-urlencode":
      wanted.data.push(urlEncoded(value));
      return;
    case "form":
    case "form-string":
      if (!value.includes("=")) throw new CurlUsage(`option ${arg}: is badly used here`);
      wanted.forms.push(name === "form-string" ? value.replace("=", "=\0") : value);
      return;
    case "upload-file":
      wanted.upload = value;
      return;
    case "cookie":
      wanted.cookies.push(value);
      return;
    case "cookie-jar":
      wanted.cookieJar = value;
      return;
    case "output":
      wanted.outputs.push(value);
      return;
    case "write-out":
      wanted.writeOut = value;
      return;
    case "user":
      wanted.user = value;
      return;
    case "user-agent":
      wanted.agent = value;
      return;
    case "referer":
      wanted.referer = value;
      return;
    case "resolve":
      if (!/^[+-]?[^:]+:\d+(?::[^:]+)?$/.test(value))
        throw new CurlUsage(`Couldn't parse CURLOPT_RESOLVE entry '${value}'`, 49);
      wanted.resolve.push(value);
      return;
    case "cacert":
      wanted.caFile = value;
      return;
    case "url":
      wanted.urls.push(value);
      return;
    case "max-time":
    case "connect-timeout":
      if (!/^\d+(\.\d+)?$/.test(value)) throw new CurlUsage(`option ${arg}: expected a proper numerical parameter`);
      wanted[name === "max-time" ? "limitMs" : "connectMs"] = Math.round(Number(value) * 1_000);
      return;
  }
}

/** `content`, `=content`, `name=content`, `@file`, `name@file`. */
function urlEncoded(value: string): DataPiece {
  const cut = /[=@]/.exec(value);
  if (!cut) return { kind: "text", text: percentCoded(value) };
  const name = value.slice(0, cut.index);
  const rest = value.slice(cut.index + 1);
  if (cut[0] === "@") return { kind: "file", file: rest, as: "urlencode", name };
  return { kind: "text", text: `${name === "" ? "" : `${name}=`}${percentCoded(rest)}` };
}

/** As curl 7.88 does for forms: a blank is a plus sign. */
export function percentCoded(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}
