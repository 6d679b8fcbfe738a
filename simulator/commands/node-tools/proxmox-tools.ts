/** Proxmox's small tools: `pveperf`. */
import type { Program } from "../../shell/process.ts";

/** Measuring a simulated machine would tell of the host and mislead: it says so. */
export const pveperf: Program = async (ctx) => {
  await ctx.stderr.write(
    "pveperf: a simulated node has no disk or processor of its own to measure; numbers here would be made up\n",
  );
  return 1;
};
