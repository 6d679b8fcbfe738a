/** The node's clock as its tools tell it: `timedatectl`, `chronyc`, `hwclock`. Forms of Debian 12, unverified. */
import { formatTime } from "../../shell/builtins/output.ts";
import type { Program } from "../../shell/process.ts";
import { type Arguments, complain, readArguments, UsageError } from "../coreutils/arguments.ts";
import { gatewayAddress } from "../coreutils/logins.ts";
import { wallMs } from "../coreutils/node-facts.ts";
import { notModelled } from "../printed.ts";

/** Those that people try. */
const ZONES = [
  "America/New_York",
  "America/Sao_Paulo",
  "Asia/Kolkata",
  "Asia/Tokyo",
  "Etc/UTC",
  "Europe/Berlin",
  "Europe/London",
  "Europe/Madrid",
  "Europe/Paris",
  "Europe/Vienna",
  "UTC",
];

const VERBS = [
  "set-time",
  "set-timezone",
  "set-local-rtc",
  "set-ntp",
  "timesync-status",
  "show-timesync",
  "ntp-servers",
  "revert",
];

export const timedatectl: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "ap:P:H:M:h", {
      all: "a",
      "property=": "p",
      value: "value",
      "no-pager": "_",
      "no-ask-password": "_",
      "adjust-system-clock": "_",
      monitor: "monitor",
      "host=": "H",
      "machine=": "M",
    });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    await complain(ctx, error.message);
    return 1;
  }
  const [verb = "status", value] = args.operands;
  if (verb === "list-timezones") {
    await ctx.stdout.write(`${ZONES.join("\n")}\n`);
    return 0;
  }
  const at = wallMs(ctx);
  if (verb === "show") {
    const all: Record<string, string> = {
      Timezone: "Etc/UTC",
      LocalRTC: "no",
      CanNTP: "yes",
      NTP: "yes",
      NTPSynchronized: "yes",
      TimeUSec: formatTime("%a %F %T UTC", at),
      RTCTimeUSec: formatTime("%a %F %T UTC", at),
    };
    const wanted = (args.flags.get("p") ?? args.flags.get("P"))?.split(",") ?? Object.keys(all);
    const bare = args.flags.has("value") || args.flags.has("P");
    const shown = wanted.filter((name) => all[name] !== undefined);
    await ctx.stdout.write(shown.map((name) => `${bare ? "" : `${name}=`}${all[name]}\n`).join(""));
    return 0;
  }
  if (verb !== "status") {
    const unknownZone = verb === "set-timezone" && value !== undefined && !ZONES.includes(value);
    const text = !VERBS.includes(verb)
      ? `Unknown command verb ${verb}.\n`
      : verb.startsWith("set-") && value === undefined
        ? "Too few arguments.\n"
        : unknownZone
          ? `Failed to set time zone: Invalid or not installed time zone '${value}'\n`
          : notModelled("timedatectl", verb);
    // Where a node's zone is UTC already, nothing is to be done.
    if (verb === "set-timezone" && (value === "UTC" || value === "Etc/UTC")) return 0;
    await ctx.stderr.write(text);
    return 1;
  }
  const rows: [string, string][] = [
    ["Local time", formatTime("%a %F %T UTC", at)],
    ["Universal time", formatTime("%a %F %T UTC", at)],
    ["RTC time", formatTime("%a %F %T", at)],
    ["Time zone", "Etc/UTC (UTC, +0000)"],
    ["System clock synchronized", "yes"],
    ["NTP service", "active"],
    ["RTC in local TZ", "no"],
  ];
  await ctx.stdout.write(rows.map(([name, text]) => `${name.padStart(25)}: ${text}\n`).join(""));
  return 0;
};

export const hwclock: Program = async (ctx) => {
  await ctx.stdout.write(`${formatTime("%F %T.000000+00:00", wallMs(ctx))}\n`);
  return 0;
};

/** The time server of a lab is its gateway; clocks of a lab's nodes agree. */
export const chronyc: Program = async (ctx) => {
  const verb = ctx.argv.slice(1).find((word) => !word.startsWith("-")) ?? "";
  const address = ctx.lab.read((lab) => gatewayAddress(lab, ctx.node));
  const rows: [string, string][] = [
    [
      "Reference ID",
      `${address
        .split(".")
        .map((part) => Number(part).toString(16).toUpperCase().padStart(2, "0"))
        .join("")} (${address})`,
    ],
    ["Stratum", "3"],
    ["Ref time (UTC)", formatTime("%a %b %d %H:%M:%S %Y", wallMs(ctx) - 41_000)],
    ["System time", "0.000012431 seconds fast of NTP time"],
    ["Last offset", "+0.000008127 seconds"],
    ["RMS offset", "0.000021304 seconds"],
    ["Leap status", "Normal"],
  ];
  if (verb === "tracking") await ctx.stdout.write(rows.map(([name, text]) => `${name.padEnd(16)}: ${text}\n`).join(""));
  else if (verb === "sources" || verb === "sourcestats") {
    await ctx.stdout.write(
      `MS Name/IP address         Stratum Poll Reach LastRx Last sample               \n===============================================================================\n^* ${address.padEnd(27)}  2   6   377    41   +12us[  +20us] +/-   14ms\n`,
    );
  } else if (verb === "") {
    await ctx.stderr.write(
      "chronyc: its prompt is not modelled in this simulated node yet; use chronyc tracking or chronyc sources\n",
    );
    return 1;
  } else {
    await complain(ctx, `${verb}: not modelled in this simulated node yet`);
    return 1;
  }
  return 0;
};
