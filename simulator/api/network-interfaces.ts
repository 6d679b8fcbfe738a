/**
 * /etc/network/interfaces as the API lists it: one entry for each interface, its options under Proxmox's names.
 *
 * @source recording json/nodes_pve1_network.json; pve-common PVE/INotify.pm read_etc_network_interfaces
 */
import type { Json } from "./answer.ts";

export interface NetworkInterface {
  iface: string;
  type: string;
  [key: string]: Json;
}

/** Options that are told under a name of their own. */
const OPTIONS: Record<string, string> = {
  "bridge-ports": "bridge_ports",
  "bridge-stp": "bridge_stp",
  "bridge-fd": "bridge_fd",
  "bridge-vlan-aware": "bridge_vlan_aware",
  "bridge-vids": "bridge_vids",
  "bond-slaves": "slaves",
  "bond-mode": "bond_mode",
  gateway: "gateway",
  mtu: "mtu",
  netmask: "netmask",
  comments: "comments",
};

/** @param up names of the interfaces that are up */
export function networkInterfaces(text: string, up: ReadonlySet<string>): NetworkInterface[] {
  const found = new Map<string, NetworkInterface>();
  const automatic = new Set<string>();
  let current: NetworkInterface | undefined;
  for (const line of text.split("\n")) {
    const [word = "", ...rest] = line.trim().split(/\s+/);
    if (word === "auto") for (const name of rest) automatic.add(name);
    else if (word === "iface") current = begin(found, rest);
    else if (word === "" || word.startsWith("#") || /^(source|mapping|allow-)/.test(word)) continue;
    else if (current) setOption(current, word, rest.join(" "));
  }
  let priority = 2;
  return [...found.values()]
    .filter((one) => one.type !== "loopback")
    .map((one) => ({
      ...one,
      priority: ++priority,
      ...(automatic.has(one.iface) && { autostart: 1 }),
      ...(up.has(one.iface) && { active: 1 }),
    }));
}

function begin(found: Map<string, NetworkInterface>, words: string[]): NetworkInterface | undefined {
  const [name, family, method] = words;
  if (!name) return undefined;
  const one: NetworkInterface = found.get(name) ?? {
    iface: name,
    type: typeOf(name),
    method: "manual",
    method6: "manual",
    families: [],
  };
  (one.families as string[]).push(family ?? "inet");
  one[family === "inet6" ? "method6" : "method"] = method ?? "manual";
  found.set(name, one);
  return one;
}

function setOption(one: NetworkInterface, word: string, value: string): void {
  if (word === "address") {
    const [address, length] = value.split("/");
    one.address = address!;
    if (length !== undefined) {
      one.netmask = length;
      one.cidr = value;
    }
    return;
  }
  const name = OPTIONS[word.replaceAll("_", "-")];
  if (name !== undefined) one[name] = value;
  if (name === "bridge_ports") one.type = "bridge";
  if (name === "slaves") one.type = "bond";
}

function typeOf(name: string): string {
  if (name === "lo") return "loopback";
  if (/^bond\d+$/.test(name)) return "bond";
  if (/^vmbr\d+$/.test(name)) return "bridge";
  if (/\.\d+$/.test(name)) return "vlan";
  return /^(eth|en|em|ib|wl)/.test(name) ? "eth" : "unknown";
}
