/** A request as endpoints see it: method, path under `/api2/FORMAT`, parameters, and what was sent to prove who asks. */
import type { IncomingMessage } from "node:http";

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
  /** What follows `PVEAPIToken=` or `PVEAPIToken ` in the Authorization header. */
  apiToken?: string;
}

/** pveproxy takes 512 KiB at most for a plain request. */
export const BODY_BYTES_MAX = 512 * 1024;

export type ParsedRequest = { kind: "api"; request: ApiRequest } | { kind: "other"; status: number; reason: string };

/** Read the head and the form of a request. @param body the form's bytes as text */
export function parseRequest(incoming: IncomingMessage, body: string): ParsedRequest {
  // An absolute or broken target is nothing that this door serves.
  const url = URL.parse(`https://node${incoming.url ?? ""}`);
  if (!incoming.url?.startsWith("/") || !url) return { kind: "other", status: 400, reason: "bad request" };
  const match = /^\/api2\/(json|extjs|html|text|png)(\/.*)?$/.exec(url.pathname);
  if (!match)
    return { kind: "other", status: 501, reason: `Method '${incoming.method} ${url.pathname}' not implemented` };
  if (match[1] !== "json" && match[1] !== "extjs")
    return { kind: "other", status: 501, reason: `format '${match[1]}' is not modelled in this simulated node` };
  const method = incoming.method === "HEAD" ? "GET" : incoming.method;
  if (method !== "GET" && method !== "POST" && method !== "PUT" && method !== "DELETE") {
    return { kind: "other", status: 501, reason: `Method '${incoming.method} ${match[2] ?? "/"}' not implemented` };
  }
  const params: Record<string, string> = {};
  for (const [name, value] of url.searchParams) params[name] = value;
  const form = parseForm(incoming.headers["content-type"] ?? "", body);
  if (!form) return { kind: "other", status: 400, reason: "bad request" };
  Object.assign(params, form);
  const ticket = cookie(incoming.headers.cookie ?? "", "PVEAuthCookie");
  const token = /^PVEAPIToken[= ](.*)$/.exec(incoming.headers.authorization ?? "")?.[1];
  const csrf = incoming.headers.csrfpreventiontoken;
  return {
    kind: "api",
    request: {
      method,
      ...(match[1] === "extjs" && { format: match[1] }),
      path: decodePath((match[2] ?? "").replace(/\/+$/, "") || "/"),
      params,
      ...(ticket !== undefined && { cookieTicket: ticket }),
      ...(token !== undefined && { apiToken: token }),
      ...(typeof csrf === "string" && { csrfToken: csrf }),
    },
  };
}

function parseForm(type: string, body: string): Record<string, string> | undefined {
  if (body === "") return {};
  if (type.startsWith("application/json")) {
    try {
      const value: unknown = JSON.parse(body);
      if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
      return Object.fromEntries(
        Object.entries(value).map(([name, inner]) => [
          name,
          typeof inner === "boolean" ? (inner ? "1" : "0") : String(inner),
        ]),
      );
    } catch {
      return undefined;
    }
  }
  return Object.fromEntries(new URLSearchParams(body));
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
