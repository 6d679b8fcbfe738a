/** Programs that run others: `env`, `xargs`, `timeout`, `nohup`, `nice`, `setsid`, `printenv`. */

import type { ByteWriter, Program, ProgramContext } from "../../shell/process.ts";
import { type SignalName, Terminated } from "../../shell/process.ts";
import { quoteForShell } from "../../shell/quoting.ts";
import { signalByText } from "../../shell/signals.ts";
import { type Arguments, complain, pathIn, readArguments, refuseUsage, UsageError } from "./arguments.ts";
import { type Failure, lineBatches } from "./line-batches.ts";

/** Words as a command line that gives exactly these words. */
export function commandLine(words: readonly string[]): string {
  return words.map(quoteForShell).join(" ");
}

/** Whether a program of this name is there to be run: what runs others says in its own words when it is not. */
async function canRun(ctx: ProgramContext, name: string): Promise<boolean> {
  const silent = { write: async () => undefined };
  return (await ctx.run(`type -P ${quoteForShell(name)}`, { stdout: silent, stderr: silent })) === 0;
}

/** `env`, `timeout`, `nice`: nobody to run. */
async function noSuchProgram(ctx: ProgramContext, name: string, how = ""): Promise<number> {
  await complain(ctx, `${how}‘${name}’: No such file or directory`);
  return 127;
}

export const env: Program = async (ctx) => {
  const words = ctx.argv.slice(1);
  const set: [string, string][] = [];
  const unset: string[] = [];
  let clear = false;
  while (words.length > 0) {
    const word = words[0]!;
    if (word === "-i" || word === "-" || word === "--ignore-environment") clear = true;
    else if (word === "-u") unset.push(words.splice(1, 1)[0] ?? "");
    else if (word.startsWith("--unset=")) unset.push(word.slice(8));
    else if (/^[A-Za-z_][A-Za-z0-9_]*=/s.test(word))
      set.push([word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]);
    else if (word.startsWith("-")) {
      const what = word.startsWith("--") ? `unrecognized option '${word}'` : `invalid option -- '${word[1]}'`;
      await ctx.stderr.write(`env: ${what}\nTry 'env --help' for more information.\n`);
      return 125;
    } else break;
    words.shift();
  }
  const environment = new Map(clear ? [] : ctx.env);
  for (const name of unset) environment.delete(name);
  for (const [name, value] of set) environment.set(name, value);
  if (words.length === 0) {
    await ctx.stdout.write([...environment].map(([name, value]) => `${name}=${value}\n`).join(""));
    return 0;
  }
  if (!(await canRun(ctx, words[0]!))) return noSuchProgram(ctx, words[0]!);
  const removed = [...ctx.env.keys()].filter((name) => !environment.has(name));
  const assignments = [...environment].map(([name, value]) => `export ${name}=${quoteForShell(value)}`);
  // The path by which the command is found stays known, but is not handed on.
  const hidden = removed.includes("PATH") ? ["export -n PATH"] : [];
  const gone = removed.filter((name) => name !== "PATH");
  const prelude = [...(gone.length ? [`unset ${gone.join(" ")}`] : []), ...hidden, ...assignments];
  return ctx.run([...prelude, commandLine(words)].join("; "));
};

export const printenv: Program = async (ctx) => {
  const names = ctx.argv.slice(1);
  if (names.length === 0) {
    await ctx.stdout.write([...ctx.env].map(([name, value]) => `${name}=${value}\n`).join(""));
    return 0;
  }
  let status = 0;
  for (const name of names) {
    const value = ctx.env.get(name);
    if (value === undefined) status = 1;
    else await ctx.stdout.write(`${value}\n`);
  }
  return status;
};

export const xargs: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(
      ctx.argv,
      "0rtxn:L:I:P:d:a:s:",
      {
        null: "0",
        "no-run-if-empty": "r",
        verbose: "t",
        "max-args=": "n",
        "max-lines=": "L",
        "replace?": "I",
        "max-procs=": "P",
        "delimiter=": "d",
        "max-chars=": "s",
        exit: "x",
      },
      { stopAtOperand: true },
    );
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags } = args;
  for (const letter of ["n", "L", "s"]) {
    const value = flags.get(letter);
    if (value === undefined || /^[1-9]\d*$/.test(value)) continue;
    await complain(
      ctx,
      /^\d+$/.test(value)
        ? `value ${value} for -${letter} option should be >= 1`
        : `invalid number "${value}" for -${letter} option`,
    );
    await ctx.stderr.write("Try 'xargs --help' for more information.\n");
    return 1;
  }
  const given = args.given.map(([name]) => name);
  if (flags.has("I") && flags.has("n") && given.lastIndexOf("n") < given.lastIndexOf("I"))
    await complain(
      ctx,
      "warning: options --max-args and --replace/-I/-i are mutually exclusive, ignoring previous --max-args value",
    );
  const replace = flags.has("I") ? flags.get("I") || "{}" : undefined;
  const delimiter = flags.has("0") ? "\0" : flags.get("d")?.replace("\\n", "\n").replace("\\t", "\t");
  const command = args.operands.length ? args.operands : ["echo"];
  const size = replace !== undefined ? 1 : Number(flags.get("n") ?? flags.get("L") ?? 5_000);
  let status = 0;
  const failure: Failure = { failed: false };
  const source = flags.has("a") ? [flags.get("a")!] : [];
  const items = itemsOf(ctx, source, failure, {
    separator: delimiter ?? "\n",
    words: delimiter === undefined && replace === undefined && !flags.has("L"),
    trim: delimiter === undefined,
  });
  let ran = false;
  const longest = Number(flags.get("s") ?? COMMAND_LINE_MAX) - commandLine(command).length - 1;
  const batches = batched(items, size, longest);
  for (;;) {
    let some: string[];
    try {
      const next = await batches.next();
      if (next.done) break;
      some = next.value;
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      await complain(ctx, error.message);
      return 1;
    }
    ran = true;
    const words =
      replace !== undefined
        ? command.map((word) => word.replaceAll(replace, some[0]!))
        : [...command, ...(flags.has("L") ? some.flatMap(wordsOf) : some)];
    if (flags.has("t")) await ctx.stderr.write(`${words.join(" ")}\n`);
    if (!(await canRun(ctx, words[0]!))) {
      await complain(ctx, `${words[0]}: No such file or directory`);
      return 127;
    }
    const one = await ctx.run(commandLine(words), { stdin: { read: async () => undefined } });
    const signal = one - 128;
    if (ENDING_SIGNALS.has(signal)) {
      await complain(ctx, `${command[0]}: terminated by signal ${signal}`);
      return 125;
    }
    if (one === 255) {
      await complain(ctx, `${command[0]}: exited with status 255; aborting`);
      return 124;
    }
    if (one === 127 || one === 126) return one;
    if (one !== 0) status = 123;
  }
  if (failure.failed) return 1;
  if (!ran && !flags.has("r") && replace === undefined) return ctx.run(commandLine(command));
  return status;
};

/** Signals after which xargs gives up: hang-up, interrupt, quit, kill, broken pipe, termination. */
const ENDING_SIGNALS: ReadonlySet<number> = new Set([1, 2, 3, 9, 13, 15]);

/** What xargs puts into one command line at most, characters: its own default on Linux. */
const COMMAND_LINE_MAX = 128 << 10;

/** Items as their lines come: an input without end is worked through, and not kept. */
async function* itemsOf(
  ctx: ProgramContext,
  operands: string[],
  failure: Failure,
  how: { separator: string; words: boolean; trim: boolean },
): AsyncGenerator<string> {
  for await (const batch of lineBatches(ctx, operands, failure, how.separator)) {
    for (const line of batch.lines) {
      if (how.words) yield* wordsOf(line);
      else if (!how.trim) yield line;
      else if (line.trim() !== "") yield line.trim();
    }
  }
}

async function* batched(items: AsyncGenerator<string>, size: number, longest: number): AsyncGenerator<string[]> {
  let [some, length] = [[] as string[], 0];
  for await (const item of items) {
    if (some.length > 0 && (some.length >= size || length + item.length + 1 > longest)) {
      yield some;
      [some, length] = [[], 0];
    }
    some.push(item);
    length += item.length + 1;
    if (some.length < size) continue;
    yield some;
    [some, length] = [[], 0];
  }
  if (some.length > 0) yield some;
}

/** Words at blanks, with quotes and backslashes as xargs reads them. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  const open = text.replace(/"[^"\n]*"|'[^'\n]*'|\\[\s\S]/g, "").match(/["']/)?.[0];
  if (open)
    throw new UsageError(
      `unmatched ${open === "'" ? "single" : "double"} quote; by default quotes are special to xargs unless you use the -0 option`,
    );
  for (const match of text.matchAll(/(?:"[^"\n]*"|'[^'\n]*'|\\[\s\S]|[^\s"'\\])+/g)) {
    words.push(match[0].replace(/"([^"\n]*)"|'([^'\n]*)'|\\([\s\S])/g, (_, a = "", b = "", c = "") => a + b + c));
  }
  return words;
}

/** `5`, `1.5m`; undefined when it is none. */
function durationMs(text: string): number | undefined {
  const match = /^(\d*\.?\d+)([smhd]?)$/.exec(text);
  return match ? Number(match[1]) * { "": 1, s: 1, m: 60, h: 3600, d: 86_400 }[match[2]!]! * 1_000 : undefined;
}

export const timeout: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(
      ctx.argv,
      "k:s:vfp",
      { "kill-after=": "k", "signal=": "s", "preserve-status": "p", foreground: "f", verbose: "v" },
      { stopAtOperand: true },
    );
  } catch (error) {
    return refuseUsage(ctx, error, 125);
  }
  const [duration, ...words] = args.operands;
  const ms = durationMs(duration ?? "");
  if (ms === undefined || words.length === 0) {
    if (duration !== undefined && ms === undefined) await complain(ctx, `invalid time interval ‘${duration}’`);
    await ctx.stderr.write("Try 'timeout --help' for more information.\n");
    return 125;
  }
  if (!(await canRun(ctx, words[0]!))) return noSuchProgram(ctx, words[0]!, "failed to run command ");
  const killAfter = args.flags.has("k") ? durationMs(args.flags.get("k")!) : undefined;
  if (args.flags.has("k") && killAfter === undefined) {
    await complain(ctx, `invalid time interval ‘${args.flags.get("k")}’`);
    await ctx.stderr.write("Try 'timeout --help' for more information.\n");
    return 125;
  }
  const signal = signalByText(args.flags.get("s") ?? "TERM");
  if (signal === undefined) {
    await complain(ctx, `‘${args.flags.get("s")}’: invalid signal`);
    await ctx.stderr.write("Try 'timeout --help' for more information.\n");
    return 125;
  }
  const send = async (name: SignalName) => {
    if (args.flags.has("v")) await complain(ctx, `sending signal ${name.slice(3)} to command ‘${words[0]}’`);
    running.deliver(name);
  };
  const stop = new AbortController();
  const line = `exec ${commandLine(words)}`;
  const running = ctx.runStoppable?.(line) ?? { ended: ctx.run(line), deliver: () => {} };
  const late =
    ms === 0
      ? new Promise<"late">(() => {})
      : ctx.lab.sleep(ms, AbortSignal.any([stop.signal, ctx.signal])).then(
          () => "late" as const,
          () => new Promise<"late">(() => {}),
        );
  const first = await Promise.race([running.ended, late]);
  if (first !== "late") {
    stop.abort(new Terminated("SIGTERM"));
    return first;
  }
  await send(signal);
  const died =
    killAfter === undefined
      ? undefined
      : await Promise.race([
          running.ended,
          ctx.lab.sleep(killAfter, AbortSignal.any([stop.signal, ctx.signal])).then(
            () => "alive" as const,
            () => new Promise<"alive">(() => {}),
          ),
        ]);
  if (died === "alive") await send("SIGKILL");
  const status = await running.ended;
  stop.abort(new Terminated("SIGTERM"));
  // Nothing can be told to what KILL ended: the shell sees that.
  const killed = signal === "SIGKILL" || died === "alive";
  if (args.flags.has("p") || !killed) return args.flags.has("p") ? status : 124;
  // It ends itself in the same way, so that the shell tells of it.
  throw new Terminated("SIGKILL");
};

export const nohup: Program = async (ctx) => {
  const words = ctx.argv.slice(1);
  if (words.length === 0) {
    await complain(ctx, "missing operand");
    await ctx.stderr.write("Try 'nohup --help' for more information.\n");
    return 125;
  }
  if (!(await canRun(ctx, words[0]!))) {
    // Its quotes are those of the locale C.
    await complain(ctx, `failed to run command '${words[0]}': No such file or directory`);
    return 127;
  }
  ctx.onSignal("SIGHUP", () => {});
  if (!ctx.isTty.stdout) return ctx.run(`trap '' HUP; ${commandLine(words)}`);
  await complain(ctx, "ignoring input and appending output to 'nohup.out'");
  const path = pathIn(ctx, "nohup.out");
  const toFile: ByteWriter = {
    write: (bytes) =>
      ctx.files.writeFile(path, typeof bytes === "string" ? Buffer.from(bytes) : bytes, { append: true, mode: 0o600 }),
  };
  return ctx.run(`trap '' HUP; ${commandLine(words)}`, {
    stdin: { read: async () => undefined },
    stdout: toFile,
    stderr: toFile,
  });
};

/** `nice`, `ionice`, `setsid`, `stdbuf`: the command runs as it would without. */
export const justRun: Program = async (ctx) => {
  const args = readArguments(ctx.argv, "n:c:fwo:i:e:p:", { "adjustment=": "n" }, { stopAtOperand: true });
  const [name] = args.operands;
  if (name === undefined) return 0;
  if (!(await canRun(ctx, name))) return noSuchProgram(ctx, name);
  return ctx.run(commandLine(args.operands));
};
