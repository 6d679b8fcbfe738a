/**
 * What Tab offers for the arguments of a node's commands, from what the lab has now: guests, nodes, storages, units,
 * network cards, paths of the API, and options.
 */
import { capabilities, knownFolder } from "../api/known-paths.ts";
import { allGuests } from "../cluster/guests/guest-view.ts";
import { UNIT_NAMES } from "../cluster/services/units.ts";
import type { LabState } from "../cluster/state.ts";
import type { Completer, CompletionPlace } from "../shell/completion.ts";
import { manualPages } from "./node-tools/manual-pages.ts";

/** What may stand in one place. */
type Kind = "vmid" | "node" | "host" | "unit" | "storage" | "nic" | "target" | readonly string[];

interface Subcommand {
  places?: readonly Kind[];
  options?: readonly string[];
}

const FORMAT = ["--output-format"];
const VMID: Subcommand = { places: ["vmid"] };

const QM: Record<string, Subcommand> = {
  agent: VMID,
  disk: { places: [["import", "move", "rescan", "resize", "unlink"]] },
  guest: { places: [["cmd", "exec", "exec-status", "passwd"]] },
  importdisk: VMID,
  rescan: {},
  clone: { places: ["vmid"], options: ["--full", "--name", "--target", "--storage", "--newid"] },
  config: { places: ["vmid"], options: ["--current", "--snapshot"] },
  create: {
    options: ["--name", "--memory", "--cores", "--net0", "--scsi0", "--scsihw", "--ostype", "--onboot", "--boot"],
  },
  delsnapshot: VMID,
  destroy: { places: ["vmid"], options: ["--purge", "--skiplock", "--destroy-unreferenced-disks"] },
  list: { options: ["--full"] },
  listsnapshot: VMID,
  migrate: {
    places: ["vmid", "target"],
    options: [
      "--online",
      "--with-local-disks",
      "--targetstorage",
      "--migration_network",
      "--migration_type",
      "--bwlimit",
      "--force",
    ],
  },
  monitor: VMID,
  "move-disk": { places: ["vmid"], options: ["--delete", "--format"] },
  pending: VMID,
  reboot: { places: ["vmid"], options: ["--timeout"] },
  resize: VMID,
  resume: VMID,
  rollback: { places: ["vmid"], options: ["--start"] },
  set: {
    places: ["vmid"],
    options: [
      "--name",
      "--memory",
      "--cores",
      "--net0",
      "--scsi0",
      "--onboot",
      "--delete",
      "--protection",
      "--description",
    ],
  },
  shutdown: { places: ["vmid"], options: ["--timeout", "--forceStop", "--skiplock"] },
  snapshot: { places: ["vmid"], options: ["--vmstate", "--description"] },
  start: { places: ["vmid"], options: ["--skiplock", "--timeout"] },
  status: { places: ["vmid"], options: ["--verbose"] },
  stop: { places: ["vmid"], options: ["--skiplock", "--timeout", "--overrule-shutdown"] },
  suspend: VMID,
  template: VMID,
  terminal: VMID,
  unlock: VMID,
};

const PVECM: Record<string, Subcommand> = {
  add: {
    places: ["host"],
    options: ["--link0", "--link1", "--use_ssh", "--fingerprint", "--force", "--nodeid", "--votes"],
  },
  addnode: { places: ["node"] },
  apiver: {},
  create: { options: ["--link0", "--link1", "--nodeid", "--votes"] },
  delnode: { places: ["node"] },
  expected: {},
  help: {},
  keygen: {},
  nodes: {},
  qdevice: { places: [["setup", "remove"]] },
  status: {},
  updatecerts: { options: ["--force", "--silent", "--unmerge-known-hosts"] },
};

const PVESM: Record<string, Subcommand> = {
  add: {
    places: [["dir", "lvmthin", "nfs", "zfspool"]],
    options: ["--content", "--export", "--nodes", "--path", "--server", "--shared"],
  },
  alloc: { places: ["storage", "vmid"] },
  free: {},
  scan: { places: [["cifs", "iscsi", "lvm", "lvmthin", "nfs", "pbs", "zfs"]] },
  list: { places: ["storage"], options: ["--content", "--vmid"] },
  path: {},
  remove: { places: ["storage"] },
  set: { places: ["storage"], options: ["--content", "--disable", "--nodes", "--shared"] },
  status: { options: ["--storage", "--content", "--enabled"] },
};

const PVEUM: Record<string, Subcommand> = {
  acl: { places: [["delete", "list", "modify"]] },
  group: { places: [["add", "delete", "list", "modify"]] },
  passwd: {},
  pool: { places: [["add", "delete", "list", "modify"]] },
  realm: { places: [["add", "delete", "list", "modify", "sync"]] },
  role: { places: [["add", "delete", "list", "modify"]] },
  ticket: {},
  user: { places: [["add", "delete", "list", "modify", "permissions", "tfa", "token"]] },
};

const PVENODE: Record<string, Subcommand> = {
  acme: { places: [["account", "cert", "plugin"]] },
  cert: { places: [["delete", "info", "set"]] },
  config: { places: [["get", "set"]], options: ["--delete", "--description", "--property", "--wakeonlan"] },
  migrateall: { places: ["target"], options: ["--maxworkers", "--vms", "--with-local-disks"] },
  startall: { options: ["--force", "--vms"] },
  stopall: { options: ["--force-stop", "--timeout", "--vms"] },
  task: { places: [["list", "log", "status"]] },
  wakeonlan: { places: ["node"] },
};

const SID: Subcommand = { places: ["vmid"] };
const HA_OPTIONS = ["--state", "--group", "--max_restart", "--max_relocate", "--comment"];
const GROUP_OPTIONS = ["--nodes", "--restricted", "--nofailback", "--comment"];
const HA_MANAGER: Record<string, Subcommand> = {
  add: { places: ["vmid"], options: HA_OPTIONS },
  config: {},
  "crm-command": {
    places: [["migrate", "node-maintenance", "relocate", "stop"], ["disable", "enable"], "node"],
  },
  groupadd: { options: GROUP_OPTIONS },
  groupconfig: {},
  groupremove: {},
  groupset: { options: GROUP_OPTIONS },
  help: {},
  migrate: { places: ["vmid", "node"] },
  relocate: { places: ["vmid", "node"] },
  remove: SID,
  set: { places: ["vmid"], options: [...HA_OPTIONS, "--delete"] },
  status: { options: ["--verbose"] },
};

const UNIT: Subcommand = { places: ["unit", "unit", "unit", "unit"], options: ["--now", "--no-pager", "--full"] };
const SYSTEMCTL: Record<string, Subcommand> = {
  ...Object.fromEntries(
    [
      "cat",
      "disable",
      "enable",
      "is-active",
      "is-enabled",
      "is-failed",
      "mask",
      "reload",
      "reload-or-restart",
      "restart",
      "show",
      "start",
      "status",
      "stop",
      "try-restart",
      "unmask",
    ].map((verb) => [verb, UNIT]),
  ),
  "daemon-reload": {},
  "is-system-running": {},
  "list-unit-files": {},
  "list-units": { options: ["--all", "--failed", "--no-pager"] },
  poweroff: {},
  reboot: {},
};

const NIC: Subcommand = { places: [["show", "set", "dev"], "nic", ["up", "down"]] };
const IP: Record<string, Subcommand> = {
  address: NIC,
  link: NIC,
  neighbour: { places: [["show"]] },
  route: { places: [["show", "get"]] },
};

function candidates(lab: Readonly<LabState>, node: string, kind: Kind): string[] {
  if (typeof kind !== "string") return [...kind];
  const own = lab.nodes[node];
  switch (kind) {
    case "vmid":
      return allGuests(lab, node)
        .filter((guest) => guest.node === node)
        .map((guest) => String(guest.vmid));
    case "node":
      return members(lab, node);
    case "target":
      return members(lab, node).filter((name) => name !== node);
    case "host":
      return Object.keys(lab.nodes).filter((name) => name !== node);
    case "unit":
      return UNIT_NAMES.map((unit) => `${unit}.service`);
    case "storage": {
      const text = own?.pmxcfs.database.entries["storage.cfg"];
      const content = text && "content" in text ? String(text.content) : "";
      const named = [...content.matchAll(/^\w+: (\S+)$/gm)].map((match) => match[1]!);
      return named.length > 0 ? named : ["local", "local-lvm"];
    }
    case "nic":
      return (own?.net.devices ?? []).map((device) => device.name);
  }
}

/** Nodes that the cluster file system knows. */
function members(lab: Readonly<LabState>, node: string): string[] {
  const names = new Set<string>();
  for (const path of Object.keys(lab.nodes[node]?.pmxcfs.database.entries ?? {})) {
    const name = /^nodes\/([^/]+)/.exec(path)?.[1];
    if (name) names.add(name);
  }
  return [...names].sort();
}

function bySubcommand(table: Record<string, Subcommand>, general: readonly string[] = []): Completer {
  return (words, word, place) => {
    const operands = words.slice(1).filter((one) => !one.startsWith("-"));
    const verb =
      Object.keys(table).find((name) => name === operands[0]) ??
      Object.keys(table).find((name) => operands[0] && name.startsWith(operands[0]));
    if (operands.length === 0) return word.startsWith("-") ? [...general] : Object.keys(table).sort();
    const found = verb === undefined ? undefined : table[verb];
    if (!found) return [];
    if (word.startsWith("-")) return [...(found.options ?? []), ...general];
    const before = words.at(-1) ?? "";
    if (before === "--targetstorage" || before === "--storage") return ask(place, "storage");
    if (before === "--target") return ask(place, "target");
    if (before === "--output-format") return ["json", "json-pretty", "text", "yaml"];
    const kind = found.places?.[operands.length - 1];
    return kind === undefined ? [] : ask(place, kind);
  };
}

function ask(place: CompletionPlace | undefined, kind: Kind): string[] {
  if (!place) return typeof kind === "string" ? [] : [...kind];
  return place.port.read((lab) => candidates(lab, place.node, kind));
}

/** `pvesh get /nodes/pve1/…`: one part of the path after the other. */
const pvesh: Completer = (words, word, place) => {
  const operands = words.slice(1).filter((one) => !one.startsWith("-"));
  if (operands.length === 0) return ["create", "delete", "get", "ls", "set", "usage"];
  if (word.startsWith("-")) return [...FORMAT, "--noborder", "--noheader", "--quiet"];
  if (words.at(-1) === "--output-format") return ["json", "json-pretty", "text", "yaml"];
  if (operands.length > 1) return [];
  const typed = word === "" ? "/" : word;
  const at = typed.lastIndexOf("/");
  const base = typed.slice(0, at + 1);
  const folder = knownFolder(base);
  const listed: Record<string, Kind> = { node: "node", vmid: "vmid", storage: "storage" };
  const kind = folder?.key === undefined ? undefined : listed[folder.key];
  const names = [...(folder?.names ?? []), ...(kind === undefined || base.includes("lxc") ? [] : ask(place, kind))];
  return names.sort().map((name) => `${base}${name}${capabilities(base + name).startsWith("D") ? "/" : ""}`);
};

const journalctl: Completer = (words, word, place) => {
  const before = words.at(-1);
  if (before === "-u" || before === "--unit") return ask(place, "unit");
  if (before === "-p") return ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];
  if (before === "-o" || before === "--output") return ["short", "short-iso", "short-precise", "json", "cat"];
  if (before === "--since" || before === "--until") return ["today", "yesterday", "now"];
  return word.startsWith("-")
    ? [
        "--boot",
        "--follow",
        "--lines",
        "--no-pager",
        "--output",
        "--priority",
        "--reverse",
        "--since",
        "--unit",
        "--until",
      ]
    : [];
};

/** Hosts of the lab and of /etc/hosts. */
async function hostNames(place: CompletionPlace | undefined): Promise<string[]> {
  const bytes = await place?.shell?.around.files.readFile("/etc/hosts").catch(() => undefined);
  const lines = bytes ? Buffer.from(bytes).toString("utf8").split("\n") : [];
  const named = lines.flatMap((line) => line.replace(/#.*/, "").trim().split(/\s+/).slice(1));
  return [...new Set([...ask(place, "host"), ...named])];
}

/** Hosts first; files when none fits. */
const hosts: Completer = (_words, word, place) => (word.includes("/") || word.startsWith("-") ? [] : hostNames(place));

export const argumentCompleters: Record<string, Completer> = {
  "ha-manager": bySubcommand(HA_MANAGER),
  ip: bySubcommand(IP, ["-br", "-4", "-6", "-c"]),
  journalctl,
  man: () => [...manualPages().keys()].sort(),
  ping: (words, word, place) => (word.startsWith("-") ? ["-c", "-i", "-W", "-s", "-q"] : hosts(words, word, place)),
  pvecm: bySubcommand(PVECM),
  pvenode: bySubcommand(PVENODE),
  pvesh,
  pvesm: bySubcommand(PVESM),
  pveum: bySubcommand(PVEUM, FORMAT),
  qm: bySubcommand(QM),
  scp: async (_words, word, place) =>
    word.includes("/") || word.includes(":") ? [] : (await hostNames(place)).map((name) => `${name}:`),
  ssh: hosts,
  systemctl: bySubcommand(SYSTEMCTL, ["--all", "--failed", "--no-pager", "--now"]),
};
