/** A node's packet filter: what `iptables` and `nft` put into the kernel, kept until the next boot. */

export type Family = "ip" | "ip6" | "inet";

export interface PacketFilter {
  /** In the order in which they were made. */
  tables: FilterTable[];
}

export interface FilterTable {
  family: Family;
  name: string;
  handle: number;
  /** Made by `iptables`, which keeps chains of its own in it. */
  iptables?: true;
  nextHandle: number;
  chains: FilterChain[];
}

export interface FilterChain {
  name: string;
  handle: number;
  /** Where the kernel asks it; absent for one that is jumped to. */
  hook?: { type: "filter" | "nat" | "route"; hook: string; priority: number };
  policy: "accept" | "drop";
  rules: FilterRule[];
}

export interface FilterRule {
  handle: number;
  matches: FilterMatch[];
  verdict: FilterVerdict;
  /** nft's `counter`; those of iptables always count. */
  counter?: true;
  /** nft's `comment`. */
  comment?: string;
}

/** `not`: packets for which the rest does not hold. Ports and numbers are inclusive ranges. */
export type FilterMatch =
  | { kind: "address"; end: "source" | "destination"; networks: string[]; not?: boolean }
  | { kind: "device"; way: "in" | "out"; name: string; not?: boolean; byIndex?: boolean }
  | { kind: "protocol"; name: string; not?: boolean; told?: "l4proto" | "ip" }
  | {
      kind: "ports";
      protocol: string;
      end: "source" | "destination" | "either";
      ranges: [number, number][];
      not?: boolean;
      multiport?: boolean;
    }
  | { kind: "state"; states: string[]; module: "state" | "conntrack"; not?: boolean }
  | { kind: "icmp"; type: string; not?: boolean }
  | { kind: "comment"; text: string }
  /** Counted as if it always held. */
  | { kind: "limit"; rate: string; burst: number };

export type FilterVerdict =
  | { kind: "accept" | "drop" | "return" | "none" | "masquerade" }
  | { kind: "reject"; how?: string }
  | { kind: "jump" | "goto"; chain: string }
  | { kind: "log"; prefix?: string };
