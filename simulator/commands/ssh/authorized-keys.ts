/** authorized_keys: which keys may log in, and what they may then do. @source sshd(8), AUTHORIZED_KEYS FILE FORMAT */
import { isIPv4 } from "node:net";
import { type PublicKey, readPublicLine } from "../../keys/openssh-key.ts";
import { matchesPatterns } from "./client-config.ts";

export interface KeyLimits {
  /** Run in place of whatever was asked for. */
  command: string | undefined;
  noTerminal: boolean;
  noForwarding: boolean;
  environment: Record<string, string>;
}

export interface AuthorizedKey {
  key: PublicKey;
  /** Counted from 1. */
  line: number;
  limits: KeyLimits;
  /** Addresses that it may come from; undefined for any. */
  from: string[] | undefined;
  /** Wall clock, milliseconds since 1970. */
  expiresAtMs: number | undefined;
}

const KNOWN = new Set(
  `agent-forwarding no-agent-forwarding no-port-forwarding no-pty no-user-rc no-x11-forwarding port-forwarding pty
  user-rc x11-forwarding restrict no-touch-required verify-required command environment expiry-time from permitlisten
  permitopen principals tunnel`.split(/\s+/),
);

/** Lines that sshd can read; one with an unknown option, or for an authority, is none. */
export function parseAuthorizedKeys(text: string): AuthorizedKey[] {
  return text.split("\n").flatMap((line, index) => {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) return [];
    const plain = readPublicLine(trimmed);
    const cut = plain ? 0 : endOfOptions(trimmed);
    const key = plain ?? readPublicLine(trimmed.slice(cut));
    const options = readOptions(trimmed.slice(0, cut));
    return key && options ? [{ key, line: index + 1, ...options }] : [];
  });
}

/** The line that lets a key in from an address now; undefined when none does. */
export function findAuthorized(
  text: string,
  key: Pick<PublicKey, "blob">,
  client: string,
  nowWallMs: number,
): AuthorizedKey | undefined {
  return parseAuthorizedKeys(text).find(
    (line) =>
      line.key.blob.equals(key.blob) &&
      (line.from === undefined || addressMatches(client, line.from)) &&
      (line.expiresAtMs === undefined || nowWallMs < line.expiresAtMs),
  );
}

/** Options end at the first blank that is not within quotes. */
function endOfOptions(line: string): number {
  let quoted = false;
  for (let at = 0; at < line.length; at++) {
    if (line[at] === "\\" && line[at + 1] === '"') at++;
    else if (line[at] === '"') quoted = !quoted;
    else if (!quoted && /[ \t]/.test(line[at]!)) return at + 1;
  }
  return line.length;
}

function readOptions(text: string): Omit<AuthorizedKey, "key" | "line"> | undefined {
  const limits: KeyLimits = { command: undefined, noTerminal: false, noForwarding: false, environment: {} };
  let from: string[] | undefined;
  let expiresAtMs: number | undefined;
  for (const [, name = "", value] of text.trim().matchAll(/([a-zA-Z0-9-]+)(?:="((?:[^"\\]|\\.)*)")?(?:,|$)/g)) {
    const option = name.toLowerCase();
    if (option === "cert-authority" || !KNOWN.has(option)) return undefined;
    const plain = value?.replace(/\\"/g, '"');
    if (option === "command") limits.command = plain;
    else if (option === "from") from = plain?.split(",");
    else if (option === "no-pty" || option === "restrict") limits.noTerminal = true;
    else if (option === "pty") limits.noTerminal = false;
    else if (option === "environment") {
      const [key, ...rest] = (plain ?? "").split("=");
      limits.environment[key!] = rest.join("=");
    } else if (option === "expiry-time") expiresAtMs = timeOf(plain ?? "");
    if (option === "no-port-forwarding" || option === "restrict") limits.noForwarding = true;
    if (option === "port-forwarding") limits.noForwarding = false;
  }
  return { limits, from, expiresAtMs };
}

/** `YYYYMMDD`, `YYYYMMDDHHMM[SS]`, in UTC. */
function timeOf(text: string): number | undefined {
  const found = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?Z?$/.exec(text);
  if (!found) return 0;
  const [, year, month, day, hour, minute, second] = found.map((part) => Number(part ?? 0));
  return Date.UTC(year!, month! - 1, day, hour, minute, second);
}

function addressMatches(address: string, patterns: readonly string[]): boolean {
  let found = false;
  for (const pattern of patterns) {
    const negated = pattern.startsWith("!");
    const plain = pattern.replace(/^!/, "");
    if (plain.includes("/") ? !inNetwork(address, plain) : !matchesPatterns(address, [plain])) continue;
    if (negated) return false;
    found = true;
  }
  return found;
}

function inNetwork(address: string, network: string): boolean {
  const [base = "", bits = ""] = network.split("/");
  if (!isIPv4(base) || !isIPv4(address) || !/^\d+$/.test(bits) || Number(bits) > 32) return false;
  const number = (text: string) => text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  return Math.floor(number(base) / size) === Math.floor(number(address) / size);
}
