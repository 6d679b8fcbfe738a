/** `ip`: addresses, links and routes of a node, and `ip link set`. */
import { createHash } from "node:crypto";
import { Refusal } from "../../cluster/refusal.ts";
import type { NicState } from "../../cluster/state.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";

interface Device {
  name: string;
  index: number;
  /** The bridge it is a port of. */
  master: string | undefined;
  mac: string;
  up: boolean;
  carrier: boolean;
  address: { text: string; prefixLength: number } | undefined;
  bridge: boolean;
}

const OBJECTS = ["address", "link", "route", "neighbour"];

export const ip: Program = async (ctx) => {
  const words = ctx.argv.slice(1);
  let [brief, family, json] = [false, "", false];
  while (words[0]?.startsWith("-")) {
    const option = words.shift()!;
    if (option === "-br" || option === "-brief" || option === "--brief") brief = true;
    else if (option === "-j" || option === "-json" || option === "--json") json = true;
    else if (option === "-p" || option === "-pretty") continue;
    else if (option === "-4" || option === "-6") family = option.slice(1);
    else if (!/^-(c|color|o|oneline|s|stats|d|details)/.test(option)) {
      await ctx.stderr.write(`Option "${option}" is unknown, try "ip -help".\n`);
      return 255;
    }
  }
  const object = OBJECTS.find(
    (candidate) => words[0] !== undefined && words[0] !== "" && candidate.startsWith(words[0]),
  );
  if (words[0] === undefined || !object) {
    await ctx.stderr.write(
      words[0] === undefined
        ? "Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }\n"
        : `Object "${words[0]}" is unknown, try "ip help".\n`,
    );
    return words[0] === undefined ? 255 : 1;
  }
  const rest = words.slice(1);
  if (object === "route") return showRoutes(ctx, rest);
  if (object === "neighbour") return showNeighbours(ctx);
  if (rest[0] === "set" && object === "link") return setLink(ctx, rest.slice(1));
  if (rest[0] && ["add", "del", "delete", "flush", "replace", "change"].includes(rest[0])) {
    await ctx.stderr.write(`ip ${object} ${rest[0]}: not modelled in this simulated node yet\n`);
    return 2;
  }
  const named = rest.filter((word) => !["show", "list", "ls", "s", "dev", "up"].includes(word))[0];
  const devices = devicesOf(ctx).filter((device) => named === undefined || device.name === named);
  if (devices.length === 0) {
    await ctx.stderr.write(`Device "${named}" does not exist.\n`);
    return 1;
  }
  const shown = rest.includes("up") ? devices.filter((device) => device.up) : devices;
  if (json) {
    await ctx.stdout.write(`${JSON.stringify(shown.map((device) => asJson(device, object)))}\n`);
    return 0;
  }
  const render = brief
    ? (device: Device) => briefLine(device, object)
    : (device: Device) => fullLines(device, object, family);
  await ctx.stdout.write(
    shown
      .filter((device) => !(family === "4" && object === "address" && !device.address))
      .map(render)
      .join(""),
  );
  return 0;
};

function asJson(device: Device, object: string): unknown {
  const address = device.address;
  return {
    ifindex: device.index,
    ifname: device.name,
    flags: flagsOf(device).split(","),
    mtu: device.name === "lo" ? 65536 : 1500,
    ...(device.master && { master: device.master }),
    operstate: stateOf(device),
    link_type: device.name === "lo" ? "loopback" : "ether",
    address: device.mac,
    ...(object === "address" && {
      addr_info: address
        ? [
            {
              family: "inet",
              local: address.text,
              prefixlen: address.prefixLength,
              scope: device.name === "lo" ? "host" : "global",
              label: device.name,
            },
          ]
        : [],
    }),
  };
}

/** Nodes of the same networks: whoever was heard of is reachable, or failed to answer. */
async function showNeighbours(ctx: ProgramContext): Promise<number> {
  const rows = ctx.lab.read((lab) =>
    (lab.nodes[ctx.node]?.nics ?? []).flatMap((nic) =>
      Object.values(lab.nodes).flatMap((other) => {
        if (other.name === ctx.node) return [];
        const at = other.nics.findIndex((one) => one.network === nic.network);
        if (at < 0) return [];
        const reachable =
          other.power !== "off" &&
          nic.adminUp &&
          other.nics[at]!.adminUp &&
          !lab.network.unplugged[`${nic.network}/${other.name}`] &&
          !lab.network.unplugged[`${nic.network}/${ctx.node}`];
        const mac = macOf(other.name, at);
        return [`${other.nics[at]!.address} dev ${nic.name} ${reachable ? `lladdr ${mac} REACHABLE` : "FAILED"} \n`];
      }),
    ),
  );
  await ctx.stdout.write(rows.join(""));
  return 0;
}

/** The loopback, then for each bridge its port and itself. */
function devicesOf(ctx: ProgramContext): Device[] {
  const lab = ctx.lab.read((state) => ({
    nics: structuredClone(state.nodes[ctx.node]?.nics ?? []) as NicState[],
    unplugged: { ...state.network?.unplugged },
  }));
  const devices: Device[] = [
    {
      name: "lo",
      index: 1,
      master: undefined,
      mac: "00:00:00:00:00:00",
      up: true,
      carrier: true,
      address: { text: "127.0.0.1", prefixLength: 8 },
      bridge: false,
    },
  ];
  const ports: Device[] = [];
  const bridges: Device[] = [];
  for (const [index, nic] of lab.nics.entries()) {
    const mac = macOf(ctx.node, index);
    const carrier = !lab.unplugged[`${nic.network}/${ctx.node}`];
    const address = { text: nic.address, prefixLength: nic.prefixLength };
    const bridge = nic.name.startsWith("vmbr");
    if (bridge) {
      ports.push({
        name: `ens${18 + index}`,
        index: 0,
        master: nic.name,
        mac,
        up: true,
        carrier,
        address: undefined,
        bridge: false,
      });
      bridges.push({ name: nic.name, index: 0, master: undefined, mac, up: nic.adminUp, carrier, address, bridge });
    } else ports.push({ name: nic.name, index: 0, master: undefined, mac, up: nic.adminUp, carrier, address, bridge });
  }
  devices.push(...ports, ...bridges);
  return devices.map((device, at) => ({ ...device, index: at + 1 }));
}

/** Proxmox's own prefix for virtual cards, and the same card for the same node for ever. */
function macOf(node: string, index: number): string {
  const digest = createHash("sha256").update(`${node}/${index}`).digest();
  return ["bc", "24", "11", ...[...digest.subarray(0, 3)].map((byte) => byte.toString(16).padStart(2, "0"))].join(":");
}

function flagsOf(device: Device): string {
  if (device.name === "lo") return "LOOPBACK,UP,LOWER_UP";
  const words = [
    "BROADCAST",
    "MULTICAST",
    ...(device.up ? ["UP"] : []),
    ...(device.up && device.carrier ? ["LOWER_UP"] : []),
  ];
  if (device.up && !device.carrier) words.unshift("NO-CARRIER");
  return words.join(",");
}

function stateOf(device: Device): string {
  if (device.name === "lo") return "UNKNOWN";
  return device.up && device.carrier ? "UP" : "DOWN";
}

function briefLine(device: Device, object: string): string {
  const head = `${device.name.padEnd(16)} ${stateOf(device).padEnd(14)} `;
  if (object === "link") return `${head}${device.mac} <${flagsOf(device)}> \n`;
  const addresses = device.address
    ? [`${device.address.text}/${device.address.prefixLength}`, ...linkLocal(device)]
    : [];
  return `${head}${addresses.map((text) => `${text} `).join("")}\n`;
}

function linkLocal(device: Device): string[] {
  if (device.name === "lo") return ["::1/128"];
  if (!device.up) return [];
  const bytes = device.mac.split(":").map((part) => Number.parseInt(part, 16));
  const group = (high: number, low: number) => ((high << 8) | low).toString(16);
  return [
    `fe80::${group(bytes[0]! ^ 2, bytes[1]!)}:${group(bytes[2]!, 0xff)}:${group(0xfe, bytes[3]!)}:${group(bytes[4]!, bytes[5]!)}/64`,
  ];
}

function fullLines(device: Device, object: string, family: string): string {
  const loopback = device.name === "lo";
  const queue = loopback || device.bridge ? "noqueue" : "pfifo_fast";
  const master = device.master ? `master ${device.master} ` : "";
  let out = `${device.index}: ${device.name}: <${flagsOf(device)}> mtu ${loopback ? 65536 : 1500} qdisc ${queue} ${master}state ${stateOf(device)} ${object === "link" ? "mode DEFAULT " : ""}group default qlen 1000\n`;
  if (family === "") {
    out += `    link/${loopback ? "loopback" : "ether"} ${device.mac} brd ${loopback ? "00:00:00:00:00:00" : "ff:ff:ff:ff:ff:ff"}\n`;
    if (!loopback && !device.bridge) out += `    altname enp0s${device.name.replace(/\D/g, "")}\n`;
  }
  if (object === "link" || !device.address) return out;
  const forever = "       valid_lft forever preferred_lft forever\n";
  if (family !== "6") {
    out += `    inet ${device.address.text}/${device.address.prefixLength} scope ${loopback ? "host" : "global"} ${device.name}\n${forever}`;
  }
  if (family !== "4") {
    for (const text of linkLocal(device))
      out += `    inet6 ${text} scope ${loopback ? "host noprefixroute" : "link"} \n${forever}`;
  }
  return out;
}

async function setLink(ctx: ProgramContext, words: string[]): Promise<number> {
  const [name, action] = words[0] === "dev" ? words.slice(1) : words;
  const known = devicesOf(ctx).find((device) => device.name === name);
  if (!known || name === undefined) {
    await ctx.stderr.write(`Cannot find device "${name ?? ""}"\n`);
    return 1;
  }
  if (action !== "up" && action !== "down") {
    await ctx.stderr.write(`ip link set ${action ?? ""}: not modelled in this simulated node yet\n`);
    return 1;
  }
  if (name === "lo") return 0;
  try {
    // The port of a bridge carries what the bridge carries.
    ctx.lab.act("network/nic", { node: ctx.node, nic: known.master ?? name, up: action === "up" });
    return 0;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await ctx.stderr.write(`${error.message}\n`);
    return 1;
  }
}

async function showRoutes(ctx: ProgramContext, words: string[]): Promise<number> {
  const interfaces = await ctx.files.readFile("/etc/network/interfaces").then(
    (bytes) => Buffer.from(bytes).toString("utf8"),
    () => "",
  );
  const routes = routesOf(devicesOf(ctx), /^\s*gateway\s+(\S+)/m.exec(interfaces)?.[1]);
  if (words[0] === "get") return showRouteTo(ctx, routes, words[1] ?? "");
  const rest = words.filter((word) => !["show", "list", "ls", "s"].includes(word));
  if (rest[0] && !["default", "dev"].includes(rest[0])) {
    await ctx.stderr.write(`ip route ${rest[0]}: not modelled in this simulated node yet\n`);
    return 2;
  }
  const only = rest.includes("dev") ? rest[rest.indexOf("dev") + 1] : undefined;
  const shown = routes.filter(
    ({ device, via }) => (only === undefined || device.name === only) && (rest[0] !== "default" || via),
  );
  await ctx.stdout.write(shown.map((route) => routeLine(route, only !== undefined)).join(""));
  return 0;
}

interface Route {
  device: Device;
  source: string;
  network: number;
  prefixLength: number;
  /** The gateway of the default route. */
  via?: string;
}

/** As the kernel lists them: the default route first, then networks by address. */
function routesOf(devices: Device[], gateway: string | undefined): Route[] {
  const direct: Route[] = devices.flatMap((device) => {
    if (!device.address || device.name === "lo" || !device.up) return [];
    const { text, prefixLength } = device.address;
    return [{ device, source: text, network: networkOf(addressBits(text), prefixLength), prefixLength }];
  });
  direct.sort((one, other) => one.network - other.network);
  const way = gateway === undefined ? undefined : routeFor(direct, gateway);
  return way ? [{ ...way, network: 0, prefixLength: 0, via: gateway! }, ...direct] : direct;
}

/** The most exact route to an address. */
function routeFor(routes: Route[], address: string): Route | undefined {
  const bits = addressBits(address);
  return routes
    .filter(({ network, prefixLength }) => networkOf(bits, prefixLength) === network)
    .sort((one, other) => other.prefixLength - one.prefixLength)[0];
}

function routeLine({ device, source, network, prefixLength, via }: Route, onOneDevice: boolean): string {
  const dev = onOneDevice ? "" : `dev ${device.name} `;
  const down = device.carrier ? "" : "linkdown ";
  if (via) return `default via ${via} ${dev}proto kernel onlink ${down}\n`;
  const text = [24, 16, 8, 0].map((shift) => (network >>> shift) & 255).join(".");
  return `${text}/${prefixLength} ${dev}proto kernel scope link src ${source} ${down}\n`;
}

async function showRouteTo(ctx: ProgramContext, routes: Route[], word: string): Promise<number> {
  if (!/^(\d{1,3}\.){3}\d{1,3}$/.test(word)) {
    await ctx.stderr.write(`Error: any valid prefix is expected rather than "${word}".\n`);
    return 1;
  }
  const own = devicesOf(ctx).find((device) => device.address?.text === word);
  const route = routeFor(routes, word);
  if (own) await ctx.stdout.write(`local ${word} dev lo src ${word} uid 0 \n    cache <local> \n`);
  else if (route) {
    const via = route.via ? `via ${route.via} ` : "";
    await ctx.stdout.write(`${word} ${via}dev ${route.device.name} src ${route.source} uid 0 \n    cache \n`);
  } else await ctx.stderr.write("RTNETLINK answers: Network is unreachable\n");
  return own || route ? 0 : 2;
}

function addressBits(text: string): number {
  return text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

function networkOf(bits: number, prefixLength: number): number {
  return prefixLength === 0 ? 0 : (bits & ((0xffffffff << (32 - prefixLength)) >>> 0)) >>> 0;
}
