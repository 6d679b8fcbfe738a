/**
 * What an LRM does for one service: start it, stop it, move it. Each worker waits for the guest's own task.
 *
 * @source pve-ha-manager 4.0.7 PVE/HA/LRM.pm exec_resource_agent, Resources/PVEVM.pm; recordings 51, 52, guests/20-23
 */
import { OFFLINE_INSTEAD, requestGuestAction } from "../guests/guest-actions.ts";
import { guestConfig, instanceOf } from "../guests/guest-view.ts";
import { findJob } from "../jobs/jobs.ts";
import { log } from "../journal.ts";
import { nodeOf, schedule } from "../kernel.ts";
import { Refusal } from "../refusal.ts";
import type { LabState, ScheduledEvent } from "../state.ts";
import { haResource } from "./ha-config.ts";
import { haOf, type LrmWorker } from "./ha-state.ts";
import type { ServiceStatus } from "./ha-status.ts";
import { ERROR, SUCCESS, WRONG_NODE } from "./service-states.ts";

/** Workers at once. @source datacenter.cfg max_workers */
const WORKERS_MAX = 4;
const POLL_MS = 250;
const STOP_TIMEOUT_S = 60;
/** A worker says that it waits each five seconds. */
const TELL_MS = 5_000;

export function workersRun(lab: LabState, node: string): boolean {
  return Object.keys(haOf(lab, node).lrm.workers).length > 0;
}

/** Begin what a service's state asks for, unless something is being done for it. */
export function startWork(lab: LabState, node: string, sid: string, service: ServiceStatus): void {
  const { lrm } = haOf(lab, node);
  if (lrm.workers[sid] || Object.keys(lrm.workers).length >= WORKERS_MAX) return;
  const owner = nodeOf(lab, node);
  const pid = owner.nextPid++;
  const worker: LrmWorker = {
    uid: service.uid!,
    state: service.state,
    target: service.target ?? "",
    timeoutS: service.timeout,
    pid,
    job: 0,
    upid: "",
    startedAtMs: lab.nowMs,
    told: 0,
    stage: "begin",
  };
  lrm.workers[sid] = worker;
  advanceWorker(lab, node, sid, worker);
}

export function workEvent(lab: LabState, event: ScheduledEvent): void {
  const node = event.node!;
  const { sid, uid } = event.data as { sid: string; uid: string };
  const worker = haOf(lab, node).lrm.workers[sid];
  if (worker?.uid !== uid) return;
  const job = findJob(lab, node, worker.job);
  if (job?.running) {
    const told = Math.floor((lab.nowMs - worker.startedAtMs) / TELL_MS);
    if (told > worker.told) {
      worker.told = told;
      say(lab, node, worker, `Task '${worker.upid}' still active, waiting`);
    }
    poll(lab, node, sid, worker);
    return;
  }
  if (job?.error) say(lab, node, { ...worker, pid: job.pid }, job.error, 3);
  advanceWorker(lab, node, sid, worker, job ? job.error : "interrupted by signal");
}

function poll(lab: LabState, node: string, sid: string, worker: LrmWorker): void {
  const pid = nodeOf(lab, node).services.units["pve-ha-lrm"].mainPid;
  schedule(lab, POLL_MS, { kind: "ha/work", node, pid, data: { sid, uid: worker.uid } });
}

function say(lab: LabState, node: string, worker: { pid: number }, text: string, priority = 6): void {
  log(lab, node, { unit: "pve-ha-lrm.service", identifier: "pve-ha-lrm", pid: worker.pid, text, priority });
}

/** Ask for a guest's change on behalf of HA. @returns the refusal's text when there is one */
function ask(
  lab: LabState,
  node: string,
  sid: string,
  worker: LrmWorker,
  action: "start" | "stop" | "shutdown" | "migrate",
  params: Record<string, string>,
): string | undefined {
  const vmid = Number(sid.slice(3));
  try {
    const job = requestGuestAction(lab, { node, vmid, action, params, program: "pve-ha-lrm" });
    worker.job = job.id;
    worker.upid = job.upid;
    if (action !== "migrate") {
      const verb = { start: "start", stop: "stop", shutdown: "shutdown" }[action];
      say(lab, node, { pid: job.pid }, `${verb} VM ${vmid}: ${job.upid}`);
    }
    poll(lab, node, sid, worker);
    return undefined;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say(lab, node, worker, error.message, 3);
    return error.message;
  }
}

function advanceWorker(lab: LabState, node: string, sid: string, worker: LrmWorker, error = ""): void {
  const vmid = Number(sid.slice(3));
  const running = instanceOf(lab, node, vmid) !== undefined;
  const end = (code: number) => endWork(lab, node, sid, worker, code);
  if (worker.stage === "begin" && guestConfig(lab, node, vmid) === undefined && worker.state !== "error") {
    say(lab, node, worker, `service '${sid}' not on this node`, 3);
    end(WRONG_NODE);
    return;
  }
  switch (worker.state) {
    case "started":
      if (worker.stage === "begin") {
        if (running) {
          end(SUCCESS);
          return;
        }
        say(lab, node, worker, `starting service ${sid}`);
        worker.stage = "start";
        if (ask(lab, node, sid, worker, "start", {}) === undefined) return;
      } else if (running && error === "") {
        const pid = instanceOf(lab, node, vmid)!.pid;
        say(
          lab,
          node,
          { pid: findJob(lab, node, worker.job)?.pid ?? worker.pid },
          `VM ${vmid} started with PID ${pid}.`,
        );
        say(lab, node, worker, `service status ${sid} started`);
        end(SUCCESS);
        return;
      }
      say(lab, node, worker, `unable to start service ${sid}`, 4);
      end(ERROR);
      return;
    case "request_stop":
      if (worker.stage === "begin") {
        if (!running) {
          end(SUCCESS);
          return;
        }
        const hard = worker.timeoutS === 0;
        const said = worker.timeoutS === undefined ? "" : ` (timeout=${worker.timeoutS})`;
        say(lab, node, worker, `stopping service ${sid}${said}`);
        worker.stage = "stop";
        const timeout = String(worker.timeoutS ?? STOP_TIMEOUT_S);
        const refused = hard
          ? ask(lab, node, sid, worker, "stop", {})
          : ask(lab, node, sid, worker, "shutdown", { timeout, forceStop: "1" });
        if (refused === undefined) return;
      } else if (!running) {
        say(lab, node, worker, `service status ${sid} stopped`);
        end(SUCCESS);
        return;
      }
      say(lab, node, worker, `unable to stop stop service ${sid} (still running)`, 3);
      end(ERROR);
      return;
    case "migrate":
    case "relocate":
      moveService(lab, node, sid, worker, running, error);
      return;
    case "error":
      say(
        lab,
        node,
        worker,
        `service ${sid} is in an error state and needs manual intervention. Look up 'ERROR RECOVERY' in the documentation.`,
        3,
      );
      end(SUCCESS);
      return;
    default:
      end(SUCCESS);
  }
}

function moveService(
  lab: LabState,
  node: string,
  sid: string,
  worker: LrmWorker,
  running: boolean,
  error: string,
): void {
  const end = (code: number) => endWork(lab, node, sid, worker, code);
  if (worker.target === node) {
    end(SUCCESS);
    return;
  }
  if (worker.state === "relocate" && running && worker.stage === "begin") {
    worker.stage = "stop";
    const params = { timeout: String(STOP_TIMEOUT_S), forceStop: "1" };
    if (ask(lab, node, sid, worker, "shutdown", params) === undefined) return;
    end(ERROR);
    return;
  }
  if (worker.stage !== "move") {
    worker.stage = "move";
    if (!running && worker.state === "migrate") {
      say(lab, node, worker, OFFLINE_INSTEAD);
    }
    // Local disks go along, and local devices are taken to be the same there.
    const params = { target: worker.target, "with-local-disks": "1", force: "1", ...(running && { online: "1" }) };
    if (ask(lab, node, sid, worker, "migrate", params) === undefined) return;
    end(255);
    return;
  }
  const still = guestConfig(lab, node, Number(sid.slice(3))) !== undefined;
  if (still || error !== "") {
    if (still) say(lab, node, worker, `service ${sid} not moved (migration error)`, 3);
    end(255);
  } else end(SUCCESS);
}

/** Keep the result for lrm_status; a start that failed is tried again here as often as max_restart says. */
function endWork(lab: LabState, node: string, sid: string, worker: LrmWorker, code: number): void {
  const { lrm } = haOf(lab, node);
  delete lrm.workers[sid];
  const result = { exit_code: code, sid, state: worker.state };
  if (worker.state === "started") {
    if (code === SUCCESS) delete lrm.failedStarts[sid];
    else {
      const tries = (lrm.failedStarts[sid] ?? 0) + 1;
      const most = haResource(lab, node, sid)?.maxRestart ?? 1;
      const main = { pid: nodeOf(lab, node).services.units["pve-ha-lrm"].mainPid };
      if (tries <= most) {
        lrm.failedStarts[sid] = tries;
        say(lab, node, main, `restart policy: retry number ${tries} for service '${sid}'`, 4);
        return;
      }
      delete lrm.failedStarts[sid];
      say(lab, node, main, `unable to start service ${sid} on local node after ${most} retries`, 3);
    }
  }
  lrm.results[worker.uid] = result;
}
