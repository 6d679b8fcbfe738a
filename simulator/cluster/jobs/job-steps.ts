/** The steps of every kind of job, and who takes them. */
import { bulkSteps } from "../guests/bulk-steps.ts";
import { configSteps } from "../guests/config-steps.ts";
import { destroySteps } from "../guests/destroy-steps.ts";
import { diskCopySteps } from "../guests/disk-copy.ts";
import { diskSteps } from "../guests/disk-steps.ts";
import { imageSteps } from "../guests/image-steps.ts";
import { powerSteps } from "../guests/power-steps.ts";
import { snapshotSteps } from "../guests/snapshot-steps.ts";
import { startSteps } from "../guests/start-steps.ts";
import { suspendToDiskSteps } from "../guests/suspend-to-disk.ts";
import { haSteps } from "../ha/ha-requests.ts";
import { invariant } from "../invariant.ts";
import { type EventHandler, nodeOf } from "../kernel.ts";
import { migrateCopySteps } from "../migration/migrate-copies.ts";
import { failureSteps } from "../migration/migrate-failure.ts";
import { memorySteps } from "../migration/migrate-memory.ts";
import { migrateSteps } from "../migration/migrate-steps.ts";
import type { SequenceEnd } from "../pmxcfs/sequence.ts";
import { Refusal } from "../refusal.ts";
import { storageSteps } from "../storage/storage-steps.ts";
import { endJob, type JobStep } from "./jobs.ts";

/** A kind's own steps come last: some begin in another way than those that they share. */
const jobSteps: Record<string, Record<string, JobStep>> = {
  ...bulkSteps,
  ...configSteps,
  ...imageSteps,
  ...powerSteps,
  ...diskSteps,
  clone: { ...diskCopySteps, ...diskSteps.clone },
  "move-disk": { ...diskCopySteps, ...diskSteps["move-disk"] },
  start: startSteps,
  suspend: { ...suspendToDiskSteps, ...powerSteps.suspend },
  resume: { ...startSteps, ...powerSteps.resume },
  ...snapshotSteps,
  destroy: destroySteps,
  migrate: { ...migrateSteps, ...migrateCopySteps, ...memorySteps, ...failureSteps },
  "storage-config": storageSteps,
  "ha-config": haSteps,
};

export const jobStepHandlers: Record<string, EventHandler> = {
  "jobs/step": (lab, event) => {
    const { id, step, failed } = event.data as { id: number; step: string } & SequenceEnd;
    const job = nodeOf(lab, event.node!).jobs.jobs.find((one) => one.id === id);
    if (!job?.running) return;
    const code = jobSteps[job.kind]?.[step];
    invariant(code, `no step ${job.kind}/${step}`);
    try {
      code(lab, job, failed ? { failed } : {});
    } catch (error) {
      // What is refused a job ends it, as Perl's `die` does.
      if (!(error instanceof Refusal)) throw error;
      endJob(lab, job, error.message);
    }
  },
};
