/**
 * Many guests of a node at once: started, stopped or moved to another node, one after the other or some at a time, each
 * by a task of its own and all of them watched by one.
 *
 * @source pve-manager 8.4 PVE/API2/Nodes.pm startall, stopall, migrateall (no recording)
 */
import { isHaManaged } from "../ha/ha-config.ts";
import { after, endJob, findJob, type JobStep, say, startJob } from "../jobs/jobs.ts";
import type { JobState } from "../jobs/jobs-state.ts";
import { localDisks, localResources, memberNames, unavailableStorages } from "../migration/preconditions.ts";
import { pmxcfsFile, pmxcfsWritable } from "../pmxcfs/pmxcfs-view.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";
import { isTrue } from "../truth.ts";
import { NO_QUORUM, requestGuestAction } from "./guest-actions.ts";
import { allGuests, guestConfig, instanceOf } from "./guest-view.ts";

export type BulkAction = "startall" | "stopall" | "migrateall";

export interface BulkRequest {
  node: string;
  action: BulkAction;
  params: Record<string, string>;
  user?: string;
  tokenId?: string;
  program: string;
}

interface Candidate {
  vmid: number;
  order: number;
  up?: number;
  down?: number;
}

interface BulkData {
  action: BulkAction;
  params: Record<string, string>;
  user?: string;
  tokenId?: string;
  waiting: Candidate[];
  /** Jobs that were started and are not known to have ended. */
  workers: { job: number; vmid: number }[];
  workersMax: number;
  started: number;
  order?: number;
  /** Seconds to wait once the guest that was started last is up. */
  delayS: number;
}

/** Each loop of the real ones sleeps a second. */
const POLL_MS = 1_000;
/** Between two starts, so that a node is not overrun. */
const START_DELAY_S = 3;
const SHUTDOWN_TIMEOUT_S = 180;
const ORDER_LAST = Number.MAX_SAFE_INTEGER;
const WORKERS_DEFAULT = 2;

/** @throws Refusal before anything is started */
export function requestBulkAction(lab: LabState, request: BulkRequest): JobState {
  const { node, action, params } = request;
  const state = lab.nodes[node]!;
  let workersMax = action === "startall" ? 1 : (maxWorkers(lab, node) ?? WORKERS_DEFAULT);
  if (action === "migrateall") {
    const { target = "" } = params;
    if (target === node) throw new Refusal("parameter", "target: target is local node.");
    if (!pmxcfsWritable(state.pmxcfs)) throw new Refusal("no-quorum", NO_QUORUM);
    if (!memberNames(lab, node).includes(target)) throw new Refusal("invalid", `no such cluster node '${target}'`);
    const asked = params.maxworkers === undefined ? maxWorkers(lab, node) : Number(params.maxworkers);
    if (asked === undefined) {
      throw new Refusal("invalid", "either 'maxworkers' parameter or max_workers in datacenter.cfg must be set!");
    }
    workersMax = asked;
  }
  const origin = {
    ...(request.user !== undefined && { user: request.user }),
    ...(request.tokenId !== undefined && { tokenId: request.tokenId }),
  };
  const data: BulkData = { action, params, ...origin, waiting: [], workers: [], workersMax, started: 0, delayS: 0 };
  return startJob(lab, node, {
    kind: action,
    vmid: 0,
    data,
    task: { type: action, id: "", program: request.program, ...origin },
  });
}

function maxWorkers(lab: Readonly<LabState>, node: string): number | undefined {
  const found = /^max_workers:\s*(\d+)\s*$/m.exec(pmxcfsFile(lab, node, "datacenter.cfg") ?? "");
  return found ? Number(found[1]) : undefined;
}

const dataOf = (job: JobState) => job.data as BulkData;

/** Guests of the node that are meant, in no order yet. */
function candidates(lab: Readonly<LabState>, job: JobState): Candidate[] {
  const { action, params } = dataOf(job);
  const named =
    params.vms === undefined
      ? undefined
      : params.vms
          .split(/[,;\s]+/)
          .filter(Boolean)
          .map(Number);
  return allGuests(lab, job.node).flatMap(({ vmid, node }) => {
    if (node !== job.node || (named && !named.includes(vmid))) return [];
    const keys = guestConfig(lab, job.node, vmid)?.keys ?? {};
    if (isTrue(keys.template) && action !== "migrateall") return [];
    if (action !== "migrateall" && !named && isHaManaged(lab, job.node, vmid)) return [];
    if (action === "startall" && !isTrue(params.force) && !isTrue(keys.onboot)) return [];
    return [{ vmid, ...startupOf(keys.startup ?? "") }];
  });
}

/** `order=1,up=30,down=60`, or `1,up=30`. */
function startupOf(text: string): Omit<Candidate, "vmid"> {
  const number = (name: string) => {
    const found = new RegExp(`(?:^|,)${name}=(\\d+)`).exec(text);
    return found ? Number(found[1]) : undefined;
  };
  const first = /^\d+/.exec(text);
  const [up, down] = [number("up"), number("down")];
  return {
    order: number("order") ?? (first ? Number(first[0]) : ORDER_LAST),
    ...(up !== undefined && { up }),
    ...(down !== undefined && { down }),
  };
}

const ORDERS: Record<BulkAction, (a: Candidate, b: Candidate) => number> = {
  startall: (a, b) => a.order - b.order || a.vmid - b.vmid,
  stopall: (a, b) => b.order - a.order || b.vmid - a.vmid,
  migrateall: (a, b) => (String(a.vmid) < String(b.vmid) ? -1 : 1),
};

const begin: JobStep = (lab, job) => {
  const data = dataOf(job);
  if (data.action === "startall" && !pmxcfsWritable(lab.nodes[job.node]!.pmxcfs)) {
    say(lab, job, "waiting for quorum ...");
    after(lab, job, POLL_MS, "wait-for-quorum");
    return;
  }
  gather(lab, job);
};

const waitForQuorum: JobStep = (lab, job) => {
  if (!pmxcfsWritable(lab.nodes[job.node]!.pmxcfs)) {
    after(lab, job, POLL_MS, "wait-for-quorum");
    return;
  }
  say(lab, job, "got quorum");
  gather(lab, job);
};

function gather(lab: LabState, job: JobState): void {
  const data = dataOf(job);
  data.waiting = candidates(lab, job).sort(ORDERS[data.action]);
  if (data.action === "migrateall" && data.waiting.length === 0) {
    say(lab, job, "no virtual guests matched, nothing to do..");
    endJob(lab, job);
    return;
  }
  after(lab, job, 0, "next");
}

/** Look which have ended, then start as many as may run at once. */
const next: JobStep = (lab, job) => {
  const data = dataOf(job);
  for (const worker of [...data.workers]) {
    const found = findJob(lab, job.node, worker.job);
    if (found?.running) continue;
    data.workers.splice(data.workers.indexOf(worker), 1);
    if (data.action !== "startall") continue;
    if (found?.error) say(lab, job, `Starting VM ${worker.vmid} failed: ${found.error}`);
    else if (data.delayS > 0) {
      const delayMs = data.delayS * 1_000;
      data.delayS = 0;
      after(lab, job, delayMs, "next");
      return;
    }
  }
  while (data.waiting.length > 0 && data.workers.length < data.workersMax) {
    const [candidate] = data.waiting;
    // All of one rank are down before the next.
    if (data.action === "stopall" && data.workers.length > 0 && data.order !== candidate!.order) break;
    data.waiting.shift();
    data.order = candidate!.order;
    if (data.action === "startall" && !pmxcfsWritable(lab.nodes[job.node]!.pmxcfs))
      throw new Refusal("no-quorum", NO_QUORUM);
    work(lab, job, candidate!);
  }
  if (data.waiting.length > 0 || data.workers.length > 0) {
    after(lab, job, POLL_MS, "next");
    return;
  }
  if (data.action === "migrateall") {
    if (data.started === 0) throw new Refusal("invalid", "no migrations worker started...");
    say(lab, job, `All jobs finished, used ${data.started} workers in total.`);
  }
  endJob(lab, job);
};

function work(lab: LabState, job: JobState, candidate: Candidate): void {
  const data = dataOf(job);
  const { vmid } = candidate;
  const runs = instanceOf(lab, job.node, vmid) !== undefined;
  try {
    switch (data.action) {
      case "startall":
        if (runs) return;
        say(lab, job, `Starting VM ${vmid}`);
        data.delayS = candidate.up ?? START_DELAY_S;
        start(lab, job, vmid, "start", {});
        if (candidate.up) say(lab, job, `Waiting for ${candidate.up} seconds (startup delay)`);
        return;
      case "stopall": {
        if (!runs) return;
        const timeout = String(candidate.down ?? data.params.timeout ?? SHUTDOWN_TIMEOUT_S);
        say(lab, job, `Stopping VM ${vmid} (timeout = ${timeout} seconds)`);
        start(lab, job, vmid, "shutdown", { timeout, forceStop: data.params["force-stop"] ?? "1" });
        return;
      }
      case "migrateall": {
        const { target = "" } = data.params;
        const wrong = preconditions(lab, job, vmid, runs);
        if (wrong !== "") {
          say(lab, job, `Check VM ${vmid}: skip VM ${vmid} - precondition check failed:${wrong}`);
          return;
        }
        say(lab, job, `Check VM ${vmid}: precondition check passed`);
        say(lab, job, `Migrating VM ${vmid}`);
        const disks = data.params["with-local-disks"];
        start(lab, job, vmid, "migrate", {
          target,
          online: runs ? "1" : "0",
          ...(disks !== undefined && { "with-local-disks": disks }),
        });
      }
    }
  } catch (error) {
    // One that cannot be is told of, and the others go on.
    if (!(error instanceof Refusal)) throw error;
    say(lab, job, error.message);
  }
}

function start(
  lab: LabState,
  job: JobState,
  vmid: number,
  action: "start" | "shutdown" | "migrate",
  params: Record<string, string>,
): void {
  const data = dataOf(job);
  const worker = requestGuestAction(lab, {
    node: job.node,
    vmid,
    action,
    params,
    program: "task",
    ...(data.user !== undefined && { user: data.user }),
    ...(data.tokenId !== undefined && { tokenId: data.tokenId }),
  });
  data.started++;
  data.workers.push({ job: worker.id, vmid });
}

function preconditions(lab: Readonly<LabState>, job: JobState, vmid: number, runs: boolean): string {
  const { params } = dataOf(job);
  const disks = localDisks(lab, job.node, vmid).map((disk) => disk.volid);
  const list = (what: string, names: string[]) => (names.length > 0 ? `\n  Has ${what}: ${names.join(", ")}` : "");
  return (
    (runs && !isTrue(params["with-local-disks"]) ? list("local disks", disks) : "") +
    list("local resources", localResources(lab, job.node, vmid)) +
    list("unavailable storages", unavailableStorages(lab, job.node, vmid, params.target ?? ""))
  );
}

const steps: Record<string, JobStep> = { begin, "wait-for-quorum": waitForQuorum, next };

export const bulkSteps: Record<BulkAction, Record<string, JobStep>> = {
  startall: steps,
  stopall: steps,
  migrateall: steps,
};
