/** Starting, stopping and pausing guests, step by step. @source recordings 21, 22, 26, guests/30, 50-54 */
import { after, changeThen, endJob, type JobStep, lockGuest, say } from "../jobs/jobs.ts";
import type { JobState } from "../jobs/jobs-state.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";
import { findVolume, freeVolume, splitVolid, storageCheckMs, storageTrouble, volumePath } from "../storage/volumes.ts";
import { wallNowMs } from "../wall-clock.ts";
import { isTrue, tryGuestAction } from "./guest-actions.ts";
import { type ConfigKeys, drivesOf, parseGuestConfig, writeGuestConfig } from "./guest-config.ts";
import { disksAnswer, guestConfig, guestPath, guestText, holderOfDisks, instanceOf } from "./guest-view.ts";
import type { QemuInstance } from "./guests-state.ts";
import { endQemu, endSystem, hasSystem, holdMachine, resetMachine, resumeMachine, startQemu } from "./machine.ts";
import { allocateState, RUNNING_MACHINE, stateSeconds } from "./saved-memory.ts";

const START_MS = 1_400;
const STOP_MS = 700;
const MONITOR_MS = 200;
/** A system with ACPI needs this long. @source guests/30: 2.8 to 4.9 s */
export const SHUTDOWN_MS = 2_600;
const REBOOT_MS = 2_200;
const SHUTDOWN_TIMEOUT_S = 60;
/** A stop waits so long for QEMU to end, and so long after SIGTERM. @source qemu-server QemuServer.pm _do_vm_stop (unverified) */
const STOP_TIMEOUT_S = 60;
const SIGTERM_S = 10;
/** Whether a guest's system hears the power button now: it runs, and can reach its disk. */
function hearsPower(lab: LabState, node: string, instance: QemuInstance): boolean {
  const system = hasSystem(parseGuestConfig(instance.config).keys);
  return instance.status === "running" && system && disksAnswer(lab, node, instance);
}

export const paramsOf = (job: JobState) => (job.data as { params: Record<string, string> }).params;

/** End the job if the guest is locked by another's work. */
export function refusedByLock(lab: LabState, job: JobState): boolean {
  const lock = guestConfig(lab, job.node, job.vmid)?.keys.lock;
  if (!lock || isTrue(paramsOf(job).skiplock)) return false;
  endJob(lab, job, `VM is locked (${lock})`);
  return true;
}

/** Pmxcfs refused: in Proxmox's words. */
export function writeRefused(job: JobState): string {
  return `unable to open file '/etc/pve/${guestPath(job.node, job.vmid)}.tmp.${job.pid}' - Permission denied`;
}

const lockFirst: JobStep = (lab, job) => lockGuest(lab, job, "locked");

/** Why a guest's disks cannot be opened on a node. */
export function diskTrouble(lab: Readonly<LabState>, node: string, keys: ConfigKeys): string | undefined {
  for (const drive of drivesOf(keys)) {
    if (drive.key.startsWith("unused")) continue;
    const parts = splitVolid(drive.volid);
    if (!parts) continue;
    const trouble = storageTrouble(lab, node, parts.storage);
    if (trouble) return trouble;
    if (!findVolume(lab, node, drive.volid)) {
      return volumePath(lab, node, drive.volid).startsWith("/dev/")
        ? `no such logical volume ${volumePath(lab, node, drive.volid).slice(5)}`
        : `volume '${drive.volid}' does not exist`;
    }
  }
  return undefined;
}

/** Name under which the machine of a guest that was suspended to disk is kept: no snapshot can be called so. */
const SUSPENDED = "(suspended)";

/** Write the memory to a volume beside the disks; the guest runs until that is done. @source qm(1) suspend (unverified) */
function saveToDisk(lab: LabState, job: JobState): void {
  const config = guestConfig(lab, job.node, job.vmid)!;
  try {
    const { volid, output } = allocateState(lab, job.node, job.vmid, config.keys, {
      name: `suspend-${new Date(wallNowMs(lab)).toISOString().slice(0, 10)}`,
      storage: paramsOf(job).statestorage,
    });
    for (const line of output) say(lab, job, line);
    Object.assign(job.data as object, { vmstate: volid });
    after(lab, job, stateSeconds(config.keys) * 1_000, "saved");
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    endJob(lab, job, error.message);
  }
}

/** Of `start`, and of `resume` for a guest that was suspended to disk. */
const startSteps: Record<string, JobStep> = {
  begin: lockFirst,
  locked: (lab, job) => {
    const config = guestConfig(lab, job.node, job.vmid);
    const asleep = config?.keys.lock === "suspended";
    if (!asleep && refusedByLock(lab, job)) return;
    if (instanceOf(lab, job.node, job.vmid)) {
      endJob(lab, job, `VM ${job.vmid} already running`);
      return;
    }
    if (!config) {
      endJob(lab, job, `Configuration file '${guestPath(job.node, job.vmid)}' does not exist`, 2);
      return;
    }
    if (asleep) {
      const { lock: _lock, vmstate, runningmachine: _machine, ...keys } = config.keys;
      Object.assign(job.data as object, { woken: true, vmstate });
      config.keys = keys;
    } else if (Object.keys(config.pending).length === 0 && config.pendingDelete.length === 0) {
      after(lab, job, 0, "launch");
      return;
    }
    for (const key of config.pendingDelete) delete config.keys[key];
    Object.assign(config.keys, config.pending);
    const content = writeGuestConfig({ ...config, pending: {}, pendingDelete: [] });
    changeThen(lab, job, [{ op: "write", path: guestPath(job.node, job.vmid), content }], "launch");
  },
  launch: (lab, job) => {
    const keys = guestConfig(lab, job.node, job.vmid)?.keys ?? {};
    const trouble = diskTrouble(lab, job.node, keys);
    if (trouble) {
      Object.assign(job.data as object, { trouble });
      after(lab, job, storageCheckMs(trouble), "noDisk");
    } else after(lab, job, START_MS, "up");
  },
  noDisk: (lab, job) => endJob(lab, job, (job.data as { trouble: string }).trouble),
  up: (lab, job) => {
    const text = guestText(lab, job.node, job.vmid) ?? "";
    const { keys } = parseGuestConfig(text);
    if (holderOfDisks(lab, job.node, keys)) {
      const disk = drivesOf(keys).find((drive) => !drive.cdrom)!;
      const path = volumePath(lab, job.node, disk.volid);
      say(lab, job, `kvm: -drive file=${path},if=none,id=drive-${disk.key}: Failed to get "write" lock`);
      say(lab, job, `Is another process using the image [${path}]?`);
      endJob(lab, job, "start failed: QEMU exited with code 1");
      return;
    }
    const wrong = wrongArgument(keys.args ?? "");
    if (wrong !== undefined) {
      say(lab, job, `kvm: ${wrong}: invalid option`);
      endJob(lab, job, "start failed: QEMU exited with code 1");
      return;
    }
    wakeOrStart(lab, job, text);
    endJob(lab, job);
  },
};

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

/** A guest that was suspended to disk goes on where it stood; any other boots. */
function wakeOrStart(lab: LabState, job: JobState, text: string): void {
  const { woken, vmstate } = job.data as { woken?: true; vmstate?: string };
  const system = lab.guestSystems[job.vmid];
  const kept = woken && system?.keptMachines?.[SUSPENDED];
  if (!kept) {
    startQemu(lab, job.node, job.vmid, text);
    return;
  }
  resumeMachine(lab, startQemu(lab, job.node, job.vmid, text, kept));
  delete system!.keptMachines![SUSPENDED];
  if (vmstate !== undefined && findVolume(lab, job.node, vmstate)) freeVolume(lab, job.node, vmstate);
}

/** What asked it to end was not enough. */
const kill: JobStep = (lab, job) => {
  if (instanceOf(lab, job.node, job.vmid)) say(lab, job, "VM still running after SIGTERM - killing now with SIGKILL");
  after(lab, job, 1_000, "down");
};

export const powerSteps: Record<string, Record<string, JobStep>> = {
  start: startSteps,
  stop: {
    begin: lockFirst,
    locked: (lab, job) => {
      if (guestConfig(lab, job.node, job.vmid) === undefined) {
        endJob(lab, job, `unable to find configuration file for VM ${job.vmid} on node '${job.node}'`, 2);
        return;
      }
      if (refusedByLock(lab, job)) return;
      const instance = instanceOf(lab, job.node, job.vmid);
      if (!instance || disksAnswer(lab, job.node, instance)) after(lab, job, STOP_MS, "down");
      else after(lab, job, STOP_TIMEOUT_S * 1_000, "stuck");
    },
    // QEMU cannot end in good order while its disk does not answer: it writes out first.
    stuck: (lab, job) => {
      const instance = instanceOf(lab, job.node, job.vmid);
      if (!instance || disksAnswer(lab, job.node, instance)) after(lab, job, STOP_MS, "down");
      else {
        say(lab, job, "VM still running - terminating now with SIGTERM");
        after(lab, job, SIGTERM_S * 1_000, "kill");
      }
    },
    kill,
    down: (lab, job) => {
      endQemu(lab, job.node, job.vmid);
      endJob(lab, job);
    },
  },
  shutdown: {
    begin: lockFirst,
    locked: (lab, job) => {
      if (refusedByLock(lab, job)) return;
      const instance = instanceOf(lab, job.node, job.vmid);
      if (!instance || hearsPower(lab, job.node, instance)) after(lab, job, SHUTDOWN_MS, "down");
      else after(lab, job, Number(paramsOf(job).timeout ?? SHUTDOWN_TIMEOUT_S) * 1_000, "silent");
    },
    silent: (lab, job) => {
      const instance = instanceOf(lab, job.node, job.vmid);
      // One that answers again meanwhile has heard the button.
      if (!instance || hearsPower(lab, job.node, instance)) after(lab, job, STOP_MS, "down");
      else if (isTrue(paramsOf(job).forceStop)) {
        say(lab, job, "VM still running - terminating now with SIGTERM");
        const stuck = !disksAnswer(lab, job.node, instance);
        after(lab, job, stuck ? SIGTERM_S * 1_000 : STOP_MS, stuck ? "kill" : "down");
      } else endJob(lab, job, "VM quit/powerdown failed - got timeout");
    },
    kill,
    down: (lab, job) => {
      const instance = instanceOf(lab, job.node, job.vmid);
      if (instance && hearsPower(lab, job.node, instance)) endSystem(lab, instance);
      endQemu(lab, job.node, job.vmid);
      endJob(lab, job);
    },
  },
  reboot: {
    begin: lockFirst,
    locked: (lab, job) => {
      if (refusedByLock(lab, job)) return;
      const instance = instanceOf(lab, job.node, job.vmid);
      if (!instance || hearsPower(lab, job.node, instance)) after(lab, job, REBOOT_MS, "down");
      else after(lab, job, Number(paramsOf(job).timeout ?? SHUTDOWN_TIMEOUT_S) * 1_000, "silent");
    },
    silent: (lab, job) => {
      const instance = instanceOf(lab, job.node, job.vmid);
      if (!instance || hearsPower(lab, job.node, instance)) after(lab, job, 0, "down");
      else endJob(lab, job, "VM quit/powerdown failed - got timeout");
    },
    down: (lab, job) => {
      const instance = instanceOf(lab, job.node, job.vmid);
      if (instance) endSystem(lab, instance);
      endQemu(lab, job.node, job.vmid);
      endJob(lab, job);
      // qmeventd sees the process end and starts the guest anew: pending changes take effect.
      tryGuestAction(lab, { node: job.node, vmid: job.vmid, action: "start", params: {}, program: "qmeventd" });
    },
  },
  reset: {
    begin: lockFirst,
    locked: (lab, job) => {
      if (!refusedByLock(lab, job)) after(lab, job, MONITOR_MS, "pressed");
    },
    pressed: (lab, job) => {
      const instance = instanceOf(lab, job.node, job.vmid);
      if (instance?.status === "running") resetMachine(lab, instance);
      endJob(lab, job);
    },
  },
  suspend: {
    begin: lockFirst,
    locked: (lab, job) => {
      if (refusedByLock(lab, job)) return;
      if (!isTrue(paramsOf(job).todisk)) after(lab, job, MONITOR_MS, "paused");
      else saveToDisk(lab, job);
    },
    saved: (lab, job) => {
      const instance = instanceOf(lab, job.node, job.vmid);
      const config = guestConfig(lab, job.node, job.vmid);
      if (!instance || !config) {
        endJob(lab, job, `VM ${job.vmid} not running`);
        return;
      }
      const { vmstate } = job.data as { vmstate: string };
      Object.assign(config.keys, { lock: "suspended", vmstate, runningmachine: RUNNING_MACHINE });
      const content = writeGuestConfig(config);
      changeThen(lab, job, [{ op: "write", path: guestPath(job.node, job.vmid), content }], "asleep");
    },
    asleep: (lab, job, { failed }) => {
      const instance = instanceOf(lab, job.node, job.vmid);
      if (!failed && instance) {
        const system = lab.guestSystems[job.vmid] ?? {};
        const machine = { ...instance.machine, pausedSinceMs: lab.nowMs };
        lab.guestSystems[job.vmid] = { ...system, keptMachines: { ...system.keptMachines, [SUSPENDED]: machine } };
        endQemu(lab, job.node, job.vmid);
      }
      endJob(lab, job, failed ? writeRefused(job) : "");
    },
    paused: (lab, job) => {
      const instance = instanceOf(lab, job.node, job.vmid);
      if (instance?.status === "running") holdMachine(lab, instance, "paused");
      endJob(lab, job);
    },
  },
  resume: {
    ...startSteps,
    locked: (lab, job, end) => {
      if (guestConfig(lab, job.node, job.vmid)?.keys.lock === "suspended") startSteps.locked!(lab, job, end);
      else if (!refusedByLock(lab, job)) after(lab, job, MONITOR_MS, "going");
    },
    going: (lab, job) => {
      const instance = instanceOf(lab, job.node, job.vmid);
      if (!instance) {
        endJob(lab, job, `VM ${job.vmid} not running`);
        return;
      }
      if (instance.status !== "running" && holderOfDisks(lab, job.node, parseGuestConfig(instance.config).keys)) {
        endJob(lab, job, `VM ${job.vmid} qmp command 'cont' failed - Failed to get shared "write" lock`);
        return;
      }
      resumeMachine(lab, instance);
      endJob(lab, job);
    },
  },
};
