/** `traceroute` on a segment: the nodes of a lab have no router between them. @source traceroute 2.1.2, its own output */

import { mainAddressOf } from "../../cluster/host-network/node-address.ts";
import { pathLatencyMs } from "../../cluster/network.ts";
import type { LabState } from "../../cluster/state.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { readArguments, UsageError } from "../coreutils/arguments.ts";
import { etcHosts } from "../coreutils/node-facts.ts";
import { answers, resolve, routeTo } from "../coreutils/ping.ts";
import { notModelled } from "../printed.ts";

/** Linux gives up an address that nobody answers ARP for. */
const NEIGHBOUR_LOST_MS = 3_058;

export const traceroute: Program = async (ctx) => {
  let args: ReturnType<typeof readArguments>;
  try {
    args = readArguments(ctx.argv, "46dFITnreAUDVf:g:i:m:M:N:p:q:s:t:w:z:", {
      ...{
        "max-hops=": "m",
        "queries=": "q",
        "wait=": "w",
        "first=": "f",
        icmp: "I",
        tcp: "T",
        udp: "U",
        version: "V",
      },
      ...{ "port=": "p", "interface=": "i", "source=": "s", "sim-queries=": "N" },
    });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const bad = ctx.argv.find((word) => /^-./.test(word)) ?? "";
    await ctx.stderr.write(`Bad option \`${bad}' (argc ${ctx.argv.indexOf(bad)})\n`);
    return 2;
  }
  const { flags, operands } = args;
  if (flags.has("V")) {
    await ctx.stdout.write("Modern traceroute for Linux, version 2.1.2\nThis is traceroute of a simulated node.\n");
    return 0;
  }
  const missing = ["6", "A", "D", "e", "F", "f", "g", "i", "M", "r", "s"].find((letter) => flags.has(letter));
  if (missing) {
    await ctx.stderr.write(notModelled("traceroute", `-${missing}`));
    return 2;
  }
  const [name] = operands;
  if (name === undefined) {
    await ctx.stderr.write(
      "Usage:\n  traceroute [ -4ITnUV ] [ -m max_ttl ] [ -N squeries ] [ -p port ] [ -q nqueries ] [ -w MAX ] host [ packetlen ]\n",
    );
    return 0;
  }
  const hops = Number(flags.get("m") ?? 30);
  const [queries, waitMs] = [Number(flags.get("q") ?? 3), Number((flags.get("w") ?? "5").split(",")[0]) * 1000];
  const refusal = !(hops >= 1)
    ? "first hop out of range"
    : hops > 255
      ? "max hops cannot be more than 255"
      : queries >= 1 && queries <= 10
        ? undefined
        : "no more than 10 probes per hop";
  if (refusal) {
    await ctx.stderr.write(`${refusal}\n`);
    return 2;
  }
  const address = await resolve(ctx, name);
  if (address === undefined) {
    const at = ctx.argv.indexOf(name);
    await ctx.stderr.write(
      `${name}: Name or service not known\nCannot handle "host" cmdline arg \`${name}' on position 1 (argc ${at})\n`,
    );
    return 2;
  }
  await ctx.stdout.write(`traceroute to ${name} (${address}), ${hops} hops max, ${operands[1] ?? 60} byte packets\n`);
  const route = ctx.lab.read((lab) => routeTo(lab, ctx.node, address));
  if (route.refused !== undefined) {
    await ctx.stderr.write(`connect: ${route.refused}\n`);
    return 1;
  }
  const numbers = flags.has("n");
  const there = ctx.lab.read((lab) => {
    const state = lab as LabState;
    if (route.target === undefined) return undefined;
    if (route.network === undefined) return 0.02;
    if (!answers(state, route.network, ctx.node, route.target)) return undefined;
    // Another machine than a node is as far away as one.
    const isNode = state.nodes[route.target] !== undefined;
    return isNode ? 2 * pathLatencyMs(state, route.network, ctx.node, route.target) : 0.4;
  });
  if (there !== undefined) {
    await ctx.lab.sleep(there, ctx.signal);
    const times = Array.from({ length: queries }, (_, at) => `${(there * (1 + 0.1 / (at + 1))).toFixed(3)} ms`);
    await ctx.stdout.write(` 1  ${await shown(ctx, address, numbers)}  ${times.join("  ")}\n`);
    return 0;
  }
  // Whoever waits less than the kernel does sees nothing come back.
  if (waitMs < NEIGHBOUR_LOST_MS) {
    await ctx.lab.sleep(waitMs, ctx.signal);
    const rows = Array.from(
      { length: hops },
      (_, at) => `${String(at + 1).padStart(2)}  ${Array(queries).fill("*").join(" ")}\n`,
    );
    await ctx.stdout.write(rows.join(""));
    return 0;
  }
  await ctx.lab.sleep(NEIGHBOUR_LOST_MS, ctx.signal);
  const own = route.source ?? ctx.lab.read((lab) => mainAddressOf(lab, ctx.node)) ?? "127.0.0.1";
  const times = Array.from({ length: queries }, (_, at) => `${(NEIGHBOUR_LOST_MS + 0.9 - at * 0.04).toFixed(3)} ms !H`);
  await ctx.stdout.write(` 1  ${await shown(ctx, own, numbers)}  ${times.join("  ")}\n`);
  return 0;
};

/** `pve2.lab.internal (10.99.7.12)`: the first name that /etc/hosts has for it. */
async function shown(ctx: ProgramContext, address: string, numbers: boolean): Promise<string> {
  if (numbers) return address;
  const names = (await etcHosts(ctx)).find(([one]) => one === address);
  return `${names?.[1] ?? address} (${address})`;
}
