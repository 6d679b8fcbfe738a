/**
 * What every event goes through: its schema, its rate, its permission, and an answer whatever happens.
 */
import type { Socket } from "socket.io";
import type { z } from "zod";
import type { EventSubject } from "../../classroom/permit.ts";
import type { Person } from "../../classroom/person.ts";
import type { OwnRoute } from "../http/own-routes.ts";
import { browserMessages } from "../messages.ts";
import type { FromBrowser, FromGateway, Refusal, SocketEvent } from "../protocol.ts";
import { Refused } from "../refused.ts";
import type { ByteStream } from "./byte-streams.ts";
import { RateBudget } from "./rate-budget.ts";

export type BrowserSocket = Socket<FromBrowser, FromGateway>;
export type Request<E extends SocketEvent> = z.output<(typeof browserMessages)[E]>;
type ReplyOf<E extends SocketEvent> =
  Parameters<FromBrowser[E]> extends [unknown, (reply: infer R) => void] ? R : undefined;
/** What an event answers when it went well. */
export type Result<E extends SocketEvent> = Omit<Extract<ReplyOf<E>, { ok: true }>, "ok">;

/** @param event or an address of the gateway's own, as `rules.ts` writes it */
export type Permit = (person: Person, event: SocketEvent | OwnRoute, subject: EventSubject) => Promise<boolean>;

export interface Browser {
  socket: BrowserSocket;
  person: Person;
  permit: Permit;
  budget: RateBudget;
  /** Where terminal bytes go, if the page has it; it is there before the page attaches to anything. */
  stream?: ByteStream;
  /** Something of ours went wrong: told to the log, while the browser gets a refusal. */
  onBug: (event: string, cause: unknown) => void;
}

/** Messages of one page: held keys repeat 30 times a second, a paste comes in pieces, several tabs share the socket. */
export const messageRate = { perSecond: 500, burst: 2_000 };

export function newBrowser(options: Omit<Browser, "budget">): Browser {
  return { ...options, budget: new RateBudget(messageRate) };
}

/** Answer an event. `handle` may throw `Refused`. */
export function answer<E extends Exclude<SocketEvent, "terminal:ack">>(
  browser: Browser,
  event: E,
  handle: (request: Request<E>) => Promise<Result<E>> | Result<E>,
): void {
  listen(browser, event, async (message, reply) => {
    try {
      const request = read(browser, event, message);
      reply({ ok: true, ...(await handle(request)) });
    } catch (cause) {
      reply({ ok: false, refusal: refusalOf(browser, event, cause) });
    }
  });
}

/** Listen to an event whose answer, if any, is the caller's business. The hot path: nothing here waits. */
export function listen(
  browser: Browser,
  event: SocketEvent,
  handle: (message: unknown, reply: (reply: object) => void) => void,
): void {
  // The types promise what only the schemas can keep.
  const socket = browser.socket as unknown as { on(event: string, listener: (...args: unknown[]) => void): void };
  socket.on(event, (message, reply) => {
    handle(message, typeof reply === "function" ? (reply as (reply: object) => void) : () => undefined);
  });
}

/** The message as its schema has it. @throws Refused on one that does not fit, or too many */
export function read<E extends SocketEvent>(browser: Browser, event: E, message: unknown): Request<E> {
  if (event !== "terminal:ack" && !browser.budget.take()) {
    throw new Refused("limit", { id: "limit-messages" }, { retry: true });
  }
  const parsed = browserMessages[event].safeParse(message);
  if (parsed.success) return parsed.data as Request<E>;
  const issue = parsed.error.issues[0];
  const detail = `${event}: ${issue ? `${issue.path.join(".") || "message"}: ${issue.message}` : "malformed"}`;
  throw new Refused("malformed", { id: "malformed", values: { detail: detail.slice(0, 200) } });
}

/** Ask `may()`. @throws Refused */
export async function mustBeAllowed(browser: Browser, event: SocketEvent, subject: EventSubject): Promise<void> {
  if (await browser.permit(browser.person, event, subject)) return;
  throw new Refused("not-allowed", { id: "not-allowed" });
}

export function refusalOf(browser: Browser, event: string, cause: unknown): Refusal {
  if (cause instanceof Refused) return cause.refusal;
  browser.onBug(event, cause);
  const detail = cause instanceof Error ? cause.message : String(cause);
  return { code: "failed", message: { id: "failed", values: { detail: detail.slice(0, 200) } }, retry: false };
}
