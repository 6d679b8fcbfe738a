/**
 * Processes of a node, as far as the model needs them: what a service's timers belong to, what can be killed or hung.
 */
import { nodeOf, releaseParked } from "./kernel.ts";
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

/** The process is gone; its events go with it. */
export function reap(lab: LabState, nodeName: string, pid: number): void {
  delete nodeOf(lab, nodeName).processes[pid];
}

/** SIGSTOP. */
export function stopProcess(lab: LabState, nodeName: string, pid: number): void {
  const process = nodeOf(lab, nodeName).processes[pid];
  if (!process || process.stopped) return;
  process.stopped = true;
  process.stoppedAtMs = lab.nowMs;
}

/** SIGCONT: what waited happens now. */
export function continueProcess(lab: LabState, nodeName: string, pid: number): void {
  const process = nodeOf(lab, nodeName).processes[pid];
  if (!process?.stopped) return;
  process.stopped = false;
  releaseParked(lab, nodeName, pid);
}

/** The pid of the first process of that name, if one runs. */
export function pidOf(lab: LabState, nodeName: string, name: string): number | undefined {
  return Object.values(nodeOf(lab, nodeName).processes).find((process) => process.name === name)?.pid;
}
