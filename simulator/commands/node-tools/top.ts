/**
 * `top`: a full screen that is drawn anew, and the batch form `-b -n 1`. Shares of processor are what such processes
 * usually take, not measured (docs/fidelity/shell.md).
 */
import { NODE_CPUS, NODE_MEMORY_BYTES, NODE_SWAP_BYTES, NODE_USED_BYTES } from "../../cluster/files/synthetic.ts";
import { type Key, KeyReader } from "../../shell/keys.ts";
import { processTableOf } from "../../shell/node-process.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { signalService } from "../../shell/service-signals.ts";
import { SIGNAL_NUMBERS, signalByText } from "../../shell/signals.ts";
import { type Arguments, readArguments } from "../coreutils/arguments.ts";
import { keysWithin } from "../coreutils/keys-within.ts";
import { uptimeText } from "../coreutils/node-facts.ts";
import { type Listed, listAll } from "../coreutils/process-list.ts";

type Order = "cpu" | "memory" | "pid" | "time";

interface View {
  order: Order;
  reverse: boolean;
  processors: boolean;
  commandLines: boolean;
  idle: boolean;
  /** Parts of the head that are shown. */
  load: boolean;
  tasks: boolean;
  memory: boolean;
  /** Of processes: KiB, MiB, GiB; and of the summary's memory: MiB, GiB, KiB. */
  taskUnit: number;
  memoryUnit: number;
  /** How many processes at most; 0 for all. */
  most: number;
  user: string;
  /** Rows that are out of sight above. */
  from: number;
}

export const top: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "bn:d:p:cHiso:u:w:", {});
  } catch {
    await ctx.stderr.write(
      `top: unknown option '${ctx.argv[1]}'\nUsage:\n  top -hv | -bcEeHiOSs1 -d secs -n max -u|U user -p pid(s) -o field -w [cols]\n`,
    );
    return 1;
  }
  const { flags } = args;
  const count = flags.has("n") ? Number(flags.get("n")) : Number.POSITIVE_INFINITY;
  const delayMs = Math.max(0.1, Number(flags.get("d") ?? 3) || 3) * 1000;
  const pids = flags.get("p")?.split(",").map(Number);
  const view: View = {
    order: flags.get("o")?.includes("MEM") ? "memory" : flags.get("o")?.includes("PID") ? "pid" : "cpu",
    reverse: false,
    processors: false,
    commandLines: flags.has("c"),
    idle: !flags.has("i"),
    load: true,
    tasks: true,
    memory: true,
    taskUnit: 0,
    memoryUnit: 0,
    most: 0,
    user: flags.get("u") ?? "",
    from: 0,
  };
  if (flags.has("b") || !ctx.isTty.stdout || !ctx.tty) {
    for (let at = 0; at < count; at++) {
      if (at > 0) {
        await ctx.stdout.write("\n");
        await ctx.lab.sleep(delayMs, ctx.signal);
      }
      await ctx.stdout.write(`${screenLines(ctx, view, pids).join("\n")}\n`);
      if (!flags.has("b") && count === Number.POSITIVE_INFINITY) break;
    }
    return 0;
  }
  return interactive(ctx, ctx.tty, { view, pids, count, delayMs });
};

/** What is being asked for in the message line. */
interface Asking {
  text: string;
  answer: string;
  /** @returns a message, or what is asked next */
  done(answer: string): string | Asking;
}

/** Keys of the real one that do nothing here but say so. */
const NOT_HERE = new Set("HSVfFoOLrWxyzbBAGIjJgwXZ&");

async function interactive(
  ctx: ProgramContext,
  tty: NonNullable<ProgramContext["tty"]>,
  options: { view: View; pids: number[] | undefined; count: number; delayMs: number },
): Promise<number> {
  const { view } = options;
  const keys = new KeyReader();
  let message = "";
  let asking: Asking | undefined;
  const draw = async () => {
    const lines = screenLines(ctx, view, options.pids).slice(0, tty.rows);
    const header = lines.indexOf("");
    lines[header] = asking ? `${asking.text}${asking.answer}` : message;
    const shown = lines.map((line, at) =>
      at === header + 1 ? `\x1b[7m${line.slice(0, tty.columns).padEnd(tty.columns)}\x1b[m` : line.slice(0, tty.columns),
    );
    await tty.write(`\x1b[H${shown.map((line) => `${line}\x1b[K`).join("\n")}\x1b[J`);
  };
  const restore = () => {
    tty.write(`\x1b[?25h\x1b[?1l\x1b[${tty.rows};1H\n`).catch(() => undefined);
  };
  // ^C ends it: the keys are read raw, and the screen is left usable.
  tty.setMode("raw");
  await tty.write("\x1b[?25l\x1b[H\x1b[2J");
  ctx.signal.addEventListener("abort", restore, { once: true });
  const stopResize = tty.onResize(() => void draw().catch(() => undefined));
  try {
    for (let round = 0; round < options.count; ) {
      await draw();
      const bytes = await keysWithin(ctx, tty, options.delayMs);
      if (!bytes) {
        round++;
        if (!asking) message = "";
        continue;
      }
      if (bytes.length === 0) return 0;
      for (const key of keys.feed(bytes).flatMap(oneByOne)) {
        const name =
          key.kind === "text" || key.kind === "paste" ? key.text : key.kind === "control" ? `^${key.name}` : key.name;
        if (asking) {
          if (name === "^m" || name === "^j") {
            const next = asking.done(asking.answer);
            message = typeof next === "string" ? next : "";
            asking = typeof next === "string" ? undefined : next;
          } else if (name === "^backspace") asking.answer = asking.answer.slice(0, -1);
          else if (name === "^[" || name === "^c") asking = undefined;
          else if (key.kind === "text") asking.answer += key.text;
          continue;
        }
        switch (name) {
          case "q":
          case "^c":
            return 0;
          case "P":
            view.order = "cpu";
            break;
          case "M":
            view.order = "memory";
            break;
          case "N":
            view.order = "pid";
            break;
          case "T":
            view.order = "time";
            break;
          case "R":
            view.reverse = !view.reverse;
            break;
          case "1":
            view.processors = !view.processors;
            break;
          case "c":
            view.commandLines = !view.commandLines;
            break;
          case "i":
            view.idle = !view.idle;
            break;
          case "d":
          case "s":
            asking = {
              text: `Change delay from ${(options.delayMs / 1000).toFixed(1)} to `,
              answer: "",
              done: (answer) => {
                const seconds = Number(answer);
                if (!(seconds > 0)) return answer === "" ? "" : " Unacceptable floating point";
                options.delayMs = Math.max(0.1, seconds) * 1000;
                return "";
              },
            };
            break;
          case "k": {
            const first = listAll(ctx).at(-1)?.pid ?? 1;
            asking = {
              text: `PID to signal/kill [default pid = ${first}] `,
              answer: "",
              done: (answer) => {
                if (answer !== "" && !/^\d+$/.test(answer)) return " Unacceptable integer";
                const pid = Number(answer || first);
                return {
                  text: `Send pid ${pid} signal [15/sigterm] `,
                  answer: "",
                  done: (name) => kill(ctx, pid, name || "15"),
                };
              },
            };
            break;
          }
          case "^z":
            restore();
            tty.setMode("cooked");
            await ctx.stop();
            tty.setMode("raw");
            await tty.write("\x1b[?25l\x1b[H\x1b[2J");
            break;
          case "l":
            view.load = !view.load;
            break;
          case "t":
            view.tasks = !view.tasks;
            break;
          case "m":
            view.memory = !view.memory;
            break;
          case "e":
            view.taskUnit = (view.taskUnit + 1) % 3;
            break;
          case "E":
            view.memoryUnit = (view.memoryUnit + 1) % 3;
            break;
          case "<":
          case ">": {
            const at = COLUMNS.indexOf(view.order) + (name === "<" ? -1 : 1);
            view.order = COLUMNS[Math.min(Math.max(at, 0), COLUMNS.length - 1)]!;
            break;
          }
          case "n":
          case "#":
            asking = {
              text: `Maximum tasks = ${view.most}, change to (0 is unlimited) `,
              answer: "",
              done: (answer) => {
                if (!/^\d*$/.test(answer)) return " Unacceptable integer";
                view.most = Number(answer);
                return "";
              },
            };
            break;
          case "u":
          case "U":
            asking = {
              text: "Which user (blank for all) ",
              answer: "",
              done: (answer) => {
                const known = answer === "" || listAll(ctx).some((process) => process.user === answer);
                if (known) view.user = answer;
                return known ? "" : " Invalid user";
              },
            };
            break;
          case "=":
            Object.assign(view, { most: 0, user: "", idle: true, from: 0 });
            break;
          case "down":
            view.from++;
            break;
          case "up":
            view.from = Math.max(0, view.from - 1);
            break;
          case "page-down":
            view.from += tty.rows >> 1;
            break;
          case "page-up":
            view.from = Math.max(0, view.from - (tty.rows >> 1));
            break;
          case "home":
            view.from = 0;
            break;
          case "h":
          case "?":
            message =
              " q quit, P M N T < > R sort, 1 l t m e E head, c commands, i idle, n most, u user, d delay, k kill, = all";
            break;
          case " ":
          case "^m":
          case "^l":
            break;
          default:
            message = NOT_HERE.has(name)
              ? ` ${name}: not modelled in this simulated top`
              : " Unknown command - try 'h' for help";
        }
      }
    }
    return 0;
  } finally {
    stopResize();
    ctx.signal.removeEventListener("abort", restore);
    restore();
    tty.setMode("cooked");
  }
}

/** Keys that were typed fast come as one text. */
function oneByOne(key: Key): Key[] {
  return key.kind === "text" ? [...key.text].map((text) => ({ kind: "text", text })) : [key];
}

/** What `<` and `>` go through, as the columns stand. */
const COLUMNS: readonly Order[] = ["pid", "cpu", "memory", "time"];

function kill(ctx: ProgramContext, pid: number, text: string): string {
  const name = signalByText(text);
  if (!name) return " Unrecognized signal";
  const own = processTableOf(ctx.lab, ctx.node).get(pid);
  if (own) {
    own.deliver(name);
    return "";
  }
  const outcome = signalService(ctx.lab, ctx.node, pid, name);
  if (outcome.kind === "not-modelled") return ` Signal to ${outcome.name} is not modelled in this simulated node`;
  return outcome.kind === "no-process"
    ? ` Failed signal pid '${pid}' with '${SIGNAL_NUMBERS[name]}': No such process`
    : "";
}

/** The whole screen; an empty line stands where messages are shown. */
function screenLines(ctx: ProgramContext, view: View, pids: number[] | undefined): string[] {
  const nowMs = ctx.lab.read((lab) => lab.nowMs);
  const all = listAll(ctx).filter((process) => !pids || pids.includes(process.pid));
  const load = all.reduce((sum, process) => sum + process.cpu, 0);
  const busy = Math.min(99, load / NODE_CPUS);
  const stopped = all.filter((process) => process.state.startsWith("T")).length;
  const [unit, perUnit] = (
    [
      ["MiB", 1024],
      ["GiB", 1024 ** 2],
      ["KiB", 1],
    ] as const
  )[view.memoryUnit]!;
  const mib = (kib: number) => (kib / perUnit).toFixed(perUnit === 1 ? 0 : 1).padStart(8);
  const size = (kib: number) =>
    view.taskUnit === 0
      ? String(kib)
      : view.taskUnit === 1
        ? `${(kib / 1024).toFixed(1)}m`
        : `${(kib / 1024 ** 2).toFixed(1)}g`;
  const total = NODE_MEMORY_BYTES / 1024;
  const used = Math.round(NODE_USED_BYTES / 1024);
  const cache = 612_480;
  const cpuLine = (name: string) =>
    `${name}: ${(busy * 0.7).toFixed(1).padStart(4)} us, ${(busy * 0.3).toFixed(1).padStart(4)} sy,  0.0 ni, ${(100 - busy).toFixed(1).padStart(4)} id,  0.0 wa,  0.0 hi,  0.0 si,  0.0 st`;
  const time = (process: Listed) => ((nowMs - process.startedAtMs) / 1000) * (process.cpu / 100);
  const value: Record<Order, (process: Listed) => number> = {
    cpu: (process) => process.cpu,
    memory: (process) => process.resident,
    pid: (process) => process.pid,
    time,
  };
  const sign = view.reverse ? 1 : -1;
  const rows = all
    .filter((process) => (view.idle || process.cpu > 0) && (view.user === "" || process.user === view.user))
    .toSorted((a, b) => (value[view.order](a) - value[view.order](b)) * sign || a.pid - b.pid);
  const table = rows.map((process) => {
    const seconds = time(process);
    const clockText = `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(2).padStart(5, "0")}`;
    return `${String(process.pid).padStart(7)} ${process.user.padEnd(8)}  20   0 ${size(process.virtual).padStart(7)} ${size(process.resident).padStart(6)} ${size(Math.floor(process.resident / 3)).padStart(6)} ${process.state[0]} ${process.cpu.toFixed(1).padStart(5)} ${((process.resident * 102_400) / NODE_MEMORY_BYTES).toFixed(1).padStart(5)} ${clockText.padStart(9)} ${view.commandLines ? process.command : process.name}`;
  });
  const shown = table.slice(view.from, view.most ? view.from + view.most : undefined);
  return [
    ...(view.load ? [`top - ${uptimeText(ctx)}`] : []),
    ...(view.tasks
      ? [
          `Tasks: ${String(all.length).padStart(3)} total,   1 running, ${String(all.length - 1 - stopped).padStart(3)} sleeping, ${String(stopped).padStart(3)} stopped,   0 zombie`,
          ...(view.processors
            ? Array.from({ length: NODE_CPUS }, (_, at) => cpuLine(`%Cpu${at}  `))
            : [cpuLine("%Cpu(s)")]),
        ]
      : []),
    ...(view.memory
      ? [
          `${unit} Mem : ${mib(total)} total, ${mib(total - used - cache)} free, ${mib(used)} used, ${mib(cache)} buff/cache`,
          `${unit} Swap: ${mib(NODE_SWAP_BYTES / 1024)} total, ${mib(NODE_SWAP_BYTES / 1024)} free, ${mib(0)} used. ${mib(total - used)} avail Mem`,
        ]
      : []),
    "",
    "    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND",
    ...shown,
  ];
}
