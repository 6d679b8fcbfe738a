/** Guests: inputs and events of this slice. */
import { type EventHandler, schedule } from "../kernel.ts";
import { migrationOf } from "../migration/migrate-data.ts";
import { migrationInterrupted } from "../migration/migrate-failure.ts";
import { incomingWatch } from "../migration/migrate-incoming.ts";
import { pmxcfsWritable } from "../pmxcfs/pmxcfs-view.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";
import { type BulkRequest, requestBulkAction } from "./bulk-steps.ts";
import { copyInterrupted } from "./disk-steps.ts";
import { type GuestRequest, requestGuestAction, tryGuestAction } from "./guest-actions.ts";
import { allGuests, disksAnswer, guestConfig, instanceOf, machineOfBoot } from "./guest-view.ts";
import type { Workload } from "./guests-state.ts";
import { endQemu, endSystem, rebootMachine, WORKLOAD_NAMES } from "./machine.ts";
import { SHUTDOWN_MS } from "./power-steps.ts";

export type GuestInputs = {
  /**
   * Start to change a guest; `findJob(lab, node, job)` says what comes of it. `upid` is empty for what is no task.
   *
   * @throws Refusal before anything is started
   */
  "guests/act": { args: GuestRequest; result: { job: number; upid: string } };
  /** Start to change many guests of a node. @throws Refusal before anything is started */
  "guests/bulk": { args: BulkRequest; result: { job: number; upid: string } };
  /** What a guest does from now on; rates in MiB/s over MiB, instead of the workload's own. @throws Refusal "invalid" */
  "guests/workload": {
    args: {
      vmid: number;
      workload: Workload;
      dirtyMibPerS?: number | undefined;
      workingSetMib?: number | undefined;
    };
    result: undefined;
  };
  /** `migrate_set_parameter downtime-limit` in QEMU's monitor, milliseconds. */
  "guests/downtime-limit": { args: { node: string; vmid: number; ms: number }; result: undefined };
  /** `poweroff` or `reboot` typed inside a guest, in the boot named. */
  "guests/system": { args: { vmid: number; bootId: string; op: "poweroff" | "reboot" }; result: undefined };
  /** A signal to a QEMU process: it ends. */
  "guests/kill": { args: { node: string; pid: number }; result: undefined };
};

export const guestInputs = {
  "guests/act": (lab: LabState, args: GuestRequest): { job: number; upid: string } => {
    const job = requestGuestAction(lab, args);
    return { job: job.id, upid: job.upid };
  },
  "guests/bulk": (lab: LabState, args: BulkRequest): { job: number; upid: string } => {
    const job = requestBulkAction(lab, args);
    return { job: job.id, upid: job.upid };
  },
  "guests/workload": (lab: LabState, args: GuestInputs["guests/workload"]["args"]): undefined => {
    const { vmid, workload, dirtyMibPerS, workingSetMib } = args;
    if (!WORKLOAD_NAMES.includes(workload)) throw new Refusal("invalid", `there is no workload ${workload}`);
    const { dirtyMibPerS: _rate, workingSetMib: _size, ...rest } = lab.guestSystems[vmid] ?? {};
    lab.guestSystems[vmid] = {
      ...rest,
      workload,
      ...(dirtyMibPerS !== undefined && { dirtyMibPerS }),
      ...(workingSetMib !== undefined && { workingSetMib }),
    };
    return undefined;
  },
  "guests/downtime-limit": (lab: LabState, args: { node: string; vmid: number; ms: number }): undefined => {
    const precopy = migrationOf(lab, args.node, args.vmid)?.precopy;
    if (precopy) precopy.downtimeLimitMs = args.ms;
    return undefined;
  },
  "guests/system": (lab: LabState, args: GuestInputs["guests/system"]["args"]): undefined => {
    schedule(lab, SHUTDOWN_MS, { kind: "guests/system", data: args });
    return undefined;
  },
  "guests/kill": (lab: LabState, args: { node: string; pid: number }): undefined => {
    const instance = Object.values(lab.nodes[args.node]?.qemu ?? {}).find((one) => one.pid === args.pid);
    if (instance) endQemu(lab, args.node, instance.vmid);
    return undefined;
  },
};

/** From the boot to pve-guests, and between its looks for quorum. */
const GUESTS_AFTER_MS = 20_000;
const QUORUM_POLL_MS = 5_000;

export const guestHandlers: Record<string, EventHandler> = {
  "tasks/interrupted-qmigrate": (lab, event) =>
    migrationInterrupted(lab, event.node!, (event.data as { upid: string }).upid),
  "tasks/interrupted-qmclone": (lab, event) => copyInterrupted(lab, event.node!, (event.data as { upid: string }).upid),
  "tasks/interrupted-qmmove": (lab, event) => copyInterrupted(lab, event.node!, (event.data as { upid: string }).upid),
  "guests/incoming-watch": incomingWatch,
  "guests/system": (lab, event) => {
    const { vmid, bootId, op } = event.data as GuestInputs["guests/system"]["args"];
    const found = machineOfBoot(lab, vmid, bootId);
    if (found?.instance.status !== "running") return;
    // Its system cannot end while its disk does not answer.
    if (!disksAnswer(lab, found.node, found.instance)) {
      schedule(lab, SHUTDOWN_MS, { kind: "guests/system", data: event.data });
      return;
    }
    if (op === "reboot") rebootMachine(lab, found.instance);
    else {
      endSystem(lab, found.instance);
      endQemu(lab, found.node, vmid);
    }
  },
  /** A node has booted: of what ran, nothing is left; pve-guests starts what is to start, once there is quorum. */
  "guests/boot": (lab, event) => {
    const node = lab.nodes[event.node!]!;
    node.qemu = {};
    for (const job of node.jobs.jobs)
      if (job.running) Object.assign(job, { running: false, error: "unexpected status" });
    node.jobs.guestLocks = {};
    schedule(lab, GUESTS_AFTER_MS, { kind: "guests/onboot", node: node.name, data: { bootCount: node.bootCount } });
  },
  "guests/onboot": (lab, event) => {
    const node = lab.nodes[event.node!]!;
    if (node.power === "off" || node.bootCount !== (event.data as { bootCount: number }).bootCount) return;
    const waiting = allGuests(lab, node.name)
      .filter((guest) => guest.node === node.name)
      .filter((guest) => guestConfig(lab, node.name, guest.vmid)?.keys.onboot === "1");
    if (node.pmxcfs.pid === 0 || (waiting.length > 0 && !pmxcfsWritable(node.pmxcfs))) {
      schedule(lab, QUORUM_POLL_MS, { kind: "guests/onboot", node: node.name, data: event.data });
      return;
    }
    for (const { vmid } of waiting) {
      if (instanceOf(lab, node.name, vmid)) continue;
      tryGuestAction(lab, { node: node.name, vmid, action: "start", params: {}, program: "pvesh" });
    }
  },
};
