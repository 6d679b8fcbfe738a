/** `ps`, `pidof`, `pgrep`, `pkill`, `killall`: services of the model and what sessions run. */
import { formatTime } from "../../shell/builtins/output.ts";
import { processTableOf } from "../../shell/node-process.ts";
import type { Program, ProgramContext, SignalName } from "../../shell/process.ts";
import { signalService } from "../../shell/service-signals.ts";
import { signalByText } from "../../shell/signals.ts";
import { type Arguments, complain, readArguments, refuseUsage } from "./arguments.ts";

interface Listed {
  pid: number;
  parent: number;
  tty: string;
  state: string;
  /** Model instant, milliseconds. */
  startedAtMs: number;
  name: string;
  command: string;
}

function listAll(ctx: ProgramContext): Listed[] {
  const services = ctx.lab.read((lab) =>
    Object.values(lab.nodes[ctx.node]?.processes ?? {}).map((process) => ({
      pid: process.pid,
      parent: 1,
      tty: "?",
      state: process.stopped ? "T" : "Ss",
      startedAtMs: process.startedAtMs,
      name: process.name,
      command: process.name,
    })),
  );
  const own = processTableOf(ctx.lab, ctx.node)
    .all()
    .map((process) => ({
      pid: process.pid,
      parent: process.parentPid,
      tty: process.tty,
      state: process.stoppedBy ? "T" : process.pid === ctx.pid ? "R+" : "S",
      startedAtMs: process.startedAtMs,
      name: process.command.split(" ")[0]!.replace(/^.*\//, "").replace(/^-/, ""),
      command: process.command,
    }));
  const bootedAtMs = ctx.lab.read((lab) => lab.nodes[ctx.node]?.bootedAtMs ?? 0);
  const init = {
    pid: 1,
    parent: 0,
    tty: "?",
    state: "Ss",
    startedAtMs: bootedAtMs,
    name: "systemd",
    command: "/sbin/init",
  };
  return [...(services.some((process) => process.pid === 1) ? [] : [init]), ...services, ...own].sort(
    (a, b) => a.pid - b.pid,
  );
}

export const ps: Program = async (ctx) => {
  const words = ctx.argv.slice(1);
  const all = listAll(ctx);
  const letters = words
    .filter((word) => /^-?[a-zA-Z]+$/.test(word))
    .join("")
    .replaceAll("-", "");
  const byPid = /(?:^|\s)-?p\s*([\d,\s]+)/.exec(words.join(" "))?.[1];
  const byName = /(?:^|\s)-C\s*(\S+)/.exec(words.join(" "))?.[1];
  const mine = all.find((process) => process.pid === ctx.pid)?.tty;
  const chosen = byPid
    ? all.filter((process) => byPid.split(/[,\s]+/).includes(String(process.pid)))
    : byName
      ? all.filter((process) => byName.split(",").includes(process.name))
      : /[aeAx]/.test(letters)
        ? all
        : all.filter((process) => process.tty === mine);
  const { now, wall } = ctx.lab.read((lab) => ({ now: lab.nowMs, wall: lab.nowMs + lab.wallOffsetMs }));
  const started = (process: Listed) => formatTime("%H:%M", wall - (now - process.startedAtMs));
  const columns = /-o\s*(\S+)/.exec(words.join(" "))?.[1];
  const width = ctx.isTty.stdout && !/ww/.test(letters) ? (ctx.tty?.columns ?? 80) : 10_000;
  const rows: string[] = [];
  if (columns) {
    const value: Record<string, (process: Listed) => string> = {
      pid: (process) => String(process.pid).padStart(7),
      ppid: (process) => String(process.parent).padStart(7),
      comm: (process) => process.name,
      cmd: (process) => process.command,
      args: (process) => process.command,
      command: (process) => process.command,
      stat: (process) => process.state.padEnd(4),
      state: (process) => process.state[0]!,
      tty: (process) => process.tty.padEnd(8),
      user: () => "root    ",
    };
    const wanted = columns.split(",").map((name) => name.replace(/=.*/, ""));
    if (!columns.includes("="))
      rows.push(wanted.map((name) => name.toUpperCase().padStart(/pid/.test(name) ? 7 : 0)).join(" "));
    rows.push(...chosen.map((process) => wanted.map((name) => value[name]?.(process) ?? "-").join(" ")));
  } else if (/u/.test(letters) && !/^-/.test(words[0] ?? "")) {
    rows.push("USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND");
    rows.push(
      ...chosen.map(
        (process) =>
          `root     ${String(process.pid).padStart(7)}  0.0  0.1  16824  5120 ${process.tty.padEnd(8)} ${process.state.padEnd(4)} ${started(process)}   0:00 ${process.command}`,
      ),
    );
  } else if (/f/.test(letters)) {
    rows.push("UID          PID    PPID  C STIME TTY          TIME CMD");
    rows.push(
      ...chosen.map(
        (process) =>
          `root     ${String(process.pid).padStart(7)} ${String(process.parent).padStart(7)}  0 ${started(process)} ${process.tty.padEnd(8)} 00:00:00 ${process.command}`,
      ),
    );
  } else {
    rows.push("    PID TTY          TIME CMD");
    rows.push(
      ...chosen.map(
        (process) => `${String(process.pid).padStart(7)} ${process.tty.padEnd(8)} 00:00:00 ${process.name}`,
      ),
    );
  }
  await ctx.stdout.write(`${rows.map((row) => row.slice(0, width)).join("\n")}\n`);
  return chosen.length ? 0 : 1;
};

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
  const expression = new RegExp(args.flags.has("x") ? `^(?:${pattern})$` : pattern);
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
