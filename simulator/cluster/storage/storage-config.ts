/** Storages as `storage.cfg` of a node's /etc/pve defines them; without one, the `local` that every node has built in. */
import { pmxcfsFile } from "../pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../state.ts";

export interface StorageDefinition {
  storage: string;
  /** `dir`, `lvmthin`, `nfs`. */
  type: string;
  content: string[];
  shared: boolean;
  disabled: boolean;
  /** Absent for all nodes. */
  nodes?: string[];
  /** Every other key as it stands in the file. */
  keys: Record<string, string>;
}

const BUILT_IN: StorageDefinition = {
  storage: "local",
  type: "dir",
  content: ["backup", "images", "iso", "rootdir", "snippets", "vztmpl"],
  shared: false,
  disabled: false,
  keys: { path: "/var/lib/vz" },
};

/** Every look at a disk asks for them, and the file hardly changes. */
const TEXTS_KEPT = 64;
const latest = new Map<string, readonly StorageDefinition[]>();

/** @returns definitions in the file's order, which are shared: not to be changed */
export function storageDefinitions(lab: Readonly<LabState>, node: string): readonly StorageDefinition[] {
  const text = pmxcfsFile(lab, node, "storage.cfg") ?? "";
  const known = latest.get(text);
  if (known) return known;
  const found = parseStorageConfig(text);
  const definitions = found.some((one) => one.storage === "local") ? found : [BUILT_IN, ...found];
  // The nodes of a few labs at a time; the oldest goes.
  if (latest.size >= TEXTS_KEPT) latest.delete(latest.keys().next().value!);
  latest.set(text, definitions);
  return definitions;
}

/** A storage by its name. */
export function storageDefinition(lab: Readonly<LabState>, node: string, name: string): StorageDefinition | undefined {
  return storageDefinitions(lab, node).find((one) => one.storage === name);
}

/** Whether a definition is for a node at all. */
export function definedOn(definition: StorageDefinition, node: string): boolean {
  return !definition.disabled && (!definition.nodes || definition.nodes.includes(node));
}

export function parseStorageConfig(text: string): StorageDefinition[] {
  const found: StorageDefinition[] = [];
  for (const line of text.split("\n")) {
    const head = /^(\w+):\s+(\S+)\s*$/.exec(line);
    const current = found.at(-1);
    if (head) {
      const type = head[1]!;
      found.push({
        storage: head[2]!,
        type,
        content: ["images", "rootdir"],
        shared: type === "nfs",
        disabled: false,
        keys: {},
      });
    } else if (/^\s+\S/.test(line) && current) {
      const [key, ...words] = line.trim().split(/\s+/);
      const value = words.join(" ");
      if (key === "content") current.content = value.split(",").filter((kind) => kind !== "" && kind !== "none");
      else if (key === "shared") current.shared = value !== "0";
      else if (key === "disable") current.disabled = value !== "0";
      else if (key === "nodes") current.nodes = value.split(",");
      else current.keys[key!] = value === "" ? "1" : value;
    }
  }
  return found;
}

/** One more section, as Proxmox writes it. */
export function sectionText(type: string, storage: string, keys: [key: string, value: string][]): string {
  return `${type}: ${storage}\n${keys.map(([key, value]) => `\t${key} ${value}\n`).join("")}\n`;
}
