/** The tables that iptables keeps in the kernel's packet filter, made when they are first written to. */
import type { FilterChain, FilterTable, PacketFilter } from "../../cluster/packet-filter/packet-filter-state.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { textOf } from "../coreutils/arguments.ts";
import { notModelled } from "../printed.ts";

/** Chains by table, with their hooks' priorities. @source iptables 1.8.9 iptables/nft.c xtables_ipv4 */
const BUILT_IN: Record<string, readonly [chain: string, hook: string, priority: number][]> = {
  filter: [
    ["INPUT", "input", 0],
    ["FORWARD", "forward", 0],
    ["OUTPUT", "output", 0],
  ],
  nat: [
    ["PREROUTING", "prerouting", -100],
    ["INPUT", "input", 100],
    ["OUTPUT", "output", -100],
    ["POSTROUTING", "postrouting", 100],
  ],
  mangle: [
    ["PREROUTING", "prerouting", -150],
    ["INPUT", "input", -150],
    ["FORWARD", "forward", -150],
    ["OUTPUT", "output", -150],
    ["POSTROUTING", "postrouting", -150],
  ],
  raw: [
    ["PREROUTING", "prerouting", -300],
    ["OUTPUT", "output", -300],
  ],
  security: [
    ["INPUT", "input", 150],
    ["FORWARD", "forward", 150],
    ["OUTPUT", "output", 150],
  ],
};

/**
 * What Proxmox's firewall would have made of its files is not modelled: while it is switched on nothing is shown or changed.
 *
 * @returns the exit status after saying so
 */
export async function refusedByFirewall(ctx: ProgramContext, program: string): Promise<number | undefined> {
  const text = await textOf(ctx, "/etc/pve/firewall/cluster.fw");
  if (!/^\s*enable:\s*[1-9]/m.test(text)) return undefined;
  await ctx.stderr.write(notModelled(program, "the rules of a firewall that is on"));
  return 1;
}

export type TableFamily = "ip" | "ip6";

export function isTable(name: string): boolean {
  return Object.hasOwn(BUILT_IN, name);
}

export function isBuiltIn(table: string, chain: string): boolean {
  return BUILT_IN[table]!.some(([name]) => name === chain);
}

/** A copy of a node's filter, to be changed. */
export function filterOf(ctx: ProgramContext): PacketFilter {
  return ctx.lab.read((lab) => structuredClone(lab.nodes[ctx.node]?.filter ?? { tables: [] }));
}

export function keepFilter(ctx: ProgramContext, filter: PacketFilter): void {
  ctx.lab.act("filter/set", { node: ctx.node, filter: filter.tables.length === 0 ? null : filter });
}

export function tableIn(filter: PacketFilter, family: TableFamily, name: string): FilterTable | undefined {
  return filter.tables.find((table) => table.family === family && table.name === name);
}

/** The table, made when it is not there; its own chains are made one by one as they are written to. */
export function madeTable(filter: PacketFilter, family: TableFamily, name: string): FilterTable {
  const there = tableIn(filter, family, name);
  if (there) return there;
  const handle = Math.max(0, ...filter.tables.map((table) => table.handle)) + 1;
  const made: FilterTable = { family, name, handle, iptables: true, nextHandle: 1, chains: [] };
  filter.tables.push(made);
  return made;
}

/** A chain that rules go to; a built-in one is made when it is first needed. */
export function madeChain(table: FilterTable, name: string): FilterChain | undefined {
  const there = table.chains.find((chain) => chain.name === name);
  const built = BUILT_IN[table.name]?.find(([own]) => own === name);
  if (there || !built) return there;
  const type = table.name === "nat" ? "nat" : table.name === "mangle" && name === "OUTPUT" ? "route" : "filter";
  const hook = { type, hook: built[1], priority: built[2] } as const;
  const made: FilterChain = { name, handle: table.nextHandle++, hook, policy: "accept", rules: [] };
  const order = BUILT_IN[table.name]!.map(([own]) => own);
  const own = table.chains.filter((chain) => chain.hook);
  table.chains = [
    ...[...own, made].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name)),
    ...table.chains.filter((chain) => !chain.hook),
  ];
  return made;
}

/** All chains as iptables lists them: its own whether they are in the kernel or not, then those that were made, by name. */
export function listedChains(filter: PacketFilter, family: TableFamily, name: string): FilterChain[] {
  const table = tableIn(filter, family, name);
  const own = BUILT_IN[name]!.map(
    ([chain]): FilterChain =>
      table?.chains.find((one) => one.name === chain) ?? {
        ...{ name: chain, handle: 0, policy: "accept" as const, rules: [] },
        hook: { type: "filter", hook: chain.toLowerCase(), priority: 0 },
      },
  );
  const made = (table?.chains ?? []).filter((chain) => !isBuiltIn(name, chain.name));
  return [...own, ...made.sort((a, b) => (a.name < b.name ? -1 : 1))];
}
