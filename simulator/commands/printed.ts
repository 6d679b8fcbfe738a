/** Text that several of a node's commands print. */
import { localOfInstant, UTC, type Zone } from "../cluster/node-settings/zone-time.ts";

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const two = (value: number) => String(value).padStart(2, "0");

/** ctime(3) in UTC: `Mon Nov 23 00:06:21 2026`. @param wallMs milliseconds since 1970 */
export function ctimeText(wallMs: number, zone: Zone = UTC): string {
  const date = new Date(localOfInstant(zone, wallMs));
  const day = String(date.getUTCDate()).padStart(2, " ");
  return `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${day} ${clockText(date)} ${date.getUTCFullYear()}`;
}

/** As the journal begins its lines: `Nov 23 00:06:21`. */
export function journalTimeText(wallMs: number, zone: Zone = UTC): string {
  const date = new Date(localOfInstant(zone, wallMs));
  return `${MONTHS[date.getUTCMonth()]} ${two(date.getUTCDate())} ${clockText(date)}`;
}

/** As systemd tells a time: `Mon 2026-11-23 00:06:21 UTC`. */
export function systemdTimeText(wallMs: number, zone: Zone = UTC): string {
  const date = new Date(localOfInstant(zone, wallMs));
  return `${DAYS[date.getUTCDay()]} ${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())} ${clockText(date)} ${zone.at(wallMs).abbreviation}`;
}

/** As systemd tells an age: `3min 12s ago`, `2h 5min ago`. */
export function systemdAgeText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (days > 0) return hours % 24 > 0 && days < 2 ? `${days} day ${hours % 24}h ago` : `${days} days ago`;
  if (hours > 0) return minutes % 60 > 0 ? `${hours}h ${minutes % 60}min ago` : `${hours}h ago`;
  if (minutes > 0) return minutes < 10 && seconds % 60 > 0 ? `${minutes}min ${seconds % 60}s ago` : `${minutes}min ago`;
  return `${seconds}s ago`;
}

/** As systemd tells a span: `19min 15.063s`, `2h 3min`, `880ms`. @source systemd format_timespan, accuracy 1 ms */
export function systemdSpanText(ms: number): string {
  const units: [string, number][] = [
    ["w", 604_800_000],
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["min", 60_000],
  ];
  const words: string[] = [];
  let rest = Math.max(0, Math.floor(ms));
  for (const [name, size] of units) {
    if (rest >= size) words.push(`${Math.floor(rest / size)}${name}`);
    rest %= size;
  }
  if (rest >= 1_000 || (rest > 0 && words.length > 0))
    words.push(`${(rest / 1_000).toFixed(3).replace(/\.?0+$/, "")}s`);
  else if (rest > 0) words.push(`${rest}ms`);
  return words.join(" ") || "0";
}

/** 1024-based as systemd tells memory: `163.0M`. */
export function systemdBytesText(bytes: number): string {
  const names = ["B", "K", "M", "G", "T"];
  let [value, at] = [bytes, 0];
  while (value >= 1_024 && at < names.length - 1) {
    value /= 1_024;
    at += 1;
  }
  return at === 0 ? `${bytes}B` : `${value.toFixed(1)}${names[at]}`;
}

function clockText(date: Date): string {
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
}

/** What a command says when it knows an option or a subcommand that the model does not have. */
export function notModelled(command: string, what: string): string {
  return `${command}: '${what}' is not modelled in this simulated node yet (see fidelity page)\n`;
}
