/** Which way a packet leaves a node. @source Linux net/ipv4/fib_lookup, ip-route(8) */
import { addressBits, networkOf, networkText } from "./ipv4.ts";
import type { NetDevice, NetRoute, NetworkStack } from "./network-stack.ts";

/** What a stack is asked all the time, worked out once; a stack is never changed once it is a node's. */
interface Worked {
  own: Set<string>;
  /** The most exact first, of equal ones the smallest metric. */
  routes: (NetRoute & { bits: number })[];
}

const worked = new WeakMap<object, Worked>();

function workedOut(stack: Readonly<NetworkStack>): Worked {
  let known = worked.get(stack);
  if (!known) {
    known = {
      own: new Set(stack.devices.flatMap((device) => device.addresses.map((one) => one.address))),
      routes: stack.routes
        .map((route) => ({ ...route, bits: addressBits(route.destination) }))
        .sort((a, b) => b.prefixLength - a.prefixLength || (a.metric ?? 0) - (b.metric ?? 0)),
    };
    worked.set(stack, known);
  }
  return known;
}

/** Whether an address is the node's own. */
export function ownsAddress(stack: Readonly<NetworkStack>, address: string): boolean {
  return address.startsWith("127.") || workedOut(stack).own.has(address);
}

export type Departure =
  | { kind: "local" }
  | { kind: "no-route" }
  /** A route that leads nowhere. */
  | { kind: "refused"; how: "blackhole" | "unreachable" | "prohibit" }
  | { kind: "device"; device: string; nextHop: string; via?: string; source: string | undefined };

/**
 * Where a packet to an address goes.
 *
 * @param from a device that the sender insists on
 */
export function departureTo(stack: Readonly<NetworkStack>, address: string, from?: string): Departure {
  const known = workedOut(stack);
  if (address.startsWith("127.") || known.own.has(address)) return { kind: "local" };
  const bits = addressBits(address);
  const route = known.routes.find(
    (one) => networkOf(bits, one.prefixLength) === one.bits && (from === undefined || one.device === from || one.kind),
  );
  if (!route) return { kind: "no-route" };
  if (route.kind) return { kind: "refused", how: route.kind };
  return {
    kind: "device",
    device: route.device!,
    nextHop: route.via ?? address,
    ...(route.via !== undefined && { via: route.via }),
    source: route.source ?? sourceFor(stack, route.device!, route.via ?? address),
  };
}

/** The address that a node writes as the sender on a device: of the next hop's network if it has one there. */
export function sourceFor(stack: Readonly<NetworkStack>, device: string, nextHop: string): string | undefined {
  const of = (one: Readonly<NetDevice>) => one.addresses.filter(({ scope }) => scope === "global");
  const named = stack.devices.find((one) => one.name === device);
  const addresses = named ? of(named) : [];
  const near = addresses.find(
    (one) => networkText(one.address, one.prefixLength) === networkText(nextHop, one.prefixLength),
  );
  return (near ?? addresses[0] ?? stack.devices.flatMap(of)[0])?.address;
}

/** While a stack is being changed nothing may be remembered of it. */
export function hasAddress(stack: Readonly<NetworkStack>, address: string): boolean {
  return stack.devices.some((device) => device.addresses.some((one) => one.address === address));
}

/** The device whose own network a gateway lies in. @param only the one that was asked for */
export function deviceForGateway(stack: Readonly<NetworkStack>, gateway: string, only?: string): string | undefined {
  const bits = addressBits(gateway);
  return stack.routes
    .filter((route) => !route.kind && route.scope !== "global" && (only === undefined || route.device === only))
    .sort((a, b) => b.prefixLength - a.prefixLength)
    .find((route) => networkOf(bits, route.prefixLength) === addressBits(route.destination))?.device;
}
