/** Programs that run others: `env`, `xargs`, `timeout`, `watch`, `nohup`, `nice`, `setsid`, `printenv`. */

import type { ByteWriter, Program, ProgramContext } from "../../shell/process.ts";
import { type SignalName, Terminated } from "../../shell/process.ts";
import { zoneOfProgram } from "../../shell/process-zone.ts";
import { quoteForShell } from "../../shell/quoting.ts";
import { signalByText } from "../../shell/signals.ts";
import { formatTime } from "../../shell/time-text.ts";
import { type Arguments, complain, pathIn, readArguments, refuseUsage, UsageError } from "./arguments.ts";
import { readStyles, STYLES, styledPiece } from "./less/styled-text.ts";
import { type Failure, lineBatches } from "./line-batches.ts";
import { wallMs } from "./node-facts.ts";

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

export const watch: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(
      ctx.argv,
      "n:dtgecxbw",
      {
        "interval=": "n",
        "differences?": "d",
        "no-title": "t",
        chgexit: "g",
        errexit: "e",
        color: "c",
        exec: "x",
        beep: "b",
        "no-wrap": "w",
      },
      { stopAtOperand: true },
    );
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  if (args.operands.length === 0) {
    await ctx.stderr.write("Usage:\n watch [options] command\n");
    return 1;
  }
  const seconds = Math.max(0.1, Number(args.flags.get("n") ?? 2) || 2);
  const line = args.flags.has("x") ? commandLine(args.operands) : args.operands.join(" ");
  const { tty } = ctx;
  let before: string | undefined;
  const differences = args.flags.has("d") ? new Differences(args.flags.get("d") !== "") : undefined;
  const draw = async () => {
    const output = await outputOf(ctx, line);
    await ctx.stdout.write(screen(ctx, args, seconds, line, output.text, differences));
    const changed = before !== undefined && before !== output.text;
    before = output.text;
    return { changed, status: output.status };
  };
  let pause = new AbortController();
  const takeScreen = () => {
    tty?.setMode("no-echo");
    return ctx.stdout.write(tty ? "\x1b[?1049h\x1b[?25l" : "");
  };
  const restore = () => {
    tty?.write("\x1b[?25h\x1b[?1049l").catch(() => undefined);
    tty?.setMode("cooked");
  };
  // ^Z gives the screen back, also while a command runs; what comes after is a screen of its own.
  let stopListening = () => {};
  const listen = () => {
    stopListening = ctx.onSignal("SIGTSTP", () => {
      restore();
      stopListening();
      ctx
        .stop()
        .then(takeScreen)
        .then(() => {
          listen();
          pause.abort(new Error("goes on"));
        })
        // Ended while it was stopped.
        .catch(() => undefined);
    });
  };
  listen();
  // Another size is another screen, at once.
  const stopResize = tty?.onResize(() => pause.abort(new Error("another size")));
  await takeScreen();
  // ^C is how it is left: that is its good end. Whatever else ends it gives the screen back first.
  const left = new AbortController();
  const stopLeaving = ctx.onSignal("SIGINT", () => {
    left.abort();
    pause.abort(new Error("left"));
  });
  ctx.signal.addEventListener("abort", restore, { once: true });
  try {
    for (;;) {
      const { changed, status } = await draw();
      if (left.signal.aborted) {
        restore();
        return 0;
      }
      if ((args.flags.has("g") && changed) || (args.flags.has("e") && status !== 0)) {
        restore();
        return args.flags.has("e") && status !== 0 ? 8 : 0;
      }
      try {
        await ctx.lab.sleep(seconds * 1000, AbortSignal.any([pause.signal, ctx.signal]));
      } catch (error) {
        if (!pause.signal.aborted || ctx.signal.aborted) throw error;
      }
      if (left.signal.aborted) {
        restore();
        return 0;
      }
      pause = new AbortController();
    }
  } finally {
    stopListening();
    stopLeaving();
    stopResize?.();
  }
};

async function outputOf(ctx: ProgramContext, line: string): Promise<{ text: string; status: number }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const into: ByteWriter = {
    async write(bytes) {
      const chunk = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
      // More than a screen holds is never shown.
      if (size < 1 << 18) chunks.push(chunk);
      size += chunk.length;
    },
  };
  const status = await ctx.run(line, { stdin: { read: async () => undefined }, stdout: into, stderr: into });
  return { text: Buffer.concat(chunks).toString("utf8"), status };
}

/** `-d`: characters that are not as they were are shown in reverse; with `-d=permanent` also those that once were not. */
class Differences {
  #permanent: boolean;
  #before: string[][] | undefined;
  #ever = new Set<string>();
  constructor(permanent: boolean) {
    this.#permanent = permanent;
  }

  marked(lines: readonly string[]): string[] {
    const now = lines.map((row) => [...row]);
    const before = this.#before;
    this.#before = now;
    if (!before) return [...lines];
    return now.map((row, at) => {
      let out = "";
      let isOn = false;
      for (const [column, char] of row.entries()) {
        const differs = (before[at]?.[column] ?? " ") !== char;
        const place = `${at},${column}`;
        if (differs && this.#permanent) this.#ever.add(place);
        const wanted = differs || this.#ever.has(place);
        if (wanted !== isOn) out += wanted ? "\x1b[7m" : "\x1b[27m";
        isOn = wanted;
        out += char;
      }
      return isOn ? `${out}\x1b[27m` : out;
    });
  }
}

function screen(
  ctx: ProgramContext,
  args: Arguments,
  seconds: number,
  line: string,
  text: string,
  differences: Differences | undefined,
): string {
  const columns = ctx.tty?.columns ?? 80;
  const rows = ctx.tty?.rows ?? 24;
  let head = "";
  if (!args.flags.has("t")) {
    const left = `Every ${seconds.toFixed(1)}s: ${line}`;
    const right = `${ctx.node}: ${formatTime("%a %b %e %H:%M:%S %Y", wallMs(ctx), zoneOfProgram(ctx))}`;
    head = `${left.slice(0, Math.max(0, columns - right.length - 1)).padEnd(columns - right.length)}${right}\n\n`;
  }
  const lines = text
    .split("\n")
    .flatMap((row) => rowsOf(row, columns, { coloured: args.flags.has("c"), wraps: !args.flags.has("w") }))
    .slice(0, rows - (head ? 2 : 0));
  const shown = differences?.marked(lines) ?? lines;
  // The cursor rests in the last corner.
  return `\x1b[H\x1b[2J${head}${shown.join("\n").replace(/\n$/, "")}\x1b[${rows};${columns}H`;
}

/** A line as rows of the screen: colours are kept when they are asked for, and other control characters never. */
function rowsOf(line: string, columns: number, look: { coloured: boolean; wraps: boolean }): string[] {
  const plain = look.coloured ? line : line.replaceAll(STYLES, "");
  const { characters, styles } = readStyles(plain.replaceAll(/(?!\t|\x1b\[)[\x00-\x1f\x7f]/g, ""), look.coloured);
  const count = look.wraps ? Math.max(1, Math.ceil(characters.length / columns)) : 1;
  return Array.from({ length: count }, (_, at) => styledPiece(characters, styles, at * columns, (at + 1) * columns));
}
