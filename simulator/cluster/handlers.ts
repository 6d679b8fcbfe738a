/**
 * Every event kind of the model and who handles it. A slice exports its own table; here they become one.
 *
 * The table is put together when it is first asked, not when this module loads: slices import the kernel, which
 * imports this file, and a table that was read while its module still loads would be empty.
 */
import { bootHandlers } from "./boot.ts";
import { corosyncHandlers } from "./corosync/corosync-slice.ts";
import { guestHandlers } from "./guests/guest-slice.ts";
import { twoCopiesHandlers } from "./guests/two-copies.ts";
import { haHandlers } from "./ha/ha-slice.ts";
import { reloadTaskHandlers } from "./host-network/reload-task.ts";
import { jobHandlers } from "./jobs/jobs.ts";
import { clusterHandlers } from "./join/join-slice.ts";
import type { EventHandler } from "./kernel.ts";
import { pmxcfsHandlers } from "./pmxcfs/daemon.ts";
import { sequenceHandlers } from "./pmxcfs/sequence.ts";
import { syncHandlers } from "./pmxcfs/sync.ts";
import { serviceTaskHandlers } from "./services/service-task.ts";
import { servicesHandlers } from "./services/services-slice.ts";
import { shutdownHandlers } from "./shutdown.ts";
import { storageHandlers } from "./storage/storage-servers.ts";

/** Handlers by event kind. Tests may add their own. */
export const handlers: Record<string, EventHandler> = {};

let composed = false;

/** The handler of an event kind; undefined when no slice has one. */
export function handlerOf(kind: string): EventHandler | undefined {
  if (!composed) {
    composed = true;
    Object.assign(
      handlers,
      bootHandlers,
      shutdownHandlers,
      corosyncHandlers(),
      pmxcfsHandlers,
      syncHandlers,
      sequenceHandlers,
      servicesHandlers,
      serviceTaskHandlers,
      reloadTaskHandlers,
      clusterHandlers(),
      jobHandlers,
      guestHandlers,
      twoCopiesHandlers,
      haHandlers,
      storageHandlers,
      { ...handlers },
    );
  }
  return handlers[kind];
}
