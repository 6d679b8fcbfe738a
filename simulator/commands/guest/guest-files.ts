/** Files inside a guest as its programs see them. */
import { entryIsLost, guestFilesState, systemVolume } from "../../cluster/guests/guest-disk.ts";
import { disksAnswer, guestUptimeS, machineOfBoot } from "../../cluster/guests/guest-view.ts";
import type { LabPort } from "../../cluster/port.ts";
import { smallDiskFiles } from "../../node-view/small-disk-files.ts";
import type { NodeFiles } from "../../shell/node-files.ts";
import type { GuestBoot } from "./guest-boot.ts";

/** @param port the lab's own, not a guest's */
export function guestFiles(port: LabPort, boot: GuestBoot): NodeFiles {
  const { vmid, bootId } = boot;
  return smallDiskFiles(port, {
    of: (lab) => {
      const here = machineOfBoot(lab, vmid, bootId);
      return here && guestFilesState(lab, here.node, here.instance);
    },
    change: (change) => port.act("guests/files", { vmid, bootId, change }),
    kernelTells: (path) => kernelTells(port, boot, path),
    broken: (lab, entry) => {
      const here = machineOfBoot(lab, vmid, bootId);
      return here && entryIsLost(systemVolume(lab, here.node, here.instance), entry) ? "EBADMSG" : undefined;
    },
    // A disk on a server that is away does not fail: whoever touches it waits.
    ready: async () => {
      await port.until((lab) => {
        const here = machineOfBoot(lab, vmid, bootId);
        return !here || disksAnswer(lab, here.node, here.instance) ? true : undefined;
      });
    },
  });
}

/** A boot's id in the form of a UUID. */
function bootIdText(bootId: string): string {
  return `${bootId}-5c1d-4b7e-9a20-${bootId}${bootId.slice(0, 4)}`;
}

function kernelTells(port: LabPort, { vmid, bootId, hostName }: GuestBoot, path: string): string | undefined {
  switch (path) {
    case "/etc/hostname":
      return `${hostName}\n`;
    case "/proc/sys/kernel/random/boot_id":
      return `${bootIdText(bootId)}\n`;
    case "/proc/uptime": {
      const seconds = port.read((lab) => {
        const found = machineOfBoot(lab, vmid, bootId);
        return found ? guestUptimeS(lab, found.instance.machine) : 0;
      });
      return `${seconds.toFixed(2)} ${(seconds * 0.97).toFixed(2)}\n`;
    }
    default:
      return undefined;
  }
}
