/** What the daemon says. */
import { log } from "../journal.ts";
import { nodeOf } from "../kernel.ts";
import type { LabState } from "../state.ts";
import type { ProcessMember, SyncState } from "./pmxcfs-state.ts";
import { memberNames } from "./process-group.ts";

/** A line of pmxcfs in the journal. @param part `dcdb`, `status`, `main`, `quorum`, `confdb` */
export function sayPmxcfs(
  lab: LabState,
  node: string,
  part: string,
  text: string,
  level: "notice" | "crit" = "notice",
): void {
  log(lab, node, {
    unit: "pve-cluster.service",
    identifier: "pmxcfs",
    pid: nodeOf(lab, node).pmxcfs.pid,
    priority: level === "crit" ? 2 : 5,
    text: `[${part}] ${level}: ${text}`,
  });
}

/**
 * A group has other members.
 *
 * @param part the group, as it speaks: `dcdb` or `status`
 * @returns whether this daemon is alone in it
 */
export function sayMembers(
  lab: LabState,
  node: string,
  part: string,
  members: readonly ProcessMember[],
  phase: SyncState["phase"],
): boolean {
  const alone = members.length === 1;
  sayPmxcfs(lab, node, part, `members: ${memberNames(members)}`);
  if (!alone) sayPmxcfs(lab, node, part, "starting data syncronisation");
  // Told when it becomes so: a synchronised daemon that is left alone says nothing (recordings 03 and 37).
  else if (phase !== "synced") sayPmxcfs(lab, node, part, "all data is up to date");
  return alone;
}
