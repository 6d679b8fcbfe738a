/** Routes of a node as `ip route` shows them. @source iproute2 6.1, its own output */
import {
  addressBits,
  broadcastText,
  inSameNetwork,
  isAddress,
  parsePrefix,
} from "../../../cluster/host-network/ipv4.ts";
import type { NetRoute } from "../../../cluster/host-network/network-stack.ts";
import { departureTo } from "../../../cluster/host-network/route-choice.ts";
import { type Device, devicesOf, linkLocal, routesOf } from "../../../node-view/network-devices.ts";
import type { ProgramContext } from "../../../shell/process.ts";
import { notModelled } from "../../printed.ts";
import { CHANGES, type IpOptions, isShow, refuse, write } from "./ip-output.ts";
import { type Json, jsonText } from "./iproute-json.ts";

/** Words that may stand where `show` was left out. */
const SELECTORS = ["default", "dev", "table", "proto", "scope", "via", "root", "match", "exact", "type", "src"];

/** `ip route` but for what changes something. */
export async function showRoutes(ctx: ProgramContext, words: string[], options: IpOptions): Promise<number> {
  const devices = devicesOf(ctx);
  const [verb] = words;
  if (verb === "get") return showRouteTo(ctx, words.slice(1), options);
  if (verb && CHANGES.includes(verb)) return refuse(ctx, notModelled("ip", `route ${verb}`), 2);
  if (verb === "help")
    return refuse(
      ctx,
      "Usage: ip route { list | flush } SELECTOR\n       ip route get ADDRESS\n       ip route { add | del | change | append | replace } ROUTE\n(a short form; the real one is longer)\n",
      255,
    );
  const rest = isShow(verb) ? words.slice(1) : [...words];
  if (verb && !isShow(verb) && !SELECTORS.includes(verb) && !/^[\d./]+$/.test(verb))
    return refuse(ctx, `Command "${verb}" is unknown, try "ip route help".\n`, 255);
  if (options.family === "6") return write(ctx, sixRoutes(devices));
  let shown = routesOf(ctx);
  /** What was asked for is not printed again. */
  const asked = new Set<string>();
  while (rest.length > 0) {
    const word = rest.shift()!;
    if (word === "default") shown = shown.filter((route) => route.prefixLength === 0);
    else if (word === "dev") {
      const only = rest.shift() ?? "";
      if (!devices.some((device) => device.name === only)) return refuse(ctx, `Cannot find device "${only}"\n`, 1);
      asked.add("dev");
      shown = shown.filter((route) => route.device === only);
    } else if (word === "table") {
      const table = rest.shift();
      if (table === "local") return write(ctx, localRoutes(devices));
      if (/^\d+$/.test(table ?? "") && table !== "254" && table !== "253") shown = [];
      else if (table !== "main" && table !== "all" && table !== "254" && table !== "default" && table !== "253")
        return refuse(ctx, `Error: argument "${table ?? ""}" is wrong: table id value is invalid\n\n`, 255);
      if (table === "default" || table === "253") shown = [];
    } else if (["proto", "scope", "via", "root", "match", "exact", "type", "src"].includes(word)) {
      const value = rest.shift();
      asked.add(word);
      if (word === "scope") shown = shown.filter((route) => route.scope === value);
      if (word === "via") shown = shown.filter((route) => route.via === value);
      if (word === "src") shown = shown.filter((route) => route.source === value);
      if (word === "proto") shown = shown.filter((route) => route.protocol === value);
      if (word === "type") shown = shown.filter((route) => (route.kind ?? "unicast") === value);
      if (word === "match" || word === "root" || word === "exact") {
        const place = parsePrefix(value ?? "", true);
        if (!place) return refuse(ctx, `Error: any valid prefix is expected rather than "${value}".\n`, 1);
        shown = shown.filter((route) => fits(route, place, word));
      }
    } else {
      const place = parsePrefix(word, true);
      if (!place) return refuse(ctx, `Error: any valid prefix is expected rather than "${word}".\n`, 1);
      shown = shown.filter((route) => fits(route, place, "exact"));
    }
  }
  const isDown = (route: NetRoute) => devices.some((device) => device.name === route.device && !device.carrier);
  if (options.json) {
    const items = shown.map((route): Json => {
      const flags = [...(route.onlink ? ["onlink"] : []), ...(isDown(route) ? ["linkdown"] : [])];
      return {
        ...(route.kind && { type: route.kind }),
        dst: prefixText(route),
        ...(!asked.has("via") && route.via !== undefined && { gateway: route.via }),
        ...(!asked.has("dev") && route.device !== undefined && { dev: route.device }),
        ...(!asked.has("proto") && route.protocol !== "boot" && { protocol: route.protocol }),
        ...(!asked.has("scope") && route.scope !== "global" && { scope: route.scope }),
        ...(route.source !== undefined && { prefsrc: route.source }),
        ...(route.metric !== undefined && { metric: route.metric }),
        flags,
      };
    });
    return write(ctx, jsonText(items, options.pretty));
  }
  return write(ctx, shown.map((route) => routeLine(route, asked, isDown(route))).join(""));
}

function fits(
  route: NetRoute,
  place: { address: string; prefixLength: number },
  how: "root" | "match" | "exact",
): boolean {
  if (how === "exact") return route.destination === place.address && route.prefixLength === place.prefixLength;
  if (how === "match")
    return (
      route.prefixLength <= place.prefixLength && inSameNetwork(route.destination, place.address, route.prefixLength)
    );
  return (
    route.prefixLength >= place.prefixLength && inSameNetwork(route.destination, place.address, place.prefixLength)
  );
}

function prefixText({ destination, prefixLength }: NetRoute): string {
  if (prefixLength === 0) return "default";
  return prefixLength === 32 ? destination : `${destination}/${prefixLength}`;
}

function routeLine(route: NetRoute, asked: ReadonlySet<string>, down: boolean): string {
  const words = [
    ...(route.kind ? [route.kind] : []),
    prefixText(route),
    ...(route.via !== undefined && !asked.has("via") ? [`via ${route.via}`] : []),
    ...(route.device !== undefined && !asked.has("dev") ? [`dev ${route.device}`] : []),
    ...(route.protocol !== "boot" && !asked.has("proto") ? [`proto ${route.protocol}`] : []),
    ...(route.scope !== "global" && !asked.has("scope") ? [`scope ${route.scope}`] : []),
    ...(route.source !== undefined ? [`src ${route.source}`] : []),
    ...(route.metric !== undefined ? [`metric ${route.metric}`] : []),
    ...(route.onlink ? ["onlink"] : []),
    ...(down ? ["linkdown"] : []),
  ];
  return `${words.join(" ")} \n`;
}

/** The table that says which addresses are the node's own. */
function localRoutes(devices: readonly Device[]): string {
  const lines: [bits: number, line: string][] = [];
  for (const { name, addresses, up } of devices) {
    if (!up) continue;
    for (const { address, prefixLength, scope } of addresses) {
      const bits = addressBits(address);
      if (scope === "host") {
        lines.push([
          bits - 1,
          `local ${address.replace(/\d+$/, "0")}/8 dev ${name} proto kernel scope host src ${address} \n`,
        ]);
      }
      lines.push([bits, `local ${address} dev ${name} proto kernel scope host src ${address} \n`]);
      if (prefixLength >= 31) continue;
      const last = broadcastText(address, prefixLength);
      lines.push([addressBits(last), `broadcast ${last} dev ${name} proto kernel scope link src ${address} \n`]);
    }
  }
  return [...new Set(lines.sort(([one], [other]) => one - other).map(([, line]) => line))].join("");
}

function sixRoutes(devices: readonly Device[]): string {
  return devices
    .filter((device) => device.kind !== "loopback" && linkLocal(device) !== undefined)
    .map((device) => `fe80::/64 dev ${device.name} proto kernel metric 256 pref medium\n`)
    .join("");
}

/** @source Linux: what a lookup that ends at a route of these kinds answers */
const REFUSED = { blackhole: "Invalid argument", unreachable: "No route to host", prohibit: "Permission denied" };

async function showRouteTo(ctx: ProgramContext, words: string[], options: IpOptions): Promise<number> {
  const word = words[0] ?? "";
  if (word === "") return refuse(ctx, "need at least a destination address\n", 1);
  if (!isAddress(word)) return refuse(ctx, `Error: any valid prefix is expected rather than "${word}".\n`, 1);
  const from = words[1] === "oif" || words[1] === "dev" ? words[2] : undefined;
  const departure = ctx.lab.read((lab) => departureTo(lab.nodes[ctx.node]!.net, word, from));
  if (departure.kind === "no-route") return refuse(ctx, "RTNETLINK answers: Network is unreachable\n", 2);
  if (departure.kind === "refused") return refuse(ctx, `RTNETLINK answers: ${REFUSED[departure.how]}\n`, 2);
  const local = departure.kind === "local";
  if (options.json) {
    const answer: Json = local
      ? { type: "local", dst: word, dev: "lo", prefsrc: word, flags: [], uid: 0, cache: ["local"] }
      : {
          dst: word,
          ...(departure.via !== undefined && { gateway: departure.via }),
          dev: departure.device,
          prefsrc: departure.source ?? "0.0.0.0",
          flags: [],
          uid: 0,
          cache: [],
        };
    return write(ctx, jsonText([answer], options.pretty));
  }
  if (local) return write(ctx, `local ${word} dev lo src ${word} uid 0 \n    cache <local> \n`);
  const via = departure.via !== undefined ? `via ${departure.via} ` : "";
  return write(ctx, `${word} ${via}dev ${departure.device} src ${departure.source ?? "0.0.0.0"} uid 0 \n    cache \n`);
}
