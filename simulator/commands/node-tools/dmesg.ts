/** dmesg: the kernel's messages since the node's start. @source util-linux 2.38: forms as its dmesg printed them */

import type { JournalLine } from "../../cluster/journal.ts";
import type { Zone } from "../../cluster/node-settings/zone-time.ts";
import { wallNowMs } from "../../cluster/wall-clock.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { zoneOfProgram } from "../../shell/process-zone.ts";
import { formatTime } from "../../shell/time-text.ts";
import { type Arguments, complain, readArguments, refuseUsage } from "../coreutils/arguments.ts";
import { page } from "../coreutils/less/less.ts";
import { notModelled } from "../printed.ts";
import { instantOf } from "../systemd/instants.ts";
import { bootStartMs, kernelLog } from "../systemd/kernel-log.ts";

const LEVELS = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"];
const FACILITIES = ["kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news"];

export const dmesg: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "CcDEF:f:HJkLl:n:PprSs:uwWxdeTthV", {
      clear: "C",
      "read-clear": "c",
      "console-off": "D",
      "console-on": "E",
      "file=": "F",
      "facility=": "f",
      human: "H",
      json: "J",
      kernel: "k",
      "color?": "L",
      "level=": "l",
      "console-level=": "n",
      nopager: "P",
      "force-prefix": "p",
      raw: "r",
      syslog: "S",
      "buffer-size=": "s",
      userspace: "u",
      follow: "w",
      "follow-new": "W",
      decode: "x",
      "show-delta": "d",
      reltime: "e",
      ctime: "T",
      notime: "t",
      "time-format=": "time-format",
      "since=": "since",
      "until=": "until",
      noescape: "noescape",
      version: "V",
      help: "h",
    });
  } catch (error) {
    return refuseUsage(ctx, error);
  }
  const { flags } = args;
  const refuse = async (text: string) => {
    await complain(ctx, text);
    return 1;
  };
  if (args.operands.length > 0) return refuse("bad usage\nTry 'dmesg --help' for more information.");
  if (flags.has("V")) {
    await ctx.stdout.write("dmesg from util-linux 2.38.1\n");
    return 0;
  }
  if (flags.has("h")) {
    await ctx.stdout.write(
      "\nUsage:\n dmesg [options]\n\nDisplay or control the kernel ring buffer.\n\nFor more details see dmesg(1).\n",
    );
    return 0;
  }
  for (const option of ["C", "c", "F"]) {
    if (!flags.has(option)) continue;
    await ctx.stderr.write(notModelled("dmesg", `-${option}`));
    return 1;
  }
  const lists = { l: ["level", LEVELS], f: ["facility", FACILITIES] } as const;
  for (const [option, [what, known]] of Object.entries(lists)) {
    const bad = flags
      .get(option)
      ?.split(",")
      .find((name) => !known.includes(name));
    if (bad !== undefined) return refuse(`unknown ${what} '${bad}'`);
  }
  if (flags.has("D") || flags.has("E") || flags.has("n")) return 0;
  const timeFormat = flags.get("time-format");
  if (timeFormat !== undefined && !["delta", "reltime", "ctime", "notime", "iso"].includes(timeFormat))
    return refuse(`unknown time format: ${timeFormat}`);
  const nowMs = ctx.lab.read((lab) => wallNowMs(lab, ctx.node));
  const range: Record<string, number | undefined> = {};
  for (const option of ["since", "until"]) {
    const text = flags.get(option);
    if (text === undefined) continue;
    range[option] = instantOf(text, nowMs, zoneOfProgram(ctx));
    if (range[option] === undefined) return refuse(`invalid time value "${text}"`);
  }
  const levels = flags.get("l")?.split(",");
  const facilities = flags.get("f")?.split(",");
  const wanted = (line: JournalLine) =>
    (!levels || levels.includes(LEVELS[line.priority]!)) &&
    (!facilities || facilities.includes("kern")) &&
    (!flags.has("u") || flags.has("k")) &&
    (range.since === undefined || line.wallMs >= range.since) &&
    (range.until === undefined || line.wallMs <= range.until);
  const { lines, boot, startMs } = ctx.lab.read((lab) => ({
    lines: kernelLog(lab, ctx.node),
    boot: lab.nodes[ctx.node]?.bootCount,
    startMs: lab.nodes[ctx.node] ? bootStartMs(lab, ctx.node) : 0,
  }));
  const render = renderer(args, startMs, timeFormat, zoneOfProgram(ctx));
  const text = flags.has("J") ? asJson(lines.filter(wanted), startMs) : lines.filter(wanted).map(render).join("");
  if (!flags.has("W")) {
    // -H opens a pager on a terminal.
    if (flags.has("H") && !flags.has("P") && !flags.has("w")) return page(ctx, text, { flags: new Set(["F", "X"]) });
    await ctx.stdout.write(text);
  }
  if (!flags.has("w") && !flags.has("W")) return 0;
  return follow(ctx, { boot, seen: lines.length, show: (line) => (wanted(line) ? render(line) : "") });
};

async function follow(
  ctx: ProgramContext,
  { boot, seen, show }: { boot: number | undefined; seen: number; show: (line: JournalLine) => string },
): Promise<number> {
  let known = seen;
  for (;;) {
    const fresh = await ctx.lab.until(
      (lab) => {
        if (lab.nodes[ctx.node]?.bootCount !== boot) return undefined;
        const own = kernelLog(lab, ctx.node);
        return own.length > known ? own.map((line) => ({ ...line })) : undefined;
      },
      { signal: ctx.signal },
    );
    for (const line of (fresh ?? []).slice(known)) await ctx.stdout.write(show(line));
    known = fresh?.length ?? known;
  }
}

function renderer(
  { flags }: Arguments,
  startMs: number,
  timeFormat: string | undefined,
  zone: Zone,
): (line: JournalLine) => string {
  const relative = flags.has("e") || flags.has("H") || timeFormat === "reltime";
  const delta = flags.has("d") || timeFormat === "delta";
  const ctime = flags.has("T") || timeFormat === "ctime";
  const plain = (flags.has("t") && !ctime) || timeFormat === "notime";
  let previous: number | undefined;
  return (line) => {
    const afterMs = Math.max(0, line.wallMs - startMs);
    const stepMs = previous === undefined ? 0 : Math.max(0, line.wallMs - previous);
    const isFirst = previous === undefined;
    previous = line.wallMs;
    const seconds = (ms: number, width: number) => (ms / 1000).toFixed(6).padStart(width);
    const clock = seconds(afterMs, 12);
    const step = delta ? ` <${seconds(stepMs, 12)}>` : "";
    const level = `${"kern".padEnd(6)}:${LEVELS[line.priority]!.padEnd(6)}: `;
    const time = flags.has("r")
      ? `[${clock}] `
      : plain
        ? ""
        : timeFormat === "iso"
          ? `${formatTime("%FT%T", line.wallMs, zone)},${String(line.wallMs % 1000).padStart(3, "0")}000${formatTime("%:z", line.wallMs, zone)} `
          : relative
            ? // The minute is told where it changes.
              `[${isFirst || stepMs >= 60_000 ? formatTime("%b%e %H:%M", line.wallMs, zone) : `${`+${(stepMs / 1000).toFixed(6)}`.padStart(11)}`}] `
            : ctime
              ? `[${formatTime("%a %b %e %H:%M:%S %Y", line.wallMs, zone)}${step}] `
              : `[${clock}${step}] `;
    if (flags.has("r")) return `<${line.priority}>${time}${line.text}\n`;
    return `${flags.has("x") ? level : ""}${time}${line.text}\n`;
  };
}

function asJson(lines: readonly JournalLine[], startMs: number): string {
  const items = lines.map(
    (line) =>
      `      {\n         "pri": ${line.priority},\n         "time": ${((line.wallMs - startMs) / 1000).toFixed(6).padStart(13)},\n         "msg": ${JSON.stringify(line.text)}\n      }`,
  );
  return `{\n   "dmesg": [\n${items.join(",")}\n   ]\n}\n`;
}
