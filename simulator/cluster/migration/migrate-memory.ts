/** The guest's memory on its way, poll by poll. @source recordings 23, guests/01-07, 12; QemuMigrate.pm phase2 for the polls */
import { beginPrecopy, countRise, type PrecopyPlan, stepPrecopy } from "../../../models/precopy.ts";
import { memoryMib, parseGuestConfig } from "../guests/guest-config.ts";
import { disksAnswer, instanceOf } from "../guests/guest-view.ts";
import { dirtyingOf, holdMachine } from "../guests/machine.ts";
import { after, isRunning, type JobStep } from "../jobs/jobs.ts";
import type { JobState } from "../jobs/jobs-state.ts";
import { nodeOf } from "../kernel.ts";
import type { LabState } from "../state.ts";
import { connected, dataOf, targetAddress, targetOf } from "./migrate-data.ts";
import { brokenOff, failPhase2 } from "./migrate-failure.ts";
import { FIRST_PORT } from "./migrate-incoming.ts";
import { copyRate, limitOf, linkOf } from "./migrate-rates.ts";
import { bytesText, logLine, mibText } from "./migrate-text.ts";
import { mirroredVolumes } from "./migrate-volumes.ts";

/** The video card's memory travels, too: 784.8 MiB for a guest of 768. */
const VGA_MIB = 16.8;

const FAST_POLL_MS = 100;
const POLL_MS = 1_000;

export const memorySteps: Record<string, JobStep> = {
  /** The guest stops: what is left of its memory is on its way. */
  stopped: (lab, job) => {
    const source = instanceOf(lab, job.node, job.vmid);
    if (
      source?.status === "running" &&
      disksAnswer(lab, job.node, source) &&
      connected(lab, job.node, targetOf(job), dataOf(job).card) &&
      !dataOf(job).stall
    ) {
      holdMachine(lab, source, "postmigrate");
    }
  },
  poll: (lab, job) => pollMemory(lab, job),
};

/** Start the transfer. */
export function beginMemory(lab: LabState, job: JobState): void {
  const data = dataOf(job);
  const plan = planOf(lab, job);
  const socket = data.settings?.insecure
    ? `tcp:${targetAddress(lab, job)}:${data.port ?? FIRST_PORT}`
    : `unix:/run/qemu-server/${job.vmid}.migrate`;
  logLine(lab, job, `starting online/live migration on ${socket}`);
  logLine(lab, job, "set migration capabilities");
  if (limitOf(data) > 0) logLine(lab, job, `migration speed limit: ${mibText(limitOf(data))}/s`);
  logLine(lab, job, "migration downtime limit: 100 ms");
  const cacheMib = 2 ** Math.ceil(Math.log2((plan.totalMib - VGA_MIB) / 10));
  logLine(lab, job, `migration cachesize: ${mibText(cacheMib)}`);
  logLine(lab, job, "set migration parameters");
  logLine(lab, job, `start migrate command to ${socket}`);
  data.plan = plan;
  data.precopy = beginPrecopy(plan);
  data.countedToMs = lab.nowMs;
  waitForPoll(lab, job, POLL_MS);
}

/** A machine that an operator paused writes nothing. */
const STANDING_STILL = { dirtyMibPerS: 0, workingSetMib: 0 };

function planOf(lab: LabState, job: JobState): PrecopyPlan {
  const data = dataOf(job);
  const source = instanceOf(lab, job.node, job.vmid);
  const { keys } = parseGuestConfig(source?.config ?? "");
  const memory = memoryMib(keys);
  const bandwidthMibPerS = Math.min(copyRate(data), linkOf(data) / transfersOf(lab, job.node));
  return {
    totalMib: memory + VGA_MIB,
    // Pages of zeros do not travel: of 768 MiB about 345 did (guests/01).
    usedMib: Math.round(memory * 0.45 * 10) / 10,
    ...(source?.status === "paused" ? STANDING_STILL : dirtyingOf(lab, job.vmid, keys, memory)),
    bandwidthMibPerS,
    linkMibPerS: linkOf(data),
  };
}

/** Migrations that share a node's link just now, this one among them. */
function transfersOf(lab: LabState, node: string): number {
  const sending = nodeOf(lab, node).jobs.jobs.filter((job) => {
    const precopy = job.kind === "migrate" && isRunning(lab, job) ? dataOf(job).precopy : undefined;
    return precopy !== undefined && !precopy.completed;
  });
  return Math.max(1, sending.length);
}

/** Until Proxmox looks again; if the guest stops before that, it does so on time. */
function waitForPoll(lab: LabState, job: JobState, ms: number): void {
  const data = dataOf(job);
  const ahead = stepPrecopy(data.plan!, data.precopy!, ms);
  if (ahead.completed) {
    const stopsInMs = ahead.elapsedMs - ahead.downtimeMs - data.precopy!.elapsedMs;
    after(lab, job, Math.max(0, Math.min(ms, stopsInMs)), "stopped");
  }
  after(lab, job, ms, "poll");
}

function pollMemory(lab: LabState, job: JobState): void {
  const data = dataOf(job);
  if (data.failure !== "") return;
  if (brokenOff(lab, job, "poll")) return;
  const source = instanceOf(lab, job.node, job.vmid);
  if (!source) {
    failPhase2(lab, job, `VM ${job.vmid} not running`);
    return;
  }
  // The load may have changed meanwhile.
  const plan = { ...planOf(lab, job), totalMib: data.plan!.totalMib, usedMib: data.plan!.usedMib };
  data.plan = source.status === "running" ? plan : data.plan!;
  const passedMs = lab.nowMs - data.countedToMs;
  const state = stepPrecopy(data.plan!, data.precopy!, passedMs);
  // The last part is on its way while the guest stands still: Proxmox is told of the end when it looks after that.
  if (state.completed && !data.precopy!.completed && state.elapsedMs > data.precopy!.elapsedMs + passedMs) {
    after(lab, job, FAST_POLL_MS, "poll");
    return;
  }
  data.countedToMs = lab.nowMs;
  // A machine whose disk does not answer cannot be stopped: what it has under way must end first (unverified).
  if (state.completed && source.status === "running" && !disksAnswer(lab, job.node, source)) {
    after(lab, job, POLL_MS, "poll");
    return;
  }
  data.precopy = state;
  if (state.completed) {
    if (source.status === "running") holdMachine(lab, source, "postmigrate");
    const arrived = instanceOf(lab, targetOf(job), job.vmid);
    if (arrived) arrived.arrived = true;
    const seconds = Math.max(0.1, state.elapsedMs / 1000);
    const whole = Math.max(1, Math.round(seconds));
    logLine(lab, job, `average migration speed: ${mibText(plan.totalMib / whole)}/s - downtime ${state.downtimeMs} ms`);
    logLine(lab, job, `migration completed, transferred ${mibText(state.sentMib)} VM-state`);
    logLine(lab, job, "migration status: completed");
    const mirrors = mirroredVolumes(data).length > 0;
    after(lab, job, mirrors ? 1_600 : 0, mirrors ? "mirrorsDone" : "move");
    return;
  }
  const speed = plan.bandwidthMibPerS;
  const dirty = state.measuredDirtyMibPerS;
  const lots = dirty > speed ? `, VM dirties lots of memory: ${mibText(dirty)}/s` : "";
  const near = state.remainingMib < speed;
  if (!near || state.elapsedMs % 1_000 < FAST_POLL_MS) {
    logLine(
      lab,
      job,
      `migration active, transferred ${mibText(state.sentMib)} of ${mibText(plan.totalMib)} VM-state, ${mibText(speed)}/s${lots}`,
    );
    if (state.resentMib > 0) {
      const pages = Math.round(state.resentMib * 64);
      logLine(
        lab,
        job,
        `xbzrle: send updates to ${pages} pages in ${bytesText(pages * 36)} encoded memory, cache-miss 57.49%`,
      );
    }
  }
  const next = countRise(data.counter, state.remainingMib);
  data.counter = next.counter;
  if (next.double) {
    state.downtimeLimitMs *= 2;
    logLine(lab, job, `auto-increased downtime to continue migration: ${state.downtimeLimitMs} ms`);
  }
  waitForPoll(lab, job, near ? FAST_POLL_MS : POLL_MS);
}
