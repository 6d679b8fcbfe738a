/** What the services add to the model's tables: the input by which units are controlled, and their events. */
import { networkingService } from "../host-network/node-network.ts";
import { commitPendingInterfaces } from "../host-network/reload-task.ts";
import { log } from "../journal.ts";
import { type EventHandler, nodeOf, schedule } from "../kernel.ts";
import { setHostName, staticHostName } from "../node-settings/host-name.ts";
import { applyFileSettings } from "../node-settings/kernel-settings.ts";
import { bootSettings } from "../node-settings/sysctl-files.ts";
import { serveCertificate } from "../pki/node-certificates.ts";
import type { RenewalEnd } from "../pki/pki-state.ts";
import { lacksNodeFiles, startRenewal } from "../pki/renewal.ts";
import { pmxcfsDied } from "../pmxcfs/daemon.ts";
import { pmxcfsWritable } from "../pmxcfs/pmxcfs-view.ts";
import { continueProcess, type ProcessExit, reap, stopProcess } from "../processes.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";
import { endLostTasks, loseTask } from "../tasks/tasks.ts";
import { sayServerStops } from "./server-lines.ts";
import {
  finishStart,
  finishStop,
  idleUnit,
  isApiServer,
  isHaDaemon,
  noteQdeviceStarted,
  reloadUnit,
  resetFailed,
  restartDied,
  restartUnit,
  SYSTEMD_PID,
  sayOfUnit,
  sayServerRestarted,
  startFollowers,
  startSystemd,
  startUnit,
  stopUnit,
  unitDied,
  unitOf,
} from "./services.ts";
import type { ServicesInputs, UnitName } from "./services-state.ts";
import { UNIT_NAMES, UNITS, unitByName } from "./units.ts";

/** From a reload's end to new workers. Recorded: one to three seconds. */
const SERVER_RESTART_MS = 1_000;

export type { ServicesInputs };

/** pveproxy's start renews certificates and waits so long for quorum. @source pve-cluster PVE/CLI/pvecm.pm updatecerts */
export const UPDATECERTS_TIMEOUT_MS = 80_000;

/** How often it looks. */
const UPDATECERTS_POLL_MS = 1_000;

export const servicesInputs = {
  "services/kill": (lab: LabState, { node, pid, signal }: ServicesInputs["services/kill"]["args"]): undefined => {
    const unit = UNIT_NAMES.find((name) => unitOf(lab, node, name).mainPid === pid);
    if (!unit || unit === "corosync" || !nodeOf(lab, node).processes[pid]) return undefined;
    if (signal === "SIGSTOP") stopProcess(lab, node, pid);
    else if (signal === "SIGCONT") continueProcess(lab, node, pid);
    else if (signal === "SIGTERM" && isHaDaemon(unit))
      schedule(lab, 0, { kind: "ha/daemon-stops", node, data: { unit } });
    else {
      if (signal === "SIGTERM") sayServerStops(lab, node, unit, pid);
      reap(lab, node, pid, signal === "SIGTERM" ? { exitCode: 0 } : {});
    }
    return undefined;
  },
  "services/control": (lab: LabState, args: ServicesInputs["services/control"]["args"]): undefined => {
    const unit = unitByName(args.unit);
    if (!unit) {
      const name = args.unit.includes(".") ? args.unit : `${args.unit}.service`;
      throw new Refusal("not-found", `Failed to ${args.action} ${name}: Unit ${name} not found.`);
    }
    const state = unitOf(lab, args.node, unit);
    // What systemd counts is over when somebody else starts or stops the unit.
    if (["start", "stop", "restart"].includes(args.action)) delete state.restarts;
    if (args.action === "reset-failed") delete state.startedMs;
    if (state.masked && ["start", "restart", "reload", "enable"].includes(args.action)) {
      throw new Refusal("invalid", `Failed to ${args.action} ${unit}.service: Unit ${unit}.service is masked.`);
    }
    switch (args.action) {
      case "start":
        startUnit(lab, args.node, unit);
        break;
      case "stop":
        stopUnit(lab, args.node, unit);
        break;
      case "restart":
        restartUnit(lab, args.node, unit);
        break;
      case "reload":
        reloadUnit(lab, args.node, unit);
        break;
      case "enable":
      case "disable":
        state.enabled = args.action === "enable";
        break;
      case "mask":
        state.masked = true;
        break;
      case "unmask":
        delete state.masked;
        break;
      case "reset-failed":
        resetFailed(lab, args.node, unit);
        break;
    }
    return undefined;
  },
};

interface UnitEvent {
  unit: UnitName;
  job: number;
  waitedMs?: number;
  /** pveproxy's: what was missing in /etc/pve was made, or could not be; it starts either way. */
  renewal?: RenewalEnd;
}

export const servicesHandlers: Record<string, EventHandler> = {
  /** A node has just booted: everything that is enabled starts, in order. */
  "services/boot": (lab, event) => {
    const node = event.node!;
    if (nodeOf(lab, node).power !== "on") return;
    startSystemd(lab, node);
    endLostTasks(lab, node);
    const units = nodeOf(lab, node).services.units;
    for (const name of UNIT_NAMES) units[name] = idleUnit(units[name].enabled, units[name].masked);
    log(lab, node, {
      unit: "",
      identifier: "systemd",
      pid: 1,
      text: "Reached target network-online.target - Network is Online.",
    });
    setHostName(lab, node, staticHostName(lab, node) ?? "localhost");
    applyFileSettings(lab, node, bootSettings(lab, node));
    commitPendingInterfaces(lab, node);
    for (const unit of UNIT_NAMES)
      if (units[unit].enabled && UNITS[unit].after.length === 0) startUnit(lab, node, unit);
  },
  "services/started": (lab, event) => {
    const { unit, job, waitedMs = 0 } = event.data as UnitEvent;
    const node = event.node!;
    const state = unitOf(lab, node, unit);
    if (state.jobs !== job || state.active !== "activating") return;
    if (unit === "pveproxy" && waitedMs < UPDATECERTS_TIMEOUT_MS && !certificatesCanBeRenewed(lab, node)) {
      schedule(lab, UPDATECERTS_POLL_MS, {
        kind: "services/started",
        node,
        pid: SYSTEMD_PID,
        data: { ...(event.data as object), waitedMs: waitedMs + UPDATECERTS_POLL_MS },
      });
      return;
    }
    const { renewal } = event.data as UnitEvent;
    if (unit === "pveproxy" && !renewal && certificatesCanBeRenewed(lab, node) && lacksNodeFiles(lab, node)) {
      const next = { kind: "services/started", node, pid: SYSTEMD_PID, data: event.data };
      startRenewal(lab, node, { force: false, unmerge: false, next });
      return;
    }
    finishStart(lab, node, unit);
    startFollowers(lab, node, unit);
  },
  "services/stopped": (lab, event) => {
    const { unit, job } = event.data as UnitEvent;
    const node = event.node!;
    const state = unitOf(lab, node, unit);
    if (state.jobs !== job || state.active !== "deactivating") return;
    if ((unit === "corosync" || isHaDaemon(unit)) && nodeOf(lab, node).processes[state.mainPid]) {
      sayOfUnit(lab, node, unit, `${unit}.service: State 'stop-sigterm' timed out. Killing.`);
      reap(lab, node, state.mainPid);
    }
    finishStop(lab, node, unit);
  },
  /** A process ended, however that came about. */
  "services/process-exited": (lab, event) => {
    const exit = event.data as ProcessExit;
    const node = event.node!;
    if (nodeOf(lab, node).power === "off") return;
    if (exit.pid === nodeOf(lab, node).pmxcfs.pid) pmxcfsDied(lab, node, exit.exitCode !== 0);
    loseTask(lab, node, exit.pid);
    const unit = UNIT_NAMES.find((name) => unitOf(lab, node, name).mainPid === exit.pid);
    if (!unit) return;
    const state = unitOf(lab, node, unit);
    if (exit.exitCode !== 0 && (isHaDaemon(unit) || unit === "watchdog-mux")) {
      schedule(lab, 0, { kind: "ha/daemon-gone", node, data: { unit } });
    }
    if (state.active === "deactivating") {
      if (unit === "corosync" || isHaDaemon(unit)) finishStop(lab, node, unit);
    } else if (state.active === "active" || state.active === "activating") unitDied(lab, node, unit, exit);
  },
  /** The plug was pulled: nothing of what ran is left. */
  "services/power-lost": (lab, event) => {
    const owner = nodeOf(lab, event.node!);
    for (const name of UNIT_NAMES) {
      const { enabled, masked } = owner.services.units[name];
      owner.services.units[name] = idleUnit(enabled, masked);
    }
    pmxcfsDied(lab, event.node!);
  },
  "services/restart": (lab, event) => {
    const { unit, job } = event.data as UnitEvent;
    const state = unitOf(lab, event.node!, unit);
    if (state.jobs === job && state.active === "activating") restartDied(lab, event.node!, unit);
  },
  "services/qdevice-started": (lab, event) => noteQdeviceStarted(lab, event.node!),
  "services/reloaded": (lab, event) => {
    const { unit, job } = event.data as UnitEvent;
    const node = event.node!;
    const state = unitOf(lab, node, unit);
    if (state.jobs !== job || state.active !== "active") return;
    if (unit === "pveproxy") serveCertificate(lab, node);
    if (unit === "networking") networkingService(lab, node, "reload");
    sayOfUnit(lab, node, unit, `Reloaded ${unit}.service - ${UNITS[unit].description}.`);
    if (isApiServer(unit))
      schedule(lab, SERVER_RESTART_MS, {
        kind: "services/server-restarted",
        node,
        pid: SYSTEMD_PID,
        data: { unit, job },
      });
  },
  "services/server-restarted": (lab, event) => {
    const { unit, job } = event.data as UnitEvent;
    const state = unitOf(lab, event.node!, unit);
    if (state.jobs === job && state.active === "active") sayServerRestarted(lab, event.node!, unit);
  },
};

function certificatesCanBeRenewed(lab: LabState, node: string): boolean {
  const state = nodeOf(lab, node).pmxcfs;
  return state.pid !== 0 && pmxcfsWritable(state);
}
