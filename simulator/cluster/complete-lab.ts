/** Give a lab that was saved before some slice existed that slice's first state. */
import { newJobsState } from "./jobs/jobs-state.ts";
import { MAIN_NETWORK } from "./lab.ts";
import { idleUnit } from "./services/services.ts";
import type { LabState } from "./state.ts";
import { newStorageState } from "./storage/storage-servers.ts";

/** What is missing is added in place; a lab of this version stays as it is. */
export function completeLab(lab: LabState): LabState {
  const old: Partial<Pick<LabState, "storage" | "guestSystems">> = lab;
  old.storage ??= newStorageState(MAIN_NETWORK, lab.network.networks[MAIN_NETWORK]?.subnet ?? "10.99.7.0");
  old.guestSystems ??= {};
  for (const node of Object.values(lab.nodes)) {
    const part: Partial<Pick<typeof node, "jobs" | "qemu">> = node;
    part.jobs ??= newJobsState();
    part.qemu ??= {};
    const { tcpRetries2 } = node as { tcpRetries2?: number };
    if (tcpRetries2 !== undefined) {
      node.kernelSettings = { "net.ipv4.tcp_retries2": String(tcpRetries2) };
      delete (node as { tcpRetries2?: number }).tcpRetries2;
    }
    const units: Partial<typeof node.services.units> = node.services.units;
    const enabled = (node.corosync as { qdeviceEnabled?: boolean }).qdeviceEnabled;
    units["corosync-qdevice"] ??= idleUnit(enabled ?? false);
  }
  return lab;
}
