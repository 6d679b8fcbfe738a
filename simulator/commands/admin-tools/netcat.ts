/** `nc -z HOST PORT`: whether something listens there, over the lab's networks. Nothing is sent. Texts of netcat-openbsd. */
import { isAddress } from "../../cluster/host-network/ipv4.ts";
import { addressOfName } from "../../cluster/host-network/node-address.ts";
import { reachApi, tcpTarget } from "../../cluster/join/reach.ts";
import { unitServes } from "../../cluster/services/services.ts";
import type { UnitName } from "../../cluster/services/services-state.ts";
import type { LabState } from "../../cluster/state.ts";
import { reachSsh } from "../../node-view/ssh-reach.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { type Arguments, readArguments, refuseUsage } from "../coreutils/arguments.ts";

/** What listens on all addresses of a node besides sshd. */
const SERVERS: Record<number, UnitName> = {
  3128: "spiceproxy",
};

type Reach = { state: "open" } | { state: "closed"; reason: string; afterMs: number };

export const nc: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "zvnulkNw:p:s:q:46", {});
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const [host, portText] = args.operands;
  const { flags } = args;
  if (host === undefined) {
    await ctx.stderr.write("usage: nc [-46nuvz] [-w timeout] [destination] [port]\n");
    return 1;
  }
  if (portText === undefined) {
    await ctx.stderr.write("nc: missing port number\n");
    return 1;
  }
  const ports = portsOf(portText);
  if (typeof ports === "string") {
    await ctx.stderr.write(`nc: ${ports}\n`);
    return 1;
  }
  if (!flags.has("z") || flags.has("u") || flags.has("l")) {
    await ctx.stderr.write("nc: only `nc -z HOST PORT` over TCP is modelled in this simulated node\n");
    return 1;
  }
  const isLiteral = isAddress(host);
  const address = flags.has("n") && !isLiteral ? undefined : ctx.lab.read((lab) => addressOfName(lab, ctx.node, host));
  if (address === undefined) {
    await ctx.stderr.write(`nc: getaddrinfo for host "${host}" port ${ports[0]}: Name or service not known\n`);
    return 1;
  }
  const shown = isLiteral ? host : `${host} (${address})`;
  let status = 1;
  for (const port of ports) {
    const reach = ctx.lab.read((lab) => reachOf(lab as LabState, ctx, host, address, port));
    if (reach.state === "open") {
      await ctx.lab.sleep(1, ctx.signal);
      status = 0;
      const service = flags.has("n") ? "*" : (SERVICES[port] ?? "*");
      if (flags.has("v")) await ctx.stderr.write(`Connection to ${shown} ${port} port [tcp/${service}] succeeded!\n`);
      continue;
    }
    const limitMs = flags.has("w") ? Number(flags.get("w")) * 1_000 : Number.POSITIVE_INFINITY;
    await ctx.lab.sleep(Math.min(reach.afterMs, limitMs), ctx.signal);
    const why = reach.afterMs > limitMs ? "timed out: Operation now in progress" : `failed: ${reach.reason}`;
    if (flags.has("v")) await ctx.stderr.write(`nc: connect to ${shown} port ${port} (tcp) ${why}\n`);
  }
  return status;
};

/** Names of ports in /etc/services. */
const SERVICES: Record<number, string> = { 22: "ssh", 53: "domain", 80: "http", 111: "sunrpc", 443: "https" };

/** `22`, `ssh`, `20-23`; a text when it is none. */
function portsOf(text: string): number[] | string {
  const range = /^(\d+)-(\d+)$/.exec(text);
  const named = Object.keys(SERVICES).find((port) => SERVICES[Number(port)] === text);
  const ends = range ? [Number(range[1]), Number(range[2])] : [Number(named ?? text)];
  for (const [at, end] of ends.entries()) {
    const shown = range ? range[at + 1] : text;
    if (!Number.isInteger(end)) return `port number invalid: ${shown}`;
    if (end < 1) return `port number too small: ${shown}`;
    if (end > 65_535) return `port number too large: ${shown}`;
  }
  const [first, last = first] = ends as [number, number?];
  return Array.from({ length: Math.max(last - first, first - last) + 1 }, (_, at) => Math.min(first, last) + at);
}

function reachOf(lab: LabState, ctx: ProgramContext, host: string, address: string, port: number): Reach {
  const ssh = reachSsh(lab, ctx.node, host);
  if (ssh.state === "unknown-host") return { state: "closed", reason: "No route to host", afterMs: 3_050 };
  if (port === 22) return ssh.state === "open" ? { state: "open" } : ssh;
  if (port === 8006) {
    const reach = reachApi(lab, ctx.node, address);
    return reach.state === "open" ? { state: "open" } : reach;
  }
  // Another port fares as sshd's does, but for who listens.
  if (ssh.state === "closed" && ssh.reason !== "Connection refused") return ssh;
  const target = tcpTarget(lab, ctx.node, address);
  const server = SERVERS[port];
  if ("node" in target && server && unitServes(lab, target.node, server)) return { state: "open" };
  return { state: "closed", reason: "Connection refused", afterMs: 1 };
}
