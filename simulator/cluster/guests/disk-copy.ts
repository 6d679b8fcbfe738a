/**
 * Disks copied on one node, one after another, with the words of `qemu-img convert` for a guest that is off and of QEMU's
 * mirror for one that runs. Speeds are made up (docs/fidelity/guests.md).
 *
 * @source recordings 26 and guests/08 for the mirror's words; qemu-server 8.3.13 PVE/QemuServer.pm clone_disk,
 *   qemu_img_convert, qemu_drive_mirror_monitor for the rest (unverified)
 */
import { after, type JobStep, say } from "../jobs/jobs.ts";
import type { JobState } from "../jobs/jobs-state.ts";
import { bytesText } from "../migration/migrate-text.ts";
import type { LabState } from "../state.ts";
import { findVolume, splitVolid, storageTrouble } from "../storage/volumes.ts";
import { copyContent } from "./guest-disk.ts";
import { paramsOf } from "./guest-steps.ts";
import { instanceOf } from "./guest-view.ts";

const MIB = 1024 ** 2;
/** A copy on one node, from disk to disk. */
const COPY_MIB_PER_S = 220;
const POLL_MS = 1_000;

export interface DiskCopy {
  key: string;
  from: string;
  to: string;
  /** What the source held when this snapshot was taken, instead of what it holds now. */
  snapshot?: string;
}

interface Copying {
  disks: DiskCopy[];
  index: number;
  sentBytes: number;
  startedAtMs: number;
  /** QEMU itself copies, as the guest runs. */
  mirror: boolean;
}

const copyingOf = (job: JobState) => (job.data as { copying: Copying }).copying;

/** Copy disks, then go on with the step `copied`; takes `diskCopySteps`. The guest runs or not until that is done. */
export function beginCopies(lab: LabState, job: JobState, disks: DiskCopy[]): void {
  const mirror =
    instanceOf(lab, job.node, job.vmid) !== undefined && disks.every((disk) => disk.snapshot === undefined);
  const copying: Copying = { disks, index: 0, sentBytes: 0, startedAtMs: lab.nowMs, mirror };
  Object.assign(job.data as object, { copying });
  after(lab, job, 300, "copyNext");
}

export const diskCopySteps: Record<string, JobStep> = {
  copyNext: (lab, job) => {
    const copying = copyingOf(job);
    const disk = copying.disks[copying.index];
    if (!disk) {
      after(lab, job, 0, "copied");
      return;
    }
    const total = bytesText(sizeOf(lab, job, disk));
    if (copying.mirror) {
      const { bwlimit } = paramsOf(job);
      const limit = bwlimit === undefined ? "" : ` with bandwidth limit: ${bwlimit} KB/s`;
      say(lab, job, `drive mirror is starting for drive-${disk.key}${limit}`);
      say(lab, job, `drive-${disk.key}: transferred 0.0 B of ${total} (0.00%) in 0s`);
    } else say(lab, job, `transferred 0.0 B of ${total} (0.00%)`);
    Object.assign(copying, { sentBytes: 0, startedAtMs: lab.nowMs });
    after(lab, job, POLL_MS, "copyOn");
  },
  copyOn: (lab, job) => {
    const copying = copyingOf(job);
    const disk = copying.disks[copying.index]!;
    const away = [disk.from, disk.to].some((volid) => storageTrouble(lab, job.node, splitVolid(volid)!.storage));
    if (away) {
      // Whoever reads or writes there waits, as on every hard mount.
      after(lab, job, POLL_MS, "copyOn");
      return;
    }
    const size = sizeOf(lab, job, disk);
    copying.sentBytes = Math.min(size, copying.sentBytes + bytesPerSecond(lab, job, disk, copying) * (POLL_MS / 1000));
    const percent = ((copying.sentBytes / Math.max(1, size)) * 100).toFixed(2);
    const shown = `transferred ${bytesText(copying.sentBytes)} of ${bytesText(size)} (${percent}%)`;
    const ready = copying.sentBytes >= size;
    if (copying.mirror) {
      const seconds = Math.round((lab.nowMs - copying.startedAtMs) / 1000);
      say(lab, job, `drive-${disk.key}: ${shown} in ${seconds}s${ready ? ", ready" : ""}`);
    } else say(lab, job, shown);
    if (ready) {
      if (copying.mirror) endMirror(lab, job, copying);
      const source = findVolume(lab, job.node, disk.from);
      const content = disk.snapshot === undefined ? source : (source?.kept?.[disk.snapshot] ?? {});
      copyContent(content, findVolume(lab, job.node, disk.to));
      copying.index += 1;
    }
    after(lab, job, ready ? 0 : POLL_MS, ready ? "copyNext" : "copyOn");
  },
};

/** A moved disk is switched to, one that was copied for another guest is let go. */
function endMirror(lab: LabState, job: JobState, { disks, index }: Copying): void {
  say(lab, job, "all 'mirror' jobs are ready");
  if (index < disks.length - 1) return;
  if (paramsOf(job).newid === undefined) {
    say(lab, job, `drive-${disks[index]!.key}: Completing block job...`);
    say(lab, job, `drive-${disks[index]!.key}: Completed successfully.`);
    say(lab, job, `drive-${disks[index]!.key}: mirror-job finished`);
    return;
  }
  say(lab, job, "suspend vm");
  for (const { key } of disks) {
    say(lab, job, `drive-${key}: Cancelling block job`);
    say(lab, job, `drive-${key}: Done.`);
  }
  say(lab, job, "resume vm");
}

function sizeOf(lab: Readonly<LabState>, job: JobState, disk: DiskCopy): number {
  return findVolume(lab, job.node, disk.to)?.sizeBytes ?? 0;
}

/** A mirror skips what was never written. */
function bytesPerSecond(lab: Readonly<LabState>, job: JobState, disk: DiskCopy, { mirror }: Copying): number {
  const { bwlimit } = paramsOf(job);
  const limitMib = bwlimit === undefined || bwlimit === "0" ? Number.POSITIVE_INFINITY : Number(bwlimit) / 1024;
  const source = findVolume(lab, job.node, disk.from);
  const share = mirror && source ? source.sizeBytes / Math.max(1, source.writtenBytes) : 1;
  return Math.min(COPY_MIB_PER_S, limitMib) * MIB * share;
}
