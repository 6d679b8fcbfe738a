/** `ip address|link|route` that change something: words, the kernel's answer, and what is said of it. */
import { IpMistake, ipChanges } from "../../../cluster/host-network/ip-words.ts";
import type { StackChange } from "../../../cluster/host-network/stack-changes.ts";
import { Refusal } from "../../../cluster/refusal.ts";
import { devicesOf } from "../../../node-view/network-devices.ts";
import type { ProgramContext } from "../../../shell/process.ts";
import { notModelled } from "../../printed.ts";
import { type IpOptions, refuse } from "./ip-output.ts";

/** @param verb in full */
export async function changeNetwork(
  ctx: ProgramContext,
  object: "address" | "link" | "route",
  verb: string,
  words: readonly string[],
  options: IpOptions,
): Promise<number> {
  if (words[0] === "help") return refuse(ctx, `Usage: ip ${object} ${verb} ...\n(the real one is longer)\n`, 255);
  if (options.family === "6") return refuse(ctx, notModelled("ip", `-6 ${object} ${verb}`), 1);
  try {
    const wanted = ipChanges(object, verb, words);
    if (!wanted) return refuse(ctx, `Usage: ip ${object} ${verb} ...\n(the real one is longer)\n`, 255);
    if (wanted.warning !== undefined) await ctx.stderr.write(`${wanted.warning}\n`);
    for (const change of wanted.changes) {
      const named = "device" in change && change.device !== undefined ? change.device : undefined;
      if (named !== undefined && !devicesOf(ctx).some((one) => one.name === named || one.altName === named)) {
        return refuse(
          ctx,
          `${verb === "flush" && object === "address" ? `Device "${named}" does not exist.` : `Cannot find device "${named}"`}\n`,
          1,
        );
      }
      const unmodelled = whyNot(ctx, change);
      if (unmodelled !== undefined) return refuse(ctx, notModelled("ip", unmodelled), 1);
      ctx.lab.act("network/change", { node: ctx.node, change });
    }
    return 0;
  } catch (error) {
    if (error instanceof IpMistake) return refuse(ctx, `${error.message}\n`, error.status);
    if (!(error instanceof Refusal)) throw error;
    return refuse(ctx, `${error.message}\n`, statusOf(error));
  }
}

/** What `ip` finds out before it asks the kernel ends it with another status than what the kernel refuses. */
function statusOf(error: Refusal): number {
  if (error.code === "parameter") return 255;
  return error.message.startsWith("Cannot find device") ? 1 : 2;
}

/** The devices of guests come and go with these, and the loopback stays. */
function whyNot(ctx: ProgramContext, change: StackChange): string | undefined {
  if (!("device" in change) || change.device === undefined) return undefined;
  const device = devicesOf(ctx).find((one) => one.name === change.device);
  const what = { "set-device": "link set", "delete-device": "link delete" }[change.op as string] ?? "address";
  if (device?.kind === "tap" || device?.kind === "veth" || device?.name.startsWith("fwbr"))
    return `${what} ${device.name}`;
  return change.op === "set-device" && device?.kind === "loopback" && change.set.up === false
    ? "link set lo down"
    : undefined;
}
