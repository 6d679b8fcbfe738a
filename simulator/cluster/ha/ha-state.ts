/**
 * What a node's HA daemons keep in memory; what they agree on lies in /etc/pve/ha and in the nodes' lrm_status.
 *
 * @source pve-ha-manager 4.0.7: PVE/HA/CRM.pm, LRM.pm; recordings 50-52, guests/20-24
 */
import { nodeOf } from "../kernel.ts";
import type { LabState } from "../state.ts";

export type CrmPhase = "wait_for_quorum" | "slave" | "master" | "lost_manager_lock";
export type LrmPhase = "wait_for_agent_lock" | "active" | "maintenance" | "lost_agent_lock";
/** What an LRM says that it is about: `restart` freezes its services, `shutdown` ends them. */
export type LrmMode = "active" | "maintenance" | "restart" | "shutdown";

export interface LrmResult {
  exit_code: number;
  sid: string;
  state: string;
}

export interface CrmState {
  phase: CrmPhase;
  /** Model time at which the manager's lock was last made or renewed; absent without it. */
  lockAtMs?: number;
  /** Model time of the last loop at which each node was seen, by name. */
  lastOnlineMs: Record<string, number>;
  /** Nodes whose lock was tried for in this round. */
  fencing?: string[];
  /** Rounds without a service. */
  idleRounds: number;
  /** Asked to end. */
  stopping: boolean;
  /** Id of the event of its next loop; absent while nothing calls for one. */
  nextId?: number;
}

export interface LrmState {
  phase: LrmPhase;
  mode: LrmMode;
  lockAtMs?: number;
  idleRounds: number;
  stopping: boolean;
  /** Ends its services before it ends itself. */
  stopServices?: boolean;
  nextId?: number;
  /** By service: what is being done for it. */
  workers: Record<string, LrmWorker>;
  /** By uid of what was asked for. */
  results: Record<string, LrmResult>;
  /** By service: starts that failed on this node. */
  failedStarts: Record<string, number>;
}

export interface LrmWorker {
  uid: string;
  state: string;
  target: string;
  timeoutS: number | undefined;
  pid: number;
  /** The guest's job that it waits for; 0 for none. */
  job: number;
  upid: string;
  startedAtMs: number;
  /** Lines "still active" written. */
  told: number;
  /** What comes after the job. */
  stage: string;
}

/** The watchdog of a node: who promised to feed it, and when they last did (model time). */
export interface WatchdogState {
  fedAtMs: Partial<Record<"crm" | "lrm", number>>;
  /** watchdog-mux has stopped to write to the device: it fires soon. */
  expired: boolean;
  checkId?: number;
}

export interface HaNodeState {
  crm: CrmState;
  lrm: LrmState;
  watchdog: WatchdogState;
}

export function newCrm(): CrmState {
  return { phase: "wait_for_quorum", lastOnlineMs: {}, idleRounds: 0, stopping: false };
}

export function newLrm(): LrmState {
  return {
    phase: "wait_for_agent_lock",
    mode: "active",
    idleRounds: 0,
    stopping: false,
    workers: {},
    results: {},
    failedStarts: {},
  };
}

/** A node's HA state; one from before HA was modelled gets a fresh one. */
export function haOf(lab: LabState, node: string): HaNodeState {
  const owner = nodeOf(lab, node);
  owner.ha ??= { crm: newCrm(), lrm: newLrm(), watchdog: { fedAtMs: {}, expired: false } };
  return owner.ha;
}
