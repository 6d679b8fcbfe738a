/** The part of corosync's map that its file fills and its totem reads: numbers, links, nodes in the order of the file. */
import { type ConfSection, entryOf, sectionOf } from "./corosync-conf.ts";

/** Links are 0 to 7. @source corosync 3.1.7 include/corosync/totem/totem.h INTERFACE_MAX */
export const LINK_MAX = 7;

export interface TotemMap {
  /** A value of the totem section; undefined where the file does not say it. */
  word: (key: string) => string | undefined;
  /** A number of it; absent and, where that means nothing, 0 are the default. */
  number: (key: string, byDefault: number, zeroCounts?: boolean) => number;
  /** Of the interface sections that say more than their number, by link number. */
  interfaces: Map<number, Record<string, string>>;
  nodes: ListedNode[];
}

export interface ListedNode {
  /** Absent where the file says none: it is as 0. */
  nodeId: number;
  name?: string;
  /** By link number, ascending as the map is: `ring10_addr` comes before `ring2_addr`. */
  addresses: { number: number; address: string }[];
}

export function totemMap(root: ConfSection): TotemMap {
  const totem = sectionOf(root, "totem");
  const word = (key: string) => entryOf(totem, key);
  const interfaces: TotemMap["interfaces"] = new Map();
  for (const section of totem?.sections.filter(({ name }) => name === "interface") ?? []) {
    const told = section.entries.filter(({ key }) => INTERFACE_KEYS.includes(key));
    if (told.length === 0) continue;
    const number = Number(entryOf(section, "linknumber") ?? 0);
    const before = interfaces.get(number);
    interfaces.set(number, { ...before, ...Object.fromEntries(told.map(({ key, value }) => [key, value])) });
  }
  return {
    word,
    number: (key, byDefault, zeroCounts = false) => {
      const value = word(key);
      return value === undefined || (Number(value) === 0 && !zeroCounts) ? byDefault : Number(value);
    },
    interfaces,
    nodes: (sectionOf(root, "nodelist")?.sections ?? []).filter(({ name }) => name === "node").map(listedNode),
  };
}

const INTERFACE_KEYS = [
  "bindnetaddr",
  "mcastaddr",
  "broadcast",
  "mcastport",
  "ttl",
  "knet_link_priority",
  "knet_ping_interval",
  "knet_ping_timeout",
  "knet_ping_precision",
  "knet_pong_count",
  "knet_transport",
];

function listedNode(section: ConfSection): ListedNode {
  const name = entryOf(section, "name");
  const rings = new Map(
    section.entries.flatMap(({ key, value }) => (/^ring\d+_addr$/.test(key) ? [[key, value]] : [])),
  );
  return {
    nodeId: Number(entryOf(section, "nodeid") ?? 0),
    ...(name !== undefined && { name }),
    addresses: [...rings]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, address]) => ({ number: Number(/\d+/.exec(key)![0]), address })),
  };
}
