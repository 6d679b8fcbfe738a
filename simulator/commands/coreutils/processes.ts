/** `pidof`, `pgrep`, `pkill`, `killall`: services of the model and what sessions run. */
import { boundedExpression } from "../../shell/bounded-expression.ts";
import { processTableOf } from "../../shell/node-process.ts";
import type { Program, ProgramContext, SignalName } from "../../shell/process.ts";
import { signalService } from "../../shell/service-signals.ts";
import { signalByText } from "../../shell/signals.ts";
import { type Arguments, complain, readArguments, refuseUsage, UsageError } from "./arguments.ts";
import { usersOf } from "./logins.ts";
import { type Listed, listAll } from "./process-list.ts";

export const pidof: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "scnqxzo:S:wt", { "omit-pid": "o", "single-shot": "s", separator: "S" });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags, operands } = args;
  const names = operands.map((name) => name.replace(/^.*\//, ""));
  const omitted = flags.get("o")?.split(",") ?? [];
  const pids = listAll(ctx)
    .filter((process) => names.includes(process.name) && !omitted.includes(String(process.pid)))
    .map((process) => process.pid)
    .reverse();
  if (pids.length === 0) return 1;
  if (!flags.has("q"))
    await ctx.stdout.write(`${(flags.has("s") ? pids.slice(0, 1) : pids).join(flags.get("S") ?? " ")}\n`);
  return 0;
};

/** Long names that pgrep and pkill share. */
const LONG_NAMES: Record<string, string> = {
  "delimiter=": "d",
  "list-name": "l",
  "list-full": "a",
  inverse: "v",
  count: "c",
  full: "f",
  "ignore-case": "i",
  newest: "n",
  oldest: "o",
  "older=": "O",
  "parent=": "P",
  "terminal=": "t",
  "euid=": "u",
  "uid=": "U",
  exact: "x",
  echo: "e",
  version: "V",
};

const LETTERS = "ad:flnou:U:cxviP:t:O:eV";

/** How pgrep and pkill refuse an option. @source procps-ng 4.0.2 */
async function refuseOption(ctx: ProgramContext, error: unknown): Promise<number> {
  if (!(error instanceof UsageError)) throw error;
  const name = ctx.argv[0]!.replace(/^.*\//, "");
  await complain(ctx, error.message);
  await ctx.stderr.write(
    `\nUsage:\n ${name} [options] <pattern>\n\nFor more details see ${name === "pkill" ? "pkill" : "pgrep"}(1).\n`,
  );
  return 2;
}

export const pgrep: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, LETTERS, LONG_NAMES);
  } catch (error) {
    return refuseOption(ctx, error);
  }
  const { flags } = args;
  if (flags.has("V")) {
    await ctx.stdout.write("pgrep from procps-ng 4.0.2\n");
    return 0;
  }
  const found = await matching(ctx, args);
  if (typeof found === "number") return found;
  if (flags.has("c")) await ctx.stdout.write(`${found.length}\n`);
  else {
    const rows = found.map(
      (process) => `${process.pid}${flags.has("a") ? ` ${process.command}` : flags.has("l") ? ` ${process.name}` : ""}`,
    );
    if (rows.length > 0) await ctx.stdout.write(`${rows.join(flags.get("d") ?? "\n")}\n`);
  }
  return found.length ? 0 : 1;
};

/** What the options choose; an exit status when they cannot be read. */
async function matching(ctx: ProgramContext, args: Arguments): Promise<Listed[] | number> {
  const { flags, operands } = args;
  const chooses = ["P", "t", "u", "U", "n", "o", "O"].some((letter) => flags.has(letter));
  const problem =
    operands.length > 1
      ? "only one pattern can be provided"
      : operands.length === 0 && !chooses
        ? "no matching criteria specified"
        : undefined;
  if (problem !== undefined) {
    await complain(ctx, problem);
    await ctx.stderr.write(`Try \`${ctx.argv[0]} --help' for more information.\n`);
    return 2;
  }
  const all = listAll(ctx);
  const known = await usersOf(ctx);
  const named = new Map([...known].map(([name, id]) => [id, name]));
  const users = [flags.get("u"), flags.get("U")]
    .flatMap((list) => list?.split(",") ?? [])
    .map((user) => named.get(user) ?? user);
  const unknown = users.find((user) => !known.has(user));
  if (unknown !== undefined) {
    await complain(ctx, `invalid user name: ${unknown}`);
    return 2;
  }
  const pattern = operands[0] ?? "";
  const expression = boundedExpression(flags.has("x") ? `^(?:${pattern})$` : pattern, flags.has("i") ? "i" : "");
  const nowMs = ctx.lab.read((lab) => lab.nowMs);
  const chosen = all.filter((process) => {
    if (process.pid === ctx.pid) return false;
    const fits =
      expression.test(flags.has("f") ? process.command : process.name) &&
      (users.length === 0 || users.includes(process.user)) &&
      (!flags.has("P") || flags.get("P")!.split(",").includes(String(process.parent))) &&
      (!flags.has("t") || flags.get("t")!.split(",").includes(process.tty)) &&
      (!flags.has("O") || nowMs - process.startedAtMs > Number(flags.get("O")) * 1000);
    return fits !== flags.has("v");
  });
  if (flags.has("n") || flags.has("o")) {
    const order = chosen.toSorted((a, b) => a.startedAtMs - b.startedAtMs || a.pid - b.pid);
    const one = flags.has("n") ? order.at(-1) : order[0];
    return one ? [one] : [];
  }
  return chosen;
}

const KILLALL_SIGNALS =
  "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT\nCHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH POLL PWR SYS";

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
    args =
      name === "killall"
        ? readArguments(words, "eIgy:o:irqvVwlu:", { exact: "e", "ignore-case": "I", list: "l", quiet: "q", wait: "w" })
        : readArguments(words, LETTERS, LONG_NAMES);
  } catch (error) {
    return name === "killall" ? refuseUsage(ctx, error) : refuseOption(ctx, error);
  }
  if (name === "killall" && args.flags.has("l")) {
    await ctx.stdout.write(`${KILLALL_SIGNALS}\n`);
    return 0;
  }
  if (name === "killall" && args.operands.length === 0) {
    await ctx.stderr.write(
      "Usage: killall [OPTION]... [--] NAME...\n       killall -l, --list\n       killall -V, --version\n",
    );
    return 1;
  }
  const found =
    name === "killall"
      ? listAll(ctx).filter((process) => args.operands.includes(process.name))
      : await matching(ctx, args);
  if (typeof found === "number") return found;
  if (found.length === 0) {
    if (name === "killall" && !args.flags.has("q"))
      await ctx.stderr.write(args.operands.map((operand) => `${operand}: no process found\n`).join(""));
    return 1;
  }
  let status = 0;
  const table = processTableOf(ctx.lab, ctx.node);
  for (const process of found) {
    const own = table.get(process.pid);
    if (!(own ? own.obeys(ctx.user) : ctx.user.uid === 0)) {
      const of = name === "killall" ? `${process.name}(${process.pid}): ` : `killing pid ${process.pid} failed: `;
      await ctx.stderr.write(`${name === "killall" ? "" : "pkill: "}${of}Operation not permitted\n`);
      status = 1;
      continue;
    }
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
