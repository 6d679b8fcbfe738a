/**
 * What a node's packet filter makes of a packet that it sends or takes. Forwarding, NAT and the tables beside `filter`
 * change nothing here, as no node passes packets on.
 *
 * @source nft(8), base chains: each chain of a hook is asked in the order of priorities, `accept` ends one chain alone
 */
import { addressBits } from "../host-network/ipv4.ts";
import type { FilterMatch, FilterRule, FilterTable, PacketFilter } from "./packet-filter-state.ts";

export interface FilteredPacket {
  hook: "input" | "output";
  /** The device that it comes in or goes out by. */
  device: string;
  source: string;
  destination: string;
  protocol: "udp" | "tcp" | "icmp";
  sourcePort?: number;
  destinationPort?: number;
  /** Of ICMP: `echo-request`, `echo-reply`. */
  icmpType?: string;
  /** What connection tracking says of it. */
  state: "new" | "established";
}

export type Fate = { kind: "passes" } | { kind: "dropped" } | { kind: "rejected"; how: string };

const PASSES: Fate = { kind: "passes" };
/** Chains may lead into one another so deep. @source NFT_JUMP_STACK_SIZE */
const JUMPS_MAX = 16;

export function fateIn(filter: Readonly<PacketFilter> | undefined, packet: FilteredPacket): Fate {
  if (!filter) return PASSES;
  const asked = filter.tables
    .filter((table) => table.family !== "ip6")
    .flatMap((table) => table.chains.flatMap((chain) => (chain.hook ? [{ table, chain, hook: chain.hook }] : [])))
    .filter(({ hook }) => hook.hook === packet.hook && hook.type !== "nat")
    .sort((one, other) => one.hook.priority - other.hook.priority);
  for (const { table, chain } of asked) {
    const said = saidBy(table, chain.rules, packet, 0);
    const decided = said !== undefined && said !== "returns";
    const fate: Fate = decided ? said : chain.policy === "drop" ? { kind: "dropped" } : PASSES;
    if (fate.kind !== "passes") return fate;
  }
  return PASSES;
}

/** @returns undefined when no rule decides */
function saidBy(
  table: FilterTable,
  rules: readonly FilterRule[],
  packet: FilteredPacket,
  depth: number,
): Fate | "returns" | undefined {
  for (const { matches, verdict } of rules) {
    if (!matches.every((match) => holds(match, packet))) continue;
    switch (verdict.kind) {
      case "accept":
        return PASSES;
      case "drop":
        return { kind: "dropped" };
      case "reject":
        return { kind: "rejected", how: verdict.how ?? "icmp-port-unreachable" };
      case "return":
        return "returns";
      case "jump":
      case "goto": {
        const next = table.chains.find((chain) => chain.name === verdict.chain);
        const said = next && depth < JUMPS_MAX ? saidBy(table, next.rules, packet, depth + 1) : undefined;
        if (said !== undefined && said !== "returns") return said;
        if (verdict.kind === "goto") return "returns";
        break;
      }
    }
  }
  return undefined;
}

function holds(match: FilterMatch, packet: FilteredPacket): boolean {
  switch (match.kind) {
    case "address": {
      const address = match.end === "source" ? packet.source : packet.destination;
      return match.networks.some((network) => isIn(address, network)) !== (match.not ?? false);
    }
    case "device": {
      if ((match.way === "in") !== (packet.hook === "input")) return match.not ?? false;
      const named = match.name.endsWith("+")
        ? packet.device.startsWith(match.name.slice(0, -1))
        : packet.device === match.name;
      return named !== (match.not ?? false);
    }
    case "protocol":
      return (match.name === packet.protocol) !== (match.not ?? false);
    case "ports": {
      if (match.protocol !== "th" && match.protocol !== packet.protocol) return false;
      const within = (port: number | undefined) =>
        port !== undefined && match.ranges.some(([least, most]) => port >= least && port <= most);
      const found =
        (match.end !== "destination" && within(packet.sourcePort)) ||
        (match.end !== "source" && within(packet.destinationPort));
      return found !== (match.not ?? false);
    }
    case "state":
      return match.states.includes(packet.state) !== (match.not ?? false);
    case "icmp":
      return packet.protocol === "icmp" && (packet.icmpType === match.type) !== (match.not ?? false);
    case "comment":
    case "limit":
      return true;
  }
}

/** @param network `10.0.0.12`, `10.0.0.0/24`, `10.0.0.1-10.0.0.9` */
function isIn(address: string, network: string): boolean {
  const bits = addressBits(address);
  const [first = "", last] = network.split("-");
  if (last !== undefined) return bits >= addressBits(first) && bits <= addressBits(last);
  const [base = "", length = "32"] = network.split("/");
  const size = 2 ** (32 - Number(length));
  return Math.floor(bits / size) === Math.floor(addressBits(base) / size);
}
