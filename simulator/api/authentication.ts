/**
 * Tickets, tokens and the header against forged requests.
 *
 * A ticket is signed with the key in `/etc/pve/priv/authkey.key`, so it holds on every node of the cluster and on none
 * outside it, and joining a cluster ends those that were there before. Real ones carry an RSA signature of 256 bytes;
 * ours is as long and made with a keyed hash.
 */

import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { accessConfig } from "../cluster/accounts/accounts.ts";
import { pmxcfsFile } from "../cluster/pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../cluster/state.ts";
import { wallNowMs } from "../cluster/wall-clock.ts";
import type { Identity } from "./endpoint.ts";
import type { ApiRequest } from "./request.ts";

/** Seconds. A ticket lives two hours; one from a clock that is ahead is believed for five minutes. */
const TICKET_LIFETIME_S = 7_200;
const TICKET_EARLY_S = 300;

export type Proof =
  | { kind: "nothing" }
  | { kind: "wrong" }
  | { kind: "ticket"; who: Identity }
  | { kind: "token"; who: Identity };

/** Who asks, by what the request carries. A token goes before a ticket, as on a real node. */
export function authenticate(lab: Readonly<LabState>, node: string, request: ApiRequest): Proof {
  if (request.apiToken !== undefined) {
    const who = tokenOwner(lab, node, request.apiToken);
    return who ? { kind: "token", who } : { kind: "wrong" };
  }
  if (request.cookieTicket === undefined) return { kind: "nothing" };
  const user = ticketOwner(lab, node, request.cookieTicket);
  return user === undefined ? { kind: "wrong" } : { kind: "ticket", who: { user } };
}

/** A fresh ticket and the token against forged requests that goes with it. */
export function issueTicket(
  lab: Readonly<LabState>,
  node: string,
  user: string,
): { ticket: string; csrfToken: string } {
  const time = hexTime(nowS(lab, node));
  const plain = `PVE:${user}:${time}`;
  return { ticket: `${plain}::${signature(authKey(lab, node), plain)}`, csrfToken: csrfFor(lab, node, user, time) };
}

/** Whose ticket this is; undefined when it is false, too old, or its owner is gone. */
export function ticketOwner(lab: Readonly<LabState>, node: string, ticket: string): string | undefined {
  const match = /^(PVE:([^:\s]+):([0-9A-F]{8}))::(.+)$/.exec(ticket);
  if (!match) return undefined;
  const [, plain, user, time, signed] = match;
  if (!sameText(signed!, signature(authKey(lab, node), plain!)) || !isFresh(lab, node, time!)) return undefined;
  return userMay(lab, node, user!) ? user : undefined;
}

/** Whether the CSRFPreventionToken belongs to this user and is fresh. */
export function csrfIsRight(lab: Readonly<LabState>, node: string, user: string, token: string | undefined): boolean {
  const time = /^([0-9A-F]{8}):/.exec(token ?? "")?.[1];
  if (token === undefined || time === undefined || !isFresh(lab, node, time)) return false;
  return sameText(token, csrfFor(lab, node, user, time));
}

/** Whether there is such a user who may come in now. */
export function userMay(lab: Readonly<LabState>, node: string, user: string): boolean {
  const known = accessConfig(lab, node).users.find((candidate) => candidate.id === user);
  return known?.enabled === true && (known.expiresAtS === 0 || known.expiresAtS > nowS(lab, node));
}

function tokenOwner(lab: Readonly<LabState>, node: string, text: string): Identity | undefined {
  const match = /^(([^!=\s]+)!([^=\s]+))[=:](\S+)$/.exec(text);
  if (!match) return undefined;
  const [, fullId, user, tokenId, secret] = match;
  const known = accessConfig(lab, node).tokens.find((candidate) => candidate.id === fullId);
  if (!known || known.secret === "" || !sameText(secret!, known.secret)) return undefined;
  if (known.expiresAtS !== 0 && known.expiresAtS <= nowS(lab, node)) return undefined;
  return userMay(lab, node, user!) ? { user: user!, tokenId: tokenId! } : undefined;
}

function csrfFor(lab: Readonly<LabState>, node: string, user: string, time: string): string {
  const secret = createHash("sha256")
    .update(pmxcfsFile(lab, node, "pve-www.key") ?? `${lab.seed}/${node}`)
    .digest();
  const digest = createHmac("sha256", secret).update(`${time}:${user}`).digest("base64").replace(/=+$/, "");
  return `${time}:${digest}`;
}

/** The cluster's key; a node without one (nothing in /etc/pve yet) has its own. */
function authKey(lab: Readonly<LabState>, node: string): string {
  return pmxcfsFile(lab, node, "priv/authkey.key") ?? `${lab.seed}/${node}`;
}

/** 256 bytes in base64, as long as an RSA-2048 signature. */
function signature(key: string, plain: string): string {
  const seed = createHmac("sha256", key).update(plain).digest();
  return createHash("shake256", { outputLength: 256 }).update(seed).digest("base64");
}

function isFresh(lab: Readonly<LabState>, node: string, hex: string): boolean {
  const age = nowS(lab, node) - Number.parseInt(hex, 16);
  return age > -TICKET_EARLY_S && age < TICKET_LIFETIME_S;
}

function nowS(lab: Readonly<LabState>, node: string): number {
  return Math.floor(wallNowMs(lab, node) / 1000);
}

function hexTime(seconds: number): string {
  return seconds.toString(16).toUpperCase().padStart(8, "0");
}

function sameText(a: string, b: string): boolean {
  const left = createHash("sha256").update(a).digest();
  return timingSafeEqual(left, createHash("sha256").update(b).digest());
}
