/** Words and numbers of a migration's log. @source recordings 23-28, guests/01-12, 50-54 */

import { say } from "../jobs/jobs.ts";
import type { JobState } from "../jobs/jobs-state.ts";
import { nodeZone } from "../node-settings/clock.ts";
import { localOfInstant } from "../node-settings/zone-time.ts";
import type { LabState } from "../state.ts";
import { wallNowMs } from "../wall-clock.ts";

/** Write a line of the worker's log, with its time. */
export function logLine(lab: LabState, job: JobState, text: string): void {
  say(lab, job, `${stamp(lab, job.node)} ${text}`);
}

/** `2026-11-23 00:17:55`. */
function stamp(lab: Readonly<LabState>, node: string): string {
  return new Date(localOfInstant(nodeZone(lab, node), wallNowMs(lab, node)))
    .toISOString()
    .slice(0, 19)
    .replace("T", " ");
}

/** `345.0 MiB`, `1.0 GiB`, `960.0 KiB`. @param bytes 0 or more */
export function bytesText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}

export const mibText = (mib: number) => bytesText(mib * 1024 * 1024);

/** `(duration 00:00:08)`. */
export function durationText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** How the worker reaches the other node. */
export function sshCommand(target: string, address: string, command: string): string {
  return `/usr/bin/ssh -e none -o 'BatchMode=yes' -o 'HostKeyAlias=${target}' -o 'UserKnownHostsFile=/etc/pve/nodes/${target}/ssh_known_hosts' -o 'GlobalKnownHostsFile=none' root@${address} ${command}`;
}

/** dd's line on its way: `286535680 bytes (287 MB, 273 MiB) copied, 3 s, 95.5 MB/s`. */
export function ddLine(bytes: number, seconds: number, last: boolean): string {
  const amount = (value: number, base: number, names: string[]) => {
    let scaled = value;
    let unit = 0;
    while (scaled >= base && unit < names.length - 1) {
      scaled /= base;
      unit += 1;
    }
    return `${scaled < 9.95 ? scaled.toFixed(1) : Math.round(scaled)} ${names[unit]}`;
  };
  const speed = bytes / Math.max(seconds, 0.001) / 1e6;
  const speedText = `${speed < 99.95 ? speed.toFixed(1) : Math.round(speed)} MB/s`;
  const time = last ? seconds.toFixed(4).replace(/0+$/, "") : String(Math.round(seconds));
  return `${Math.round(bytes)} bytes (${amount(bytes, 1000, ["B", "kB", "MB", "GB", "TB"])}, ${amount(bytes, 1024, ["B", "KiB", "MiB", "GiB", "TiB"])}) copied, ${time} s, ${speedText}`;
}
