/** A request as endpoints see it: method, path under `/api2/FORMAT`, parameters, and what was sent to prove who asks. */
import type { IncomingMessage } from "node:http";
import { type ApiAnswer, bare, serverRefusal } from "./answer.ts";

export type Method = "GET" | "POST" | "PUT" | "DELETE";

export interface ApiRequest {
  method: Method;
  /** `extjs`: what the web interface speaks, status 200 and `success` beside the data; absent for `json`. */
  format?: "extjs";
  /** `/cluster/status`; without trailing slash. */
  path: string;
  /** Query and form together; the last of several wins. */
  params: Record<string, string>;
  cookieTicket?: string;
  csrfToken?: string;
  /** What the server says of its content, once who asks is proved. */
  refused?: ApiAnswer;
  /** What follows `PVEAPIToken=` or `PVEAPIToken ` in the Authorization header. */
  apiToken?: string;
}

/** pveproxy takes 512 KiB at most for a plain request. */
export const BODY_BYTES_MAX = 512 * 1024;

export type ParsedRequest = { kind: "api"; request: ApiRequest } | { kind: "other"; answer: ApiAnswer };

const METHODS: readonly string[] = ["GET", "POST", "PUT", "DELETE"] satisfies Method[];
const isMethod = (text: string): text is Method => METHODS.includes(text);
/** Formats that real nodes have beside those that this one has. */
const OTHER_FORMATS = ["html", "htmljs", "png", "spiceconfig", "text"];

/**
 * Read the head and the form of a request.
 *
 * @param body the form's bytes as text; undefined for one that is larger than a node takes
 * @source pve-http-server PVE/APIServer/AnyEvent.pm process_header, authenticate_and_handle_request, handle_request
 */
export function parseRequest(
  incoming: Pick<IncomingMessage, "url" | "method" | "headers">,
  body: string | undefined,
): ParsedRequest {
  const other = (answer: ApiAnswer): ParsedRequest => ({ kind: "other", answer });
  // An absolute or broken target is nothing that this door serves.
  const url = URL.parse(`https://node${incoming.url ?? ""}`);
  if (!incoming.url?.startsWith("/") || !url) return other(serverRefusal(400, "bad request"));
  const method = incoming.method ?? "";
  if (!isMethod(method)) return other(bare(501, `method '${method}' not available`));
  const coding = incoming.headers["transfer-encoding"];
  if (coding?.toLowerCase() === "chunked") {
    return other(serverRefusal(501, "chunked transfer encoding not supported"));
  }
  if (!url.pathname.startsWith("/api2")) return other(outsideOfApi(method, decodePath(url.pathname)));
  const [, format, rest] = /^\/api2\/+([a-z][a-z0-9]+)(\/.*)?$/.exec(url.pathname) ?? [];
  if (format === undefined) return other(serverRefusal(501, "no such uri"));
  if (OTHER_FORMATS.includes(format)) {
    return other(serverRefusal(501, `format '${format}' is not modelled in this simulated node`));
  }
  const path = decodePath((rest ?? "").replace(/\/+$/, "") || "/");
  const type = /^[^;]*/.exec(incoming.headers["content-type"] ?? "")![0].trim();
  const known = format === "json" || format === "extjs";
  const problem =
    contentProblem(method, type, body) ??
    (known ? undefined : serverRefusal(501, `no formatter for uri ${path}, ${format}`));
  const params: Record<string, string> = {};
  const form = problem ? {} : parseForm(type, body ?? "");
  if (form) Object.assign(params, form);
  Object.assign(params, decodeUrlencoded(url.search.slice(1)));
  // Against caches that know better.
  delete params._dc;
  const refused = problem ?? (form ? undefined : serverRefusal(500, MALFORMED));
  const authorization = incoming.headers.authorization ?? "";
  const ticket =
    cookie(incoming.headers.cookie ?? "", "PVEAuthCookie") ?? /^PVEAuthCookie[= ](.*)$/.exec(authorization)?.[1];
  const token = ticket === undefined ? /^PVEAPIToken[= ](.*)$/.exec(authorization)?.[1] : undefined;
  const csrf = incoming.headers.csrfpreventiontoken;
  return {
    kind: "api",
    request: {
      method,
      ...(format === "extjs" && { format }),
      path,
      params,
      ...(refused && { refused }),
      ...(ticket !== undefined && { cookieTicket: ticket }),
      ...(token !== undefined && { apiToken: token }),
      ...(typeof csrf === "string" && { csrfToken: csrf }),
    },
  };
}

/** The text depends on what is wrong and where (unverified). @source JSON::XS */
const MALFORMED =
  "malformed JSON string, neither tag, array, object, number, string or atom, at character offset 0 at /usr/share/perl5/PVE/APIServer/AnyEvent.pm line 927.\n";

function outsideOfApi(method: Method, path: string): ApiAnswer {
  return method === "GET" && path === "/"
    ? serverRefusal(501, "the web interface is not modelled in this simulated node")
    : serverRefusal(500, `no such file '${path}'\n`);
}

function contentProblem(method: Method, type: string, body: string | undefined): ApiAnswer | undefined {
  if (body === "") return undefined;
  if (method !== "PUT" && method !== "POST") return serverRefusal(501, `Unexpected content for method '${method}'`);
  if (body === undefined) return serverRefusal(501, "for data too large");
  if (!type || type === "application/x-www-form-urlencoded" || type === "application/json") return undefined;
  return serverRefusal(506, `upload 'Content-Type '${type}' not implemented`);
}

function parseForm(type: string, body: string): Record<string, string> | undefined {
  if (body === "") return {};
  if (type === "application/json") {
    try {
      const value: unknown = JSON.parse(body);
      if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
      return Object.fromEntries(
        Object.entries(value)
          // What is null is not there.
          .filter(([, inner]) => inner !== null)
          .map(([name, inner]) => [name, typeof inner === "boolean" ? (inner ? "1" : "0") : String(inner)]),
      );
    } catch {
      return undefined;
    }
  }
  return decodeUrlencoded(body);
}

/**
 * Pairs as pveproxy takes them apart: a `;` parts them as `&` does, and what follows a second bare `=` is lost, so that
 * `ipconfig0=ip=dhcp` has to be sent as `ipconfig0=ip%3Ddhcp`. A name without `=` has no value, and so is not there.
 *
 * @source pve-http-server 5.2.2 PVE/APIServer/AnyEvent.pm decode_urlencoded; sent to the real server
 */
function decodeUrlencoded(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const pair of text.split(/[&;]/)) {
    const [name = "", value] = pair.split("=");
    if (name !== "" && value !== undefined) found[decodePart(name)] = decodePart(value);
  }
  return found;
}

/** Escapes that are none stay as they stand; bytes that are no UTF-8 become the sign for that. */
function decodePart(text: string): string {
  const bytes = Buffer.from(text.replaceAll("+", " "), "utf8").toString("latin1");
  const plain = bytes.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(plain, "latin1").toString("utf8");
}

function cookie(header: string, name: string): string | undefined {
  for (const part of header.split(";")) {
    const [key, ...rest] = part.trim().split("=");
    if (key === name) return decode(rest.join("="));
  }
  return undefined;
}

function decodePath(path: string): string {
  return path.split("/").map(decode).join("/");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
