/** The steps of every kind of job. Put together when first asked, as the handlers are: modules of steps may import one another. */
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
import { migrateCopySteps } from "../migration/migrate-copies.ts";
import { failureSteps } from "../migration/migrate-failure.ts";
import { memorySteps } from "../migration/migrate-memory.ts";
import { migrateSteps } from "../migration/migrate-steps.ts";
import { storageSteps } from "../storage/storage-steps.ts";
import type { JobStep } from "./jobs.ts";

let composed: Record<string, Record<string, JobStep>> | undefined;

export function jobSteps(): Record<string, Record<string, JobStep>> {
  composed ??= compose();
  return composed;
}

/** A kind's own steps come last: some begin in another way than those that they share. */
function compose(): Record<string, Record<string, JobStep>> {
  return {
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
}
