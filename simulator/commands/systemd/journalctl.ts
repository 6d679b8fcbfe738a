/** journalctl: the node's journal by unit, number, time and boot. */
import type { JournalLine } from "../../cluster/journal.ts";
import { unitByName } from "../../cluster/services/units.ts";
import { wallNowMs } from "../../cluster/wall-clock.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { notModelled } from "../printed.ts";
import { journalText } from "./journal-text.ts";

interface Selection {
  units: string[];
  identifiers: string[];
  count: number | undefined;
  follow: boolean;
  thisBoot: boolean;
  kernel: boolean;
  sinceMs: number | undefined;
  untilMs: number | undefined;
  reverse: boolean;
  priority: number | undefined;
}

const PRIORITIES = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

export async function journalctl(context: ProgramContext): Promise<number> {
  const nowMs = context.lab.read(wallNowMs);
  const selection = parse(context.argv.slice(1), nowMs);
  if (typeof selection === "string") {
    await context.stderr.write(selection);
    return 1;
  }
  const { node, lab } = context;
  const wanted = (line: Readonly<JournalLine>, boot: number) => matches(line, selection, boot);
  const found = lab.read((state) => {
    const { journal, bootCount } = state.nodes[node]!;
    const lines = journal.filter((line) => wanted(line, bootCount));
    const last = journal.at(-1);
    return { lines: lines.map((line) => journalText(line, node)), mark: last && markOf(journal, last) };
  });
  const count = selection.count ?? (selection.follow ? 10 : undefined);
  let lines = count === undefined ? found.lines : count === 0 ? [] : found.lines.slice(-count);
  if (selection.reverse) lines = lines.toReversed();
  if (lines.length === 0 && !selection.follow) {
    await context.stdout.write("-- No entries --\n");
    return 0;
  }
  await context.stdout.write(lines.join(""));
  let { mark } = found;
  while (selection.follow) {
    const before: Mark | undefined = mark;
    const news = await lab.until(
      (state) => {
        const { journal, bootCount } = state.nodes[node]!;
        const last = journal.at(-1);
        if (!last || sameMark(markOf(journal, last), before)) return undefined;
        const fresh = linesAfter(journal, before).filter((line) => wanted(line, bootCount));
        return { lines: fresh.map((line) => journalText(line, node)), mark: markOf(journal, last) };
      },
      { signal: context.signal },
    );
    if (!news) return 0;
    mark = news.mark;
    await context.stdout.write(news.lines.join(""));
  }
  return 0;
}

/** Where the journal ended: its last line, and how many lines like it came right before. Old lines may be dropped. */
interface Mark {
  wallMs: number;
  text: string;
  equals: number;
}

function markOf(journal: readonly JournalLine[], last: Readonly<JournalLine>): Mark {
  let equals = 0;
  for (let i = journal.length - 1; i >= 0 && journal[i]!.wallMs === last.wallMs; i--) equals += 1;
  return { wallMs: last.wallMs, text: last.text, equals };
}

function sameMark(a: Mark, b: Mark | undefined): boolean {
  return b !== undefined && a.wallMs === b.wallMs && a.text === b.text && a.equals === b.equals;
}

function linesAfter(journal: readonly JournalLine[], mark: Mark | undefined): readonly JournalLine[] {
  if (!mark) return journal;
  const later = journal.findIndex((line) => line.wallMs > mark.wallMs);
  const sameInstant = journal.filter((line) => line.wallMs === mark.wallMs).slice(mark.equals);
  return [...sameInstant, ...(later < 0 ? [] : journal.slice(later))];
}

function matches(line: Readonly<JournalLine>, selection: Selection, boot: number): boolean {
  const { units, identifiers, sinceMs, untilMs, priority } = selection;
  if (units.length > 0 && !units.includes(line.unit)) return false;
  if (identifiers.length > 0 && !identifiers.includes(line.identifier)) return false;
  if (selection.kernel && line.identifier !== "kernel") return false;
  if (selection.thisBoot && line.boot !== boot) return false;
  if (sinceMs !== undefined && line.wallMs < sinceMs) return false;
  if (untilMs !== undefined && line.wallMs > untilMs) return false;
  return priority === undefined || line.priority <= priority;
}

function parse(args: string[], nowMs: number): Selection | string {
  const selection: Selection = {
    units: [],
    identifiers: [],
    count: undefined,
    follow: false,
    thisBoot: false,
    kernel: false,
    sinceMs: undefined,
    untilMs: undefined,
    reverse: false,
    priority: undefined,
  };
  const queue = args.flatMap((arg) => splitOption(arg));
  for (let i = 0; i < queue.length; i++) {
    const arg = queue[i]!;
    const value = () => queue[++i];
    switch (arg) {
      case "-u":
      case "--unit": {
        const name = value() ?? "";
        selection.units.push(`${unitByName(name) ?? name.replace(/\.service$/, "")}.service`);
        break;
      }
      case "-t":
      case "--identifier":
        selection.identifiers.push(value() ?? "");
        break;
      case "-n":
      case "--lines": {
        const next = queue[i + 1];
        if (next !== undefined && /^(?:\d+|all)$/.test(next)) {
          selection.count = next === "all" ? undefined : Number(next);
          i += 1;
        } else selection.count = 10;
        break;
      }
      case "-f":
      case "--follow":
        selection.follow = true;
        break;
      case "-r":
      case "--reverse":
        selection.reverse = true;
        break;
      case "-k":
      case "--dmesg":
        selection.kernel = true;
        selection.thisBoot = true;
        break;
      case "-b":
      case "--boot":
        selection.thisBoot = true;
        if (queue[i + 1] === "0") i += 1;
        else if (/^-?\d+$/.test(queue[i + 1] ?? "")) return notModelled("journalctl", `-b ${queue[i + 1]}`);
        break;
      case "-S":
      case "--since":
      case "-U":
      case "--until": {
        const text = value() ?? "";
        const at = instantOf(text, nowMs);
        if (at === undefined) return `Failed to parse timestamp: ${text}\n`;
        if (arg === "-S" || arg === "--since") selection.sinceMs = at;
        else selection.untilMs = at;
        break;
      }
      case "-p":
      case "--priority": {
        const text = value() ?? "";
        const level = /^[0-7]$/.test(text) ? Number(text) : PRIORITIES.indexOf(text);
        if (level < 0) return `Unknown log level ${text}\n`;
        selection.priority = level;
        break;
      }
      case "-o":
      case "--output": {
        const format = value() ?? "";
        if (format !== "short") return notModelled("journalctl", `-o ${format}`);
        break;
      }
      case "-e":
      case "-x":
      case "-a":
      case "-q":
      case "--no-pager":
      case "--all":
      case "--catalog":
      case "--pager-end":
      case "--quiet":
      case "--utc":
        break;
      default:
        return arg.startsWith("-")
          ? notModelled("journalctl", arg)
          : `Failed to add match '${arg}': Invalid argument\n`;
    }
  }
  return selection;
}

/** `--unit=x` becomes two words, `-n20` and `-xeu` are taken apart. */
function splitOption(arg: string): string[] {
  const long = /^(--[a-z-]+)=([\s\S]*)$/.exec(arg);
  if (long) return [long[1]!, long[2]!];
  const short = /^-([a-zA-Z])(.+)$/.exec(arg);
  if (!short) return [arg];
  const [, option, rest] = short;
  if ("untSUpo".includes(option!)) return [`-${option}`, rest!];
  if (option === "b") return ["-b", rest!];
  return [`-${option}`, ...splitOption(`-${rest}`)];
}

/** Instants as systemd reads them, in UTC: `5 min ago`, `-1h`, `today`, `00:20`, `2026-11-23 00:20:00`. */
function instantOf(text: string, nowMs: number): number | undefined {
  const trimmed = text.trim();
  const midnight = Math.floor(nowMs / 86_400_000) * 86_400_000;
  if (trimmed === "now") return nowMs;
  if (trimmed === "today") return midnight;
  if (trimmed === "yesterday") return midnight - 86_400_000;
  const relative = /^(-)?((?:\d+\s*[a-z]+\s*)+?)\s*(ago)?$/i.exec(trimmed);
  if (relative && (relative[1] || relative[3])) {
    let total = 0;
    for (const [, amount, unit] of relative[2]!.matchAll(/(\d+)\s*([a-z]+)/gi)) {
      const ms = unitMs(unit!.toLowerCase());
      if (ms === undefined) return undefined;
      total += Number(amount) * ms;
    }
    return nowMs - total;
  }
  const clock = /^(?:(\d{4})-(\d\d)-(\d\d))?[ T]?(?:(\d{1,2}):(\d\d)(?::(\d\d))?)?(?: UTC)?$/.exec(trimmed);
  if (!clock || trimmed === "") return undefined;
  const day = clock[1] ? Date.UTC(Number(clock[1]), Number(clock[2]) - 1, Number(clock[3])) : midnight;
  return day + Number(clock[4] ?? 0) * 3_600_000 + Number(clock[5] ?? 0) * 60_000 + Number(clock[6] ?? 0) * 1_000;
}

function unitMs(unit: string): number | undefined {
  if (/^(?:s|sec|secs|second|seconds)$/.test(unit)) return 1_000;
  if (/^(?:m|min|mins|minute|minutes)$/.test(unit)) return 60_000;
  if (/^(?:h|hr|hour|hours)$/.test(unit)) return 3_600_000;
  if (/^(?:d|day|days)$/.test(unit)) return 86_400_000;
  return undefined;
}
