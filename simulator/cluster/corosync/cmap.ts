/**
 * The configuration map of a running corosync: what it read, what it runs with, and its members; and changing it by hand.
 *
 * A key that is set by hand is kept and shown, and changes nothing of how the daemon works.
 *
 * @source goldens/n3-cmapctl-config.txt; options/cmapctl, cmapctl-device; corosync 3.1.7 exec/main.c
 *   set_icmap_ro_keys_flag
 * @differs docs/fidelity/corosync.md: a value set by hand has no effect
 */
import type { LabState } from "../state.ts";
import { kindOfKey } from "./conf-values.ts";
import type { CorosyncDaemon, MapValue } from "./corosync-state.ts";
import {
  consensusTimeoutMs,
  JOIN_REPEAT_MS,
  MERGE_DETECT_MS,
  pongTimeoutMs,
  TOKEN_WARNING_SHARE,
  tokenHoldMs,
  tokenRetransmitMs,
  tokenTimeoutMs,
} from "./timing.ts";
import { optionsOf } from "./votequorum.ts";

/** A key with its value, as corosync-cmapctl prints them. */
export type MapEntry = [key: string, type: string, value: string];

/** Key by key in order of their names. */
export function mapOf(daemon: Readonly<CorosyncDaemon>): MapEntry[] {
  const map = new Map<string, MapValue>();
  for (const [key, value] of Object.entries(daemon.config.keys ?? {})) map.set(key, { type: kindOfKey(key), value });
  for (const [key, type, value] of [...configured(daemon), ...runtimeTotem(daemon), ...members(daemon)]) {
    map.set(key, { type, value: String(value) });
  }
  for (const [key, change] of Object.entries(daemon.mapChanges ?? {})) {
    if (change === null) map.delete(key);
    else map.set(key, change);
  }
  return [...map]
    .map(([key, { type, value }]): MapEntry => [key, type, value])
    .toSorted((a, b) => (a[0] < b[0] ? -1 : 1));
}

/** @source corosync 3.1.7 exec/icmap.c */
const KEY_LENGTH_MAX = 255;
/** A bound of ours: a value is kept with the lab. */
const VALUE_LENGTH_MAX = 16_384;
const CHANGES_MAX = 500;

type MapError =
  | "CS_ERR_LIBRARY"
  | "CS_ERR_ACCESS"
  | "CS_ERR_NOT_EXIST"
  | "CS_ERR_NAME_TOO_LONG"
  | "CS_ERR_INVALID_PARAM"
  | "CS_ERR_NO_MEMORY"
  | "CS_ERR_TOO_BIG";

/** Set a key, or delete it with `null`. @returns the error that the tool names; undefined when it was done */
export function changeMap(lab: LabState, node: string, key: string, value: MapValue | null): MapError | undefined {
  const daemon = lab.nodes[node]?.corosync.daemon;
  if (daemon?.phase !== "running") return "CS_ERR_LIBRARY";
  if (value !== null && (key.length < 3 || key.length > KEY_LENGTH_MAX)) return "CS_ERR_NAME_TOO_LONG";
  if (value !== null && !/^[a-zA-Z0-9._/:-]+$/.test(key)) return "CS_ERR_INVALID_PARAM";
  if (value !== null && value.value.length > VALUE_LENGTH_MAX) return "CS_ERR_TOO_BIG";
  if (READ_ONLY_PREFIXES.some((prefix) => key.startsWith(prefix)) || READ_ONLY.includes(key)) return "CS_ERR_ACCESS";
  if (value === null && !mapOf(daemon).some(([existing]) => existing === key)) return "CS_ERR_NOT_EXIST";
  const changes = daemon.mapChanges ?? {};
  if (!(key in changes) && Object.keys(changes).length >= CHANGES_MAX) return "CS_ERR_NO_MEMORY";
  daemon.mapChanges = { ...changes, [key]: value };
  return undefined;
}

/** Keys that are there from the first reload on; what was set by hand over one of the file's is gone. */
export function noteReload(daemon: CorosyncDaemon): void {
  const own = new Set([...Object.keys(daemon.config.keys ?? {}), ...configured(daemon).map(([key]) => key)]);
  daemon.mapChanges = {
    ...Object.fromEntries(Object.entries(daemon.mapChanges ?? {}).filter(([key]) => !own.has(key))),
    "config.reload_in_progress": { type: "u8", value: "0" },
    "config.reload_status": { type: "i32", value: "1" },
    "config.totemconfig_reload_in_progress": { type: "u8", value: "0" },
    "runtime.votequorum.atb_type": { type: "u32", value: String(tieBreakerType(daemon)) },
  };
}

/** A device registers, for the first time since the daemon started: its key stays. */
export function noteRegistration(daemon: CorosyncDaemon): void {
  daemon.mapChanges = { ...daemon.mapChanges, "runtime.votequorum.qdevice_master_wins": { type: "u8", value: "0" } };
}

const READ_ONLY_PREFIXES = [
  "internal_configuration.",
  "runtime.services.",
  "runtime.config.",
  "runtime.totem.",
  "uidgid.config.",
  "system.",
  "nodelist.",
];
const READ_ONLY = [
  ...["crypto_cipher", "crypto_hash", "crypto_model", "keyfile", "key", "secauth", "ip_version", "transport"],
  ...["cluster_name", "netmtu", "threads", "version", "nodeid", "rrp_mode", "clear_node_high_bit"],
].map((key) => `totem.${key}`);

type Entry = [key: string, type: string, value: string | number];

/** The services that every corosync has, and what it keeps ready for its own use. */
const SERVICES: Entry[] = [
  ...["cmap", "cfg", "cpg", "quorum", "pload", "votequorum", "mon", "wd"].flatMap((name, number): Entry[] => [
    [`internal_configuration.service.${number}.name`, "str", `corosync_${name}`],
    [`internal_configuration.service.${number}.ver`, "u32", 0],
    [`runtime.services.${name}.service_id`, "u16", number],
  ]),
  ...["load_15min", "memory_used"].flatMap((name): Entry[] => [
    [
      `resources.system.${name}.current`,
      ...(name === "load_15min" ? (["dbl", "0.000000"] as const) : (["i32", 0] as const)),
    ],
    [`resources.system.${name}.last_updated`, "u64", 0],
    [`resources.system.${name}.poll_period`, "u64", 3_000],
    [`resources.system.${name}.state`, "str", "stopped"],
  ]),
  ["resources.watchdog_timeout", "u32", 6],
  ["runtime.blackbox.dump_flight_data", "str", "no"],
  ["runtime.blackbox.dump_state", "str", "no"],
  ["runtime.force_gather", "str", "no"],
];

/** From the file. */
function configured(daemon: Readonly<CorosyncDaemon>): Entry[] {
  const { config, nodeId } = daemon;
  const { quorum } = config;
  const own = config.nodes.findIndex((entry) => entry.nodeId === nodeId);
  const ids = config.nodes.map((entry) => entry.nodeId);
  const entries: Entry[] = [
    ...SERVICES,
    ["logging.debug", "str", "off"],
    ["logging.to_syslog", "str", "yes"],
    ["nodelist.local_node_pos", "u32", Math.max(0, own)],
    ["quorum.provider", "str", "corosync_votequorum"],
    ["runtime.votequorum.ev_barrier", "u32", expectedOfNodes(daemon)],
    ["runtime.votequorum.highest_node_id", "u32", Math.max(...ids)],
    ["runtime.votequorum.lowest_node_id", "u32", Math.min(...ids)],
    ["runtime.votequorum.this_node_id", "u32", nodeId],
    ["runtime.votequorum.two_node", "u8", quorum.twoNode ? 1 : 0],
    ["totem.cluster_name", "str", config.clusterName],
    ["totem.config_version", "u64", config.configVersion],
    ["totem.ip_version", "str", "ipv4-6"],
    ["totem.link_mode", "str", "passive"],
    ["totem.secauth", "str", config.secureAuth ? "on" : "off"],
    ["totem.version", "u32", 2],
  ];
  if (quorum.device) {
    entries.push(["runtime.votequorum.qdevice_can_operate", "u8", 1]);
    entries.push(
      ["quorum.device.model", "str", quorum.device.model],
      ["quorum.device.votes", "u32", quorum.device.votes],
    );
    entries.push(["quorum.device.net.algorithm", "str", quorum.device.algorithm]);
    entries.push(["quorum.device.net.host", "str", quorum.device.host]);
    if (quorum.device.tieBreaker != null) {
      entries.push(["quorum.device.net.tie_breaker", "str", String(quorum.device.tieBreaker)]);
    }
    if (quorum.device.tls !== undefined) entries.push(["quorum.device.net.tls", "str", quorum.device.tls]);
  }
  for (const [position, entry] of config.nodes.entries()) {
    const prefix = `nodelist.node.${position}`;
    entries.push([`${prefix}.name`, "str", entry.name], [`${prefix}.nodeid`, "u32", entry.nodeId]);
    entries.push([`${prefix}.quorum_votes`, "u32", entry.votes]);
    for (const { number, address } of entry.addresses) entries.push([`${prefix}.ring${number}_addr`, "str", address]);
  }
  for (const { number, address } of config.nodes[own]?.addresses ?? []) {
    entries.push([`totem.interface.${number}.bindnetaddr`, "str", address]);
    const priority = config.linkPriorities?.[number];
    if (priority !== undefined) entries.push([`totem.interface.${number}.knet_link_priority`, "u8", priority]);
  }
  return entries;
}

/** Without what a device brings. @source options/cmapctl-device; after `-e` with a device unverified */
function expectedOfNodes(daemon: Readonly<CorosyncDaemon>): number {
  return daemon.votequorum.expectedVotes - (daemon.config.quorum.device ? optionsOf(daemon).deviceVotes : 0);
}

/** As votequorum numbers them. @source corosync 3.1.7 exec/votequorum.c */
function tieBreakerType(daemon: Readonly<CorosyncDaemon>): number {
  const { tieBreaker } = optionsOf(daemon);
  return Array.isArray(tieBreaker) ? 3 : { none: 0, lowest: 1, highest: 2 }[tieBreaker];
}

/** What follows from it. Whole milliseconds, cut off. */
function runtimeTotem({ config, nodeId }: Readonly<CorosyncDaemon>): Entry[] {
  const number = (key: string, value: number): Entry => [`runtime.config.totem.${key}`, "u32", Math.floor(value)];
  const links = config.nodes.find((entry) => entry.nodeId === nodeId)?.addresses ?? [];
  return [
    number("block_unlisted_ips", 1),
    number("cancel_token_hold_on_retransmit", 0),
    number("consensus", consensusTimeoutMs(config)),
    number("downcheck", 1_000),
    number("fail_recv_const", 2_500),
    number("heartbeat_failures_allowed", 0),
    number("hold", tokenHoldMs(config)),
    ...links.flatMap((link) => [
      number(`interface.${link.number}.knet_ping_interval`, tokenTimeoutMs(config) / 4),
      number(`interface.${link.number}.knet_ping_timeout`, pongTimeoutMs(config)),
    ]),
    number("join", JOIN_REPEAT_MS),
    ["runtime.config.totem.knet_compression_level", "i32", 0],
    ["runtime.config.totem.knet_compression_model", "str", "none"],
    number("knet_compression_threshold", 0),
    number("knet_mtu", 0),
    number("knet_pmtud_interval", 30),
    number("max_messages", 17),
    number("max_network_delay", 50),
    number("merge", MERGE_DETECT_MS),
    number("miss_count_const", 5),
    number("send_join", 0),
    number("seqno_unchanged_const", 30),
    number("token", tokenTimeoutMs(config)),
    number("token_retransmit", tokenRetransmitMs(config)),
    number("token_retransmits_before_loss_const", 4),
    number("token_warning", TOKEN_WARNING_SHARE * 100),
    number("window_size", 50),
  ];
}

/** Who has left stays in the map as long as the daemon runs. @source goldens/n3-2up-1killed.txt, removed-4-boots-on1.txt */
function members(daemon: Readonly<CorosyncDaemon>): Entry[] {
  const present = new Set(daemon.totem.members);
  return Object.entries(daemon.known ?? {}).flatMap(([nodeId, { configVersion, ip, joins }]): Entry[] => {
    const prefix = `runtime.members.${nodeId}`;
    return [
      [`${prefix}.config_version`, "u64", configVersion],
      [`${prefix}.ip`, "str", ip],
      [`${prefix}.join_count`, "u32", joins],
      [`${prefix}.status`, "str", present.has(Number(nodeId)) ? "joined" : "left"],
    ];
  });
}
