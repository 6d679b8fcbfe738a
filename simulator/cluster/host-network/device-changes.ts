/** Devices of a node made, removed and set. @source Linux 6.x net/core/rtnetlink.c, net/bridge, net/8021q */
import { Refusal } from "../refusal.ts";
import { existingDevice } from "./address-changes.ts";
import { deviceNamed, ETHERNET_MTU, type NetDevice, type NetworkStack, placeConnectedRoute } from "./network-stack.ts";

export type DeviceChange =
  | { op: "add-device"; name: string; kind: "bridge" | "dummy"; mac?: string; mtu?: number; vlanAware?: boolean }
  | { op: "add-device"; name: string; kind: "vlan"; parent: string; id: number; mac?: string; mtu?: number }
  | { op: "delete-device"; device: string }
  | { op: "set-device"; device: string; set: DeviceSettings };

export interface DeviceSettings {
  up?: boolean;
  mtu?: number;
  /** The bridge that it becomes a port of; null for none. */
  master?: string | null;
  name?: string;
  mac?: string;
  alias?: string;
  vlanAware?: boolean;
}

/** Bytes of a frame that Linux takes at least, and of these devices at most. */
const MTU_LEAST = 68;
const MTU_MOST = 65_535;

/** Change devices of a stack in place. @throws Refusal with what `ip` prints */
export function changeDevice(stack: NetworkStack, change: DeviceChange): void {
  switch (change.op) {
    case "add-device":
      addDevice(stack, change);
      return;
    case "delete-device": {
      const device = existingDevice(stack, change.device);
      if (device.kind === "card" || device.kind === "loopback") {
        throw new Refusal("invalid", "RTNETLINK answers: Operation not supported");
      }
      removeDevice(stack, device);
      return;
    }
    case "set-device":
      setDevice(stack, existingDevice(stack, change.device), change.set);
  }
}

function addDevice(stack: NetworkStack, change: DeviceChange & { op: "add-device" }): void {
  if (deviceNamed(stack, change.name)) throw new Refusal("already-exists", "RTNETLINK answers: File exists");
  const device: NetDevice = {
    name: change.name,
    index: stack.nextIndex,
    kind: change.kind,
    up: false,
    mtu: change.mtu ?? ETHERNET_MTU,
    addresses: [],
    ...(change.mac !== undefined && { mac: change.mac }),
  };
  if (change.kind === "vlan") {
    const parent = existingDevice(stack, change.parent);
    const taken = stack.devices.some((one) => one.vlan?.parent === parent.name && one.vlan.id === change.id);
    if (taken) throw new Refusal("already-exists", "RTNETLINK answers: File exists");
    device.vlan = { parent: parent.name, id: change.id };
    device.mtu = change.mtu ?? parent.mtu;
  } else if (change.kind === "bridge" && change.vlanAware) device.vlanAware = true;
  stack.nextIndex += 1;
  stack.devices.push(device);
}

function removeDevice(stack: NetworkStack, device: NetDevice): void {
  for (const one of stack.devices.filter((other) => other.vlan?.parent === device.name)) removeDevice(stack, one);
  for (const port of stack.devices) if (port.master === device.name) delete port.master;
  stack.devices = stack.devices.filter((one) => one !== device);
  dropRoutes(stack, device);
}

function setDevice(stack: NetworkStack, device: NetDevice, set: DeviceSettings): void {
  if (set.mtu !== undefined) {
    if (set.mtu < MTU_LEAST) throw new Refusal("invalid", "Error: mtu less than device minimum.");
    if (set.mtu > MTU_MOST) throw new Refusal("invalid", "Error: mtu greater than device maximum.");
    const parent = device.vlan && deviceNamed(stack, device.vlan.parent);
    if (parent && set.mtu > parent.mtu)
      throw new Refusal("invalid", "RTNETLINK answers: Numerical result out of range");
    device.mtu = set.mtu;
  }
  if (set.master === null) delete device.master;
  else if (set.master !== undefined) {
    const master = deviceNamed(stack, set.master);
    if (!master) throw new Refusal("parameter", `Error: argument "${set.master}" is wrong: Device does not exist\n`);
    if (master.kind === "bridge" && device.kind === "bridge") {
      throw new Refusal("invalid", "Error: Can not enslave a bridge to a bridge.");
    }
    if (master.kind !== "bridge" || device.kind === "loopback") {
      throw new Refusal("invalid", "RTNETLINK answers: Operation not supported");
    }
    device.master = master.name;
    master.hadPorts = true;
  }
  if (set.mac !== undefined) device.mac = set.mac;
  if (set.alias !== undefined) device.alias = set.alias;
  if (set.vlanAware !== undefined) {
    if (set.vlanAware) device.vlanAware = true;
    else delete device.vlanAware;
  }
  if (set.name !== undefined && set.name !== device.name) renameDevice(stack, device, set.name);
  if (set.up !== undefined && set.up !== device.up) setUp(stack, device, set.up);
}

function renameDevice(stack: NetworkStack, device: NetDevice, name: string): void {
  if (deviceNamed(stack, name)) throw new Refusal("already-exists", "RTNETLINK answers: File exists");
  const before = device.name;
  device.name = name;
  for (const one of device.addresses)
    one.label = name + one.label.slice(one.label.includes(":") ? one.label.indexOf(":") : one.label.length);
  for (const one of stack.devices) {
    if (one.master === before) one.master = name;
    if (one.vlan?.parent === before) one.vlan.parent = name;
  }
  for (const route of stack.routes) if (route.device === before) route.device = name;
}

/** A device that goes down loses its routes; one that comes up has those to its own networks again. VLANs follow. */
function setUp(stack: NetworkStack, device: NetDevice, up: boolean): void {
  device.up = up;
  if (up) for (const one of device.addresses) if (!one.secondary) placeConnectedRoute(stack, device, one);
  if (!up) dropRoutes(stack, device);
  for (const vlan of stack.devices) {
    if (vlan.vlan?.parent === device.name && vlan.up !== up) setUp(stack, vlan, up);
  }
}

function dropRoutes(stack: NetworkStack, device: Readonly<NetDevice>): void {
  stack.routes = stack.routes.filter((route) => route.device !== device.name);
}
