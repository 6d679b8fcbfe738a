/** systemd as far as lessons touch it: the units of a node and what becomes of them. */

import type { ProcessEnd } from "../processes.ts";

export type UnitName =
  | "corosync"
  | "pve-cluster"
  | "pvedaemon"
  | "pveproxy"
  | "pvestatd"
  | "pvescheduler"
  | "pve-firewall"
  | "pve-ha-crm"
  | "pve-ha-lrm"
  | "spiceproxy"
  | "watchdog-mux"
  | "ssh"
  | "cron"
  | "networking"
  | "systemd-journald"
  | "corosync-qdevice";

export type ActiveState = "inactive" | "activating" | "active" | "deactivating" | "failed";

export interface UnitState {
  active: ActiveState;
  enabled: boolean;
  /** `systemctl mask`: it cannot be started; absent when it can. */
  masked?: boolean;
  /** Pid of the unit's main process; 0 when it has none. */
  mainPid: number;
  /** Wall clock of the last change of `active`, milliseconds since 1970; 0 before the first. */
  sinceWallMs: number;
  /** When the start was skipped because its condition did not hold: wall clock, milliseconds; 0 otherwise. */
  conditionFailedWallMs: number;
  /** What `systemctl status` tells of a failed unit: `exit-code`, `start-limit-hit`, `signal`. */
  result: string;
  /** How the last main process ended: its pid, how long the unit had been active, its exit code or none after a signal. */
  ended?: { pid: number; activeMs: number } & ProcessEnd;
  /** While it stops: it is to be started again. */
  restart: boolean;
  /** How often systemd started it again by itself since somebody last did; absent when it never had to. */
  restarts?: number;
  /** Its starts of the last seconds, in model time. */
  startedMs?: number[];
  /** Jobs that wait for the unit to reach its next state: a command sees by the number whether its own is done. */
  jobs: number;
}

export type UnitAction =
  | "start"
  | "stop"
  | "restart"
  | "reload"
  | "enable"
  | "disable"
  | "mask"
  | "unmask"
  | "reset-failed";

export interface ServicesState {
  units: Record<UnitName, UnitState>;
}

export type ServicesInputs = {
  /**
   * Start, stop, restart or reload a unit. Answers at once; the unit's state tells when it is done.
   *
   * @throws Refusal "not-found" for a unit that is not on the node; "invalid" when it is masked
   */
  "services/control": {
    args: { node: string; unit: string; action: UnitAction };
    result: undefined;
  };
  /** A signal to the main process of a unit, past systemd; anything else is left alone. Corosync has inputs of its own. */
  "services/kill": {
    args: { node: string; pid: number; signal: "SIGTERM" | "SIGKILL" | "SIGSTOP" | "SIGCONT" };
    result: undefined;
  };
};
