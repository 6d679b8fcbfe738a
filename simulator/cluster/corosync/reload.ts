/** Reading corosync.conf anew while the daemon runs: `corosync-cfgtool -R`. */

import { schedule } from "../kernel.ts";
import { reap } from "../processes.ts";
import type { LabState } from "../state.ts";
import { noteReload } from "./cmap.ts";
import { loadConfigFile } from "./config-file.ts";
import { type CorosyncConf, entryOf, parseSections, sectionOf } from "./corosync-conf.ts";
import { say, sayPlain } from "./corosync-log.ts";
import type { CorosyncDaemon } from "./corosync-state.ts";
import { configureLinks } from "./knet.ts";
import { knetPort } from "./packets.ts";
import { tellConfig } from "./qdevice.ts";
import { sendOnRing } from "./ring.ts";
import { totemHost } from "./start-check.ts";
import { tokenTimeoutMs } from "./timing.ts";
import { type Links, refusalOfReload } from "./totem-config.ts";
import { totemMap } from "./totem-map.ts";
import { applyConfiguredVotes } from "./votequorum.ts";
import { disturb } from "./world.ts";

/** pmxcfs reads the configuration map after the new votes have gone round: quorum is lost before. @source recording 07 */
const CONFIG_READ_MS = 10;

/** What a tool prints and how it ends. */
export interface ToolAnswer {
  exitCode: number;
  output: string;
}

/**
 * `corosync-cfgtool -R` on one node: every member of its partition reads its own file again.
 *
 * The others do so when the message reaches them, a few milliseconds later.
 */
export function reloadConfig(lab: LabState, node: string): ToolAnswer {
  const daemon = lab.nodes[node]?.corosync.daemon;
  if (daemon?.phase !== "running") {
    return {
      exitCode: 1,
      output: "Reloading corosync.conf...\nCould not initialize corosync configuration API error CS_ERR_LIBRARY\n",
    };
  }
  const read = readForReload(lab, node, daemon);
  sendOnRing(lab, node, { kind: "reload" });
  if ("config" in read) return { exitCode: 0, output: "Reloading corosync.conf...\nDone\n" };
  // The daemon that is asked ends over it before it answers.
  const [exitCode, error] = read.aborts ? [2, "CS_ERR_LIBRARY"] : [7, "CS_ERR_INVALID_PARAM"];
  return { exitCode, output: `Reloading corosync.conf...\nCould not reload configuration. Error ${error}\n` };
}

/** Entries that keep what they had at the start, in the order in which a reload looks at them. @source exec/cfg.c */
const FIXED: [section: string, key: string][] = [
  ...["version", "threads", "ip_version", "rrp_mode", "netmtu", "transport", "cluster_name"].map(
    (key): [string, string] => ["totem", key],
  ),
  ["quorum", "provider"],
  ...["move_to_root_cgroup", "allow_knet_handle_fallback", "sched_rr", "priority", "qb_ipc_type", "state_dir"].map(
    (key): [string, string] => ["system", key],
  ),
];

interface RefusedReload {
  notices: string[];
  totem: string[];
  reason: string;
  aborts?: true;
}

/** What a running daemon takes of its file, and what it has to say; or why it takes nothing. */
function readForReload(
  lab: LabState,
  node: string,
  daemon: CorosyncDaemon,
): { text: string; config: CorosyncConf; notices: string[] } | RefusedReload {
  const loaded = loadConfigFile(lab, node);
  if ("refusal" in loaded) {
    const { plain = "", aborts } = loaded.refusal;
    if (aborts) return { notices: [], totem: [], reason: plain, aborts };
    return { notices: [], totem: [], reason: `Unable to reload config file: ${plain}` };
  }
  const running = parseSections(daemon.configText);
  const notices: string[] = [];
  for (const [name, key] of FIXED) {
    const now = entryOf(sectionOf(loaded.root, name), key);
    const before = entryOf(sectionOf(running, name), key);
    if (now === undefined || now === before) continue;
    notices.push(`Modified entry '${name}.${key}' in corosync.conf cannot be changed at run-time`);
    for (const section of loaded.root.sections.filter((one) => one.name === name)) {
      section.entries = section.entries.flatMap((entry) => {
        if (entry.key !== key) return [entry];
        return before === undefined ? [] : [{ key, value: before }];
      });
    }
  }
  const refusal = refusalOfReload(totemMap(loaded.root), totemHost(lab, node), runningLinks(daemon.config));
  if (refusal) return { notices, ...refusal };
  const clusterName = daemon.config.clusterName;
  return { text: loaded.text, config: { ...loaded.config, clusterName }, notices };
}

function runningLinks(config: CorosyncConf): Links {
  const links: Links = new Map();
  for (const { nodeId, addresses } of config.nodes) {
    for (const { number, address } of addresses) {
      links.set(number, [...(links.get(number) ?? []), { nodeId, address }]);
    }
  }
  return links;
}

/** A reload was asked for by a member of the partition: this node reads its own file. */
export function applyReload(lab: LabState, node: string, daemon: CorosyncDaemon, requestedBy: number): void {
  const line = (subsystem: "CFG" | "TOTEM" | "KNET" | "VOTEQ", text: string, priority = 5) =>
    say(lab, node, daemon.pid, subsystem, text, priority);
  line("CFG", `Config reload requested by node ${requestedBy}`);
  const read = readForReload(lab, node, daemon);
  for (const notice of read.notices) line("CFG", notice);
  if (!("config" in read)) {
    if (read.aborts) {
      sayPlain(lab, node, daemon.pid, read.reason);
      reap(lab, node, daemon.pid, { signal: "ABRT" });
      return;
    }
    for (const text of read.totem) line("TOTEM", text, 3);
    line("CFG", read.reason, 3);
    // What was read by then is announced, the network's own part with it.
    if (!read.reason.startsWith("Unable")) line("KNET", "pmtud: MTU manually set to: 0", 6);
    return;
  }
  const { text, config } = read;
  disturb(lab);
  noteReload(daemon);
  // One that is no longer listed takes the last entry for its own. @source log-remove-live-3-on3
  const own = config.nodes.find((entry) => entry.nodeId === daemon.nodeId) ?? config.nodes.at(-1);
  for (const { number, address } of own?.addresses ?? []) {
    line("TOTEM", `Configuring link ${number}`);
    line("TOTEM", `Configured link number ${number}: local addr: ${address}, port=${knetPort(number)}`);
  }
  if (!config.nodes.some((entry) => entry.nodeId === daemon.nodeId)) {
    // The node is no longer in its own file: it takes over the timeouts and stays with the nodes and votes it had.
    line("VOTEQ", "configuration error: nodelist or quorum.expected_votes must be configured!", 3);
    line("VOTEQ", "will continue with current runtime data", 3);
    line("KNET", "pmtud: MTU manually set to: 0", 6);
    daemon.config = {
      ...daemon.config,
      configVersion: config.configVersion,
      tokenMs: tokenTimeoutMs(config),
      tokenCoefficientMs: 0,
    };
    daemon.unlisted = true;
    tellVersion(lab, node, daemon);
    return;
  }
  daemon.configText = text;
  daemon.config = config;
  delete daemon.unlisted;
  configureLinks(lab, node, daemon);
  line("KNET", "pmtud: MTU manually set to: 0", 6);
  applyConfiguredVotes(lab, node, daemon);
  tellVersion(lab, node, daemon);
  schedule(lab, CONFIG_READ_MS, { kind: "pmxcfs/config", node });
  tellConfig(lab, node);
}

/** Every member keeps the others' versions, and its own from at once. */
function tellVersion(lab: LabState, node: string, daemon: CorosyncDaemon): void {
  const version = daemon.config.configVersion;
  if (daemon.known?.[daemon.nodeId]) daemon.known[daemon.nodeId]!.configVersion = version;
  sendOnRing(lab, node, { kind: "config-version", version });
}
