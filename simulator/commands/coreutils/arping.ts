/** `arping`: who answers for an address on a device's own segment. @source iputils 20221126, its own output */
import { qnetdReachable } from "../../cluster/corosync/qdevice-wire.ts";
import { bridgeOf, networkOfBridge } from "../../cluster/guests/bridges.ts";
import { machineAnswers, machineAt } from "../../cluster/guests/guest-view.ts";
import { departureTo, ownsAddress } from "../../cluster/host-network/route-choice.ts";
import { hearsOn, networkOfSegment, segmentsOf } from "../../cluster/host-network/segments.ts";
import { pathIsUp, pathLatencyMs, pathOf } from "../../cluster/network.ts";
import type { LabState } from "../../cluster/state.ts";
import { serverAnswers } from "../../cluster/storage/storage-servers.ts";
import { devicesOf, macOf } from "../../node-view/network-devices.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { BadOption, getopt } from "../getopt.ts";
import { notModelled } from "../printed.ts";
import { complain } from "./arguments.ts";
import { resolve } from "./ping.ts";

const USAGE = `
Usage:
  arping [options] <destination>

Options:
  -f            quit on first reply
  -q            be quiet
  -b            keep on broadcasting, do not unicast
  -D            duplicate address detection mode
  -U            unsolicited ARP mode, update your neighbours
  -A            ARP answer mode, update your neighbours
  -V            print version and exit
  -c <count>    how many packets to send
  -w <timeout>  how long to wait for a reply
  -i <interval> set interval between packets (default: 1 second)
  -I <device>   which ethernet device to use
  -s <source>   source ip address
  <destination> dns name or ip address

For more details see arping(8).
`;

interface Answer {
  mac: string;
  tookMs: number;
}

export const arping: Program = async (ctx) => {
  const flags = new Map<string, string>();
  const words: string[] = [];
  try {
    for (const { option, value } of getopt("arping", ctx.argv.slice(1), "bfhqDUAVc:w:i:I:s:", {}, words))
      flags.set(option, value);
  } catch (error) {
    if (!(error instanceof BadOption)) throw error;
    await ctx.stderr.write(`${error.message}\n${USAGE}`);
    return 2;
  }
  if (flags.has("V")) {
    await ctx.stdout.write(
      "arping from iputils 20221126\nlibcap: yes, IDN: yes, NLS: no, error.h: yes, getrandom(): yes, __fpending(): yes\n",
    );
    return 0;
  }
  if (words.length !== 1 || flags.has("h")) {
    await ctx.stderr.write(USAGE);
    return 2;
  }
  // Nobody keeps a table of neighbours that such a packet would change.
  const unmodelled = ["U", "A", "s"].find((flag) => flags.has(flag));
  if (unmodelled) {
    await ctx.stderr.write(notModelled("arping", `-${unmodelled}`));
    return 1;
  }
  const wrong = ["c", "w", "i"].find((flag) => flags.has(flag) && !/^\d+(?:\.\d+)?$/.test(flags.get(flag)!));
  if (wrong) {
    await complain(ctx, `invalid argument: '${flags.get(wrong)}'`);
    return 1;
  }
  const address = await resolve(ctx, words[0]!);
  if (address === undefined) {
    await complain(ctx, `${words[0]}: Name or service not known`);
    return 2;
  }
  const asked = flags.get("I");
  const devices = devicesOf(ctx);
  const departure = ctx.lab.read((lab) => departureTo(lab.nodes[ctx.node]!.net, address));
  const name =
    asked ?? (departure.kind === "device" ? departure.device : departure.kind === "local" ? "lo" : undefined);
  const device = devices.find((one) => one.name === name);
  if (name === undefined || !device) {
    await complain(ctx, name === undefined ? "no device to use; name one with -I" : `Device ${name} not available.`);
    return 2;
  }
  if (!device.up || device.kind === "loopback") {
    await complain(ctx, device.up ? `Interface "${name}" is not ARPable` : `Interface "${name}" is down`);
    return 2;
  }
  const detecting = flags.has("D");
  const from = detecting ? "0.0.0.0" : (device.addresses.find((one) => one.scope === "global")?.address ?? "0.0.0.0");
  return probe(ctx, { flags, address, device: name, from, detecting });
};

interface Probe {
  flags: ReadonlyMap<string, string>;
  address: string;
  device: string;
  from: string;
  detecting: boolean;
}

async function probe(ctx: ProgramContext, { flags, address, device, from, detecting }: Probe): Promise<number> {
  const say = async (text: string) => {
    if (!flags.has("q")) await ctx.stdout.write(text);
  };
  const now = () => ctx.lab.read((lab) => lab.nowMs);
  const count = flags.has("c") ? Number(flags.get("c")) : Number.POSITIVE_INFINITY;
  const intervalMs = Math.max(100, Number(flags.get("i") ?? 1) * 1_000);
  const untilMs = flags.has("w") ? now() + Number(flags.get("w")) * 1_000 : Number.POSITIVE_INFINITY;
  const stop = new AbortController();
  const unlisten = ctx.onSignal("SIGINT", () => stop.abort());
  const ended = AbortSignal.any([stop.signal, ctx.signal]);
  let [sent, broadcasts, received] = [0, 0, 0];
  await say(`ARPING ${address} from ${from} ${device}\n`);
  try {
    while (sent < count && now() < untilMs && !stop.signal.aborted) {
      sent++;
      // Whoever has answered once is asked alone from then on.
      const alone = received > 0 && !flags.has("b");
      if (!alone) broadcasts++;
      const answers = ctx.lab.read((lab) => answersFor(lab as LabState, ctx, device, address));
      for (const { mac, tookMs } of alone ? answers.slice(0, 1) : answers) {
        received++;
        await say(`Unicast reply from ${address} [${mac.toUpperCase()}]  ${tookMs.toFixed(3)}ms\n`);
      }
      if (received > 0 && (flags.has("f") || detecting)) break;
      if (sent < count || received === 0) await ctx.lab.sleep(Math.min(intervalMs, untilMs - now()), ended);
    }
  } catch (error) {
    if (!stop.signal.aborted || ctx.signal.aborted) throw error;
  } finally {
    unlisten();
  }
  await say(`Sent ${sent} probes (${broadcasts} broadcast(s))\nReceived ${received} response(s)\n`);
  return detecting === received > 0 ? 1 : 0;
}

/** All that have the address on the segments of a device: two, where two nodes were given the same. */
function answersFor(lab: LabState, ctx: ProgramContext, device: string, address: string): Answer[] {
  const own = lab.nodes[ctx.node]!.net;
  const answers: Answer[] = [];
  for (const segment of segmentsOf(own, device)) {
    const network = networkOfSegment(segment);
    for (const other of Object.values(lab.nodes)) {
      if (other.name === ctx.node || other.power !== "on") continue;
      if (!ownsAddress(other.net, address) || !hearsOn(other.net, segment)) continue;
      const ways = [
        [ctx.node, other.name],
        [other.name, ctx.node],
      ] as const;
      if (!ways.every(([a, b]) => pathIsUp(lab, network, a, b) && pathOf(lab, network, a, b).lossPercent < 100))
        continue;
      const heard = devicesOf({ lab: ctx.lab, node: other.name }).find((one) =>
        segmentsOf(other.net, one.name).includes(segment),
      );
      const tookMs = ways.reduce((sum, [a, b]) => sum + pathLatencyMs(lab, network, a, b), 0) + 0.14;
      answers.push({ mac: heard?.mac ?? macOf(other.name, 0), tookMs });
    }
    const { qnetd } = lab;
    if (qnetd?.address === address && segment === qnetd.network && qnetdReachable(lab, ctx.node)) {
      answers.push({ mac: macOf(qnetd.name, 0), tookMs: 0.54 });
    }
    if (lab.storage.servers[address]?.network === segment && serverAnswers(lab, ctx.node, address)) {
      answers.push({ mac: macOf(address, 0), tookMs: 0.54 });
    }
    const machine = machineAt(lab, address);
    const card = /^net0:\s*(.*)$/m.exec(machine?.instance.config ?? "")?.[1] ?? "";
    if (machine && machineAnswers(lab, machine.instance)) {
      const there = networkOfBridge(lab, machine.node, bridgeOf(card) ?? "");
      if (there === segment && (machine.node === ctx.node || pathIsUp(lab, network, ctx.node, machine.node))) {
        answers.push({ mac: machine.instance.machine.mac, tookMs: 0.61 });
      }
    }
  }
  return answers;
}
