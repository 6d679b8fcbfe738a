/** Instants as people write them for systemd and util-linux. @source systemd.time(7) */
import { instantOfLocal, localOfInstant, UTC, type Zone, zoneNamed } from "../../cluster/node-settings/zone-time.ts";

/** Instants as systemd reads them, in local time: `5 min ago`, `-1h`, `@1795395244`, `today`, `00:20`, `2026-11-23 00:20:00`. */
export function instantOf(text: string, nowMs: number, zone: Zone = UTC): number | undefined {
  const trimmed = text.trim().replace(/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]* /, "");
  const localMidnight = Math.floor(localOfInstant(zone, nowMs) / 86_400_000) * 86_400_000;
  const midnight = instantOfLocal(zone, localMidnight);
  if (trimmed === "now") return nowMs;
  if (trimmed === "today") return midnight;
  if (trimmed === "yesterday") return instantOfLocal(zone, localMidnight - 86_400_000);
  if (trimmed === "tomorrow") return instantOfLocal(zone, localMidnight + 86_400_000);
  if (/^@\d+(?:\.\d+)?$/.test(trimmed)) return Number(trimmed.slice(1)) * 1_000;
  const relative = /^([-+])?((?:\d+\s*[a-z]+\s*)+?)\s*(ago)?$/i.exec(trimmed);
  if (relative && (relative[1] || relative[3])) {
    let total = 0;
    for (const [, amount, unit] of relative[2]!.matchAll(/(\d+)\s*([a-z]+)/gi)) {
      const ms = unitMs(unit!.toLowerCase());
      if (ms === undefined) return undefined;
      total += Number(amount) * ms;
    }
    return relative[1] === "+" ? nowMs + total : nowMs - total;
  }
  const clock =
    /^(?:(\d{4})-(\d\d)-(\d\d))?[ T]?(?:(\d{1,2}):(\d\d)(?::(\d\d(?:\.\d+)?))?)?(?: (UTC|[A-Za-z_+-]+\/[A-Za-z_/+-]+))?$/.exec(
      trimmed,
    );
  if (!clock || trimmed === "") return undefined;
  const day = clock[1] ? Date.UTC(Number(clock[1]), Number(clock[2]) - 1, Number(clock[3])) : localMidnight;
  const named = clock[7] === undefined ? zone : clock[7] === "UTC" ? UTC : zoneNamed(clock[7]);
  const local =
    day + Number(clock[4] ?? 0) * 3_600_000 + Number(clock[5] ?? 0) * 60_000 + Number(clock[6] ?? 0) * 1_000;
  return named && instantOfLocal(named, local);
}

function unitMs(unit: string): number | undefined {
  if (/^(?:s|sec|secs|second|seconds)$/.test(unit)) return 1_000;
  if (/^(?:m|min|mins|minute|minutes)$/.test(unit)) return 60_000;
  if (/^(?:h|hr|hour|hours)$/.test(unit)) return 3_600_000;
  if (/^(?:d|day|days)$/.test(unit)) return 86_400_000;
  if (/^(?:w|week|weeks)$/.test(unit)) return 7 * 86_400_000;
  if (/^(?:month|months)$/.test(unit)) return 2_629_800_000;
  if (/^(?:y|year|years)$/.test(unit)) return 31_557_600_000;
  if (/^(?:ms|msec)$/.test(unit)) return 1;
  return undefined;
}
