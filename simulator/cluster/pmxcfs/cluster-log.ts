/** The cluster's log (`.clusterlog`): what each node's services tell all others. */
import { nodeOf } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { wallNowMs } from "../wall-clock.ts";
import type { ClusterLogLine } from "./pmxcfs-state.ts";
import { announceLog } from "./process-group.ts";

/** A node keeps so many of the newest lines; pmxcfs keeps 128 KiB of them. */
const LINES_MAX = 200;

/** Write a line to the cluster's log at a node. Lost when pmxcfs does not run, as in Proxmox. */
export function clusterLog(
  lab: LabState,
  node: string,
  line: Pick<ClusterLogLine, "pri" | "tag" | "pid" | "user" | "msg">,
): void {
  const state = nodeOf(lab, node).pmxcfs;
  if (state.pid === 0) return;
  const full: ClusterLogLine = {
    uid: state.nextLogUid++,
    time: Math.floor(wallNowMs(lab, node) / 1000),
    node,
    ...line,
  };
  mergeLog(lab, node, [full]);
  announceLog(lab, node, [full]);
}

/** Take in lines of this or another node: newest first, each once. */
export function mergeLog(lab: LabState, node: string, lines: ClusterLogLine[]): void {
  const state = nodeOf(lab, node).pmxcfs;
  const key = (line: ClusterLogLine) => `${line.node} ${line.time} ${line.uid} ${line.pid}`;
  const known = new Set(state.clusterLog.map(key));
  const merged = [...lines.filter((line) => !known.has(key(line))), ...state.clusterLog];
  merged.sort((a, b) => b.time - a.time || (a.node === b.node ? b.uid - a.uid : a.node < b.node ? -1 : 1));
  state.clusterLog = merged.slice(0, LINES_MAX);
}
