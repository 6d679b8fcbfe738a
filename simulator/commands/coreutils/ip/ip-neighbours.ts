/** Neighbours and rules as `ip` shows them. @source iproute2 6.1, its own output */
import { devicesOf, neighboursOf } from "../../../node-view/network-devices.ts";
import type { ProgramContext } from "../../../shell/process.ts";
import { notModelled } from "../../printed.ts";
import { CHANGES, type IpOptions, isShow, refuse, write } from "./ip-output.ts";
import { jsonText } from "./iproute-json.ts";

/** `ip neigh`. */
export async function showNeighbours(ctx: ProgramContext, rest: string[], options: IpOptions): Promise<number> {
  const [verb] = rest;
  if (verb && CHANGES.includes(verb)) return refuse(ctx, notModelled("ip", `neigh ${verb}`), 2);
  if (verb === "help")
    return refuse(
      ctx,
      "Usage: ip neigh { show | flush } [ to PREFIX ] [ dev DEV ] [ nud STATE ]\n(a short form; the real one is longer)\n",
      255,
    );
  const words = isShow(verb) ? rest.slice(1) : [...rest];
  if (verb && !isShow(verb) && !["dev", "nud", "to"].includes(verb) && !/^[\d.:a-f]+$/.test(verb))
    return refuse(ctx, `Command "${verb}" is unknown, try "ip neigh help".\n`, 255);
  let shown = options.family === "6" ? [] : neighboursOf(ctx);
  let onOneDevice = false;
  while (words.length > 0) {
    const word = words.shift()!;
    if (word === "dev") {
      const name = words.shift();
      if (!devicesOf(ctx).some((device) => device.name === name))
        return refuse(ctx, `Cannot find device "${name ?? ""}"\n`, 1);
      shown = shown.filter((one) => one.device === name);
      onOneDevice = true;
    } else if (word === "nud") {
      const state = words.shift();
      shown = shown.filter((one) => state === "all" || (one.reachable ? "reachable" : "failed") === state);
    } else {
      const address = word === "to" ? words.shift() : word;
      shown = shown.filter((one) => one.address === address);
    }
  }
  if (options.json)
    return write(
      ctx,
      jsonText(
        shown.map((one) => ({
          dst: one.address,
          ...(!onOneDevice && { dev: one.device }),
          ...(one.reachable && { lladdr: one.mac }),
          state: [one.reachable ? "REACHABLE" : "FAILED"],
        })),
        options.pretty,
      ),
    );
  const rows = shown.map((one) => {
    if (options.brief) return `${one.address.padEnd(39)} ${one.device.padEnd(16)} ${one.reachable ? one.mac : ""}\n`;
    const device = onOneDevice ? "" : `dev ${one.device} `;
    const used = options.statistics > 0 ? (one.reachable ? " ref 1 used 3/2/2probes 1" : " used 9/12/6probes 6") : "";
    return `${one.address} ${device}${one.reachable ? `lladdr ${one.mac}${used} REACHABLE` : `${used.trim()}${used ? " " : ""}FAILED`} \n`;
  });
  return write(ctx, rows.join(""));
}

/** `ip rule`. */
export async function showRules(ctx: ProgramContext, rest: string[], options: IpOptions): Promise<number> {
  if (rest[0] && !isShow(rest[0])) {
    const known = CHANGES.includes(rest[0]) || rest[0] === "help";
    return known
      ? refuse(ctx, notModelled("ip", `rule ${rest[0]}`), 2)
      : refuse(ctx, `Command "${rest[0]}" is unknown, try "ip rule help".\n`, 255);
  }
  const rules: [number, string][] = [
    [0, "local"],
    [32766, "main"],
    ...(options.family === "6" ? [] : ([[32767, "default"]] as [number, string][])),
  ];
  if (options.json)
    return write(
      ctx,
      jsonText(
        rules.map(([priority, table]) => ({ priority, src: "all", table })),
        options.pretty,
      ),
    );
  return write(ctx, rules.map(([priority, table]) => `${priority}:\tfrom all lookup ${table}\n`).join(""));
}
