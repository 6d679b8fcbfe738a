/** Guests as plain data: what is installed and runs in them, and the QEMU processes that carry them. */

/** How a guest uses its memory; `dirtyMibPerS` over `workingSetMib` follow from it unless they are set. */
export type Workload = "idle" | "web" | "database" | "memory-hog";

/** What a guest does, by its number: it belongs to the guest wherever it runs. */
export interface GuestSystem {
  /** Absent: what a tag of the configuration says. */
  workload?: Workload;
  /** By snapshot: the machine as it was when its memory was kept. */
  keptMachines?: Record<string, GuestMachine>;
  /** Boot of the system that last shut itself down: its sessions were ended by it, and not cut off. */
  endedBootId?: string;
  /** Set by hand instead of the workload's. */
  dirtyMibPerS?: number;
  workingSetMib?: number;
}

export type GuestsState = Record<number, GuestSystem>;

/**
 * `running`, `paused` (by an operator), `postmigrate` (its memory went to another node, it stands still), `inmigrate`
 * (memory is arriving, or it waits to be resumed after it arrived).
 */
export type QemuStatus = "running" | "paused" | "postmigrate" | "inmigrate";

export interface QemuInstance {
  vmid: number;
  pid: number;
  /** Model time at which this process was started: `uptime` of Proxmox counts from here. */
  startedAtMs: number;
  status: QemuStatus;
  /** The configuration that it was started with. */
  config: string;
  machine: GuestMachine;
  /** All memory has come from another node: it no longer ends when that node dies. */
  arrived?: boolean;
}

/** The machine inside: what a live migration carries to another process. */
export interface GuestMachine {
  /** Changes with each boot of the guest's own system. */
  bootId: string;
  bootedAtMs: number;
  /** Model time that it stood still since its boot: its clock is behind by that. */
  pausedMs: number;
  /** Since when it stands still; absent while it runs. */
  pausedSinceMs?: number;
  /** No system answers before this instant. */
  answersAtMs: number;
  /** Empty when it has no network or no system. */
  address: string;
  mac: string;
}

/** By guest. An entry whose process is gone is dead; ask `instanceOf`. */
export type QemuInstances = Record<number, QemuInstance>;
