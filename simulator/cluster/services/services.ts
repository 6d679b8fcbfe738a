/**
 * systemd of a node as a state machine: units start, stop, restart and reload in model time, and say so in the journal.
 *
 * Two units are more than a process and a delay: corosync (the protocol of `cluster/corosync`) and pve-cluster (pmxcfs).
 */
import { startCorosync, termCorosync } from "../corosync/corosync.ts";
import { resolvePath } from "../files/node-tree.ts";
import { log } from "../journal.ts";
import { type EventHandler, nodeOf, randomBetween, schedule } from "../kernel.ts";
import { serveCertificate } from "../pki/node-certificates.ts";
import { pmxcfsDied, startPmxcfs, stopPmxcfs } from "../pmxcfs/daemon.ts";
import { pmxcfsWritable } from "../pmxcfs/pmxcfs-view.ts";
import { type ProcessExit, reap, spawn } from "../processes.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";
import { endLostTasks, loseTask } from "../tasks/tasks.ts";
import { wallNowMs } from "../wall-clock.ts";
import type { ActiveState, ServicesInputs, ServicesState, UnitName, UnitState } from "./services-state.ts";
import { UNIT_NAMES, UNITS, unitByName } from "./units.ts";

export type { ServicesInputs };

/** pveproxy's start renews certificates and waits so long for quorum. @source pve-cluster PVE/CLI/pvecm.pm updatecerts */
export const UPDATECERTS_TIMEOUT_MS = 80_000;

/** systemd itself: its jobs belong to this process, so that they wait while the node hangs and go with its power. */
const SYSTEMD_PID = 1;

/** systemd kills what has not ended so long after it was told to. */
const STOP_TIMEOUT_MS = 90_000;

/** Exit codes that have a name for systemd. */
const EXIT_NAMES: Record<number, string> = { 1: "FAILURE", 8: "n/a", 255: "EXCEPTION" };

/** How often it looks. */
const UPDATECERTS_POLL_MS = 1_000;

export function newServicesState(): ServicesState {
  const units = {} as ServicesState["units"];
  for (const name of UNIT_NAMES) units[name] = idleUnit(UNITS[name].enabled);
  return { units };
}

export const servicesInputs = {
  "services/control": (lab: LabState, args: ServicesInputs["services/control"]["args"]): undefined => {
    const unit = unitByName(args.unit);
    if (!unit) {
      const name = args.unit.includes(".") ? args.unit : `${args.unit}.service`;
      throw new Refusal("not-found", `Failed to ${args.action} ${name}: Unit ${name} not found.`);
    }
    const state = unitOf(lab, args.node, unit);
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
        state.enabled = true;
        break;
      case "disable":
        state.enabled = false;
        break;
    }
    return undefined;
  },
};

interface UnitEvent {
  unit: UnitName;
  job: number;
  waitedMs?: number;
}

export const servicesHandlers: Record<string, EventHandler> = {
  /** A node has just booted: everything that is enabled starts, in order. */
  "services/boot": (lab, event) => {
    const node = event.node!;
    if (nodeOf(lab, node).power !== "on") return;
    startSystemd(lab, node);
    endLostTasks(lab, node);
    const units = nodeOf(lab, node).services.units;
    for (const name of UNIT_NAMES) units[name] = idleUnit(units[name].enabled);
    log(lab, node, {
      unit: "",
      identifier: "systemd",
      pid: 1,
      text: "Reached target network-online.target - Network is Online.",
    });
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
    finishStart(lab, node, unit);
    startFollowers(lab, node, unit);
  },
  "services/stopped": (lab, event) => {
    const { unit, job } = event.data as UnitEvent;
    const node = event.node!;
    const state = unitOf(lab, node, unit);
    if (state.jobs !== job || state.active !== "deactivating") return;
    if (unit === "corosync" && nodeOf(lab, node).processes[state.mainPid]) {
      say(lab, node, unit, "corosync.service: State 'stop-sigterm' timed out. Killing.");
      reap(lab, node, state.mainPid);
    }
    finishStop(lab, node, unit);
  },
  /** A process ended, however that came about. */
  "services/process-exited": (lab, event) => {
    const exit = event.data as ProcessExit;
    const node = event.node!;
    if (nodeOf(lab, node).power === "off") return;
    if (exit.pid === nodeOf(lab, node).pmxcfs.pid) pmxcfsDied(lab, node);
    loseTask(lab, node, exit.pid);
    const unit = UNIT_NAMES.find((name) => unitOf(lab, node, name).mainPid === exit.pid);
    if (!unit) return;
    const state = unitOf(lab, node, unit);
    if (state.active === "deactivating") {
      if (unit === "corosync") finishStop(lab, node, unit);
    } else if (state.active === "active" || state.active === "activating") unitDied(lab, node, unit, exit.exitCode);
  },
  /** The plug was pulled: nothing of what ran is left. */
  "services/power-lost": (lab, event) => {
    const owner = nodeOf(lab, event.node!);
    for (const name of UNIT_NAMES) owner.services.units[name] = idleUnit(owner.services.units[name].enabled);
    pmxcfsDied(lab, event.node!);
  },
  "services/reloaded": (lab, event) => {
    const { unit, job } = event.data as UnitEvent;
    const node = event.node!;
    const state = unitOf(lab, node, unit);
    if (state.jobs !== job || state.active !== "active") return;
    if (unit === "pveproxy") serveCertificate(lab, node);
    say(lab, node, unit, `Reloaded ${unit}.service - ${UNITS[unit].description}.`);
  },
};

/** Start a unit; one that runs or is on its way is left alone. */
export function startUnit(lab: LabState, node: string, unit: UnitName): void {
  const state = unitOf(lab, node, unit);
  if (state.active === "active" || state.active === "activating") return;
  const definition = UNITS[unit];
  if (state.active === "deactivating") {
    // systemd queues the start behind the stop.
    state.restart = true;
    return;
  }
  if (definition.condition && !exists(lab, node, definition.condition)) {
    state.conditionFailedWallMs = wallNowMs(lab);
    say(
      lab,
      node,
      unit,
      `${unit}.service - ${definition.description} was skipped because of an unmet condition check (ConditionPathExists=${definition.condition}).`,
    );
    return;
  }
  state.conditionFailedWallMs = 0;
  state.result = "";
  state.jobs += 1;
  setActive(lab, node, unit, "activating");
  say(lab, node, unit, `Starting ${unit}.service - ${definition.description}...`);
  if (unit === "corosync") {
    const started = startCorosync(lab, node);
    if (!started.started) {
      unitDied(lab, node, unit, started.exitCode);
      say(lab, node, unit, `Failed to start ${unit}.service - ${definition.description}.`);
      return;
    }
    state.mainPid = started.pid;
  } else if (unit === "pve-cluster") {
    startPmxcfs(lab, node);
    state.mainPid = nodeOf(lab, node).pmxcfs.pid;
  }
  schedule(lab, randomBetween(lab, 0.9, 1.1) * definition.startMs, {
    kind: "services/started",
    node,
    pid: SYSTEMD_PID,
    data: { unit, job: state.jobs },
  });
}

/** Stop a unit; one that does not run is left alone. @param restart start it again afterwards */
export function stopUnit(lab: LabState, node: string, unit: UnitName, restart = false): void {
  const state = unitOf(lab, node, unit);
  if (state.active === "failed") {
    setActive(lab, node, unit, "inactive");
    state.result = "";
  }
  if (state.active !== "active" && state.active !== "activating") {
    if (restart) startUnit(lab, node, unit);
    return;
  }
  state.jobs += 1;
  setActive(lab, node, unit, "deactivating");
  say(lab, node, unit, `Stopping ${unit}.service - ${UNITS[unit].description}...`);
  state.restart = restart;
  if (unit === "corosync") termCorosync(lab, node);
  else if (unit === "pve-cluster") stopPmxcfs(lab, node);
  else if (state.mainPid) {
    // A daemon that is told to stop serves nobody from then on.
    reap(lab, node, state.mainPid);
  }
  // corosync's end is its own; systemd only loses patience with it.
  const stopMs = unit === "corosync" ? STOP_TIMEOUT_MS : randomBetween(lab, 0.9, 1.1) * UNITS[unit].stopMs;
  schedule(lab, stopMs, {
    kind: "services/stopped",
    node,
    pid: SYSTEMD_PID,
    data: { unit, job: state.jobs },
  });
}

export function restartUnit(lab: LabState, node: string, unit: UnitName): void {
  stopUnit(lab, node, unit, true);
}

/** Reload a unit, or start it when it does not run (`reload-or-restart`). */
export function reloadUnit(lab: LabState, node: string, unit: UnitName): void {
  const state = unitOf(lab, node, unit);
  if (state.active !== "active") {
    startUnit(lab, node, unit);
    return;
  }
  if (!UNITS[unit].reloads) {
    restartUnit(lab, node, unit);
    return;
  }
  state.jobs += 1;
  say(lab, node, unit, `Reloading ${unit}.service - ${UNITS[unit].description}...`);
  if (unit === "pvedaemon" || unit === "pveproxy") {
    const daemon = { unit: `${unit}.service`, identifier: unit, pid: state.mainPid };
    for (const text of ["received signal HUP", "server closing", "server shutdown (restart)"])
      log(lab, node, { ...daemon, text });
  }
  schedule(lab, randomBetween(lab, 1_200, 1_800), {
    kind: "services/reloaded",
    node,
    pid: SYSTEMD_PID,
    data: { unit, job: state.jobs },
  });
}

/** All enabled units run, as on a node that was booted a while ago; nothing is waited for. For a new lab. */
export function bootServicesAtOnce(lab: LabState, node: string): void {
  startSystemd(lab, node);
  for (const unit of UNIT_NAMES) {
    const state = unitOf(lab, node, unit);
    const definition = UNITS[unit];
    if (!state.enabled || (definition.condition && !exists(lab, node, definition.condition))) {
      if (definition.condition) state.conditionFailedWallMs = wallNowMs(lab);
      continue;
    }
    say(lab, node, unit, `Starting ${unit}.service - ${definition.description}...`);
    if (unit === "pve-cluster") startPmxcfs(lab, node);
    finishStart(lab, node, unit);
  }
}

/** A unit whose main process is gone although nobody stopped it. @param exitCode absent when a signal killed it */
function unitDied(lab: LabState, node: string, unit: UnitName, exitCode: number | undefined): void {
  const state = unitOf(lab, node, unit);
  state.jobs += 1;
  state.mainPid = 0;
  if (exitCode === 0) {
    setActive(lab, node, unit, "inactive");
    say(lab, node, unit, `${unit}.service: Deactivated successfully.`);
    return;
  }
  setActive(lab, node, unit, "failed");
  state.result = exitCode === undefined ? "signal" : "exit-code";
  const how =
    exitCode === undefined
      ? "code=killed, status=9/KILL"
      : `code=exited, status=${exitCode}/${EXIT_NAMES[exitCode] ?? "n/a"}`;
  say(lab, node, unit, `${unit}.service: Main process exited, ${how}`);
  say(lab, node, unit, `${unit}.service: Failed with result '${state.result}'.`);
  if (unit !== "corosync" && UNITS[unit].process) {
    // Proxmox's units are started again when they fail; corosync's is not.
    say(lab, node, unit, `${unit}.service: Scheduled restart job, restart counter is at 1.`);
    startUnit(lab, node, unit);
  }
}

function finishStop(lab: LabState, node: string, unit: UnitName): void {
  const state = unitOf(lab, node, unit);
  state.jobs += 1;
  state.mainPid = 0;
  setActive(lab, node, unit, "inactive");
  say(lab, node, unit, `${unit}.service: Deactivated successfully.`);
  say(lab, node, unit, `Stopped ${unit}.service - ${UNITS[unit].description}.`);
  if (state.restart) {
    state.restart = false;
    startUnit(lab, node, unit);
  }
}

/** Whether a unit's main process serves: it is active and its process lives. */
export function unitServes(lab: Readonly<LabState>, node: string, unit: UnitName): boolean {
  const { services, processes, power } = nodeOf(lab as LabState, node);
  const state = services.units[unit];
  return power === "on" && state.active === "active" && processes[state.mainPid]?.stopped === false;
}

function finishStart(lab: LabState, node: string, unit: UnitName): void {
  const state = unitOf(lab, node, unit);
  const definition = UNITS[unit];
  if (unit === "corosync" || unit === "pve-cluster") {
    state.mainPid = unit === "pve-cluster" ? nodeOf(lab, node).pmxcfs.pid : processOf(lab, node, unit);
  } else if (definition.process) state.mainPid = spawn(lab, node, definition.process, `${unit}.service`);
  if (unit === "pveproxy") serveCertificate(lab, node);
  setActive(lab, node, unit, "active");
  const verb = definition.process || unit !== "networking" ? "Started" : "Finished";
  say(lab, node, unit, `${verb} ${unit}.service - ${definition.description}.`);
}

/** What waited for a unit starts. */
function startFollowers(lab: LabState, node: string, unit: UnitName): void {
  const units = nodeOf(lab, node).services.units;
  // pve-cluster wants corosync, too: this is what starts it on a node that has just been given a configuration.
  if (unit === "pve-cluster") startUnit(lab, node, "corosync");
  for (const next of UNIT_NAMES) {
    if (!UNITS[next].after.includes(unit) || !units[next].enabled || units[next].sinceWallMs !== 0) continue;
    if (UNITS[next].after.every((before) => units[before].active === "active")) startUnit(lab, node, next);
  }
}

function startSystemd(lab: LabState, node: string): void {
  nodeOf(lab, node).processes[SYSTEMD_PID] = {
    pid: SYSTEMD_PID,
    name: "systemd",
    unit: "",
    startedAtMs: lab.nowMs,
    stopped: false,
    stoppedAtMs: 0,
    parked: [],
  };
}

function idleUnit(enabled: boolean): UnitState {
  return {
    active: "inactive",
    enabled,
    mainPid: 0,
    sinceWallMs: 0,
    conditionFailedWallMs: 0,
    result: "",
    restart: false,
    jobs: 0,
  };
}

function unitOf(lab: LabState, node: string, unit: UnitName): UnitState {
  return nodeOf(lab, node).services.units[unit];
}

function setActive(lab: LabState, node: string, unit: UnitName, active: ActiveState): void {
  const state = unitOf(lab, node, unit);
  state.active = active;
  state.sinceWallMs = wallNowMs(lab);
}

function say(lab: LabState, node: string, unit: UnitName, text: string): void {
  log(lab, node, { unit: `${unit}.service`, identifier: "systemd", pid: 1, text });
}

function exists(lab: LabState, node: string, path: string): boolean {
  const found = resolvePath(lab, node, path);
  return "entry" in found && found.entry !== undefined;
}

function processOf(lab: LabState, node: string, unit: UnitName): number {
  const processes = Object.values(nodeOf(lab, node).processes);
  return processes.find((process) => process.name === UNITS[unit].process)?.pid ?? 0;
}

function certificatesCanBeRenewed(lab: LabState, node: string): boolean {
  const state = nodeOf(lab, node).pmxcfs;
  return state.pid !== 0 && pmxcfsWritable(state);
}
