/**
 * `ping` over the simulated networks: one line a second of model time.
 *
 * @source iputils-ping 20221126, ping(8): formats of lines and statistics
 */

import { qnetdReachable } from "../../cluster/corosync/qdevice-wire.ts";
import { machineAnswers, machineAt } from "../../cluster/guests/guest-view.ts";
import { ETHERNET_MTU } from "../../cluster/host-network/network-stack.ts";
import { arrivalAt, reachesHost } from "../../cluster/host-network/reaching.ts";
import { departureTo } from "../../cluster/host-network/route-choice.ts";
import { throttleOf } from "../../cluster/migration/migrate-data.ts";
import { pathIsUp, pathLatencyMs, pathOf } from "../../cluster/network.ts";
import { kernelSetting } from "../../cluster/node-settings/kernel-settings.ts";
import { type Flow, fateOf } from "../../cluster/packet-filter/passing.ts";
import type { LabState } from "../../cluster/state.ts";
import { serverAnswers } from "../../cluster/storage/storage-servers.ts";
import { devicesOf } from "../../node-view/network-devices.ts";
import { guestPathIsUp } from "../../node-view/ssh-reach.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { notModelled } from "../printed.ts";
import { type Arguments, complain, readArguments, UsageError } from "./arguments.ts";
import { etcHosts, wallMs } from "./node-facts.ts";

/** An address that no node has is given up on by ARP after this time, milliseconds. */
const UNREACHABLE_AFTER_MS = 3_000;

interface Route {
  /** The node that has the address; undefined when none has. */
  target: string | undefined;
  /** Undefined for the node itself, and where no way leads. */
  network: string | undefined;
  source: string | undefined;
  /** The kernel sends nothing at all, and says why. */
  refused?: string;
}

const USAGE = `
Usage
  ping [options] <destination>

Options:
  <destination>      dns name or ip address
  -a                 use audible ping
  -A                 use adaptive ping
  -c <count>         stop after <count> replies
  -D                 print timestamps
  -f                 flood ping
  -h                 print help and exit
  -I <interface>     either interface name or address
  -i <interval>      seconds between sending each packet
  -M <pmtud opt>     define mtu discovery, can be one of <do|dont|want>
  -n                 no dns name resolution
  -O                 report outstanding replies
  -q                 quiet output
  -s <size>          use <size> as number of data bytes to be sent
  -t <ttl>           define time to live
  -v                 verbose output
  -V                 print version and exit
  -w <deadline>      reply wait <deadline> in seconds
  -W <timeout>       time to wait for response

IPv4 options:
  -4                 use IPv4

IPv6 options:
  -6                 use IPv6

For more details see ping(8).
`;

/** Known, and not modelled; `-B -b -d -L -r -U -v` change nothing of what a simulated one shows. */
const NOT_HERE = "CeFlmNpQRST";

/** What the headers of IP and ICMP take of a packet, bytes. */
const HEADERS = 28;

export const ping: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "46aABbCc:DdDe:fF:hI:i:Ll:m:M:nN:Op:qQ:Rrs:S:t:T:UvVw:W:", {});
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    await complain(ctx, error.message);
    await ctx.stderr.write(USAGE);
    return 2;
  }
  const { flags } = args;
  const refuse = async (text: string, status = 2) => {
    await complain(ctx, text);
    return status;
  };
  if (flags.has("V")) {
    await ctx.stdout.write(
      "ping from iputils 20221126\nlibcap: yes, IDN: yes, NLS: no, error.h: yes, getrandom(): yes, __fpending(): yes\n",
    );
    return 0;
  }
  if (flags.has("h")) {
    await ctx.stderr.write(USAGE);
    return 2;
  }
  const missing = [...flags.keys()].find((letter) => NOT_HERE.includes(letter));
  if (missing) {
    await ctx.stderr.write(notModelled("ping", `-${missing}`));
    return 2;
  }
  if (flags.has("4") && flags.has("6")) return refuse("only one -4 or -6 option may be specified");
  for (const [letter, [least, most]] of Object.entries(RANGES)) {
    const text = flags.get(letter);
    if (text === undefined) continue;
    if (!/^-?\d+$/.test(text)) return refuse(`invalid argument: '${text}'`, 1);
    if (Number(text) < least || Number(text) > most)
      return refuse(`invalid argument: '${text}': out of range: ${least} <= value <= ${rangeText(most)}`, 1);
  }
  for (const letter of ["i", "W"]) {
    if (flags.has(letter) && !/^\d*\.?\d+$/.test(flags.get(letter)!))
      return refuse(`option argument contains garbage: ${flags.get(letter)}`, 1);
  }
  const discovery = flags.get("M");
  if (discovery !== undefined && !["do", "dont", "want"].includes(discovery))
    return refuse(`invalid -M argument: ${discovery}`, 1);
  const name = args.operands.at(-1);
  if (name === undefined) return refuse("usage error: Destination address required", 1);
  if (/:.*:/.test(name) && !flags.has("4")) {
    await ctx.stderr.write(notModelled("ping", "IPv6"));
    return 2;
  }
  const address = await resolve(ctx, name);
  if (address === undefined) return refuse(`${name}: Name or service not known`);
  // No name of a lab has an address of IPv6.
  if (flags.has("6")) return refuse(`${name}: Address family for hostname not supported`);
  const card = flags.get("I");
  const devices = card === undefined ? [] : devicesOf(ctx);
  const device = devices.find((one) => one.name === card);
  const own = devices.some((one) => one.addresses.some(({ address }) => address === card));
  if (card !== undefined && !device && !own)
    return /^[\d.]+$/.test(card)
      ? refuse("bind: Cannot assign requested address")
      : refuse(`SO_BINDTODEVICE ${card}: No such device`);
  const route = ctx.lab.read((lab) => routeTo(lab, ctx.node, address));
  if (route.refused !== undefined) return refuse(`connect: ${route.refused}`);
  const size = Number(flags.get("s") ?? 56);
  const from =
    card === undefined ? "" : ` from ${device?.addresses[0]?.address ?? route.source} ${device ? card : ""}:`;
  await ctx.stdout.write(`PING ${name} (${address})${from} ${size}(${size + HEADERS}) bytes of data.\n`);
  return exchange(ctx, { flags, name, address, route, size });
};

const RANGES: Record<string, [least: number, most: number]> = {
  c: [1, Number.MAX_SAFE_INTEGER],
  s: [0, 65_507],
  t: [0, 255],
  w: [0, 2_147_483_647],
};

const rangeText = (most: number) => (most === Number.MAX_SAFE_INTEGER ? "9223372036854775807" : String(most));

/** An address for a name: a literal one, or what /etc/hosts of the node says. */
export async function resolve(ctx: ProgramContext, name: string): Promise<string | undefined> {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(name))
    return name.split(".").every((part) => Number(part) < 256) ? name : undefined;
  const known = (await etcHosts(ctx)).find(([address, ...names]) => !address!.includes(":") && names.includes(name));
  if (known) return known[0];
  return undefined;
}

/** Where a packet to an address goes now: another packet may go elsewhere. */
export function routeTo(lab: Readonly<LabState>, node: string, address: string): Route {
  const state = lab as LabState;
  const arrival = arrivalAt(state, node, address);
  const departure = departureTo(state.nodes[node]!.net, address);
  const source = departure.kind === "device" ? departure.source : address;
  switch (arrival.kind) {
    case "self":
      return { target: node, network: undefined, source: address };
    case "node":
      return { target: arrival.node, network: arrival.network, source };
    case "no-route":
      return { target: undefined, network: undefined, source: undefined, refused: "Network is unreachable" };
    case "refused":
      return { target: undefined, network: undefined, source: undefined, refused: REFUSED[arrival.how] };
    case "nobody": {
      const { network } = arrival;
      // The host of corosync-qnetd is a place on a network, and no node.
      const { qnetd } = lab;
      if (qnetd?.address === address && reachesHost(lab, node, qnetd)) return { target: qnetd.name, network, source };
      const server = lab.storage.servers[address];
      if (server && reachesHost(lab, node, server)) return { target: address, network, source };
      const machine = machineAt(lab, address);
      const there = machine && guestPathIsUp(state, node, machine.node, address);
      return { target: there ? machine.node : undefined, network, source };
    }
  }
}

/** @source Linux net/ipv4/fib_semantics.c fib_props */
const REFUSED = { blackhole: "Invalid argument", unreachable: "No route to host", prohibit: "Permission denied" };

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
  const floods = flags.has("f") || flags.has("A");
  const intervalMs = Math.max(flags.has("i") ? Number(flags.get("i")) * 1000 : floods ? 10 : 1_000, 2);
  const quiet = flags.has("q") || flags.has("f");
  /** Answers of fewer bytes than a clock takes tell no time. */
  const timed = size >= 16;
  const stamp = () => (flags.has("D") ? `[${(wallMs(ctx) / 1000).toFixed(6)}] ` : "");
  const deadlineMs = flags.has("w") ? startedAtMs + Number(flags.get("w")) * 1000 : Number.POSITIVE_INFINITY;
  const lingerMs = flags.has("W") ? Number(flags.get("W")) * 1000 : 10_000;
  const times: number[] = [];
  let [sent, errors] = [0, 0];
  let answered = 0;
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
      const { target, network, source } = routeTo(lab, ctx.node, address);
      if (target === undefined) return undefined;
      if (!filtersLetPass(lab, { node: ctx.node, address: source ?? address }, { node: target, address })) {
        return undefined;
      }
      const machine = machineAt(lab, address);
      if (!machine && lab.nodes[target] && kernelSetting(lab, target, "net.ipv4.icmp_echo_ignore_all") === "1") {
        return undefined;
      }
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
      const { target, network, refused } = routeTo(lab, ctx.node, address);
      if (refused !== undefined || target === ctx.node) return false;
      return target === undefined || network === undefined || !answers(lab as LabState, network, ctx.node, target);
    });
  /** The last one that was answered, lost on the way, or told to be unreachable. */
  let told = 0;
  const tellUnreachable = async (sequence: number) => {
    errors++;
    told = sequence;
    if (!quiet)
      await ctx.stdout.write(`${stamp()}From ${route.source} icmp_seq=${sequence} Destination Host Unreachable\n`);
  };
  let silentSinceMs: number | undefined;
  let going = true;
  try {
    while (going && sent < count && now() < deadlineMs) {
      // @source iputils ping_common.c pinger(): told before the next one is sent
      if (flags.has("O") && sent > 0 && answered !== sent) {
        await ctx.stdout.write(`${stamp()}no answer yet for icmp_seq=${sent}\n`);
      }
      sent++;
      lastSentMs = now();
      const sequence = sent;
      const { mtu, refused } = ctx.lab.read((lab) => sendingFrom(lab, ctx.node, address));
      if (refused !== undefined) {
        told = sequence;
        await ctx.stderr.write(`ping: sendmsg: ${refused}\n`);
        going = sent < count && (await wait(intervalMs));
        continue;
      }
      if (flags.get("M") === "do" && size + HEADERS > mtu) {
        errors++;
        await ctx.stderr.write(`ping: local error: message too long, mtu=${mtu}\n`);
        going = sent < count && (await wait(intervalMs));
        continue;
      }
      if (flags.has("f")) await ctx.stdout.write(".");
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
        answered = sequence;
        if (flags.has("f")) await ctx.stdout.write("\b \b");
        if (!quiet) {
          await ctx.stdout.write(
            `${stamp()}${size + 8} bytes from ${shown}: icmp_seq=${sequence} ttl=64${timed ? ` time=${milliseconds(time)} ms` : ""}${flags.has("a") ? "\x07" : ""}\n`,
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
  await ctx.stdout.write(statistics(name, { sent, times, errors, tookMs: lastSentMs - startedAtMs, timed, floods }));
  if (times.length === 0) return 1;
  return flags.has("c") && flags.has("w") && times.length < count ? 1 : 0;
}

/** What the device takes that a packet would leave by, or why none leaves. */
function sendingFrom(lab: Readonly<LabState>, node: string, address: string): { mtu: number; refused?: string } {
  const { net } = lab.nodes[node]!;
  const { refused } = routeTo(lab, node, address);
  const departure = departureTo(net, address);
  const name = departure.kind === "device" ? departure.device : "lo";
  const mtu = net.devices.find((device) => device.name === name)?.mtu ?? ETHERNET_MTU;
  return { mtu, ...(refused !== undefined && { refused }) };
}

/** What the packet filters of both make of a request and of its answer. */
function filtersLetPass(lab: Readonly<LabState>, from: Flow["from"], to: Flow["to"]): boolean {
  const request = { from, to, protocol: "icmp", icmpType: "echo-request", state: "new" } as const;
  const answer = { from: to, to: from, protocol: "icmp", icmpType: "echo-reply", state: "established" } as const;
  return fateOf(lab, request).kind === "passes" && fateOf(lab, answer).kind === "passes";
}

/** The target is on and packets pass both ways. */
/** Whether a machine that a route leads to answers now. */
export function answers(lab: LabState, network: string, from: string, target: string): boolean {
  if (target === lab.qnetd?.name) return qnetdReachable(lab, from);
  if (lab.storage.servers[target]) return serverAnswers(lab, from, target);
  return (
    lab.nodes[target]?.power === "on" && pathIsUp(lab, network, from, target) && pathIsUp(lab, network, target, from)
  );
}

function milliseconds(time: number): string {
  return time < 1 ? time.toFixed(3) : time < 10 ? time.toFixed(2) : time < 100 ? time.toFixed(1) : time.toFixed(0);
}

interface Outcome {
  sent: number;
  times: readonly number[];
  errors: number;
  tookMs: number;
  timed: boolean;
  floods: boolean;
}

function statistics(name: string, { sent, times, errors, tookMs, timed, floods }: Outcome): string {
  const loss = sent ? ((sent - times.length) / sent) * 100 : 0;
  const shownLoss = Number(loss.toPrecision(6)).toString();
  let out = `\n--- ${name} ping statistics ---\n${sent} packets transmitted, ${times.length} received, ${errors ? `+${errors} errors, ` : ""}${shownLoss}% packet loss, time ${Math.round(tookMs)}ms\n`;
  const words: string[] = [];
  if (times.length > 0 && timed) {
    const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
    const deviation = Math.sqrt(times.reduce((sum, time) => sum + (time - mean) ** 2, 0) / times.length);
    const three = (value: number) => value.toFixed(3);
    words.push(
      `rtt min/avg/max/mdev = ${three(Math.min(...times))}/${three(mean)}/${three(Math.max(...times))}/${three(deviation)} ms`,
    );
    if (floods && sent > 1) words.push(`ipg/ewma ${three(tookMs / (sent - 1))}/${three(mean)} ms`);
  } else if (errors > 1) words.push(`pipe ${Math.min(4, sent)}`);
  // The line's end comes in any case. @source iputils ping/ping_common.c finish()
  out += `${words.join(", ")}\n`;
  return out;
}
