/**
 * The statistics map of corosync: what its daemon counts since it started, as far as the model counts.
 *
 * Counted are states of the membership protocol, tokens that were lost, links that came and went; packets and bytes are
 * not, and keys of theirs are not there.
 *
 * @source corosync 3.1.7 exec/stats.c cs_srp_stats, cs_knet_stats; cmap_keys(7) STATS KEYS; values unverified
 */
import type { MapEntry } from "./cmap.ts";
import type { CorosyncDaemon } from "./corosync-state.ts";

const SRP_KEYS = [
  ...["commit_entered", "commit_token_lost", "consensus_timeouts", "gather_entered", "gather_token_lost"],
  ...["operational_entered", "operational_token_lost", "recovery_entered", "recovery_token_lost"],
] as const;

export type CountedKey = (typeof SRP_KEYS)[number];

/** What `corosync-cmapctl -C` clears; only the first two count here. */
export const CLEARABLE = ["knet", "totem", "ipc", "schedmiss", "all"] as const;

export function count(daemon: CorosyncDaemon, key: CountedKey): void {
  daemon.counted = { ...daemon.counted, [key]: (daemon.counted?.[key] ?? 0) + 1 };
}

/** A link came up or went down. */
export function countLink(link: CorosyncDaemon["links"][number], way: "up" | "down"): void {
  const counted = link.counted ?? { up: 0, down: 0 };
  link.counted = { ...counted, [way]: counted[way] + 1 };
}

export function clearStats(daemon: CorosyncDaemon, what: (typeof CLEARABLE)[number]): void {
  if (what === "totem" || what === "all") delete daemon.counted;
  if (what === "knet" || what === "all") for (const link of daemon.links) delete link.counted;
}

/** Key by key in order of their names. */
export function statsOf(daemon: Readonly<CorosyncDaemon>): MapEntry[] {
  const entries = SRP_KEYS.map((key): MapEntry => [`stats.srp.${key}`, "u64", String(daemon.counted?.[key] ?? 0)]);
  for (const link of daemon.links) {
    const prefix = `stats.knet.node${link.peerId}.link${link.number}`;
    entries.push([`${prefix}.connected`, "u8", link.connected ? "1" : "0"]);
    entries.push([`${prefix}.down_count`, "u32", String(link.counted?.down ?? 0)]);
    entries.push([`${prefix}.enabled`, "u8", "1"]);
    if (link.connected) entries.push([`${prefix}.latency_ave`, "u32", String(Math.round(link.latencyMs * 1_000))]);
    if (link.mtuKnown) entries.push([`${prefix}.mtu`, "u32", "1397"]);
    entries.push([`${prefix}.up_count`, "u32", String(link.counted?.up ?? 0)]);
  }
  return entries.toSorted((a, b) => (a[0] < b[0] ? -1 : 1));
}
