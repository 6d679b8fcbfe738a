/**
 * The files of /etc/pve/ha that people write: resources.cfg and groups.cfg.
 *
 * @source recordings 50, guests/23 for the forms; pve-ha-manager PVE/HA/Config.pm, Groups.pm
 */
import { pmxcfsFile } from "../pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../state.ts";

export const RESOURCES = "ha/resources.cfg";
export const GROUPS = "ha/groups.cfg";
export const COMMANDS = "ha/crm_commands";

/** One section: `vm: 100` or `group: prefer1`, with its keys as written. */
export interface HaSection {
  type: string;
  id: string;
  keys: Record<string, string>;
}

export interface HaResource {
  sid: string;
  vmid: number;
  /** `started`, `stopped`, `disabled`, `ignored`. */
  state: string;
  group: string | undefined;
  maxRestart: number;
  maxRelocate: number;
  keys: Record<string, string>;
}

export interface HaGroup {
  group: string;
  /** By node; a higher one is preferred. */
  priorities: Record<string, number>;
  restricted: boolean;
  nofailback: boolean;
  keys: Record<string, string>;
}

export function parseSections(text: string): HaSection[] {
  const sections: HaSection[] = [];
  for (const line of text.split("\n")) {
    const head = /^([a-z]+):\s*(\S+)\s*$/.exec(line);
    if (head) {
      sections.push({ type: head[1]!, id: head[2]!, keys: {} });
      continue;
    }
    const key = /^\s+([a-z_-]+)(?:\s+(.*?))?\s*$/.exec(line);
    const last = sections.at(-1);
    if (key && last) last.keys[key[1]!] = key[2] ?? "1";
  }
  return sections;
}

export function writeSections(sections: HaSection[]): string {
  return [...sections]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((section) => `${section.type}: ${section.id}\n${keyLines(section.keys)}\n`)
    .join("");
}

export function keyLines(keys: Record<string, string>): string {
  return Object.keys(keys)
    .sort()
    .map((key) => `\t${key} ${keys[key]}\n`)
    .join("");
}

export function haResources(lab: Readonly<LabState>, viewer: string): HaResource[] {
  return parseSections(pmxcfsFile(lab, viewer, RESOURCES) ?? "")
    .filter((section) => section.type === "vm" && /^\d+$/.test(section.id))
    .map(({ id, keys }) => ({
      sid: `vm:${id}`,
      vmid: Number(id),
      state: keys.state === undefined || keys.state === "enabled" ? "started" : keys.state,
      group: keys.group,
      maxRestart: Number(keys.max_restart ?? 1),
      maxRelocate: Number(keys.max_relocate ?? 1),
      keys,
    }));
}

export function haGroups(lab: Readonly<LabState>, viewer: string): HaGroup[] {
  return parseSections(pmxcfsFile(lab, viewer, GROUPS) ?? "")
    .filter((section) => section.type === "group")
    .map(({ id, keys }) => ({
      group: id,
      priorities: prioritiesOf(keys.nodes ?? ""),
      restricted: keys.restricted === "1",
      nofailback: keys.nofailback === "1",
      keys,
    }));
}

export function prioritiesOf(nodes: string): Record<string, number> {
  const priorities: Record<string, number> = {};
  for (const part of nodes.split(/[,;\s]+/).filter((one) => one !== "")) {
    const [name, priority] = part.split(":");
    priorities[name!] = Number(priority ?? 0);
  }
  return priorities;
}

/** A resource by its full name. */
export function haResource(lab: Readonly<LabState>, viewer: string, sid: string): HaResource | undefined {
  return haResources(lab, viewer).find((one) => one.sid === sid);
}

/** Whether HA decides about a guest: it has a resource that is not ignored. */
export function isHaManaged(lab: Readonly<LabState>, viewer: string, vmid: number): boolean {
  const resource = haResource(lab, viewer, `vm:${vmid}`);
  return resource !== undefined && resource.state !== "ignored";
}
