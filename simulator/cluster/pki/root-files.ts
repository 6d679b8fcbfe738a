/** Root's ssh files and the schedule's link on a node's disk, as `pvecm updatecerts` puts them in order. */
import { CLIENT_CONFIG, ROOT_KEY } from "../accounts/ssh-keys.ts";
import { changeDisk } from "../files/disk.ts";
import type { FileChange } from "../files/files-state.ts";
import { nodeOf } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { wallNowMs } from "../wall-clock.ts";

/** The keys that may log in as root anywhere in the cluster, in /etc/pve. */
export const SHARED_KEYS = "priv/authorized_keys";

const OWN_KEYS = "/root/.ssh/authorized_keys";
const OWN_KEYS_BACKUP = `${OWN_KEYS}.org`;
const CONFIG = "/root/.ssh/config";
const SYSTEM_KNOWN_HOSTS = "/etc/ssh/ssh_known_hosts";
const CRON_LINK = "/etc/cron.d/vzdump";
const CRON_BACKUP = "/root/etc_cron_vzdump.org";

/**
 * Root's client settings of ssh, and the link from cron to the cluster's schedule of backups.
 *
 * A key of root's that is gone is not made here: ssh-keygen does that, which computes.
 *
 * @param schedule whether /etc/pve/vzdump.cron is there
 * @source PVE/Cluster/Setup.pm setup_rootsshconfig, gen_pve_vzdump_symlink
 */
export function layLocalFiles(lab: LabState, node: string, schedule: boolean): void {
  const disk = onDisk(lab, node);
  if (!disk.has(CONFIG)) {
    disk.change({ op: "mkdir", path: "/root/.ssh", mode: 0o755 });
    disk.change({ op: "write", path: CONFIG, content: CLIENT_CONFIG, mode: 0o640 });
  }
  if (!schedule || disk.type(CRON_LINK) === "symlink") return;
  if (disk.has(CRON_LINK)) disk.change({ op: "rename", path: CRON_LINK, to: CRON_BACKUP });
  disk.change({ op: "symlink", path: CRON_LINK, target: "/etc/pve/vzdump.cron" });
}

/**
 * The keys that may log in as root lie in the cluster's file system; a file in the place of the link is put aside.
 *
 * @param shared whether the cluster's file is there
 * @returns what a new one begins with: the file that was in the link's place
 * @source PVE/Cluster/Setup.pm setup_ssh_keys
 */
export function takeSharedKeys(lab: LabState, node: string, shared: boolean): string {
  const disk = onDisk(lab, node);
  const isFile = disk.type(OWN_KEYS) === "file";
  const imported = !shared && isFile ? disk.text(OWN_KEYS)! : "";
  if (isFile) disk.change({ op: "rename", path: OWN_KEYS, to: OWN_KEYS_BACKUP });
  if (!disk.has(OWN_KEYS)) disk.change({ op: "symlink", path: OWN_KEYS, target: `/etc/pve/${SHARED_KEYS}` });
  if (!shared) disk.change({ op: "unlink", path: OWN_KEYS_BACKUP });
  return imported;
}

/** What was put aside is in the cluster's file now. */
export function dropKeysBackup(lab: LabState, node: string): void {
  const disk = onDisk(lab, node);
  if (disk.type(OWN_KEYS) === "symlink") disk.change({ op: "unlink", path: OWN_KEYS_BACKUP });
}

/**
 * The cluster's keys with those that were put aside and the node's own: no RSA key twice.
 *
 * @param shared what the cluster's file holds; undefined when there is none
 * @source PVE/Cluster/Setup.pm ssh_merge_keys, its empty line before the first key of an empty file included
 */
export function mergedKeys(lab: LabState, node: string, shared: string | undefined): string {
  const disk = onDisk(lab, node);
  const chomp = (text: string) => text.replace(/\n$/, "");
  let data = chomp(shared ?? "");
  const backup = disk.text(OWN_KEYS_BACKUP);
  if (backup !== undefined) data = chomp(`${data}\n${backup}`);
  const own = disk.text(`${ROOT_KEY}.pub`);
  if (own !== undefined) data += `\n${chomp(own)}\n`;
  const seen = new Set<string>();
  const lines = data.replace(/\n+$/, "").split("\n");
  const kept = lines.filter((line) => {
    const key = line.startsWith("#") ? undefined : /(?:^|\s)ssh-(?:rsa|dsa)\s+(\S+)\s+\S+$/.exec(line)?.[1];
    if (key === undefined) return true;
    const again = seen.has(key);
    seen.add(key);
    return !again;
  });
  return data === "" ? "" : `${kept.join("\n")}\n`;
}

/** The node's own file of known hosts instead of a link to the cluster's. @source ssh_unmerge_known_hosts */
export function unmergeKnownHosts(lab: LabState, node: string, clusterHosts: string): void {
  const disk = onDisk(lab, node);
  if (disk.type(SYSTEM_KNOWN_HOSTS) !== "symlink") return;
  disk.change({ op: "unlink", path: SYSTEM_KNOWN_HOSTS });
  disk.change({ op: "write", path: SYSTEM_KNOWN_HOSTS, content: clusterHosts, mode: 0o644 });
}

/** The node's own disk; a change that it has no room for is none. */
function onDisk(lab: LabState, node: string) {
  const disk = nodeOf(lab, node).files;
  const entry = (path: string) => (Object.hasOwn(disk.entries, path) ? disk.entries[path] : undefined);
  return {
    has: (path: string) => entry(path) !== undefined,
    type: (path: string) => entry(path)?.type,
    text: (path: string) => (entry(path)?.type === "file" ? entry(path)!.content : undefined),
    change: (change: FileChange) => {
      changeDisk(disk, change, wallNowMs(lab, node));
    },
  };
}
