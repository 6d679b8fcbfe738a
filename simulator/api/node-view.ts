/** Whether a node answers at all, which certificate it shows, and what time it has. */
import type { LabPort } from "../cluster/port.ts";
import type { UnitName } from "../cluster/services/services-state.ts";
import type { LabState } from "../cluster/state.ts";
import { wallNowMs } from "../cluster/wall-clock.ts";

/**
 * How the node's port 8006 meets a connection: it is served, it is refused because pveproxy does not run, or nothing
 * comes back because the machine has no power or stands still.
 */
export type DoorState = "open" | "refused" | "silent";

export function doorStateOf(lab: Readonly<LabState>, node: string): DoorState {
  if (lab.nodes[node]!.power !== "on") return "silent";
  if (!serviceRuns(lab, node, "pveproxy")) return "refused";
  // Stopped by a signal: the kernel still takes connections in, and nobody reads them.
  return lab.nodes[node]!.processes[mainPid(lab, node, "pveproxy")]?.stopped ? "silent" : "open";
}

/** Whether a unit is active and its main process is there, be it stopped by a signal or not. */
export function serviceRuns(lab: Readonly<LabState>, node: string, unit: UnitName): boolean {
  const state = lab.nodes[node]!.services.units[unit];
  return state.active === "active" && lab.nodes[node]!.processes[state.mainPid] !== undefined;
}

function mainPid(lab: Readonly<LabState>, node: string, unit: UnitName): number {
  return lab.nodes[node]!.services.units[unit].mainPid;
}

/** The certificate and key that pveproxy shows; undefined while none has been issued. */
export function certificateShown(
  lab: Readonly<LabState>,
  node: string,
): { certPem: string; keyPem: string } | undefined {
  const served = lab.pki.nodes[node];
  return served && served.certPem !== "" ? served : undefined;
}

/** The nodes' wall clock, milliseconds since 1970. */
export function wallClockMs(lab: LabPort): number {
  return lab.read(wallNowMs);
}
