/** `ps`, in the forms that people type: `aux`, `-ef`, `-e`, `-o`, `-p`, `-C`, `-u`, `--forest`, `--sort`. */
import { NODE_MEMORY_BYTES } from "../../cluster/files/synthetic.ts";
import { formatTime } from "../../shell/builtins/output.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { type Listed, listAll } from "./process-list.ts";

interface Chosen {
  letters: string;
  pids?: string[];
  names?: string[];
  users?: string[];
  columns?: string[];
  noHead: boolean;
  forest: boolean;
  sort?: string;
}

/** @returns what is wanted, or the option that nobody knows */
function read(words: readonly string[]): Chosen | { bad: string } {
  const chosen: Chosen = { letters: "", noHead: false, forest: false };
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
    } else if (word.startsWith("--")) return { bad: word };
    else chosen.letters += word.replace(/^-/, "");
    if (/^[a-z]/.test(word) && /[^-]*f/.test(word) && /u|x/.test(word)) chosen.forest = true;
  }
  if (chosen.letters.includes("H")) chosen.forest ||= true;
  return chosen;
}

export const ps: Program = async (ctx) => {
  const words = ctx.argv.slice(1);
  const chosen = read(words);
  if ("bad" in chosen) {
    await ctx.stderr.write(
      `error: unknown gnu long option\n\nUsage:\n ps [options]\n\n Try 'ps --help <simple|list|output|threads|misc|all>'\n  or 'ps --help <s|l|o|t|m|a>'\n for additional help text.\n`,
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
  if (chosen.sort) shown = sorted(shown, chosen.sort);
  const prefix = chosen.forest ? branches(shown) : undefined;
  if (prefix) shown = [...prefix.keys()];
  const bsd = !words[0]?.startsWith("-");
  const columns =
    chosen.columns ??
    (/u/.test(chosen.letters) && bsd
      ? ["user", "pid", "%cpu", "%mem", "vsz", "rss", "tty", "stat", "start", "time", "command"]
      : /f/.test(chosen.letters) && !bsd
        ? ["uid", "pid", "ppid", "c", "stime", "tty", "longtime", "cmd"]
        : /x/.test(chosen.letters) && bsd
          ? ["pid", "tty", "stat", "time", "command"]
          : ["pid", "tty", "longtime", "comm"]);
  const text = table(ctx, shown, columns, { noHead: chosen.noHead, prefix });
  const width = ctx.isTty.stdout && !/ww/.test(chosen.letters) ? (ctx.tty?.columns ?? 80) : 100_000;
  await ctx.stdout.write(text.map((row) => `${row.slice(0, width)}\n`).join(""));
  return shown.length ? 0 : 1;
};

interface Column {
  head: string;
  width: number;
  left?: boolean;
  value(process: Listed, ctx: ProgramContext): string;
}

const started = (process: Listed, ctx: ProgramContext) => {
  const { now, wall } = ctx.lab.read((lab) => ({ now: lab.nowMs, wall: lab.nowMs + lab.wallOffsetMs }));
  return formatTime(now - process.startedAtMs > 86_400_000 ? "%b%d" : "%H:%M", wall - (now - process.startedAtMs));
};
const seconds = (process: Listed, ctx: ProgramContext) =>
  Math.floor(((ctx.lab.read((lab) => lab.nowMs) - process.startedAtMs) / 1000) * (process.cpu / 100));
const two = (value: number) => String(value).padStart(2, "0");
const memoryShare = (process: Listed) => ((process.resident * 1024 * 100) / NODE_MEMORY_BYTES).toFixed(1);

const COLUMNS: Record<string, Column> = {
  user: { head: "USER", width: 8, left: true, value: (process) => process.user },
  uid: { head: "UID", width: 8, left: true, value: (process) => process.user },
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
    value: (process, ctx) =>
      formatTime(
        "%a %b %e %H:%M:%S %Y",
        ctx.lab.read((lab) => process.startedAtMs + lab.wallOffsetMs),
      ),
  },
  etime: {
    head: "ELAPSED",
    width: 11,
    value: (process, ctx) => {
      const total = Math.floor((ctx.lab.read((lab) => lab.nowMs) - process.startedAtMs) / 1000);
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
  comm: { head: "CMD", width: 15, left: true, value: (process) => process.name },
  command: { head: "COMMAND", width: 27, left: true, value: (process) => process.command },
  cmd: { head: "CMD", width: 27, left: true, value: (process) => process.command },
};
const ALIASES: Record<string, string> = {
  args: "command",
  pcpu: "%cpu",
  pmem: "%mem",
  euser: "user",
  ruser: "user",
  tt: "tty",
  tname: "tty",
  s: "state",
  ucmd: "comm",
  vsize: "vsz",
  rssize: "rss",
  start_time: "start",
};

function table(
  ctx: ProgramContext,
  processes: readonly Listed[],
  names: readonly string[],
  options: { noHead: boolean; prefix: ReadonlyMap<Listed, string> | undefined },
): string[] {
  const columns = names.map((name) => {
    const [key, given] = name.toLowerCase().split("=") as [string, string | undefined];
    const known = COLUMNS[ALIASES[key] ?? key];
    const head =
      given ??
      (ALIASES[key] === "command"
        ? "COMMAND"
        : key === "comm" && names.includes(key) && names.length < 4
          ? known?.head
          : known?.head);
    return known ? { ...known, head: head ?? "" } : { head: key.toUpperCase(), width: 4, value: () => "-" };
  });
  const cells = processes.map((process) =>
    columns.map((column) => {
      const text = column.value(process, ctx);
      return /^(CMD|COMMAND)$/.test(column.head) && options.prefix
        ? `${options.prefix.get(process) ?? ""}${text}`
        : text;
    }),
  );
  const rows =
    options.noHead || names.every((name) => name.endsWith("="))
      ? cells
      : [columns.map((column) => column.head), ...cells];
  const widths = columns.map((column, at) =>
    at === columns.length - 1 && "left" in column && column.left
      ? 0
      : Math.max(column.width, ...rows.map((row) => row[at]!.length)),
  );
  return rows.map((row) =>
    row
      .map((cell, at) =>
        "left" in columns[at]! && columns[at]!.left ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!),
      )
      .join(" ")
      .trimEnd(),
  );
}

export function sorted(processes: readonly Listed[], by: string): Listed[] {
  const key = by.replace(/^[-+]/, "");
  const sign = by.startsWith("-") ? -1 : 1;
  const value = (process: Listed): number | string =>
    ({
      "%cpu": process.cpu,
      pcpu: process.cpu,
      "%mem": process.resident,
      pmem: process.resident,
      rss: process.resident,
      vsz: process.virtual,
      pid: process.pid,
      ppid: process.parent,
      start_time: process.startedAtMs,
      comm: process.name,
      user: process.user,
    })[key] ?? process.pid;
  return processes.toSorted((a, b) => {
    const [left, right] = [value(a), value(b)];
    return (left < right ? -1 : left > right ? 1 : 0) * sign;
  });
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
