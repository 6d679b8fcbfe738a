/** A guest that sleeps on a storage keeps its memory until it runs again, whatever goes wrong before. */
import { describe, expect, it } from "vitest";
import type { LabState } from "../state.ts";
import { act } from "../stepping.ts";
import { addShared, begin, does, finish, NFS_ADDRESS } from "../testing/guest-jobs.ts";
import { clusterOf, run, setPaths } from "../testing/lab-steps.ts";
import { guestConfig, instanceOf } from "./guest-view.ts";

function labOf(disk = "shared:1"): { lab: LabState; bootId: string } {
  const lab = clusterOf(3);
  addShared(lab);
  expect(does(lab, "pve1", 100, "create", { memory: "512", scsi0: disk }).error).toBe("");
  expect(does(lab, "pve1", 100, "start").error).toBe("");
  run(lab, 15_000);
  return { lab, bootId: instanceOf(lab, "pve1", 100)!.machine.bootId };
}

const states = (lab: LabState) =>
  lab.storage.volumes.filter((volume) => volume.name.includes("-state-")).map((volume) => volume.name);
const lockOf = (lab: LabState, node = "pve1") => guestConfig(lab, node, 100)?.keys.lock;
const asleep = (lab: LabState) => expect(does(lab, "pve1", 100, "suspend", { todisk: "1" }).error).toBe("");

function isolate(lab: LabState, node: string, up: boolean): void {
  setPaths(
    lab,
    [node],
    ["pve1", "pve2", "pve3"].filter((name) => name !== node),
    up,
  );
}

describe("a guest that was suspended to disk", () => {
  it("is woken with the words of Proxmox, and its memory goes", () => {
    const { lab, bootId } = labOf();
    const job = begin(lab, "pve1", 100, "suspend", { todisk: "1" });
    run(lab, 500);
    expect(lockOf(lab)).toBe("suspending");
    expect(does(lab, "pve1", 100, "stop").error).toBe("VM is locked (suspending)");
    expect(finish(lab, job).output).toContain("State saved, quitting\n");
    expect(lockOf(lab)).toBe("suspended");
    const woken = does(lab, "pve1", 100, "start");
    expect(woken).toMatchObject({ error: "", output: "Resuming suspended VM\nResumed VM, removing state\n" });
    expect(instanceOf(lab, "pve1", 100)!.machine.bootId).toBe(bootId);
    expect(states(lab)).toEqual([]);
    expect(guestConfig(lab, "pve1", 100)!.keys).not.toHaveProperty("runningmachine");
  });

  it("keeps lock and memory when a start fails for its storage or its arguments, and wakes later", () => {
    const { lab, bootId } = labOf();
    asleep(lab);
    act(lab, "storage/cut", { address: NFS_ADDRESS, node: "pve1", cut: true });
    expect(does(lab, "pve1", 100, "start").error).toBe("storage 'shared' is not online");
    act(lab, "storage/cut", { address: NFS_ADDRESS, node: "pve1", cut: false });
    expect(lockOf(lab)).toBe("suspended");
    does(lab, "pve1", 100, "set", { args: "-nonsense", skiplock: "1" });
    for (const action of ["start", "resume"] as const) {
      expect(does(lab, "pve1", 100, action).error).toBe("start failed: QEMU exited with code 1");
    }
    expect(states(lab)).toHaveLength(1);
    does(lab, "pve1", 100, "set", { delete: "args", skiplock: "1" });
    expect(does(lab, "pve1", 100, "start").error).toBe("");
    expect(instanceOf(lab, "pve1", 100)!.machine.bootId).toBe(bootId);
    expect(states(lab)).toEqual([]);
  });

  it("wakes on another node when its node is lost and its disk is shared", () => {
    const { lab, bootId } = labOf();
    asleep(lab);
    act(lab, "power/set", { node: "pve1", state: "off" });
    run(lab, 15_000);
    const path = (node: string) => `/etc/pve/nodes/${node}/qemu-server/100.conf`;
    act(lab, "files/change", { node: "pve2", change: { op: "rename", path: path("pve1"), to: path("pve2") } });
    run(lab, 1_000);
    expect(does(lab, "pve2", 100, "start").error).toBe("");
    expect(instanceOf(lab, "pve2", 100)!.machine.bootId).toBe(bootId);
    expect(lockOf(lab, "pve2")).toBeUndefined();
  });

  it("wakes without quorum by a resume, whose end cannot be written: it runs and stays locked", () => {
    const { lab, bootId } = labOf();
    asleep(lab);
    isolate(lab, "pve1", false);
    run(lab, 10_000);
    expect(does(lab, "pve1", 100, "resume").error).toMatch(/100\.conf\.tmp\.\d+' - Permission denied$/);
    expect(instanceOf(lab, "pve1", 100)).toMatchObject({ status: "running", machine: { bootId } });
    expect(lockOf(lab)).toBe("suspended");
    isolate(lab, "pve1", true);
    run(lab, 20_000);
    expect(does(lab, "pve1", 100, "stop").error).toBe("VM is locked (suspended)");
    expect(does(lab, "pve1", 100, "unlock").error).toBe("");
  });

  it("is destroyed with its memory, and boots anew when that is given up", () => {
    const { lab, bootId } = labOf();
    asleep(lab);
    expect(does(lab, "pve1", 100, "set", { delete: "vmstate" }).error).toBe("");
    expect(states(lab)).toEqual([]);
    expect(does(lab, "pve1", 100, "start").output).toBe("");
    expect(instanceOf(lab, "pve1", 100)!.machine.bootId).not.toBe(bootId);
    asleep(lab);
    expect(does(lab, "pve1", 100, "destroy").error).toBe("");
    expect(lab.storage.volumes).toEqual([]);
  });
});

describe("a suspend to disk that does not succeed", () => {
  it("leaves a running guest and no volume where nothing can be written or nothing fits", () => {
    const { lab } = labOf();
    expect(does(lab, "pve1", 100, "suspend", { todisk: "1", statestorage: "nothing" }).error).toBe(
      "storage 'nothing' does not exist",
    );
    isolate(lab, "pve1", false);
    run(lab, 10_000);
    expect(does(lab, "pve1", 100, "suspend", { todisk: "1" }).error).toContain("Permission denied");
    expect(instanceOf(lab, "pve1", 100)?.status).toBe("running");
    expect(states(lab)).toEqual([]);
    expect(lockOf(lab)).toBeUndefined();
  });

  it("takes the volume away when the guest ends meanwhile, and leaves the lock as a sign", () => {
    const { lab } = labOf();
    const job = begin(lab, "pve1", 100, "suspend", { todisk: "1" });
    run(lab, 300);
    act(lab, "guests/kill", { node: "pve1", pid: instanceOf(lab, "pve1", 100)!.pid });
    expect(finish(lab, job).error).toContain("query-savevm");
    expect(states(lab)).toEqual([]);
    expect(guestConfig(lab, "pve1", 100)!.keys).toMatchObject({ lock: "suspending" });
    expect(guestConfig(lab, "pve1", 100)!.keys).not.toHaveProperty("vmstate");
  });

  it("leaves half a memory when the power fails, from which nothing starts until it is given up", () => {
    const { lab } = labOf();
    begin(lab, "pve1", 100, "suspend", { todisk: "1" });
    run(lab, 300);
    act(lab, "power/set", { node: "pve1", state: "off" });
    run(lab, 5_000);
    act(lab, "power/set", { node: "pve1", state: "on" });
    run(lab, 90_000);
    expect(does(lab, "pve1", 100, "start").error).toBe("VM is locked (suspending)");
    does(lab, "pve1", 100, "unlock");
    expect(does(lab, "pve1", 100, "start").error).toBe("start failed: QEMU exited with code 1");
    does(lab, "pve1", 100, "set", { delete: "vmstate" });
    expect(does(lab, "pve1", 100, "start").error).toBe("");
    expect(states(lab)).toEqual([]);
  });

  it("waits for a storage that is away, as everything on a hard mount does", () => {
    const { lab } = labOf("local-lvm:1");
    const job = begin(lab, "pve1", 100, "suspend", { todisk: "1", statestorage: "shared" });
    run(lab, 300);
    act(lab, "storage/cut", { address: NFS_ADDRESS, node: "pve1", cut: true });
    run(lab, 60_000);
    expect(job.running).toBe(true);
    expect(instanceOf(lab, "pve1", 100)?.status).toBe("running");
    act(lab, "storage/cut", { address: NFS_ADDRESS, node: "pve1", cut: false });
    expect(finish(lab, job).error).toBe("");
    expect(lockOf(lab)).toBe("suspended");
  });
});
