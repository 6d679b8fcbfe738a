/**
 * What the kernel of a node has for a network: devices, their IPv4 addresses, routes. Runtime alone: a boot begins with
 * the cards, and what /etc/network/interfaces says is put on top (`interfaces-apply.ts`).
 */
import { networkText } from "./ipv4.ts";

export interface NetworkStack {
  /** In the order in which they were made; the loopback first. */
  devices: NetDevice[];
  /** Of the table `main`, in no order that matters. */
  routes: NetRoute[];
  /** Index that the next device gets. */
  nextIndex: number;
  /** Interfaces that were brought up as /etc/network/interfaces says, and the gateway that each was given. */
  managed: Record<string, { gateway?: string }>;
}

export type DeviceKind = "loopback" | "card" | "bridge" | "vlan" | "dummy";

export interface NetDevice {
  name: string;
  index: number;
  kind: DeviceKind;
  /** Of a card: which of the lab's networks its cable leads to, and which card of the machine it is, from 0. */
  card?: { network: string; number: number };
  /** Of a VLAN: the device below it, and its number. */
  vlan?: { parent: string; id: number };
  /** Whether it is set up; what it hangs on may be down all the same. */
  up: boolean;
  mtu: number;
  /** The bridge that it is a port of. */
  master?: string;
  /** A bridge that had a port once: without one it has no carrier any more. */
  hadPorts?: true;
  /** A bridge that knows VLANs. */
  vlanAware?: true;
  /** An address of the link layer that was set by hand. */
  mac?: string;
  alias?: string;
  addresses: NetAddress[];
}

export interface NetAddress {
  address: string;
  prefixLength: number;
  scope: "global" | "link" | "host";
  /** `vmbr0`, `vmbr0:1`. */
  label: string;
  broadcast?: string;
  /** Not the first one of its network on the device. */
  secondary?: true;
}

export interface NetRoute {
  /** `0.0.0.0` with a length of 0 is the default route. */
  destination: string;
  prefixLength: number;
  device?: string;
  via?: string;
  source?: string;
  /** Absent for 0. */
  metric?: number;
  /** `kernel`, `boot`, `static`, or another that was named. */
  protocol: string;
  scope: "global" | "link" | "host";
  onlink?: true;
  /** One that leads nowhere. */
  kind?: "blackhole" | "unreachable" | "prohibit";
}

export const LOOPBACK_MTU = 65_536;
export const ETHERNET_MTU = 1_500;

/** A machine whose kernel has just found its cards: nothing is up but the loopback. */
export function hardwareStack(cards: { name: string; network: string }[]): NetworkStack {
  const loopback: NetDevice = {
    name: "lo",
    index: 1,
    kind: "loopback",
    up: true,
    mtu: LOOPBACK_MTU,
    addresses: [{ address: "127.0.0.1", prefixLength: 8, scope: "host", label: "lo" }],
  };
  const devices = cards.map(
    ({ name, network }, number): NetDevice => ({
      name,
      index: number + 2,
      kind: "card",
      card: { network, number },
      up: false,
      mtu: ETHERNET_MTU,
      addresses: [],
    }),
  );
  return { devices: [loopback, ...devices], routes: [], nextIndex: cards.length + 2, managed: {} };
}

/** The cards of a machine under the names that they have at its boot. */
export function cardsOf(stack: Readonly<NetworkStack>): { name: string; network: string }[] {
  return stack.devices
    .filter((device) => device.card)
    .sort((one, other) => one.card!.number - other.card!.number)
    .map((device) => ({ name: cardName(device.card!.number), network: device.card!.network }));
}

/** As udev names the cards of a Proxmox guest or of the lab's machines: by their place, from 18 on. */
export function cardName(number: number): string {
  return `ens${18 + number}`;
}

export function deviceNamed(stack: Readonly<NetworkStack>, name: string): NetDevice | undefined {
  return stack.devices.find((device) => device.name === name) ?? cardByAltName(stack, name);
}

/** A card's other name, as udev gives it: `enp0s18`. */
export function altNameOf(device: Readonly<NetDevice>): string | undefined {
  return device.card && `enp0s${18 + device.card.number}`;
}

function cardByAltName(stack: Readonly<NetworkStack>, name: string): NetDevice | undefined {
  return name.startsWith("enp0s") ? stack.devices.find((device) => altNameOf(device) === name) : undefined;
}

/** All addresses of a node that others may send to, in the order of its devices. */
export function globalAddresses(stack: Readonly<NetworkStack>): (NetAddress & { device: string })[] {
  return stack.devices.flatMap((device) =>
    device.addresses.flatMap((one) => (one.scope === "global" ? [{ ...one, device: device.name }] : [])),
  );
}

/** Put an address on a device as the kernel does, with its route when the device is up. */
export function placeAddress(
  stack: NetworkStack,
  device: NetDevice,
  address: Omit<NetAddress, "secondary">,
  options: { noRoute?: boolean } = {},
): void {
  const { prefixLength } = address;
  const secondary = device.addresses.some(
    (one) =>
      one.prefixLength === prefixLength &&
      networkText(one.address, prefixLength) === networkText(address.address, prefixLength),
  );
  device.addresses.push({ ...address, ...(secondary && { secondary: true as const }) });
  if (device.up && !secondary && !options.noRoute) placeConnectedRoute(stack, device, address);
}

/** The route to an address's own network. */
export function placeConnectedRoute(
  stack: NetworkStack,
  device: Readonly<NetDevice>,
  { address, prefixLength, scope }: Pick<NetAddress, "address" | "prefixLength" | "scope">,
): void {
  if (prefixLength >= 32 || device.kind === "loopback") return;
  const destination = networkText(address, prefixLength);
  const there = stack.routes.some(
    (route) =>
      route.protocol === "kernel" &&
      route.device === device.name &&
      route.destination === destination &&
      route.prefixLength === prefixLength &&
      !route.via,
  );
  if (there) return;
  stack.routes.push({
    destination,
    prefixLength,
    device: device.name,
    source: address,
    protocol: "kernel",
    scope: scope === "host" ? "host" : "link",
  });
}
