/** `ifup`, `ifdown` and `ifreload`: what /etc/network/interfaces says, applied. @source ifupdown2 3.0, its own output */
import type { HostNetworkInputs } from "../../cluster/host-network/node-network.ts";
import { Refusal } from "../../cluster/refusal.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { notModelled } from "../printed.ts";
import { interfaceOptions } from "./options.ts";

/** How long it takes to load itself and ask the kernel, milliseconds; and each interface. */
const START_MS = 350;
const EACH_MS = 60;

export const ifup: Program = (ctx) => run(ctx, "up");
export const ifdown: Program = (ctx) => run(ctx, "down");
export const ifreload: Program = (ctx) => run(ctx, "reload");

async function run(ctx: ProgramContext, how: HostNetworkInputs["network/interfaces"]["args"]["how"]): Promise<number> {
  const options = await interfaceOptions(ctx, how);
  if (typeof options === "number") return options;
  const unmodelled = [...options.flags].find((flag) => !["a", "f", "l", "q", "w", "c", "s"].includes(flag));
  if (unmodelled) {
    await ctx.stderr.write(notModelled(ctx.argv[0]!, unmodelled.length > 1 ? `--${unmodelled}` : `-${unmodelled}`));
    return 1;
  }
  await ctx.lab.sleep(START_MS, ctx.signal);
  try {
    const { errors, warnings, done } = ctx.lab.act("network/interfaces", {
      node: ctx.node,
      how,
      ...(options.names.length > 0 && { names: options.names }),
      ...(options.flags.has("s") && { checkOnly: true }),
    });
    await ctx.lab.sleep(done.length * EACH_MS, ctx.signal);
    for (const text of errors) await ctx.stderr.write(`error: ${text}\n`);
    for (const text of warnings) await ctx.stderr.write(`warning: ${text}\n`);
    return errors.length > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await ctx.stderr.write(`error: main exception: ${error.message}\n`);
    return 1;
  }
}
