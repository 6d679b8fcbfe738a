/**
 * systemd of a node as a state machine: units start, stop, restart and reload in model time, and say so in the journal.
 *
 * Two units are more than a process and a delay: corosync (the protocol of `cluster/corosync`) and pve-cluster (pmxcfs).
 */
import { readConfigFile } from "../corosync/config-file.ts";
import { startCorosync, termCorosync } from "../corosync/corosync.ts";
import { startQdevice, stopQdevice } from "../corosync/qdevice.ts";
import { resolvePath } from "../files/node-tree.ts";
import { networkingService } from "../host-network/node-network.ts";
import { log } from "../journal.ts";
import { nodeOf, randomBetween, schedule } from "../kernel.ts";
import { serveCertificate } from "../pki/node-certificates.ts";
import { startPmxcfs, stopPmxcfs } from "../pmxcfs/daemon.ts";
import { type ProcessEnd, reap, spawn } from "../processes.ts";
import type { LabState } from "../state.ts";
import { wallNowMs } from "../wall-clock.ts";
import { sayServerStarts, sayServerStops } from "./server-lines.ts";
import type { ActiveState, ServicesState, UnitName, UnitState } from "./services-state.ts";
import { UNIT_NAMES, UNITS } from "./units.ts";

/** systemd itself: its jobs belong to this process, so that they wait while the node hangs and go with its power. */
export const SYSTEMD_PID = 1;

/** systemd kills what has not ended so long after it was told to. */
const STOP_TIMEOUT_MS = 90_000;

/** Exit codes that have a name for systemd. */
const EXIT_NAMES: Record<number, string> = { 1: "FAILURE", 8: "n/a", 255: "EXCEPTION" };

export function newServicesState(): ServicesState {
  const units = {} as ServicesState["units"];
  for (const name of UNIT_NAMES) units[name] = idleUnit(UNITS[name].enabled);
  return { units };
}

/** Start a unit; one that runs or is on its way is left alone. */
export function startUnit(lab: LabState, node: string, unit: UnitName): void {
  const state = unitOf(lab, node, unit);
  if (state.active === "active" || state.active === "activating") return;
  const definition = UNITS[unit];
  // Whoever wants it started (boot, another unit) goes on without it.
  if (state.masked) return;
  if (state.active === "deactivating") {
    // systemd queues the start behind the stop.
    state.restart = true;
    return;
  }
  if (definition.condition && !exists(lab, node, definition.condition)) {
    state.conditionFailedWallMs = wallNowMs(lab, node);
    sayOfUnit(
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
  state.startedMs = [...startsAtOnce(lab, state), lab.nowMs];
  setActive(lab, node, unit, "activating");
  sayOfUnit(lab, node, unit, `Starting ${unit}.service - ${definition.description}...`);
  if (unit === "corosync") {
    const started = startCorosync(lab, node);
    if (!started.started) {
      state.mainPid = started.pid;
      unitDied(lab, node, unit, started.signal ? { signal: started.signal } : { exitCode: started.exitCode });
      sayOfUnit(lab, node, unit, `Failed to start ${unit}.service - ${definition.description}.`);
      return;
    }
    state.mainPid = started.pid;
  } else if (unit === "pve-cluster") {
    if (!startPmxcfs(lab, node)) {
      refuseToStart(lab, node, unit);
      return;
    }
    state.mainPid = nodeOf(lab, node).pmxcfs.pid;
  } else if (unit === "corosync-qdevice") {
    // The file says it first; corosync reads it a moment later.
    const configured = /\bdevice\s*\{/.test(readConfigFile(lab, node) ?? "");
    if (!configured || !startQdevice(lab, node)) {
      unitDied(lab, node, unit, { exitCode: 1 });
      sayOfUnit(lab, node, unit, `Failed to start ${unit}.service - ${definition.description}.`);
      return;
    }
    state.mainPid = nodeOf(lab, node).corosync.qdevice!.pid;
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
  // The quorum device's daemon requires corosync, and goes with it.
  if (unit === "corosync") stopUnit(lab, node, "corosync-qdevice");
  state.jobs += 1;
  noteEnd(lab, node, state, { exitCode: 0 });
  setActive(lab, node, unit, "deactivating");
  sayOfUnit(lab, node, unit, `Stopping ${unit}.service - ${UNITS[unit].description}...`);
  state.restart = restart;
  if (unit === "corosync") termCorosync(lab, node);
  else if (unit === "corosync-qdevice") stopQdevice(lab, node);
  else if (unit === "pve-cluster") stopPmxcfs(lab, node);
  else if (unit === "networking") networkingService(lab, node, "down");
  else if (isHaDaemon(unit) && state.mainPid) {
    // It says goodbye to the watchdog and the cluster first.
    schedule(lab, 0, { kind: "ha/daemon-stops", node, data: { unit } });
  } else if (state.mainPid) {
    // A daemon that is told to stop serves nobody from then on.
    sayServerStops(lab, node, unit, state.mainPid);
    reap(lab, node, state.mainPid);
  }
  // corosync's end is its own; systemd only loses patience with it.
  const patient = unit === "corosync" || (isHaDaemon(unit) && state.mainPid !== 0);
  const stopMs = patient ? STOP_TIMEOUT_MS : randomBetween(lab, 0.9, 1.1) * UNITS[unit].stopMs;
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
  sayOfUnit(lab, node, unit, `Reloading ${unit}.service - ${UNITS[unit].description}...`);
  if (isApiServer(unit)) {
    const daemon = { unit: `${unit}.service`, identifier: unit, pid: state.mainPid };
    log(lab, node, { ...daemon, pid: nodeOf(lab, node).nextPid++, text: `send HUP to ${state.mainPid}` });
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

/** Servers that put new workers in place of the old ones when they are reloaded. */
export function isApiServer(unit: UnitName): boolean {
  return unit === "pvedaemon" || unit === "pveproxy";
}

/** What such a server tells about a second after its reload (recording 07). */
export function sayServerRestarted(lab: LabState, node: string, unit: UnitName): void {
  const daemon = { unit: `${unit}.service`, identifier: unit, pid: unitOf(lab, node, unit).mainPid };
  log(lab, node, { ...daemon, text: "restarting server" });
  log(lab, node, { ...daemon, text: "starting 3 worker(s)" });
  for (let i = 0; i < 3; i++) log(lab, node, { ...daemon, text: `worker ${nodeOf(lab, node).nextPid++} started` });
}

/** The daemons of HA end in their own time, and others have to know of their end. */
export function isHaDaemon(unit: UnitName): boolean {
  return unit === "pve-ha-crm" || unit === "pve-ha-lrm";
}

/** All enabled units run, as on a node that was booted a while ago; nothing is waited for. For a new lab. */
export function bootServicesAtOnce(lab: LabState, node: string): void {
  startSystemd(lab, node);
  for (const unit of UNIT_NAMES) {
    const state = unitOf(lab, node, unit);
    const definition = UNITS[unit];
    if (!state.enabled || (definition.condition && !exists(lab, node, definition.condition))) {
      if (definition.condition) state.conditionFailedWallMs = wallNowMs(lab, node);
      continue;
    }
    sayOfUnit(lab, node, unit, `Starting ${unit}.service - ${definition.description}...`);
    if (unit === "pve-cluster") startPmxcfs(lab, node);
    finishStart(lab, node, unit);
  }
}

/** What systemctl says of a job that was waited for, and after which the unit is failed. @source systemd bus-wait-for-jobs.c */
export function jobFailed(lab: Readonly<LabState>, node: string, unit: UnitName): string {
  const { result } = lab.nodes[node]!.services.units[unit];
  const reason =
    result === "signal"
      ? "a fatal signal was delivered to the control process"
      : "the control process exited with error code";
  const hint = `See "systemctl status ${unit}.service" and "journalctl -xeu ${unit}.service" for details.`;
  return `Job for ${unit}.service failed because ${reason}.\n${hint}\n`;
}

/** Numbers of the signals that end a process here. */
const SIGNAL_NUMBERS = { KILL: 9, ABRT: 6 };

/** A unit whose main process is gone although nobody stopped it. */
export function unitDied(lab: LabState, node: string, unit: UnitName, end: ProcessEnd): void {
  const state = unitOf(lab, node, unit);
  const { exitCode, signal = "KILL" } = end;
  state.jobs += 1;
  noteEnd(lab, node, state, end);
  state.mainPid = 0;
  if (exitCode === 0) {
    setActive(lab, node, unit, "inactive");
    sayOfUnit(lab, node, unit, `${unit}.service: Deactivated successfully.`);
    return;
  }
  setActive(lab, node, unit, "failed");
  state.result = exitCode === undefined ? "signal" : "exit-code";
  const how =
    exitCode === undefined
      ? `code=killed, status=${SIGNAL_NUMBERS[signal]}/${signal}`
      : `code=exited, status=${exitCode}/${EXIT_NAMES[exitCode] ?? "n/a"}`;
  sayOfUnit(lab, node, unit, `${unit}.service: Main process exited, ${how}`);
  sayOfUnit(lab, node, unit, `${unit}.service: Failed with result '${state.result}'.`);
  if (unit === "corosync") stopUnit(lab, node, "corosync-qdevice");
  // The device's is started again after a signal; what it refuses it refuses five times, and stays failed.
  const refused = unit === "corosync-qdevice" && exitCode !== undefined;
  if (!UNITS[unit].restarts || refused) return;
  setActive(lab, node, unit, "activating");
  schedule(lab, RESTART_MS, { kind: "services/restart", node, pid: SYSTEMD_PID, data: { unit, job: state.jobs } });
}

/** From a unit's end to its new start. @source systemd: RestartSec */
const RESTART_MS = 100;

/** Starts of a unit that are too many at once, and in which time. @source systemd: StartLimitBurst, StartLimitIntervalSec */
const START_LIMIT = 5;
const START_INTERVAL_MS = 10_000;

/** systemd starts a unit again that died, unless it did so too often. @source systemd 252 service.c service_enter_restart() */
export function restartDied(lab: LabState, node: string, unit: UnitName): void {
  const state = unitOf(lab, node, unit);
  const name = `${unit}.service`;
  state.restarts = (state.restarts ?? 0) + 1;
  sayOfUnit(lab, node, unit, `${name}: Scheduled restart job, restart counter is at ${state.restarts}.`);
  sayOfUnit(lab, node, unit, `Stopped ${name} - ${UNITS[unit].description}.`);
  const result = state.result;
  setActive(lab, node, unit, "inactive");
  if (startsAtOnce(lab, state).length < START_LIMIT) {
    startUnit(lab, node, unit);
    return;
  }
  sayOfUnit(lab, node, unit, `${name}: Start request repeated too quickly.`);
  sayOfUnit(lab, node, unit, `${name}: Failed with result '${result}'.`);
  sayOfUnit(lab, node, unit, `Failed to start ${name} - ${UNITS[unit].description}.`);
  setActive(lab, node, unit, "failed");
  state.result = result;
}

/** Starts of the last seconds, in model time. */
function startsAtOnce(lab: Readonly<LabState>, { startedMs = [] }: UnitState): number[] {
  return startedMs.filter((startMs) => lab.nowMs - startMs < START_INTERVAL_MS);
}

/** pmxcfs ends as it starts: systemd tries again at once until it has had enough. What comes after it starts without it. */
function refuseToStart(lab: LabState, node: string, unit: "pve-cluster"): void {
  const name = `${unit}.service`;
  const titled = `${name} - ${UNITS[unit].description}`;
  const say = (text: string) => sayOfUnit(lab, node, unit, text);
  for (let tries = 1; ; tries++) {
    if (tries <= START_LIMIT) say(`${name}: Control process exited, code=exited, status=255/EXCEPTION`);
    say(`${name}: Failed with result 'exit-code'.`);
    say(`Failed to start ${titled}.`);
    if (tries > START_LIMIT) break;
    say(`${name}: Scheduled restart job, restart counter is at ${tries}.`);
    say(`Stopped ${titled}.`);
    if (tries === START_LIMIT) say(`${name}: Start request repeated too quickly.`);
    else {
      say(`Starting ${titled}...`);
      startPmxcfs(lab, node);
    }
  }
  const state = unitOf(lab, node, unit);
  state.jobs += 1;
  state.mainPid = 0;
  setActive(lab, node, unit, "failed");
  state.result = "exit-code";
  startFollowers(lab, node, unit);
}

/** Remember what `systemctl status` tells of a main process that is gone. */
function noteEnd(lab: LabState, node: string, state: UnitState, { exitCode, signal }: ProcessEnd): void {
  if (state.mainPid === 0) return;
  const activeMs = state.active === "active" ? wallNowMs(lab, node) - state.sinceWallMs : (state.ended?.activeMs ?? 0);
  state.ended = {
    pid: state.mainPid,
    activeMs,
    ...(exitCode !== undefined && { exitCode }),
    ...(signal && { signal }),
  };
}

/** `systemctl reset-failed`: a failed unit is as one that never ran. */
export function resetFailed(lab: LabState, node: string, unit: UnitName): void {
  const state = unitOf(lab, node, unit);
  if (state.active !== "failed") return;
  setActive(lab, node, unit, "inactive");
  state.result = "";
}

export function finishStop(lab: LabState, node: string, unit: UnitName): void {
  const state = unitOf(lab, node, unit);
  state.jobs += 1;
  noteEnd(lab, node, state, { exitCode: 0 });
  state.mainPid = 0;
  setActive(lab, node, unit, "inactive");
  sayOfUnit(lab, node, unit, `${unit}.service: Deactivated successfully.`);
  sayOfUnit(lab, node, unit, `Stopped ${unit}.service - ${UNITS[unit].description}.`);
  if (state.restart) {
    state.restart = false;
    startUnit(lab, node, unit);
  }
}

/** Whether a unit serves: it is active, and its process lives and does not stand still; others work for the API's servers. */
export function unitServes(lab: Readonly<LabState>, node: string, unit: UnitName): boolean {
  const { services, processes, power } = nodeOf(lab as LabState, node);
  const state = services.units[unit];
  const process = processes[state.mainPid];
  const works = process !== undefined && (!process.stopped || isApiServer(unit));
  return power === "on" && state.active === "active" && works;
}

export function finishStart(lab: LabState, node: string, unit: UnitName): void {
  const state = unitOf(lab, node, unit);
  const definition = UNITS[unit];
  if (unit === "corosync-qdevice") state.mainPid = nodeOf(lab, node).corosync.qdevice?.pid ?? 0;
  else if (unit === "corosync" || unit === "pve-cluster") {
    state.mainPid = unit === "pve-cluster" ? nodeOf(lab, node).pmxcfs.pid : processOf(lab, node, unit);
  } else if (definition.process) {
    state.mainPid = spawn(lab, node, definition.process, `${unit}.service`);
    sayServerStarts(lab, node, unit, state.mainPid);
  }
  if (isHaDaemon(unit)) schedule(lab, 0, { kind: "ha/daemon-started", node, data: { unit } });
  if (unit === "pveproxy") serveCertificate(lab, node);
  if (unit === "networking") networkingService(lab, node, "up");
  setActive(lab, node, unit, "active");
  const verb = definition.process || unit !== "networking" ? "Started" : "Finished";
  sayOfUnit(lab, node, unit, `${verb} ${unit}.service - ${definition.description}.`);
}

/** What waited for a unit starts. */
export function startFollowers(lab: LabState, node: string, unit: UnitName): void {
  const units = nodeOf(lab, node).services.units;
  // pve-cluster wants corosync, too: this is what starts it on a node that has just been given a configuration.
  if (unit === "pve-cluster") startUnit(lab, node, "corosync");
  for (const next of UNIT_NAMES) {
    if (!UNITS[next].after.includes(unit) || !units[next].enabled || units[next].sinceWallMs !== 0) continue;
    if (UNITS[next].after.every((before) => ["active", "failed"].includes(units[before].active)))
      startUnit(lab, node, next);
  }
}

/** The quorum device's daemon was started with corosync, past its unit: the unit follows. */
export function noteQdeviceStarted(lab: LabState, node: string): void {
  const state = unitOf(lab, node, "corosync-qdevice");
  if (state.active === "active" || state.active === "activating") return;
  sayOfUnit(
    lab,
    node,
    "corosync-qdevice",
    `Starting corosync-qdevice.service - ${UNITS["corosync-qdevice"].description}...`,
  );
  finishStart(lab, node, "corosync-qdevice");
}

export function startSystemd(lab: LabState, node: string): void {
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

export function idleUnit(enabled: boolean, masked = false): UnitState {
  return {
    ...(masked && { masked }),
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

export function unitOf(lab: LabState, node: string, unit: UnitName): UnitState {
  return nodeOf(lab, node).services.units[unit];
}

function setActive(lab: LabState, node: string, unit: UnitName, active: ActiveState): void {
  const state = unitOf(lab, node, unit);
  state.active = active;
  state.sinceWallMs = wallNowMs(lab, node);
}

export function sayOfUnit(lab: LabState, node: string, unit: UnitName, text: string): void {
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
