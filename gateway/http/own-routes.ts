/**
 * What the gateway itself answers beside pages and sockets: files of nodes, and recordings.
 *
 * `classroom/rules.ts` has a rule for each of these; a test enumerates them.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { EventSubject } from "../../classroom/permit.ts";
import type { Person } from "../../classroom/person.ts";
import { FILE_BYTES_MAX, type Refusal } from "../protocol.ts";
import { Refused } from "../refused.ts";
import type { Permit } from "../sockets/connection.ts";
import { say } from "../words.ts";
import { answerJson } from "./plain-answers.ts";

/** Method and path. A segment `:id` stands for any. */
export const ownRoutes = [
  "GET /gateway/files",
  "GET /gateway/file",
  "PUT /gateway/file",
  "GET /gateway/recordings",
  "GET /gateway/recordings/:id",
  "GET /gateway/recordings/:id/cast",
  "DELETE /gateway/recordings/:id",
] as const;

export type OwnRoute = (typeof ownRoutes)[number];

export interface OwnRequest {
  request: IncomingMessage;
  url: URL;
  /** By name, of the path's `:` segments. */
  parts: Record<string, string>;
  person: Person;
  /** Ask `may()`. @throws Refused */
  allow(subject: EventSubject): Promise<void>;
}

export type OwnHandlers = Record<OwnRoute, (asked: OwnRequest, response: ServerResponse) => Promise<void>>;

const statuses: Record<Refusal["code"], number> = {
  malformed: 400,
  "not-allowed": 403,
  "not-found": 404,
  limit: 429,
  unavailable: 503,
  outdated: 409,
  failed: 500,
};

export function isOwnPath(request: IncomingMessage): boolean {
  return request.url?.startsWith("/gateway/") ?? false;
}

/** Answer one request: host name, and origin where it changes something, have been checked. Never fails. */
export async function answerOwn(
  options: {
    identify(request: IncomingMessage): Promise<Person | undefined>;
    permit: Permit;
    handlers: OwnHandlers;
    onBug(route: string, cause: unknown): void;
  },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let route: OwnRoute | undefined;
  try {
    const url = new URL(request.url ?? "/", "http://gateway");
    const found = match(request.method ?? "GET", url.pathname);
    if (!found) throw new Refused("not-found", { id: "no-such-address" });
    route = found.route;
    // A link on another site must not make a browser log in to a node.
    const site = request.headers["sec-fetch-site"];
    if (site !== undefined && site !== "same-origin" && site !== "none") {
      throw new Refused("not-allowed", { id: "origin-refused", values: { origin: String(site).slice(0, 20) } });
    }
    const person = await options.identify(request);
    if (!person) throw new Refused("not-allowed", { id: "not-signed-in" });
    const allow = async (subject: EventSubject) => {
      if (await options.permit(person, found.route, subject)) return;
      throw new Refused("not-allowed", { id: "not-allowed" });
    };
    await options.handlers[found.route]({ request, url, parts: found.parts, person, allow }, response);
  } catch (cause) {
    answerRefusal(request, response, cause, (bug) => options.onBug(route ?? "request", bug));
  }
}

function answerRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  cause: unknown,
  onBug: (cause: unknown) => void,
): void {
  const known = cause instanceof Refused;
  if (!known) onBug(cause);
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const refusal: Refusal = known
    ? cause.refusal
    : { code: "failed", message: { id: "failed", values: { detail: "the log says more" } }, retry: false };
  // A browser that is still sending reads the refusal only after the end of its body.
  if (Number(request.headers["content-length"] ?? Number.NaN) <= FILE_BYTES_MAX) request.resume();
  else if (!request.complete) response.setHeader("connection", "close");
  answerJson(response, statuses[refusal.code], { refusal, sentence: say(refusal.message) });
}

function match(method: string, path: string): { route: OwnRoute; parts: Record<string, string> } | undefined {
  const segments = path.split("/");
  for (const route of ownRoutes) {
    const [wanted, pattern = ""] = route.split(" ");
    const names = pattern.split("/");
    if (wanted !== method || names.length !== segments.length) continue;
    const parts: Record<string, string> = {};
    const fits = names.every((name, at) => {
      if (!name.startsWith(":")) return name === segments[at];
      parts[name.slice(1)] = segments[at] ?? "";
      return /^[A-Za-z0-9_-]{1,64}$/.test(segments[at] ?? "");
    });
    if (fits) return { route, parts };
  }
  return undefined;
}
