/** `which`: where along PATH a command is. */
import type { Program } from "../../shell/process.ts";
import { quoteForShell } from "../../shell/quoting.ts";

export const which: Program = async (ctx) => {
  let status = 0;
  for (const name of ctx.argv.slice(1).filter((word) => !word.startsWith("-"))) {
    // The shell knows what it would run.
    if ((await ctx.run(`type -P ${quoteForShell(name)}`)) !== 0) status = 1;
  }
  return status;
};
