/**
 * `ping` over the simulated networks: one line a second of model time.
 *
 * @source iputils-ping 20221126, ping(8): formats of lines and statistics
 */

import { qnetdReachable } from "../../cluster/corosync/qnetd.ts";
import { machineAnswers, machineAt } from "../../cluster/guests/guest-view.ts";
import { throttleOf } from "../../cluster/migration/migrate-data.ts";
import { nodeByAddress, pathIsUp, pathLatencyMs, pathOf } from "../../cluster/network.ts";
import type { LabState } from "../../cluster/state.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { type Arguments, complain, readArguments, refuseUsage } from "./arguments.ts";

/** An address that no node has is given up on by ARP after this time, milliseconds. */
const UNREACHABLE_AFTER_MS = 3_000;

interface Route {
  /** The node that has the address; undefined when none has. */
  target: string | undefined;
  network: string | undefined;
  source: string | undefined;
  /** Address of a guest: it may have moved or stopped by the next packet. */
  guest?: string;
}

export const ping: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "c:i:w:W:s:qnI:4AfDOvt:", {});
  } catch (error) {
    return refuseUsage(ctx, error, 2);
  }
  const { flags } = args;
  const name = args.operands.at(-1);
  if (name === undefined) {
    await ctx.stderr.write("ping: usage error: Destination address required\n");
    return 1;
  }
  for (const [letter, text] of flags) {
    if ("ciwWs".includes(letter) && !/^\d*\.?\d+$/.test(text)) {
      await complain(ctx, `invalid argument: '${text}'`);
      return 1;
    }
  }
  const address = await resolve(ctx, name);
  if (address === undefined) {
    await complain(ctx, `${name}: Name or service not known`);
    return 2;
  }
  const route = ctx.lab.read((lab) => routeTo(lab, ctx.node, address));
  if (route.network === undefined && route.target !== ctx.node) {
    await complain(ctx, "connect: Network is unreachable");
    return 2;
  }
  const size = Number(flags.get("s") ?? 56);
  await ctx.stdout.write(`PING ${name} (${address}) ${size}(${size + 28}) bytes of data.\n`);
  return exchange(ctx, { flags, name, address, route, size });
};

/** An address for a name: a literal one, /etc/hosts of the node, or a node of the lab. */
export async function resolve(ctx: ProgramContext, name: string): Promise<string | undefined> {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(name))
    return name.split(".").every((part) => Number(part) < 256) ? name : undefined;
  const hosts = await ctx.files.readFile("/etc/hosts").then(
    (bytes) => Buffer.from(bytes).toString("utf8"),
    () => "",
  );
  for (const line of hosts.split("\n")) {
    const [address, ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (address && !address.includes(":") && names.includes(name)) return address;
  }
  return ctx.lab.read((lab) => lab.nodes[name]?.nics[0]?.address);
}

function routeTo(lab: Readonly<LabState>, node: string, address: string): Route {
  const state = lab as LabState;
  const nics = state.nodes[node]?.nics ?? [];
  if (address.startsWith("127.")) return { target: node, network: undefined, source: address };
  const machine = machineAt(lab, address);
  const found =
    nodeByAddress(state, address) ??
    // The host of corosync-qnetd is a place on a network, and no node.
    (lab.qnetd?.address === address ? { node: lab.qnetd.name, network: lab.qnetd.network } : undefined) ??
    // A guest's packets leave through the first card of the node that carries it.
    (machine && { node: machine.node, network: state.nodes[machine.node]?.nics[0]?.network ?? "" });
  const inSubnet = nics.find((nic) => {
    const bits = (text: string) => text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0) >>> 0;
    const mask = nic.prefixLength === 0 ? 0 : (0xffffffff << (32 - nic.prefixLength)) >>> 0;
    return nic.adminUp && (bits(nic.address) & mask) >>> 0 === (bits(address) & mask) >>> 0;
  });
  if (found?.node === node && !machine) return { target: node, network: undefined, source: address };
  return {
    ...(machine && { guest: address }),
    target: found && inSubnet && found.network === inSubnet.network ? found.node : undefined,
    network: inSubnet?.network,
    source: inSubnet?.address,
  };
}

interface Exchange {
  flags: ReadonlyMap<string, string>;
  name: string;
  address: string;
  route: Route;
  size: number;
}

async function exchange(ctx: ProgramContext, { flags, name, address, route, size }: Exchange): Promise<number> {
  const now = () => ctx.lab.read((lab) => lab.nowMs);
  const startedAtMs = now();
  const count = flags.has("c") ? Number(flags.get("c")) : Number.POSITIVE_INFINITY;
  const intervalMs = Math.max(flags.has("i") ? Number(flags.get("i")) * 1000 : 1_000, 2);
  const deadlineMs = flags.has("w") ? startedAtMs + Number(flags.get("w")) * 1000 : Number.POSITIVE_INFINITY;
  const lingerMs = flags.has("W") ? Number(flags.get("W")) * 1000 : 10_000;
  const times: number[] = [];
  let [sent, errors] = [0, 0];
  /** What the summary counts up to: an answer that is waited for does not make it longer. */
  let lastSentMs = startedAtMs;
  const stop = new AbortController();
  const unlisten = ctx.onSignal("SIGINT", () => stop.abort());
  const ended = AbortSignal.any([stop.signal, ctx.signal]);
  const wait = async (ms: number): Promise<boolean> => {
    try {
      await ctx.lab.sleep(ms, ended);
      return true;
    } catch (error) {
      if (stop.signal.aborted && !ctx.signal.aborted) return false;
      throw error;
    }
  };
  const shown = name === address ? address : `${name} (${address})`;
  let random = (ctx.pid * 2_654_435_761) >>> 0;
  const chance = () => {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    return random / 4_294_967_296;
  };
  /** One echo request now: the round trip in milliseconds, or none. */
  const send = (): number | undefined =>
    ctx.lab.read((lab) => {
      const state = lab as LabState;
      const { target, network } = route.guest || route.target === undefined ? routeTo(lab, ctx.node, address) : route;
      if (target === undefined) return undefined;
      const machine = machineAt(lab, address);
      if (machine && !machineAnswers(lab, machine.instance)) return undefined;
      // A throttled processor answers late and loses none (recording guests/06: up to 2 s).
      const throttle = machine ? throttleOf(lab, machine.node, machine.instance.vmid) : 0;
      const lateMs = chance() * 100 < throttle ? chance() * 20 * throttle : 0;
      if (network === undefined) return lateMs + 0.02 + chance() * 0.02;
      if (!answers(state, network, ctx.node, target)) return undefined;
      const lost = [pathOf(state, network, ctx.node, target), pathOf(state, network, target, ctx.node)].some(
        (path) => chance() * 100 < path.lossPercent,
      );
      if (lost) return undefined;
      return (
        lateMs +
        pathLatencyMs(state, network, ctx.node, target) +
        pathLatencyMs(state, network, target, ctx.node) +
        chance() * 0.15
      );
    });
  /** Nobody answers ARP: the host itself says so, three seconds later, as long as the address stays silent. */
  const unreachable = () =>
    ctx.lab.read((lab) => {
      const { target, network } = route.guest || route.target === undefined ? routeTo(lab, ctx.node, address) : route;
      if (network === undefined) return false;
      return target === undefined || !answers(lab as LabState, network, ctx.node, target);
    });
  /** The last one that was answered, lost on the way, or told to be unreachable. */
  let told = 0;
  const tellUnreachable = async (sequence: number) => {
    errors++;
    told = sequence;
    if (!flags.has("q"))
      await ctx.stdout.write(`From ${route.source} icmp_seq=${sequence} Destination Host Unreachable\n`);
  };
  let silentSinceMs: number | undefined;
  let going = true;
  try {
    while (going && sent < count && now() < deadlineMs) {
      sent++;
      lastSentMs = now();
      const sequence = sent;
      const time = send();
      let spentMs = 0;
      if (time !== undefined) {
        silentSinceMs = undefined;
        told = sequence;
        if (route.network !== undefined) {
          going = await wait(time);
          spentMs = time;
        }
        if (!going) break;
        times.push(time);
        if (!flags.has("q")) {
          await ctx.stdout.write(
            `${size + 8} bytes from ${shown}: icmp_seq=${sequence} ttl=64 time=${milliseconds(time)} ms\n`,
          );
        }
      } else if (unreachable()) {
        silentSinceMs ??= now();
        if (now() - silentSinceMs >= UNREACHABLE_AFTER_MS - 1) {
          for (let rest = told + 1; rest < sequence; rest++) await tellUnreachable(rest);
        }
      } else {
        silentSinceMs = undefined;
        told = sequence;
      }
      const last = sent >= count;
      if (last && time !== undefined) break;
      // All that were sent are accounted for once the host has said that nobody is there.
      const untilToldMs = (silentSinceMs ?? Number.POSITIVE_INFINITY) + UNREACHABLE_AFTER_MS - now();
      if (last && untilToldMs <= Math.min(lingerMs, deadlineMs - now())) {
        if ((await wait(Math.max(0, untilToldMs))) && unreachable()) {
          for (let rest = told + 1; rest <= sent; rest++) await tellUnreachable(rest);
        }
        break;
      }
      going = await wait(
        last
          ? Math.min(lingerMs, deadlineMs - now())
          : Math.min(Math.max(intervalMs - spentMs, 0), Math.max(0, deadlineMs - now())),
      );
    }
  } finally {
    unlisten();
  }
  await ctx.stdout.write(statistics(name, sent, times, errors, lastSentMs - startedAtMs));
  if (times.length === 0) return 1;
  return flags.has("c") && flags.has("w") && times.length < count ? 1 : 0;
}

/** The target is on and packets pass both ways. */
function answers(lab: LabState, network: string, from: string, target: string): boolean {
  if (target === lab.qnetd?.name) return qnetdReachable(lab, from);
  return (
    lab.nodes[target]?.power === "on" && pathIsUp(lab, network, from, target) && pathIsUp(lab, network, target, from)
  );
}

function milliseconds(time: number): string {
  return time < 1 ? time.toFixed(3) : time < 10 ? time.toFixed(2) : time < 100 ? time.toFixed(1) : time.toFixed(0);
}

function statistics(name: string, sent: number, times: readonly number[], errors: number, tookMs: number): string {
  const loss = sent ? ((sent - times.length) / sent) * 100 : 0;
  const shownLoss = Number(loss.toPrecision(6)).toString();
  let out = `\n--- ${name} ping statistics ---\n${sent} packets transmitted, ${times.length} received, ${errors ? `+${errors} errors, ` : ""}${shownLoss}% packet loss, time ${Math.round(tookMs)}ms\n`;
  if (times.length > 0) {
    const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
    const deviation = Math.sqrt(times.reduce((sum, time) => sum + (time - mean) ** 2, 0) / times.length);
    const three = (value: number) => value.toFixed(3);
    out += `rtt min/avg/max/mdev = ${three(Math.min(...times))}/${three(mean)}/${three(Math.max(...times))}/${three(deviation)} ms\n`;
  } else if (errors) out += "pipe 4\n";
  return out;
}
