/** What a node's devices lead to: one of the lab's networks, untagged or with the number of a VLAN. */
import type { NetDevice, NetworkStack } from "./network-stack.ts";

/** `lan` for frames without a tag, `lan.50` for those of VLAN 50. */
export type Segment = string;

interface Known {
  byDevice: Map<string, readonly Segment[]>;
  all: Set<Segment>;
  /** Networks that anything leads to. */
  networks: Set<string>;
}

const known = new WeakMap<object, Known>();

function knownOf(stack: Readonly<NetworkStack>): Known {
  let found = known.get(stack);
  if (!found) {
    const byDevice = new Map(stack.devices.map((device) => [device.name, workOut(stack, device)] as const));
    const all = new Set([...byDevice.values()].flat());
    found = { byDevice, all, networks: new Set([...all].map(networkOfSegment)) };
    known.set(stack, found);
  }
  return found;
}

/** Where frames go that a device sends; nowhere while it, or what it hangs on, is down. Cables are not looked at. */
export function segmentsOf(stack: Readonly<NetworkStack>, device: string): readonly Segment[] {
  return knownOf(stack).byDevice.get(device) ?? [];
}

/** Whether any device of a node hears what is sent on a segment. */
export function hearsOn(stack: Readonly<NetworkStack>, segment: Segment): boolean {
  return knownOf(stack).all.has(segment);
}

/** Whether any device of a node leads to one of the lab's networks. */
export function leadsTo(stack: Readonly<NetworkStack>, network: string): boolean {
  return knownOf(stack).networks.has(network);
}

export function networkOfSegment(segment: Segment): string {
  return segment.split(".")[0]!;
}

function workOut(stack: Readonly<NetworkStack>, device: Readonly<NetDevice>): readonly Segment[] {
  if (!device.up) return [];
  const named = (name: string) => stack.devices.find((one) => one.name === name);
  if (device.vlan) {
    // A VLAN takes its frames off a port before the bridge sees them; what is inside another VLAN is not modelled.
    const parent = named(device.vlan.parent);
    if (!parent?.up) return [];
    const below = parent.card ? [parent.card.network] : workOut(stack, parent);
    return below.filter((segment) => !segment.includes(".")).map((segment) => `${segment}.${device.vlan!.id}`);
  }
  if (device.master !== undefined) {
    const master = named(device.master);
    return master ? workOut(stack, master) : [];
  }
  if (device.card) return [device.card.network];
  if (device.kind !== "bridge") return [];
  return stack.devices
    .filter((port) => port.master === device.name && port.up)
    .flatMap((port) =>
      port.card ? [port.card.network] : port.vlan ? workOut(stack, { ...port, master: undefined! }) : [],
    );
}
