/** The network devices of a node as Linux lists them: what the node has, and the taps of running guests. */
import { createHash } from "node:crypto";
import { addressBits, inSameNetwork } from "../cluster/host-network/ipv4.ts";
import {
  altNameOf,
  ETHERNET_MTU,
  globalAddresses,
  type NetAddress,
  type NetDevice,
  type NetRoute,
  type NetworkStack,
} from "../cluster/host-network/network-stack.ts";
import { arrivalAt } from "../cluster/host-network/reaching.ts";
import { segmentsOf } from "../cluster/host-network/segments.ts";
import type { LabPort } from "../cluster/port.ts";
import type { LabState } from "../cluster/state.ts";

export interface Device {
  name: string;
  index: number;
  /** The bridge it is a port of. */
  master: string | undefined;
  mac: string;
  up: boolean;
  carrier: boolean;
  mtu: number;
  addresses: readonly NetAddress[];
  kind: "loopback" | "card" | "bridge" | "tap" | "veth" | "vlan" | "dummy";
  /** The other end of a pair, or the device below a VLAN. */
  peer?: string;
  vlanId?: number;
  vlanAware?: boolean;
  /** Another name of a card, as udev gives it. */
  altName?: string;
  alias?: string;
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

/** A node's own devices in the order of their index, then what guests brought. */
export function devicesOf({ lab, node }: Onlooker): Device[] {
  const seen = lab.read((state) => {
    const owner = state.nodes[node];
    return {
      net: owner?.net,
      unplugged: { ...state.network?.unplugged },
      secondsUp: Math.max(0, (state.nowMs - (owner?.bootedAtMs ?? 0)) / 1000),
      clustered: Boolean(owner?.corosync?.daemon),
      guests: Object.values(owner?.qemu ?? {})
        .filter((guest) => owner?.processes[guest.pid] !== undefined)
        .map(({ vmid, config }) => ({ vmid, config })),
    };
  });
  const traffic = (share: number): Traffic => trafficAfter(seen.secondsUp, share, seen.clustered);
  const { net } = seen;
  const plugged = (network: string) => !seen.unplugged[`${network}/${node}`];
  const own = (net?.devices ?? []).map((device): Device => {
    const share = { loopback: 0.2, card: device.card?.number ? 0.7 : 1, bridge: 1, vlan: 0.1, dummy: 0 }[device.kind];
    const altName = altNameOf(device);
    return {
      name: device.name,
      index: device.index,
      master: device.master,
      mac: macOfDevice(net!, node, device),
      up: device.up,
      carrier: hasCarrier(net!, device, plugged),
      mtu: device.mtu,
      addresses: device.addresses,
      kind: device.kind,
      ...(device.vlan && { peer: device.vlan.parent, vlanId: device.vlan.id }),
      ...(device.vlanAware && { vlanAware: true }),
      ...(altName !== undefined && { altName }),
      ...(device.alias !== undefined && { alias: device.alias }),
      traffic: traffic(share),
    };
  });
  const taps = seen.guests.flatMap(({ vmid, config }) => guestDevices(vmid, config, traffic(0.05)));
  const next = net?.nextIndex ?? 1;
  return [...own.sort((a, b) => a.index - b.index), ...taps.map((device, at) => ({ ...device, index: next + at }))];
}

/** A cable that is in, or something below that has a carrier; a bridge that never had a port has one, too. */
function hasCarrier(net: NetworkStack, device: NetDevice, plugged: (network: string) => boolean): boolean {
  if (device.card) return plugged(device.card.network);
  const below = device.vlan
    ? net.devices.filter((one) => one.name === device.vlan!.parent)
    : net.devices.filter((one) => one.master === device.name);
  return below.length === 0 ? !device.hadPorts : below.some((one) => one.up && hasCarrier(net, one, plugged));
}

function macOfDevice(net: NetworkStack, node: string, device: NetDevice): string {
  if (device.mac !== undefined) return device.mac;
  if (device.kind === "loopback") return "00:00:00:00:00:00";
  if (device.card) return macOf(node, device.card.number);
  const below = net.devices.find((one) =>
    device.vlan ? one.name === device.vlan.parent : one.master === device.name && one.card,
  );
  return below ? macOfDevice(net, node, below) : macOf(`${node}/${device.name}`, 0);
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
      mtu: ETHERNET_MTU,
      addresses: [],
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
  if (device.kind === "loopback") return device.up ? ["LOOPBACK", "UP", "LOWER_UP"] : ["LOOPBACK"];
  const promiscuous = device.kind === "tap" ? ["PROMISC"] : [];
  const words = device.kind === "dummy" ? ["BROADCAST", "NOARP"] : ["BROADCAST", "MULTICAST", ...promiscuous];
  if (device.up && !device.carrier) words.unshift("NO-CARRIER");
  if (device.up) words.push("UP");
  if (device.up && device.carrier) words.push("LOWER_UP");
  return words;
}

export function operState(device: Device, all: readonly Device[] = []): "UP" | "DOWN" | "UNKNOWN" {
  if (device.kind === "loopback" || (["tap", "dummy"].includes(device.kind) && device.up)) {
    return device.up ? "UNKNOWN" : "DOWN";
  }
  if (!device.up || !device.carrier) return "DOWN";
  // Nobody has told a bridge without ports what it is.
  return device.kind === "bridge" && all.length > 0 && !all.some((one) => one.master === device.name)
    ? "UNKNOWN"
    : "UP";
}

/** Made of the card's address; a port of a bridge has none. */
export function linkLocal(device: Device): string | undefined {
  if (device.kind === "loopback") return device.up ? "::1" : undefined;
  if (!device.up || !device.carrier || device.master || ["tap", "veth"].includes(device.kind)) return undefined;
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

/** Nodes with an address in a network of this one: whoever was heard of is reachable, or failed to answer. */
export function neighboursOf({ lab, node }: Onlooker): Neighbour[] {
  return lab.read((state) => {
    const own = state.nodes[node]?.net;
    if (!own) return [];
    return globalAddresses(own).flatMap((at) => {
      if (segmentsOf(own, at.device).length === 0) return [];
      return Object.values(state.nodes).flatMap((other) => {
        if (other.name === node) return [];
        const theirs = globalAddresses(other.net).find((one) =>
          inSameNetwork(one.address, at.address, at.prefixLength),
        );
        if (!theirs) return [];
        const device = other.net.devices.find((one) => one.name === theirs.device)!;
        const reachable = other.power !== "off" && answersArp(state as LabState, node, other.name, theirs.address);
        return [
          { address: theirs.address, device: at.device, mac: macOfDevice(other.net, other.name, device), reachable },
        ];
      });
    });
  });
}

function answersArp(lab: LabState, node: string, other: string, address: string): boolean {
  const arrival = arrivalAt(lab, node, address);
  if (arrival.kind !== "node" || arrival.node !== other) return false;
  const cableIn = (name: string) => !lab.network.unplugged[`${arrival.network}/${name}`];
  return cableIn(node) && cableIn(other);
}

/** A node's main table as the kernel lists it: by destination, the default route first. */
export function routesOf({ lab, node }: Onlooker): NetRoute[] {
  const routes = lab.read((state) => [...(state.nodes[node]?.net.routes ?? [])]);
  return routes.sort(
    (one, other) =>
      addressBits(one.destination) - addressBits(other.destination) ||
      other.prefixLength - one.prefixLength ||
      (one.metric ?? 0) - (other.metric ?? 0),
  );
}
