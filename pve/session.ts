/** Who we are to a node: an API token, or a password that is turned into tickets, renewed before they end. */
import type { Ticket } from "./schemas/access.ts";

export type PveCredential =
  | { kind: "password"; user: string; password: string }
  /** `USER@REALM!TOKENID=SECRET`. Tokens may not create, join or remove cluster nodes. */
  | { kind: "token"; token: string };

/** A ticket lives for two hours; renewing at three quarters leaves room for a node that is away for a while. */
const TICKET_RENEW_AFTER_MS = 90 * 60_000;

export interface Session {
  /** Headers that prove who asks; logs in when needed. */
  headers(method: string): Promise<Record<string, string>>;
  /** The node refused these headers: their ticket counts no more. @returns whether trying again can help */
  refused(sent: Record<string, string>): boolean;
}

/** @param login asks the node for a ticket; runs once however many requests wait for it */
export function createSession(
  credential: PveCredential,
  login: (user: string, password: string) => Promise<Ticket>,
  nowMs: () => number,
): Session {
  if (credential.kind === "token") {
    return {
      headers: async () => ({ authorization: `PVEAPIToken=${credential.token}` }),
      refused: () => false,
    };
  }
  let current: { ticket: Ticket; issuedAtMs: number } | undefined;
  let pending: Promise<Ticket> | undefined;

  async function ticket(): Promise<Ticket> {
    if (current && nowMs() - current.issuedAtMs < TICKET_RENEW_AFTER_MS) return current.ticket;
    const { user, password } = credential as Extract<PveCredential, { kind: "password" }>;
    pending ??= login(user, password)
      .then((fresh) => {
        current = { ticket: fresh, issuedAtMs: nowMs() };
        return fresh;
      })
      .finally(() => {
        pending = undefined;
      });
    return pending;
  }

  const cookieOf = (one: Ticket) => `PVEAuthCookie=${encodeURIComponent(one.ticket)}`;

  return {
    async headers(method) {
      const fresh = await ticket();
      return {
        cookie: cookieOf(fresh),
        ...(method !== "GET" && { csrfpreventiontoken: fresh.csrfToken }),
      };
    },
    refused(sent) {
      // Requests that were under way together are refused together: the first one's new ticket serves the others, too.
      if (current && cookieOf(current.ticket) === sent.cookie) current = undefined;
      return true;
    },
  };
}
