/** `bridge` and `brctl show`: which port hangs on which bridge, what was learnt. @source iproute2 6.1, its own output */
import { type Device, devicesOf, flagsOf, neighboursOf } from "../../node-view/network-devices.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { notModelled } from "../printed.ts";
import { jsonText } from "./ip/iproute-json.ts";

const USAGE = `Usage: bridge [ OPTIONS ] OBJECT { COMMAND | help }
       bridge [ -force ] -batch filename
where  OBJECT := { link | fdb | mdb | vlan | monitor }
       OPTIONS := { -V[ersion] | -s[tatistics] | -d[etails] |
                    -o[neline] | -t[imestamp] | -n[etns] name |
                    -c[ompressvlans] -color -p[retty] -j[son] }
`;

const OBJECTS = ["link", "fdb", "mdb", "vlan", "monitor", "help"];

interface BridgeOptions {
  json: boolean;
  pretty: boolean;
  details: boolean;
}

export const bridge: Program = async (ctx) => {
  const words = ctx.argv.slice(1);
  const options: BridgeOptions = { json: false, pretty: false, details: false };
  while (words[0]?.startsWith("-")) {
    const option = words.shift()!.replace(/^--/, "-");
    if ("-json".startsWith(option) && option.length > 1) options.json = true;
    else if ("-pretty".startsWith(option) && option.length > 1) options.pretty = true;
    else if ("-details".startsWith(option) && option.length > 1) options.details = true;
    else if (/^-V/.test(option)) {
      await ctx.stdout.write("bridge utility, 6.1.0\n");
      return 0;
    } else if (!/^-(?:s|st\w*|o\w*|t\w*|c\w*|4|6|N\w*)$/.test(option)) {
      await ctx.stderr.write(`Option "${option}" is unknown, try "bridge help".\n`);
      return 255;
    }
  }
  const [named = "help", verb, ...rest] = words;
  const object = OBJECTS.find((candidate) => candidate.startsWith(named));
  const refuse = async (text: string, status: number) => {
    await ctx.stderr.write(text);
    return status;
  };
  if (!object) return refuse(`Object "${named}" is unknown, try "bridge help".\n`, 255);
  if (object === "help") return refuse(USAGE, 255);
  if (verb !== undefined && !/^(?:s|show|l|ls|list|lst)$/.test(verb)) {
    const known = /^(?:add|append|del|delete|replace|set|flush|get|help|global|tunnelshow)$/.test(verb);
    return refuse(
      known
        ? notModelled("bridge", `${object} ${verb}`)
        : `Command "${verb}" is unknown, try "bridge ${object} help".\n`,
      255,
    );
  }
  const devices = devicesOf(ctx);
  let shown = devices;
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at]!;
    const keyword = ["dev", "br", "brport", "master"].includes(word);
    const name = keyword ? rest[++at] : word;
    if (!devices.some((device) => device.name === name)) {
      const what = word === "br" || word === "master" ? "Cannot find bridge device" : "Cannot find device";
      return refuse(`${what} "${name ?? ""}"\n`, 255);
    }
    const isBridge = word === "br" || word === "master";
    shown = shown.filter((device) =>
      isBridge ? device.master === name || device.name === name : device.name === name,
    );
  }
  switch (object) {
    case "link":
      return ports(ctx, shown, options);
    case "fdb":
      return table(ctx, shown, options);
    case "vlan":
      // Bridges of a node are not aware of VLANs unless their configuration says so: none are listed.
      await ctx.stdout.write(options.json ? "[]\n" : "port              vlan-id  \n");
      return 0;
    case "mdb":
      if (options.json) await ctx.stdout.write("[]\n");
      return 0;
    default:
      return refuse(notModelled("bridge", object), 1);
  }
};

/** A cable that is out leaves its port without a way. */
const portState = (device: Device) => (device.up && device.carrier ? "forwarding" : "disabled");
const costOf = (device: Device) => (device.kind === "card" ? 4 : 2);

async function ports(ctx: ProgramContext, devices: readonly Device[], options: BridgeOptions): Promise<number> {
  const shown = devices.filter((device) => device.master);
  if (options.json) {
    const items = shown.map((device) => ({
      ifindex: device.index,
      ...(device.peer && { link: device.peer }),
      ifname: device.name,
      flags: flagsOf(device),
      mtu: device.mtu,
      master: device.master!,
      state: portState(device),
      priority: 32,
      cost: costOf(device),
    }));
    await ctx.stdout.write(jsonText(items, options.pretty));
    return 0;
  }
  const details =
    "    hairpin off guard off root_block off fastleave off learning on flood on mcast_flood on bcast_flood on mcast_router 1 mcast_to_unicast off neigh_suppress off vlan_tunnel off isolated off locked off \n";
  const lines = shown.map(
    (device) =>
      `${device.index}: ${device.name}${device.peer ? `@${device.peer}` : ""}: <${flagsOf(device).join(",")}> mtu ${device.mtu} master ${device.master} state ${portState(device)} priority 32 cost ${costOf(device)} \n${options.details ? details : ""}`,
  );
  await ctx.stdout.write(lines.join(""));
  return 0;
}

/** Of each port its own address, and of the card those that were heard of behind it. */
async function table(ctx: ProgramContext, devices: readonly Device[], options: BridgeOptions): Promise<number> {
  const rows: { mac: string; ifname: string; master?: string; flags: string[]; state: string }[] = [];
  const heard = neighboursOf(ctx);
  for (const device of devices) {
    if (device.kind === "loopback") continue;
    const { name, master } = device;
    if (master && device.kind === "card") {
      for (const one of heard)
        if (one.reachable && one.device === master)
          rows.push({ mac: one.mac, ifname: name, master, flags: [], state: "" });
    }
    if (master) rows.push({ mac: device.mac, ifname: name, master, flags: [], state: "permanent" });
    for (const mac of ["33:33:00:00:00:01", "01:00:5e:00:00:01"])
      rows.push({ mac, ifname: name, flags: ["self"], state: "permanent" });
  }
  if (options.json) {
    await ctx.stdout.write(jsonText(rows, options.pretty));
    return 0;
  }
  const line = ({ mac, ifname, master, flags, state }: (typeof rows)[number]) =>
    `${mac} dev ${ifname} ${master ? `master ${master} ` : ""}${flags.map((flag) => `${flag} `).join("")}${state}\n`;
  await ctx.stdout.write(rows.map(line).join(""));
  return 0;
}

/** Of bridge-utils; it only shows here. */
export const brctl: Program = async (ctx) => {
  const [verb, ...names] = ctx.argv.slice(1);
  if (verb === undefined || verb === "--help") {
    await ctx.stderr.write(
      "Usage: brctl [commands]\ncommands:\n\tshow      \t[ <bridge> ]\t\tshow a list of bridges\n",
    );
    return 1;
  }
  if (verb !== "show") {
    const known =
      /^(?:addbr|delbr|addif|delif|hairpin|setageing|setbridgeprio|setfd|sethello|setmaxage|setpathcost|setportprio|showmacs|showstp|stp)$/;
    await ctx.stderr.write(known.test(verb) ? notModelled("brctl", verb) : `never heard of command [${verb}]\n`);
    return 1;
  }
  const devices = devicesOf(ctx);
  let out = "bridge name\tbridge id\t\tSTP enabled\tinterfaces\n";
  for (const one of devices.filter((device) => device.kind === "bridge")) {
    if (names.length > 0 && !names.includes(one.name)) continue;
    const ports = devices.filter((device) => device.master === one.name).map((device) => device.name);
    out += `${one.name}\t\t8000.${one.mac.replaceAll(":", "")}\tno\t\t${ports.join("\n\t\t\t\t\t\t\t")}\n`;
  }
  await ctx.stdout.write(out);
  for (const name of names) {
    if (devices.some((device) => device.kind === "bridge" && device.name === name)) continue;
    await ctx.stderr.write(`bridge ${name} does not exist!\n`);
    return 1;
  }
  return 0;
};
