/** What an endpoint answers, and how pveproxy puts it on the wire. */
import type { ServerResponse } from "node:http";
import type { Refusal } from "../cluster/refusal.ts";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };

export interface ApiAnswer {
  status: number;
  /** The status line's text; a refusal's message stands here, too. */
  reason: string;
  /** The body; absent for answers without one (401, 595). */
  body?: { [key: string]: Json | undefined };
  /** A body that is no JSON: what the server itself says, before any formatter is asked. */
  text?: string;
}

/** A refusal on the way to an answer: thrown by endpoints and checks, caught by the door. */
export class ApiRefusal extends Error {
  override name = "ApiRefusal";
  readonly answer: ApiAnswer;
  constructor(answer: ApiAnswer) {
    super(`${answer.status} ${answer.reason}`);
    this.answer = answer;
  }
}

export function success(data: Json, beside: { [key: string]: Json | undefined } = {}): ApiAnswer {
  return { status: 200, reason: "OK", body: { data, ...beside } };
}

/** How many there are beside the part that is shown; none is not told. @source recording 14 */
export function totalOf(count: number): { total?: number } {
  return count === 0 ? {} : { total: count };
}

/** 403, 424, 500: the message is the status line and, with a newline as Perl's `die` leaves it, in the body. */
export function failure(status: number, message: string, newline = true): ApiAnswer {
  return { status, reason: firstLine(message), body: { data: null, message: newline ? `${message}\n` : message } };
}

/** What a method dies of: 500 with its text. */
export function died(message: string): ApiRefusal {
  return new ApiRefusal(failure(500, message));
}

/** An honest difference: a path that real nodes have, or what they would do there, says that it is not modelled. */
export function notModelledText(method: string, path: string): string {
  return `Method '${method} ${path}' not implemented - not modelled in this simulated node`;
}

/** The same as a refusal of the method itself. */
export function notModelled(method: string, path: string): ApiRefusal {
  return new ApiRefusal(failure(501, notModelledText(method, path)));
}

/** 400 with one text for each wrong parameter. */
export function wrongParameters(errors: Record<string, string>): ApiAnswer {
  const message = "Parameter verification failed.";
  return { status: 400, reason: message, body: { data: null, errors, message: `${message}\n` } };
}

/** What the model refuses: 400 when it says which parameter is wrong (`target: ...`), 500 else. */
export function modelRefusal({ code, message }: Refusal): ApiAnswer {
  if (code === "permission") return failure(403, message);
  if (code !== "parameter") return failure(500, message);
  const [name, ...text] = message.split(": ");
  return wrongParameters({ [name!]: text.join(": ") });
}

/** 401 and 595: nothing but the status line. */
export function bare(status: number, reason: string): ApiAnswer {
  return { status, reason };
}

/**
 * What the server itself refuses: its text is the status line and, without a type, the body.
 *
 * @source pve-http-server 5.2 PVE/APIServer/AnyEvent.pm error (no recording)
 */
export function serverRefusal(status: number, text: string): ApiAnswer {
  return { status, reason: firstLine(text), text };
}

/**
 * The same for the web interface: a refusal is a success of HTTP with its status inside.
 *
 * @source pve-http-server PVE/APIServer/Formatter/Standard.pm prepare_response_data (unverified)
 */
export function inExtjsForm(answer: ApiAnswer): ApiAnswer {
  if (answer.body === undefined) return answer;
  if (answer.status < 400) return { ...answer, body: { ...answer.body, success: 1 } };
  return { status: 200, reason: "OK", body: { ...answer.body, status: answer.status, success: 0 } };
}

export interface Writing {
  /** The node's wall clock, milliseconds since 1970. */
  wallMs: number;
  random: () => number;
}

/**
 * Send an answer as pveproxy does: its headers, lists and keys in an order that is random on every call, refusals with
 * the end of the connection.
 *
 * @source recordings 08, 11, 12 of Proxmox VE 8.4
 */
export function writeAnswer(response: ServerResponse, answer: ApiAnswer, writing: Writing): void {
  const date = new Date(writing.wallMs).toUTCString();
  const good = answer.status === 200;
  response.sendDate = false;
  response.statusCode = answer.status;
  response.statusMessage = statusText(answer.reason);
  response.setHeader("Cache-Control", "max-age=0");
  response.setHeader("Connection", good ? "Keep-Alive" : "close");
  response.setHeader("Date", date);
  response.setHeader("Pragma", "no-cache");
  response.setHeader("Server", "pve-api-daemon/3.0");
  if (answer.text !== undefined) {
    response.setHeader("Content-Length", Buffer.byteLength(answer.text));
    response.setHeader("Expires", date);
    response.shouldKeepAlive = false;
    response.end(answer.text);
    return;
  }
  if (answer.body === undefined) {
    // Recorded without a length: the end of the connection ends the answer.
    response.useChunkedEncodingByDefault = false;
    response.shouldKeepAlive = false;
    response.setHeader("Expires", date);
    response.flushHeaders();
    response.end();
    return;
  }
  const text = bodyText(answer, writing.random);
  response.setHeader("Content-Length", Buffer.byteLength(text));
  response.setHeader("Content-Type", "application/json;charset=UTF-8");
  response.setHeader("Expires", date);
  if (!good) response.shouldKeepAlive = false;
  response.end(text);
}

/** The body as it goes over the wire; empty when there is none. */
export function bodyText(answer: ApiAnswer, random: () => number): string {
  if (answer.text !== undefined) return answer.text;
  return answer.body === undefined ? "" : JSON.stringify(inRandomOrder(answer.body, random));
}

/** A list whose order is part of what it says (a task's log) is left as it is. */
const ORDERED = Symbol("ordered");

/** Mark a list so that it keeps its order on the wire. */
export function ordered(list: Json[]): Json[] {
  return Object.defineProperty(list, ORDERED, { value: true });
}

/** Lists and keys in an order that is random on every call, as Perl leaves them. */
export function inRandomOrder(value: Json | undefined, random: () => number): Json | undefined {
  if (Array.isArray(value)) {
    const items = value.map((item) => inRandomOrder(item, random) as Json);
    return ORDERED in value ? items : shuffled(items, random);
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
    return Object.fromEntries(shuffled(entries, random).map(([key, inner]) => [key, inRandomOrder(inner, random)]));
  }
  return value;
}

function shuffled<T>(items: T[], random: () => number): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}

/** Only bytes that may stand in a status line; Node refuses others. */
function statusText(text: string): string {
  return firstLine(text).replace(/[^\t\x20-\x7e\x80-\xff]/g, "?");
}
