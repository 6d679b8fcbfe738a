/** `pidof`, `pgrep`, `pkill`, `killall`: services of the model and what sessions run. */
import { boundedExpression } from "../../shell/bounded-expression.ts";
import { processTableOf } from "../../shell/node-process.ts";
import type { Program, ProgramContext, SignalName } from "../../shell/process.ts";
import { signalService } from "../../shell/service-signals.ts";
import { signalByText } from "../../shell/signals.ts";
import { type Arguments, complain, readArguments, refuseUsage } from "./arguments.ts";
import { type Listed, listAll } from "./process-list.ts";

export const pidof: Program = async (ctx) => {
  const names = ctx.argv.slice(1).filter((word) => !word.startsWith("-"));
  const pids = listAll(ctx)
    .filter((process) => names.includes(process.name))
    .map((process) => process.pid)
    .reverse();
  if (pids.length === 0) return 1;
  await ctx.stdout.write(`${pids.join(" ")}\n`);
  return 0;
};

export const pgrep: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "afxlnou:c", { full: "f", exact: "x", "list-full": "a", count: "c" });
  } catch (error) {
    return refuseUsage(ctx, error, 2);
  }
  const found = matching(ctx, args);
  if (args.flags.has("c")) await ctx.stdout.write(`${found.length}\n`);
  else {
    for (const process of found) {
      await ctx.stdout.write(
        `${process.pid}${args.flags.has("a") ? ` ${process.command}` : args.flags.has("l") ? ` ${process.name}` : ""}\n`,
      );
    }
  }
  return found.length ? 0 : 1;
};

function matching(ctx: ProgramContext, args: Arguments): Listed[] {
  const pattern = args.operands[0] ?? "";
  const expression = boundedExpression(args.flags.has("x") ? `^(?:${pattern})$` : pattern);
  return listAll(ctx).filter(
    (process) =>
      process.pid !== ctx.pid &&
      process.pid !== 1 &&
      expression.test(args.flags.has("f") ? process.command : process.name),
  );
}

/** `pkill` and `killall`. */
export const pkill: Program = async (ctx) => {
  const name = ctx.argv[0]!.replace(/^.*\//, "");
  let signal: SignalName | 0 = "SIGTERM";
  const words = [ctx.argv[0]!];
  for (let at = 1; at < ctx.argv.length; at++) {
    const word = ctx.argv[at]!;
    const given = word === "-s" || word === "--signal" ? ctx.argv[++at] : /^-(\d+|[A-Z]{3,})$/.exec(word)?.[1];
    if (given === undefined) {
      words.push(word);
      continue;
    }
    const known = given === "0" ? 0 : signalByText(given);
    if (known === undefined) {
      await complain(ctx, `${given}: unknown signal`);
      return 2;
    }
    signal = known;
  }
  let args: Arguments;
  try {
    args = readArguments(words, "fxnoeqviw", { full: "f", exact: "x" });
  } catch (error) {
    return refuseUsage(ctx, error, 2);
  }
  if (args.operands.length === 0) {
    await complain(ctx, "no matching criteria specified");
    return 2;
  }
  const found =
    name === "killall" ? listAll(ctx).filter((process) => args.operands.includes(process.name)) : matching(ctx, args);
  if (found.length === 0) {
    if (name === "killall") await ctx.stderr.write(`${args.operands[0]}: no process found\n`);
    return 1;
  }
  let status = 0;
  const table = processTableOf(ctx.lab, ctx.node);
  for (const process of found) {
    const own = table.get(process.pid);
    if (own) {
      if (signal !== 0) own.deliver(signal);
      continue;
    }
    const outcome = signalService(ctx.lab, ctx.node, process.pid, signal);
    if (outcome.kind === "not-modelled") {
      await complain(
        ctx,
        `(${process.pid}) - this signal to ${outcome.name} is not modelled in this simulated node yet`,
      );
      status = 1;
    }
  }
  return status;
};
