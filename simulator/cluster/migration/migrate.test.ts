import { describe, expect, it } from "vitest";
import { allInstances, guestConfig, guestText, instanceOf } from "../guests/guest-view.ts";
import type { JobState } from "../jobs/jobs-state.ts";
import { reap } from "../processes.ts";
import type { LabState } from "../state.ts";
import { act } from "../stepping.ts";
import { findVolume } from "../storage/volumes.ts";
import { addShared, begin, does, finish } from "../testing/guest-jobs.ts";
import { change, clusterOf, run, setPaths } from "../testing/lab-steps.ts";

function guestLab(nodes = 3): LabState {
  const lab = clusterOf(nodes);
  addShared(lab, "images,iso");
  return lab;
}

const words = (job: JobState) =>
  job.output
    .replaceAll(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d /gm, "")
    .trimEnd()
    .split("\n");

function withGuest(lab: LabState, node: string, vmid = 110, disk = "shared:1"): LabState {
  const created = does(lab, node, vmid, "create", {
    name: "osguest",
    memory: "768",
    net0: "virtio,bridge=vmbr0",
    scsi0: disk,
  });
  expect(created.error).toBe("");
  expect(does(lab, node, vmid, "start").error).toBe("");
  run(lab, 15_000);
  return lab;
}

describe("a live migration over shared storage", () => {
  it("writes the recorded lines and moves the running machine, which does not boot again", () => {
    const lab = withGuest(guestLab(), "pve1");
    const { bootId } = instanceOf(lab, "pve1", 110)!.machine;
    const job = does(lab, "pve1", 110, "migrate", { target: "pve2", online: "1" });
    const lines = words(job).filter((line) => !line.startsWith("migration active"));
    expect(
      lines.map((line) => line.replace(/[\d.]+ MiB\/s - downtime \d+ ms|(?<=transferred )[\d.]+|\d\d:\d\d:\d\d/g, "#")),
    ).toEqual([
      "starting migration of VM 110 to node 'pve2' (10.99.7.12)",
      "starting VM 110 on remote node 'pve2'",
      "start remote tunnel",
      "ssh tunnel ver 1",
      "starting online/live migration on unix:/run/qemu-server/110.migrate",
      "set migration capabilities",
      "migration downtime limit: 100 ms",
      "migration cachesize: 128.0 MiB",
      "set migration parameters",
      "start migrate command to unix:/run/qemu-server/110.migrate",
      "average migration speed: #",
      "migration completed, transferred # MiB VM-state",
      "migration status: completed",
      "migration finished successfully (duration #)",
    ]);
    expect(instanceOf(lab, "pve1", 110)).toBeUndefined();
    expect(instanceOf(lab, "pve2", 110)).toMatchObject({ status: "running", machine: { bootId } });
    // What others notice is never shorter than what QEMU logs of itself (recordings guests/01 to 08, 12).
    const logged = Number(/downtime (\d+) ms/.exec(job.output)![1]);
    expect(instanceOf(lab, "pve2", 110)!.machine.pausedMs).toBeGreaterThan(logged + 50);
    expect(instanceOf(lab, "pve2", 110)!.machine.pausedMs).toBeLessThan(1_300);
    expect(guestConfig(lab, "pve2", 110)!.keys.lock).toBeUndefined();
    expect(guestText(lab, "pve1", 110)).toBeUndefined();
  });

  it("runs beside others of the same node: each takes longer over the link they share, and all arrive", () => {
    const durationMs = (guests: number[]) => {
      const lab = guestLab();
      for (const vmid of guests) {
        does(lab, "pve1", vmid, "create", { memory: "2048", net0: "virtio,bridge=vmbr0", scsi0: "shared:1" });
        does(lab, "pve1", vmid, "start");
      }
      run(lab, 15_000);
      const began = lab.nowMs;
      const jobs = guests.map((vmid) => begin(lab, "pve1", vmid, "migrate", { target: "pve2", online: "1" }));
      for (const job of jobs) expect(finish(lab, job).error).toBe("");
      for (const vmid of guests) expect(instanceOf(lab, "pve2", vmid)?.status).toBe("running");
      return lab.nowMs - began;
    };
    expect(durationMs([110, 111, 112])).toBeGreaterThan(durationMs([110]) * 1.5);
  });

  it("over a network of its own is named by its address there, and refused for a node that has none", () => {
    const lab = withGuest(guestLab(), "pve1");
    const refused = does(lab, "pve1", 110, "migrate", {
      target: "pve2",
      online: "1",
      migration_network: "10.20.0.0/24",
    });
    expect(refused.error).toBe("failed to get ip for node 'pve2' in network '10.20.0.0/24'");
    expect(guestConfig(lab, "pve1", 110)!.keys.lock).toBeUndefined();
    change(lab, "pve1", {
      op: "write",
      path: "/etc/pve/datacenter.cfg",
      content: "migration: type=insecure,network=10.99.7.0/24\nbwlimit: migration=20480\n",
    });
    const job = does(lab, "pve1", 110, "migrate", { target: "pve2", online: "1" });
    expect(job.error).toBe("");
    expect(words(job)[0]).toBe("use dedicated network address for sending migration traffic (10.99.7.12)");
    expect(words(job)).toContain("starting online/live migration on tcp:10.99.7.12:60000");
    expect(words(job)).toContain("migration speed limit: 20.0 MiB/s");
  });

  it("that is stopped leaves the guest running on the source, without a lock", () => {
    const lab = withGuest(guestLab(), "pve1");
    const job = begin(lab, "pve1", 110, "migrate", { target: "pve2", online: "1", bwlimit: "10240" });
    run(lab, 9_000);
    act(lab, "tasks/stop", { node: "pve1", upid: job.upid });
    const end = finish(lab, job);
    expect(words(end).slice(-5)).toEqual([
      "ERROR: online migrate failure - interrupted by signal",
      "aborting phase 2 - cleanup resources",
      "migrate_cancel",
      "ERROR: writing to tunnel failed: broken pipe",
      expect.stringMatching(/^ERROR: migration finished with problems \(duration 00:00:1\d\)$/),
    ]);
    expect(end.error).toBe("migration problems");
    expect(instanceOf(lab, "pve1", 110)?.status).toBe("running");
    expect(instanceOf(lab, "pve2", 110)).toBeUndefined();
    expect(guestConfig(lab, "pve1", 110)!.keys.lock).toBeUndefined();
  });

  it("goes on after a cut of 20 s, when TCP tries again", () => {
    const lab = withGuest(guestLab(), "pve2");
    const job = begin(lab, "pve2", 110, "migrate", { target: "pve1", online: "1", bwlimit: "10240" });
    run(lab, 12_000);
    setPaths(lab, ["pve2"], ["pve1"], false);
    run(lab, 20_000);
    setPaths(lab, ["pve2"], ["pve1"], true);
    const end = finish(lab, job);
    const times = [...end.output.matchAll(/(\d\d):(\d\d):(\d\d) migration active/g)].map(
      ([, h, m, s]) => Number(h) * 3_600 + Number(m) * 60 + Number(s),
    );
    const gap = Math.max(...times.slice(1).map((time, index) => time - times[index]!));
    // Recording guests/52: 26 s.
    expect(gap).toBeGreaterThanOrEqual(22);
    expect(gap).toBeLessThanOrEqual(28);
    expect(end.error).toBe("");
    expect(instanceOf(lab, "pve1", 110)?.status).toBe("running");
  });

  it("strands the guest when the source loses quorum in the transfer; the operator's way out is the recorded one", () => {
    const lab = withGuest(guestLab(), "pve1");
    const job = begin(lab, "pve1", 110, "migrate", { target: "pve2", online: "1", bwlimit: "10240" });
    run(lab, 12_000);
    act(lab, "services/control", { node: "pve1", unit: "corosync", action: "stop" });
    const end = finish(lab, job);
    expect(words(end).slice(-3)).toEqual([
      "migration status: completed",
      expect.stringMatching(
        /^ERROR: unable to open file '\/etc\/pve\/nodes\/pve1\/qemu-server\/110.conf.tmp.\d+' - Permission denied$/,
      ),
      expect.stringMatching(/^ERROR: migration finished with problems/),
    ]);
    expect(instanceOf(lab, "pve1", 110)?.status).toBe("postmigrate");
    expect(instanceOf(lab, "pve2", 110)?.status).toBe("inmigrate");
    expect(guestConfig(lab, "pve1", 110)!.keys.lock).toBe("migrate");

    const { bootId } = instanceOf(lab, "pve1", 110)!.machine;
    act(lab, "services/control", { node: "pve1", unit: "corosync", action: "start" });
    run(lab, 20_000);
    expect(does(lab, "pve1", 110, "resume").error).toBe("VM is locked (migrate)");
    expect(does(lab, "pve1", 110, "unlock").error).toBe("");
    expect(does(lab, "pve1", 110, "resume").error).toBe(
      "VM 110 qmp command 'cont' failed - Failed to get shared \"write\" lock",
    );
    reap(lab, "pve2", instanceOf(lab, "pve2", 110)!.pid);
    run(lab, 500);
    expect(does(lab, "pve1", 110, "resume").error).toBe("");
    expect(instanceOf(lab, "pve1", 110)).toMatchObject({ status: "running", machine: { bootId } });
    expect(instanceOf(lab, "pve1", 110)!.machine.pausedMs).toBeGreaterThan(15_000);
  });

  it("with the target dead stalls, and fails when the target comes back and knows nothing of it", () => {
    const lab = withGuest(guestLab(), "pve2");
    const job = begin(lab, "pve2", 110, "migrate", { target: "pve1", online: "1", bwlimit: "10240" });
    run(lab, 12_000);
    act(lab, "power/set", { node: "pve1", state: "off" });
    run(lab, 5_000);
    act(lab, "power/set", { node: "pve1", state: "on" });
    const end = finish(lab, job);
    expect(end.error).toBe("migration problems");
    expect(words(end)).toContain("ERROR: online migrate failure - aborting");
    expect(instanceOf(lab, "pve2", 110)?.status).toBe("running");
    expect(guestConfig(lab, "pve2", 110)!.keys.lock).toBeUndefined();
    expect(instanceOf(lab, "pve1", 110)).toBeUndefined();
  });

  it("whose source dies leaves the guest stopped and locked on the source", () => {
    const lab = withGuest(guestLab(), "pve1");
    begin(lab, "pve1", 110, "migrate", { target: "pve2", online: "1", bwlimit: "10240" });
    run(lab, 12_000);
    act(lab, "power/set", { node: "pve1", state: "off" });
    run(lab, 60_000);
    expect(instanceOf(lab, "pve2", 110)).toBeUndefined();
    act(lab, "power/set", { node: "pve1", state: "on" });
    run(lab, 60_000);
    expect(instanceOf(lab, "pve1", 110)).toBeUndefined();
    expect(does(lab, "pve1", 110, "start").error).toBe("VM is locked (migrate)");
    does(lab, "pve1", 110, "unlock");
    expect(does(lab, "pve1", 110, "start").error).toBe("");
  });

  it("to a node without quorum is refused there, and the guest runs on", () => {
    const lab = withGuest(guestLab(), "pve1", 104);
    act(lab, "services/control", { node: "pve3", unit: "corosync", action: "stop" });
    run(lab, 5_000);
    const job = does(lab, "pve1", 104, "migrate", { target: "pve3", online: "1" });
    expect(words(job)).toEqual([
      "starting migration of VM 104 to node 'pve3' (10.99.7.13)",
      "starting VM 104 on remote node 'pve3'",
      "[pve3] cluster not ready - no quorum?",
      "ERROR: online migrate failure - remote command failed with exit code 255",
      "aborting phase 2 - cleanup resources",
      "migrate_cancel",
      expect.stringMatching(
        /^ERROR: command '\/usr\/bin\/ssh .* root@10.99.7.13 qm stop 104 --skiplock --migratedfrom pve1' failed: exit code 255$/,
      ),
      expect.stringMatching(/^ERROR: migration finished with problems/),
    ]);
    expect(instanceOf(lab, "pve1", 104)?.status).toBe("running");
  });
});

describe("what a boot leaves", () => {
  it("is a guest that stays off when it is rebooted without quorum, as nobody may start it", () => {
    const lab = withGuest(guestLab(), "pve3");
    act(lab, "services/control", { node: "pve3", unit: "corosync", action: "stop" });
    run(lab, 5_000);
    expect(does(lab, "pve3", 110, "reboot").error).toBe("");
    run(lab, 10_000);
    expect(instanceOf(lab, "pve3", 110)).toBeUndefined();
  });

  it("is no job that still runs, and guests with onboot start as soon as there is quorum", () => {
    const lab = withGuest(guestLab(), "pve3");
    does(lab, "pve3", 110, "set", { onboot: "1" });
    begin(lab, "pve3", 110, "shutdown", { timeout: "60" });
    for (const node of ["pve1", "pve2", "pve3"]) act(lab, "power/set", { node, state: "off" });
    act(lab, "power/set", { node: "pve3", state: "on" });
    run(lab, 120_000);
    expect(lab.nodes.pve3!.jobs.jobs.filter((job) => job.running)).toEqual([]);
    expect(instanceOf(lab, "pve3", 110)).toBeUndefined();
    act(lab, "power/set", { node: "pve1", state: "on" });
    run(lab, 60_000);
    expect(instanceOf(lab, "pve3", 110)?.status).toBe("running");
  });
});

describe("an offline migration", () => {
  it("moves the file, and the disk with it when that is local", () => {
    const lab = guestLab();
    does(lab, "pve1", 101, "create", { name: "db1", memory: "128", scsi0: "local-lvm:1", net0: "virtio,bridge=vmbr0" });
    const volid = "local-lvm:vm-101-disk-0";
    expect(findVolume(lab, "pve1", volid)).toBeDefined();
    const job = does(lab, "pve1", 101, "migrate", { target: "pve3" });
    expect(job.error).toBe("");
    expect(words(job)).toContain("copying local disk images");
    expect(findVolume(lab, "pve1", volid)).toBeUndefined();
    expect(findVolume(lab, "pve3", volid)).toBeDefined();
    expect(guestText(lab, "pve3", 101)).toContain("scsi0: local-lvm:vm-101-disk-0,size=1G");
    expect(allInstances(lab)).toEqual([]);
  });

  it("to a node without quorum strands the guest there, locked", () => {
    const lab = guestLab();
    does(lab, "pve1", 104, "create", { memory: "64", scsi0: "shared:1" });
    act(lab, "services/control", { node: "pve3", unit: "corosync", action: "stop" });
    run(lab, 5_000);
    const job = does(lab, "pve1", 104, "migrate", { target: "pve3" });
    expect(words(job).slice(1)).toEqual([
      expect.stringMatching(/^# \/usr\/bin\/ssh .* root@10.99.7.13 qm unlock 104$/),
      "ERROR: failed to clear migrate lock: Configuration file 'nodes/pve3/qemu-server/104.conf' does not exist",
      expect.stringMatching(/^ERROR: migration finished with problems/),
    ]);
    expect(guestText(lab, "pve1", 104)).toBeUndefined();
    expect(guestText(lab, "pve3", 104, "pve1")).toContain("lock: migrate");
  });
});
