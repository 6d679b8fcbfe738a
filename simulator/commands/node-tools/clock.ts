/** The node's clock as its tools tell it: `timedatectl`, `chronyc`, `hwclock`. Forms of Debian 12, unverified. */
import { formatTime } from "../../shell/builtins/output.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { complain } from "../coreutils/arguments.ts";

const wallMs = (ctx: ProgramContext) => ctx.lab.read((lab) => lab.nowMs + lab.wallOffsetMs);

export const timedatectl: Program = async (ctx) => {
  const verb = ctx.argv.slice(1).find((word) => !word.startsWith("-")) ?? "status";
  if (verb === "list-timezones") {
    await ctx.stdout.write("Etc/UTC\nEurope/Berlin\nEurope/London\nEurope/Vienna\nAmerica/New_York\n");
    return 0;
  }
  if (verb === "show") {
    await ctx.stdout.write("Timezone=Etc/UTC\nLocalRTC=no\nCanNTP=yes\nNTP=yes\nNTPSynchronized=yes\n");
    return 0;
  }
  if (verb !== "status") {
    await complain(ctx, `${verb}: setting the clock is not modelled in this simulated node yet`);
    return 1;
  }
  const at = wallMs(ctx);
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
  const address = ctx.lab.read((lab) => lab.nodes[ctx.node]?.nics?.[0]?.address ?? "10.0.0.1").replace(/\.\d+$/, ".1");
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
