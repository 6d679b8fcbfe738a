/** What a node tells of itself: `date`, `uptime`, `uname`, `whoami`, `id`, `nproc`, `tty`, `w`. */

import { loadAverage, NODE_CPUS } from "../../cluster/files/synthetic.ts";
import { hostNameOf } from "../../cluster/node-settings/host-name.ts";
import { UTC, type Zone } from "../../cluster/node-settings/zone-time.ts";
import { wallOffsetOf } from "../../cluster/wall-clock.ts";
import { KERNEL } from "../../shell/kernel-name.ts";
import { processTableOf } from "../../shell/node-process.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { zoneOfProgram } from "../../shell/process-zone.ts";
import { formatTime } from "../../shell/time-text.ts";
import { type Arguments, complain, pathIn, readArguments, reasonOf, refuseUsage, textOf } from "./arguments.ts";
import { parseDate, stampedDate } from "./date-phrase.ts";
import { type Failure, lineBatches } from "./line-batches.ts";
import { gatewayAddress, loginsOf } from "./logins.ts";

/** The node's wall clock, with its fractions of a millisecond. */
export function wallMs(ctx: Pick<ProgramContext, "lab" | "node">): number {
  return ctx.lab.read((lab) => lab.nowMs + wallOffsetOf(lab, ctx.node));
}

export const date: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "uRI?d:f:r:s:", {
      utc: "u",
      universal: "u",
      "rfc-email": "R",
      "iso-8601?": "I",
      "date=": "d",
      "reference=": "r",
      "file=": "f",
      "set=": "s",
      "rfc-3339=": "rfc-3339",
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags, operands } = args;
  const zone = flags.has("u") ? UTC : zoneOfProgram(ctx);
  let at = wallMs(ctx);
  if (flags.has("d")) {
    const parsed = parseDate(flags.get("d")!, at, zone);
    if (parsed === undefined) {
      await complain(ctx, `invalid date ‘${flags.get("d")}’`);
      return 1;
    }
    at = parsed;
  } else if (flags.has("r")) {
    try {
      at = (await ctx.files.stat(pathIn(ctx, flags.get("r")!))).mtimeMs;
    } catch (error) {
      await complain(ctx, `${flags.get("r")}: ${reasonOf(error)}`);
      return 1;
    }
  }
  const operand = operands[0];
  if (operands.length > 1) {
    await complain(ctx, `extra operand ‘${operands[1]}’`);
    await ctx.stderr.write("Try 'date --help' for more information.\n");
    return 1;
  }
  const setting = flags.get("s") ?? (operand?.startsWith("+") === false ? operand : undefined);
  if (setting !== undefined) {
    const wanted = flags.has("s") ? parseDate(setting, at, zone) : stampedDate(setting, "last", at, zone);
    if (wanted === undefined) {
      await complain(ctx, `invalid date ‘${setting}’`);
      return 1;
    }
    at = wanted;
    if (ctx.user.uid !== 0) await complain(ctx, "cannot set date: Operation not permitted");
    else ctx.lab.act("clock/set", { node: ctx.node, wallMs: at });
  }
  const iso: Record<string, string> = {
    "": "%F",
    date: "%F",
    hours: "%FT%H%:z",
    minutes: "%FT%H:%M%:z",
    seconds: "%FT%T%:z",
    ns: "%FT%T,%N%:z",
  };
  const precision = flags.get("I") ?? "";
  const chosen = precision === "" ? "" : Object.keys(iso).find((name) => name !== "" && name.startsWith(precision));
  if (chosen === undefined) {
    const known = ["hours", "minutes", "date", "seconds", "ns"].map((name) => `  - ‘${name}’\n`).join("");
    await ctx.stderr.write(
      `date: invalid argument ‘${precision}’ for ‘--iso-8601’\nValid arguments are:\n${known}Try 'date --help' for more information.\n`,
    );
    return 1;
  }
  const format =
    (setting === operand ? undefined : operand?.slice(1)) ??
    (flags.has("I")
      ? iso[chosen]!
      : flags.has("R")
        ? "%a, %d %b %Y %H:%M:%S %z"
        : flags.has("rfc-3339")
          ? ({ date: "%F", seconds: "%F %T%:z", ns: "%F %T.%N%:z" }[flags.get("rfc-3339")!] ?? "%F %T%:z")
          : /^(?:C|POSIX)(?:\.|$)/.test(localeOf(ctx))
            ? "%a %b %e %T %Z %Y"
            : "%a %b %e %I:%M:%S %p %Z %Y");
  if (!flags.has("f")) {
    await ctx.stdout.write(`${formatTime(format, at, zone)}\n`);
    return 0;
  }
  return datesOfFile(ctx, flags.get("f")!, format, at, zone);
};

/** `-f`: a date on each line. */
async function datesOfFile(
  ctx: ProgramContext,
  name: string,
  format: string,
  nowMs: number,
  zone: Zone,
): Promise<number> {
  const failure: Failure = { failed: false };
  for await (const batch of lineBatches(ctx, [name], failure)) {
    for (const text of batch.lines) {
      const at = parseDate(text, nowMs, zone);
      if (at !== undefined) await ctx.stdout.write(`${formatTime(format, at, zone)}\n`);
      else {
        failure.failed = true;
        await complain(ctx, `invalid date ‘${text}’`);
      }
    }
  }
  return failure.failed ? 1 : 0;
}

/** The locale in which times are written. */
function localeOf(ctx: ProgramContext): string {
  return ctx.env.get("LC_ALL") || ctx.env.get("LC_TIME") || ctx.env.get("LANG") || "C";
}

export const uptime: Program = async (ctx) => {
  if (ctx.argv[1] === "-s") {
    const bootedMs = ctx.lab.read((lab) => (lab.nodes[ctx.node]?.bootedAtMs ?? 0) + wallOffsetOf(lab, ctx.node));
    await ctx.stdout.write(`${formatTime("%F %T", bootedMs, zoneOfProgram(ctx))}\n`);
    return 0;
  }
  if (ctx.argv[1] === "-p") {
    const { days, hours, minutes } = upTimeOf(ctx);
    const parts = [
      days && `${days} day${days > 1 ? "s" : ""}`,
      hours && `${hours} hour${hours > 1 ? "s" : ""}`,
      `${minutes} minute${minutes === 1 ? "" : "s"}`,
    ];
    await ctx.stdout.write(`up ${parts.filter(Boolean).join(", ")}\n`);
    return 0;
  }
  await ctx.stdout.write(` ${uptimeText(ctx)}\n`);
  return 0;
};

function upTimeOf(ctx: ProgramContext): { days: number; hours: number; minutes: number } {
  const upMs = ctx.lab.read((lab) => lab.nowMs - (lab.nodes[ctx.node]?.bootedAtMs ?? 0));
  const all = Math.floor(upMs / 60_000);
  return { days: Math.floor(all / 1440), hours: Math.floor(all / 60) % 24, minutes: all % 60 };
}

/** What `uptime`, `w` and `top` begin with. */
export function uptimeText(ctx: ProgramContext): string {
  const { days, hours, minutes } = upTimeOf(ctx);
  const clock = hours ? `${String(hours).padStart(2)}:${String(minutes).padStart(2, "0")}` : `${minutes} min`;
  const users = loginsOf(ctx).length;
  const load = ctx.lab.read((lab) => loadAverage(lab, ctx.node)).join(", ");
  return `${formatTime("%H:%M:%S", wallMs(ctx), zoneOfProgram(ctx))} up ${days ? `${days} day${days > 1 ? "s" : ""}, ` : ""}${clock},  ${users} user${users === 1 ? "" : "s"},  load average: ${load}`;
}

export const who: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "abdHlmpqrstTuw", {
      all: "a",
      boot: "b",
      count: "q",
      heading: "H",
      runlevel: "r",
      users: "u",
      mesg: "T",
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags } = args;
  const { offsetMs, bootedAtMs, gateway } = ctx.lab.read((lab) => ({
    offsetMs: wallOffsetOf(lab, ctx.node),
    bootedAtMs: lab.nodes[ctx.node]?.bootedAtMs ?? 0,
    gateway: gatewayAddress(lab, ctx.node),
  }));
  const sessions = loginsOf(ctx);
  if (flags.has("q")) {
    await ctx.stdout.write(`${sessions.map((session) => session.user.name).join(" ")}\n# users=${sessions.length}\n`);
    return 0;
  }
  const all = flags.has("a");
  const zone = zoneOfProgram(ctx);
  const time = (atMs: number) => formatTime("%Y-%m-%d %H:%M", atMs + offsetMs, zone);
  const mark = all || flags.has("T") || flags.has("w");
  const line = (name: string, sign: string, place: string, atMs: number, rest: string) =>
    `${name.padEnd(8)}${mark ? ` ${sign}` : ""} ${place.padEnd(12)} ${time(atMs)}${rest}`.trimEnd();
  const rows: string[] = [];
  const onlySystem = (flags.has("b") || flags.has("r")) && !all && !flags.has("u");
  if (flags.has("H"))
    rows.push(
      `NAME    ${mark ? "  " : ""} LINE         TIME             ${all || flags.has("u") ? "IDLE          PID " : ""}COMMENT`,
    );
  if (flags.has("b") || all) rows.push(line("", " ", "system boot", bootedAtMs, ""));
  if (flags.has("r") || all) rows.push(line("", " ", "run-level 5", bootedAtMs, ""));
  for (const process of onlySystem ? [] : sessions) {
    const idle = all || flags.has("u") ? `   .      ${String(process.pid).padStart(9)}` : "";
    rows.push(line(process.user.name, "+", process.tty, process.startedAtMs, `${idle} (${gateway})`));
  }
  await ctx.stdout.write(rows.map((row) => `${row}\n`).join(""));
  return 0;
};

export const users: Program = async (ctx) => {
  const names = loginsOf(ctx).map((session) => session.user.name);
  if (names.length > 0) await ctx.stdout.write(`${names.join(" ")}\n`);
  return 0;
};

export const uname: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "asnrvmpio", {
      all: "a",
      "kernel-name": "s",
      nodename: "n",
      "kernel-release": "r",
      "kernel-version": "v",
      machine: "m",
      "operating-system": "o",
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const parts: [string, string][] = [
    ["s", "Linux"],
    ["n", ctx.lab.read((lab) => hostNameOf(lab, ctx.node))],
    ["r", KERNEL.release],
    ["v", KERNEL.version],
    ["m", "x86_64"],
    ["o", "GNU/Linux"],
  ];
  const wanted =
    args.flags.size === 0 ? ["s"] : args.flags.has("a") ? parts.map(([letter]) => letter) : [...args.flags.keys()];
  await ctx.stdout.write(
    `${parts
      .filter(([letter]) => wanted.includes(letter))
      .map(([, text]) => text)
      .join(" ")}\n`,
  );
  return 0;
};

export const whoami: Program = async (ctx) => {
  await ctx.stdout.write(`${ctx.user.name}\n`);
  return 0;
};

export const id: Program = async (ctx) => {
  const args = readArguments(ctx.argv, "ugGnr", { user: "u", group: "g", groups: "G", name: "n" });
  const name = args.operands[0] ?? ctx.user.name;
  const lines = async (path: string) => (await textOf(ctx, path)).split("\n").map((line) => line.split(":"));
  const users = await lines("/etc/passwd");
  // Who asks is root, whatever became of the file.
  const user = [...users, ["root", "x", "0", "0"]].find(([login, , uid]) => login === name || uid === name);
  if (!user) {
    await complain(ctx, `‘${name}’: no such user`);
    return 1;
  }
  const [login, , uid, gid] = user;
  const groups = await lines("/etc/group");
  const own: [string, string][] = [
    [gid!, groups.find((group) => group[2] === gid)?.[0] ?? (gid === "0" ? "root" : gid!)],
  ];
  for (const [group, , number, members] of groups)
    if (members?.split(",").includes(login!) && number !== gid) own.push([number!, group!]);
  const form = ([number, text]: [string, string]) => (args.flags.has("n") ? text : number);
  const full = (pairs: [string, string][]) => pairs.map(([number, text]) => `${number}(${text})`).join(",");
  let text = `uid=${full([[uid!, login!]])} gid=${full(own.slice(0, 1))} groups=${full(own)}`;
  if (args.flags.has("u")) text = form([uid!, login!]);
  else if (args.flags.has("g")) text = form(own[0]!);
  else if (args.flags.has("G")) text = own.map(form).join(" ");
  await ctx.stdout.write(`${text}\n`);
  return 0;
};

/** Lines of /etc/hosts: an address and its names. */
export async function etcHosts(ctx: ProgramContext): Promise<string[][]> {
  const text = await textOf(ctx, "/etc/hosts");
  return text
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim().split(/\s+/))
    .filter((words) => words.length > 1);
}

export const nproc: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "", { all: "all", "ignore=": "ignore" });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const ignored = args.flags.get("ignore") ?? "0";
  if (!/^\d+$/.test(ignored)) {
    await complain(ctx, `invalid number to ignore: ‘${ignored}’`);
    return 1;
  }
  await ctx.stdout.write(`${Math.max(1, NODE_CPUS - Number(ignored))}\n`);
  return 0;
};

export const tty: Program = async (ctx) => {
  const name = ctx.isTty.stdin ? processTableOf(ctx.lab, ctx.node).get(ctx.pid)?.tty : undefined;
  await ctx.stdout.write(name ? `/dev/${name}\n` : "not a tty\n");
  return name ? 0 : 1;
};
