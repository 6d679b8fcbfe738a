/**
 * Starting a guest, and waking one that was suspended to disk: its memory and its lock go only when it runs again.
 *
 * @source recordings 22, guests/22, 53; qemu-server 8.3.13 PVE/QemuServer.pm vm_start (waking: unverified)
 */
import { after, endJob, type JobStep, say } from "../jobs/jobs.ts";
import type { JobState } from "../jobs/jobs-state.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";
import { findVolume, freeVolume, splitVolid, storageCheckMs, storageTrouble, volumePath } from "../storage/volumes.ts";
import { cardWithoutBridge, missingBridgeText } from "./bridges.ts";
import { type ConfigKeys, drivesOf, writeGuestConfig } from "./guest-config.ts";
import { checkLock, loadConfig, lockFirst, writeConfig, writeRefused, written } from "./guest-steps.ts";
import { guestText, holderOfDisks, instanceOf } from "./guest-view.ts";
import { resumeMachine, startQemu } from "./machine.ts";
import { processorRefusal } from "./processors.ts";
import { SUSPENDED } from "./suspend-to-disk.ts";

const START_MS = 1_400;

/** Of `start`, and of `resume` for a guest that was suspended to disk. */
export const startSteps: Record<string, JobStep> = {
  begin: lockFirst,
  locked: (lab, job) => {
    const config = loadConfig(lab, job);
    if (config.keys.lock !== "suspended") checkLock(lab, job);
    if (instanceOf(lab, job.node, job.vmid)) throw new Refusal("busy", `VM ${job.vmid} already running`);
    if (sleeps(config.keys)) say(lab, job, "Resuming suspended VM");
    if (sleeps(config.keys) || (Object.keys(config.pending).length === 0 && config.pendingDelete.length === 0)) {
      after(lab, job, 0, "launch");
      return;
    }
    for (const key of config.pendingDelete) delete config.keys[key];
    Object.assign(config.keys, config.pending);
    writeConfig(lab, job, { ...config, pending: {}, pendingDelete: [] }, "launch");
  },
  launch: (lab, job, { failed }) => {
    if (failed) throw new Refusal("permission", writeRefused(job));
    const { keys } = loadConfig(lab, job);
    const refusal = processorRefusal(keys);
    if (refusal !== undefined) {
      endJob(lab, job, refusal);
      return;
    }
    const trouble = diskTrouble(lab, job.node, keys);
    if (trouble === undefined) after(lab, job, START_MS, "up");
    else {
      Object.assign(job.data as object, { trouble });
      after(lab, job, storageCheckMs(trouble), "noDisk");
    }
  },
  noDisk: (lab, job) => endJob(lab, job, (job.data as { trouble: string }).trouble),
  up: (lab, job) => {
    const config = loadConfig(lab, job);
    const { keys } = config;
    const kept = sleeps(keys) ? lab.guestSystems[job.vmid]?.keptMachines?.[SUSPENDED] : undefined;
    if (holderOfDisks(lab, job.node, keys)) {
      const disk = drivesOf(keys).find((drive) => !drive.cdrom)!;
      const path = volumePath(lab, job.node, disk.volid);
      say(lab, job, `kvm: -drive file=${path},if=none,id=drive-${disk.key}: Failed to get "write" lock`);
      endQemuFailed(lab, job, `Is another process using the image [${path}]?`);
      return;
    }
    const wrong = wrongArgument(keys.args ?? "");
    if (wrong !== undefined) {
      endQemuFailed(lab, job, `kvm: ${wrong}: invalid option`);
      return;
    }
    const card = cardWithoutBridge(lab, job.node, keys);
    if (card) {
      const { first, last } = missingBridgeText(job.vmid, card);
      say(lab, job, first);
      endQemuFailed(lab, job, last);
      return;
    }
    if (sleeps(keys) && !kept) {
      // What was cut off while it was written is no state: `qm set ID --delete vmstate` is the way out.
      endQemuFailed(lab, job, "kvm: load of migration failed: Invalid argument");
      return;
    }
    const instance = startQemu(lab, job.node, job.vmid, guestText(lab, job.node, job.vmid)!, kept);
    if (!kept) {
      endJob(lab, job);
      return;
    }
    resumeMachine(lab, instance);
    say(lab, job, "Resumed VM, removing state");
    const { lock: _lock, vmstate, runningmachine: _machine, ...awake } = keys;
    if (vmstate !== undefined) freeVolume(lab, job.node, vmstate);
    delete lab.guestSystems[job.vmid]!.keptMachines![SUSPENDED];
    instance.config = writeGuestConfig({ ...config, keys: awake });
    writeConfig(lab, job, { ...config, keys: awake }, "written");
  },
  written,
};

/** Whether a start brings a guest's memory back. */
const sleeps = (keys: ConfigKeys) => keys.lock === "suspended" || keys.vmstate !== undefined;

/** Why what a guest is started from cannot be opened on a node: its disks, and its memory if that was saved. */
function diskTrouble(lab: Readonly<LabState>, node: string, keys: ConfigKeys): string | undefined {
  const drives = drivesOf(keys).filter((drive) => !drive.key.startsWith("unused"));
  const volids = [...drives.map((drive) => drive.volid), ...(keys.vmstate === undefined ? [] : [keys.vmstate])];
  for (const volid of volids) {
    const parts = splitVolid(volid);
    if (!parts) continue;
    const trouble = storageTrouble(lab, node, parts.storage);
    if (trouble) return trouble;
    if (!findVolume(lab, node, volid)) {
      const path = volumePath(lab, node, volid);
      return path.startsWith("/dev/") ? `no such logical volume ${path.slice(5)}` : `volume '${volid}' does not exist`;
    }
  }
  return undefined;
}

/** @param last what QEMU said last */
function endQemuFailed(lab: LabState, job: JobState, last: string): void {
  say(lab, job, last);
  endJob(lab, job, "start failed: QEMU exited with code 1");
}

const QEMU_OPTIONS = new Set(
  (
    "accel add-fd append audiodev bios blockdev boot cdrom chardev cpu d D device display drive dtb fda fdb fsdev fw_cfg global " +
    "hda hdb hdc hdd icount incoming initrd k kernel L loadvm m machine mem-path mem-prealloc mon monitor msg name net netdev nic " +
    "no-hpet no-reboot no-shutdown nodefaults nographic numa object overcommit parallel pidfile plugin qmp readconfig rtc S " +
    "sandbox serial set smbios smp snapshot spice tb-size trace usb usbdevice uuid vga virtfs vnc watchdog watchdog-action"
  ).split(" "),
);

/** The first option of `args` that QEMU does not have. @source guests/22: a start with `args: -nonsense` fails */
function wrongArgument(args: string): string | undefined {
  return args.split(/\s+/).find((word) => /^-[a-z]/i.test(word) && !QEMU_OPTIONS.has(word.replace(/^--?/, "")));
}
