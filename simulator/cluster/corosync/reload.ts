/** Reading corosync.conf anew while the daemon runs: `corosync-cfgtool -R`. */

import { schedule } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { noteReload } from "./cmap.ts";
import { loadConfigFile } from "./config-file.ts";
import { say } from "./corosync-log.ts";
import type { CorosyncDaemon } from "./corosync-state.ts";
import { configureLinks } from "./knet.ts";
import { knetPort } from "./packets.ts";
import { tellConfig } from "./qdevice.ts";
import { sendOnRing } from "./ring.ts";
import { tokenTimeoutMs } from "./timing.ts";
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
  const loaded = loadConfigFile(lab, node);
  if ("problem" in loaded) {
    say(lab, node, daemon.pid, "CFG", `Config reload requested by node ${daemon.nodeId}`);
    say(lab, node, daemon.pid, "CFG", `Unable to reload config file: ${loaded.problem}`, 3);
    const error = "Could not reload configuration. Error CS_ERR_INVALID_PARAM";
    return { exitCode: 7, output: `Reloading corosync.conf...\n${error}\n` };
  }
  sendOnRing(lab, node, { kind: "reload" });
  return { exitCode: 0, output: "Reloading corosync.conf...\nDone\n" };
}

/** A reload was asked for by a member of the partition: this node reads its own file. */
export function applyReload(lab: LabState, node: string, daemon: CorosyncDaemon, requestedBy: number): void {
  const line = (subsystem: "CFG" | "TOTEM" | "KNET" | "VOTEQ", text: string, priority = 5) =>
    say(lab, node, daemon.pid, subsystem, text, priority);
  line("CFG", `Config reload requested by node ${requestedBy}`);
  const loaded = loadConfigFile(lab, node);
  if ("problem" in loaded) {
    line("CFG", `Unable to reload config file: ${loaded.problem}`, 3);
    return;
  }
  const { text, config } = loaded;
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
