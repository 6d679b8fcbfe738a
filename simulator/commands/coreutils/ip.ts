/** `ip`: addresses, links, routes, neighbours and rules of a node, and `ip link set`. @source iproute2 6.1, its own output */
import { Refusal } from "../../cluster/refusal.ts";
import {
  addressText,
  type Device,
  devicesOf,
  flagsOf,
  gatewayIn,
  linkLocal,
  mtuOf,
  neighboursOf,
  operState,
  type Route,
  routeFor,
  routesOf,
} from "../../node-view/network-devices.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { notModelled } from "../printed.ts";
import { textOf } from "./arguments.ts";
import { type Json, jsonText } from "./iproute-json.ts";

export interface IpOptions {
  brief: boolean;
  family: "" | "4" | "6" | "0";
  json: boolean;
  pretty: boolean;
  oneLine: boolean;
  details: boolean;
  /** How often `-s` was given. */
  statistics: number;
}

/** In the order in which a shortened name is looked up. */
const OBJECTS = ["address", "link", "route", "neighbour", "neighbor", "rule", "maddress", "help"];

/** Known to the real one. */
const FURTHER_OBJECTS =
  "addrlabel amt fou ila ioam l2tp macsec monitor mptcp mroute mrule netconf netns nexthop ntable ntbl sr tap tcpmetrics token tunnel tuntap vrf xfrm".split(
    " ",
  );

const USAGE = `Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }
       ip [ -force ] -batch filename
where  OBJECT := { address | addrlabel | amt | fou | help | ila | ioam | l2tp |
                   link | macsec | maddress | monitor | mptcp | mroute | mrule |
                   neighbor | neighbour | netconf | netns | nexthop | ntable |
                   ntbl | route | rule | sr | tap | tcpmetrics |
                   token | tunnel | tuntap | vrf | xfrm }
       OPTIONS := { -V[ersion] | -s[tatistics] | -d[etails] | -r[esolve] |
                    -h[uman-readable] | -iec | -j[son] | -p[retty] |
                    -f[amily] { inet | inet6 | mpls | bridge | link } |
                    -4 | -6 | -M | -B | -0 |
                    -l[oops] { maximum-addr-flush-attempts } | -br[ief] |
                    -o[neline] | -t[imestamp] | -ts[hort] | -b[atch] [filename] |
                    -rc[vbuf] [size] | -n[etns] name | -N[umeric] | -a[ll] |
                    -c[olor]}
`;

const CHANGES = ["add", "append", "change", "del", "delete", "flush", "prepend", "replace", "restore", "save", "set"];

export const ip: Program = async (ctx) => {
  const words = ctx.argv.slice(1);
  const options: IpOptions = {
    brief: false,
    family: "",
    json: false,
    pretty: false,
    oneLine: false,
    details: false,
    statistics: 0,
  };
  while (words[0]?.startsWith("-")) {
    const option = words.shift()!.replace(/^--/, "-");
    const is = (long: string, least: number) => option.length > least && long.startsWith(option);
    if (option === "-") break;
    if (is("-brief", 2)) options.brief = true;
    else if (is("-json", 1)) options.json = true;
    else if (is("-pretty", 1)) options.pretty = true;
    else if (option === "-4" || option === "-6" || option === "-0") options.family = option[1] as "4";
    else if (is("-family", 1)) {
      const family = words.shift() ?? "";
      options.family = ({ inet: "4", inet6: "6", link: "0" }[family] as "4" | undefined) ?? "";
    } else if (is("-oneline", 1)) options.oneLine = true;
    else if (is("-details", 1)) options.details = true;
    else if (is("-stats", 1) || is("-statistics", 1)) options.statistics += 1;
    else if (is("-Version", 1) || option === "-V") return write(ctx, "ip utility, iproute2-6.1.0, libbpf 1.1.2\n");
    else if (is("-netns", 1) || is("-batch", 2) || is("-force", 2)) return refuse(ctx, notModelled("ip", option), 1);
    else if (option === "-help") return refuse(ctx, USAGE, 255);
    else if (
      !/^-(?:c(?:olor(?:=\w+)?)?|h(?:uman(?:-readable)?)?|iec|r(?:esolve)?|t(?:imestamp)?|ts(?:hort)?|N(?:umeric)?|a(?:ll)?|l(?:oops)?)$/.test(
        option,
      )
    )
      return refuse(ctx, `Option "${option}" is unknown, try "ip -help".\n`, 255);
  }
  const named = words[0];
  const object = named && OBJECTS.find((candidate) => candidate.startsWith(named));
  if (named === undefined || object === "help") return refuse(ctx, USAGE, 255);
  if (!object) {
    const known = FURTHER_OBJECTS.includes(named);
    return refuse(ctx, known ? notModelled("ip", named) : `Object "${named}" is unknown, try "ip help".\n`, 1);
  }
  const rest = words.slice(1);
  switch (object) {
    case "route":
      return showRoutes(ctx, rest, options);
    case "neighbour":
    case "neighbor":
      return showNeighbours(ctx, rest, options);
    case "rule":
      return showRules(ctx, rest, options);
    case "maddress":
      return refuse(ctx, notModelled("ip", named), 1);
    default:
      return showDevices(ctx, object as "address" | "link", rest, options);
  }
};

async function write(ctx: ProgramContext, text: string): Promise<number> {
  await ctx.stdout.write(text);
  return 0;
}

async function refuse(ctx: ProgramContext, text: string, status: number): Promise<number> {
  await ctx.stderr.write(text);
  return status;
}

const isShow = (word: string | undefined) =>
  word !== undefined && word !== "" && ["show", "list", "lst", "ls"].some((verb) => verb.startsWith(word));

async function showDevices(
  ctx: ProgramContext,
  object: "address" | "link",
  rest: string[],
  options: IpOptions,
): Promise<number> {
  const [verb] = rest;
  if (verb === "set" && object === "link") return setLink(ctx, rest.slice(1));
  if (verb === "help")
    return refuse(
      ctx,
      `Usage: ip ${object} show [ dev IFNAME ] [ up ] [ master DEVICE ] [ type TYPE ]\n(a short form; the real one is longer)\n`,
      255,
    );
  if (verb && CHANGES.includes(verb)) return refuse(ctx, notModelled("ip", `${object} ${verb}`), 2);
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
      const found = all.filter((device) => device.name === name || altNameOf(device) === name);
      if (found.length === 0) return refuse(ctx, `Device "${name}" does not exist.\n`, 1);
      shown = shown.filter((device) => found.includes(device));
    }
  }
  const hasAddress = (device: Device) =>
    options.family === "4" ? device.address !== undefined : linkLocal(device) !== undefined;
  if (object === "address" && (options.family === "4" || options.family === "6"))
    shown = shown.filter((device) => hasAddress(device) && (scope !== "global" || device.kind !== "loopback"));
  if (scope === "global") shown = shown.filter((device) => device.address && device.kind !== "loopback");
  if (options.json)
    return write(
      ctx,
      jsonText(
        shown.map((device) => asJson(device, object, options)),
        options.pretty,
      ),
    );
  const text = shown.map((device) => {
    if (options.brief) return briefLine(device, object, options);
    const lines = fullLines(device, all, object, options, scope);
    return options.oneLine ? oneLines(device, object, lines) : lines.map((line) => `${line}\n`).join("");
  });
  return write(ctx, text.join(""));
}

/** `fwpr100p0@fwln100i0`. */
const shownName = (device: Device) => (device.peer ? `${device.name}@${device.peer}` : device.name);

function altNameOf(device: Device): string | undefined {
  return device.kind === "card" ? `enp0s${device.name.replace(/\D/g, "")}` : undefined;
}

const queueOf = (device: Device) => (device.kind === "card" || device.kind === "tap" ? "pfifo_fast" : "noqueue");

function asJson(device: Device, object: "address" | "link", options: IpOptions): Json {
  const loopback = device.kind === "loopback";
  if (options.brief) {
    const head = { ifname: device.name, ...(device.peer && { link: device.peer }), operstate: operState(device) };
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
    mtu: mtuOf(device),
    qdisc: queueOf(device),
    ...(device.master && { master: device.master }),
    operstate: operState(device),
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
      ...(device.kind === "bridge" && { linkinfo: { info_kind: "bridge" } }),
      ...(device.master && { linkinfo: { info_slave_kind: "bridge", info_slave_data: { state: "forwarding" } } }),
    }),
    ...(altNameOf(device) && { altnames: [altNameOf(device)!] }),
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
    ...(device.address && family !== "6"
      ? [
          {
            family: "inet",
            local: device.address.text,
            prefixlen: device.address.prefixLength,
            scope: loopback ? "host" : "global",
            label: device.name,
            ...forever,
          },
        ]
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

function briefLine(device: Device, object: "address" | "link", options: IpOptions): string {
  const head = `${shownName(device).padEnd(16)} ${operState(device).padEnd(14)} `;
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
    `${device.index}: ${shownName(device)}: <${flagsOf(device).join(",")}> mtu ${mtuOf(device)} qdisc ${queueOf(device)} ${master}state ${operState(device)} ${object === "link" ? "mode DEFAULT " : ""}group default qlen 1000`,
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
        `    bridge forward_delay 0 hello_time 200 max_age 2000 ageing_time 30000 stp_state 0 priority 32768 vlan_filtering 0 vlan_protocol 802.1Q bridge_id ${id} designated_root ${id} root_port 0 root_path_cost 0 topology_change 0 topology_change_detected 0 ${DETAILS}`,
      );
    } else if (details && device.kind === "tap") lines.push("    tun type tap pi off vnet_hdr on persist off ");
    else if (details && device.kind === "veth") lines.push("    veth ");
    if (details && device.master)
      lines.push(
        `    bridge_slave state forwarding priority 32 cost ${device.kind === "card" ? 4 : 2} hairpin off guard off root_block off fastleave off learning on flood on `,
      );
    if (altNameOf(device)) lines.push(`    altname ${altNameOf(device)}`);
  }
  if (object === "address") {
    for (const address of addressesOf(device, options)) {
      if (scope !== undefined && address.scope !== scope) continue;
      const label = address.family === "inet" ? device.name : loopback ? "noprefixroute " : "";
      lines.push(
        `    ${address.family} ${address.local}/${address.prefixlen} scope ${address.scope} ${label}`,
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

async function setLink(ctx: ProgramContext, words: string[]): Promise<number> {
  if (words.length === 0) return refuse(ctx, 'Not enough information: "dev" argument is required.\n', 255);
  const named = words[0] === "dev" || words[0] === "group";
  const [name, ...actions] = named ? words.slice(1) : words;
  const known = devicesOf(ctx).find((device) => device.name === name || altNameOf(device) === name);
  if (!known || name === undefined) return refuse(ctx, `Cannot find device "${name ?? ""}"\n`, 1);
  const action = actions[0];
  if (action === undefined) return 0;
  if (action !== "up" && action !== "down") {
    const isKnown =
      /^(?:address|addr|mtu|master|nomaster|name|promisc|alias|arp|multicast|allmulticast|txqueuelen|txqlen|netns|type|vf|group|carrier|broadcast|dynamic)$/.test(
        action,
      );
    return isKnown
      ? refuse(ctx, notModelled("ip", `link set ${action}`), 1)
      : refuse(ctx, `Error: either "dev" is duplicate, or "${action}" is a garbage.\n`, 255);
  }
  if (name === "lo") return 0;
  if (known.kind === "tap" || known.kind === "veth" || known.name.startsWith("fwbr"))
    return refuse(ctx, notModelled("ip", `link set ${name} ${action}`), 1);
  try {
    ctx.lab.act("network/nic", {
      node: ctx.node,
      nic: known.master ?? known.name,
      up: action === "up",
      ...(known.master !== undefined && { port: true }),
    });
    return 0;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refuse(ctx, `${error.message}\n`, 1);
  }
}

async function showNeighbours(ctx: ProgramContext, rest: string[], options: IpOptions): Promise<number> {
  const [verb] = rest;
  if (verb && CHANGES.includes(verb)) return refuse(ctx, notModelled("ip", `neigh ${verb}`), 2);
  if (verb === "help")
    return refuse(
      ctx,
      "Usage: ip neigh { show | flush } [ to PREFIX ] [ dev DEV ] [ nud STATE ]\n(a short form; the real one is longer)\n",
      255,
    );
  const words = isShow(verb) ? rest.slice(1) : [...rest];
  if (verb && !isShow(verb) && !["dev", "nud", "to"].includes(verb) && !/^[\d.:a-f]+$/.test(verb))
    return refuse(ctx, `Command "${verb}" is unknown, try "ip neigh help".\n`, 255);
  let shown = options.family === "6" ? [] : neighboursOf(ctx);
  let onOneDevice = false;
  while (words.length > 0) {
    const word = words.shift()!;
    if (word === "dev") {
      const name = words.shift();
      if (!devicesOf(ctx).some((device) => device.name === name))
        return refuse(ctx, `Cannot find device "${name ?? ""}"\n`, 1);
      shown = shown.filter((one) => one.device === name);
      onOneDevice = true;
    } else if (word === "nud") {
      const state = words.shift();
      shown = shown.filter((one) => state === "all" || (one.reachable ? "reachable" : "failed") === state);
    } else {
      const address = word === "to" ? words.shift() : word;
      shown = shown.filter((one) => one.address === address);
    }
  }
  if (options.json)
    return write(
      ctx,
      jsonText(
        shown.map((one) => ({
          dst: one.address,
          ...(!onOneDevice && { dev: one.device }),
          ...(one.reachable && { lladdr: one.mac }),
          state: [one.reachable ? "REACHABLE" : "FAILED"],
        })),
        options.pretty,
      ),
    );
  const rows = shown.map((one) => {
    if (options.brief) return `${one.address.padEnd(39)} ${one.device.padEnd(16)} ${one.reachable ? one.mac : ""}\n`;
    const device = onOneDevice ? "" : `dev ${one.device} `;
    const used = options.statistics > 0 ? (one.reachable ? " ref 1 used 3/2/2probes 1" : " used 9/12/6probes 6") : "";
    return `${one.address} ${device}${one.reachable ? `lladdr ${one.mac}${used} REACHABLE` : `${used.trim()}${used ? " " : ""}FAILED`} \n`;
  });
  return write(ctx, rows.join(""));
}

async function showRules(ctx: ProgramContext, rest: string[], options: IpOptions): Promise<number> {
  if (rest[0] && !isShow(rest[0])) {
    const known = CHANGES.includes(rest[0]) || rest[0] === "help";
    return known
      ? refuse(ctx, notModelled("ip", `rule ${rest[0]}`), 2)
      : refuse(ctx, `Command "${rest[0]}" is unknown, try "ip rule help".\n`, 255);
  }
  const rules: [number, string][] = [
    [0, "local"],
    [32766, "main"],
    ...(options.family === "6" ? [] : ([[32767, "default"]] as [number, string][])),
  ];
  if (options.json)
    return write(
      ctx,
      jsonText(
        rules.map(([priority, table]) => ({ priority, src: "all", table })),
        options.pretty,
      ),
    );
  return write(ctx, rules.map(([priority, table]) => `${priority}:\tfrom all lookup ${table}\n`).join(""));
}

async function showRoutes(ctx: ProgramContext, words: string[], options: IpOptions): Promise<number> {
  const interfaces = await textOf(ctx, "/etc/network/interfaces");
  const devices = devicesOf(ctx);
  const routes = routesOf(devices, gatewayIn(interfaces));
  const [verb] = words;
  if (verb === "get") return showRouteTo(ctx, routes, words.slice(1), options);
  if (verb && CHANGES.includes(verb)) return refuse(ctx, notModelled("ip", `route ${verb}`), 2);
  if (verb === "help")
    return refuse(
      ctx,
      "Usage: ip route { list | flush } SELECTOR\n       ip route get ADDRESS\n(a short form; the real one is longer)\n",
      255,
    );
  const rest = isShow(verb) ? words.slice(1) : [...words];
  if (
    verb &&
    !isShow(verb) &&
    !["default", "dev", "table", "proto", "scope", "via", "root", "match", "exact"].includes(verb) &&
    !/^[\d./]+$/.test(verb)
  )
    return refuse(ctx, `Command "${verb}" is unknown, try "ip route help".\n`, 255);
  if (options.family === "6") return write(ctx, sixRoutes(devices));
  let shown = routes;
  let only: string | undefined;
  while (rest.length > 0) {
    const word = rest.shift()!;
    if (word === "default") shown = shown.filter((route) => route.via);
    else if (word === "dev") {
      only = rest.shift() ?? "";
      if (!devices.some((device) => device.name === only)) return refuse(ctx, `Cannot find device "${only}"\n`, 1);
      shown = shown.filter((route) => route.device.name === only);
    } else if (word === "table") {
      const table = rest.shift();
      if (table === "local") return write(ctx, localRoutes(devices));
      if (table !== "main" && table !== "all" && table !== "254" && table !== "default" && table !== "253")
        return refuse(ctx, `Error: argument "${table ?? ""}" is wrong: table id value is invalid\n\n`, 255);
      if (table === "default" || table === "253") shown = [];
    } else if (["proto", "scope", "via", "root", "match", "exact", "type"].includes(word)) {
      const value = rest.shift();
      if (word === "scope") shown = shown.filter((route) => (route.via ? "global" : "link") === value);
      if (word === "via") shown = shown.filter((route) => route.via === value);
      if (word === "proto" && value !== "kernel") shown = [];
    } else if (/^[\d.]+(?:\/\d+)?$/.test(word)) {
      shown = shown.filter((route) => !route.via && `${addressText(route.network)}/${route.prefixLength}` === word);
    } else return refuse(ctx, `Error: any valid prefix is expected rather than "${word}".\n`, 1);
  }
  if (options.json)
    return write(
      ctx,
      jsonText(
        shown.map((route) => ({
          dst: route.via ? "default" : `${addressText(route.network)}/${route.prefixLength}`,
          ...(route.via && { gateway: route.via }),
          ...(only === undefined && { dev: route.device.name }),
          protocol: "kernel",
          ...(!route.via && { scope: "link", prefsrc: route.source }),
          flags: [...(route.via ? ["onlink"] : []), ...(route.device.carrier ? [] : ["linkdown"])],
        })),
        options.pretty,
      ),
    );
  return write(ctx, shown.map((route) => routeLine(route, only !== undefined)).join(""));
}

function routeLine({ device, source, network, prefixLength, via }: Route, onOneDevice: boolean): string {
  const dev = onOneDevice ? "" : `dev ${device.name} `;
  const down = device.carrier ? "" : "linkdown ";
  if (via) return `default via ${via} ${dev}proto kernel onlink ${down}\n`;
  return `${addressText(network)}/${prefixLength} ${dev}proto kernel scope link src ${source} ${down}\n`;
}

/** The table that says which addresses are the node's own. */
function localRoutes(devices: readonly Device[]): string {
  const lines: string[] = [];
  for (const { name, address, kind, up } of devices) {
    if (!address || !up) continue;
    const bits = address.text.split(".").map(Number);
    if (kind === "loopback") {
      lines.push(
        "local 127.0.0.0/8 dev lo proto kernel scope host src 127.0.0.1 \n",
        "local 127.0.0.1 dev lo proto kernel scope host src 127.0.0.1 \n",
        "broadcast 127.255.255.255 dev lo proto kernel scope link src 127.0.0.1 \n",
      );
      continue;
    }
    const value = ((bits[0]! << 24) | (bits[1]! << 16) | (bits[2]! << 8) | bits[3]!) >>> 0;
    const last = addressText((value | (2 ** (32 - address.prefixLength) - 1)) >>> 0);
    lines.push(
      `local ${address.text} dev ${name} proto kernel scope host src ${address.text} \n`,
      `broadcast ${last} dev ${name} proto kernel scope link src ${address.text} \n`,
    );
  }
  return lines.join("");
}

function sixRoutes(devices: readonly Device[]): string {
  return devices
    .filter((device) => device.kind !== "loopback" && linkLocal(device) !== undefined)
    .map((device) => `fe80::/64 dev ${device.name} proto kernel metric 256 pref medium\n`)
    .join("");
}

async function showRouteTo(ctx: ProgramContext, routes: Route[], words: string[], options: IpOptions): Promise<number> {
  const word = words[0] ?? "";
  if (word === "") return refuse(ctx, "need at least a destination address\n", 1);
  if (!/^(\d{1,3}\.){3}\d{1,3}$/.test(word))
    return refuse(ctx, `Error: any valid prefix is expected rather than "${word}".\n`, 1);
  const own = devicesOf(ctx).find(
    (device) => device.address?.text === word || (device.kind === "loopback" && word.startsWith("127.")),
  );
  const route = routeFor(routes, word);
  if (!own && !route) return refuse(ctx, "RTNETLINK answers: Network is unreachable\n", 2);
  if (options.json) {
    const answer: Json = own
      ? { type: "local", dst: word, dev: "lo", prefsrc: word, flags: [], uid: 0, cache: ["local"] }
      : {
          dst: word,
          ...(route!.via && { gateway: route!.via }),
          dev: route!.device.name,
          prefsrc: route!.source,
          flags: [],
          uid: 0,
          cache: [],
        };
    return write(ctx, jsonText([answer], options.pretty));
  }
  if (own) return write(ctx, `local ${word} dev lo src ${word} uid 0 \n    cache <local> \n`);
  const via = route!.via ? `via ${route!.via} ` : "";
  return write(ctx, `${word} ${via}dev ${route!.device.name} src ${route!.source} uid 0 \n    cache \n`);
}
