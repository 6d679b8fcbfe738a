/** Steps with guests that tests of the model share: a storage for all nodes, changes and their ends. */
import type { GuestAction } from "../guests/guest-actions.ts";
import { findJob } from "../jobs/jobs.ts";
import type { JobState } from "../jobs/jobs-state.ts";
import type { LabState } from "../state.ts";
import { act } from "../stepping.ts";
import { change, run, runUntil } from "./lab-steps.ts";

/** The lab's NFS server, which `storage/cut` and `storage/server` speak of. */
export const NFS_ADDRESS = "10.99.7.5";

/** Add the storage `shared`, an NFS export that every node mounts. */
export function addShared(lab: LabState, content = "images"): void {
  const cfg = lab.nodes.pve1!.pmxcfs.database.entries["storage.cfg"]!.content;
  const nfs = `nfs: shared\n\texport /export/guests\n\tpath /mnt/pve/shared\n\tserver ${NFS_ADDRESS}\n\tcontent ${content}\n\n`;
  change(lab, "pve1", { op: "write", path: "/etc/pve/storage.cfg", content: cfg + nfs });
  run(lab, 500);
}

/** Begin a change of a guest. @throws Refusal before anything is started */
export function begin(
  lab: LabState,
  node: string,
  vmid: number,
  action: GuestAction,
  params: Record<string, string> = {},
): JobState {
  const { job } = act(lab, "guests/act", { node, vmid, action, params, program: "qm" });
  return findJob(lab, node, job)!;
}

/** The job as it is when it has ended. */
export function finish(lab: LabState, { node, id }: JobState, withinMs = 300_000): JobState {
  return runUntil(
    lab,
    () => {
      const job = findJob(lab, node, id)!;
      return job.running ? undefined : job;
    },
    withinMs,
  );
}

/** Change a guest and wait for the end. */
export function does(
  lab: LabState,
  node: string,
  vmid: number,
  action: GuestAction,
  params: Record<string, string> = {},
): JobState {
  return finish(lab, begin(lab, node, vmid, action, params));
}
