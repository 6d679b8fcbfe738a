/** Devices of a node as `ip address` and `ip link` show them. @source iproute2 6.1, its own output */
import { type Device, devicesOf, flagsOf, linkLocal, operState } from "../../../node-view/network-devices.ts";
import type { ProgramContext } from "../../../shell/process.ts";
import { type IpOptions, isShow, refuse, write } from "./ip-output.ts";
import { type Json, jsonText } from "./iproute-json.ts";

/** `ip address|link show`. */
export async function showDevices(
  ctx: ProgramContext,
  object: "address" | "link",
  rest: string[],
  options: IpOptions,
): Promise<number> {
  const [verb] = rest;
  if (verb === "help")
    return refuse(
      ctx,
      `Usage: ip ${object} show [ dev IFNAME ] [ up ] [ master DEVICE ] [ type TYPE ]\n(a short form; the real one is longer)\n`,
      255,
    );
  if (verb && !isShow(verb) && verb !== "dev" && verb !== "up" && !/^(?:master|type|scope|to|label)$/.test(verb))
    return refuse(ctx, `Command "${verb}" is unknown, try "ip ${object} help".\n`, 255);
  const words = isShow(verb) ? rest.slice(1) : [...rest];
  const all = devicesOf(ctx);
  let shown = all;
  let scope: string | undefined;
  while (words.length > 0) {
    const word = words.shift()!;
    if (word === "up") shown = shown.filter((device) => device.up);
    else if (word === "master") {
      const master = words.shift() ?? "";
      if (!all.some((device) => device.name === master))
        return refuse(ctx, `Error: argument "${master}" is wrong: Device does not exist\n\n`, 255);
      shown = shown.filter((device) => device.master === master);
    } else if (word === "type") {
      const type = words.shift() ?? "";
      shown = shown.filter((device) => (device.kind === "tap" ? "tun" : device.kind) === type);
    } else if (word === "scope") scope = words.shift();
    else if (word === "to" || word === "label" || word === "vrf" || word === "group") words.shift();
    else {
      const name = word === "dev" ? (words.shift() ?? "") : word;
      const found = all.filter((device) => device.name === name || device.altName === name);
      if (found.length === 0) return refuse(ctx, `Device "${name}" does not exist.\n`, 1);
      shown = shown.filter((device) => found.includes(device));
    }
  }
  const hasAddress = (device: Device) =>
    options.family === "4" ? device.addresses.length > 0 : linkLocal(device) !== undefined;
  if (object === "address" && (options.family === "4" || options.family === "6"))
    shown = shown.filter((device) => hasAddress(device));
  if (scope === "global") shown = shown.filter((device) => device.addresses.some((one) => one.scope === "global"));
  if (options.json)
    return write(
      ctx,
      jsonText(
        shown.map((device) => asJson(device, all, object, options)),
        options.pretty,
      ),
    );
  const text = shown.map((device) => {
    if (options.brief) return briefLine(device, all, object, options);
    const lines = fullLines(device, all, object, options, scope);
    return options.oneLine ? oneLines(device, object, lines) : lines.map((line) => `${line}\n`).join("");
  });
  return write(ctx, text.join(""));
}

/** `fwpr100p0@fwln100i0`. */
const shownName = (device: Device) => (device.peer ? `${device.name}@${device.peer}` : device.name);

/** One that was never up has none of its own. */
const queueOf = (device: Device) => {
  if (device.kind === "card" || device.kind === "tap") return "pfifo_fast";
  return device.up || device.kind === "loopback" ? "noqueue" : "noop";
};

function asJson(device: Device, all: readonly Device[], object: "address" | "link", options: IpOptions): Json {
  const loopback = device.kind === "loopback";
  if (options.brief) {
    const head = { ifname: device.name, ...(device.peer && { link: device.peer }), operstate: operState(device, all) };
    if (object === "link") return { ...head, address: device.mac, flags: flagsOf(device) };
    return {
      ...head,
      addr_info: addressesOf(device, options).map(({ local, prefixlen }) => ({ local, prefixlen })),
    };
  }
  const { rxBytes, rxPackets, txBytes, txPackets } = device.traffic;
  return {
    ifindex: device.index,
    ...(device.peer && { link: device.peer }),
    ifname: device.name,
    flags: flagsOf(device),
    mtu: device.mtu,
    qdisc: queueOf(device),
    ...(device.master && { master: device.master }),
    operstate: operState(device, all),
    ...(object === "link" && { linkmode: "DEFAULT" }),
    group: "default",
    txqlen: 1000,
    link_type: loopback ? "loopback" : "ether",
    address: device.mac,
    broadcast: loopback ? "00:00:00:00:00:00" : "ff:ff:ff:ff:ff:ff",
    ...(options.details && {
      promiscuity: device.master ? 1 : 0,
      min_mtu: loopback ? 0 : 68,
      max_mtu: loopback ? 0 : 65535,
      ...(["bridge", "vlan", "dummy"].includes(device.kind) && { linkinfo: { info_kind: device.kind } }),
      ...(device.master && { linkinfo: { info_slave_kind: "bridge", info_slave_data: { state: "forwarding" } } }),
    }),
    ...(device.altName && { altnames: [device.altName] }),
    ...(object === "address" && { addr_info: addressesOf(device, options) }),
    ...(options.statistics > 0 && {
      stats64: {
        rx: { bytes: rxBytes, packets: rxPackets, errors: 0, dropped: 0, over_errors: 0, multicast: 0 },
        tx: { bytes: txBytes, packets: txPackets, errors: 0, dropped: 0, carrier_errors: 0, collisions: 0 },
      },
    }),
  };
}

function addressesOf(device: Device, { family }: IpOptions) {
  const loopback = device.kind === "loopback";
  const forever = { valid_life_time: 4294967295, preferred_life_time: 4294967295 };
  const local = linkLocal(device);
  return [
    ...(family !== "6"
      ? device.addresses.map((one) => ({
          family: "inet",
          local: one.address,
          prefixlen: one.prefixLength,
          ...(one.broadcast !== undefined && { broadcast: one.broadcast }),
          scope: one.scope,
          ...(one.secondary && { secondary: true }),
          label: one.label,
          ...forever,
        }))
      : []),
    ...(local && family !== "4"
      ? [
          {
            family: "inet6",
            local,
            prefixlen: loopback ? 128 : 64,
            scope: loopback ? "host" : "link",
            ...(loopback && { noprefixroute: true }),
            ...forever,
          },
        ]
      : []),
  ];
}

function briefLine(device: Device, all: readonly Device[], object: "address" | "link", options: IpOptions): string {
  const head = `${shownName(device).padEnd(16)} ${operState(device, all).padEnd(14)} `;
  if (object === "link") return `${head}${device.mac} <${flagsOf(device).join(",")}> \n`;
  const addresses = addressesOf(device, options).map(({ local, prefixlen }) => `${local}/${prefixlen} `);
  return `${head}${addresses.join("")}\n`;
}

function fullLines(
  device: Device,
  all: readonly Device[],
  object: "address" | "link",
  options: IpOptions,
  scope?: string,
): string[] {
  const loopback = device.kind === "loopback";
  const { family, details, statistics } = options;
  const master = device.master ? `master ${device.master} ` : "";
  const lines = [
    `${device.index}: ${shownName(device)}: <${flagsOf(device).join(",")}> mtu ${device.mtu} qdisc ${queueOf(device)} ${master}state ${operState(device, all)} ${object === "link" ? "mode DEFAULT " : ""}group default qlen 1000`,
  ];
  if (object === "link" || (family !== "4" && family !== "6")) {
    const limits = loopback ? "minmtu 0 maxmtu 0" : "minmtu 68 maxmtu 65535";
    const more = details ? ` promiscuity ${device.master ? 1 : 0}  allmulti ${device.master ? 1 : 0} ${limits} ` : "";
    lines.push(
      `    link/${loopback ? "loopback" : "ether"} ${device.mac} brd ${loopback ? "00:00:00:00:00:00" : "ff:ff:ff:ff:ff:ff"}${more}${details && device.kind === "card" ? DETAILS : ""}`,
    );
    if (details && device.kind === "bridge") {
      const id = `8000.${all.find((one) => one.master === device.name)?.mac ?? device.mac}`;
      lines.push(
        `    bridge forward_delay 0 hello_time 200 max_age 2000 ageing_time 30000 stp_state 0 priority 32768 vlan_filtering ${device.vlanAware ? 1 : 0} vlan_protocol 802.1Q bridge_id ${id} designated_root ${id} root_port 0 root_path_cost 0 topology_change 0 topology_change_detected 0 ${DETAILS}`,
      );
    } else if (details && device.kind === "vlan")
      lines.push(`    vlan protocol 802.1Q id ${device.vlanId} <REORDER_HDR> ${DETAILS}`);
    else if (details && device.kind === "dummy") lines.push(`    dummy ${DETAILS}`);
    else if (details && device.kind === "tap") lines.push("    tun type tap pi off vnet_hdr on persist off ");
    else if (details && device.kind === "veth") lines.push("    veth ");
    if (details && device.master)
      lines.push(
        `    bridge_slave state forwarding priority 32 cost ${device.kind === "card" ? 4 : 2} hairpin off guard off root_block off fastleave off learning on flood on `,
      );
    if (device.alias !== undefined) lines.push(`    alias ${device.alias}`);
    if (device.altName) lines.push(`    altname ${device.altName}`);
  }
  if (object === "address") {
    for (const address of addressesOf(device, options)) {
      if (scope !== undefined && address.scope !== scope) continue;
      const secondary = "secondary" in address ? "secondary " : "";
      const label = "label" in address ? secondary + address.label : loopback ? "noprefixroute " : "";
      const broadcast = "broadcast" in address ? `brd ${address.broadcast} ` : "";
      lines.push(
        `    ${address.family} ${address.local}/${address.prefixlen} ${broadcast}scope ${address.scope} ${label}`,
        "       valid_lft forever preferred_lft forever",
      );
    }
  }
  if (statistics > 0) lines.push(...statisticLines(device, statistics > 1));
  return lines;
}

const DETAILS =
  "addrgenmode eui64 numtxqueues 1 numrxqueues 1 gso_max_size 65536 gso_max_segs 65535 tso_max_size 65536 tso_max_segs 65535 gro_max_size 65536 ";

/** Columns as wide as their figures. @source iproute2 6.1 ip/ipaddress.c print_stats64 */
function statisticLines({ traffic }: Device, withErrors: boolean): string[] {
  const { rxBytes, rxPackets, txBytes, txPackets } = traffic;
  const least = [10, 7, 6, 7, 7, 7];
  const values = { RX: [rxBytes, rxPackets, 0, 0, 0, 0], TX: [txBytes, txPackets, 0, 0, 0, 0] };
  const widths = least.map((width, at) => Math.max(width, String(values.RX[at]).length, String(values.TX[at]).length));
  const row = (cells: (string | number)[]) => cells.map((cell, at) => String(cell).padStart(widths[at]!)).join(" ");
  const heads = { RX: ["errors", "dropped", "missed", "mcast"], TX: ["errors", "dropped", "carrier", "collsns"] };
  const faults = {
    RX: ["length", "crc", "frame", "fifo", "overrun"],
    TX: ["aborted", "fifo", "window", "heartbt", "transns"],
  };
  return (["RX", "TX"] as const).flatMap((way) => [
    `    ${way}: ${row(["bytes", "packets", ...heads[way]]).slice(4)}${" ".repeat(11)}`,
    `    ${row(values[way])} `,
    ...(withErrors
      ? [`    ${row([`${way} errors:`, ...faults[way]]).trimStart()}`, `    ${row(["", 0, 0, 0, 0, 0])} `]
      : []),
  ]);
}

/** Each address, or each link, on a line of its own. */
function oneLines(device: Device, object: "address" | "link", lines: readonly string[]): string {
  if (object === "link") return `${lines.join("\\")}\n`;
  let out = "";
  for (const [at, line] of lines.entries()) {
    if (!/^ {4}inet6? /.test(line)) continue;
    out += `${device.index}: ${device.name} ${line.slice(1)}\\${lines[at + 1]}\n`;
  }
  return out;
}
