/** `logger`: lines of one's own in the node's journal. @source util-linux logger(1); unverified */
import type { Program } from "../../shell/process.ts";
import { complain, readArguments, refuseUsage } from "../coreutils/arguments.ts";
import { eachLine } from "../coreutils/lines.ts";

const LEVELS = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];
const SAME = { panic: "emerg", error: "err", warn: "warning" } as const;

/** syslog's number for `err`, `user.err` or `3`; undefined for what is none. */
function levelOf(word: string): number | undefined {
  const name = word.replace(/^\w+\./, "");
  const at = /^[0-7]$/.test(name) ? Number(name) : LEVELS.indexOf(SAME[name as keyof typeof SAME] ?? name);
  return at < 0 ? undefined : at;
}

export const logger: Program = async (ctx) => {
  let args: ReturnType<typeof readArguments>;
  try {
    args = readArguments(ctx.argv, "t:p:ise", {
      "tag=": "t",
      "priority=": "p",
      "id?": "i",
      stderr: "s",
      "skip-empty": "e",
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const priority = levelOf(args.flags.get("p") ?? "notice");
  if (priority === undefined) {
    await complain(ctx, `unknown priority name: ${args.flags.get("p")}`);
    return 1;
  }
  const tag = args.flags.get("t") ?? ctx.user.name;
  const line = { identifier: tag, pid: args.flags.has("i") ? ctx.pid : 0, priority };
  const say = async (text: string) => {
    if (args.flags.has("s")) await ctx.stderr.write(`<${8 + priority}>${tag}: ${text}\n`);
    if (text !== "") ctx.lab.act("journal/write", { node: ctx.node, ...line, text });
  };
  if (args.operands.length > 0) await say(args.operands.join(" "));
  else {
    await eachLine(ctx, ctx.stdin, async (text) => {
      await say(text);
      return undefined;
    });
  }
  return 0;
};
