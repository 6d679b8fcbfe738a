/** What programs see under /etc/pve: folders, files, modes, links and the dot files. Reads only. */
import { nodeOf } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { clusterLogText } from "./cluster-log-text.ts";
import { ownName } from "./own-name.ts";
import { type PmxcfsDatabase, type PmxcfsState, WATCHED_FILES } from "./pmxcfs-state.ts";
import { kvstoreText } from "./told-keys.ts";

export interface PmxcfsView {
  type: "file" | "directory" | "symlink";
  mode: number;
  mtimeMs: number;
  inode: number;
  /** A file's bytes. */
  content: string;
  target: string;
}

/** Whether /etc/pve is mounted on a node. */
export function pmxcfsMounted(lab: Readonly<LabState>, node: string): boolean {
  return nodeOf(lab as LabState, node).pmxcfs.pid !== 0;
}

/** What becomes of whoever looks at /etc/pve: `gone` is a mount whose daemon was killed, `waits` one whose daemon stands still. */
export function pmxcfsMountState(lab: Readonly<LabState>, node: string): "gone" | "waits" | undefined {
  const { pmxcfs, processes } = nodeOf(lab as LabState, node);
  if (pmxcfs.pid === 0) return pmxcfs.deadMount ? "gone" : undefined;
  const process = processes[pmxcfs.pid];
  // Killed, and nobody has been told yet.
  if (!process) return "gone";
  return process.stopped ? "waits" : undefined;
}

/** Whether a node may write to /etc/pve: alone, or in a quorate partition. */
export function pmxcfsWritable(state: Readonly<PmxcfsState>): boolean {
  return state.mode === "local" || state.quorate;
}

/** Whether a path is for root alone. @source pmxcfs.c path_is_private */
export function isPrivatePath(path: string): boolean {
  return /^(?:priv|nodes\/[^/]+\/priv)(?:\/|$)/.test(path);
}

/** Links at the top of /etc/pve to the node's own folder; `openvz` is kept by Proxmox for old callers. */
function links(node: string): Record<string, string> {
  return {
    local: `nodes/${node}`,
    "qemu-server": `nodes/${node}/qemu-server`,
    lxc: `nodes/${node}/lxc`,
    openvz: `nodes/${node}/openvz`,
  };
}

/** What lies at a path below /etc/pve (`""` is the root itself); undefined when nothing does. Links are not followed. */
export function pmxcfsEntry(lab: Readonly<LabState>, node: string, path: string): PmxcfsView | undefined {
  const state = nodeOf(lab as LabState, node).pmxcfs;
  if (path === "") return { type: "directory", mode: 0o755, mtimeMs: 0, inode: 1, content: "", target: "" };
  const readOnly = pmxcfsWritable(state) ? 0o777 : 0o555;
  const own = links(ownName(lab, node));
  const target = Object.hasOwn(own, path) ? own[path] : undefined;
  if (target !== undefined) {
    return { type: "symlink", mode: 0o755 & readOnly, mtimeMs: 0, inode: 2, content: "", target };
  }
  const dotFile = Object.hasOwn(dotFiles, path) ? dotFiles[path] : undefined;
  if (dotFile) {
    const mode = path === ".debug" ? 0o640 : 0o440;
    return { type: "file", mode, mtimeMs: 0, inode: 3, content: dotFile(lab, node), target: "" };
  }
  const entry = Object.hasOwn(state.database.entries, path) ? state.database.entries[path] : undefined;
  if (!entry) return undefined;
  const full = isPrivatePath(path)
    ? entry.type === "directory"
      ? 0o700
      : 0o600
    : entry.type === "directory"
      ? 0o755
      : 0o640;
  return {
    type: entry.type,
    mode: full & readOnly,
    mtimeMs: entry.mtimeS * 1000,
    inode: entry.inode,
    content: entry.content,
    target: "",
  };
}

/** Names in a folder below /etc/pve, sorted by code point. */
export function pmxcfsNames(lab: Readonly<LabState>, node: string, path: string): string[] {
  const state = nodeOf(lab as LabState, node).pmxcfs;
  const names = databaseNames(state.database, path);
  if (path === "") names.push(...Object.keys(links(node)), ...Object.keys(dotFiles));
  return names.sort();
}

/** Names in a folder of a database. */
export function databaseNames(database: Readonly<PmxcfsDatabase>, folder: string): string[] {
  const prefix = folder === "" ? "" : `${folder}/`;
  const names: string[] = [];
  for (const path in database.entries) {
    if (path.startsWith(prefix) && path.length > prefix.length && !path.includes("/", prefix.length)) {
      names.push(path.slice(prefix.length));
    }
  }
  return names;
}

/** The text of a file below /etc/pve as a node sees it now; undefined when there is none or pmxcfs does not run. */
export function pmxcfsFile(lab: Readonly<LabState>, node: string, path: string): string | undefined {
  if (!pmxcfsMounted(lab, node)) return undefined;
  const entry = pmxcfsEntry(lab, node, path);
  return entry?.type === "file" ? entry.content : undefined;
}

const GUEST_CONFIG = /^nodes\/([A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)\/(qemu-server|openvz|lxc)\/([1-9]\d*)\.conf$/;
const VMID_MAX = 0xffffffff;

/** What a file at a path would be the configuration of. @source pmxcfs 8.1.3 memdb.c path_contain_vm_config */
export function guestAt(path: string): { vmid: string; node: string; folder: string } | undefined {
  const [, node, folder, vmid] = GUEST_CONFIG.exec(path) ?? [];
  return node && folder && vmid && Number(vmid) <= VMID_MAX ? { vmid, node, folder } : undefined;
}

/** A node's configured guests, from the folders of /etc/pve. */
export function guestConfigs(
  database: Readonly<PmxcfsDatabase>,
): { vmid: number; node: string; type: "qemu" | "lxc" }[] {
  const guests: { vmid: number; node: string; type: "qemu" | "lxc" }[] = [];
  for (const [path, { type }] of Object.entries(database.entries)) {
    const guest = type === "file" ? guestAt(path) : undefined;
    if (!guest || guest.folder === "openvz") continue;
    guests.push({ vmid: Number(guest.vmid), node: guest.node, type: guest.folder === "lxc" ? "lxc" : "qemu" });
  }
  return guests.sort((a, b) => a.vmid - b.vmid);
}

const dotFiles: Record<string, (lab: Readonly<LabState>, node: string) => string> = {
  ".clusterlog": (lab, node) => clusterLogText(nodeOf(lab as LabState, node).pmxcfs.clusterLog),
  ".debug": () => "0\n",
  ".members": (lab, node) => members(nodeOf(lab as LabState, node).pmxcfs, ownName(lab, node)),
  // Proxmox keeps the newest figures of each node and guest here; the model has none to tell yet.
  ".rrd": () => "",
  ".version": (lab, node) => {
    const state = nodeOf(lab as LabState, node).pmxcfs;
    const files = WATCHED_FILES.map((path) => `"${path}": ${state.watchedVersions[path] ?? 1}`);
    const head = [
      `"starttime": ${state.startedAtWallS}`,
      `"clinfo": ${state.membersVersion}`,
      `"vmlist": ${state.vmlistVersion}`,
    ];
    return `{\n${[...head, ...files].join(",\n")},\n"kvstore": {\n${kvstoreText(lab, node)}}\n}\n`;
  },
  ".vmlist": (lab, node) => {
    const state = nodeOf(lab as LabState, node).pmxcfs;
    const guests = guestConfigs(state.database).map(
      (guest) =>
        `"${guest.vmid}": { "node": "${guest.node}", "type": "${guest.type}", "version": ${state.guestVersions?.[guest.vmid] ?? 1} }`,
    );
    if (guests.length === 0) return `{\n"version": ${state.vmlistVersion}\n\n}\n`;
    return `{\n"version": ${state.vmlistVersion},\n"ids": {\n${guests.join(",\n")}}\n\n}\n`;
  },
};

/** `.members` @source recordings 01, 06, 32 */
function members(state: Readonly<PmxcfsState>, name: string): string {
  const info = state.clusterInfo;
  if (!info || state.mode === "local") return `{\n"nodename": "${name}",\n"version": 0\n}\n`;
  const nodes = info.nodes.map((member) => {
    const address = state.knownAddresses[member.name];
    const online = state.onlineIds.includes(member.id) ? 1 : 0;
    return `  "${member.name}": { "id": ${member.id}, "online": ${online}${address ? `, "ip": "${address}"` : ""}}`;
  });
  return [
    "{",
    `"nodename": "${name}",`,
    `"version": ${state.membersVersion},`,
    `"cluster": { "name": "${info.name}", "version": ${info.version}, "nodes": ${info.nodes.length}, "quorate": ${state.quorate ? 1 : 0} },`,
    '"nodelist": {',
    nodes.join(",\n"),
    "  }",
    "}",
    "",
  ].join("\n");
}
