/** What journalctl is asked for: its options, and the words that are fields. @source systemd 252; texts as its journalctl printed them */
import { UTC, type Zone } from "../../cluster/node-settings/zone-time.ts";
import { unitByName } from "../../cluster/services/units.ts";
import { boundedExpression } from "../../shell/bounded-expression.ts";
import { wholeNumber } from "../getopt.ts";
import { notModelled } from "../printed.ts";
import { instantOf } from "./instants.ts";
import { FACILITIES, JOURNAL_FORMATS } from "./journal-text.ts";
/** Which boots: every one, or one counted from the present (0, -1), from the first (1, 2), or from one with an id. */
export type BootChoice = { id?: string; offset: number };

export interface Selection {
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

const PRIORITIES = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

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

/** @returns a text that refuses them otherwise */
export function parse(args: string[], nowMs: number, zone: Zone): Selection | string {
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
