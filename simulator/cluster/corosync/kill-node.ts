/** `corosync-cfgtool -k`: have a member's corosync end at once. `pvecm delnode` does so, too. @source recordings 42, 43 */
import { log } from "../journal.ts";
import { reap } from "../processes.ts";
import type { LabState } from "../state.ts";
import type { ToolAnswer } from "./reload.ts";
import { membersOf, nameOfId } from "./view.ts";

/** Its two lines come on different streams: the refusal first, as recorded on a terminal. */
export function killNode(lab: LabState, node: string, nodeId: number): ToolAnswer & { refusal: string } {
  const daemon = lab.nodes[node]?.corosync.daemon;
  const output = `Killing node ${nodeId}\n`;
  if (daemon?.phase !== "running") {
    return { exitCode: 1, output, refusal: "Could not initialize corosync configuration API error 2\n" };
  }
  const target = nameOfId(lab, node, nodeId);
  if (target === undefined || !membersOf(lab, node).includes(nodeId)) {
    return { exitCode: 1, output, refusal: "Could not kill node (error = CS_ERR_NOT_EXIST)\n" };
  }
  const pid = lab.nodes[target]?.corosync.daemon?.pid;
  if (pid !== undefined) {
    const line = { unit: "corosync.service", identifier: "corosync", pid };
    log(lab, target, { ...line, text: `  [CFG   ] Killed by node ${daemon.nodeId} : Killed by corosync-cfgtool` });
    log(lab, target, { ...line, text: "  [MAIN  ] Corosync Cluster Engine exiting with status -1 at cfg.c:566." });
    reap(lab, target, pid, { exitCode: 255 });
  }
  return { exitCode: 0, output, refusal: "" };
}
