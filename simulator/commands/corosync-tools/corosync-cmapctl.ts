/** corosync-cmapctl: the keys of corosync's configuration map that the model has values for. @source recording 30 */

import type { CorosyncDaemon } from "../../cluster/corosync/corosync-state.ts";
import { consensusTimeoutMs, tokenTimeoutMs } from "../../cluster/corosync/timing.ts";
import { corosyncAnswers } from "../../cluster/corosync/view.ts";
import type { ProgramContext } from "../../shell/process.ts";
import { notModelled } from "../printed.ts";
import { waitWhileHung } from "./corosync-quorumtool.ts";

export async function corosyncCmapctl(context: ProgramContext): Promise<number> {
  const [first, second] = context.argv.slice(1);
  if (first?.startsWith("-") && first !== "-g" && first !== "-b") {
    await context.stderr.write(notModelled("corosync-cmapctl", first));
    return 1;
  }
  await waitWhileHung(context);
  const keys = context.lab.read((lab) => {
    const daemon = lab.nodes[context.node]?.corosync.daemon;
    return daemon && corosyncAnswers(lab, context.node) ? mapOf(daemon) : undefined;
  });
  if (!keys) {
    await context.stderr.write("Failed to initialize the cmap API. Error CS_ERR_LIBRARY\n");
    return 1;
  }
  const wanted = first === "-g" ? second : undefined;
  const prefix = first !== undefined && !first.startsWith("-") ? first : first === "-b" ? second : undefined;
  const lines = keys
    .filter(([key]) => (wanted === undefined || key === wanted) && (prefix === undefined || key.startsWith(prefix)))
    .map(([key, type, value]) => `${key} (${type}) = ${value}\n`);
  if (wanted !== undefined && lines.length === 0) {
    await context.stderr.write(`Can't get key ${wanted}. Error CS_ERR_NOT_EXIST\n`);
    return 1;
  }
  await context.stdout.write(lines.join(""));
  return 0;
}

type Key = [key: string, type: string, value: string | number];

function mapOf(daemon: CorosyncDaemon): Key[] {
  const { config } = daemon;
  const keys: Key[] = [
    ["internal_configuration.service.5.name", "str", "corosync_votequorum"],
    ["logging.debug", "str", "off"],
    ["logging.to_syslog", "str", "yes"],
    [
      "nodelist.local_node_pos",
      "u32",
      Math.max(
        0,
        config.nodes.findIndex((entry) => entry.nodeId === daemon.nodeId),
      ),
    ],
    ["quorum.provider", "str", "corosync_votequorum"],
    ["runtime.config.totem.consensus", "u32", Math.round(consensusTimeoutMs(config))],
    ["runtime.config.totem.token", "u32", tokenTimeoutMs(config)],
    ["runtime.votequorum.highest_node_id", "u32", Math.max(...config.nodes.map((entry) => entry.nodeId))],
    ["runtime.votequorum.lowest_node_id", "u32", Math.min(...config.nodes.map((entry) => entry.nodeId))],
    ["runtime.votequorum.this_node_id", "u32", daemon.nodeId],
    ["runtime.votequorum.two_node", "u8", config.quorum.twoNode ? 1 : 0],
    ["totem.cluster_name", "str", config.clusterName],
    ["totem.config_version", "u64", config.configVersion],
    ["totem.ip_version", "str", "ipv4-6"],
    ["totem.link_mode", "str", "passive"],
    ["totem.secauth", "str", config.secureAuth ? "on" : "off"],
    ["totem.version", "u32", 2],
  ];
  for (const [position, entry] of config.nodes.entries()) {
    const prefix = `nodelist.node.${position}`;
    keys.push([`${prefix}.name`, "str", entry.name], [`${prefix}.nodeid`, "u32", entry.nodeId]);
    keys.push([`${prefix}.quorum_votes`, "u32", entry.votes]);
    for (const { number, address } of entry.addresses) keys.push([`${prefix}.ring${number}_addr`, "str", address]);
  }
  // Who has left stays in the map as long as the daemon runs. @source goldens/n3-2up-1killed.txt
  const members = new Set(daemon.totem.members);
  for (const nodeId of new Set([...members, ...(daemon.votequorum.everMembers ?? [])])) {
    const entry = config.nodes.find((candidate) => candidate.nodeId === nodeId);
    const prefix = `runtime.members.${nodeId}`;
    const addresses = (entry?.addresses ?? []).map(({ number, address }) => `r(${number}) ip(${address}) `).join("");
    keys.push([`${prefix}.config_version`, "u64", config.configVersion], [`${prefix}.ip`, "str", addresses]);
    keys.push([`${prefix}.join_count`, "u32", 1], [`${prefix}.status`, "str", members.has(nodeId) ? "joined" : "left"]);
  }
  return keys.sort((a, b) => (a[0] < b[0] ? -1 : 1));
}
