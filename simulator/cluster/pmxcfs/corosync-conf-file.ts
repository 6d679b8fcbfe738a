/**
 * corosync.conf in two places: /etc/pve holds the cluster's, /etc/corosync the one that corosync reads. pmxcfs copies
 * the first to the second whenever it changes, unless the local one is newer.
 *
 * @source recordings 56 and 57: an equal version is taken over, a lower one is not; pmxcfs 8.1.3 dcdb.c
 *   dcdb_sync_corosync_conf
 */
import { writeLocalFile } from "../files/file-changes.ts";
import { readNodeFile } from "../files/node-tree.ts";
import { log } from "../journal.ts";
import { nodeOf } from "../kernel.ts";
import type { LabState } from "../state.ts";

export const LOCAL_COROSYNC_CONF = "/etc/corosync/corosync.conf";

/**
 * pmxcfs gives the other nodes this time to write their copies before it has corosync read them, milliseconds; until then
 * whoever made the change has no answer.
 */
export const RELOAD_AFTER_MS = 1_000;

/**
 * Take the cluster's corosync.conf over to the local disk.
 *
 * @returns "made" where none was, "replaced" one that a running corosync may have read, undefined when none was written
 */
export function corosyncConfChanged(lab: LabState, node: string): "made" | "replaced" | undefined {
  const state = nodeOf(lab, node).pmxcfs;
  const text = state.database.entries["corosync.conf"]?.content;
  const local = readNodeFile(lab, node, LOCAL_COROSYNC_CONF);
  if (!text || text === local) return undefined;
  const version = configVersion(text);
  const localVersion = local === undefined ? 0 : configVersion(local);
  const say = (priority: number, message: string) =>
    log(lab, node, {
      unit: "pve-cluster.service",
      identifier: "pmxcfs",
      pid: state.pid,
      priority,
      text: `[dcdb] ${priority <= 2 ? "crit" : "notice"}: ${message}`,
    });
  if (version === 0) {
    say(2, "unable to parse cluster config_version");
    return undefined;
  }
  if (version < localVersion) {
    say(2, "local corosync.conf is newer");
    return undefined;
  }
  if (!writeLocalFile(lab, node, LOCAL_COROSYNC_CONF, text)) {
    say(2, `unable to write corosync config '${LOCAL_COROSYNC_CONF}' - No space left on device`);
    return undefined;
  }
  say(5, `wrote new corosync config '${LOCAL_COROSYNC_CONF}' (version = ${version})`);
  return local === undefined ? "made" : "replaced";
}

/** `config_version` of a corosync.conf; 0 when it has none. */
export function configVersion(text: string): number {
  return Number(/^\s*config_version:\s*(\d+)\s*$/m.exec(text)?.[1] ?? 0);
}
