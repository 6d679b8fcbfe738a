/** `nc -z HOST PORT`: whether something listens there, over the lab's networks. Nothing is sent. Texts of netcat-openbsd. */
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
    args = readArguments(ctx.argv, "zvnuw:46", {});
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const [host, portText] = args.operands;
  const port = Number(portText);
  if (host === undefined || !Number.isInteger(port) || port < 1 || port > 65_535) {
    await ctx.stderr.write("usage: nc [-46nuvz] [-w timeout] [destination] [port]\n");
    return 1;
  }
  if (!args.flags.has("z") || args.flags.has("u")) {
    await ctx.stderr.write("nc: only `nc -z HOST PORT` over TCP is modelled in this simulated node\n");
    return 1;
  }
  const address = ctx.lab.read((lab) => addressOfName(lab, ctx.node, host));
  if (address === undefined) {
    await ctx.stderr.write(`nc: getaddrinfo for host "${host}" port ${port}: Name or service not known\n`);
    return 1;
  }
  const reach = ctx.lab.read((lab) => reachOf(lab as LabState, ctx, host, address, port));
  if (reach.state === "open") {
    await ctx.lab.sleep(1, ctx.signal);
    if (args.flags.has("v"))
      await ctx.stderr.write(
        `Connection to ${host} (${address}) ${port} port [tcp/${port === 22 ? "ssh" : "*"}] succeeded!\n`,
      );
    return 0;
  }
  const limitMs = args.flags.has("w") ? Number(args.flags.get("w")) * 1_000 : Number.POSITIVE_INFINITY;
  await ctx.lab.sleep(Math.min(reach.afterMs, limitMs), ctx.signal);
  const reason = reach.afterMs > limitMs ? "Connection timed out" : reach.reason;
  if (args.flags.has("v"))
    await ctx.stderr.write(`nc: connect to ${host} (${address}) port ${port} (tcp) failed: ${reason}\n`);
  return 1;
};

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
