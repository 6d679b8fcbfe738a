/**
 * Two machines of one guest that write to one disk: what the disk looks like then.
 *
 * Looked at only while there are two. A machine that cannot reach its storage writes nothing; from the moment that both
 * reach it, each overwrites what the other just wrote, and the file systems on the disk are damaged for good.
 */
import { type EventHandler, schedule } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { serverReachable } from "../storage/storage-servers.ts";
import type { Volume } from "../storage/storage-state.ts";
import { findVolume } from "../storage/volumes.ts";
import { disksOf, parseGuestConfig } from "./guest-config.ts";
import { allInstances } from "./guest-view.ts";
import type { QemuInstance } from "./guests-state.ts";

const LOOK_MS = 2_000;

/** A machine has been started: is there another of the same guest? */
export function watchForCopies(lab: LabState, vmid: number): void {
  if (copies(lab, vmid).length > 1) schedule(lab, LOOK_MS, { kind: "guests/two-copies", data: { vmid } });
}

export const twoCopiesHandlers: Record<string, EventHandler> = {
  "guests/two-copies": (lab, event) => {
    const { vmid } = event.data as { vmid: number };
    const all = copies(lab, vmid);
    if (all.length < 2) return;
    const writers = new Map<Volume, number>();
    for (const { node, instance } of all) {
      if (instance.status !== "running" || lab.nodes[node]!.power !== "on") continue;
      for (const volume of volumesWritten(lab, node, instance)) writers.set(volume, (writers.get(volume) ?? 0) + 1);
    }
    const laterMs = Math.max(...all.map(({ instance }) => instance.startedAtMs));
    for (const [volume, count] of writers) {
      if (count < 2) continue;
      volume.damaged = true;
      volume.twoWritersSinceMs ??= laterMs + lab.wallOffsetMs;
    }
    schedule(lab, LOOK_MS, { kind: "guests/two-copies", data: { vmid } });
  },
};

/** Whether a disk of this machine was written to by two at once. */
export function diskIsDamaged(lab: Readonly<LabState>, node: string, instance: QemuInstance): boolean {
  return disksOf(parseGuestConfig(instance.config).keys).some(
    (disk) => findVolume(lab, node, disk.volid)?.damaged === true,
  );
}

/** Machines of one guest; one that waits for another's memory is no second one. */
function copies(lab: Readonly<LabState>, vmid: number) {
  return allInstances(lab).filter(
    ({ instance }) => instance.vmid === vmid && (instance.status === "running" || instance.status === "paused"),
  );
}

function volumesWritten(lab: Readonly<LabState>, node: string, instance: QemuInstance): Volume[] {
  return disksOf(parseGuestConfig(instance.config).keys)
    .map((disk) => findVolume(lab, node, disk.volid))
    .filter((volume) => volume !== undefined)
    .filter((volume) => {
      const server = /^nfs:([^/]+)/.exec(volume.place)?.[1];
      return server === undefined || serverReachable(lab, node, server);
    });
}
