/** journalctl: the node's journal by unit, number, time and boot. */

import type { JournalLine } from "../../cluster/journal.ts";
import { unitByName } from "../../cluster/services/units.ts";
import { wallNowMs } from "../../cluster/wall-clock.ts";
import { boundedExpression } from "../../shell/bounded-expression.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { page } from "../coreutils/less.ts";
import { notModelled, systemdTimeText } from "../printed.ts";
import { JOURNAL_FORMATS } from "./journal-text.ts";
import { bootId } from "./machine-ids.ts";

interface Selection {
  units: string[];
  identifiers: string[];
  count: number | undefined;
  follow: boolean;
  /** Counted from the present one: 0, -1; or from the first: 1, 2. Absent: all. */
  boot: number | undefined;
  /** `FIELD=value` in the words. */
  pids: number[];
  pattern: RegExp | undefined;
  format: string;
  /** Something else than lines is asked for. */
  instead: "boots" | "disk-usage" | undefined;
  kernel: boolean;
  sinceMs: number | undefined;
  untilMs: number | undefined;
  reverse: boolean;
  withHost: boolean;
  /** From the gravest to the least. */
  priorities: [number, number] | undefined;
  /** On a terminal, where less shows what does not fit. */
  pager: "from-start" | "from-end" | "none";
}

/** What systemd sets for less. @source systemctl(1) $SYSTEMD_LESS */
const PAGER_FLAGS: ReadonlySet<string> = new Set("FRSXMK");

const PRIORITIES = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

export async function journalctl(context: ProgramContext): Promise<number> {
  const nowMs = context.lab.read(wallNowMs);
  const selection = parse(context.argv.slice(1), nowMs);
  if (typeof selection === "string") {
    await context.stderr.write(selection);
    return 1;
  }
  const { node, lab } = context;
  if (selection.instead === "boots") {
    await context.stdout.write(
      lab.read((state) => bootTable(state.nodes[node]!.journal, node, state.nodes[node]!.bootCount)),
    );
    return 0;
  }
  if (selection.instead === "disk-usage") {
    await context.stdout.write("Archived and active journals take up 8.0M in the file system.\n");
    return 0;
  }
  const format = JOURNAL_FORMATS[selection.format]!;
  const text: typeof format = (line, host) => {
    const whole = format(line, host);
    return selection.withHost || !selection.format.startsWith("short") ? whole : whole.replace(` ${host} `, " ");
  };
  const wanted = (line: Readonly<JournalLine>, boot: number) => matches(line, selection, boot);
  const found = lab.read((state) => {
    const { journal, bootCount } = state.nodes[node]!;
    const lines = journal.filter((line) => wanted(line, bootCount));
    const last = journal.at(-1);
    return { lines: lines.map((line) => text(line, node)), mark: last && markOf(journal, last) };
  });
  const count = selection.count ?? (selection.follow ? 10 : undefined);
  let lines = count === undefined ? found.lines : count === 0 ? [] : found.lines.slice(-count);
  if (selection.reverse) lines = lines.toReversed();
  if (lines.length === 0 && !selection.follow) {
    await context.stdout.write("-- No entries --\n");
    return 0;
  }
  if (selection.pager !== "none" && !selection.follow) {
    return page(context, lines.join(""), {
      flags: PAGER_FLAGS,
      ...(selection.pager === "from-end" && { start: "G" }),
    });
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
        return { lines: fresh.map((line) => text(line, node)), mark: markOf(journal, last) };
      },
      { signal: context.signal },
    );
    if (!news) return 0;
    mark = news.mark;
    await context.stdout.write(news.lines.join(""));
  }
  return 0;
}

function bootTable(journal: readonly JournalLine[], node: string, present: number): string {
  const boots = new Map<number, [first: number, last: number]>();
  for (const line of journal) boots.set(line.boot, [boots.get(line.boot)?.[0] ?? line.wallMs, line.wallMs]);
  const rows = [...boots].map(
    ([boot, [first, last]]) =>
      `${String(boot - present).padStart(3)} ${bootId(node, boot)} ${systemdTimeText(first)}—${systemdTimeText(last)}\n`,
  );
  return `IDX BOOT ID                          FIRST ENTRY                 LAST ENTRY\n${rows.join("")}`;
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
  const { units, identifiers, sinceMs, untilMs, priorities } = selection;
  if (units.length > 0 && !units.includes(line.unit)) return false;
  if (identifiers.length > 0 && !identifiers.includes(line.identifier)) return false;
  if (selection.kernel && line.identifier !== "kernel") return false;
  if (selection.boot !== undefined) {
    if (line.boot !== (selection.boot > 0 ? selection.boot : boot + selection.boot)) return false;
  }
  if (selection.pids.length > 0 && !selection.pids.includes(line.pid)) return false;
  if (selection.pattern && !selection.pattern.test(line.text)) return false;
  if (sinceMs !== undefined && line.wallMs < sinceMs) return false;
  if (untilMs !== undefined && line.wallMs > untilMs) return false;
  return priorities === undefined || (line.priority >= priorities[0] && line.priority <= priorities[1]);
}

function parse(args: string[], nowMs: number): Selection | string {
  const selection: Selection = {
    units: [],
    identifiers: [],
    count: undefined,
    follow: false,
    boot: undefined,
    pids: [],
    pattern: undefined,
    format: "short",
    instead: undefined,
    kernel: false,
    sinceMs: undefined,
    untilMs: undefined,
    reverse: false,
    priorities: undefined,
    withHost: true,
    pager: "from-start",
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
        selection.boot ??= 0;
        break;
      case "-b":
      case "--boot":
        selection.boot = 0;
        if (/^-?\d+$/.test(queue[i + 1] ?? "")) selection.boot = Number(queue[++i]);
        else if (queue[i + 1] === "all") {
          selection.boot = undefined;
          i += 1;
        }
        break;
      case "-g":
      case "--grep": {
        const text = value() ?? "";
        try {
          // As journalctl: a pattern all in lower case ignores case.
          selection.pattern = boundedExpression(text, text === text.toLowerCase() ? "i" : "");
        } catch {
          return `Bad pattern "${text}": compilation failed\n`;
        }
        break;
      }
      case "--list-boots":
        selection.instead = "boots";
        break;
      case "--disk-usage":
        selection.instead = "disk-usage";
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
        const levels = text.split("..").map((word) => (/^[0-7]$/.test(word) ? Number(word) : PRIORITIES.indexOf(word)));
        if (levels.length > 2 || levels.some((level) => level < 0)) return `Unknown log level ${text}\n`;
        // One level stands for itself and all that are graver.
        selection.priorities = levels.length === 1 ? [0, levels[0]!] : [Math.min(...levels), Math.max(...levels)];
        break;
      }
      case "-o":
      case "--output": {
        const format = value() ?? "";
        if (!Object.hasOwn(JOURNAL_FORMATS, format)) {
          return /^(export|json-sse|json-seq|with-unit|short-monotonic|short-iso-precise)$/.test(format)
            ? notModelled("journalctl", `-o ${format}`)
            : `Unknown output format '${format}'.\n`;
        }
        selection.format = format;
        break;
      }
      case "-e":
      case "--pager-end":
        selection.pager = "from-end";
        break;
      case "--no-hostname":
        selection.withHost = false;
        break;
      case "--no-pager":
        selection.pager = "none";
        break;
      case "-x":
      case "-a":
      case "-q":
      case "--all":
      case "--catalog":
      case "--quiet":
      case "--utc":
        break;
      default: {
        const [, field, text] = /^([A-Z_]+)=(.*)$/s.exec(arg) ?? [];
        if (field === "_PID") {
          selection.pids.push(Number(text));
          break;
        }
        if (field === "_SYSTEMD_UNIT" || field === "UNIT") {
          selection.units.push(text!);
          break;
        }
        if (field === "SYSLOG_IDENTIFIER" || field === "_COMM") {
          selection.identifiers.push(text!);
          break;
        }
        return arg.startsWith("-")
          ? notModelled("journalctl", arg)
          : `Failed to add match '${arg}': Invalid argument\n`;
      }
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
  if ("untSUpog".includes(option!)) return [`-${option}`, rest!];
  if (option === "b") return ["-b", rest!];
  return [`-${option}`, ...splitOption(`-${rest}`)];
}

/** Instants as systemd reads them, in UTC: `5 min ago`, `-1h`, `@1795395244`, `today`, `00:20`, `2026-11-23 00:20:00`. */
function instantOf(text: string, nowMs: number): number | undefined {
  const trimmed = text.trim().replace(/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]* /, "");
  const midnight = Math.floor(nowMs / 86_400_000) * 86_400_000;
  if (trimmed === "now") return nowMs;
  if (trimmed === "today") return midnight;
  if (trimmed === "yesterday") return midnight - 86_400_000;
  if (trimmed === "tomorrow") return midnight + 86_400_000;
  if (/^@\d+(?:\.\d+)?$/.test(trimmed)) return Number(trimmed.slice(1)) * 1_000;
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
  const clock = /^(?:(\d{4})-(\d\d)-(\d\d))?[ T]?(?:(\d{1,2}):(\d\d)(?::(\d\d(?:\.\d+)?))?)?(?: UTC)?$/.exec(trimmed);
  if (!clock || trimmed === "") return undefined;
  const day = clock[1] ? Date.UTC(Number(clock[1]), Number(clock[2]) - 1, Number(clock[3])) : midnight;
  return day + Number(clock[4] ?? 0) * 3_600_000 + Number(clock[5] ?? 0) * 60_000 + Number(clock[6] ?? 0) * 1_000;
}

function unitMs(unit: string): number | undefined {
  if (/^(?:s|sec|secs|second|seconds)$/.test(unit)) return 1_000;
  if (/^(?:m|min|mins|minute|minutes)$/.test(unit)) return 60_000;
  if (/^(?:h|hr|hour|hours)$/.test(unit)) return 3_600_000;
  if (/^(?:d|day|days)$/.test(unit)) return 86_400_000;
  if (/^(?:w|week|weeks)$/.test(unit)) return 7 * 86_400_000;
  return undefined;
}
