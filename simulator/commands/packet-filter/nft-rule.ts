/** The words of an nft rule, read and written. @source nftables 1.0.6, its own output in namespaces */
import type { FilterMatch, FilterRule, FilterVerdict } from "../../cluster/packet-filter/packet-filter-state.ts";
import { PROTOCOLS, portNamed } from "./names.ts";

/** What nft does not take, with the word that is underlined. */
export class NftError extends Error {
  readonly word: string | undefined;
  constructor(text: string, word?: string) {
    super(text);
    this.word = word;
  }
}
export class NftUnmodelled extends Error {}

type Draft = Omit<FilterRule, "handle">;

/** Read a rule's words. @throws NftError, NftUnmodelled */
export function readNftRule(words: readonly string[]): Draft {
  const rest = [...words];
  const rule: Draft = { matches: [], verdict: { kind: "none" } };
  const next = (expected: string) => {
    const word = rest.shift();
    if (word === undefined) throw new NftError(`syntax error, unexpected newline, expecting ${expected}`);
    return word;
  };
  const negation = () => {
    if (rest[0] === "==" || rest[0] === "eq") rest.shift();
    const not = rest[0] === "!=" || rest[0] === "ne";
    if (not) rest.shift();
    return not ? { not: true } : {};
  };
  /** One value, or those between braces. */
  const values = () => {
    if (rest[0] !== "{") return next("value").split(",").filter(Boolean).concat(followers(rest));
    rest.shift();
    const list: string[] = [];
    for (let word = next("}"); word !== "}"; word = next("}")) list.push(...word.split(",").filter(Boolean));
    return list;
  };
  while (rest.length > 0) {
    let word = rest.shift()!;
    if (word === "meta") word = next("meta key");
    switch (word) {
      case "iif":
      case "oif":
      case "iifname":
      case "oifname": {
        const not = negation();
        const byIndex = word.length === 3;
        rule.matches.push({
          ...{
            kind: "device",
            way: word[0] === "i" ? "in" : "out",
            name: unquoted(next("string")).replace(/\*$/, "+"),
          },
          ...not,
          ...(byIndex && { byIndex }),
        });
        break;
      }
      case "ip": {
        const field = next("ip field");
        if (field === "saddr" || field === "daddr") {
          const not = negation();
          const networks = values();
          for (const network of networks) {
            if (!/^(?:\d{1,3}\.){3}\d{1,3}(?:\/\d{1,2}|-(?:\d{1,3}\.){3}\d{1,3})?$/.test(network)) {
              throw new NftError("Could not resolve hostname: Temporary failure in name resolution", network);
            }
          }
          rule.matches.push({ kind: "address", end: field === "saddr" ? "source" : "destination", networks, ...not });
        } else if (field === "protocol") {
          const not = negation();
          rule.matches.push({ kind: "protocol", name: protocolNamed(next("protocol")), told: "ip", ...not });
        } else throw new NftUnmodelled(`ip ${field}`);
        break;
      }
      case "l4proto": {
        const not = negation();
        rule.matches.push({ kind: "protocol", name: protocolNamed(next("protocol")), told: "l4proto", ...not });
        break;
      }
      case "tcp":
      case "udp":
      case "th": {
        const field = next("field");
        if (field !== "sport" && field !== "dport") {
          const known = /^(?:flags|length|checksum|sequence|ackseq|window)$/.test(field);
          if (known) throw new NftUnmodelled(`${word} ${field}`);
          throw new NftError("syntax error, unexpected string, expecting length or checksum or sport or dport", field);
        }
        const not = negation();
        const ranges = values().map(portRange);
        rule.matches.push({
          kind: "ports",
          protocol: word,
          end: field === "sport" ? "source" : "destination",
          ranges,
          ...not,
        });
        break;
      }
      case "icmp": {
        if (next("type") !== "type") throw new NftUnmodelled("icmp");
        const not = negation();
        rule.matches.push({ kind: "icmp", type: next("icmp type"), ...not });
        break;
      }
      case "ct": {
        if (next("state") !== "state") throw new NftUnmodelled("ct");
        const not = negation();
        rule.matches.push({ kind: "state", states: values(), module: "conntrack", ...not });
        break;
      }
      case "limit": {
        if (next("rate") !== "rate") throw new NftUnmodelled("limit");
        rule.matches.push({ kind: "limit", rate: next("rate"), burst: 5 });
        break;
      }
      case "counter":
        rule.counter = true;
        if (rest[0] === "packets") rest.splice(0, 4);
        break;
      case "comment":
        rule.comment = unquoted(next("string"));
        break;
      default:
        rule.verdict = verdictOf(word, rest, next);
    }
  }
  return { ...rule, matches: rule.matches.flatMap(joined) };
}

/** `meta l4proto udp th dport 53` is `udp dport 53`. */
function joined(match: FilterMatch, at: number, all: readonly FilterMatch[]): FilterMatch[] {
  const isTransport = (one: FilterMatch | undefined) => one?.kind === "protocol" && one.told === "l4proto" && !one.not;
  const [before, after] = [all[at - 1], all[at + 1]];
  if (isTransport(match) && after?.kind === "ports" && after.protocol === "th") return [];
  if (match.kind === "ports" && match.protocol === "th" && before?.kind === "protocol" && isTransport(before)) {
    return [{ ...match, protocol: before.name }];
  }
  return [match];
}

/** `established,related` is one word, `established, related` two. */
function followers(rest: string[]): string[] {
  const found: string[] = [];
  while (rest[0] === ",") {
    rest.shift();
    found.push(rest.shift() ?? "");
  }
  return found;
}

function verdictOf(word: string, rest: string[], next: (expected: string) => string): FilterVerdict {
  switch (word) {
    case "accept":
    case "drop":
    case "return":
    case "masquerade":
      return { kind: word };
    case "continue":
      return { kind: "none" };
    case "jump":
    case "goto":
      return { kind: word, chain: next("string") };
    case "log":
      if (rest[0] !== "prefix") return { kind: "log" };
      rest.shift();
      return { kind: "log", prefix: unquoted(next("string")) };
    case "reject": {
      if (rest[0] !== "with") return { kind: "reject" };
      rest.splice(0, 1);
      const family = next("reject type");
      if (family === "tcp") {
        next("reset");
        return { kind: "reject", how: "tcp-reset" };
      }
      if (rest.at(0) === "type") rest.shift();
      return { kind: "reject", how: `${family}-${next("reject code")}` };
    }
  }
  if (
    /^(?:ip6|ether|arp|vlan|fib|dnat|snat|redirect|set|mark|tproxy|notrack|queue|quota|numgen|jhash|exthdr|rt|socket)$/.test(
      word,
    )
  ) {
    throw new NftUnmodelled(word);
  }
  throw new NftError("syntax error, unexpected string", word);
}

function protocolNamed(text: string): string {
  const found =
    PROTOCOLS[text] !== undefined ? text : Object.keys(PROTOCOLS).find((name) => String(PROTOCOLS[name]) === text);
  if (found === undefined) throw new NftError("Could not resolve protocol name", text);
  return found;
}

function portRange(text: string): [number, number] {
  const [first = "", last] = text.split("-");
  const number = (part: string) => {
    const port = portNamed(part);
    if (port === undefined)
      throw new NftError(
        /^\d+$/.test(part)
          ? "Service out of range"
          : "Could not resolve service: Servname not supported for ai_socktype",
        text,
      );
    return port;
  };
  return [number(first), number(last ?? first)];
}

function unquoted(text: string): string {
  return text.replace(/^"(.*)"$/s, "$1");
}

/** A rule as `nft list` shows it. */
export function nftRuleText(rule: FilterRule, iptables: boolean, numeric: boolean): string {
  const parts: string[] = [];
  const { matches } = rule;
  const not = (match: { not?: boolean }) => (match.not ? "!= " : "");
  const device = (match: FilterMatch) => match.kind === "device";
  const ports = matches.find((match) => match.kind === "ports");
  // iptables asks in an order of its own, and nft leaves out a protocol that the next word says again.
  const said = iptables
    ? [...matches.filter(device), ...protocolFirst(matches.filter((match) => !device(match)))]
    : matches;
  for (const [at, match] of said.entries()) {
    switch (match.kind) {
      case "device":
        parts.push(
          `${match.way === "in" ? "iif" : "oif"}${match.byIndex ? "" : "name"} ${not(match)}"${match.name.replace(/\+$/, "*")}"`,
        );
        break;
      case "address":
        parts.push(`ip ${match.end === "source" ? "saddr" : "daddr"} ${not(match)}${listText(match.networks)}`);
        break;
      case "protocol": {
        const last = said.slice(at + 1).every((other) => other.kind === "ports" || other.kind === "address");
        const implied = iptables && ports?.kind === "ports" && !ports.multiport && last;
        if (!implied)
          parts.push(
            `${match.told === "ip" ? "ip protocol" : "meta l4proto"} ${not(match)}${numeric ? (PROTOCOLS[match.name] ?? match.name) : match.name}`,
          );
        break;
      }
      case "ports": {
        const ranges = match.ranges.map(([least, most]) => (least === most ? String(least) : `${least}-${most}`));
        const side = match.end === "source" ? "sport" : "dport";
        parts.push(
          `${match.protocol} ${side} ${not(match)}${match.multiport && ranges.length > 1 ? `{ ${ranges.join(", ")} }` : listText(ranges)}`,
        );
        break;
      }
      case "state":
        parts.push(`ct state ${not(match)}${match.states.join(",")}`);
        break;
      case "icmp":
        parts.push(`icmp type ${not(match)}${match.type}`);
        break;
      case "limit":
        parts.push(
          `limit rate ${match.rate.replace(/\/(sec|min)$/, (_, unit: string) => (unit === "sec" ? "/second" : "/minute"))}`,
        );
        break;
      case "comment":
        // nft cannot show an iptables comment.
        if (iptables) parts.push("");
        break;
    }
  }
  if (rule.counter) parts.push("counter packets 0 bytes 0");
  const verdict = verdictText(rule.verdict, iptables, matches);
  if (verdict !== "") parts.push(verdict);
  if (rule.comment !== undefined) parts.push(`comment "${rule.comment}"`);
  return parts.join(" ");
}

function protocolFirst(matches: FilterMatch[]): FilterMatch[] {
  return [
    ...matches.filter((match) => match.kind === "protocol"),
    ...matches.filter((match) => match.kind !== "protocol"),
  ];
}

function listText(list: readonly string[]): string {
  return list.length === 1 ? list[0]! : `{ ${list.join(", ")} }`;
}

function verdictText(verdict: FilterVerdict, iptables: boolean, matches: readonly FilterMatch[]): string {
  switch (verdict.kind) {
    case "none":
      return "";
    case "jump":
    case "goto":
      return `${verdict.kind} ${verdict.chain}`;
    case "log":
      return verdict.prefix === undefined ? "log" : `log prefix "${verdict.prefix}"`;
    case "reject": {
      if (verdict.how === "tcp-reset") return "reject with tcp reset";
      const icmp = matches.some((match) => match.kind === "icmp");
      if (verdict.how === undefined) return icmp ? "reject with icmp port-unreachable" : "reject";
      if (iptables && verdict.how === "icmp-port-unreachable") return "reject";
      const [, family, code] = /^(icmpx|icmpv6|icmp)-(.*)$/.exec(verdict.how) ?? [];
      return `reject with ${family} ${code}`;
    }
    default:
      return verdict.kind;
  }
}
