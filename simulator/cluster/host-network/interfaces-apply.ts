/**
 * Interfaces brought up and down as /etc/network/interfaces says: `ifup`, `ifdown`, `ifreload`, and the network at boot.
 *
 * Held against ifupdown2 3.0 in a network namespace. Bonds, IPv6 and DHCP are not modelled and say so; of commands behind
 * `up` and `post-up` those of `ip route` and `ip address` are carried out, others are told as failed.
 */
import { Refusal } from "../refusal.ts";
import { changeAddress } from "./address-changes.ts";
import { changeDevice } from "./device-changes.ts";
import { type InterfacesFile, optionsOf, type Stanza, stanzasOf } from "./interfaces-file.ts";
import { ipWords } from "./ip-words.ts";
import { isAddress, maskLength, parsePrefix } from "./ipv4.ts";
import { deviceNamed, ETHERNET_MTU, type NetDevice, type NetworkStack } from "./network-stack.ts";
import { changeStack } from "./stack-changes.ts";

/** What was done, as ifupdown2 tells it: `error: `, `warning: ` stand before the lines. */
export interface Applied {
  errors: string[];
  warnings: string[];
  /** What of it was brought up or down, in order. */
  done: string[];
}

const nothing = (): Applied => ({ errors: [], warnings: [], done: [] });

/** Interfaces that `ifup -a` takes: those behind `auto` that the file describes, each once, in the file's order. */
export function automaticInterfaces(file: InterfacesFile): string[] {
  const names = file.stanzas.map((stanza) => stanza.name).filter((name) => file.auto.includes(name));
  return [...new Set(names)];
}

/** `ifup` of these interfaces, those that others need first. @param stack changed in place */
export function bringUp(stack: NetworkStack, file: InterfacesFile, names: readonly string[]): Applied {
  const told = nothing();
  for (const name of inOrder(file, names)) {
    up(stack, file, name, told);
    told.done.push(name);
  }
  return told;
}

/** `ifdown` of these interfaces, the last one first. @param all with it go the ports of bridges */
export function bringDown(stack: NetworkStack, names: readonly string[], all = false): Applied {
  const told = nothing();
  for (const name of names.toReversed()) {
    down(stack, name, all);
    told.done.push(name);
  }
  return told;
}

/** `ifreload -a`: what was brought up and is described no more goes down, all that is automatic comes up anew. */
export function reload(stack: NetworkStack, file: InterfacesFile): Applied {
  const gone = Object.keys(stack.managed).filter((name) => stanzasOf(file, name).length === 0);
  const downs = bringDown(stack, gone);
  const ups = bringUp(stack, file, automaticInterfaces(file));
  return { errors: ups.errors, warnings: ups.warnings, done: [...downs.done, ...ups.done] };
}

/** Ports and devices below come before what stands on them. */
function inOrder(file: InterfacesFile, names: readonly string[]): string[] {
  const ordered: string[] = [];
  const place = (name: string, below: number) => {
    if (ordered.includes(name) || below > file.stanzas.length + 1) return;
    for (const lower of lowerOf(name, stanzasOf(file, name))) if (names.includes(lower)) place(lower, below + 1);
    ordered.push(name);
  };
  for (const name of names) place(name, 0);
  return ordered;
}

function lowerOf(name: string, stanzas: readonly Stanza[]): string[] {
  return [...portsOf(stanzas), ...(vlanOf(name, stanzas) ? [vlanOf(name, stanzas)!.parent] : [])];
}

function portsOf(stanzas: readonly Stanza[]): string[] {
  return optionsOf(stanzas, "bridge-ports").flatMap((value) =>
    value.split(/\s+/).filter((port) => port !== "" && port !== "none"),
  );
}

/** `ens19.50`, or a name with `vlan-raw-device` and `vlan-id`. */
function vlanOf(name: string, stanzas: readonly Stanza[]): { parent: string; id: number } | undefined {
  const [raw] = optionsOf(stanzas, "vlan-raw-device");
  const at = name.lastIndexOf(".");
  const parent = raw ?? (at > 0 ? name.slice(0, at) : undefined);
  const id = optionsOf(stanzas, "vlan-id")[0] ?? (at > 0 ? name.slice(at + 1) : /(\d+)$/.exec(name)?.[1]);
  return parent === undefined || id === undefined || !/^\d+$/.test(id) ? undefined : { parent, id: Number(id) };
}

const isBridge = (stanzas: readonly Stanza[]) =>
  stanzas.some(({ options }) => options.some(([name]) => name.startsWith("bridge-") && name !== "bridge-access"));

function up(stack: NetworkStack, file: InterfacesFile, name: string, told: Applied): void {
  const stanzas = stanzasOf(file, name);
  const before = stack.managed[name];
  const attempt = (work: () => void, tell: (why: string) => string) => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      told.errors.push(tell(error.message));
    }
  };
  stack.managed[name] = {};
  if (stanzas.some(({ options }) => options.some(([option]) => option.startsWith("bond-")))) {
    told.errors.push(`${name}: bonds are not modelled in this simulated node yet`);
    return;
  }
  const vlan = isBridge(stanzas) ? undefined : vlanOf(name, stanzas);
  if (isBridge(stanzas))
    attempt(
      () => upBridge(stack, name, stanzas, told),
      (why) => `${name}: ${why}`,
    );
  else if (vlan && !deviceNamed(stack, name)) {
    if (!deviceNamed(stack, vlan.parent)) {
      told.errors.push(`rawdevice ${vlan.parent} not present`);
      return;
    }
    attempt(
      () => changeDevice(stack, { op: "add-device", name, kind: "vlan", ...vlan }),
      (why) => `${name}: ${why}`,
    );
  } else if (optionsOf(stanzas, "link-type")[0] === "dummy" && !deviceNamed(stack, name)) {
    changeDevice(stack, { op: "add-device", name, kind: "dummy" });
  }
  const device = deviceNamed(stack, name);
  if (!device) {
    // One that is not there is passed over, unless something has to be done with it.
    const [gateway] = optionsOf(stanzas, "gateway");
    if (gateway) told.errors.push(gatewayError(name, gateway, `Cannot find device "${name}"`));
    return;
  }
  setMtu(stack, device, stanzas, told);
  changeDevice(stack, { op: "set-device", device: device.name, set: { up: true } });
  if (device.kind !== "loopback") setAddresses(stack, device, stanzas, told);
  setGateway(stack, device, stanzas, before?.gateway, told);
  for (const command of optionsOf(stanzas, "pre-up", "up", "post-up")) runCommand(stack, name, command, told);
}

function upBridge(stack: NetworkStack, name: string, stanzas: readonly Stanza[], told: Applied): void {
  const vlanAware = optionsOf(stanzas, "bridge-vlan-aware").at(-1) === "yes";
  if (!deviceNamed(stack, name)) changeDevice(stack, { op: "add-device", name, kind: "bridge", vlanAware });
  else changeDevice(stack, { op: "set-device", device: name, set: { vlanAware } });
  const wanted = portsOf(stanzas);
  for (const port of stack.devices) if (port.master === name && !wanted.includes(port.name)) delete port.master;
  for (const port of wanted) {
    if (!deviceNamed(stack, port)) {
      told.errors.push(`${name}: bridge port ${port} does not exist`);
      continue;
    }
    changeDevice(stack, { op: "set-device", device: port, set: { master: name, up: true } });
    const device = deviceNamed(stack, port)!;
    for (const { address } of device.addresses) changeAddress(stack, { op: "delete-address", device: port, address });
  }
}

function setMtu(stack: NetworkStack, device: NetDevice, stanzas: readonly Stanza[], told: Applied): void {
  const mtu = optionsOf(stanzas, "mtu").at(-1);
  const parent = device.vlan && deviceNamed(stack, device.vlan.parent);
  const wanted =
    mtu === undefined ? (device.kind === "loopback" ? device.mtu : (parent?.mtu ?? ETHERNET_MTU)) : Number(mtu);
  if (wanted === device.mtu) return;
  try {
    changeDevice(stack, { op: "set-device", device: device.name, set: { mtu: wanted } });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    told.errors.push(`${device.name}: ${error.message}`);
  }
}

/** What is configured is there afterwards, and nothing else. */
function setAddresses(stack: NetworkStack, device: NetDevice, stanzas: readonly Stanza[], told: Applied): void {
  const wanted: { address: string; prefixLength: number }[] = [];
  for (const stanza of stanzas) {
    if (stanza.method === "dhcp") told.errors.push(`${device.name}: dhcp is not modelled in this simulated node yet`);
    const mask = optionsOf([stanza], "netmask")[0];
    for (const text of optionsOf([stanza], "address")) {
      if (text.includes(":")) {
        told.warnings.push(`${device.name}: IPv6 is not modelled in this simulated node yet: ${text}`);
        continue;
      }
      const parsed = parsePrefix(text);
      if (!parsed) {
        const plain = text.split("/")[0];
        told.warnings.push(
          `${device.name}: convert string ip address into IPNetwork object: '${plain}' does not appear to be an IPv4 or IPv6 address`,
        );
        // With one that it cannot read it leaves those that are there.
        return;
      }
      const length = parsed.given ? parsed.prefixLength : mask === undefined ? 32 : lengthOf(mask);
      wanted.push({ address: parsed.address, prefixLength: length ?? 32 });
    }
  }
  const isWanted = (one: { address: string; prefixLength: number }) =>
    wanted.some((other) => other.address === one.address && other.prefixLength === one.prefixLength);
  for (const one of [...device.addresses]) {
    if (isWanted(one) || !device.addresses.includes(one)) continue;
    changeAddress(stack, {
      op: "delete-address",
      device: device.name,
      address: one.address,
      prefixLength: one.prefixLength,
    });
  }
  for (const one of wanted) {
    changeAddress(stack, {
      op: "add-address",
      device: device.name,
      address: { ...one, scope: "global", label: device.name },
      replace: true,
    });
  }
}

const lengthOf = (mask: string) => (isAddress(mask) ? maskLength(mask) : /^\d+$/.test(mask) ? Number(mask) : undefined);

function setGateway(
  stack: NetworkStack,
  device: NetDevice,
  stanzas: readonly Stanza[],
  before: string | undefined,
  told: Applied,
): void {
  const gateway = optionsOf(stanzas, "gateway").at(-1);
  if (before !== undefined && before !== gateway) {
    stack.routes = stack.routes.filter(
      (route) => !(route.prefixLength === 0 && route.via === before && route.device === device.name),
    );
  }
  if (gateway === undefined) return;
  stack.managed[device.name] = { gateway };
  const there = stack.routes.some(
    (route) => route.prefixLength === 0 && route.via === gateway && route.device === device.name,
  );
  if (there) return;
  if (!isAddress(gateway)) {
    const why = `Error: inet prefix is expected rather than "${gateway}".`;
    told.errors.push(gatewayError(device.name, gateway, why));
    return;
  }
  try {
    changeStack(stack, {
      op: "put-route",
      how: "add",
      route: {
        destination: "0.0.0.0",
        prefixLength: 0,
        via: gateway,
        device: device.name,
        protocol: "kernel",
        onlink: true,
      },
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    told.errors.push(gatewayError(device.name, gateway, error.message));
  }
}

function gatewayError(name: string, gateway: string, why: string): string {
  const status = why.startsWith("Cannot find") || why.startsWith("Error: inet") ? 1 : 2;
  return `${name}: cmd '/bin/ip route add default via ${gateway} proto kernel dev ${name} onlink' failed: returned ${status} (${why}\n)`;
}

function runCommand(stack: NetworkStack, name: string, command: string, told: Applied): void {
  for (const part of command.split(/\s*(?:;|&&)\s*/)) {
    const words = part.replace(/\s*\|\|\s*true\s*$/, "").split(/\s+/);
    const failed = (why: string) => told.warnings.push(`${name}: up cmd '${command}' failed: ${why}`);
    if (!/^(?:\/(?:usr\/)?s?bin\/)?ip$/.test(words[0] ?? "")) {
      failed("commands other than ip are not modelled in this simulated node yet");
      continue;
    }
    try {
      const changes = ipWords(words.slice(1));
      if (changes) for (const change of changes) changeStack(stack, change);
      else failed("not modelled in this simulated node yet");
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (!/\|\|\s*true/.test(part)) failed(`returned 2 (${error.message}\n)`);
    }
  }
}

function down(stack: NetworkStack, name: string, all: boolean): void {
  delete stack.managed[name];
  const device = deviceNamed(stack, name);
  if (!device || device.kind === "loopback") return;
  if (device.kind !== "card") {
    const ports = stack.devices.filter((port) => port.master === device.name).map((port) => port.name);
    changeDevice(stack, { op: "delete-device", device: device.name });
    for (const port of all ? ports : []) {
      if (deviceNamed(stack, port)) changeDevice(stack, { op: "set-device", device: port, set: { up: false } });
    }
    return;
  }
  for (const { address } of [...device.addresses]) {
    if (!device.addresses.some((one) => one.address === address)) continue;
    changeAddress(stack, { op: "delete-address", device: device.name, address });
  }
  changeDevice(stack, { op: "set-device", device: device.name, set: { up: false } });
}
