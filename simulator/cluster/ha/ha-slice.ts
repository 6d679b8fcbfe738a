/** High availability: what this slice adds to the model's tables. */
import { type EventHandler, nodeOf } from "../kernel.ts";
import { pmxcfsFile } from "../pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../state.ts";
import { crmEvent, crmStarted, stopCrm, wakeCrm } from "./crm.ts";
import { haOf, newCrm, newLrm } from "./ha-state.ts";
import { lrmEvent, lrmStarted, stopLrm, wakeLrm } from "./lrm.ts";
import { workEvent } from "./lrm-work.ts";
import { forgetWatchdog, kernelStands, watchdogAbandoned, watchdogHandlers } from "./watchdog.ts";

export const haHandlers: Record<string, EventHandler> = {
  ...watchdogHandlers,
  "ha/crm": crmEvent,
  "ha/lrm": lrmEvent,
  "ha/work": workEvent,
  /** A change that nobody waits for has been made. */
  "ha/done": () => undefined,
  "ha/config-changed": (lab, event) => {
    wakeCrm(lab, event.node!);
    wakeLrm(lab, event.node!);
  },
  "ha/daemon-started": (lab, event) => {
    const node = event.node!;
    const { unit } = event.data as { unit: string };
    if (unit === "pve-ha-crm") {
      haOf(lab, node).crm = newCrm();
      crmStarted(lab, node);
    } else {
      haOf(lab, node).lrm = newLrm();
      lrmStarted(lab, node);
    }
  },
  "ha/daemon-stops": (lab, event) => {
    const node = event.node!;
    if ((event.data as { unit: string }).unit === "pve-ha-crm") stopCrm(lab, node);
    else {
      const { shutdown } = nodeOf(lab, node);
      const going = shutdown?.stage === "under-way";
      stopLrm(lab, node, going ? { policy: shutdownPolicy(lab, node), reboot: shutdown.reboot } : "restart");
    }
  },
  "ha/daemon-gone": (lab, event) => {
    const { unit } = event.data as { unit: string };
    watchdogAbandoned(lab, event.node!, unit === "pve-ha-crm" ? "crm" : unit === "pve-ha-lrm" ? "lrm" : "mux");
  },
  "ha/power-lost": (lab, event) => {
    forgetWatchdog(lab, event.node!);
    delete nodeOf(lab, event.node!).ha;
  },
  "ha/hung": (lab, event) => kernelStands(lab, event.node!),
};

/** What datacenter.cfg says of the services of a node that goes down. @source datacenter.cfg(5) `ha: shutdown_policy=` */
function shutdownPolicy(lab: LabState, node: string): string {
  const text = pmxcfsFile(lab, node, "datacenter.cfg") ?? "";
  return /^ha:.*shutdown_policy=(\w+)/m.exec(text)?.[1] ?? "conditional";
}
