/**
 * Changing the cluster file system: at once on a node that is alone, through the process group in a cluster, refused
 * without quorum.
 */
import { isQuorate, nodeIdOf } from "../corosync/view.ts";
import type { FileAnswer, FileChange, FileErrno } from "../files/files-state.ts";
import { refused } from "../files/files-state.ts";
import { type EventSpec, nodeOf, schedule } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { wallNowMs } from "../wall-clock.ts";
import { corosyncConfChanged, RELOAD_AFTER_MS } from "./corosync-conf-file.ts";
import { changeDatabase, errnoOfReserved, isReserved } from "./database.ts";
import { leaveData } from "./leaving.ts";
import { asksForEnd, lockExpired, lockSeen, signed } from "./locks.ts";
import type { ChangeMessage, PmxcfsState } from "./pmxcfs-state.ts";
import { pmxcfsWritable } from "./pmxcfs-view.ts";
import { sendChange } from "./process-group.ts";
import { sayPmxcfs } from "./say.ts";
import { countChange } from "./watched-versions.ts";

/**
 * Times that the ring turns before the refusal of a lock's end is told: no program starts as fast as that, so whoever asked
 * sees that a lock which was due has gone (recorded: `touch -d @0 a; ls`).
 */
const ROUNDS_OF_A_REFUSAL = 3;

/** What a process that is not in the group hears from corosync. @source corosync 3.1.7 corotypes.h cs_error_t */
const CS_ERR_BAD_HANDLE = 9;

/** Answers that nobody fetched are kept for so many later changes: a program that was killed never asks. */
const ANSWERS_MAX = 200;

/**
 * Change /etc/pve on a node.
 *
 * @param change paths below /etc/pve
 * @param then an event for when the answer is known, its `data` extended by `answer`; for the model's own machines
 */
export function changePmxcfs(lab: LabState, node: string, change: FileChange, then?: EventSpec): FileAnswer {
  const answer = attempt(lab, node, change);
  if (then) {
    if (answer.state === "pending") nodeOf(lab, node).pmxcfs.pending.find((one) => one.id === answer.id)!.next = then;
    else schedule(lab, 0, withAnswer(then, answer));
  }
  return answer;
}

function attempt(lab: LabState, node: string, asked: FileChange): FileAnswer {
  const change = signed(node, asked);
  const state = nodeOf(lab, node).pmxcfs;
  if (state.pid === 0) return refused("EIO", change.path);
  // It has no second names, and what it says of modes and owners is the same, with a quorum or without.
  if (["link", "chmod", "chown"].includes(change.op)) return changeDatabase(state.database, change, 0);
  if (!pmxcfsWritable(state)) return refused(errnoWithoutQuorum(state, change), change.path);
  // pmxcfs has no links of its own making; nobody else is asked.
  if (change.op === "symlink") return changeDatabase(state.database, change, 0);
  const wallS = Math.floor(wallNowMs(lab, node) / 1000);
  if (state.mode === "local") {
    const { version } = state.database;
    const ends = asksForEnd(state.database, change) && lockExpired(lab, node, change.path);
    const answer = changeDatabase(state.database, ends ? { op: "rmdir", path: change.path } : change, wallS);
    if (answer.state === "done") changeApplied(lab, node, change, version);
    return answer;
  }
  const id = state.nextChangeId++;
  state.pending.push({ id });
  const message: ChangeMessage = {
    kind: "change",
    fromNode: node,
    changeId: id,
    change,
    wallS,
    ...(asksForEnd(state.database, change) && { rounds: ROUNDS_OF_A_REFUSAL }),
  };
  if (!sendChange(lab, node, message)) {
    // Those who send say it, and those who wait for what they have sent.
    for (let i = 0; i < 2; i++) sayPmxcfs(lab, node, "dcdb", `cpg_send_message failed: ${CS_ERR_BAD_HANDLE}`, "crit");
    answerChange(lab, node, id, refused("EBUSY", change.path));
  }
  while (state.pending.length > ANSWERS_MAX && state.pending[0]!.answer) state.pending.shift();
  return { state: "pending", id };
}

/** The kernel looks a name up before it asks for a change; only then pmxcfs misses its quorum. */
function errnoWithoutQuorum({ database }: PmxcfsState, change: FileChange): FileErrno {
  if (isReserved(change.path)) return errnoOfReserved(change);
  const exists = Object.hasOwn(database.entries, change.path);
  switch (change.op) {
    case "symlink":
      return exists ? "EEXIST" : "ENOSYS";
    case "mkdir":
      return exists ? "EEXIST" : "EACCES";
    case "write":
      return "EACCES";
    default:
      return exists ? "EACCES" : "ENOENT";
  }
}

/** What came of a change that was pending; undefined while it still is. */
export function pmxcfsAnswer(lab: Readonly<LabState>, node: string, id: number): FileAnswer | undefined {
  const pending = nodeOf(lab as LabState, node).pmxcfs.pending.find((one) => one.id === id);
  // An answer that is no longer kept belongs to a daemon that died meanwhile.
  return pending ? pending.answer : refused("EIO", "");
}

/**
 * Carry out a change that was delivered to this node.
 *
 * One that was asked for while quorate and is delivered where no quorum is any more is carried out by nobody: all members
 * of that part judge alike, for they count the same votes, and each leaves the group to come back with the data that the
 * cluster has by then.
 *
 * @source pmxcfs 8.1.3 dcdb.c dcdb_deliver; recordings/pmxcfs write-in-flight, write-in-flight-of-two
 */
export function deliverChange(lab: LabState, node: string, message: ChangeMessage): void {
  const state = nodeOf(lab, node).pmxcfs;
  const own = message.fromNode === node;
  const { version } = state.database;
  if (!isQuorate(lab, node)) {
    sayPmxcfs(lab, node, "dcdb", "received write while not quorate - trigger resync", "crit");
    if (own) answerChange(lab, node, message.changeId, refused("EPERM", message.change.path));
    leaveData(lab, node);
    return;
  }
  if (message.rounds !== undefined) {
    const { rounds } = message;
    if (rounds === ROUNDS_OF_A_REFUSAL) endLock(lab, node, message.change.path);
    if (!own || (rounds > 0 && sendChange(lab, node, { ...message, rounds: rounds - 1 }))) return;
    answerChange(lab, node, message.changeId, refused("EACCES", message.change.path));
    return;
  }
  const answer = changeDatabase(state.database, message.change, message.wallS);
  const next = answer.state === "done" ? changeApplied(lab, node, message.change, version) : undefined;
  if (!own) return;
  const { changeId } = message;
  if (next === "reload")
    schedule(lab, RELOAD_AFTER_MS, { kind: "pmxcfs/reload-corosync", node, pid: state.pid, data: { changeId } });
  else answerChange(lab, node, changeId, answer);
}

/** Somebody asked for a lock's end: the lowest member takes it away when it is due. */
function endLock(lab: LabState, node: string, path: string): void {
  const { sync, database } = nodeOf(lab, node).pmxcfs;
  const lowest = Math.min(...sync.members.map(({ nodeId }) => nodeId));
  if (lowest !== nodeIdOf(lab, node) || !lockExpired(lab, node, path)) return;
  changePmxcfs(lab, node, { op: "rmdir", path, version: database.entries[path]!.version });
}

/** Every change that still waits ends: it will not be delivered. @source pmxcfs 8.1.3 dcdb.c dcdb_send_fuse_message */
export function failPending(lab: LabState, node: string): void {
  for (const pending of [...nodeOf(lab, node).pmxcfs.pending]) {
    if (!pending.answer) answerChange(lab, node, pending.id, refused("EBUSY", ""));
  }
}

/** A change that was answered before, as one of a daemon that died is, stays as it is. */
export function answerChange(lab: LabState, node: string, id: number, answer: FileAnswer): void {
  const pending = nodeOf(lab, node).pmxcfs.pending.find((one) => one.id === id);
  if (!pending || pending.answer) return;
  pending.answer = answer;
  if (pending.next) {
    schedule(lab, 0, withAnswer(pending.next, answer));
    delete pending.next;
  }
}

function withAnswer(then: EventSpec, answer: FileAnswer): EventSpec {
  return { ...then, data: { ...(then.data as object | undefined), answer } };
}

/**
 * What follows from a change on this node: versions that services watch, and corosync's own configuration.
 *
 * @param before version of the database before the change
 * @returns "reload" when a corosync that runs has to read a new configuration
 */
function changeApplied(lab: LabState, node: string, change: FileChange, before: number): "reload" | undefined {
  if (change.op === "mkdir" || change.op === "utimes") lockSeen(lab, node, change.path);
  countChange(lab, node, change, nodeOf(lab, node).pmxcfs.database.version - before);
  const to = change.op === "rename" ? change.to : change.path;
  // A daemon that runs for itself leaves corosync's file alone; it copies it when it is started anew (recording 03).
  const { mode } = nodeOf(lab, node).pmxcfs;
  if (mode !== "cluster" || to !== "corosync.conf") return undefined;
  return corosyncConfChanged(lab, node) === "replaced" ? "reload" : undefined;
}
