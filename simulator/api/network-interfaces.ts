/**
 * /etc/network/interfaces as Proxmox VE reads and writes it: one entry for each interface, its options under Proxmox's
 * names, and the lines that it keeps as they are.
 *
 * @source recording json/nodes_pve1_network.json; pve-common PVE/INotify.pm (today PVE/Network/Interfaces.pm)
 * @differs nothing of Open vSwitch, VXLAN and SDN (docs/fidelity/network.md)
 */
import { maskLength } from "../cluster/host-network/ipv4.ts";
import type { Json } from "./answer.ts";

export interface NetworkInterface {
  type: string;
  [key: string]: Json;
}

export interface NetworkConfig {
  ifaces: Map<string, NetworkInterface>;
  /** Lines that belong to no interface (`source ...`), each with its place among them. */
  options: [priority: number, line: string][];
}

/** What the writer refuses. */
export class NetworkConfigError extends Error {
  override name = "NetworkConfigError";
}

const OTHER_NAMES: Record<string, string> = {
  "bond-slaves": "slaves",
  bond_slaves: "slaves",
  "bond-xmit-hash-policy": "bond_xmit_hash_policy",
  "bond-mode": "bond_mode",
  "bond-miimon": "bond_miimon",
  "bridge-vlan-aware": "bridge_vlan_aware",
  "bridge-fd": "bridge_fd",
  "bridge-stp": "bridge_stp",
  "bridge-ports": "bridge_ports",
  "bridge-vids": "bridge_vids",
};

const SIMPLE = [
  ...["mtu", "bridge_fd", "bridge_vids", "bridge-access", "bridge-learning", "bond_miimon", "bond_xmit_hash_policy"],
  ...["bond-primary", "link-type", "vlan-protocol", "vlan-raw-device", "vlan-id"],
];

const BOND_MODES = ["balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb"];

/** @param up names of the interfaces that are up */
export function readNetworkConfig(text: string, up: ReadonlySet<string>): NetworkConfig {
  const ifaces = new Map<string, NetworkInterface>();
  const options: NetworkConfig["options"] = [];
  const entry = (name: string) => {
    const known = ifaces.get(name);
    if (known) return known;
    const made: NetworkInterface = { type: "unknown" };
    ifaces.set(name, made);
    return made;
  };
  // 1 is kept for the loopback.
  let priority = 2;
  let current: { one: NetworkInterface; suffix: string } | undefined;
  for (const raw of text.split("\n")) {
    const line = raw.trimEnd();
    const begins = /^\s*(?:(?:iface|mapping|auto|source|source-directory)\s|allow-)/.test(line);
    if (current && !begins) {
      const comment = /^\s*#(.*?)\s*$/.exec(line);
      const option = /^\s*(\S+)\s+(.+)$/.exec(line);
      if (comment) append(current.one, `comments${current.suffix}`, comment[1]!);
      else if (option) setOption(current.one, current.suffix, option[1]!, option[2]!, line.trim());
      else current = undefined;
      continue;
    }
    current = undefined;
    if (/^\s*#/.test(line)) continue;
    const auto = /^\s*(?:allow-auto|auto|allow-hotplug)\s+(.*)$/.exec(line);
    const iface = /^\s*iface\s+(\S+)(?:\s+(inet6?)\s+(\S+))?\s*$/.exec(line);
    if (auto) for (const name of auto[1]!.split(/\s+/)) entry(name).autostart = 1;
    else if (iface) {
      const [, name, family = "inet", method] = iface;
      const one = entry(name!);
      one.priority ??= priority++;
      one.families = [...((one.families as string[] | undefined) ?? []), family];
      const suffix = family.slice(4);
      if (method) one[`method${suffix}`] = method;
      current = { one, suffix };
    } else if (/\w/.test(line)) options.push([priority++, line]);
  }
  if (!ifaces.has("lo")) ifaces.set("lo", { type: "loopback", priority: 1, method: "loopback", autostart: 1 });
  for (const [name, one] of [...ifaces].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (up.has(name)) one.active = 1;
    finish(ifaces, name, one);
  }
  return { ifaces, options };
}

function append(one: NetworkInterface, key: string, line: string): void {
  one[key] = `${(one[key] as string | undefined) ?? ""}${line}\n`;
}

function setOption(one: NetworkInterface, suffix: string, word: string, value: string, line: string): void {
  const name = OTHER_NAMES[word] ?? word;
  if (["address", "netmask", "broadcast", "gateway"].includes(name)) one[name + suffix] = value;
  else if (SIMPLE.includes(name)) one[name] = value;
  else if (name === "slaves" || name === "bridge_ports") {
    const names = value.split(/\s+/).filter((port) => port !== "none");
    if (name === "bridge_ports" && /\bnone\b/.test(value)) one.is_empty_bridge = 1;
    one[name] = [one[name] as string | undefined, ...[...new Set(names)].sort()].filter(Boolean).join(" ");
  } else if (name === "bridge_stp") one.bridge_stp = /^(?:on|yes)$/i.test(value) ? "on" : "off";
  else if (name === "bridge_vlan_aware") one.bridge_vlan_aware = 1;
  else if (name === "bond_mode") one.bond_mode = BOND_MODES[Number(value)] ?? value;
  else one[`options${suffix}`] = [...((one[`options${suffix}`] as string[] | undefined) ?? []), line];
}

/** What follows from the rest of an entry: its type, its address in both forms. */
function finish(ifaces: NetworkConfig["ifaces"], name: string, one: NetworkInterface): void {
  const vlan = /^(\S+)\.(\d+)$/.exec(name);
  if (one.bridge_ports !== undefined || one.is_empty_bridge) {
    delete one.is_empty_bridge;
    one.type = "bridge";
    one.bridge_ports ??= "";
    one.bridge_stp ??= "off";
    if (one.bridge_stp === "off") one.bridge_fd ??= 0;
  } else if (/^bond\d+$/.test(name)) one.type = "bond";
  else if (/^\S+:\d+$/.test(name)) one.type = "alias";
  else if (vlan || one["vlan-raw-device"]) {
    one.type = "vlan";
    if (vlan) one["vlan-raw-device"] ??= vlan[1]!;
    const id = vlan?.[2] ?? /^vlan(\d+)$/.exec(name)?.[1];
    if (id !== undefined) one["vlan-id"] = id;
    if (!ifaces.has(one["vlan-raw-device"] as string)) one.exists = 0;
  } else if (/^(?:eth\d+|en[^:.]+|ib[^:.]+)$/.test(name)) one.type = "eth";
  else if (name === "lo") one.type = "loopback";
  else one.type = one["link-type"] === "dummy" ? "dummy" : "unknown";
  for (const suffix of ["", "6"]) {
    const address = one[`address${suffix}`] as string | undefined;
    if (!address) continue;
    const [base, length] = address.split("/");
    const mask = one[`netmask${suffix}`] as string | undefined;
    const bits =
      length ?? (mask === undefined ? undefined : /^\d+$/.test(mask) ? mask : String(maskLength(mask) ?? ""));
    one[`address${suffix}`] = base!;
    if (bits) one[`netmask${suffix}`] = bits;
    one[`cidr${suffix}`] = `${base}/${bits || (suffix ? 128 : 32)}`;
  }
  one.method ??= "manual";
  one.method6 ??= "manual";
  if (one.comments6 !== undefined) {
    one.comments = `${(one.comments as string | undefined) ?? ""}${one.comments6 as string}`;
    delete one.comments6;
  }
  one.families ??= ["inet"];
}

const HEADER = `# network interface settings; autogenerated
# Please do NOT modify this file directly, unless you know what
# you're doing.
#
# If you want to manage parts of the network configuration manually,
# please utilize the 'source' or 'source-directory' directives to do
# so.
# PVE will preserve these directives, but will NOT read its network
# configuration from sourced files, so do not attempt to move any of
# the PVE managed interfaces into external files!

`;

/** Order of kinds in the file. */
const PLACES: Record<string, number> = {
  loopback: 100_000,
  dummy: 100_000,
  eth: 200_000,
  bond: 400_000,
  bridge: 500_000,
  vlan: 600_000,
};

/** The file as Proxmox writes it. @throws NetworkConfigError when the interfaces do not fit together */
export function writeNetworkConfig({ ifaces, options }: NetworkConfig): string {
  checkConfig(ifaces);
  const place = (name: string) => {
    const [root, ...rest] = name.split(/[.:]/);
    const at = PLACES[ifaces.get(root!)?.type ?? ""];
    return at === undefined ? undefined : at + rest.length;
  };
  const priorityOf = (one: NetworkInterface) => (one.priority as number | undefined) ?? 50_000;
  const names = [...ifaces.keys()].sort((a, b) => {
    const [one, other] = [place(a), place(b)];
    const both = one !== undefined && other !== undefined;
    const order = (both ? one - other : 0) + priorityOf(ifaces.get(a)!) - priorityOf(ifaces.get(b)!);
    return order || (a < b ? -1 : 1);
  });
  const left = [...options];
  let text = HEADER;
  for (const name of names) {
    const one = ifaces.get(name)!;
    let kept = "";
    while (left.length > 0 && left[0]![0] < ((one.priority as number | undefined) ?? 0))
      kept += `${left.shift()![1]}\n`;
    if (kept) text += `${kept}\n`;
    if (one.autostart && String(one.autostart) !== "0") text += `auto ${name}\n`;
    for (const [at, family] of (one.families as string[]).entries()) text += stanza(name, one, family, at === 0);
  }
  return text + left.map(([, line]) => `${line}\n`).join("");
}

/** Options that are not written as they are. */
const DONE = [
  ...["type", "priority", "method", "active", "exists", "comments", "autostart", "options", "address", "netmask"],
  ...["gateway", "broadcast", "method6", "families", "options6", "comments6", "address6", "netmask6", "gateway6"],
  ...["broadcast6", "cidr", "cidr6"],
];

const BRIDGE_DONE = ["bridge_ports", "bridge_stp", "bridge_fd", "bridge_vlan_aware", "bridge_vids", "mtu"];
const BOND_DONE = ["slaves", "bond_miimon", "bond_mode", "bond_xmit_hash_policy", "bond-primary", "mtu"];

function stanza(name: string, one: NetworkInterface, family: string, first: boolean): string {
  const suffix = family.slice(4);
  const value = (key: string) => one[key] as string | undefined;
  let text = `iface ${name} ${family} ${value(`method${suffix}`)}\n`;
  const address = value(`address${suffix}`);
  if (address) {
    const mask = value(`netmask${suffix}`);
    const bits = mask === undefined ? undefined : /^\d+$/.test(mask) ? mask : maskLength(mask);
    text += `\taddress ${address.includes("/") || bits === undefined ? address : `${address}/${bits}`}\n`;
  }
  if (value(`gateway${suffix}`)) text += `\tgateway ${value(`gateway${suffix}`)}\n`;
  const skipped = [...DONE];
  if (first && one.type === "bridge") {
    const stp = value("bridge_stp") ?? "off";
    const delay = one.bridge_fd ?? (stp === "off" ? 0 : undefined);
    text += `\tbridge-ports ${(value("bridge_ports") || "none").replace(/[;,\s]+/g, " ")}\n\tbridge-stp ${stp}\n`;
    if (delay !== undefined) text += `\tbridge-fd ${delay as number}\n`;
    if (one.bridge_vlan_aware !== undefined)
      text += `\tbridge-vlan-aware yes\n\tbridge-vids ${value("bridge_vids") || "2-4094"}\n`;
    if (one.mtu) text += `\tmtu ${value("mtu")}\n`;
    skipped.push(...BRIDGE_DONE);
  } else if (first && one.type === "bond") {
    text += `\tbond-slaves ${(value("slaves") || "none").replace(/[;,\s]+/g, " ")}\n\tbond-miimon ${value("bond_miimon") ?? 100}\n\tbond-mode ${value("bond_mode") ?? "balance-rr"}\n`;
    if (one.bond_xmit_hash_policy && /^(?:balance-xor|802\.3ad)$/.test(value("bond_mode") ?? ""))
      text += `\tbond-xmit-hash-policy ${value("bond_xmit_hash_policy")}\n`;
    if (value("bond_mode") === "active-backup" && one["bond-primary"])
      text += `\tbond-primary ${value("bond-primary")}\n`;
    if (one.mtu) text += `\tmtu ${value("mtu")}\n`;
    skipped.push(...BOND_DONE);
  }
  if (first) {
    for (const key of Object.keys(one).sort()) if (!skipped.includes(key) && one[key]) text += `\t${key} ${one[key]}\n`;
  }
  for (const option of (one[`options${suffix}`] as string[] | undefined) ?? []) text += `\t${option}\n`;
  for (const comment of (value(`comments${suffix}`) ?? "").split("\n").filter(Boolean)) text += `#${comment}\n`;
  return `${text}\n`;
}

/** Names in a list with spaces, commas or semicolons between them. */
export function splitList(text: Json | undefined): string[] {
  return String(text ?? "")
    .split(/[,;\s]+/)
    .filter(Boolean);
}

/** @throws NetworkConfigError as the writer dies */
function checkConfig(ifaces: NetworkConfig["ifaces"]): void {
  const refuse = (text: string) => {
    throw new NetworkConfigError(text);
  };
  const users = new Map<string, string>();
  for (const [name, one] of ifaces) {
    for (const port of [...splitList(one.bridge_ports), ...splitList(one.slaves)]) {
      const user = users.get(port);
      if (user !== undefined && user !== name) refuse(`port '${port}' is already used on interface '${user}'`);
      users.set(port, name);
    }
  }
  const checkMtu = (parent: string, child: string) => {
    const wanted = Number(ifaces.get(child)?.mtu ?? 0);
    const above = Number(ifaces.get(parent)?.mtu ?? 1500);
    if (wanted > above) refuse(`interface '${parent}' - mtu ${above} is lower than '${child}' - mtu ${wanted}`);
  };
  for (const [name, one] of ifaces) {
    if (one.type === "bond") {
      for (const port of splitList(one.slaves)) {
        const slave = ifaces.get(port);
        if (!slave) refuse(`bond '${name}' - unable to find slave '${port}'`);
        slave!.autostart = 1;
        if (slave!.type !== "eth" && slave!.type !== "bond")
          refuse(`bond '${name}' - wrong interface type on slave '${port}' ('${slave!.type}' != 'eth or bond')`);
        checkMtu(name, port);
      }
    }
    if (one.type === "vlan") {
      const [, dotted, number] = /^(\S+)\.(\d+)$/.exec(name) ?? [];
      if (dotted === undefined && !one["vlan-raw-device"]) refuse("missing vlan-raw-device option");
      const parent = dotted ?? (one["vlan-raw-device"] as string);
      const id = Number(number ?? /^vlan(\d+)$/.exec(name)?.[1] ?? one["vlan-id"] ?? Number.NaN);
      if (Number.isNaN(id)) refuse("missing vlan-id option");
      if (dotted !== undefined) delete one["vlan-raw-device"];
      if (dotted !== undefined || /^vlan\d+$/.test(name)) delete one["vlan-id"];
      const above = ifaces.get(parent);
      if (id > 4094) refuse(`vlan '${name}' - vlan-id ${id} should be <= 4094`);
      if (!above) refuse(`vlan '${name}' - unable to find parent '${parent}'`);
      if (!["eth", "bridge", "bond", "vlan"].includes(above!.type))
        refuse(
          `vlan '${name}' - wrong interface type on parent '${parent}' ('${above!.type}' != 'eth|bond|bridge|vlan' )`,
        );
      checkMtu(parent, name);
    }
    if (one.type === "bridge") {
      for (const port of splitList(one.bridge_ports)) {
        const there = ifaces.get(port);
        if (!there && !/\S+\.\d+$/.test(port)) refuse(`bridge '${name}' - unable to find bridge port '${port}'`);
        if (there?.method === "static" && there.address !== "0.0.0.0")
          refuse(`iface ${port} - ip address can't be set on interface if bridged in ${name}`);
        if (there) checkMtu(port, name);
      }
    }
  }
}
