/**
 * `qm migrate` as a state machine on the source node: prepare, phase 1 (volumes), phase 2 (memory), phase 3 (hand over),
 * with its log in the recorded words and its accidents.
 *
 * @source recordings 23-28, 38, 53, 61, guests/01-12 and 50-54; qemu-server PVE/QemuMigrate.pm for what lies between
 */
import { writeGuestConfig } from "../guests/guest-config.ts";
import { copyContent } from "../guests/guest-disk.ts";
import { freeMade, writeRefused } from "../guests/guest-steps.ts";
import { guestConfig, guestPath, guestText, instanceOf } from "../guests/guest-view.ts";
import { endQemu, resumeMachine, startQemu } from "../guests/machine.ts";
import { after, changeThen, endJob, type JobStep, lockGuest, say } from "../jobs/jobs.ts";
import { nodeOf, randomBetween } from "../kernel.ts";
import { Refusal } from "../refusal.ts";
import { findVolume } from "../storage/volumes.ts";
import { endTask, startTask } from "../tasks/tasks.ts";
import { isTrue } from "../truth.ts";
import { connected, dataOf, type MigrateData, sshTo, targetAddress, targetOf } from "./migrate-data.ts";
import { abort, failPhase2, problems, stall, stillStalled, unlockSource } from "./migrate-failure.ts";
import { nextPort, remoteStartRefusal, startOnTarget, watchSource } from "./migrate-incoming.ts";
import { beginMemory } from "./migrate-memory.ts";
import { durationText, logLine, sshCommand } from "./migrate-text.ts";
import {
  allocateOnTarget,
  copiedVolumes,
  findVolumes,
  mirroredVolumes,
  sharedAway,
  withVolumes,
} from "./migrate-volumes.ts";
import { cardIn, migrationSettings } from "./migration-settings.ts";
import { localResources } from "./preconditions.ts";

export const migrateSteps: Record<string, JobStep> = {
  begin: (lab, job) => {
    const { params } = job.data as { params: Record<string, string> };
    const data: MigrateData = {
      params,
      startedAtMs: lab.nowMs,
      online: false,
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
    // Only now: the lock may have been waited for, while the guest started or was moved.
    const keys = guestConfig(lab, job.node, job.vmid)?.keys;
    const source = instanceOf(lab, job.node, job.vmid);
    if (!keys) return abort(lab, job, `Configuration file '${guestPath(job.node, job.vmid)}' does not exist`);
    if (keys.lock) return abort(lab, job, `VM is locked (${keys.lock})`);
    if (source && !isTrue(data.params.online)) return abort(lab, job, "can't migrate running VM without --online");
    data.online = source !== undefined;
    if (source?.status === "paused") data.wasPaused = true;
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
      if (card) data.card = card;
    }
    const resources = localResources(lab, job.node, job.vmid);
    if (resources.length > 0 && !isTrue(data.params.force)) {
      abort(lab, job, `can't migrate VM which uses local devices: ${resources.join(", ")}`);
      return;
    }
    if (resources.length > 0) logLine(lab, job, "migrating VM which uses local devices");
    for (const storage of sharedAway(lab, job.node, keys)) {
      say(lab, job, `Used shared storage '${storage}' is not online on source node!`);
    }
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
    if (dataOf(job).card) {
      const address = targetAddress(lab, job);
      logLine(lab, job, `use dedicated network address for sending migration traffic (${address})`);
    }
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
    const problem = findVolumes(lab, job, data);
    if (problem !== undefined) {
      const reason = `Problem found while scanning volumes - ${problem}`;
      logLine(lab, job, `ERROR: ${reason}`);
      logLine(lab, job, "aborting phase 1 - cleanup resources");
      data.failure = reason;
      unlockSource(lab, job, "phase1Undone");
      return;
    }
    if (copiedVolumes(data).length > 0) {
      logLine(lab, job, "copying local disk images");
      after(lab, job, 900, "copyBegin");
    } else if (data.online) startOnTarget(lab, job);
    else after(lab, job, 400, "move");
  },
  remoteStart: (lab, job) => {
    const data = dataOf(job);
    if (data.failure !== "") return;
    const target = targetOf(job);
    const ssh = sshTo(lab, job.node, target, dataOf(job).card);
    if (!ssh.ok) {
      logLine(lab, job, ssh.text);
      failPhase2(lab, job, "remote command failed with exit code 255");
      return;
    }
    const refusal = remoteStartRefusal(lab, job);
    if (refusal !== undefined) {
      for (const line of refusal.split("\n")) logLine(lab, job, `[${target}] ${line}`);
      failPhase2(lab, job, "remote command failed with exit code 255");
      return;
    }
    const source = instanceOf(lab, job.node, job.vmid);
    if (!source) {
      failPhase2(lab, job, `VM ${job.vmid} not running`);
      return;
    }
    for (const volume of mirroredVolumes(data)) {
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
    for (const volume of mirroredVolumes(data))
      logLine(lab, job, `volume '${volume.from}' is '${volume.to}' on the target`);
    after(lab, job, 100, "tunnel");
  },
  tunnel: (lab, job) => {
    logLine(lab, job, "start remote tunnel");
    after(lab, job, randomBetween(lab, 600, 1_100), "tunnelUp");
  },
  tunnelUp: (lab, job) => {
    const data = dataOf(job);
    logLine(lab, job, "ssh tunnel ver 1");
    if (mirroredVolumes(data).length === 0) {
      beginMemory(lab, job);
      return;
    }
    logLine(lab, job, "starting storage migration");
    data.copying = { index: 0, sentBytes: 0, startedAtMs: lab.nowMs };
    after(lab, job, 100, "mirrorBegin");
  },
  move: (lab, job) => {
    const target = targetOf(job);
    const from = guestPath(job.node, job.vmid);
    const data = dataOf(job);
    if (data.failure !== "") return;
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
    // One that an operator paused is left so.
    if (data.wasPaused) arrived.status = "paused";
    else resumeMachine(lab, arrived);
    for (const volume of mirroredVolumes(data)) {
      // The mirror had all that the machine wrote until it stood still.
      copyContent(findVolume(lab, job.node, volume.from), findVolume(lab, target, volume.to));
    }
    freeMade(
      lab,
      job.node,
      data.volumes.map((volume) => volume.from),
    );
    after(lab, job, randomBetween(lab, 2_200, 2_900), "unlockTarget");
  },
  unlockTarget: (lab, job) => {
    const data = dataOf(job);
    const target = targetOf(job);
    const config = guestConfig(lab, target, job.vmid);
    const ssh = sshTo(lab, job.node, target, dataOf(job).card);
    const command = `# ${sshCommand(target, targetAddress(lab, job), `qm unlock ${job.vmid}`)}`;
    if (!data.online) {
      freeMade(
        lab,
        job.node,
        data.volumes.map((volume) => volume.from),
      );
    }
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
};
