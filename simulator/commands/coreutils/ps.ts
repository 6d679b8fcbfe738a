/** `ps`, in the forms that people type: `aux`, `-ef`, `-e`, `-o`, `-p`, `-C`, `-u`, `--forest`, `--sort`. */

import { NODE_CPUS, NODE_MEMORY_BYTES } from "../../cluster/files/synthetic.ts";
import { wallOffsetOf } from "../../cluster/wall-clock.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { zoneOfProgram } from "../../shell/process-zone.ts";
import { formatTime } from "../../shell/time-text.ts";
import { cgroupOf, type Listed, listAll, threadsOf, unitOf, userNumberOf } from "./process-list.ts";

interface Chosen {
  letters: string;
  pids?: string[];
  names?: string[];
  users?: string[];
  columns?: string[];
  noHead: boolean;
  forest: boolean;
  /** There is an option that nobody knows. */
  bad: boolean;
  sort?: string;
}

function read(words: readonly string[]): Chosen {
  const chosen: Chosen = { letters: "", noHead: false, forest: false, bad: false };
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const list = (glued: string) => (glued || words[++at] || "").split(/[,\s]+/).filter(Boolean);
    if (word === "--forest") chosen.forest = true;
    else if (word === "--no-headers" || word === "--no-heading") chosen.noHead = true;
    else if (word.startsWith("--sort")) chosen.sort = word.includes("=") ? word.slice(7) : words[++at]!;
    else if (word === "--pid" || word === "-p" || word === "p") chosen.pids = list("");
    else if (/^-?p\d/.test(word)) chosen.pids = list(word.replace(/^-?p/, ""));
    else if (/^\d+(,\d+)*$/.test(word)) chosen.pids = word.split(",");
    else if (/^-C/.test(word)) chosen.names = list(word.slice(2));
    else if (/^-[uU]/.test(word) && word !== "-u") chosen.users = list(word.slice(2));
    else if (word === "-u" || word === "-U" || word === "--user") chosen.users = list("");
    else if (/^-?[a-zA-Z]*o$/.test(word) || /^-o./.test(word)) {
      const glued = /^-o./.test(word) ? word.slice(2) : "";
      chosen.letters += glued ? "" : word.replace(/^-|o$/g, "");
      chosen.columns = [...(chosen.columns ?? []), ...list(glued)];
    } else if (word.startsWith("--")) chosen.bad = true;
    else chosen.letters += word.replace(/^-/, "");
    if (/^[a-z]/.test(word) && /[^-]*f/.test(word) && /u|x/.test(word)) chosen.forest = true;
  }
  if (chosen.letters.includes("H")) chosen.forest ||= true;
  return chosen;
}

export const ps: Program = async (ctx) => {
  const words = ctx.argv.slice(1);
  const chosen = read(words);
  const asked = chosen.columns?.map(columnNamed);
  const order = chosen.sort
    ?.split(",")
    .map((text) => ({ ...columnNamed(text.replace(/^[-+]/, "")), sign: text.startsWith("-") ? -1 : 1 }));
  const unknown = asked?.find((column) => !isKnown(column));
  const fault = chosen.bad
    ? "unknown gnu long option"
    : chosen.pids?.some((pid) => !/^\d+$/.test(pid))
      ? "process ID list syntax error"
      : order?.some((column) => !isKnown(column))
        ? "unknown sort specifier"
        : unknown && `unknown user-defined format specifier "${unknown.name}"`;
  if (fault) {
    await ctx.stderr.write(
      `error: ${fault}\n\nUsage:\n ps [options]\n\n Try 'ps --help <simple|list|output|threads|misc|all>'\n  or 'ps --help <s|l|o|t|m|a>'\n for additional help text.\n\nFor more details see ps(1).\n`,
    );
    return 1;
  }
  const all = listAll(ctx);
  const mine = all.find((process) => process.pid === ctx.pid)?.tty;
  let shown = chosen.pids
    ? all.filter((process) => chosen.pids!.includes(String(process.pid)))
    : chosen.names
      ? all.filter((process) => chosen.names!.includes(process.name))
      : chosen.users
        ? all.filter((process) => chosen.users!.includes(process.user))
        : /[eAx]|a.*x/.test(chosen.letters)
          ? all
          : /a/.test(chosen.letters)
            ? all.filter((process) => process.tty !== "?")
            : all.filter((process) => process.tty === mine);
  if (order) shown = sorted(ctx, shown, order);
  const prefix = chosen.forest ? branches(shown) : undefined;
  if (prefix) shown = [...prefix.keys()];
  const columns = asked ?? usualColumns(chosen.letters, !words[0]?.startsWith("-")).map(columnNamed);
  const text = table(ctx, shown, columns, { noHead: chosen.noHead, prefix });
  const width = ctx.isTty.stdout && !/ww/.test(chosen.letters) ? (ctx.tty?.columns ?? 80) : 100_000;
  await ctx.stdout.write(text.map((row) => `${row.slice(0, width)}\n`).join(""));
  return shown.length ? 0 : 1;
};

function usualColumns(letters: string, bsd: boolean): string[] {
  const has = (letter: string) => letters.includes(letter);
  if (bsd) {
    if (has("u")) return ["user", "pid", "%cpu", "%mem", "vsz", "rss", "tty", "stat", "start", "time", "command"];
    if (has("x")) return ["pid", "tty", "stat", "time", "command"];
  } else {
    if (has("F")) return ["uid_hack", "pid", "ppid", "c", "sz", "rss", "psr", "stime", "tty", "longtime", "cmd"];
    if (has("l"))
      return [
        "f",
        "state",
        "uid",
        "pid",
        "ppid",
        "c",
        "priority",
        "ni",
        "addr",
        "sz",
        "wchan",
        "tty",
        "longtime",
        "ucmd",
      ];
    if (has("j")) return ["pid", "pgid", "sid", "tty", "longtime", "ucmd"];
    if (has("f")) return ["uid_hack", "pid", "ppid", "c", "stime", "tty", "longtime", "cmd"];
  }
  return ["pid", "tty", "longtime", "ucmd"];
}

interface NamedColumn {
  /** As it was typed. */
  name: string;
  /** In COLUMNS, if it is known. */
  key: string;
  head: string | undefined;
}

/** Of `-o`: a name, and behind `=` its own heading. */
function columnNamed(text: string): NamedColumn {
  const [name = "", head] = text.split(/=(.*)/s);
  const lower = name.toLowerCase();
  return { name, key: ALIASES[lower] ?? lower, head };
}

const isKnown = ({ key }: NamedColumn) => Object.hasOwn(COLUMNS, key);

interface Column {
  head: string;
  width: number;
  left?: boolean;
  value(process: Listed, ctx: ProgramContext): string;
}

const startText = (format: string, process: Listed, ctx: ProgramContext) =>
  formatTime(
    format,
    ctx.lab.read((lab) => process.startedAtMs + wallOffsetOf(lab, ctx.node)),
    zoneOfProgram(ctx),
  );
const started = (process: Listed, ctx: ProgramContext) =>
  startText(ctx.lab.read((lab) => lab.nowMs) - process.startedAtMs > 86_400_000 ? "%b%d" : "%H:%M", process, ctx);
const elapsed = (process: Listed, ctx: ProgramContext) =>
  Math.floor((ctx.lab.read((lab) => lab.nowMs) - process.startedAtMs) / 1000);
const seconds = (process: Listed, ctx: ProgramContext) =>
  Math.floor(((ctx.lab.read((lab) => lab.nowMs) - process.startedAtMs) / 1000) * (process.cpu / 100));
const two = (value: number) => String(value).padStart(2, "0");
const memoryShare = (process: Listed) => ((process.resident * 1024 * 100) / NODE_MEMORY_BYTES).toFixed(1);

const COLUMNS: Record<string, Column> = {
  user: { head: "USER", width: 8, left: true, value: (process) => process.user },
  uid_hack: { head: "UID", width: 8, left: true, value: (process) => process.user },
  pid: { head: "PID", width: 7, value: (process) => String(process.pid) },
  ppid: { head: "PPID", width: 7, value: (process) => String(process.parent) },
  "%cpu": { head: "%CPU", width: 4, value: (process) => process.cpu.toFixed(1) },
  "%mem": { head: "%MEM", width: 4, value: memoryShare },
  vsz: { head: "VSZ", width: 6, value: (process) => String(process.virtual) },
  rss: { head: "RSS", width: 5, value: (process) => String(process.resident) },
  tty: { head: "TTY", width: 8, left: true, value: (process) => process.tty },
  stat: { head: "STAT", width: 4, left: true, value: (process) => process.state },
  state: { head: "S", width: 1, left: true, value: (process) => process.state[0]! },
  start: { head: "START", width: 5, value: started },
  stime: { head: "STIME", width: 5, value: started },
  lstart: {
    head: "STARTED",
    width: 24,
    value: (process, ctx) => startText("%a %b %e %H:%M:%S %Y", process, ctx),
  },
  etime: {
    head: "ELAPSED",
    width: 11,
    value: (process, ctx) => {
      const total = elapsed(process, ctx);
      const [days, hours, minutes] = [
        Math.floor(total / 86_400),
        Math.floor(total / 3600) % 24,
        Math.floor(total / 60) % 60,
      ];
      return `${days ? `${days}-` : ""}${days || hours ? `${two(hours)}:` : ""}${two(minutes)}:${two(total % 60)}`;
    },
  },
  c: { head: "C", width: 2, value: (process) => String(Math.floor(process.cpu)) },
  time: {
    head: "TIME",
    width: 6,
    value: (process, ctx) => `${Math.floor(seconds(process, ctx) / 60)}:${two(seconds(process, ctx) % 60)}`,
  },
  longtime: {
    head: "TIME",
    width: 8,
    value: (process, ctx) => {
      const total = seconds(process, ctx);
      return `${two(Math.floor(total / 3600))}:${two(Math.floor(total / 60) % 60)}:${two(total % 60)}`;
    },
  },
  ucmd: { head: "CMD", width: 15, left: true, value: (process) => process.name },
  comm: { head: "COMMAND", width: 15, left: true, value: (process) => process.name },
  euid: { head: "UID", width: 5, value: (process) => String(userNumberOf(process)) },
  gid: { head: "GID", width: 5, value: (process) => String(userNumberOf(process)) },
  group: { head: "GROUP", width: 8, left: true, value: (process) => process.user },
  pgid: { head: "PGID", width: 7, value: (process) => String(process.pid) },
  sid: { head: "SID", width: 7, value: (process) => String(process.parent === 1 ? process.pid : process.parent) },
  tpgid: { head: "TPGID", width: 7, value: (process) => (process.tty === "?" ? "-1" : String(process.pid)) },
  nlwp: { head: "NLWP", width: 4, value: (process) => String(threadsOf(process)) },
  pri: { head: "PRI", width: 3, value: (process) => (process.name === "corosync" ? "139" : "19") },
  priority: { head: "PRI", width: 3, value: (process) => (process.name === "corosync" ? "-100" : "20") },
  ni: { head: "NI", width: 3, value: (process) => (process.name === "corosync" ? "-" : "0") },
  cls: { head: "CLS", width: 3, value: (process) => (process.name === "corosync" ? "RR" : "TS") },
  rtprio: { head: "RTPRIO", width: 6, value: (process) => (process.name === "corosync" ? "99" : "-") },
  psr: { head: "PSR", width: 3, value: (process) => String(process.pid % NODE_CPUS) },
  sz: { head: "SZ", width: 5, value: (process) => String(Math.floor(process.virtual / 4)) },
  f: { head: "F", width: 1, value: () => "4" },
  addr: { head: "ADDR", width: 4, left: true, value: () => "-" },
  wchan: { head: "WCHAN", width: 6, left: true, value: (process) => (process.state.startsWith("R") ? "-" : "do_epo") },
  times: { head: "TIME", width: 8, value: (process, ctx) => String(seconds(process, ctx)) },
  etimes: { head: "ELAPSED", width: 7, value: (process, ctx) => String(elapsed(process, ctx)) },
  unit: {
    head: "UNIT",
    width: 27,
    left: true,
    value: (process, ctx) =>
      unitOf(ctx, process.pid) ?? (process.pid === 1 ? "init.scope" : process.tty === "?" ? "-" : "session-1.scope"),
  },
  cgroup: { head: "CGROUP", width: 27, left: true, value: (process, ctx) => cgroupOf(ctx, process.pid) },
  command: { head: "COMMAND", width: 27, left: true, value: (process) => process.command },
  cmd: { head: "CMD", width: 27, left: true, value: (process) => process.command },
};

const ALIASES: Record<string, string> = {
  uid: "euid",
  args: "command",
  pcpu: "%cpu",
  pmem: "%mem",
  euser: "user",
  ruser: "user",
  tt: "tty",
  tname: "tty",
  s: "state",
  thcount: "nlwp",
  nice: "ni",
  class: "cls",
  pgrp: "pgid",
  sess: "sid",
  session: "sid",
  egroup: "group",
  rgroup: "group",
  egid: "gid",
  rgid: "gid",
  ruid: "euid",
  uname: "user",
  ucomm: "comm",
  flags: "f",
  bsdtime: "time",
  cputime: "longtime",
  cputimes: "times",
  rsz: "rss",
  fname: "comm",
  vsize: "vsz",
  rssize: "rss",
  start_time: "start",
};

function table(
  ctx: ProgramContext,
  processes: readonly Listed[],
  asked: readonly NamedColumn[],
  options: { noHead: boolean; prefix: ReadonlyMap<Listed, string> | undefined },
): string[] {
  const columns = asked.map(({ key, head }): Column => ({ ...COLUMNS[key]!, ...(head !== undefined && { head }) }));
  const cells = processes.map((process) =>
    columns.map((column) => {
      const text = column.value(process, ctx);
      return /^(CMD|COMMAND)$/.test(column.head) && options.prefix
        ? `${options.prefix.get(process) ?? ""}${text}`
        : text;
    }),
  );
  const rows =
    options.noHead || columns.every(({ head }) => head === "")
      ? cells
      : [columns.map((column) => column.head), ...cells];
  const widths = columns.map((column, at) =>
    at === columns.length - 1 && column.left ? 0 : Math.max(column.width, ...rows.map((row) => row[at]!.length)),
  );
  return rows.map((row) =>
    row
      .map((cell, at) => (columns[at]!.left ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join(" ")
      .trimEnd(),
  );
}

/** Columns whose text is not in the order of what it tells. */
const MEASURES: Record<string, (process: Listed, ctx: ProgramContext) => number> = {
  "%cpu": (process) => process.cpu,
  "%mem": (process) => process.resident,
  etime: elapsed,
  longtime: seconds,
  lstart: (process) => process.startedAtMs,
  start: (process) => process.startedAtMs,
  stime: (process) => process.startedAtMs,
  time: seconds,
};

/** By the first column, then by the others. */
function sorted(
  ctx: ProgramContext,
  processes: readonly Listed[],
  order: readonly (NamedColumn & { sign: number })[],
): Listed[] {
  const sortedBy = (process: Listed, key: string): number | string => {
    const measured = MEASURES[key]?.(process, ctx);
    if (measured !== undefined) return measured;
    const text = COLUMNS[key]!.value(process, ctx);
    return Number.isNaN(Number(text)) ? text : Number(text);
  };
  const rows = processes.map((process) => ({ process, values: order.map(({ key }) => sortedBy(process, key)) }));
  return rows
    .sort((a, b) => {
      for (const [at, { sign }] of order.entries()) {
        const [left, right] = [a.values[at]!, b.values[at]!];
        if (left !== right) return (left < right ? -1 : 1) * sign;
      }
      return 0;
    })
    .map(({ process }) => process);
}

/** Parents before their children, with the lines that lead to them. */
function branches(processes: readonly Listed[]): Map<Listed, string> {
  const out = new Map<Listed, string>();
  const pids = new Set(processes.map((process) => process.pid));
  const visit = (process: Listed, depth: number) => {
    if (out.has(process)) return;
    out.set(process, depth === 0 ? "" : `${"    ".repeat(depth - 1)} \\_ `);
    for (const child of processes) if (child.parent === process.pid && process.pid !== 1) visit(child, depth + 1);
  };
  for (const process of processes)
    if (process.pid === 1 || !pids.has(process.parent) || process.parent === 1) visit(process, 0);
  for (const process of processes) visit(process, 0);
  return out;
}
