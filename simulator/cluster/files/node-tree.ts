/**
 * All files of a node as one tree: the local disk with /etc/pve, /proc and /dev mounted on it. Reads only; symbolic
 * links are followed across mounts as in Linux.
 */
import { nodeOf } from "../kernel.ts";
import { PMXCFS_ROOT } from "../pmxcfs/pmxcfs-state.ts";
import { pmxcfsEntry, pmxcfsMounted, pmxcfsNames } from "../pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../state.ts";
import {
  imageEntry,
  imageNames,
  MOUNTS,
  mountedEntry,
  mountedNames,
  storageMountAt,
} from "../storage/storage-files.ts";
import { wallOffsetOf } from "../wall-clock.ts";
import { diskNames } from "./disk.ts";
import { isWithin, normalisePath, parentPath } from "./path.ts";
import { type Walked, walkPath } from "./path-walk.ts";
import { DEVICES, PROC_NAMES, procFile } from "./synthetic.ts";

export interface NodeEntry {
  type: "file" | "directory" | "symlink" | "device";
  mode: number;
  owner: string;
  group: string;
  size: number;
  mtimeMs: number;
  inode: number;
  /** A file's bytes, a device's name. */
  content: string;
  target: string;
  /** Names of a file that has several. */
  links?: number;
}

/** Which mount a resolved path lies on. */
export type Mount = "disk" | "pmxcfs" | "proc" | "dev" | "storage";

export type Resolved = Walked<NodeEntry>;

export function mountOf(lab: Readonly<LabState>, node: string, path: string): Mount {
  if (isWithin(path, PMXCFS_ROOT) && pmxcfsMounted(lab, node)) return "pmxcfs";
  if (isWithin(path, "/proc")) return "proc";
  if (isWithin(path, "/dev")) return "dev";
  if (storageMountAt(lab, node, path)) return "storage";
  return "disk";
}

/** A path below /etc/pve as pmxcfs names it: without a leading slash, the root empty. */
export function pmxcfsPath(path: string): string {
  return path.slice(PMXCFS_ROOT.length + 1);
}

/** What lies at a normalised path, a link itself not followed; undefined when nothing does. */
export function entryAt(lab: Readonly<LabState>, node: string, path: string): NodeEntry | undefined {
  switch (mountOf(lab, node, path)) {
    case "pmxcfs": {
      const view = pmxcfsEntry(lab, node, pmxcfsPath(path));
      return view && { ...view, owner: "root", group: "www-data", size: view.content.length };
    }
    case "proc":
    case "dev":
      return syntheticEntry(lab, node, path);
    case "storage":
      return mountedEntry(lab, node, path);
    case "disk": {
      const entries = nodeOf(lab as LabState, node).files.entries;
      const entry = Object.hasOwn(entries, path) ? entries[path] : undefined;
      if (!entry) return imageEntry(lab, node, path) ?? (path === MOUNTS ? mountedEntry(lab, node, path) : undefined);
      const bytes = entry.content.length + (entry.hiddenBytes ?? 0);
      const size = entry.type === "directory" ? 4096 : entry.type === "symlink" ? entry.target.length : bytes;
      return { ...entry, size };
    }
  }
}

/** Follow a path of a node from the root: see `walkPath`. */
export function resolvePath(lab: Readonly<LabState>, node: string, path: string, followLast = true): Resolved {
  return walkPath((at) => entryAt(lab, node, at), path, followLast);
}

/** Names in a folder, by its resolved path, sorted by code point. */
export function namesIn(lab: Readonly<LabState>, node: string, path: string): string[] {
  switch (mountOf(lab, node, path)) {
    case "pmxcfs":
      return pmxcfsNames(lab, node, pmxcfsPath(path));
    case "proc":
      return [...PROC_NAMES];
    case "dev":
      return [...DEVICES].sort();
    case "storage":
      return mountedNames(lab, node, path);
    case "disk": {
      const names = diskNames(nodeOf(lab as LabState, node).files, path);
      const mounted = path === MOUNTS || path === parentPath(MOUNTS) ? mountedNames(lab, node, path) : [];
      const images = imageNames(lab, node, path);
      return mounted.length + images.length === 0 ? names : [...new Set([...names, ...mounted, ...images])].sort();
    }
  }
}

/** The bytes of a file of a node, links followed; undefined when there is no such file. */
export function readNodeFile(lab: Readonly<LabState>, node: string, path: string): string | undefined {
  const found = resolvePath(lab, node, normalisePath(path));
  return "entry" in found && found.entry?.type === "file" ? found.entry.content : undefined;
}

function syntheticEntry(lab: Readonly<LabState>, node: string, path: string): NodeEntry | undefined {
  const common = {
    owner: "root",
    group: "root",
    mtimeMs: nodeOf(lab as LabState, node).bootedAtMs + wallOffsetOf(lab, node),
    target: "",
  };
  if (path === "/proc" || path === "/dev") {
    return { ...common, type: "directory", mode: 0o755, size: 0, inode: 1, content: "" };
  }
  const name = path.slice(path.indexOf("/", 1) + 1);
  if (path.startsWith("/proc/")) {
    const content = procFile(lab, node, name);
    return content === undefined
      ? undefined
      : // As in Linux: no size before they are read.
        { ...common, type: "file", mode: 0o444, size: 0, inode: 4026531840, content };
  }
  return (DEVICES as readonly string[]).includes(name)
    ? { ...common, type: "device", mode: 0o666, size: 0, inode: 5, content: name }
    : undefined;
}
