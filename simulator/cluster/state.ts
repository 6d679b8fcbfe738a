/**
 * The whole lab as plain data: what is saved, copied and stepped forward.
 *
 * Each slice of the model owns its part of the state and its type; this file only puts them together. Everything here
 * survives `structuredClone` and JSON: no functions, no class instances, no Map or Set, no undefined that matters.
 */

import type { AccountsState } from "./accounts/accounts-state.ts";
import type { CorosyncState } from "./corosync/corosync-state.ts";
import type { QnetdState } from "./corosync/qdevice-state.ts";
import type { NodeFilesState } from "./files/files-state.ts";
import type { GuestsState, QemuInstances } from "./guests/guests-state.ts";
import type { HaNodeState } from "./ha/ha-state.ts";
import type { NetworkStack } from "./host-network/network-stack.ts";
import type { JobsState } from "./jobs/jobs-state.ts";
import type { ClusterJobsState } from "./join/cluster-jobs.ts";
import type { JournalLine } from "./journal.ts";
import type { NetworkState } from "./network.ts";
import type { ClockState } from "./node-settings/clock.ts";
import type { PacketFilter } from "./packet-filter/packet-filter-state.ts";
import type { PkiState } from "./pki/pki-state.ts";
import type { PmxcfsState } from "./pmxcfs/pmxcfs-state.ts";
import type { ProcessState } from "./processes.ts";
import type { RandomState } from "./random.ts";
import type { ServicesState } from "./services/services-state.ts";
import type { ShutdownState } from "./shutdown.ts";
import type { StorageState } from "./storage/storage-state.ts";
import type { TaskState } from "./tasks/tasks-state.ts";

/** Raised whenever a saved lab of the version before needs a migration to be read. */
export const LAB_FORMAT = 5;

export interface LabState {
  format: number;
  seed: string;
  rng: RandomState;
  /** Model time: milliseconds since the lab began, monotonic, standing still while the lab sleeps. */
  nowMs: number;
  /** Added to `nowMs` gives the nodes' wall clock as milliseconds since 1970; set anew on each waking. */
  wallOffsetMs: number;
  nextEventId: number;
  /** Sorted by instant, the next event last. */
  queue: ScheduledEvent[];
  network: NetworkState;
  /** By node name, in the order in which they were made. */
  nodes: Record<string, NodeState>;
  /** Certificates asked for and served. */
  pki: PkiState;
  /** What lies on storages, and the servers of shared ones. */
  storage: StorageState;
  /** What runs inside the guests, by number. */
  guestSystems: GuestsState;
  /** The host that gives an outside vote; absent when the lab has none. */
  qnetd?: QnetdState;
  /** A fault of the lesson: the nodes' watchdog devices reset nobody. */
  watchdogTaken?: true;
}

export interface ScheduledEvent {
  id: number;
  atMs: number;
  kind: string;
  node?: string;
  pid?: number;
  data?: unknown;
}

/** `hung`: the kernel stands still, as a machine that is stopped in a debugger: nothing runs, nothing answers. */
export type Power = "on" | "off" | "hung";

export interface NodeState {
  name: string;
  power: Power;
  /** Model instant of the last boot. */
  bootedAtMs: number;
  /** Counts boots, so that a session can tell that its node is a later one. */
  bootCount: number;
  /** The machine stood still when its boot would have been done: it goes on when the machine does. */
  bootHeld?: true;
  /** Its devices, addresses and routes as they are now. Replaced as a whole at each change, never changed in place. */
  net: NetworkStack;
  /** Its packet filter, until the next boot; absent while there is none. Replaced as a whole at each change. */
  filter?: PacketFilter;
  /** Settings of its kernel that were written, until the next boot; absent while there are none. */
  kernelSettings?: Record<string, string>;
  /** Its clock, where somebody changed it. */
  clock?: ClockState;
  /** The kernel's host name, where it is not the name that the lab knows the node by. */
  hostName?: string;
  nextPid: number;
  processes: Record<number, ProcessState>;
  journal: JournalLine[];
  corosync: CorosyncState;
  pmxcfs: PmxcfsState;
  files: NodeFilesState;
  services: ServicesState;
  tasks: TaskState[];
  clusterJobs: ClusterJobsState;
  accounts: AccountsState;
  jobs: JobsState;
  /** QEMU processes of this node, by guest. */
  qemu: QemuInstances;
  /** What its HA daemons keep in memory; absent before they ran. */
  ha?: HaNodeState;
  /** A shutdown that is announced or under way; absent otherwise. */
  shutdown?: ShutdownState;
}
