/** `ifquery`: what /etc/network/interfaces says, and whether the node is so. @source ifupdown2 3.0, its own output */
import { automaticInterfaces } from "../../cluster/host-network/interfaces-apply.ts";
import { type InterfacesFile, optionsOf, type Stanza, stanzasOf } from "../../cluster/host-network/interfaces-file.ts";
import { isAddress, maskLength, parsePrefix } from "../../cluster/host-network/ipv4.ts";
import { interfacesOf } from "../../cluster/host-network/node-network.ts";
import { type Device, devicesOf, linkLocal } from "../../node-view/network-devices.ts";
import type { Program } from "../../shell/process.ts";
import { notModelled } from "../printed.ts";
import { interfaceOptions } from "./options.ts";

/** Python starts, and reads the file. */
const START_MS = 250;

export const ifquery: Program = async (ctx) => {
  const options = await interfaceOptions(ctx, "query");
  if (typeof options === "number") return options;
  const unmodelled = ["d", "n", "o", "p", "s", "i", "x", "allow", "X", "t", "T"].find((flag) =>
    options.flags.has(flag),
  );
  if (unmodelled) {
    await ctx.stderr.write(notModelled("ifquery", unmodelled.length > 1 ? `--${unmodelled}` : `-${unmodelled}`));
    return 1;
  }
  await ctx.lab.sleep(START_MS, ctx.signal);
  const file = ctx.lab.read((lab) => interfacesOf(lab, ctx.node));
  for (const text of file.errors) await ctx.stderr.write(`error: ${text}\n`);
  for (const text of file.warnings) await ctx.stderr.write(`warning: ${text}\n`);
  const automatic = automaticInterfaces(file);
  if (options.flags.has("l")) {
    await ctx.stdout.write(automatic.map((name) => `${name}\n`).join(""));
    return 0;
  }
  const devices = devicesOf(ctx);
  if (options.flags.has("r")) {
    const names = options.flags.has("a") ? devices.map((device) => device.name) : options.names;
    for (const name of names) {
      const device = devices.find((one) => one.name === name);
      if (device) await ctx.stdout.write(runningText(device, devices));
    }
    return 0;
  }
  const names = options.flags.has("a") ? automatic : options.names;
  const unknown = names.filter((name) => stanzasOf(file, name).length === 0);
  if (unknown.length > 0) {
    await ctx.stderr.write(`error: main exception: cannot find interfaces: ${unknown.join(" ")}\n`);
    return 1;
  }
  let failed = false;
  for (const name of names) {
    if (options.flags.has("c")) {
      const { text, ok } = checkedText(file, name, devices);
      await ctx.stdout.write(text);
      failed ||= !ok;
    } else for (const stanza of stanzasOf(file, name)) await ctx.stdout.write(plainText(file, stanza));
  }
  return failed || file.errors.length > 0 ? 1 : 0;
};

const headOf = (stanza: Stanza) =>
  ["iface", stanza.name, ...(stanza.family ? [stanza.family, stanza.method] : [])].join(" ");

const autoOf = (file: InterfacesFile, name: string) => (file.auto.includes(name) ? `auto ${name}\n` : "");

function plainText(file: InterfacesFile, stanza: Stanza): string {
  const lines = stanza.options.map(([name, value]) => `\t${name} ${value}\n`);
  return `${autoOf(file, stanza.name)}${headOf(stanza)}\n${lines.join("")}\n`;
}

/** What is in the file beside what the kernel has; other options are not compared. */
function checkedText(file: InterfacesFile, name: string, devices: readonly Device[]): { text: string; ok: boolean } {
  const stanzas = stanzasOf(file, name);
  const device = devices.find((one) => one.name === name);
  const auto = autoOf(file, name);
  if (!device) {
    const head = `${`iface ${name}`.padEnd(65)} ${statusText(false).padStart(8)}\n`;
    return { text: stanzas.map(() => `${auto}${head}\n\n`).join(""), ok: false };
  }
  const wanted = stanzas.map(addressesIn);
  const running = device.addresses.map((one) => `${one.address}/${one.prefixLength}`);
  const unasked = running.filter((one) => !wanted.flat().includes(one));
  let ok = true;
  const parts = stanzas.map((stanza, at) => {
    const rows = at === 0 ? deviceRows(stanzas, device, devices) : [];
    if (device.kind !== "loopback") {
      for (const one of wanted[at]!) rows.push([`address ${one}`, running.includes(one)]);
      if (at === 0) for (const one of unasked) rows.push([`address ${one}`, false]);
    }
    const fits = rows.every(([, fit]) => fit);
    ok &&= fits;
    const head = rows.length === 0 ? headOf(stanza) : `${headOf(stanza).padEnd(65)} ${statusText(fits).padStart(8)}`;
    const lines = rows.map(([what, fit]) => `\t${what.padEnd(55)} ${statusText(fit).padStart(10)}\n`);
    return `${auto}${head}\n${lines.join("")}\n`;
  });
  return { text: parts.join(""), ok };
}

const statusText = (fits: boolean) => (fits ? "[pass]" : "[fail]");

/** Settings of the device itself. */
function deviceRows(
  stanzas: readonly Stanza[],
  device: Device,
  devices: readonly Device[],
): [what: string, fits: boolean][] {
  const rows: [string, boolean][] = [];
  const first = (option: string) => optionsOf(stanzas, option)[0];
  for (const value of optionsOf(stanzas, "bridge-ports")) {
    const wanted = value.split(/\s+/).filter((port) => port !== "none");
    const there = devices.filter((one) => one.master === device.name && one.kind !== "tap" && one.kind !== "veth");
    const names = there.map((one) => one.name);
    rows.push([`bridge-ports ${names.join(" ")}`, wanted.sort().join() === [...names].sort().join()]);
  }
  if (first("bridge-stp") !== undefined) rows.push(["bridge-stp no", /^(?:off|no)$/.test(first("bridge-stp")!)]);
  if (first("bridge-fd") !== undefined) rows.push(["bridge-fd 0", first("bridge-fd") === "0"]);
  if (first("bridge-vlan-aware") !== undefined) {
    const is = device.vlanAware ? "yes" : "no";
    rows.push([`bridge-vlan-aware ${is}`, first("bridge-vlan-aware") === is]);
  }
  if (first("mtu") !== undefined) rows.push([`mtu ${device.mtu}`, device.mtu === Number(first("mtu"))]);
  return rows;
}

function addressesIn(stanza: Stanza): string[] {
  const [mask] = optionsOf([stanza], "netmask");
  return optionsOf([stanza], "address").flatMap((text) => {
    const parsed = parsePrefix(text);
    if (!parsed) return [text];
    const length =
      parsed.given || mask === undefined ? parsed.prefixLength : isAddress(mask) ? maskLength(mask) : Number(mask);
    return [`${parsed.address}/${length}`];
  });
}

function runningText(device: Device, devices: readonly Device[]): string {
  const { name, kind } = device;
  if (kind === "loopback") return `auto lo\niface lo inet loopback\n\tmtu ${device.mtu}\n\n`;
  const ports = devices.filter((one) => one.master === name).map((one) => one.name);
  const six = linkLocal(device);
  const lines = [
    ...(kind === "bridge"
      ? [
          ...(ports.length > 0 ? [`bridge-ports ${ports.join(" ")}`] : []),
          "bridge-vlan-stats off",
          "bridge-fd 0",
          "bridge-stp 0",
          "bridge-hashel 16",
          "bridge-hashmax 4096",
          "bridge-mcstats 0",
        ]
      : []),
    ...device.addresses.map((one) => `address ${one.address}/${one.prefixLength}`),
    ...(six === undefined ? [] : [`address ${six}/64`]),
  ];
  // A port without anything of its own is not told of.
  if (lines.length === 0) return "";
  return `auto ${name}\niface ${name}\n${lines.map((line) => `\t${line}\n`).join("")}\n`;
}
