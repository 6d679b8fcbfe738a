/**
 * Locks in /etc/pve/priv/lock: a folder that one can make, renewed by its owner, and free for others when nobody has
 * renewed it for two minutes.
 *
 * A node counts the two minutes from the last change that it saw; when the owner left, that is at the earliest when it
 * saw the owner leave (recording 52: 120.6 s after the resynchronisation).
 * @source pve-ha-manager PVE/HA/Env/PVE2.pm get_pve_lock; pmxcfs CFS_LOCK_TIMEOUT
 */
import { type EventSpec, nodeOf, schedule } from "../kernel.ts";
import { changeInSequence } from "../pmxcfs/sequence.ts";
import type { LabState } from "../state.ts";
import { wallNowMs } from "../wall-clock.ts";

export const MANAGER_LOCK = "ha_manager_lock";
export const agentLock = (node: string) => `ha_agent_${node}_lock`;

const STALE_AFTER_MS = 120_000;
/** An owner that last had it longer ago has to take it anew, as everybody else. */
const RENEW_WITHIN_MS = 120_000;

/**
 * Take or renew a lock; the event that follows has `failed` in its data when that was not possible.
 *
 * @param heldSinceMs model time at which the caller last had it; absent when it had not
 * @param owner the node that a lock of an agent belongs to: when it was seen to leave counts
 */
export function takeLock(
  lab: LabState,
  node: string,
  name: string,
  heldSinceMs: number | undefined,
  then: EventSpec,
  owner?: string,
): void {
  const path = `priv/lock/${name}`;
  if (heldSinceMs !== undefined && lab.nowMs - heldSinceMs < RENEW_WITHIN_MS) {
    changeInSequence(lab, node, [{ op: "utimes", path, mtimeMs: wallNowMs(lab, node), by: node }], then);
    return;
  }
  const state = nodeOf(lab, node).pmxcfs;
  const entry = state.database.entries[path];
  if (!entry) {
    changeInSequence(lab, node, [{ op: "mkdir", path, by: node }], then);
    return;
  }
  const left = state.offlineSinceMs ?? {};
  const seenMs = owner !== undefined ? (left[owner] ?? 0) : Math.max(0, ...Object.values(left));
  const quietMs = Math.min(wallNowMs(lab, node) - entry.mtimeS * 1_000, lab.nowMs - seenMs);
  if (quietMs >= STALE_AFTER_MS) {
    changeInSequence(
      lab,
      node,
      [
        // Two that find it stale at once do not take it from each other: only the one that was seen goes.
        { op: "rmdir", path, version: entry.version },
        { op: "mkdir", path, by: node },
      ],
      then,
    );
    return;
  }
  const failed = { errno: "EEXIST" as const, change: { op: "mkdir" as const, path } };
  schedule(lab, 0, { ...then, data: { ...(then.data as object | undefined), failed } });
}

/** Give it back; nobody waits for that. */
export function releaseLock(lab: LabState, node: string, name: string): void {
  changeInSequence(lab, node, [{ op: "rmdir", path: `priv/lock/${name}` }], { kind: "ha/done", node });
}
