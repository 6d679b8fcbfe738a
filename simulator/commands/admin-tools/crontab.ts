/** `crontab`: nobody keeps a table for cron here. */
import type { Program } from "../../shell/process.ts";
import { notModelled } from "../printed.ts";

export const crontab: Program = async (ctx) => {
  const words = ctx.argv.slice(1);
  const at = words.indexOf("-u");
  const user = at >= 0 ? (words[at + 1] ?? "") : "root";
  const rest = words.filter((_, index) => at < 0 || (index !== at && index !== at + 1));
  if (rest.length === 1 && rest[0] === "-l") {
    await ctx.stderr.write(`no crontab for ${user}\n`);
    return 1;
  }
  await ctx.stderr.write(
    /^-[eri]$/.test(rest[0] ?? "") || (rest[0] !== undefined && !rest[0].startsWith("-"))
      ? notModelled("crontab", rest[0]!)
      : "crontab: usage error: file name must be specified for replace\n",
  );
  return 1;
};
