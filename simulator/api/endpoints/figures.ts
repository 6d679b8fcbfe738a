/** What nodes publish of themselves among each other, as the lists of the API show it. */
import type { GuestSummary } from "../../cluster/guests/guest-view.ts";
import type { Json } from "../answer.ts";
import { APPLIANCE, loadOf } from "../appliance.ts";

/** Figures that nobody renews are dropped after this long. @source recordings 40, 41: about five minutes */
const FORGOTTEN_AFTER_MS = 300_000;

/** Whether `viewer` still has what a node published, which outlives the node for a while. */
export function figuresAreKept(
  state: Parameters<typeof loadOf>[0],
  viewer: string,
  { name, online }: { name: string; online: boolean },
): boolean {
  return online || state.nowMs - (state.nodes[viewer]!.pmxcfs.offlineSinceMs?.[name] ?? 0) <= FORGOTTEN_AFTER_MS;
}

/** Figures that nodes publish among themselves; of one that is away only what does not change is left. */
export function figures(state: Parameters<typeof loadOf>[0], name: string, online: boolean): { [key: string]: Json } {
  const fixed = { maxcpu: APPLIANCE.cpus, maxmem: APPLIANCE.memoryBytes, maxdisk: APPLIANCE.rootBytes };
  if (!online || !state.nodes[name]) return fixed;
  const load = loadOf(state, name);
  return { ...fixed, cpu: load.cpuFraction, mem: load.memoryBytes, disk: load.rootBytes, uptime: load.uptimeSeconds };
}

/** What a node tells of a guest's use: nothing is used while it does not run. Bytes, and a share of its processors. */
export function guestFigures({ status, memoryMib, bootDiskBytes }: GuestSummary) {
  const running = status === "running";
  const maxmem = memoryMib * 1024 ** 2;
  return {
    maxmem,
    maxdisk: bootDiskBytes,
    mem: running ? Math.round(maxmem * 0.4) : 0,
    disk: 0,
    netin: 0,
    netout: 0,
    cpu: running ? 0.02 : 0,
  };
}
