/** Clones and moved disks: their words, what a cancel leaves, and what a lost quorum must not take away. */
import { describe, expect, it } from "vitest";
import type { LabState } from "../state.ts";
import { act } from "../stepping.ts";
import { findVolume } from "../storage/volumes.ts";
import { addShared, begin, does, finish, NFS_ADDRESS } from "../testing/guest-jobs.ts";
import { change, clusterOf, run, setPaths } from "../testing/lab-steps.ts";
import { guestConfig, guestText, instanceOf } from "./guest-view.ts";

function labOf(started: boolean): LabState {
  const lab = clusterOf(3);
  addShared(lab);
  expect(does(lab, "pve1", 100, "create", { memory: "512", scsi0: "local-lvm:4" }).error).toBe("");
  if (started) {
    does(lab, "pve1", 100, "start");
    run(lab, 15_000);
  }
  return lab;
}

const volumes = (lab: LabState) => lab.storage.volumes.map((volume) => volume.name).sort();
const lines = (text: string) => text.trimEnd().split("\n");

describe("a full clone", () => {
  it("of a guest that is off tells how far it is, and its number is taken meanwhile", () => {
    const lab = labOf(false);
    const job = begin(lab, "pve1", 100, "clone", { newid: "105", full: "1" });
    run(lab, 3_000);
    expect(guestText(lab, "pve1", 105)).toBe("# qmclone temporary file\nlock: clone\n");
    expect(() => begin(lab, "pve1", 105, "create", {})).toThrow("already exists on node 'pve1'");
    const all = lines(finish(lab, job).output);
    expect(all[0]).toBe("create full clone of drive scsi0 (local-lvm:vm-100-disk-0)");
    expect(all).toContain("transferred 0.0 B of 4.0 GiB (0.00%)");
    expect(all.at(-1)).toBe("transferred 4.0 GiB of 4.0 GiB (100.00%)");
    expect(all.length).toBeGreaterThan(10);
    expect(guestConfig(lab, "pve1", 105)!.keys).not.toHaveProperty("lock");
  });

  it("of a running guest is QEMU's mirror, and the guest runs on", () => {
    const lab = labOf(true);
    const job = does(lab, "pve1", 100, "clone", { newid: "105", full: "1" });
    expect(lines(job.output)).toEqual(
      expect.arrayContaining([
        "drive mirror is starting for drive-scsi0",
        "all 'mirror' jobs are ready",
        "suspend vm",
        "drive-scsi0: Cancelling block job",
        "drive-scsi0: Done.",
        "resume vm",
      ]),
    );
    expect(instanceOf(lab, "pve1", 100)?.status).toBe("running");
    expect(instanceOf(lab, "pve1", 105)).toBeUndefined();
  });

  it("that is stopped leaves neither a volume nor a number", () => {
    const lab = labOf(false);
    const job = begin(lab, "pve1", 100, "clone", { newid: "105", full: "1" });
    run(lab, 3_000);
    act(lab, "tasks/stop", { node: "pve1", upid: job.upid });
    expect(finish(lab, job).error).toBe("clone failed: interrupted by signal");
    expect(volumes(lab)).toEqual(["vm-100-disk-0"]);
    expect(guestText(lab, "pve1", 105)).toBeUndefined();
  });

  it("whose node loses its power leaves a locked number and a volume that no configuration names", () => {
    const lab = labOf(false);
    begin(lab, "pve1", 100, "clone", { newid: "105", full: "1" });
    run(lab, 3_000);
    act(lab, "power/set", { node: "pve1", state: "off" });
    run(lab, 5_000);
    act(lab, "power/set", { node: "pve1", state: "on" });
    run(lab, 90_000);
    expect(volumes(lab)).toEqual(["vm-100-disk-0", "vm-105-disk-0"]);
    expect(does(lab, "pve1", 105, "destroy").error).toBe("VM is locked (clone)");
    does(lab, "pve1", 105, "unlock");
    expect(does(lab, "pve1", 105, "destroy", { "destroy-unreferenced-disks": "1" }).error).toBe("");
    expect(volumes(lab)).toEqual(["vm-100-disk-0"]);
  });
});

describe("a moved disk", () => {
  it("is switched to at the end of the mirror, within a limit of the bandwidth", () => {
    const lab = labOf(true);
    const beganAtMs = lab.nowMs;
    const job = does(lab, "pve1", 100, "move-disk", {
      disk: "scsi0",
      storage: "shared",
      delete: "1",
      bwlimit: String(45 * 1024),
    });
    expect(lines(job.output)).toContain("drive mirror is starting for drive-scsi0 with bandwidth limit: 46080 KB/s");
    expect(lines(job.output).slice(-4)).toEqual([
      "all 'mirror' jobs are ready",
      "drive-scsi0: Completing block job...",
      "drive-scsi0: Completed successfully.",
      "drive-scsi0: mirror-job finished",
    ]);
    // 900 MiB were ever written.
    expect(lab.nowMs - beganAtMs).toBeGreaterThan(19_000);
    expect(lab.nowMs - beganAtMs).toBeLessThan(25_000);
    expect(volumes(lab)).toEqual(["100/vm-100-disk-0.raw"]);
    expect(instanceOf(lab, "pve1", 100)!.config).toContain("shared:100/vm-100-disk-0.raw");
  });

  it("stays where it was when quorum is lost before the end", () => {
    const lab = labOf(false);
    const job = begin(lab, "pve1", 100, "move-disk", { disk: "scsi0", storage: "shared", delete: "1" });
    run(lab, 2_000);
    setPaths(lab, ["pve1"], ["pve2", "pve3"], false);
    expect(finish(lab, job).error).toMatch(/^storage migration failed: unable to open file .* - Permission denied$/);
    expect(volumes(lab)).toEqual(["vm-100-disk-0"]);
    expect(findVolume(lab, "pve1", "local-lvm:vm-100-disk-0")).toBeDefined();
  });

  it("waits while a server is away", () => {
    const lab = labOf(false);
    const job = begin(lab, "pve1", 100, "move-disk", { disk: "scsi0", storage: "shared" });
    run(lab, 2_000);
    act(lab, "storage/cut", { address: NFS_ADDRESS, node: "pve1", cut: true });
    run(lab, 120_000);
    expect(job.running).toBe(true);
    act(lab, "storage/cut", { address: NFS_ADDRESS, node: "pve1", cut: false });
    expect(finish(lab, job).error).toBe("");
    expect(guestConfig(lab, "pve1", 100)!.keys).toMatchObject({ unused0: "local-lvm:vm-100-disk-0" });
  });
});

it("a change whose guest was moved away meanwhile ends with a refusal, as Perl's die does", () => {
  const lab = labOf(true);
  const job = begin(lab, "pve1", 100, "suspend", { todisk: "1" });
  const path = (node: string) => `/etc/pve/nodes/${node}/qemu-server/100.conf`;
  change(lab, "pve2", { op: "rename", path: path("pve1"), to: path("pve2") });
  expect(finish(lab, job)).toMatchObject({
    error: "Configuration file 'nodes/pve1/qemu-server/100.conf' does not exist",
    exitCode: 2,
  });
});

it("a rescan whose node loses /etc/pve meanwhile comes to an end", () => {
  const lab = labOf(false);
  act(lab, "services/control", { node: "pve1", unit: "pve-cluster", action: "stop" });
  const job = begin(lab, "pve1", 100, "rescan");
  run(lab, 200);
  expect(guestText(lab, "pve1", 100)).toBeUndefined();
  const error = "Configuration file 'nodes/pve1/qemu-server/100.conf' does not exist";
  expect(finish(lab, job)).toMatchObject({ error, output: "rescan volumes...\n" });
});
