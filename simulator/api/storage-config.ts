/** Storages from `storage.cfg` of a node's /etc/pve; without one, the `local` that every node has built in. */
import { createHash } from "node:crypto";
import { pmxcfsFile } from "../cluster/pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../cluster/state.ts";
import { storageDefinition } from "../cluster/storage/storage-config.ts";
import { storageHere } from "../cluster/storage/volumes.ts";

export interface StorageEntry {
  storage: string;
  type: string;
  content: string;
  shared: boolean;
  /** Absent for all nodes. */
  nodes?: string[];
  /** Every other key as it stands in the file. */
  rest: Record<string, string>;
}

const BUILT_IN: StorageEntry = {
  storage: "local",
  type: "dir",
  content: "backup,images,iso,rootdir,snippets,vztmpl",
  shared: false,
  rest: { path: "/var/lib/vz", "prune-backups": "keep-all=1" },
};

/** @returns entries in the file's order */
export function storageConfigs(lab: Readonly<LabState>, node: string): StorageEntry[] {
  const entries: StorageEntry[] = [];
  for (const line of (pmxcfsFile(lab, node, "storage.cfg") ?? "").split("\n")) {
    const head = /^(\w+):\s+(\S+)\s*$/.exec(line);
    const current = entries.at(-1);
    if (head) {
      entries.push({
        storage: head[2]!,
        type: head[1]!,
        content: "images,rootdir",
        shared: head[1] === "nfs",
        rest: {},
      });
    } else if (/^\s+\S/.test(line) && current) {
      const [key, ...value] = line.trim().split(/\s+/);
      const text = value.join(" ");
      if (key === "content") current.content = text;
      else if (key === "shared") current.shared = text === "1" || text === "";
      else if (key === "nodes") current.nodes = text.split(",");
      else current.rest[key!] = text === "" ? "1" : text;
    }
  }
  return entries.some((entry) => entry.storage === "local") ? entries : [BUILT_IN, ...entries];
}

/** Whether an entry is for this node; it may be disabled all the same. */
export function isFor(entry: StorageEntry, node: string): boolean {
  return !entry.nodes || entry.nodes.includes(node);
}

/** Digest of the file, by which the web interface notices that somebody else changed it. */
export function storageDigest(lab: Readonly<LabState>, node: string): string {
  return createHash("sha1")
    .update(pmxcfsFile(lab, node, "storage.cfg") ?? "")
    .digest("hex");
}

/** Bytes used and in all, as the model has them; none of a storage that is not for the node, or out of its reach. */
export function storageUse(
  lab: Readonly<LabState>,
  node: string,
  entry: StorageEntry,
): { used: number; total: number; available: number; online: boolean; enabled: boolean } {
  const definition = lab.nodes[node] && storageDefinition(lab, node, entry.storage);
  if (!definition) return { used: 0, total: 0, available: 0, online: false, enabled: false };
  const { enabled, online, space } = storageHere(lab, node, definition);
  return { used: space.usedBytes, total: space.totalBytes, available: space.availableBytes, online, enabled };
}
