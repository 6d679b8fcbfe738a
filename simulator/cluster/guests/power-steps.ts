/** Stopping and pausing guests, step by step. @source recordings 21, 22, 26, guests/30, 50-54 */

import { after, endJob, type JobStep, say } from "../jobs/jobs.ts";
import type { LabState } from "../state.ts";
import { isTrue } from "../truth.ts";
import { tryGuestAction } from "./guest-actions.ts";
import { parseGuestConfig } from "./guest-config.ts";
import { checkLock, lockFirst, paramsOf } from "./guest-steps.ts";
import { disksAnswer, guestConfig, holderOfDisks, instanceOf } from "./guest-view.ts";
import type { QemuInstance } from "./guests-state.ts";
import { endQemu, endSystem, hasSystem, holdMachine, resetMachine, resumeMachine } from "./machine.ts";
import { startSteps } from "./start-steps.ts";
import { suspendToDiskSteps } from "./suspend-to-disk.ts";

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

/** What asked it to end was not enough. */
const kill: JobStep = (lab, job) => {
  if (instanceOf(lab, job.node, job.vmid)) say(lab, job, "VM still running after SIGTERM - killing now with SIGKILL");
  after(lab, job, 1_000, "down");
};

export const powerSteps: Record<string, Record<string, JobStep>> = {
  stop: {
    begin: lockFirst,
    locked: (lab, job) => {
      if (guestConfig(lab, job.node, job.vmid) === undefined) {
        endJob(lab, job, `unable to find configuration file for VM ${job.vmid} on node '${job.node}'`);
        return;
      }
      checkLock(lab, job);
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
      checkLock(lab, job);
      const instance = instanceOf(lab, job.node, job.vmid);
      if (!instance) endJob(lab, job);
      else if (hearsPower(lab, job.node, instance)) after(lab, job, SHUTDOWN_MS, "down");
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
      checkLock(lab, job);
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
      checkLock(lab, job);
      after(lab, job, MONITOR_MS, "pressed");
    },
    pressed: (lab, job) => {
      const instance = instanceOf(lab, job.node, job.vmid);
      if (instance?.status === "running") resetMachine(lab, instance);
      endJob(lab, job);
    },
  },
  suspend: {
    begin: lockFirst,
    locked: (lab, job, end) => {
      if (isTrue(paramsOf(job).todisk)) {
        suspendToDiskSteps.locked!(lab, job, end);
        return;
      }
      checkLock(lab, job);
      after(lab, job, MONITOR_MS, "paused");
    },
    paused: (lab, job) => {
      const instance = instanceOf(lab, job.node, job.vmid);
      if (instance?.status === "running") holdMachine(lab, instance, "paused");
      endJob(lab, job);
    },
  },
  resume: {
    locked: (lab, job, end) => {
      if (guestConfig(lab, job.node, job.vmid)?.keys.lock === "suspended") startSteps.locked!(lab, job, end);
      else {
        checkLock(lab, job);
        after(lab, job, MONITOR_MS, "going");
      }
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
