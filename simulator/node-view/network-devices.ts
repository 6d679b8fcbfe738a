/** The network devices of a node as Linux lists them: loopback, cards, bridges, and the taps of running guests. */
import { createHash } from "node:crypto";
import { deviceIsUp } from "../cluster/network.ts";
import type { LabPort } from "../cluster/port.ts";
import type { NicState } from "../cluster/state.ts";

export interface Device {
  name: string;
  index: number;
  /** The bridge it is a port of. */
  master: string | undefined;
  mac: string;
  up: boolean;
  carrier: boolean;
  address: { text: string; prefixLength: number } | undefined;
  kind: "loopback" | "card" | "bridge" | "tap" | "veth";
  /** The other end of a pair. */
  peer?: string;
  traffic: Traffic;
}

/** What went through since the node started; made up, growing with model time. */
export interface Traffic {
  rxBytes: number;
  rxPackets: number;
  txBytes: number;
  txPackets: number;
}

/** Who looks, and from where. */
export interface Onlooker {
  lab: LabPort;
  node: string;
}

/** The loopback, then all cards, then bridges, then what guests brought. */
export function devicesOf({ lab, node }: Onlooker): Device[] {
  const seen = lab.read((state) => {
    const owner = state.nodes[node];
    return {
      nics: structuredClone(owner?.nics ?? []) as NicState[],
      unplugged: { ...state.network?.unplugged },
      secondsUp: Math.max(0, (state.nowMs - (owner?.bootedAtMs ?? 0)) / 1000),
      clustered: Boolean(owner?.corosync?.daemon),
      guests: Object.values(owner?.qemu ?? {})
        .filter((guest) => owner?.processes[guest.pid] !== undefined)
        .map(({ vmid, config }) => ({ vmid, config })),
    };
  });
  const traffic = (share: number): Traffic => trafficAfter(seen.secondsUp, share, seen.clustered);
  const cards: Device[] = [];
  const bridges: Device[] = [];
  for (const [at, nic] of seen.nics.entries()) {
    const mac = macOf(node, at);
    const carrier = !seen.unplugged[`${nic.network}/${node}`];
    const address = { text: nic.address, prefixLength: nic.prefixLength };
    const common = { index: 0, mac, carrier, traffic: traffic(at === 0 ? 1 : 0.7) };
    if (nic.name.startsWith("vmbr")) {
      const [portUp, bridgeUp] = [!nic.portDown, deviceIsUp(nic)];
      const port = { name: `ens${18 + at}`, master: nic.name, up: portUp, address: undefined, kind: "card" as const };
      cards.push({ ...common, ...port });
      // A bridge has a carrier while one of its ports has.
      const bridge = { name: nic.name, master: undefined, up: bridgeUp, address, kind: "bridge" as const };
      bridges.push({ ...common, ...bridge, carrier: carrier && portUp });
    } else cards.push({ ...common, name: nic.name, master: undefined, up: nic.adminUp, address, kind: "card" });
  }
  const loopback: Device = {
    name: "lo",
    index: 1,
    master: undefined,
    mac: "00:00:00:00:00:00",
    up: true,
    carrier: true,
    address: { text: "127.0.0.1", prefixLength: 8 },
    kind: "loopback",
    traffic: traffic(0.2),
  };
  const taps = seen.guests.flatMap(({ vmid, config }) => guestDevices(vmid, config, traffic(0.05)));
  return [loopback, ...cards, ...bridges, ...taps].map((device, at) => ({ ...device, index: at + 1 }));
}

/** The tap of each card of a guest, and the firewall's bridge before it where the card asks for one. */
function guestDevices(vmid: number, config: string, traffic: Traffic): Device[] {
  return [...config.matchAll(/^net(\d+):\s*(.*)$/gm)].flatMap(([, number = "", options = ""]) => {
    const bridge = /(?:^|,)bridge=(\w+)/.exec(options)?.[1];
    if (!bridge) return [];
    const at = `${vmid}i${number}`;
    const device = (name: string, kind: Device["kind"], master: string | undefined, peer?: string): Device => ({
      name,
      index: 0,
      master,
      mac: macOf(name, 0),
      up: true,
      carrier: true,
      address: undefined,
      kind,
      traffic,
      ...(peer && { peer }),
    });
    if (!/(?:^|,)firewall=1/.test(options)) return [device(`tap${at}`, "tap", bridge)];
    const [outer, inner] = [`fwpr${vmid}p${number}`, `fwln${at}`];
    return [
      device(`tap${at}`, "tap", `fwbr${at}`),
      device(`fwbr${at}`, "bridge", undefined),
      device(outer, "veth", bridge, inner),
      device(inner, "veth", `fwbr${at}`, outer),
    ];
  });
}

function trafficAfter(seconds: number, share: number, clustered: boolean): Traffic {
  const rate = (clustered ? 42_000 : 1_100) * share;
  const bytes = Math.floor(18_000 * share + rate * seconds);
  return {
    rxBytes: bytes,
    rxPackets: Math.floor(bytes / 196),
    txBytes: Math.floor(bytes * 1.07),
    txPackets: Math.floor(bytes / 183),
  };
}

/** Proxmox's own prefix for virtual cards, and the same card for the same node for ever. */
export function macOf(node: string, index: number): string {
  const digest = createHash("sha256").update(`${node}/${index}`).digest();
  return ["bc", "24", "11", ...[...digest.subarray(0, 3)].map((byte) => byte.toString(16).padStart(2, "0"))].join(":");
}

export function flagsOf(device: Device): string[] {
  if (device.kind === "loopback") return ["LOOPBACK", "UP", "LOWER_UP"];
  const promiscuous = device.kind === "tap" ? ["PROMISC"] : [];
  const words = ["BROADCAST", "MULTICAST", ...promiscuous];
  if (device.up && !device.carrier) words.unshift("NO-CARRIER");
  if (device.up) words.push("UP");
  if (device.up && device.carrier) words.push("LOWER_UP");
  return words;
}

export function operState(device: Device): "UP" | "DOWN" | "UNKNOWN" {
  if (device.kind === "loopback" || (device.kind === "tap" && device.up)) return "UNKNOWN";
  return device.up && device.carrier ? "UP" : "DOWN";
}

export const mtuOf = (device: Device) => (device.kind === "loopback" ? 65_536 : 1_500);

/** Made of the card's address; a port of a bridge has none. */
export function linkLocal(device: Device): string | undefined {
  if (device.kind === "loopback") return "::1";
  if (!device.up || device.master || !device.address) return undefined;
  const bytes = device.mac.split(":").map((part) => Number.parseInt(part, 16));
  const group = (high: number, low: number) => ((high << 8) | low).toString(16);
  return `fe80::${group(bytes[0]! ^ 2, bytes[1]!)}:${group(bytes[2]!, 0xff)}:${group(0xfe, bytes[3]!)}:${group(bytes[4]!, bytes[5]!)}`;
}

export interface Neighbour {
  address: string;
  device: string;
  mac: string;
  reachable: boolean;
}

/** Nodes of the same networks: whoever was heard of is reachable, or failed to answer. */
export function neighboursOf({ lab, node }: Onlooker): Neighbour[] {
  return lab.read((state) =>
    (state.nodes[node]?.nics ?? []).flatMap((nic) =>
      Object.values(state.nodes).flatMap((other) => {
        if (other.name === node) return [];
        const at = other.nics.findIndex((one) => one.network === nic.network);
        if (at < 0) return [];
        const reachable =
          other.power !== "off" &&
          nic.adminUp &&
          other.nics[at]!.adminUp &&
          !state.network.unplugged[`${nic.network}/${other.name}`] &&
          !state.network.unplugged[`${nic.network}/${node}`];
        return [{ address: other.nics[at]!.address, device: nic.name, mac: macOf(other.name, at), reachable }];
      }),
    ),
  );
}

export interface Route {
  device: Device;
  source: string;
  network: number;
  prefixLength: number;
  /** The gateway of the default route. */
  via?: string;
}

/** As the kernel lists them: the default route first, then networks by address. */
export function routesOf(devices: readonly Device[], gateway: string | undefined): Route[] {
  const direct: Route[] = devices.flatMap((device) => {
    if (!device.address || device.kind === "loopback" || !device.up) return [];
    const { text, prefixLength } = device.address;
    return [{ device, source: text, network: networkOf(addressBits(text), prefixLength), prefixLength }];
  });
  direct.sort((one, other) => one.network - other.network);
  const way = gateway === undefined ? undefined : routeFor(direct, gateway);
  return way ? [{ ...way, network: 0, prefixLength: 0, via: gateway! }, ...direct] : direct;
}

/** The most exact route to an address. */
export function routeFor(routes: readonly Route[], address: string): Route | undefined {
  const bits = addressBits(address);
  return routes
    .filter(({ network, prefixLength }) => networkOf(bits, prefixLength) === network)
    .sort((one, other) => other.prefixLength - one.prefixLength)[0];
}

export function addressBits(text: string): number {
  return text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function addressText(bits: number): string {
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join(".");
}

export function networkOf(bits: number, prefixLength: number): number {
  return prefixLength === 0 ? 0 : (bits & ((0xffffffff << (32 - prefixLength)) >>> 0)) >>> 0;
}

/** `gateway` of /etc/network/interfaces. */
export function gatewayIn(interfaces: string): string | undefined {
  return /^\s*gateway\s+(\S+)/m.exec(interfaces)?.[1];
}
