/** Addresses of a node's devices put and taken away, as Linux does it. @source Linux 6.x net/ipv4/devinet.c, fib_frontend.c */
import { Refusal } from "../refusal.ts";
import { inSameNetwork, networkText } from "./ipv4.ts";
import {
  deviceNamed,
  type NetAddress,
  type NetDevice,
  type NetworkStack,
  placeAddress,
  placeConnectedRoute,
} from "./network-stack.ts";

export type AddressChange =
  /** `replace`: one that is there already is no error. */
  | {
      op: "add-address";
      device: string;
      address: Omit<NetAddress, "secondary">;
      replace?: boolean;
      noRoute?: boolean;
    }
  /** Without `prefixLength` whatever has the address goes. */
  | { op: "delete-address"; device: string; address: string; prefixLength?: number }
  /** All that fit everything that is given. */
  | {
      op: "flush-addresses";
      device?: string;
      scope?: NetAddress["scope"];
      label?: string;
      up?: boolean;
      within?: { address: string; prefixLength: number };
    };

/** Change addresses of a stack in place. @throws Refusal "not-found", "already-exists", with what `ip` prints */
export function changeAddress(stack: NetworkStack, change: AddressChange): void {
  if (change.op === "flush-addresses") {
    flush(stack, change);
    return;
  }
  const device = existingDevice(stack, change.device);
  if (change.op === "delete-address") {
    const { address, prefixLength } = change;
    const found = device.addresses.find(
      (one) => one.address === address && (prefixLength === undefined || one.prefixLength === prefixLength),
    );
    if (!found) throw new Refusal("not-found", "Error: ipv4: Address not found.");
    takeAddress(stack, device, found);
    return;
  }
  const { address, replace, noRoute } = change;
  const there = device.addresses.find(
    (one) => one.address === address.address && one.prefixLength === address.prefixLength,
  );
  if (there && !replace) throw new Refusal("already-exists", "Error: ipv4: Address already assigned.");
  if (there) Object.assign(there, address);
  else placeAddress(stack, device, address, { ...(noRoute && { noRoute }) });
}

function flush(stack: NetworkStack, change: AddressChange & { op: "flush-addresses" }): void {
  const { device: name, scope, label, up, within } = change;
  for (const device of name === undefined ? stack.devices : [existingDevice(stack, name)]) {
    if (up !== undefined && device.up !== up) continue;
    const fits = (one: NetAddress) =>
      (scope === undefined || one.scope === scope) &&
      (label === undefined || one.label === label) &&
      (within === undefined || inSameNetwork(one.address, within.address, within.prefixLength));
    for (const one of device.addresses.filter(fits))
      if (device.addresses.includes(one)) takeAddress(stack, device, one);
  }
}

/** @throws Refusal "not-found" */
export function existingDevice(stack: NetworkStack, name: string): NetDevice {
  const device = deviceNamed(stack, name);
  if (!device) throw new Refusal("not-found", `Cannot find device "${name}"`);
  return device;
}

/** With the first address of a network its others go, too: a node does not promote them (net.ipv4.conf.*.promote_secondaries). */
function takeAddress(stack: NetworkStack, device: NetDevice, address: NetAddress): void {
  const network = (one: NetAddress) => `${networkText(one.address, one.prefixLength)}/${one.prefixLength}`;
  const gone = device.addresses.filter(
    (one) => one === address || (!address.secondary && one.secondary && network(one) === network(address)),
  );
  device.addresses = device.addresses.filter((one) => !gone.includes(one));
  const texts = gone.map((one) => one.address).filter((text) => !isOwn(stack, text));
  const last = device.addresses.length === 0;
  stack.routes = stack.routes.filter((route) => {
    if (route.source !== undefined && texts.includes(route.source)) return false;
    if (route.device !== device.name) return true;
    const own =
      route.protocol === "kernel" && route.source !== undefined && gone.some((one) => one.address === route.source);
    // A device without any address has no routes either.
    return !last && !own;
  });
  for (const one of device.addresses) if (device.up && !one.secondary) placeConnectedRoute(stack, device, one);
}

function isOwn(stack: Readonly<NetworkStack>, address: string): boolean {
  return stack.devices.some((device) => device.addresses.some((one) => one.address === address));
}
