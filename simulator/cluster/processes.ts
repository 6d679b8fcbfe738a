/**
 * Processes of a node, as far as the model needs them: what a service's timers belong to, what can be killed or hung.
 */
import { corosyncProcessContinues, corosyncProcessEnds } from "./corosync/corosync.ts";
import { qdeviceProcessEnds, qdeviceProcessStops } from "./corosync/qdevice.ts";
import { disturb } from "./corosync/world.ts";
import { nodeOf, releaseParked, schedule } from "./kernel.ts";
import type { LabState, ScheduledEvent } from "./state.ts";

export interface ProcessState {
  pid: number;
  /** As `ps` shows it: `corosync`, `pmxcfs`. */
  name: string;
  /** The systemd unit it belongs to; empty for none. */
  unit: string;
  startedAtMs: number;
  /** SIGSTOP: its events wait in `parked` until SIGCONT. */
  stopped: boolean;
  stoppedAtMs: number;
  parked: ScheduledEvent[];
}

/** How a process ended. */
export interface ProcessEnd {
  /** For one that ended by itself. */
  exitCode?: number;
  /** Else the signal; absent for SIGKILL. */
  signal?: "ABRT";
}

/** Data of the event `services/process-exited`. */
export interface ProcessExit extends ProcessEnd {
  pid: number;
  name: string;
  unit: string;
}

/** Start a process and say its pid. Real pids are never 1 to 300 for services; ours start at 600. */
export function spawn(lab: LabState, nodeName: string, name: string, unit: string): number {
  const node = nodeOf(lab, nodeName);
  const pid = node.nextPid;
  // A little unevenness, so that pids look like those of a machine that does other things, too.
  node.nextPid += 1 + (pid % 3);
  node.processes[pid] = {
    pid,
    name,
    unit,
    startedAtMs: lab.nowMs,
    stopped: false,
    stoppedAtMs: 0,
    parked: [],
  };
  return pid;
}

/**
 * The process is gone; its events go with it.
 *
 * @param how absent when it was killed
 */
export function reap(lab: LabState, nodeName: string, pid: number, how: ProcessEnd = {}): void {
  const node = nodeOf(lab, nodeName);
  const process = node.processes[pid];
  if (!process) return;
  if (node.corosync.daemon?.pid === pid) corosyncProcessEnds(lab, nodeName);
  else if (node.corosync.daemon?.cpg.local.some((local) => local.pid === pid)) {
    schedule(lab, 0, { kind: "corosync/client-gone", node: nodeName, data: { pid } });
  }
  const killedDevice = how.exitCode === undefined && node.corosync.qdevice?.pid === pid;
  delete node.processes[pid];
  if (killedDevice) qdeviceProcessEnds(lab, nodeName);
  const data: ProcessExit = { pid, name: process.name, unit: process.unit, ...how };
  schedule(lab, 0, { kind: "services/process-exited", node: nodeName, data });
}

/** SIGSTOP. */
export function stopProcess(lab: LabState, nodeName: string, pid: number): void {
  const node = nodeOf(lab, nodeName);
  const process = node.processes[pid];
  if (!process || process.stopped) return;
  if (node.corosync.daemon?.pid === pid) disturb(lab);
  process.stopped = true;
  process.stoppedAtMs = lab.nowMs;
  if (node.corosync.qdevice?.pid === pid) qdeviceProcessStops(lab, nodeName);
}

/** SIGCONT: what waited happens now. */
export function continueProcess(lab: LabState, nodeName: string, pid: number): void {
  const node = nodeOf(lab, nodeName);
  const process = node.processes[pid];
  if (!process?.stopped) return;
  if (node.corosync.daemon?.pid === pid) disturb(lab);
  process.stopped = false;
  if (node.corosync.daemon?.pid === pid) corosyncProcessContinues(lab, nodeName, process.stoppedAtMs);
  releaseParked(lab, nodeName, pid);
}

/** Pid of the first process of that name, if one runs. */
export function pidOf(lab: LabState, nodeName: string, name: string): number | undefined {
  return Object.values(nodeOf(lab, nodeName).processes).find((process) => process.name === name)?.pid;
}
