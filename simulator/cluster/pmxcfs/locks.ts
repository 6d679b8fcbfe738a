/**
 * Locks: folders in /etc/pve/priv/lock. Only the node that made one may renew it, by setting its time to one that is not
 * before the present one. Time 0 is refused and asks for its end: the member with the lowest node id takes the folder away
 * when nobody renewed it, as that member saw it, for more than two minutes.
 *
 * @source pve-cluster 8.1.3 src/pmxcfs: cfs-plug-memdb.c utimens, dcdb.c UNLOCK_REQUEST, memdb.c memdb_lock_expired,
 *   memdb_mtime; recorded (recordings/pmxcfs, scenario `locks`)
 */
import type { FileChange } from "../files/files-state.ts";
import { nodeOf } from "../kernel.ts";
import type { LabState } from "../state.ts";
import type { PmxcfsDatabase, PmxcfsState } from "./pmxcfs-state.ts";

const LOCK = /^priv\/lock\/[^/]+$/;
/** One that was renewed so long ago, milliseconds, is still kept. @source CFS_LOCK_TIMEOUT */
const KEPT_MS = 120_000;

/** Whether something in the database is a lock. */
export function isLock(database: Readonly<PmxcfsDatabase>, path: string): boolean {
  return LOCK.test(path) && database.entries[path]?.type === "directory";
}

/** A change as it is asked for by a node: one of a lock says who asks. */
export function signed(node: string, change: FileChange): FileChange {
  const ofLock = (change.op === "mkdir" || change.op === "utimes") && LOCK.test(change.path);
  return ofLock ? { ...change, by: node } : change;
}

/** Whether a change asks for a lock's end. */
export function asksForEnd(database: Readonly<PmxcfsDatabase>, change: FileChange): boolean {
  return change.op === "utimes" && Math.floor(change.mtimeMs / 1000) === 0 && isLock(database, change.path);
}

/** Locks that a daemon finds when it starts: it knows nothing older of them. */
export function locksFound(database: Readonly<PmxcfsDatabase>, nowMs: number): PmxcfsState["locks"] {
  const locks = Object.keys(database.entries).filter((path) => isLock(database, path));
  return Object.fromEntries(locks.map((path) => [path, { version: database.entries[path]!.version, seenMs: nowMs }]));
}

/** A lock was taken or renewed, as this node sees it now. */
export function lockSeen(lab: LabState, node: string, path: string): void {
  const state = nodeOf(lab, node).pmxcfs;
  if (!isLock(state.database, path)) return;
  state.locks ??= {};
  state.locks[path] = { version: state.database.entries[path]!.version, seenMs: lab.nowMs };
}

/** Whether a lock has not changed on this node for too long; one that it does not know counts from now. */
export function lockExpired(lab: LabState, node: string, path: string): boolean {
  const { locks, database } = nodeOf(lab, node).pmxcfs;
  const known = locks?.[path];
  if (known?.version === database.entries[path]?.version)
    return known !== undefined && lab.nowMs - known.seenMs > KEPT_MS;
  lockSeen(lab, node, path);
  return false;
}
