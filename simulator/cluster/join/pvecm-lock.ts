/** /var/lock/pvecm.lock: one change of cluster membership at a time on a node. @source recording 02 */
import { type EventHandler, type EventSpec, nodeOf, schedule } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { endTask, findTask, taskEvent, writeTask } from "../tasks/tasks.ts";
import type { TaskState } from "../tasks/tasks-state.ts";

/** How long a worker waits for the lock, milliseconds. */
const TIMEOUT_MS = 10_000;
const POLL_MS = 100;

/** Go on with `then` as soon as the worker has the lock; it ends with the worker. */
export function withLock(lab: LabState, task: TaskState, then: EventSpec): void {
  if (tryLock(lab, task)) {
    schedule(lab, 0, then);
    return;
  }
  writeTask(lab, task.node, task.upid, "trying to acquire lock...");
  schedule(lab, POLL_MS, taskEvent(task, "cluster/lock-wait", { then, waitedMs: POLL_MS }));
}

export const lockHandlers: Record<string, EventHandler> = {
  "cluster/lock-wait": (lab, event) => {
    const { upid, then, waitedMs } = event.data as { upid: string; then: EventSpec; waitedMs: number };
    const task = findTask(lab, event.node!, upid);
    if (!task?.running) return;
    if (tryLock(lab, task)) {
      writeTask(lab, task.node, upid, " OK\n");
      schedule(lab, 0, then);
    } else if (waitedMs >= TIMEOUT_MS) {
      endTask(lab, task.node, upid, "can't lock file '/var/lock/pvecm.lock' - got timeout");
    } else {
      schedule(lab, POLL_MS, taskEvent(task, "cluster/lock-wait", { then, waitedMs: waitedMs + POLL_MS }));
    }
  },
};

function tryLock(lab: LabState, task: TaskState): boolean {
  const state = nodeOf(lab, task.node).clusterJobs;
  // The lock is a file that its holder keeps open: it goes with the process, whichever way that ends.
  const holder = findTask(lab, task.node, state.lockedBy);
  if (holder?.running && nodeOf(lab, task.node).processes[holder.pid]) return false;
  state.lockedBy = task.upid;
  return true;
}
