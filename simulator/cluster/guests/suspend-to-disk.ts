/**
 * `qm suspend --todisk`: the memory goes to a volume beside the disks while the guest runs, then QEMU ends. The guest is
 * `lock: suspended` until a start brings it back (`start-steps.ts`).
 *
 * @source qemu-server 8.3.13 PVE/QemuServer.pm vm_suspend (unverified: no recording)
 */
import { after, endJob, type JobStep, lockGuest, say, unlockGuest } from "../jobs/jobs.ts";
import { Refusal } from "../refusal.ts";
import { splitVolid, storageTrouble } from "../storage/volumes.ts";
import { wallNowMs } from "../wall-clock.ts";
import { freeMade, loadConfig, openConfig, paramsOf, writeConfig, writeRefused } from "./guest-steps.ts";
import { instanceOf } from "./guest-view.ts";
import { endQemu } from "./machine.ts";
import { allocateState, RUNNING_MACHINE, stateSeconds } from "./saved-memory.ts";

/** Name under which the machine of a guest that was suspended to disk is kept: no snapshot can be called so. */
export const SUSPENDED = "(suspended)";

/** QEMU is asked so often how far it is. */
const POLL_MS = 1_000;

export const suspendToDiskSteps: Record<string, JobStep> = {
  locked: (lab, job) => {
    const config = openConfig(lab, job);
    const { volid, output } = allocateState(lab, job.node, job.vmid, config.keys, {
      name: `suspend-${new Date(wallNowMs(lab, job.node)).toISOString().slice(0, 10)}`,
      storage: paramsOf(job).statestorage,
    });
    for (const line of output) say(lab, job, line);
    Object.assign(job.data as object, { vmstate: volid });
    Object.assign(config.keys, { lock: "suspending", vmstate: volid, runningmachine: RUNNING_MACHINE });
    writeConfig(lab, job, config, "saving");
  },
  saving: (lab, job, { failed }) => {
    if (failed) {
      freeMade(lab, job.node, [(job.data as { vmstate: string }).vmstate]);
      endJob(lab, job, writeRefused(job));
      return;
    }
    unlockGuest(lab, job);
    after(lab, job, stateSeconds(loadConfig(lab, job).keys) * 1_000, "saved");
  },
  saved: (lab, job) => {
    const { vmstate } = job.data as { vmstate: string };
    // What was written so far waits for the server, as everything on a hard mount does.
    if (storageTrouble(lab, job.node, splitVolid(vmstate)!.storage)) after(lab, job, POLL_MS, "saved");
    else if (!instanceOf(lab, job.node, job.vmid)) lockGuest(lab, job, "undo");
    else {
      say(lab, job, "State saved, quitting");
      lockGuest(lab, job, "quit");
    }
  },
  quit: (lab, job) => {
    const config = loadConfig(lab, job);
    const instance = instanceOf(lab, job.node, job.vmid);
    if (config.keys.lock !== "suspending") throw new Refusal("invalid", "lock changed unexpectedly");
    if (!instance) throw new Refusal("invalid", `VM ${job.vmid} not running`);
    const system = lab.guestSystems[job.vmid] ?? {};
    const machine = { ...instance.machine, pausedSinceMs: instance.machine.pausedSinceMs ?? lab.nowMs };
    lab.guestSystems[job.vmid] = { ...system, keptMachines: { ...system.keptMachines, [SUSPENDED]: machine } };
    endQemu(lab, job.node, job.vmid);
    config.keys.lock = "suspended";
    writeConfig(lab, job, config, "asleep");
  },
  // Refused just now, the guest sleeps all the same: `lock: suspending` stays, and its memory is safe.
  asleep: (lab, job, { failed }) => endJob(lab, job, failed ? writeRefused(job) : ""),
  /** It ended while its memory was written: the volume goes, the lock says that something went wrong. */
  undo: (lab, job) => {
    const config = loadConfig(lab, job);
    freeMade(lab, job.node, [(job.data as { vmstate: string }).vmstate]);
    for (const key of ["vmstate", "runningmachine"]) delete config.keys[key];
    writeConfig(lab, job, config, "undone");
  },
  undone: (lab, job) => endJob(lab, job, `VM ${job.vmid} qmp command 'query-savevm' failed - client closed connection`),
};
