/**
 * What the HA daemons write for each other: ha/manager_status by the master, lrm_status by each node's LRM. Read from
 * one node's own /etc/pve, so that a node that is cut off sees what it last heard.
 *
 * @source recording 50
 */
import { pmxcfsFile } from "../pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../state.ts";
import type { LrmResult } from "./ha-state.ts";

export interface ServiceStatus {
  /** `request_start`, `started`, `request_stop`, `stopped`, `migrate`, `relocate`, `fence`, `recovery`, `freeze`, `error`. */
  state: string;
  node: string;
  uid?: string;
  target?: string;
  timeout?: number;
  running?: number;
  failed_nodes?: string[];
  maintenance_node?: string;
  /** What was asked for and waits for the next round. */
  cmd?: string[];
}

export interface ManagerStatus {
  master_node?: string;
  timestamp?: number;
  node_status: Record<string, string>;
  service_status: Record<string, ServiceStatus>;
  /** What people asked of nodes. */
  node_request?: Record<string, { maintenance?: number }>;
}

export interface LrmStatus {
  mode: string;
  state: string;
  timestamp: number;
  results: Record<string, LrmResult>;
}

export const MANAGER_STATUS = "ha/manager_status";
export const lrmStatusPath = (node: string) => `nodes/${node}/lrm_status`;

export function managerStatus(lab: Readonly<LabState>, viewer: string): ManagerStatus {
  const read = parse<Partial<ManagerStatus>>(pmxcfsFile(lab, viewer, MANAGER_STATUS));
  return { ...read, node_status: read?.node_status ?? {}, service_status: read?.service_status ?? {} };
}

export function lrmStatus(lab: Readonly<LabState>, viewer: string, node: string): LrmStatus | undefined {
  const read = parse<Partial<LrmStatus>>(pmxcfsFile(lab, viewer, lrmStatusPath(node)));
  if (!read?.timestamp) return undefined;
  return {
    mode: read.mode ?? "active",
    state: read.state ?? "unknown",
    timestamp: read.timestamp,
    results: read.results ?? {},
  };
}

/** A learner's editor may have left anything in these files. */
function parse<T extends object>(text: string | undefined): T | undefined {
  if (!text) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}
