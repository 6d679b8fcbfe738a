/**
 * The LRM of a node: takes its agent lock when it has services, does for each what the master asks, and tells how it went.
 *
 * @source pve-ha-manager 4.0.7 PVE/HA/LRM.pm; recordings 42, 51, 52, guests/20-23
 */
import { instanceOf } from "../guests/guest-view.ts";
import { log } from "../journal.ts";
import { type EventSpec, nodeOf, random, schedule } from "../kernel.ts";
import { pmxcfsFile, pmxcfsWritable } from "../pmxcfs/pmxcfs-view.ts";
import { changeInSequence, type SequenceEnd } from "../pmxcfs/sequence.ts";
import { reap } from "../processes.ts";
import type { LabState, ScheduledEvent } from "../state.ts";
import { wallNowMs } from "../wall-clock.ts";
import { haResources } from "./ha-config.ts";
import { agentLock, releaseLock, takeLock } from "./ha-lock.ts";
import { haOf, type LrmPhase } from "./ha-state.ts";
import { lrmStatusPath, managerStatus, type ServiceStatus } from "./ha-status.ts";
import { startWork, workersRun } from "./lrm-work.ts";
import { closeWatchdog, feedWatchdog } from "./watchdog.ts";

const WAITING_MS = 5_000;
const ACTIVE_MS = 10_000;
/** It waits so long for its workers before it tells how things are. */
const WORK_MAX_MS = 5_000;
const POLL_MS = 500;
const LOST_AFTER_MS = 5_000;
/** Rounds without a service of its own before it gives its lock back. */
const IDLE_ROUNDS_MAX = 60;

const pidOf = (lab: LabState, node: string) => nodeOf(lab, node).services.units["pve-ha-lrm"].mainPid;

export function sayLrm(lab: LabState, node: string, text: string, priority = 6, pid = pidOf(lab, node)): void {
  log(lab, node, { unit: "pve-ha-lrm.service", identifier: "pve-ha-lrm", pid, text, priority });
}

function mine(lab: LabState, node: string, step: string, data: object = {}): EventSpec {
  return { kind: "ha/lrm", node, pid: pidOf(lab, node), data: { step, ...data } };
}

function next(lab: LabState, node: string, delayMs: number, step = "loop"): void {
  const { lrm } = haOf(lab, node);
  lrm.nextId = schedule(lab, delayMs, mine(lab, node, step));
}

function dropLoop(lab: LabState, node: string): void {
  const { lrm } = haOf(lab, node);
  const at = lab.queue.findIndex((event) => event.id === lrm.nextId);
  if (at >= 0) lab.queue.splice(at, 1);
  delete lrm.nextId;
}

export function lrmStarted(lab: LabState, node: string): void {
  sayLrm(lab, node, "starting server");
  sayLrm(lab, node, "status change startup => wait_for_agent_lock");
  next(lab, node, WAITING_MS);
}

export function wakeLrm(lab: LabState, node: string): void {
  const { lrm } = haOf(lab, node);
  if (lrm.nextId === undefined && nodeOf(lab, node).processes[pidOf(lab, node)]) {
    next(lab, node, random(lab) * WAITING_MS);
  }
}

/** Services of this node that count for its lock. */
export function activeServices(services: Record<string, ServiceStatus>, node: string): number {
  const resting = ["stopped", "freeze", "error", "fence", "recovery", "request_start"];
  return Object.values(services).filter((one) => one.node === node && !resting.includes(one.state)).length;
}

export function lrmEvent(lab: LabState, event: ScheduledEvent): void {
  const node = event.node!;
  if (event.pid !== pidOf(lab, node)) return;
  const { lrm } = haOf(lab, node);
  const { step, failed } = event.data as { step: string } & SequenceEnd;
  switch (step) {
    case "loop":
      lrm.nextId = event.id;
      loop(lab, node);
      break;
    case "asked":
      if (!failed) gotLock(lab, node);
      finish(lab, node);
      break;
    case "renewed":
      if (!failed) {
        lrm.lockAtMs = lab.nowMs;
        feedWatchdog(lab, node, "lrm");
        if (lrm.phase === "maintenance" && lrm.mode === "active") {
          phase(lab, node, "active");
          dropLoop(lab, node);
          next(lab, node, ACTIVE_MS);
        }
        work(lab, node);
      } else if (lrm.phase === "active" || lrm.phase === "maintenance") {
        const why = failed.errno === "ENOENT" ? "No such file or directory" : "Permission denied";
        sayLrm(lab, node, `lost lock '${agentLock(node)} - cfs lock update failed - ${why}`, 3);
        dropLoop(lab, node);
        next(lab, node, LOST_AFTER_MS, "lost");
      }
      break;
    case "lost":
      phase(lab, node, "lost_agent_lock");
      next(lab, node, 0);
      break;
    case "wait-work":
      waitForWork(lab, node, (event.data as { untilMs: number }).untilMs);
      break;
    case "written":
      if (lrm.stopping && mayStop(lab, node)) stopNow(lab, node);
      break;
  }
}

function phase(lab: LabState, node: string, to: LrmPhase): void {
  const { lrm } = haOf(lab, node);
  sayLrm(lab, node, `status change ${lrm.phase} => ${to}`);
  lrm.phase = to;
  lrm.idleRounds = 0;
}

function loop(lab: LabState, node: string): void {
  const { lrm } = haOf(lab, node);
  const state = nodeOf(lab, node).pmxcfs;
  const quorate = state.pid !== 0 && pmxcfsWritable(state);
  const status = managerStatus(lab, node);
  const mineFenced = Object.values(status.service_status).some((one) => one.node === node && one.state === "fence");
  if (!lrm.stopping) {
    lrm.mode = status.node_request?.[node]?.maintenance ? "maintenance" : "active";
  }
  const count = activeServices(status.service_status, node);
  switch (lrm.phase) {
    case "wait_for_agent_lock":
      if (lrm.stopping) {
        stopNow(lab, node);
        return;
      }
      if (!mineFenced && count > 0 && quorate) {
        next(lab, node, WAITING_MS);
        takeLock(lab, node, agentLock(node), undefined, mine(lab, node, "asked"), node);
        return;
      }
      if (quorate && !needed(lab, node)) {
        delete lrm.nextId;
        return;
      }
      next(lab, node, WAITING_MS);
      finish(lab, node);
      return;
    case "lost_agent_lock":
      next(lab, node, WAITING_MS);
      if (lrm.stopping && count === 0) {
        closeWatchdog(lab, node, "lrm");
        stopNow(lab, node);
        return;
      }
      if (!mineFenced && quorate) takeLock(lab, node, agentLock(node), lrm.lockAtMs, mine(lab, node, "asked"), node);
      return;
    case "active":
    case "maintenance":
      if (mineFenced) {
        sayLrm(lab, node, "node need to be fenced - releasing agent_lock", 3);
        phase(lab, node, "lost_agent_lock");
        next(lab, node, WAITING_MS);
        return;
      }
      if (lrm.phase === "active" && lrm.mode === "maintenance") phase(lab, node, "maintenance");
      next(lab, node, lrm.phase === "maintenance" ? WAITING_MS : ACTIVE_MS);
      if (lrm.phase === "maintenance" && count === 0 && !workersRun(lab, node) && lrm.mode === "maintenance") {
        closeWatchdog(lab, node, "lrm");
        // The folder goes, and when it was last renewed stays in memory: for two minutes from then on the LRM tries to
        // renew what is no longer there, and a maintenance that ends within them leaves it without its lock (g20).
        if (nodeOf(lab, node).pmxcfs.database.entries[`priv/lock/${agentLock(node)}`]) {
          releaseLock(lab, node, agentLock(node));
        }
        work(lab, node);
        return;
      }
      takeLock(lab, node, agentLock(node), lrm.lockAtMs, mine(lab, node, "renewed"), node);
      return;
  }
}

/** Whether there is any reason to look again: once HA was used, each LRM tells for ever that it lives. */
function needed(lab: LabState, node: string): boolean {
  const status = managerStatus(lab, node);
  return (
    haResources(lab, node).length > 0 ||
    Object.keys(status.node_status).length > 0 ||
    haOf(lab, node).lrm.mode !== "active" ||
    (pmxcfsFile(lab, node, "ha/crm_commands") ?? "").trim() !== ""
  );
}

function gotLock(lab: LabState, node: string): void {
  const { lrm } = haOf(lab, node);
  sayLrm(lab, node, `successfully acquired lock '${agentLock(node)}'`);
  if (!feedWatchdog(lab, node, "lrm")) {
    releaseLock(lab, node, agentLock(node));
    return;
  }
  lrm.lockAtMs = lab.nowMs;
  phase(lab, node, "active");
  dropLoop(lab, node);
  next(lab, node, ACTIVE_MS);
  work(lab, node);
}

/** Do what the master asks for, wait a little for it, tell how it went. */
function work(lab: LabState, node: string): void {
  const { lrm } = haOf(lab, node);
  const { service_status: services } = managerStatus(lab, node);
  const own = Object.entries(services).filter(([, one]) => one.node === node);
  const uids = new Set(own.map(([, one]) => one.uid));
  for (const uid of Object.keys(lrm.results)) if (!uids.has(uid)) delete lrm.results[uid];
  if (lrm.stopServices) {
    for (const [sid] of own) startWork(lab, node, sid, { state: "request_stop", node, uid: `shutdown-${sid}` });
  } else if (!(lrm.stopping && lrm.mode === "restart")) {
    for (const [sid, one] of own) {
      if (one.uid === undefined || lrm.results[one.uid]) continue;
      if (["freeze", "fence", "recovery", "stopped", "request_start"].includes(one.state)) continue;
      startWork(lab, node, sid, one);
    }
  }
  idle(lab, node, own.length);
  waitForWork(lab, node, lab.nowMs + WORK_MAX_MS);
}

function idle(lab: LabState, node: string, services: number): void {
  const { lrm } = haOf(lab, node);
  if (services > 0 || lrm.stopping) {
    lrm.idleRounds = 0;
    return;
  }
  lrm.idleRounds += 1;
  if (lrm.phase !== "active" || lrm.idleRounds < IDLE_ROUNDS_MAX) return;
  sayLrm(lab, node, `node had no service configured for ${IDLE_ROUNDS_MAX} rounds, going idle.`);
  closeWatchdog(lab, node, "lrm");
  releaseLock(lab, node, agentLock(node));
  delete lrm.lockAtMs;
  phase(lab, node, "wait_for_agent_lock");
}

function waitForWork(lab: LabState, node: string, untilMs: number): void {
  if (!workersRun(lab, node) || lab.nowMs >= untilMs) finish(lab, node);
  else schedule(lab, Math.min(POLL_MS, untilMs - lab.nowMs), mine(lab, node, "wait-work", { untilMs }));
}

/** Write lrm_status. */
function finish(lab: LabState, node: string): void {
  const { lrm } = haOf(lab, node);
  const content = JSON.stringify({
    results: lrm.results,
    state: lrm.phase,
    timestamp: Math.floor(wallNowMs(lab, node) / 1_000),
    mode: lrm.mode,
  });
  changeInSequence(lab, node, [{ op: "write", path: lrmStatusPath(node), content }], mine(lab, node, "written"));
}

/** What ends an LRM: its own restart, or its node going down. */
export type LrmStop = "restart" | { policy: string; reboot: boolean };

/**
 * Systemd asked it to end: a restart freezes the services; a node that goes down ends them, freezes them over a reboot, or
 * waits until they are moved away, as its policy says.
 *
 * @source pve-ha-manager PVE/HA/LRM.pm shutdown_request
 */
export function stopLrm(lab: LabState, node: string, why: LrmStop): void {
  const { lrm } = haOf(lab, node);
  const already = lrm.mode === "maintenance";
  lrm.stopping = true;
  sayLrm(lab, node, "received signal TERM");
  if (why === "restart") {
    if (already) sayLrm(lab, node, "Restarting LRM in maintenance mode may be delayed until all services are moved");
    else {
      sayLrm(lab, node, "restart LRM, freeze all services");
      lrm.mode = "restart";
    }
  } else {
    const { policy, reboot } = why;
    const kind = reboot ? "reboot" : "shutdown";
    sayLrm(lab, node, `got shutdown request with shutdown policy '${policy}'`);
    const moves = policy === "migrate";
    lrm.stopServices = !moves;
    if (already) {
      const ignored = moves
        ? "maintenance policy, already in maintenance mode"
        : `${policy} policy as manual maintenance mode is enabled`;
      sayLrm(lab, node, `${kind} LRM, ignore ${ignored}`);
    } else if (moves) {
      sayLrm(lab, node, `${kind} LRM, doing maintenance, removing this node from active list`);
      lrm.mode = "maintenance";
    } else if (policy === "freeze" || (policy !== "failover" && reboot)) {
      sayLrm(lab, node, `${kind} LRM, stop and freeze all services`);
      lrm.mode = "restart";
    } else {
      sayLrm(lab, node, "shutdown LRM, stop all services");
      lrm.mode = "shutdown";
    }
  }
  dropLoop(lab, node);
  next(lab, node, 100);
}

function mayStop(lab: LabState, node: string): boolean {
  const { lrm } = haOf(lab, node);
  if (workersRun(lab, node)) return false;
  if (lrm.phase !== "active" && lrm.phase !== "maintenance") return false;
  if (lrm.stopServices && Object.keys(nodeOf(lab, node).qemu).some((vmid) => runsForHa(lab, node, vmid))) return false;
  if (lrm.mode === "shutdown") return true;
  return activeServices(managerStatus(lab, node).service_status, node) === 0;
}

function runsForHa(lab: LabState, node: string, vmid: string): boolean {
  const service = managerStatus(lab, node).service_status[`vm:${vmid}`];
  return service?.node === node && instanceOf(lab, node, Number(vmid)) !== undefined;
}

function stopNow(lab: LabState, node: string): void {
  const { lrm } = haOf(lab, node);
  closeWatchdog(lab, node, "lrm");
  if (lrm.lockAtMs !== undefined && lrm.phase !== "lost_agent_lock") releaseLock(lab, node, agentLock(node));
  sayLrm(lab, node, "server stopped");
  reap(lab, node, pidOf(lab, node), { exitCode: 0 });
}
