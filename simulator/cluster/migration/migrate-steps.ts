/**
 * `qm migrate` as a state machine on the source node: prepare, phase 1 (volumes), phase 2 (memory), phase 3 (hand over),
 * with its log in the recorded words and its accidents.
 *
 * @source recordings 23-28, 38, 53, 61, guests/01-12 and 50-54; qemu-server PVE/QemuMigrate.pm for what lies between
 */

import { beginPrecopy, countRise, type PrecopyPlan, stepPrecopy } from "../../../models/precopy.ts";
import { driveText, memoryMib, parseDrive, parseGuestConfig, writeGuestConfig } from "../guests/guest-config.ts";
import { copyContent } from "../guests/guest-disk.ts";
import { writeRefused } from "../guests/guest-steps.ts";
import { disksAnswer, guestConfig, guestPath, guestText, instanceOf } from "../guests/guest-view.ts";
import { dirtyingOf, endQemu, holdMachine, resumeMachine, startQemu } from "../guests/machine.ts";
import { after, changeThen, endJob, type JobStep, lockGuest, say } from "../jobs/jobs.ts";
import type { JobState } from "../jobs/jobs-state.ts";
import { nodeOf, randomBetween, schedule } from "../kernel.ts";
import { pmxcfsWritable } from "../pmxcfs/pmxcfs-view.ts";
import { Refusal } from "../refusal.ts";
import type { LabState, ScheduledEvent } from "../state.ts";
import { storageDefinition } from "../storage/storage-config.ts";
import {
  allocateVolume,
  findVolume,
  freeVolume,
  nextVolumeName,
  placeOf,
  splitVolid,
  storageTrouble,
} from "../storage/volumes.ts";
import { endTask, findTask, startTask } from "../tasks/tasks.ts";
import { isTrue } from "../truth.ts";
import {
  connected,
  dataOf,
  type MigrateData,
  resumesAtMs,
  sshTo,
  targetAddress,
  targetOf,
  tcpGivesUpMs,
} from "./migrate-data.ts";
import { bytesText, ddLine, durationText, mibText, sshCommand, stamp } from "./migrate-text.ts";
import { cardIn, migrationSettings } from "./migration-settings.ts";
import { localDisks, localResources } from "./preconditions.ts";

/** The video card's memory travels, too: 784.8 MiB for a guest of 768. */
const VGA_MIB = 16.8;
/** A gigabit link, as much of it as ssh leaves. */
const LINK_MIB_PER_S = 110;
/** And without ssh. Made up, like the other. */
const BARE_LINK_MIB_PER_S = 116;
/** Ports of migrations in the clear; each that runs at a time takes the next. @source guests/02 */
const FIRST_PORT = 60_000;
const MIB = 1024 * 1024;

const POLL_MS = 1_000;
const FAST_POLL_MS = 100;
const COPY_REPORT_MS = 3_000;

const logLine = (lab: LabState, job: JobState, text: string) => say(lab, job, `${stamp(lab)} ${text}`);

export const migrateSteps: Record<string, JobStep> = {
  begin: (lab, job) => {
    const { params } = job.data as { params: Record<string, string> };
    const data: MigrateData = {
      params,
      startedAtMs: lab.nowMs,
      online: instanceOf(lab, job.node, job.vmid) !== undefined,
      targetBoot: 0,
      targetPid: 0,
      volumes: [],
      copying: { index: 0, sentBytes: 0, startedAtMs: 0 },
      counter: { lastRemainingMib: 0, rises: 0 },
      countedToMs: 0,
      failure: "",
    };
    job.data = data;
    lockGuest(lab, job, "prepare");
  },

  prepare: (lab, job) => {
    const data = dataOf(job);
    data.settings = migrationSettings(lab, job.node, data.params);
    const { network } = data.settings;
    if (network !== undefined) {
      const card = cardIn(lab, targetOf(job), network);
      // The target is asked over the cluster's own network which address it has in the other one.
      if (!card && sshTo(lab, job.node, targetOf(job)).ok) {
        say(lab, job, `could not get migration ip: no IP address configured on local node for network '${network}'`);
        endJob(lab, job, `failed to get ip for node '${targetOf(job)}' in network '${network}'`);
        return;
      }
      if (card) data.card = { address: card.address, network: card.network };
    }
    const resources = localResources(lab, job.node, job.vmid);
    if (resources.length > 0 && (data.online || !isTrue(data.params.force))) {
      abort(lab, job, `can't migrate VM which uses local devices: ${resources.join(", ")}`);
      return;
    }
    if (resources.length > 0) logLine(lab, job, `migrating VM which uses local devices: ${resources.join(", ")}`);
    const ssh = sshTo(lab, job.node, targetOf(job), dataOf(job).card);
    after(lab, job, ssh.ok ? 250 : ssh.afterMs, ssh.ok ? "phase1" : "noSsh");
  },
  noSsh: (lab, job) => {
    const target = targetOf(job);
    const ssh = sshTo(lab, job.node, target, dataOf(job).card);
    if (ssh.ok) {
      after(lab, job, 0, "phase1");
      return;
    }
    logLine(lab, job, `# ${sshCommand(target, targetAddress(lab, job), "/bin/true")}`);
    logLine(lab, job, ssh.text);
    abort(lab, job, "Can't connect to destination address using public key");
  },

  phase1: (lab, job) => {
    const target = targetOf(job);
    logLine(lab, job, `starting migration of VM ${job.vmid} to node '${target}' (${targetAddress(lab, job)})`);
    const config = guestConfig(lab, job.node, job.vmid);
    if (!config) {
      abort(lab, job, `Configuration file '${guestPath(job.node, job.vmid)}' does not exist`);
      return;
    }
    config.keys.lock = "migrate";
    const content = writeGuestConfig(config);
    changeThen(lab, job, [{ op: "write", path: guestPath(job.node, job.vmid), content }], "scan");
  },

  scan: (lab, job, { failed }) => {
    if (failed) {
      abort(lab, job, writeRefused(job));
      return;
    }
    const data = dataOf(job);
    const problems = findVolumes(lab, job, data);
    if (problems.length > 0) {
      for (const problem of problems) logLine(lab, job, problem);
      const reason = "Problem found while scanning volumes - can't migrate VM - check log";
      logLine(lab, job, `ERROR: ${reason}`);
      logLine(lab, job, "aborting phase 1 - cleanup resources");
      data.failure = reason;
      unlockSource(lab, job, "phase1Undone");
      return;
    }
    if (data.online) {
      logLine(lab, job, `starting VM ${job.vmid} on remote node '${targetOf(job)}'`);
      after(lab, job, randomBetween(lab, 1_900, 2_500), "remoteStart");
    } else if (data.volumes.length > 0) {
      logLine(lab, job, "copying local disk images");
      after(lab, job, 900, "copyBegin");
    } else after(lab, job, 400, "move");
  },
  phase1Undone: (lab, job) => abort(lab, job, dataOf(job).failure),

  copyBegin: (lab, job) => {
    const data = dataOf(job);
    const volume = data.volumes[data.copying.index];
    if (!volume) {
      for (const one of data.volumes) logLine(lab, job, `volume '${one.from}' is '${one.to}' on the target`);
      after(lab, job, 400, "move");
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
    const volume = data.volumes[data.copying.index]!;
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
    copyContent(findVolume(lab, job.node, volume.from), findVolume(lab, targetOf(job), volume.to));
    logLine(lab, job, `successfully imported '${volume.to}'`);
    data.copying.index += 1;
    after(lab, job, 0, "copyBegin");
  },

  remoteStart: (lab, job) => {
    const data = dataOf(job);
    const target = targetOf(job);
    const ssh = sshTo(lab, job.node, target, dataOf(job).card);
    if (!ssh.ok) {
      logLine(lab, job, ssh.text);
      failPhase2(lab, job, "remote command failed with exit code 255");
      return;
    }
    const refusal = remoteStartRefusal(lab, job);
    if (refusal !== undefined) {
      logLine(lab, job, `[${target}] ${refusal}`);
      failPhase2(lab, job, "remote command failed with exit code 255");
      return;
    }
    const source = instanceOf(lab, job.node, job.vmid);
    if (!source) {
      failPhase2(lab, job, `VM ${job.vmid} not running`);
      return;
    }
    for (const volume of data.volumes) {
      try {
        allocateOnTarget(lab, job, volume);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        logLine(lab, job, `[${target}] ${error.message}`);
        failPhase2(lab, job, "remote command failed with exit code 255");
        return;
      }
    }
    const task = startTask(lab, target, { type: "qmstart", id: String(job.vmid), program: "qm" });
    const text = withVolumes(guestText(lab, job.node, job.vmid)!, data);
    data.targetPid = startQemu(lab, target, job.vmid, text, source.machine).pid;
    data.targetBoot = nodeOf(lab, target).bootCount;
    if (data.settings?.insecure) data.port = nextPort(lab, job);
    endTask(lab, target, task.upid, "OK");
    watchSource(lab, target, data.targetPid, {
      source: job.node,
      sourceBoot: nodeOf(lab, job.node).bootCount,
      vmid: job.vmid,
    });
    for (const volume of data.volumes) logLine(lab, job, `volume '${volume.from}' is '${volume.to}' on the target`);
    after(lab, job, 100, "tunnel");
  },
  tunnel: (lab, job) => {
    logLine(lab, job, "start remote tunnel");
    after(lab, job, randomBetween(lab, 600, 1_100), "tunnelUp");
  },
  tunnelUp: (lab, job) => {
    const data = dataOf(job);
    logLine(lab, job, "ssh tunnel ver 1");
    if (data.volumes.length === 0) {
      beginMemory(lab, job);
      return;
    }
    logLine(lab, job, "starting storage migration");
    data.copying = { index: 0, sentBytes: 0, startedAtMs: lab.nowMs };
    after(lab, job, 100, "mirrorBegin");
  },

  mirrorBegin: (lab, job) => {
    const data = dataOf(job);
    const volume = data.volumes[data.copying.index];
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
    const volume = data.volumes[data.copying.index]!;
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

  mirrorsDone: (lab, job) => {
    const { volumes } = dataOf(job);
    say(lab, job, "all 'mirror' jobs are ready");
    for (const volume of volumes) {
      say(lab, job, `drive-${volume.key}: Completing block job...`);
      say(lab, job, `drive-${volume.key}: Completed successfully.`);
    }
    for (const volume of volumes) say(lab, job, `drive-${volume.key}: mirror-job finished`);
    logLine(lab, job, "stopping NBD storage migration server on target.");
    after(lab, job, 800, "move");
  },

  move: (lab, job) => {
    const target = targetOf(job);
    const from = guestPath(job.node, job.vmid);
    const data = dataOf(job);
    const text = guestText(lab, job.node, job.vmid);
    if (text === undefined) {
      problems(lab, job, `Configuration file '${from}' does not exist`);
      return;
    }
    changeThen(
      lab,
      job,
      [
        ...(data.volumes.length > 0 ? [{ op: "write" as const, path: from, content: withVolumes(text, data) }] : []),
        { op: "rename", path: from, to: guestPath(target, job.vmid) },
      ],
      "moved",
    );
  },
  moved: (lab, job, { failed }) => {
    // The trap of recording guests/53: nobody resumes the target, nobody lets the source go on.
    if (failed) problems(lab, job, writeRefused(job));
    else if (dataOf(job).online) after(lab, job, 60, "resume");
    else after(lab, job, 600, "unlockTarget");
  },
  resume: (lab, job) => {
    const data = dataOf(job);
    const target = targetOf(job);
    const source = instanceOf(lab, job.node, job.vmid);
    const arrived = instanceOf(lab, target, job.vmid);
    if (!connected(lab, job.node, target, dataOf(job).card)) {
      stall(lab, job, "resume", () => problems(lab, job, "writing to tunnel failed: broken pipe"));
      return;
    }
    if (stillStalled(lab, job, "resume")) return;
    if (!arrived) {
      problems(lab, job, `VM ${job.vmid} not running`);
      return;
    }
    if (source) arrived.machine = { ...source.machine };
    endQemu(lab, job.node, job.vmid);
    resumeMachine(lab, arrived);
    for (const volume of data.volumes) {
      // The mirror had all that the machine wrote until it stood still.
      copyContent(findVolume(lab, job.node, volume.from), findVolume(lab, target, volume.to));
      freeVolume(lab, job.node, volume.from);
    }
    after(lab, job, randomBetween(lab, 2_200, 2_900), "unlockTarget");
  },

  unlockTarget: (lab, job) => {
    const data = dataOf(job);
    const target = targetOf(job);
    const config = guestConfig(lab, target, job.vmid);
    const ssh = sshTo(lab, job.node, target, dataOf(job).card);
    const command = `# ${sshCommand(target, targetAddress(lab, job), `qm unlock ${job.vmid}`)}`;
    if (!data.online) for (const volume of data.volumes) freeVolume(lab, job.node, volume.from);
    if (!ssh.ok || !config) {
      if (!data.online) logLine(lab, job, command);
      problems(
        lab,
        job,
        `failed to clear migrate lock: ${ssh.ok ? `Configuration file '${guestPath(target, job.vmid)}' does not exist` : ssh.text}`,
      );
      return;
    }
    delete config.keys.lock;
    const content = writeGuestConfig(config);
    changeThen(lab, job, [{ op: "write", path: guestPath(target, job.vmid), content }], "unlocked", target);
  },
  unlocked: (lab, job, { failed }) => {
    if (failed) {
      problems(lab, job, `failed to clear migrate lock: ${writeRefused(job).replace(job.node, targetOf(job))}`);
      return;
    }
    logLine(
      lab,
      job,
      `migration finished successfully (duration ${durationText(lab.nowMs - dataOf(job).startedAtMs)})`,
    );
    endJob(lab, job);
  },

  /** Phase 2 failed: the source keeps the guest, the target is cleaned up as far as it can be reached. */
  undo: (lab, job) => unlockSource(lab, job, "undone"),
  undone: (lab, job) => {
    const data = dataOf(job);
    const target = targetOf(job);
    const ssh = sshTo(lab, job.node, target, dataOf(job).card);
    data.cleaningSinceMs ??= lab.nowMs;
    // A clean-up waits for the way as long as ssh does: 38 s in guests/54, until the link was back.
    if (!ssh.ok && lab.nowMs - data.cleaningSinceMs < ssh.afterMs) {
      after(lab, job, POLL_MS, "undone");
      return;
    }
    const cleaned = ssh.ok && data.targetPid !== 0 && instanceOf(lab, target, job.vmid)?.pid === data.targetPid;
    if (cleaned) {
      const task = startTask(lab, target, { type: "qmstop", id: String(job.vmid), program: "qm" });
      endQemu(lab, target, job.vmid);
      freeOnTarget(lab, job);
      endTask(lab, target, task.upid, "OK");
    } else {
      const stop = sshCommand(
        target,
        targetAddress(lab, job),
        `qm stop ${job.vmid} --skiplock --migratedfrom ${job.node}`,
      );
      logLine(lab, job, `ERROR: command '${stop}' failed: exit code 255`);
    }
    after(lab, job, 1_200, cleaned ? "cleaned" : "notCleaned");
  },
  cleaned: (lab, job) => {
    logLine(lab, job, "ERROR: writing to tunnel failed: broken pipe");
    problems(lab, job, "");
  },
  notCleaned: (lab, job) => {
    const target = targetOf(job);
    const ssh = sshTo(lab, job.node, target, dataOf(job).card);
    if (!ssh.ok) {
      say(lab, job, ssh.text);
      const remove = sshCommand(target, targetAddress(lab, job), `rm -f /run/qemu-server/${job.vmid}.migrate`);
      logLine(lab, job, `ERROR: command '${remove}' failed: exit code 255`);
    } else freeOnTarget(lab, job);
    problems(lab, job, "");
  },
};

/** The stop button, or ^C: recordings guests/10 and 11. */
export function migrationInterrupted(lab: LabState, node: string, upid: string): void {
  const job = nodeOf(lab, node).jobs.jobs.find((one) => one.upid === upid);
  if (!job?.running || !findTask(lab, node, upid)?.running) return;
  const data = dataOf(job);
  // Before the transfer there is nothing to be cancelled on the other side, after it nothing to be kept on this one.
  if (data.failure !== "" || (data.precopy?.completed ?? false)) return;
  if (data.startedAtMs !== undefined && data.online && data.targetPid !== 0)
    failPhase2(lab, job, "interrupted by signal");
  else {
    data.failure = "interrupted by signal";
    unlockSource(lab, job, "phase1Undone");
  }
}

interface SourceWatch {
  source: string;
  sourceBoot: number;
  vmid: number;
}

const WATCH_MS = 2_000;

/** The next port on the target that no other migration to it has. */
function nextPort(lab: LabState, job: JobState): number {
  const taken = Object.values(lab.nodes)
    .flatMap((node) => node.jobs.jobs)
    .filter((other) => other !== job && other.kind === "migrate" && other.running)
    .filter((other) => dataOf(other).params.target === targetOf(job))
    .map((other) => dataOf(other).port);
  let port = FIRST_PORT;
  while (taken.includes(port)) port += 2;
  return port;
}

function watchSource(lab: LabState, target: string, pid: number, data: SourceWatch): void {
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

function findVolumes(lab: LabState, job: JobState, data: MigrateData): string[] {
  const problems: string[] = [];
  const taken = new Map<string, number>();
  for (const disk of localDisks(lab, job.node, job.vmid)) {
    logLine(lab, job, `found local disk '${disk.volid}' (${disk.unused ? "unused" : "attached"})`);
    const why = data.online
      ? isTrue(data.params["with-local-disks"])
        ? disk.cdrom
          ? "local cdrom image"
          : ""
        : "can't live migrate attached local disks without with-local-disks option"
      : disk.cdrom
        ? "local cdrom image"
        : "";
    if (why !== "") {
      problems.push(`can't migrate local disk '${disk.volid}': ${why}`);
      continue;
    }
    const parts = splitVolid(disk.volid)!;
    const storage = data.params.targetstorage ?? parts.storage;
    const target = targetOf(job);
    const definition = storageDefinition(lab, job.node, storage)!;
    // The name stays, unless the target has one of that name already.
    const wanted = storage === parts.storage ? parts.name : undefined;
    const place = placeOf(definition, target);
    const free = wanted !== undefined && !lab.storage.volumes.some((one) => one.place === place && one.name === wanted);
    let name = free ? wanted : nextVolumeName(lab, target, definition, job.vmid, "raw");
    const count = taken.get(name) ?? 0;
    taken.set(name, count + 1);
    if (count > 0) name = name.replace(/disk-(\d+)/, (_, number: string) => `disk-${Number(number) + count}`);
    data.volumes.push({ from: disk.volid, to: `${storage}:${name}`, key: disk.key, sizeBytes: disk.sizeBytes });
  }
  return problems;
}

function allocateOnTarget(lab: LabState, job: JobState, volume: MigrateData["volumes"][number]): { output: string[] } {
  const parts = splitVolid(volume.to)!;
  const source = findVolume(lab, job.node, volume.from);
  return allocateVolume(lab, targetOf(job), {
    storage: parts.storage,
    vmid: job.vmid,
    sizeBytes: volume.sizeBytes,
    name: parts.name,
    writtenBytes: source?.writtenBytes ?? 0,
  });
}

function freeOnTarget(lab: LabState, job: JobState): void {
  for (const volume of dataOf(job).volumes) {
    const parts = splitVolid(volume.to)!;
    if (storageTrouble(lab, targetOf(job), parts.storage) === undefined) freeVolume(lab, targetOf(job), volume.to);
  }
}

function withVolumes(text: string, data: MigrateData): string {
  if (data.volumes.length === 0) return text;
  const config = parseGuestConfig(text);
  for (const { key, to } of data.volumes) {
    if (config.keys[key] !== undefined)
      config.keys[key] = driveText({ ...parseDrive(key, config.keys[key]), volid: to });
  }
  return writeGuestConfig(config);
}

function remoteStartRefusal(lab: LabState, job: JobState): string | undefined {
  const target = targetOf(job);
  if (!pmxcfsWritable(nodeOf(lab, target).pmxcfs) || nodeOf(lab, target).pmxcfs.pid === 0) {
    return "cluster not ready - no quorum?";
  }
  const keys = guestConfig(lab, job.node, job.vmid)?.keys ?? {};
  const local = new Set(dataOf(job).volumes.map((volume) => volume.from));
  for (const key of Object.keys(keys)) {
    const volid = /^(?:scsi|virtio|ide|sata)\d+$/.test(key) ? parseDrive(key, keys[key]!).volid : "";
    const parts = local.has(volid) ? undefined : splitVolid(volid);
    const trouble = parts && storageTrouble(lab, target, parts.storage);
    if (trouble) return trouble;
  }
  return undefined;
}

const limitOf = (data: MigrateData) => data.settings?.limitMibPerS ?? Number(data.params.bwlimit ?? 0) / 1024;
const linkOf = (data: MigrateData) => (data.settings?.insecure ? BARE_LINK_MIB_PER_S : LINK_MIB_PER_S);
const copyRate = (data: MigrateData) => (limitOf(data) > 0 ? Math.min(limitOf(data), linkOf(data)) : linkOf(data));

/** Until the next report of a copy, or until it is over. */
function copyWaitMs(data: MigrateData): number {
  const left = data.volumes[data.copying.index]!.sizeBytes - data.copying.sentBytes;
  return Math.min(COPY_REPORT_MS, Math.max(1, Math.ceil((left / MIB / copyRate(data)) * 1000)));
}

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
    ...dirtyingOf(lab, job.vmid, keys, memory),
    bandwidthMibPerS,
    linkMibPerS: linkOf(data),
  };
}

/** Migrations that share a node's link just now, this one among them. */
function transfersOf(lab: LabState, node: string): number {
  const sending = nodeOf(lab, node).jobs.jobs.filter((job) => {
    const precopy = job.kind === "migrate" && job.running ? dataOf(job).precopy : undefined;
    return precopy !== undefined && !precopy.completed;
  });
  return Math.max(1, sending.length);
}

function beginMemory(lab: LabState, job: JobState): void {
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
  const state = stepPrecopy(data.plan!, data.precopy!, lab.nowMs - data.countedToMs);
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
    after(lab, job, data.volumes.length > 0 ? 1_600 : 0, data.volumes.length > 0 ? "mirrorsDone" : "move");
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

/** Whether the transfer cannot go on just now: the way is cut (it waits), or the other end is gone (it fails). */
function brokenOff(lab: LabState, job: JobState, step: string): boolean {
  const data = dataOf(job);
  const target = targetOf(job);
  if (!connected(lab, job.node, target, dataOf(job).card)) {
    stall(lab, job, step, () => {
      // Through ssh, QEMU's own socket is the near end of the tunnel (guests/54).
      if (data.settings?.insecure) brokenSocket(lab, job, "Connection timed out");
      else {
        say(lab, job, "client_loop: send disconnect: Broken pipe");
        brokenSocket(lab, job, "Connection reset by peer");
      }
    });
    return true;
  }
  if (nodeOf(lab, target).bootCount !== data.targetBoot) {
    // It was away and has forgotten the connection: its kernel says so.
    say(lab, job, `Connection to ${targetAddress(lab, job)} closed by remote host.`);
    brokenSocket(lab, job, "Connection reset by peer");
    return true;
  }
  if (instanceOf(lab, target, job.vmid)?.pid !== data.targetPid) {
    if (!sshTo(lab, job.node, target, data.card).ok) {
      say(lab, job, `Connection to ${targetAddress(lab, job)} closed by remote host.`);
    }
    brokenSocket(lab, job, "Broken pipe");
    return true;
  }
  return stillStalled(lab, job, step);
}

function brokenSocket(lab: LabState, job: JobState, why: string): void {
  logLine(lab, job, `migration status error: failed - Unable to write to socket: ${why}`);
  failPhase2(lab, job, "aborting");
}

/** Nothing gets through: wait, as TCP does, until it gives up. */
function stall(lab: LabState, job: JobState, step: string, giveUp: () => void): void {
  const data = dataOf(job);
  data.stall ??= { sinceMs: lab.nowMs };
  delete data.stall.healedAtMs;
  if (lab.nowMs - data.stall.sinceMs >= tcpGivesUpMs(lab, job.node)) giveUp();
  else after(lab, job, POLL_MS, step);
}

/** The way is there again, and TCP has not noticed yet. */
function stillStalled(lab: LabState, job: JobState, step: string): boolean {
  const data = dataOf(job);
  if (!data.stall) return false;
  data.stall.healedAtMs ??= lab.nowMs;
  const waitMs = resumesAtMs(data.stall.sinceMs, data.stall.healedAtMs) - lab.nowMs;
  if (waitMs > 0) {
    after(lab, job, waitMs, step);
    return true;
  }
  delete data.stall;
  // Nothing was sent meanwhile.
  data.countedToMs = lab.nowMs;
  return false;
}

function failPhase2(lab: LabState, job: JobState, reason: string): void {
  const data = dataOf(job);
  if (data.failure !== "") return;
  data.failure = reason;
  logLine(lab, job, `ERROR: online migrate failure - ${reason}`);
  logLine(lab, job, "aborting phase 2 - cleanup resources");
  logLine(lab, job, "migrate_cancel");
  const source = instanceOf(lab, job.node, job.vmid);
  if (source?.status === "postmigrate") resumeMachine(lab, source);
  after(lab, job, 600, "undo");
}

function failCopy(lab: LabState, job: JobState, reason: string): void {
  const data = dataOf(job);
  data.failure = `storage migration for '${data.volumes[data.copying.index]?.from}' to storage '${splitVolid(data.volumes[data.copying.index]?.to ?? "x:y")?.storage}' failed - ${reason}`;
  logLine(lab, job, `ERROR: ${data.failure}`);
  logLine(lab, job, "aborting phase 1 - cleanup resources");
  freeOnTarget(lab, job);
  unlockSource(lab, job, "phase1Undone");
}

function unlockSource(lab: LabState, job: JobState, step: string): void {
  const config = guestConfig(lab, job.node, job.vmid);
  if (config?.keys.lock !== "migrate") {
    after(lab, job, 0, step);
    return;
  }
  delete config.keys.lock;
  const content = writeGuestConfig(config);
  changeThen(lab, job, [{ op: "write", path: guestPath(job.node, job.vmid), content }], step);
}

const durationOf = (lab: LabState, job: JobState) => durationText(lab.nowMs - dataOf(job).startedAtMs);

/** Nothing has been done that is not undone. */
function abort(lab: LabState, job: JobState, reason: string): void {
  logLine(lab, job, `ERROR: migration aborted (duration ${durationOf(lab, job)}): ${reason}`);
  endJob(lab, job, "migration aborted");
}

/** Something is left as it should not be. */
function problems(lab: LabState, job: JobState, reason: string): void {
  if (reason !== "") logLine(lab, job, `ERROR: ${reason}`);
  logLine(lab, job, `ERROR: migration finished with problems (duration ${durationOf(lab, job)})`);
  endJob(lab, job, "migration problems");
}
