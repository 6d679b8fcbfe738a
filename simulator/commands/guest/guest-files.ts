/**
 * Files inside a guest. They lie in this process and not in the lab: what is written there is kept while the lab is awake
 * and gone after it slept (docs/fidelity/guests.md).
 */
import { guestUptimeS, machineOfBoot } from "../../cluster/guests/guest-view.ts";
import type { LabPort } from "../../cluster/port.ts";
import type { LabState } from "../../cluster/state.ts";
import { createMemoryFiles } from "../../shell/memory-files.ts";
import type { NodeFiles } from "../../shell/node-files.ts";
import type { GuestBoot } from "./guest-boot.ts";

const disks = new WeakMap<Readonly<LabState>, Map<number, NodeFiles>>();

/** @param port the lab's own, not a guest's */
export function guestFiles(port: LabPort, boot: GuestBoot): NodeFiles {
  const disk = diskOf(port, boot);
  const system: Record<string, () => string> = {
    "/etc/hostname": () => `${boot.hostName}\n`,
    "/proc/sys/kernel/random/boot_id": () => `${bootIdText(boot.bootId)}\n`,
    "/proc/uptime": () => {
      const seconds = port.read((lab) => {
        const found = machineOfBoot(lab, boot.vmid, boot.bootId);
        return found ? guestUptimeS(lab, found.instance.machine) : 0;
      });
      return `${seconds.toFixed(2)} ${(seconds * 0.97).toFixed(2)}\n`;
    },
  };
  return {
    ...disk,
    async readFile(path) {
      const text = system[path];
      return text ? Buffer.from(text()) : disk.readFile(path);
    },
  };
}

/** A boot's id in the form of a UUID. */
export function bootIdText(bootId: string): string {
  return `${bootId}-5c1d-4b7e-9a20-${bootId}${bootId.slice(0, 4)}`;
}

function diskOf(port: LabPort, boot: GuestBoot): NodeFiles {
  const lab = port.read((state) => state);
  const ofLab = disks.get(lab) ?? new Map<number, NodeFiles>();
  disks.set(lab, ofLab);
  let disk = ofLab.get(boot.vmid);
  if (!disk) {
    disk = createMemoryFiles(
      {
        "/bin/": "",
        "/etc/hostname": "",
        "/etc/hosts": `127.0.0.1 localhost\n127.0.1.1 ${boot.hostName}\n`,
        "/etc/os-release":
          'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n',
        "/proc/sys/kernel/random/boot_id": "",
        "/proc/uptime": "",
        "/root/": "",
        "/tmp/": "",
        "/usr/bin/": "",
        "/usr/sbin/": "",
        "/var/log/": "",
      },
      () => port.read((state) => state.nowMs + state.wallOffsetMs),
    );
    ofLab.set(boot.vmid, disk);
  }
  return disk;
}
