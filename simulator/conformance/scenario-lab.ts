/** A lab for one scenario: hosts as in the recordings, with the corosync.conf that Proxmox would have written. */

import { AUTHKEY_PATH, CONFIG_PATH } from "../cluster/corosync/config-file.ts";
import {
  type ConfSection,
  newClusterConf,
  nodeSection,
  parseSections,
  serialiseSections,
} from "../cluster/corosync/corosync-conf.ts";
import { removeLocalFile, writeLocalFile } from "../cluster/files/file-changes.ts";
import { createLab, MAIN_NETWORK } from "../cluster/lab.ts";
import type { LabState } from "../cluster/state.ts";
import type { StatesScenario } from "./table.ts";

/** Networks by link number. */
export const NETWORKS = [MAIN_NETWORK, "ring1"] as const;
export const NICS = ["vmbr0", "eth1"] as const;

/** What a scenario's corosync.conf says; steps of the kind `conf` change it. */
export interface ScenarioConfig {
  nodelist: number[];
  votes: Record<string, number>;
  /** Further lines of the quorum section. */
  quorum: string;
  version: number;
  links: number;
  totem: Record<string, number>;
  priorities: Record<string, number>;
}

export function nodeName(id: number): string {
  return `pve${id}`;
}

/** Make the lab; nothing of corosync runs yet. */
export function labOfScenario(
  scenario: Omit<StatesScenario, "unread">,
  seed: string,
): { lab: LabState; config: ScenarioConfig } {
  const ids = Array.from({ length: scenario.n }, (_, index) => index + 1);
  const lab = createLab({
    seed: `${seed}/${scenario.name}`,
    nodes: ids.map((id) => ({ name: nodeName(id), address: addressOf(id, 0) })),
    networks: (scenario.links ?? 1) > 1 ? [{ name: NETWORKS[1], nic: NICS[1], subnet: "10.77.1.0" }] : [],
    rootPassword: "quorate",
    wallMs: Date.UTC(2026, 10, 23),
  });
  const config = configOf(scenario);
  for (const id of ids) {
    writeConfig(lab, id, config);
    writeAuthkey(lab, id, RING_KEY);
  }
  return { lab, config };
}

/** What a scenario's corosync.conf says at first. */
export function configOf(scenario: Omit<StatesScenario, "unread">): ScenarioConfig {
  return {
    nodelist: scenario.nodelist ?? Array.from({ length: scenario.n }, (_, index) => index + 1),
    votes: scenario.votes ?? {},
    quorum: Object.entries(scenario.options ?? {})
      .map(([key, value]) => `${key}: ${value}`)
      .join("\n"),
    version: 1,
    links: scenario.links ?? 1,
    totem: scenario.totem ?? {},
    priorities: scenario.priorities ?? {},
  };
}

export function writeConfig(lab: LabState, id: number, config: ScenarioConfig): void {
  writeLocalFile(lab, nodeName(id), CONFIG_PATH, serialiseSections(confOf(config)));
}

export function writeAuthkey(lab: LabState, id: number, key: string): void {
  writeLocalFile(lab, nodeName(id), AUTHKEY_PATH, key, 0o400);
}

/** The key of a scenario's ring; corosync wants 128 bytes at least. */
export const RING_KEY = "key of the ring ".repeat(16);

/** What a heuristics command of the tables looks for: `exec_probe: /usr/bin/test -e /run/probe`. */
export const PROBE_PATH = "/run/probe";

export function setProbe(lab: LabState, id: number, passes: boolean): void {
  if (passes) writeLocalFile(lab, nodeName(id), PROBE_PATH, "");
  else removeLocalFile(lab, nodeName(id), PROBE_PATH);
}

/** corosync.conf as Proxmox would have written it. */
export function confOf(config: ScenarioConfig): ConfSection {
  const linkNumbers = Array.from({ length: config.links }, (_, number) => number);
  const node = (id: number) => ({
    nodeId: id,
    name: nodeName(id),
    votes: config.votes[String(id)] ?? 1,
    addresses: linkNumbers.map((number) => ({ number, address: addressOf(id, number) })),
  });
  const [first, ...others] = config.nodelist.map(node);
  const root = newClusterConf({ clusterName: "lab", nodeName: first!.name, ...first! });
  for (const section of root.sections) {
    if (section.name === "nodelist") section.sections.push(...others.map(nodeSection));
    if (section.name === "totem") {
      for (const entry of section.entries) if (entry.key === "config_version") entry.value = String(config.version);
      for (const [key, value] of Object.entries(config.totem)) section.entries.push({ key, value: String(value) });
      for (const link of section.sections.filter(({ name }) => name === "interface")) {
        const number = link.entries.find(({ key }) => key === "linknumber")?.value ?? "0";
        const priority = config.priorities[number];
        if (priority !== undefined) link.entries.push({ key: "knet_link_priority", value: String(priority) });
      }
    }
    if (section.name === "quorum") {
      const further = parseSections(config.quorum);
      section.entries.push(...further.entries);
      section.sections.push(...further.sections);
    }
  }
  return root;
}

/** A host's address on a link. */
export function addressOf(id: number, link: number): string {
  return `10.77.${link}.${10 + id}`;
}
