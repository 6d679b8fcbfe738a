/** Every event kind of the model and who handles it. A slice exports its own table; here they become one. */
import { bootHandlers } from "./boot.ts";
import { corosyncHandlers } from "./corosync/corosync-slice.ts";
import { guestHandlers } from "./guests/guest-slice.ts";
import { twoCopiesHandlers } from "./guests/two-copies.ts";
import { haHandlers } from "./ha/ha-slice.ts";
import { reloadTaskHandlers } from "./host-network/reload-task.ts";
import { jobStepHandlers } from "./jobs/job-steps.ts";
import { jobHandlers } from "./jobs/jobs.ts";
import { clusterHandlers } from "./join/join-slice.ts";
import type { EventHandler } from "./kernel.ts";
import { renewalHandlers } from "./pki/renewal.ts";
import { pmxcfsHandlers } from "./pmxcfs/daemon.ts";
import { sequenceHandlers } from "./pmxcfs/sequence.ts";
import { syncHandlers } from "./pmxcfs/sync.ts";
import { serviceTaskHandlers } from "./services/service-task.ts";
import { servicesHandlers } from "./services/services-slice.ts";
import { shutdownHandlers } from "./shutdown.ts";
import { storageHandlers } from "./storage/storage-servers.ts";

/** Handlers by event kind. Tests may add their own. */
export const handlers: Record<string, EventHandler> = {
  ...bootHandlers,
  ...shutdownHandlers,
  ...corosyncHandlers,
  ...pmxcfsHandlers,
  ...syncHandlers,
  ...sequenceHandlers,
  ...renewalHandlers,
  ...servicesHandlers,
  ...serviceTaskHandlers,
  ...reloadTaskHandlers,
  ...clusterHandlers,
  ...jobHandlers,
  ...jobStepHandlers,
  ...guestHandlers,
  ...twoCopiesHandlers,
  ...haHandlers,
  ...storageHandlers,
};
