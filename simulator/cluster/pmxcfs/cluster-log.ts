/**
 * The cluster's log (`.clusterlog`): what each node's services tell all others, in memory alone.
 *
 * A line comes to the front as it arrives, also where it is older than another; when daemons meet, their logs become one
 * that is sorted. @source pmxcfs 8.1.3 logger.c; recordings/pmxcfs cluster-log
 */
import { nodeOf } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { wallNowMs } from "../wall-clock.ts";
import { logText } from "./cluster-log-text.ts";
import { ownName } from "./own-name.ts";
import type { ClusterLogLine, PmxcfsState } from "./pmxcfs-state.ts";
import { announceLog } from "./process-group.ts";

/** A node keeps so many of the newest lines; pmxcfs keeps 128 KiB of them. */
const LINES_MAX = 200;

/** A line has 4,096 bytes in all, of which its numbers take 44, and 7 stay free. */
const LINE_BYTES_MAX = 4_096 - 44 - 7;

/** Write a line to the cluster's log at a node. Lost when pmxcfs does not run, as in Proxmox. */
export function clusterLog(
  lab: LabState,
  node: string,
  line: Pick<ClusterLogLine, "pri" | "tag" | "pid" | "user" | "msg">,
): void {
  const state = nodeOf(lab, node).pmxcfs;
  if (state.pid === 0) return;
  const name = ownName(lab, node);
  const roomBytes = LINE_BYTES_MAX - [name, line.user, line.tag].reduce((sum, text) => sum + text.length + 1, 0);
  const msg = fitting(line.msg, roomBytes);
  const full: ClusterLogLine = {
    uid: state.nextLogUid++,
    time: Math.floor(wallNowMs(lab, node) / 1000),
    node: name,
    ...line,
    msg,
  };
  insertLog(state, full);
  announceLog(lab, node, [full]);
}

/** Take in a line as it comes; one that is not newer than the last of its node is known already. */
export function insertLog(state: PmxcfsState, line: ClusterLogLine): void {
  const last = state.clusterLog.find(({ node }) => node === line.node);
  if (last && (line.time < last.time || (line.time === last.time && line.uid <= last.uid))) return;
  state.clusterLog = [line, ...state.clusterLog].slice(0, LINES_MAX);
}

/** Make one log of this daemon's and another's: newest first, each line once. */
export function mergeLog(state: PmxcfsState, lines: readonly ClusterLogLine[]): void {
  const key = (line: ClusterLogLine) => `${line.node} ${line.time} ${line.uid}`;
  const known = new Set(state.clusterLog.map(key));
  const merged = [...lines.filter((line) => !known.has(key(line))), ...state.clusterLog];
  state.clusterLog = merged.toSorted((a, b) => -inOrder(a, b)).slice(0, LINES_MAX);
}

/** Lines of one second are sorted by a digest of their node's name, of which 32 bits of a difference decide. */
function inOrder(one: ClusterLogLine, other: ClusterLogLine): number {
  if (one.time !== other.time) return one.time - other.time;
  if (one.node !== other.node) return Number(BigInt.asIntN(32, digest(one.node) - digest(other.node)));
  return one.uid - other.uid;
}

/** FNV-1a of a name with its final NUL, 64 bits. */
function digest(name: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const letter of `${name}\0`) hash = BigInt.asUintN(64, (hash ^ BigInt(letter.codePointAt(0)!)) * 0x100000001b3n);
  return hash;
}

/** So much of a message as a line has room for; letters beyond the first 65,536 are left out. */
function fitting(text: string, bytesMax: number): string {
  let [kept, bytes] = ["", 0];
  for (const letter of text) {
    if (bytes >= bytesMax) break;
    bytes += logText(letter).length;
    if (letter.codePointAt(0)! < 0x10000) kept += letter;
  }
  return kept;
}
