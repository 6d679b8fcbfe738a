/** The steps of every kind of job. Put together when first asked, as the handlers are. */
import { configSteps } from "../guests/config-steps.ts";
import { destroySteps } from "../guests/destroy-steps.ts";
import { diskSteps } from "../guests/disk-steps.ts";
import { imageSteps } from "../guests/image-steps.ts";
import { powerSteps } from "../guests/power-steps.ts";
import { snapshotSteps } from "../guests/snapshot-steps.ts";
import { haSteps } from "../ha/ha-requests.ts";
import { migrateSteps } from "../migration/migrate-steps.ts";
import { storageSteps } from "../storage/storage-steps.ts";
import type { JobStep } from "./jobs.ts";

let composed: Record<string, Record<string, JobStep>> | undefined;

export function jobSteps(): Record<string, Record<string, JobStep>> {
  composed ??= {
    ...configSteps,
    ...imageSteps,
    ...powerSteps,
    ...diskSteps,
    ...snapshotSteps,
    destroy: destroySteps,
    migrate: migrateSteps,
    "storage-config": storageSteps,
    "ha-config": haSteps,
  };
  return composed;
}
