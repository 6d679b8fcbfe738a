/**
 * A node's clock and zone: how far its clock is ahead of the right time, whether chrony keeps it, and /etc/localtime.
 *
 * chrony steps a clock at its start alone; afterwards it slews, at the most a twelfth of a second each second.
 */
import { log } from "../journal.ts";
import { nodeOf } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { UTC, type Zone, zoneNamed } from "./zone-time.ts";

export interface ClockState {
  /** How far ahead of the right time it was at `sinceMs`, milliseconds; negative when it is behind. */
  aheadMs: number;
  /** Model instant of that. */
  sinceMs: number;
  /** How far ahead the machine's own clock is, which a boot reads. */
  rtcAheadMs: number;
  /** chrony does not run: `timedatectl set-ntp false`. */
  ntpOff?: true;
}

export type ClockInputs = {
  /** Set a node's clock, milliseconds since 1970; `rtc` writes the machine's own clock, too. */
  "clock/set": { args: { node: string; wallMs: number; rtc?: boolean }; result: undefined };
  /** Copy one clock of the machine to the other: `hwclock --systohc` and `--hctosys`. */
  "clock/copy": { args: { node: string; from: "system" | "rtc" }; result: undefined };
  /** Start or stop chrony for good. */
  "clock/ntp": { args: { node: string; on: boolean }; result: undefined };
};

/** @source chrony.conf(5) maxslewrate: 83333.333 ppm */
const SLEW_RATE = 1 / 12;

export const clockInputs = {
  "clock/set": (lab: LabState, { node, wallMs, rtc }: ClockInputs["clock/set"]["args"]): undefined => {
    const aheadMs = wallMs - (lab.nowMs + lab.wallOffsetMs);
    setClock(lab, node, { aheadMs, ...(rtc && { rtcAheadMs: aheadMs }) });
    return undefined;
  },
  "clock/copy": (lab: LabState, { node, from }: ClockInputs["clock/copy"]["args"]): undefined => {
    const aheadMs = from === "rtc" ? rtcAheadMs(lab, node) : clockAheadMs(lab, node);
    setClock(lab, node, { aheadMs, rtcAheadMs: aheadMs });
    return undefined;
  },
  "clock/ntp": (lab: LabState, { node, on }: ClockInputs["clock/ntp"]["args"]): undefined => {
    // Its start steps the clock.
    const aheadMs = on ? 0 : clockAheadMs(lab, node);
    setClock(lab, node, { aheadMs });
    const { clock } = nodeOf(lab, node);
    if (on) delete clock?.ntpOff;
    else nodeOf(lab, node).clock = { aheadMs, sinceMs: lab.nowMs, rtcAheadMs: rtcAheadMs(lab, node), ntpOff: true };
    const chrony = "chrony.service - chrony, an NTP client/server";
    const say = (text: string) =>
      log(lab, node, { unit: "chrony.service", identifier: "systemd", pid: 1, text: `${text} ${chrony}` });
    say(on ? "Starting" : "Stopping");
    say(on ? "Started" : "Stopped");
    return undefined;
  },
};

function setClock(lab: LabState, node: string, change: Partial<ClockState>): void {
  const owner = nodeOf(lab, node);
  const before = owner.clock ?? { aheadMs: 0, rtcAheadMs: 0 };
  owner.clock = { ...before, aheadMs: clockAheadMs(lab, node), ...change, sinceMs: lab.nowMs };
}

/** How far a node's clock is ahead now, milliseconds. */
export function clockAheadMs(lab: Readonly<LabState>, node: string): number {
  const clock = lab.nodes[node]?.clock;
  if (!clock) return 0;
  if (clock.ntpOff || lab.nodes[node]!.power !== "on") return clock.aheadMs;
  const left = Math.max(0, Math.abs(clock.aheadMs) - (lab.nowMs - clock.sinceMs) * SLEW_RATE);
  return Math.sign(clock.aheadMs) * left;
}

/** How far the machine's own clock is ahead. */
export function rtcAheadMs(lab: Readonly<LabState>, node: string): number {
  return lab.nodes[node]?.clock?.rtcAheadMs ?? 0;
}

export function ntpIsOn(lab: Readonly<LabState>, node: string): boolean {
  return lab.nodes[node]?.clock?.ntpOff === undefined;
}

/** A boot reads the machine's own clock; chrony, which starts a little later, steps it. */
export function readClockAtBoot(lab: LabState, node: string): void {
  if (!nodeOf(lab, node).clock) return;
  setClock(lab, node, { aheadMs: ntpIsOn(lab, node) ? 0 : rtcAheadMs(lab, node) });
}

const ZONES = "/usr/share/zoneinfo/";

/** The node's time zone, to tell times in. */
export function nodeZone(lab: Readonly<LabState>, node: string): Zone {
  const name = zoneOf(lab, node);
  return name === "Etc/UTC" ? UTC : (zoneNamed(name) ?? UTC);
}

/** The name of the node's time zone: where /etc/localtime leads; UTC without one. */
export function zoneOf(lab: Readonly<LabState>, node: string): string {
  // Straight off its disk: the device's host has one, too, and a guest of the lab has none.
  const link = lab.nodes[node]?.files.entries["/etc/localtime"];
  const target = link?.type === "symlink" ? link.target : "";
  const at = target.indexOf(ZONES);
  return at >= 0 ? target.slice(at + ZONES.length) : "Etc/UTC";
}
