/** The words of an iptables rule, read and written. @source iptables 1.8.9 (nf_tables), its own output in namespaces */
import type { FilterMatch, FilterRule, FilterVerdict } from "../../cluster/packet-filter/packet-filter-state.ts";
import { PROTOCOLS, portNamed, SERVICES } from "./names.ts";

/** A rule that iptables does not take: what stands behind `iptables v1.8.9 (nf_tables): `. */
export class BadRule extends Error {}
/** One that iptables takes and the model does not have. */
export class UnmodelledRule extends Error {}

const USUAL_REJECT = "icmp-port-unreachable";
const REJECTS =
  /^(?:icmp6?-)?(?:net-unreachable|host-unreachable|port-unreachable|proto-unreachable|net-prohibited|host-prohibited|admin-prohibited|no-route|adm-prohibited|addr-unreachable)$|^tcp-reset$/;
const ICMP_TYPES: Record<string, string> = { "8": "echo-request", "0": "echo-reply", "3": "destination-unreachable" };
/** States of a connection, as the kernel numbers them. */
const STATES = ["INVALID", "NEW", "RELATED", "ESTABLISHED", "UNTRACKED"];

type Draft = Omit<FilterRule, "handle">;

/**
 * Read the words behind the chain.
 *
 * @returns rules, one for each pair of addresses that were given as lists
 * @throws BadRule, UnmodelledRule
 */
export function readRule(
  words: readonly string[],
  chain: string,
  chains: readonly string[],
  resolve: (name: string) => string | undefined,
): Draft[] {
  const matches: FilterMatch[] = [];
  const lists: Record<"source" | "destination", { networks: string[]; not: boolean } | undefined> = {
    source: undefined,
    destination: undefined,
  };
  let verdict: FilterVerdict = { kind: "none" };
  let protocol: string | undefined;
  const loaded = new Set<string>();
  let not = false;
  const rest = [...words];
  const value = (option: string) => {
    const next = rest.shift();
    if (next === undefined) throw new BadRule(`option "${option}" requires an argument`);
    if (next === "!" && rest.length > 0)
      throw new BadRule(`Using intrapositioned negation (\`--option ! this\`) is not supported`);
    return next;
  };
  const negated = () => {
    const was = not;
    not = false;
    return was ? { not: true } : {};
  };
  const ports = (option: string, end: "source" | "destination" | "either", multiport: boolean) => {
    if (!protocol || !/^(?:tcp|udp|sctp|dccp|udplite)$/.test(protocol)) throw new BadRule(`unknown option "${option}"`);
    const text = value(option);
    const ranges = (multiport ? text.split(",") : [text]).map((part) => portRange(part));
    matches.push({ kind: "ports", protocol, end, ranges, ...(multiport && { multiport }), ...negated() });
  };
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const glued = /^(--[\w-]+)=(.*)$/s.exec(word);
    if (glued) {
      word = glued[1]!;
      rest.unshift(glued[2]!);
    }
    switch (word) {
      case "!":
        not = true;
        break;
      case "-s":
      case "--source":
      case "--src":
      case "-d":
      case "--destination":
      case "--dst": {
        const text = value(word);
        const networks = text.split(",").map((one) => networkOf(one, resolve));
        lists[/^(?:-s|--s)/.test(word) ? "source" : "destination"] = { networks, not };
        not = false;
        break;
      }
      case "-i":
      case "--in-interface":
      case "-o":
      case "--out-interface": {
        const way = /^(?:-i|--in)/.test(word) ? "in" : "out";
        if (way === "out" && /^(?:INPUT|PREROUTING)$/.test(chain)) throw new BadRule(`Can't use -o with ${chain}\n`);
        if (way === "in" && /^(?:OUTPUT|POSTROUTING)$/.test(chain)) throw new BadRule(`Can't use -i with ${chain}\n`);
        matches.push({ kind: "device", way, name: value(word), ...negated() });
        break;
      }
      case "-p":
      case "--protocol":
      case "--proto": {
        const name = value(word).toLowerCase();
        const known =
          PROTOCOLS[name] !== undefined ? name : Object.keys(PROTOCOLS).find((one) => String(PROTOCOLS[one]) === name);
        if (known === undefined) throw new BadRule(`unknown protocol "${name}" specified`);
        if (known !== "all") {
          protocol = known;
          matches.push({ kind: "protocol", name: known, ...negated() });
        }
        break;
      }
      case "-m":
      case "--match": {
        const name = value(word);
        if (!/^(?:tcp|udp|icmp|multiport|state|conntrack|comment|limit)$/.test(name)) {
          throw new UnmodelledRule(`-m ${name}`);
        }
        loaded.add(name);
        break;
      }
      case "--dport":
      case "--destination-port":
        ports(word, "destination", false);
        break;
      case "--sport":
      case "--source-port":
        ports(word, "source", false);
        break;
      case "--dports":
      case "--sports":
      case "--ports":
        if (!loaded.has("multiport")) throw new BadRule(`unknown option "${word}"`);
        ports(word, word === "--ports" ? "either" : word === "--dports" ? "destination" : "source", true);
        break;
      case "--state":
      case "--ctstate": {
        const module = word === "--state" ? "state" : "conntrack";
        if (!loaded.has(module)) throw new BadRule(`unknown option "${word}"`);
        const given = value(word).toUpperCase().split(",");
        const wrong = given.find((one) => !STATES.includes(one));
        if (wrong !== undefined) throw new BadRule(`Bad state "${wrong}"`);
        matches.push({ kind: "state", states: statesOf(given).map((one) => one.toLowerCase()), module, ...negated() });
        break;
      }
      case "--icmp-type": {
        const text = value(word);
        const type = ICMP_TYPES[text] ?? text;
        if (!Object.values(ICMP_TYPES).includes(type)) throw new UnmodelledRule(`--icmp-type ${text}`);
        matches.push({ kind: "icmp", type, ...negated() });
        break;
      }
      case "--comment":
        matches.push({ kind: "comment", text: value(word) });
        break;
      case "--limit": {
        const [, count, unit] = /^(\d+)\/(s|m|h|d)\w*$/.exec(value(word)) ?? [];
        if (count === undefined) throw new BadRule('bad rate "limit"');
        const unitName = { s: "sec", m: "min", h: "hour", d: "day" }[unit as "s" | "m" | "h" | "d"];
        matches.push({ kind: "limit", rate: `${count}/${unitName}`, burst: 5 });
        break;
      }
      case "--limit-burst": {
        const limit = matches.find((match) => match.kind === "limit");
        if (limit?.kind === "limit") limit.burst = Number(value(word));
        break;
      }
      case "-j":
      case "--jump":
      case "-g":
      case "--goto":
        verdict = verdictOf(value(word), chains, word === "-g" || word === "--goto");
        break;
      case "--reject-with": {
        const how = value(word);
        if (verdict.kind !== "reject") throw new BadRule(`unknown option "${word}"`);
        if (!REJECTS.test(how)) throw new BadRule(`unknown reject type "${how}"`);
        verdict.how = how === "tcp-reset" || how.startsWith("icmp") ? how : `icmp-${how}`;
        break;
      }
      case "--log-prefix":
        if (verdict.kind !== "log") throw new BadRule(`unknown option "${word}"`);
        verdict.prefix = value(word);
        break;
      case "-c":
      case "--set-counters":
        value(word);
        if (/^\d+$/.test(rest[0] ?? "")) rest.shift();
        break;
      case "-n":
      case "-v":
      case "-w":
      case "--wait":
        break;
      default:
        if (word.startsWith("-")) throw new BadRule(`unknown option "${word}"`);
        throw new BadRule(`Bad argument \`${word}'`);
    }
  }
  if (matches.some((match) => match.kind === "ports" && match.multiport) === false && loaded.has("multiport")) {
    throw new BadRule("multiport expection an option");
  }
  const address = (end: "source" | "destination"): FilterMatch[] => {
    const list = lists[end];
    return list
      ? list.networks.map((network) => ({ kind: "address", end, networks: [network], ...(list.not && { not: true }) }))
      : [];
  };
  const sources = address("source");
  const destinations = address("destination");
  const pairs = (sources.length ? sources : [undefined]).flatMap((source) =>
    (destinations.length ? destinations : [undefined]).map((destination) =>
      [source, destination].filter((one) => one !== undefined),
    ),
  );
  return pairs.map((ends) => ({
    matches: [...ends, ...structuredClone(matches)],
    verdict: { ...verdict },
    counter: true,
  }));
}

function portRange(text: string): [number, number] {
  const [first = "", last] = text.split(":");
  const number = (part: string, usual: number) => {
    if (part === "") return usual;
    const port = portNamed(part);
    if (port === undefined) throw new BadRule(`invalid port/service \`${part}' specified`);
    return port;
  };
  const least = number(first, 0);
  return [least, last === undefined ? least : number(last, 65_535)];
}

function networkOf(text: string, resolve: (name: string) => string | undefined): string {
  const [base = "", length] = text.split("/");
  const isAddress = /^(?:\d{1,3}\.){3}\d{1,3}$/.test(base) && base.split(".").every((part) => Number(part) < 256);
  const address = isAddress ? base : resolve(base);
  if (address === undefined) throw new BadRule(`host/network \`${base}' not found`);
  if (length === undefined || length === "32") return address;
  const bits = /^\d+$/.test(length) ? Number(length) : maskBits(length);
  if (bits === undefined || bits > 32) throw new BadRule(`invalid mask \`${length}' specified`);
  const numbers = address.split(".").map(Number);
  const masked = numbers.map((part, at) => part & (256 - 2 ** (8 - Math.min(8, Math.max(0, bits - at * 8)))));
  return `${masked.join(".")}/${bits}`;
}

function maskBits(mask: string): number | undefined {
  const bits = mask
    .split(".")
    .map((part) => Number(part).toString(2).padStart(8, "0"))
    .join("");
  return /^1*0*$/.test(bits) && bits.length === 32 ? (bits.indexOf("0") < 0 ? 32 : bits.indexOf("0")) : undefined;
}

const UNMODELLED_TARGETS =
  /^(?:DNAT|SNAT|REDIRECT|MARK|CONNMARK|NFQUEUE|NFLOG|TCPMSS|TPROXY|NOTRACK|CT|TRACE|AUDIT|TEE|SET|DSCP|TTL|CLASSIFY|NETMAP)$/;

function verdictOf(target: string, chains: readonly string[], goto: boolean): FilterVerdict {
  switch (target) {
    case "ACCEPT":
      return { kind: "accept" };
    case "DROP":
      return { kind: "drop" };
    case "RETURN":
      return { kind: "return" };
    case "REJECT":
      return { kind: "reject", how: USUAL_REJECT };
    case "LOG":
      return { kind: "log" };
    case "MASQUERADE":
      return { kind: "masquerade" };
  }
  if (UNMODELLED_TARGETS.test(target)) throw new UnmodelledRule(`-j ${target}`);
  if (!chains.includes(target)) throw new BadRule(`Chain '${target}' does not exist`);
  return { kind: goto ? "goto" : "jump", chain: target };
}

/** A rule as `-S` and `iptables-save` write it, without the chain. */
export function ruleWords({ matches, verdict }: Pick<FilterRule, "matches" | "verdict">): string {
  const parts: string[] = [];
  const not = (match: { not?: boolean }) => (match.not ? "! " : "");
  for (const end of ["source", "destination"] as const) {
    for (const match of matches) {
      if (match.kind !== "address" || match.end !== end) continue;
      const [network = ""] = match.networks;
      parts.push(`${not(match)}-${end === "source" ? "s" : "d"} ${network.includes("/") ? network : `${network}/32`}`);
    }
  }
  for (const match of matches) {
    if (match.kind === "device") parts.push(`${not(match)}-${match.way === "in" ? "i" : "o"} ${match.name}`);
  }
  for (const match of matches) if (match.kind === "protocol") parts.push(`${not(match)}-p ${match.name}`);
  let module = "";
  for (const match of matches) {
    switch (match.kind) {
      case "ports": {
        const text = match.ranges.map(([least, most]) => (least === most ? least : `${least}:${most}`)).join(",");
        const wanted = match.multiport ? "multiport" : match.protocol;
        if (module !== wanted) parts.push(`-m ${wanted}`);
        module = wanted;
        const name = match.end === "either" ? "port" : match.end === "source" ? "sport" : "dport";
        parts.push(`${not(match)}--${name}${match.multiport ? "s" : ""} ${text}`);
        break;
      }
      case "state":
        parts.push(
          `-m ${match.module} ${not(match)}--${match.module === "state" ? "" : "ct"}state ${statesText(match.states)}`,
        );
        break;
      case "icmp":
        parts.push(`-m icmp ${not(match)}--icmp-type ${icmpNumber(match.type)}`);
        break;
      case "comment":
        parts.push(`-m comment --comment ${/[^\w.-]/.test(match.text) ? JSON.stringify(match.text) : match.text}`);
        break;
      case "limit":
        parts.push(`-m limit --limit ${match.rate}${match.burst === 5 ? "" : ` --limit-burst ${match.burst}`}`);
        break;
    }
    if (match.kind !== "ports") module = "";
  }
  const target = targetName(verdict);
  if (target !== "") parts.push(`${verdict.kind === "goto" ? "-g" : "-j"} ${target}`);
  if (verdict.kind === "reject") parts.push(`--reject-with ${verdict.how ?? USUAL_REJECT}`);
  if (verdict.kind === "log" && verdict.prefix !== undefined)
    parts.push(`--log-prefix ${JSON.stringify(verdict.prefix)}`);
  return parts.join(" ");
}

export function targetName(verdict: FilterVerdict): string {
  if (verdict.kind === "none") return "";
  return "chain" in verdict ? verdict.chain : verdict.kind.toUpperCase();
}

/** Those that are named, each once. */
function statesOf(named: readonly string[]): string[] {
  return STATES.filter((one) => named.includes(one));
}

function statesText(states: readonly string[]): string {
  return statesOf(states.map((one) => one.toUpperCase())).join(",");
}

function icmpNumber(type: string): string {
  return Object.keys(ICMP_TYPES).find((number) => ICMP_TYPES[number] === type) ?? type;
}

/** What stands behind the addresses of a line of `-L`. @param numeric `-n` */
export function ruleDetails({ matches, verdict }: FilterRule, numeric: boolean): string {
  const parts: string[] = [];
  let before = "";
  for (const match of matches) {
    switch (match.kind) {
      case "ports": {
        const port = (number: number) =>
          numeric || match.multiport ? String(number) : (SERVICES[number] ?? String(number));
        const text = match.ranges
          .map(([least, most]) => (least === most ? port(least) : `${port(least)}:${port(most)}`))
          .join(",");
        const not = match.not ? "!" : "";
        if (match.multiport) {
          parts.push(
            `multiport ${match.end === "either" ? "ports" : match.end === "source" ? "sports" : "dports"} ${match.not ? " !" : ""}${text}`,
          );
        } else {
          if (before !== match.protocol) parts.push(match.protocol);
          const plural = match.ranges.some(([least, most]) => least !== most) ? "s" : "";
          parts.push(`${match.end === "source" ? "s" : "d"}pt${plural}:${not}${text}`);
        }
        before = match.multiport ? "" : match.protocol;
        continue;
      }
      case "state":
        parts.push(
          `${match.module === "state" ? "state" : "ctstate"} ${match.not ? "! " : ""}${statesText(match.states)}`,
        );
        break;
      case "icmp":
        parts.push(numeric ? `icmptype ${icmpNumber(match.type)}` : `icmp ${match.type}`);
        break;
      case "comment":
        parts.push(`/* ${match.text} */`);
        break;
      case "limit":
        parts.push(`limit: avg ${match.rate} burst ${match.burst}`);
        break;
    }
    before = "";
  }
  if (verdict.kind === "reject") parts.push(`reject-with ${verdict.how ?? USUAL_REJECT}`);
  if (verdict.kind === "log")
    parts.push(`LOG flags 0 level 4${verdict.prefix === undefined ? "" : ` prefix "${verdict.prefix}"`}`);
  return parts.join(" ");
}
