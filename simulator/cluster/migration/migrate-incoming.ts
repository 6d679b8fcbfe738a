/** The QEMU process that waits on the target. @source guests/02 for its port, guests/51 for its end, recordings 26, 38 for refusals */
import { cardWithoutBridge, missingBridgeText } from "../guests/bridges.ts";
import { parseDrive } from "../guests/guest-config.ts";
import { guestConfig, guestPath, instanceOf } from "../guests/guest-view.ts";
import { endQemu } from "../guests/machine.ts";
import { processorRefusal } from "../guests/processors.ts";
import { after, isRunning } from "../jobs/jobs.ts";
import type { JobState } from "../jobs/jobs-state.ts";
import { nodeOf, randomBetween, schedule } from "../kernel.ts";
import { pmxcfsWritable } from "../pmxcfs/pmxcfs-view.ts";
import type { LabState, ScheduledEvent } from "../state.ts";
import { splitVolid, storageTrouble } from "../storage/volumes.ts";
import { dataOf, targetOf } from "./migrate-data.ts";
import { logLine } from "./migrate-text.ts";

/** Ports of migrations in the clear; each that runs at a time takes the next. @source guests/02 */
export const FIRST_PORT = 60_000;

const WATCH_MS = 2_000;

interface SourceWatch {
  source: string;
  sourceBoot: number;
  vmid: number;
}

/** The next port on the target that no other migration to it has. */
export function nextPort(lab: LabState, job: JobState): number {
  const taken = Object.values(lab.nodes)
    .flatMap((node) => node.jobs.jobs)
    .filter((other) => other !== job && other.kind === "migrate" && isRunning(lab, other))
    .filter((other) => dataOf(other).params.target === targetOf(job))
    .map((other) => dataOf(other).port);
  let port = FIRST_PORT;
  while (taken.includes(port)) port += 2;
  return port;
}

/** Phase 2 begins: after a while the target is asked to start the process. */
export function startOnTarget(lab: LabState, job: JobState): void {
  logLine(lab, job, `starting VM ${job.vmid} on remote node '${targetOf(job)}'`);
  after(lab, job, randomBetween(lab, 1_900, 2_500), "remoteStart");
}

/** Let the waiting process notice when the machine that sends dies. */
export function watchSource(lab: LabState, target: string, pid: number, data: SourceWatch): void {
  schedule(lab, WATCH_MS, { kind: "guests/incoming-watch", node: target, pid, data });
}

/** A QEMU that waits for memory ends by itself when the machine that sends it dies. @source guests/51 */
export function incomingWatch(lab: LabState, event: ScheduledEvent): void {
  const data = event.data as SourceWatch;
  const target = event.node!;
  const instance = instanceOf(lab, target, data.vmid);
  if (instance?.pid !== event.pid || instance?.status !== "inmigrate" || instance.arrived) return;
  const source = nodeOf(lab, data.source);
  if (source.power === "off" || source.bootCount !== data.sourceBoot) endQemu(lab, target, data.vmid);
  else watchSource(lab, target, instance.pid, data);
}

/** Why the target does not start a process that waits, line by line; undefined when it does. */
export function remoteStartRefusal(lab: LabState, job: JobState): string | undefined {
  const target = targetOf(job);
  if (!pmxcfsWritable(nodeOf(lab, target).pmxcfs) || nodeOf(lab, target).pmxcfs.pid === 0) {
    return "cluster not ready - no quorum?";
  }
  const keys = guestConfig(lab, job.node, job.vmid)?.keys;
  // Its file may have been moved or lost meanwhile.
  if (!keys) return `Configuration file '${guestPath(job.node, job.vmid)}' does not exist`;
  const processors = processorRefusal(keys);
  if (processors !== undefined) return processors;
  const local = new Set(dataOf(job).volumes.map((volume) => volume.from));
  for (const key of Object.keys(keys)) {
    const volid = /^(?:scsi|virtio|ide|sata)\d+$/.test(key) ? parseDrive(key, keys[key]!).volid : "";
    const parts = local.has(volid) ? undefined : splitVolid(volid);
    const trouble = parts && storageTrouble(lab, target, parts.storage);
    if (trouble) return trouble;
  }
  const card = cardWithoutBridge(lab, target, keys);
  if (!card) return undefined;
  const { first, last } = missingBridgeText(job.vmid, card);
  return `${first}\n${last}\nstart failed: QEMU exited with code 1`;
}
