/**
 * What a guest's cloud-init drive would say, made of its configuration and the node's resolver.
 *
 * @source qemu-server 8.4 PVE/QemuServer/Cloudinit.pm; `user` of a guest without options:
 * recordings/pve/sent/alone-bodies.json, the rest unverified
 */
import { createHash } from "node:crypto";
import { oneOf } from "../../cluster/forms.ts";
import { type ConfigKeys, cardNames, macOf, parseGuestConfig } from "../../cluster/guests/guest-config.ts";
import { guestText } from "../../cluster/guests/guest-view.ts";
import { ApiRefusal, failure, success } from "../answer.ts";
import type { Endpoint, EndpointContext } from "../endpoint.ts";
import { formed, needed } from "../parameters.ts";
import { needs } from "../permissions.ts";
import { dnsOf } from "./node-system.ts";
import { configurationMissing, guestOf } from "./qemu.ts";

export const cloudInitDumpEndpoints: Endpoint[] = [
  {
    method: "GET",
    path: "/nodes/{node}/qemu/{vmid}/cloudinit/dump",
    permission: needs("/vms/{vmid}", "VM.Audit"),
    proxied: true,
    parameters: { type: formed(needed(oneOf("user network meta"))) },
    answer: dump,
  },
];

interface Resolver {
  search: string[];
  servers: string[];
}

async function dump(context: EndpointContext) {
  const { lab, node, params } = context;
  const vmid = guestOf(context);
  const text = lab.read((state) => guestText(state, node, vmid));
  if (text === undefined) throw configurationMissing(node, String(vmid));
  const { keys } = parseGuestConfig(text);
  const user = userData(keys, vmid);
  if (params.type === "user") return success(user);
  const { search = "", dns1, dns2, dns3 } = await dnsOf(context);
  const resolver = {
    search: words(keys.searchdomain ?? search),
    servers: keys.nameserver === undefined ? [dns1, dns2, dns3].flatMap((one) => one ?? []) : words(keys.nameserver),
  };
  // Windows knows the second form alone, which is told of every other kind than the first, too.
  const windows = /^(?:wxp|w2k|wvista|win)/.test(keys.ostype ?? "");
  const plain = (keys.citype ?? (windows ? "configdrive2" : "nocloud")) === "nocloud";
  const network = plain ? networkConfig(keys, resolver) : interfacesFile(keys, resolver);
  if (params.type === "network") return success(network);
  const id = createHash("sha1")
    .update(user + network)
    .digest("hex");
  return success(
    plain
      ? `instance-id: ${id}\n`
      : `{\n     "uuid": "${id}",\n     "network_config": { "content_path": "/content/0000" }\n}\n`,
  );
}

const words = (text: string) => text.split(/\s+/).filter((word) => word !== "");

function userData(keys: ConfigKeys, vmid: number): string {
  const { ciuser: user, cipassword: password, searchdomain: domain, sshkeys } = keys;
  const name = keys.name ?? `VM${vmid}`;
  const host = name.replace(/\..*$/, "");
  const lines = ["#cloud-config", `hostname: ${host}`, "manage_etc_hosts: true"];
  lines.push(`fqdn: ${host === name && domain ? `${name}.${domain}` : name}`);
  if (user !== undefined) lines.push(`user: ${user}`);
  if (user === "root") lines.push("disable_root: False");
  if (password !== undefined) lines.push(`password: ${password}`);
  if (sshkeys !== undefined) {
    const known = sshkeys
      .replace(/(?:%[0-9a-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll("%", ""), "hex").toString())
      .split("\n")
      .filter((key) => /\S/.test(key));
    lines.push("ssh_authorized_keys:", ...known.map((key) => `  - ${key}`));
  }
  lines.push("chpasswd:", "  expire: False");
  if (user !== "root") lines.push("users:", "  - default");
  if (keys.ciupgrade !== "0") lines.push("package_upgrade: true");
  return text(lines);
}

const text = (lines: string[]) => lines.map((line) => `${line}\n`).join("");

interface Card {
  number: string;
  mac: string;
  ip?: string;
  gw?: string;
  ip6?: string;
  gw6?: string;
}

/** Cards that have addresses set, in the order of their names. */
function cardsOf(keys: ConfigKeys): Card[] {
  return cardNames(keys).flatMap((name) => {
    const number = name.slice(3);
    const set = keys[`ipconfig${number}`];
    if (!set) return [];
    const mac = macOf(keys[name]).toLowerCase();
    const addresses = Object.fromEntries(set.split(",").map((part) => part.split("=")));
    const { ip, gw, ip6, gw6 } = addresses as Partial<Card>;
    if (ip === undefined && ip6 === undefined) {
      return [{ number, mac, ...(gw === undefined && gw6 === undefined && { ip: "dhcp", ip6: "dhcp" }) }];
    }
    return [{ number, mac, ip, gw, ip6, gw6 }];
  });
}

/** An address and its mask. @throws ApiRefusal for one without a prefix */
function addressAndMask(ip: string): [string, string] {
  const [address, bits] = ip.split("/");
  if (bits === undefined) throw new ApiRefusal(failure(500, `not a CIDR: ${ip}`));
  const mask = [0, 8, 16, 24].map((before) => 256 - 2 ** (8 - Math.min(8, Math.max(0, Number(bits) - before))));
  return [address!, mask.join(".")];
}

/** Version 1 of cloud-init's own network configuration. */
function networkConfig(keys: ConfigKeys, { search, servers }: Resolver): string {
  const lines = ["version: 1", "config:"];
  for (const { number, mac, ip, gw, ip6, gw6 } of cardsOf(keys)) {
    if (mac === "") throw new ApiRefusal(failure(500, `network interface 'net${number}' has no mac address`));
    lines.push("    - type: physical", `      name: eth${number}`, `      mac_address: '${mac}'`, "      subnets:");
    if (ip === "dhcp") lines.push("      - type: dhcp4");
    else if (ip !== undefined) {
      const [address, mask] = addressAndMask(ip);
      lines.push("      - type: static", `        address: '${address}'`, `        netmask: '${mask}'`);
      if (gw !== undefined) lines.push(`        gateway: '${gw}'`);
    }
    if (ip6 === "dhcp") lines.push("      - type: dhcp6");
    else if (ip6 === "auto") lines.push("      - type: ipv6_slaac");
    else if (ip6 !== undefined) {
      lines.push("      - type: static6", `        address: '${ip6}'`);
      if (gw6 !== undefined) lines.push(`        gateway: '${gw6}'`);
    }
  }
  lines.push("    - type: nameserver");
  if (servers.length > 0) lines.push("      address:", ...servers.map((server) => `      - '${server}'`));
  if (search.length > 0) lines.push("      search:", ...search.map((domain) => `      - '${domain}'`));
  return text(lines);
}

/** Debian's /etc/network/interfaces, with the resolver where Proxmox puts it: before any card. */
function interfacesFile(keys: ConfigKeys, { search, servers }: Resolver): string {
  const lines = ["auto lo", "iface lo inet loopback", ""];
  if (servers.length > 0) lines.push(`        dns_nameservers ${servers.join(" ")}`);
  if (search.length > 0) lines.push(`        dns_search ${search.join(" ")}`);
  for (const { number, ip, gw, ip6, gw6 } of cardsOf(keys)) {
    const name = `eth${number}`;
    const fixed = (family: string, address: string, mask: string, gateway: string | undefined) => [
      `iface ${name} ${family} static`,
      `        address ${address}`,
      `        netmask ${mask}`,
      ...(gateway === undefined ? [] : [`        gateway ${gateway}`]),
    ];
    lines.push(`auto ${name}`);
    if (ip === "dhcp") lines.push(`iface ${name} inet dhcp`);
    else if (ip !== undefined) lines.push(...fixed("inet", ...addressAndMask(ip), gw));
    if (ip6 === "dhcp" || ip6 === "auto") lines.push(`iface ${name} inet6 ${ip6}`);
    else if (ip6 !== undefined) {
      const [address = "", bits = ""] = ip6.split("/");
      lines.push(...fixed("inet6", address, bits, gw6));
    }
  }
  return text(lines);
}
