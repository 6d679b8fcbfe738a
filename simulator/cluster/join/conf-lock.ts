/**
 * The cluster's lock on corosync.conf, which everybody takes who changes it: a folder in /etc/pve. It is tried for once a
 * second; each try asks for the end of a lock whose owner is gone.
 *
 * @source recordings 37, 43; pve-cluster 8 PVE/Cluster.pm cfs_lock
 */
import type { FileAnswer, FileChange } from "../files/files-state.ts";
import { type EventHandler, type EventSpec, schedule } from "../kernel.ts";
import { changePmxcfs } from "../pmxcfs/pmxcfs-changes.ts";
import { pmxcfsWritable } from "../pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../state.ts";
import { memberRequest, printLine } from "./cluster-jobs.ts";

const CONF_LOCK = "priv/lock/file-corosync_conf";

const TRIES = 10;
const RETRY_MS = 1_000;

/** What a command says while it waits, once a second. */
const AWAITED = "trying to acquire cfs lock 'file-corosync_conf' ...\n";

/** The change with which whoever has the lock lets it go. */
export const UNLOCK_CONF: FileChange = { op: "rmdir", path: CONF_LOCK };

/** What the event after the tries gets in its data. */
export interface ConfLocked {
  /** Why the lock cannot be had; absent when it is. */
  lockRefusal?: string;
}

interface Attempt {
  triesLeft: number;
  then: EventSpec;
  request?: number;
}

/**
 * Take the lock.
 *
 * @param then gets `ConfLocked` in its data; the tries belong to its process and end with it
 * @param request whose command says that it waits
 */
export function lockConf(lab: LabState, node: string, then: EventSpec, request?: number): void {
  attempt(lab, node, { triesLeft: TRIES, then, ...(request !== undefined && { request }) });
}

export const confLockHandlers: Record<string, EventHandler> = {
  "cluster/conf-lock": (lab, { node, data }) => attempt(lab, node!, data as Attempt),
  "cluster/conf-lock-tried": (lab, { node: name, data }) => {
    const { answer, ...tried } = data as Attempt & { answer: FileAnswer };
    const { then, triesLeft } = tried;
    const node = name!;
    if (answer.state !== "refused") {
      schedule(lab, 0, then);
      return;
    }
    if (triesLeft <= 1) {
      const outcome: ConfLocked = { lockRefusal: refusalOf(lab, node) };
      schedule(lab, 0, { ...then, data: { ...(then.data as object | undefined), ...outcome } });
      return;
    }
    printLine(tried.request === undefined ? undefined : memberRequest(lab, node, tried.request), "stderr", AWAITED);
    changePmxcfs(lab, node, { op: "utimes", path: CONF_LOCK, mtimeMs: 0 });
    schedule(lab, RETRY_MS, eventOf(node, "cluster/conf-lock", { ...tried, triesLeft: triesLeft - 1 }));
  },
};

function attempt(lab: LabState, node: string, data: Attempt): void {
  changePmxcfs(lab, node, { op: "mkdir", path: CONF_LOCK }, eventOf(node, "cluster/conf-lock-tried", data));
}

function eventOf(node: string, kind: string, data: Attempt): EventSpec {
  const { pid } = data.then;
  return { kind, node, data, ...(pid !== undefined && { pid }) };
}

function refusalOf(lab: LabState, node: string): string {
  const quorate = pmxcfsWritable(lab.nodes[node]!.pmxcfs);
  return `cfs-lock 'file-corosync_conf' error: ${quorate ? "got lock request timeout" : "no quorum!"}`;
}
