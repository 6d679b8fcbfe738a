/** Copying local volumes: through ssh while nothing runs on them, as a mirror over NBD while the guest runs. @source recordings 26, 28, guests/08 */
import { copyWithSnapshots } from "../guests/guest-disk.ts";
import { after, type JobStep, say } from "../jobs/jobs.ts";
import { Refusal } from "../refusal.ts";
import { findVolume } from "../storage/volumes.ts";
import { connected, dataOf, type MigrateData, targetAddress, targetOf } from "./migrate-data.ts";
import { brokenOff, failCopy, stall, stillStalled } from "./migrate-failure.ts";
import { FIRST_PORT, startOnTarget } from "./migrate-incoming.ts";
import { beginMemory } from "./migrate-memory.ts";
import { copyRate } from "./migrate-rates.ts";
import { bytesText, ddLine, logLine } from "./migrate-text.ts";
import { allocateOnTarget, copiedVolumes, mirroredVolumes } from "./migrate-volumes.ts";

const COPY_REPORT_MS = 3_000;
const MIB = 1024 * 1024;
const POLL_MS = 1_000;

export const migrateCopySteps: Record<string, JobStep> = {
  copyBegin: (lab, job) => {
    const data = dataOf(job);
    const volume = copiedVolumes(data)[data.copying.index];
    if (data.failure !== "") return;
    if (!volume) {
      if (data.online) startOnTarget(lab, job);
      else after(lab, job, 400, "move");
      return;
    }
    try {
      const { output } = allocateOnTarget(lab, job, volume);
      for (const line of output) logLine(lab, job, line);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      failCopy(lab, job, error.message);
      return;
    }
    data.copying = { index: data.copying.index, sentBytes: 0, startedAtMs: lab.nowMs };
    data.countedToMs = lab.nowMs;
    after(lab, job, copyWaitMs(data), "copyOn");
  },
  copyOn: (lab, job) => {
    const data = dataOf(job);
    const volume = copiedVolumes(data)[data.copying.index]!;
    if (data.failure !== "") return;
    if (!connected(lab, job.node, targetOf(job), dataOf(job).card)) {
      stall(lab, job, "copyOn", () =>
        failCopy(lab, job, "command 'set -o pipefail && pvesm export ...' failed: exit code 255"),
      );
      return;
    }
    if (stillStalled(lab, job, "copyOn")) return;
    const seconds = (lab.nowMs - data.countedToMs) / 1000;
    data.countedToMs = lab.nowMs;
    data.copying.sentBytes = Math.min(volume.sizeBytes, data.copying.sentBytes + seconds * copyRate(data) * MIB);
    const tookS = (lab.nowMs - data.copying.startedAtMs) / 1000;
    if (data.copying.sentBytes < volume.sizeBytes - 1) {
      logLine(lab, job, ddLine(data.copying.sentBytes, tookS, false));
      after(lab, job, copyWaitMs(data), "copyOn");
      return;
    }
    const blocks = Math.round(volume.sizeBytes / 4096);
    logLine(lab, job, `${blocks}+0 records in`);
    logLine(lab, job, `${blocks}+0 records out`);
    logLine(lab, job, ddLine(volume.sizeBytes, tookS, true));
    copyWithSnapshots(findVolume(lab, job.node, volume.from), findVolume(lab, targetOf(job), volume.to));
    logLine(lab, job, `successfully imported '${volume.to}'`);
    logLine(lab, job, `volume '${volume.from}' is '${volume.to}' on the target`);
    data.copying.index += 1;
    after(lab, job, 0, "copyBegin");
  },
  mirrorBegin: (lab, job) => {
    const data = dataOf(job);
    const volume = mirroredVolumes(data)[data.copying.index];
    if (!volume) {
      say(lab, job, "all 'mirror' jobs are ready");
      beginMemory(lab, job);
      return;
    }
    const nbd = data.settings?.insecure
      ? `nbd:${targetAddress(lab, job)}:${(data.port ?? FIRST_PORT) + 1}`
      : `nbd:unix:/run/qemu-server/${job.vmid}_nbd.migrate`;
    logLine(lab, job, `${volume.key}: start migration to ${nbd}:exportname=drive-${volume.key}`);
    say(lab, job, `drive mirror is starting for drive-${volume.key}`);
    say(lab, job, `drive-${volume.key}: transferred 0.0 B of ${bytesText(volume.sizeBytes)} (0.00%) in 0s`);
    data.copying = { index: data.copying.index, sentBytes: 0, startedAtMs: lab.nowMs };
    data.countedToMs = lab.nowMs;
    after(lab, job, POLL_MS, "mirrorOn");
  },
  mirrorOn: (lab, job) => {
    const data = dataOf(job);
    const volume = mirroredVolumes(data)[data.copying.index]!;
    if (brokenOff(lab, job, "mirrorOn")) return;
    const seconds = (lab.nowMs - data.countedToMs) / 1000;
    data.countedToMs = lab.nowMs;
    // Parts that were never written are skipped, as zeros are.
    const written = findVolume(lab, job.node, volume.from)?.writtenBytes ?? volume.sizeBytes;
    const share = volume.sizeBytes / Math.max(1, written);
    data.copying.sentBytes = Math.min(
      volume.sizeBytes,
      data.copying.sentBytes + seconds * copyRate(data) * MIB * share,
    );
    const sent = data.copying.sentBytes;
    const tookS = Math.round((lab.nowMs - data.copying.startedAtMs) / 1000);
    const percent = ((sent / volume.sizeBytes) * 100).toFixed(2);
    const ready = sent >= volume.sizeBytes;
    say(
      lab,
      job,
      `drive-${volume.key}: transferred ${bytesText(sent)} of ${bytesText(volume.sizeBytes)} (${percent}%) in ${tookS}s${ready ? ", ready" : ""}`,
    );
    if (ready) data.copying.index += 1;
    after(lab, job, ready ? 0 : POLL_MS, ready ? "mirrorBegin" : "mirrorOn");
  },
  mirrorsDone: (lab, job) => {
    const volumes = mirroredVolumes(dataOf(job));
    say(lab, job, "all 'mirror' jobs are ready");
    for (const volume of volumes) {
      say(lab, job, `drive-${volume.key}: Completing block job...`);
      say(lab, job, `drive-${volume.key}: Completed successfully.`);
    }
    for (const volume of volumes) say(lab, job, `drive-${volume.key}: mirror-job finished`);
    logLine(lab, job, "stopping NBD storage migration server on target.");
    after(lab, job, 800, "move");
  },
};

/** Until the next report of a copy, or until it is over. */
function copyWaitMs(data: MigrateData): number {
  const left = copiedVolumes(data)[data.copying.index]!.sizeBytes - data.copying.sentBytes;
  return Math.min(COPY_REPORT_MS, Math.max(1, Math.ceil((left / MIB / copyRate(data)) * 1000)));
}
