/**
 * A daemon that got a write which it must not carry out leaves the database's group, and comes back: its part goes on with
 * what the others have by then.
 *
 * The first try to come back fails, always: corosync 3.1.7 does not forget a process that leaves by itself, so the daemon
 * has to begin a connection anew, and that it does when its next try is due.
 *
 * @source pmxcfs 8.1.3 dfsm.c; corosync 3.1.7 exec/cpg.c notify_lib_joinlist (the loop over those who left counts those who
 *   joined); recordings/pmxcfs write-in-flight, write-in-flight-of-two
 */
import { nodeOf } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { noSync } from "./pmxcfs-state.ts";
import { DATA_GROUP, leaveGroup } from "./process-group.ts";
import { sayPmxcfs } from "./say.ts";
import { scheduleTry } from "./tries.ts";

/** Leave the database's group. Who waits for a write there is answered when the daemon first tries to come back. */
export function leaveData(lab: LabState, node: string): void {
  const state = nodeOf(lab, node).pmxcfs;
  sayPmxcfs(lab, node, "dcdb", "leaving CPG group", "crit");
  state.dataLeft = "left";
  // Its own departure counts as a change of members.
  state.sync = { ...noSync(), started: state.sync.started + 1 };
  leaveGroup(lab, node, DATA_GROUP);
  scheduleTry(lab, node, "pmxcfs/rejoin");
}
