/** A node's clock as its tools tell and set it: `timedatectl`, `chronyc`, `hwclock`. Forms of Debian 12, unverified. */
import { clockAheadMs, nodeZone, ntpIsOn, rtcAheadMs, zoneOf } from "../../cluster/node-settings/clock.ts";
import { isZoneName, UTC, zoneNames } from "../../cluster/node-settings/zone-time.ts";
import { changeZone } from "../../node-view/zone-files.ts";
import type { Program, ProgramContext } from "../../shell/process.ts";
import { zoneOfProgram } from "../../shell/process-zone.ts";
import { formatTime } from "../../shell/time-text.ts";
import { type Arguments, complain, readArguments, UsageError } from "../coreutils/arguments.ts";
import { gatewayAddress } from "../coreutils/logins.ts";
import { wallMs } from "../coreutils/node-facts.ts";
import { notModelled } from "../printed.ts";
import { instantOf } from "../systemd/instants.ts";

const VERBS = ["set-local-rtc", "timesync-status", "show-timesync", "ntp-servers", "revert"];

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
  const refuse = async (text: string) => {
    await ctx.stderr.write(text);
    return 1;
  };
  if (verb === "list-timezones") {
    await ctx.stdout.write(`${zoneNames().join("\n")}\n`);
    return 0;
  }
  const facts = clockFacts(ctx);
  if (verb === "show") {
    const zone = zoneOfProgram(ctx);
    const all: Record<string, string> = {
      Timezone: facts.zone,
      LocalRTC: "no",
      CanNTP: "yes",
      NTP: facts.ntp ? "yes" : "no",
      NTPSynchronized: facts.synchronized ? "yes" : "no",
      TimeUSec: formatTime("%a %F %T %Z", facts.wallMs, zone),
      RTCTimeUSec: formatTime("%a %F %T %Z", facts.rtcMs, zone),
    };
    const wanted = (args.flags.get("p") ?? args.flags.get("P"))?.split(",") ?? Object.keys(all);
    const bare = args.flags.has("value") || args.flags.has("P");
    const shown = wanted.filter((name) => all[name] !== undefined);
    await ctx.stdout.write(shown.map((name) => `${bare ? "" : `${name}=`}${all[name]}\n`).join(""));
    return 0;
  }
  if (verb.startsWith("set-") && value === undefined) return refuse("Too few arguments.\n");
  switch (verb) {
    case "status": {
      const zone = zoneOfProgram(ctx);
      const rows: [string, string][] = [
        ["Local time", formatTime("%a %F %T %Z", facts.wallMs, zone)],
        ["Universal time", formatTime("%a %F %T UTC", facts.wallMs)],
        ["RTC time", formatTime("%a %F %T", facts.rtcMs)],
        ["Time zone", `${facts.zone} (${formatTime("%Z, %z", facts.wallMs, zone)})`],
        ["System clock synchronized", facts.synchronized ? "yes" : "no"],
        ["NTP service", facts.ntp ? "active" : "inactive"],
        ["RTC in local TZ", "no"],
      ];
      await ctx.stdout.write(rows.map(([name, text]) => `${name.padStart(25)}: ${text}\n`).join(""));
      return 0;
    }
    case "set-timezone": {
      if (!isZoneName(value!))
        return refuse(`Failed to set time zone: Invalid or not installed time zone '${value}'\n`);
      if (ctx.user.uid !== 0) return refuse("Failed to set time zone: Interactive authentication required.\n");
      if (value === facts.zone) return 0;
      await changeZone(ctx.files, value!, `../usr/share/zoneinfo/${value}`);
      const abbreviation = ctx.lab.read((lab) => formatTime("%Z", facts.wallMs, nodeZone(lab, ctx.node)));
      tell(ctx, `Changed time zone to '${value}' (${abbreviation}).`);
      return 0;
    }
    case "set-ntp": {
      const on = /^(?:1|yes|y|true|t|on)$/i.test(value!);
      if (!on && !/^(?:0|no|n|false|f|off)$/i.test(value!))
        return refuse(`Failed to parse ntp setting '${value}': Invalid argument\n`);
      if (ctx.user.uid !== 0) return refuse("Failed to set ntp: Interactive authentication required.\n");
      if (on !== facts.ntp) ctx.lab.act("clock/ntp", { node: ctx.node, on });
      return 0;
    }
    case "set-time": {
      const at = instantOf(value!, facts.wallMs, zoneOfProgram(ctx));
      if (at === undefined) return refuse(`Failed to parse time specification '${value}': Invalid argument\n`);
      if (facts.ntp) return refuse("Failed to set time: Automatic time synchronization is enabled\n");
      if (ctx.user.uid !== 0) return refuse("Failed to set time: Interactive authentication required.\n");
      ctx.lab.act("clock/set", { node: ctx.node, wallMs: at, rtc: true });
      tell(ctx, `Changed local time to ${formatTime("%a %F %T %Z", at, zoneOfProgram(ctx))}`);
      return 0;
    }
    default:
      return refuse(VERBS.includes(verb) ? notModelled("timedatectl", verb) : `Unknown command verb ${verb}.\n`);
  }
};

/** systemd-timedated's line in the journal. */
function tell(ctx: ProgramContext, text: string): void {
  const line = { unit: "systemd-timedated.service", identifier: "systemd-timedated", pid: ctx.pid, priority: 6, text };
  ctx.lab.act("journal/write", { node: ctx.node, ...line });
}

function clockFacts(ctx: ProgramContext) {
  return ctx.lab.read((lab) => {
    const rightMs = lab.nowMs + lab.wallOffsetMs;
    const aheadMs = clockAheadMs(lab, ctx.node);
    const ntp = ntpIsOn(lab, ctx.node);
    return {
      zone: zoneOf(lab, ctx.node),
      ntp,
      aheadMs,
      // A clock that was set is not synchronized before chrony has brought it back.
      synchronized: ntp && aheadMs === 0,
      wallMs: rightMs + aheadMs,
      rtcMs: rightMs + rtcAheadMs(lab, ctx.node),
    };
  });
}

export const hwclock: Program = async (ctx) => {
  let args: Arguments;
  try {
    args = readArguments(ctx.argv, "rswuvl", {
      show: "r",
      get: "r",
      hctosys: "s",
      systohc: "w",
      utc: "u",
      verbose: "v",
      localtime: "l",
    });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    await ctx.stderr.write(notModelled("hwclock", ctx.argv[1] ?? ""));
    return 1;
  }
  const { flags } = args;
  if (flags.has("l")) {
    await ctx.stderr.write(notModelled("hwclock", "--localtime"));
    return 1;
  }
  if (flags.has("w") || flags.has("s")) {
    ctx.lab.act("clock/copy", { node: ctx.node, from: flags.has("w") ? "system" : "rtc" });
    return 0;
  }
  await ctx.stdout.write(`${formatTime("%F %T.000000%:z", clockFacts(ctx).rtcMs, zoneOfProgram(ctx))}\n`);
  return 0;
};

/** The time server of a lab is its gateway, whose clock is right. */
export const chronyc: Program = async (ctx) => {
  const verb = ctx.argv.slice(1).find((word) => !word.startsWith("-")) ?? "";
  const address = ctx.lab.read((lab) => gatewayAddress(lab, ctx.node));
  const { aheadMs, ntp } = clockFacts(ctx);
  if (verb !== "" && !ntp) {
    await ctx.stdout.write("506 Cannot talk to daemon\n");
    return 1;
  }
  const ahead = Math.abs(aheadMs) < 1 ? 0.000_012_431 : aheadMs / 1000;
  const rows: [string, string][] = [
    [
      "Reference ID",
      `${address
        .split(".")
        .map((part) => Number(part).toString(16).toUpperCase().padStart(2, "0"))
        .join("")} (${address})`,
    ],
    ["Stratum", "3"],
    ["Ref time (UTC)", formatTime("%a %b %d %H:%M:%S %Y", wallMs(ctx) - 41_000, UTC)],
    ["System time", `${Math.abs(ahead).toFixed(9)} seconds ${ahead < 0 ? "slow" : "fast"} of NTP time`],
    [
      "Last offset",
      `${ahead > 0 && aheadMs !== 0 ? "-" : "+"}${(aheadMs === 0 ? 0.000_008_127 : Math.abs(ahead)).toFixed(9)} seconds`,
    ],
    ["RMS offset", "0.000021304 seconds"],
    ["Leap status", "Normal"],
  ];
  if (verb === "tracking") await ctx.stdout.write(rows.map(([name, text]) => `${name.padEnd(16)}: ${text}\n`).join(""));
  else if (verb === "sources") {
    await ctx.stdout.write(
      `MS Name/IP address         Stratum Poll Reach LastRx Last sample               \n===============================================================================\n^* ${address.padEnd(27)}  2   6   377    41   +12us[  +20us] +/-   14ms\n`,
    );
  } else if (verb === "makestep") {
    ctx.lab.act("clock/set", { node: ctx.node, wallMs: wallMs(ctx) - aheadMs });
    await ctx.stdout.write("200 OK\n");
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
