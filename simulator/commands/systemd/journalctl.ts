/** journalctl: the node's journal by unit, field, number, time and boot. @source systemd 252; texts as its journalctl printed them */

import type { JournalLine } from "../../cluster/journal.ts";
import { UTC, type Zone } from "../../cluster/node-settings/zone-time.ts";
import { unitByName } from "../../cluster/services/units.ts";
import { wallNowMs } from "../../cluster/wall-clock.ts";
import { boundedExpression } from "../../shell/bounded-expression.ts";
import { matchesPattern } from "../../shell/pattern.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { zoneOfProgram } from "../../shell/process-zone.ts";
import { wholeNumber } from "../getopt.ts";
import { notModelled, systemdTimeText } from "../printed.ts";
import { instantOf } from "./instants.ts";
import { beginsJob, catalogueText } from "./journal-catalog.ts";
import {
  cursorOf,
  FACILITIES,
  JOURNAL_FORMATS,
  type JournalScene,
  journalFields,
  journalScene,
} from "./journal-text.ts";
import { journalWithKernel } from "./kernel-log.ts";
import { bootId } from "./machine-ids.ts";
import { lookWithoutPager, PLAIN_LOOK, painted, throughPager } from "./terminal-look.ts";
import { SYSTEMD_VERSION } from "./unit-files.ts";

/** Which boots: every one, or one counted from the present (0, -1), from the first (1, 2), or from one with an id. */
type BootChoice = { id?: string; offset: number };

interface Selection {
  /** Names or patterns, with their suffix. */
  units: string[];
  identifiers: string[];
  /** In which times are told. */
  zone: Zone;
  count: number | undefined;
  /** `-n +5`: the oldest. */
  fromOldest: boolean;
  follow: boolean;
  noTail: boolean;
  boot: BootChoice | undefined;
  /** `FIELD=value` in the words: groups between `+`. */
  matches: [field: string, value: string][][];
  facilities: string[];
  pattern: RegExp | undefined;
  format: string;
  only: Set<string> | undefined;
  /** Something else than lines is asked for. */
  instead:
    | "boots"
    | "disk-usage"
    | "field-names"
    | "nothing"
    | "verify"
    | "version"
    | "help"
    | { field: string }
    | undefined;
  kernel: boolean;
  sinceMs: number | undefined;
  untilMs: number | undefined;
  cursor: { text: string; after: boolean } | undefined;
  showCursor: boolean;
  reverse: boolean;
  quiet: boolean;
  explain: boolean;
  withHost: boolean;
  /** From the gravest to the least. */
  priorities: [number, number] | undefined;
  /** On a terminal, where less shows what does not fit. */
  pager: "from-start" | "from-end" | "none";
}

/** Lines that `-e` shows unless told otherwise. @source journalctl(1) */
const PAGER_END_LINES = 1_000;

const PRIORITIES = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

export async function journalctl(context: ProgramContext): Promise<number> {
  const nowMs = context.lab.read((lab) => wallNowMs(lab, context.node));
  const selection = parse(context.argv.slice(1), nowMs, zoneOfProgram(context));
  if (typeof selection === "string") {
    await context.stderr.write(selection);
    return 1;
  }
  const { node, lab } = context;
  const boots = lab.read((state) => [...new Set(state.nodes[node]!.journal.map((line) => line.boot))]);
  const boot = selection.boot && bootChosen(selection.boot, boots, node);
  if (typeof boot === "string") {
    await context.stderr.write(boot);
    return 1;
  }
  const wish = { disabled: selection.pager === "none", jumpsToEnd: selection.pager === "from-end" };
  if (selection.instead)
    return throughPager(
      context,
      { disabled: !["boots", "help"].includes(String(selection.instead)) || wish.disabled },
      (paged) => answerInstead(paged, selection, boots),
    );
  const { lines, scene, mark, jobs } = lab.read((state) => {
    const { journal } = state.nodes[node]!;
    const own = { ...journalScene(state, node), zone: selection.zone };
    const last = journal.at(-1);
    return {
      lines: afterCursor(journalWithKernel(state, node), selection, own).filter((line) =>
        matches(line, selection, boot, own),
      ),
      scene: own,
      mark: last && markOf(journal, last),
      jobs: selection.explain ? jobNumbers(journal) : new Map<JournalLine, number>(),
    };
  });
  const shown = counted(lines, selection);
  if (shown.length === 0 && !selection.follow) {
    if (!selection.quiet) await context.stdout.write("-- No entries --\n");
    return selection.pattern ? 1 : 0;
  }
  const only = selection.only && { only: selection.only };
  const cursor = selection.showCursor ? `-- cursor: ${cursorOf(shown.at(-1)!, scene)}\n` : "";
  if (!selection.follow)
    return throughPager(context, wish, async ({ stdout }, { colours }) => {
      // Lines are as long as they are, in the pager and without it.
      const look = { colours, width: undefined };
      await stdout.write(shown.map(printer(selection, { ...scene, ...only, look }, jobs)).join("") + cursor);
      return 0;
    });
  const text = printer(
    selection,
    { ...scene, ...only, look: { ...lookWithoutPager(context), width: undefined } },
    jobs,
  );
  await context.stdout.write(shown.map(text).join("") + cursor);
  let seen = mark;
  while (selection.follow) {
    const before: Mark | undefined = seen;
    const news = await lab.until(
      (state) => {
        const { journal } = state.nodes[node]!;
        const last = journal.at(-1);
        if (!last || sameMark(markOf(journal, last), before)) return undefined;
        const fresh = linesAfter(journal, before).filter((line) => matches(line, selection, boot, scene));
        return { text: fresh.map(text).join(""), mark: markOf(journal, last) };
      },
      { signal: context.signal },
    );
    if (!news) return 0;
    seen = news.mark;
    await context.stdout.write(news.text);
  }
  return 0;
}

/** As many as were asked for, in the order that was asked for. */
function counted(lines: readonly JournalLine[], selection: Selection): readonly JournalLine[] {
  const { follow, noTail, reverse, fromOldest } = selection;
  const count =
    selection.count ?? (follow && !noTail ? 10 : selection.pager === "from-end" ? PAGER_END_LINES : undefined);
  const some =
    count === undefined ? lines : count === 0 ? [] : fromOldest ? lines.slice(0, count) : lines.slice(-count);
  return reverse ? some.toReversed() : some;
}

/** Prints entries one by one, and a line between two of different boots. */
function printer(
  selection: Selection,
  scene: JournalScene,
  jobs: ReadonlyMap<JournalLine, number>,
): (line: JournalLine) => string {
  const { format } = selection;
  const form = JOURNAL_FORMATS[format]!;
  const isShort = format.startsWith("short") || format === "with-unit";
  const separates = (isShort || format === "verbose") && !selection.quiet;
  let previous: JournalLine | undefined;
  return (line) => {
    const whole = form(line, { ...scene, ...(previous && { previous }) });
    const entry = isShort && !selection.withHost ? whole.replace(` ${scene.node} `, " ") : whole;
    const boot =
      separates && previous && previous.boot !== line.boot
        ? `${painted(scene.look ?? PLAIN_LOOK, "bold", `-- Boot ${bootId(scene.node, line.boot)} --`)}\n`
        : "";
    previous = line;
    const words = selection.explain && isShort && line.pid === 1 ? catalogueText(line.text, jobs.get(line) ?? 1) : "";
    return boot + entry + words;
  };
}

/** A job's number counts those of its boot before it; what tells of its end carries the same. */
function jobNumbers(journal: readonly JournalLine[]): Map<JournalLine, number> {
  const numbers = new Map<JournalLine, number>();
  const ofUnit = new Map<string, number>();
  let [boot, next] = [0, 1];
  for (const line of journal) {
    if (line.boot !== boot) [boot, next] = [line.boot, 1];
    if (line.pid !== 1) continue;
    if (beginsJob(line.text)) ofUnit.set(line.unit, next++);
    numbers.set(line, ofUnit.get(line.unit) ?? next);
  }
  return numbers;
}

async function answerInstead(context: ProgramContext, selection: Selection, boots: number[]): Promise<number> {
  const { node, lab } = context;
  const write = async (text: string) => {
    await context.stdout.write(text);
    return 0;
  };
  const { instead } = selection;
  switch (instead) {
    case "boots":
      return write(lab.read((state) => bootTable(journalWithKernel(state, node), node, boots, selection)));
    case "disk-usage":
      return write("Archived and active journals take up 8.0M in the file system.\n");
    case "version":
      return write(`systemd 252 (${SYSTEMD_VERSION})\n`);
    case "help":
      return write(
        "journalctl [OPTIONS...] [MATCHES...]\n\nQuery the journal.\n\nSee the journalctl(1) man page for details.\n",
      );
    case "verify": {
      await context.stderr.write(
        `PASS: /var/log/journal/${lab.read((state) => journalScene(state, node)).machineId}/system.journal\n`,
      );
      return 0;
    }
    case "nothing":
    case undefined:
      return 0;
    default: {
      const seen = lab.read((state) => {
        const scene = journalScene(state, node);
        const found = new Set<string>();
        for (const line of journalWithKernel(state, node)) {
          const fields = journalFields(line, scene);
          if (instead === "field-names") for (const name of Object.keys(fields)) found.add(name);
          else if (fields[instead.field] !== undefined) found.add(fields[instead.field]!);
        }
        return [...found].filter((text) => instead !== "field-names" || !text.startsWith("__"));
      });
      // As journalctl: what was written last is found first.
      return write(
        seen
          .toReversed()
          .map((text) => `${text}\n`)
          .join(""),
      );
    }
  }
}

function bootTable(journal: readonly JournalLine[], node: string, boots: number[], selection: Selection): string {
  const rows = boots.map((boot, at) => {
    const own = journal.filter((line) => line.boot === boot);
    return { index: at - boots.length + 1, id: bootId(node, boot), first: own[0]!.wallMs, last: own.at(-1)!.wallMs };
  });
  if (selection.reverse) rows.reverse();
  if (selection.format.startsWith("json")) {
    const objects = rows.map(({ index, id, first, last }) => ({
      index,
      boot_id: id,
      first_entry: first * 1000,
      last_entry: last * 1000,
    }));
    return `${JSON.stringify(objects)}\n`;
  }
  const text = rows.map(
    ({ index, id, first, last }) =>
      `${String(index).padStart(3)} ${id} ${systemdTimeText(first, selection.zone)} ${systemdTimeText(last, selection.zone)}\n`,
  );
  return `IDX BOOT ID                          FIRST ENTRY                 LAST ENTRY\n${text.join("")}`;
}

/** The number of the boot that is meant, or why there is none. */
function bootChosen({ id, offset }: BootChoice, boots: readonly number[], node: string): number | string {
  const from =
    id === undefined ? (offset > 0 ? -1 : boots.length - 1) : boots.findIndex((boot) => bootId(node, boot) === id);
  const found = id !== undefined && from < 0 ? undefined : boots[from + offset];
  if (found !== undefined) return found;
  const asked = id === undefined ? `${offset > 0 ? "+" : ""}${offset}` : `${id}${offset === 0 ? "" : offset}`;
  return `Data from the specified boot (${asked}) is not available: No such boot ID in journal\n`;
}

function afterCursor(
  journal: readonly JournalLine[],
  { cursor }: Selection,
  scene: JournalScene,
): readonly JournalLine[] {
  if (!cursor) return journal;
  const at = journal.findIndex((line) => cursorOf(line, scene) === cursor.text);
  return at < 0 ? [] : journal.slice(cursor.after ? at + 1 : at);
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

function matches(
  line: Readonly<JournalLine>,
  selection: Selection,
  boot: number | undefined,
  scene: JournalScene,
): boolean {
  const { units, identifiers, sinceMs, untilMs, priorities } = selection;
  if (units.length > 0 && !units.some((unit) => unit === line.unit || matchesPattern(line.unit, unit))) return false;
  if (identifiers.length > 0 && !identifiers.includes(line.identifier)) return false;
  if (selection.kernel && line.identifier !== "kernel") return false;
  if (boot !== undefined && line.boot !== boot) return false;
  if (selection.pattern && !selection.pattern.test(line.text)) return false;
  if (sinceMs !== undefined && line.wallMs < sinceMs) return false;
  if (untilMs !== undefined && line.wallMs > untilMs) return false;
  if (priorities && (line.priority < priorities[0] || line.priority > priorities[1])) return false;
  if (selection.matches.length === 0 && selection.facilities.length === 0) return true;
  const fields = journalFields(line, scene);
  if (selection.facilities.length > 0 && !selection.facilities.includes(fields.SYSLOG_FACILITY!)) return false;
  // Of one field any value will do, of different fields each has to fit.
  return (
    selection.matches.length === 0 ||
    selection.matches.some((group) =>
      group.every(([name]) => group.some(([field, value]) => field === name && fields[field] === value)),
    )
  );
}

/** Long names without a value, by the letter that means the same or for themselves. */
const LONG_FLAGS: Record<string, string> = {
  "--all": "-a",
  "--catalog": "-x",
  "--dmesg": "-k",
  "--fields": "-N",
  "--follow": "-f",
  "--full": "-l",
  "--help": "-h",
  "--merge": "-m",
  "--pager-end": "-e",
  "--quiet": "-q",
  "--reverse": "-r",
};

/** Long names with a value. */
const LONG_VALUES: Record<string, string> = {
  "--boot": "-b",
  "--cursor": "-c",
  "--directory": "-D",
  "--field": "-F",
  "--grep": "-g",
  "--identifier": "-t",
  "--lines": "-n",
  "--machine": "-M",
  "--output": "-o",
  "--priority": "-p",
  "--since": "-S",
  "--unit": "-u",
  "--until": "-U",
};

/** Letters that need a value. */
const NEED_VALUE = "cDFgtMopSuU";

function parse(args: string[], nowMs: number, zone: Zone): Selection | string {
  const selection: Selection = {
    units: [],
    identifiers: [],
    zone,
    count: undefined,
    fromOldest: false,
    follow: false,
    noTail: false,
    boot: undefined,
    matches: [],
    facilities: [],
    pattern: undefined,
    format: "short",
    only: undefined,
    instead: undefined,
    kernel: false,
    sinceMs: undefined,
    untilMs: undefined,
    cursor: undefined,
    showCursor: false,
    reverse: false,
    quiet: false,
    explain: false,
    priorities: undefined,
    withHost: true,
    pager: "from-start",
  };
  let grep: { text: string; ignoresCase: boolean | undefined } | undefined;
  let ignoresCase: boolean | undefined;
  let newGroup = true;
  const queue = args.flatMap((arg) => splitOption(arg));
  for (let i = 0; i < queue.length; i++) {
    const given = queue[i]!;
    const arg = LONG_FLAGS[given] ?? LONG_VALUES[given] ?? given;
    let value = "";
    const needs = (arg.length === 2 && NEED_VALUE.includes(arg[1]!)) || FURTHER_VALUES.has(arg);
    if (/^-[^-]/.test(arg) && needs) {
      const next = queue[++i];
      if (next === undefined)
        return given.startsWith("--")
          ? `journalctl: option '${given}' requires an argument\n`
          : `journalctl: option requires an argument -- '${arg[1]}'\n`;
      value = next;
    } else if (needs) {
      const next = queue[++i];
      if (next === undefined) return `journalctl: option '${given}' requires an argument\n`;
      value = next;
    }
    switch (arg) {
      case "-u":
        selection.units.push(unitPattern(value));
        break;
      case "-t":
        selection.identifiers.push(value);
        break;
      case "-n": {
        const next = queue[i + 1];
        const isCount = next !== undefined && /^(?:\+?\d+|all)$/.test(next);
        if (!isCount && next !== undefined && args.includes(`${given}=${next}`))
          return `Failed to parse lines '${next}'\n`;
        selection.count = isCount ? (next === "all" ? undefined : Number(next)) : 10;
        selection.fromOldest = isCount && next.startsWith("+");
        if (isCount) i += 1;
        break;
      }
      case "-f":
        selection.follow = true;
        break;
      case "--no-tail":
        selection.noTail = true;
        break;
      case "-r":
        selection.reverse = true;
        break;
      case "-k":
        selection.kernel = true;
        selection.boot ??= { offset: 0 };
        break;
      case "-b": {
        const found = /^([0-9a-f]{32})?([+-]?\d+)?$/.exec(queue[i + 1] ?? "-");
        selection.boot = { offset: 0 };
        if (queue[i + 1] === "all") selection.boot = undefined;
        else if (found && queue[i + 1] !== "")
          selection.boot = { ...(found[1] && { id: found[1] }), offset: Number(found[2] ?? 0) };
        else break;
        i += 1;
        break;
      }
      case "-g":
        grep = { text: value, ignoresCase: undefined };
        break;
      case "--case-sensitive":
        ignoresCase = /^(?:no|false|0|off|n|f)$/i.test(queue[i + 1] ?? "");
        if (args.includes(`--case-sensitive=${queue[i + 1]}`)) i += 1;
        break;
      case "--list-boots":
        selection.instead = "boots";
        break;
      case "--disk-usage":
        selection.instead = "disk-usage";
        break;
      case "--verify":
        selection.instead = "verify";
        break;
      case "--version":
        selection.instead = "version";
        break;
      case "-h":
        selection.instead = "help";
        break;
      case "-N":
        selection.instead = "field-names";
        break;
      case "-F":
        selection.instead = { field: value };
        break;
      case "--flush":
      case "--rotate":
      case "--sync":
        selection.instead = "nothing";
        break;
      case "-S":
      case "-U": {
        const at = instantOf(value, nowMs, zone);
        if (at === undefined) return `Failed to parse timestamp: ${value}\n`;
        if (arg === "-S") selection.sinceMs = at;
        else selection.untilMs = at;
        break;
      }
      case "-p": {
        const range = value.includes("..");
        const levels = value.split("..").map(priorityOf);
        if (levels.length > 2 || levels.some((level) => level < 0))
          return range ? `Failed to parse log level range ${value}\n` : `Unknown log level ${value}\n`;
        // One level stands for itself and all that are graver.
        selection.priorities = levels.length === 1 ? [0, levels[0]!] : [Math.min(...levels), Math.max(...levels)];
        break;
      }
      case "--facility": {
        if (value === "help") {
          selection.instead = "nothing";
          break;
        }
        for (const name of value.split(",")) {
          const number = /^\d+$/.test(name) ? Number(name) : FACILITIES.indexOf(name);
          if (number < 0 || number >= FACILITIES.length) return `Bad --facility= argument "${name}".\n`;
          selection.facilities.push(String(number));
        }
        break;
      }
      case "-o":
        if (!Object.hasOwn(JOURNAL_FORMATS, value)) return `Unknown output format '${value}'.\n`;
        selection.format = value;
        break;
      case "--output-fields":
        selection.only = new Set(value.split(","));
        break;
      case "-c":
      case "--after-cursor":
        selection.cursor = { text: value, after: arg !== "-c" };
        break;
      case "--show-cursor":
        selection.showCursor = true;
        break;
      case "-e":
        selection.pager = "from-end";
        break;
      case "--no-hostname":
        selection.withHost = false;
        break;
      case "--no-pager":
        selection.pager = "none";
        break;
      case "-q":
        selection.quiet = true;
        break;
      case "-x":
        selection.explain = true;
        break;
      case "-a":
      case "-l":
      case "-m":
      case "--no-full":
      case "--system":
        break;
      case "--utc":
        selection.zone = UTC;
        break;
      case "+":
        newGroup = true;
        break;
      default: {
        if (NOT_HERE.has(given) || NOT_HERE.has(arg)) return notModelled("journalctl", given);
        if (arg.startsWith("--")) return `journalctl: unrecognized option '${arg}'\n`;
        if (arg.startsWith("-")) return `journalctl: invalid option -- '${arg[1]}'\n`;
        const match = arg.startsWith("/") ? ["", "_EXE", arg] : /^([A-Z_][A-Z0-9_]*)=(.*)$/s.exec(arg);
        if (!match) return `Failed to add match '${arg}': Invalid argument\n`;
        if (newGroup) selection.matches.push([]);
        newGroup = false;
        selection.matches.at(-1)!.push([match[1]!, match[2]!]);
      }
    }
  }
  if (selection.sinceMs !== undefined && selection.untilMs !== undefined && selection.sinceMs > selection.untilMs)
    return "--since= must be before --until=.\n";
  if (grep) {
    try {
      // As journalctl: a pattern all in lower case ignores case.
      const lower = grep.text === grep.text.toLowerCase();
      selection.pattern = boundedExpression(grep.text, (ignoresCase ?? lower) ? "i" : "");
    } catch {
      return `Bad pattern "${grep.text}": ${patternFault(grep.text)}\n`;
    }
  }
  return selection;
}

/** Long names with a value and no letter. */
const FURTHER_VALUES: ReadonlySet<string> = new Set(["--after-cursor", "--facility", "--output-fields"]);

/** Known, and of no use to a journal that lies in the model. */
const NOT_HERE: ReadonlySet<string> = new Set(
  "-D -M --cursor-file --directory --dump-catalog --file --header --image --interval --list-catalog --machine --namespace --relinquish-var --root --setup-keys --smart-relinquish-var --update-catalog --user --user-unit --vacuum-files --vacuum-size --vacuum-time --verify-key --force".split(
    " ",
  ),
);

/** PCRE2's words for the faults that people make. */
function patternFault(text: string): string {
  if (/^[*+?]/.test(text)) return "quantifier does not follow a repeatable item";
  if (text.lastIndexOf("[") > text.lastIndexOf("]")) return "missing terminating ] for character class";
  const depth = text.replace(/\\./g, "").split("(").length - text.replace(/\\./g, "").split(")").length;
  return depth > 0 ? "missing closing parenthesis" : depth < 0 ? "unmatched closing parenthesis" : "compilation failed";
}

function unitPattern(name: string): string {
  if (/[*?[]/.test(name)) return name;
  const known = unitByName(name);
  return known ? `${known}.service` : /\.[a-z]+$/.test(name) ? name : `${name}.service`;
}

function priorityOf(word: string): number {
  const number = wholeNumber(word, 0);
  return number === undefined ? PRIORITIES.indexOf(word) : number <= 7 ? number : -1;
}

/** `--unit=x` becomes two words, `-n20` and `-xeu` are taken apart. */
function splitOption(arg: string): string[] {
  const long = /^(--[a-z-]+)=([\s\S]*)$/.exec(arg);
  if (long) return [long[1]!, long[2]!];
  const short = /^-([a-zA-Z])(.+)$/s.exec(arg);
  if (!short) return [arg];
  const [, option, rest] = short;
  if (`${NEED_VALUE}nb`.includes(option!)) return [`-${option}`, rest!];
  return [`-${option}`, ...splitOption(`-${rest}`)];
}
