/** Snapshots: what keeps others out while one is made, and what is left where that is cut off. */
import { describe, expect, it } from "vitest";
import { SMALL_DISK_BYTES_MAX } from "../files/small-disk.ts";
import type { LabState } from "../state.ts";
import { act } from "../stepping.ts";
import { addShared, begin, does, finish, NFS_ADDRESS } from "../testing/guest-jobs.ts";
import { clusterOf, run, setPaths } from "../testing/lab-steps.ts";
import { guestConfig, instanceOf } from "./guest-view.ts";

function labOf(disk = "local-lvm:1"): LabState {
  const lab = clusterOf(3);
  addShared(lab);
  expect(does(lab, "pve1", 100, "create", { memory: "1024", scsi0: disk }).error).toBe("");
  expect(does(lab, "pve1", 100, "start").error).toBe("");
  run(lab, 15_000);
  return lab;
}

const withMemory = { snapname: "one", vmstate: "1" };
const volumes = (lab: LabState) => lab.storage.volumes.map((volume) => volume.name);
const keysOf = (lab: LabState) => guestConfig(lab, "pve1", 100)!.keys;

describe("while a snapshot with memory is made", () => {
  it("the guest is locked and runs on", () => {
    const lab = labOf();
    const job = begin(lab, "pve1", 100, "snapshot", withMemory);
    run(lab, 500);
    expect(keysOf(lab).lock).toBe("snapshot");
    expect(does(lab, "pve1", 100, "stop").error).toBe("VM is locked (snapshot)");
    expect(does(lab, "pve1", 100, "snapshot", { snapname: "two" }).error).toBe("VM is locked (snapshot)");
    expect(instanceOf(lab, "pve1", 100)?.status).toBe("running");
    expect(finish(lab, job).error).toBe("");
    expect(keysOf(lab)).toMatchObject({ parent: "one" });
    expect(keysOf(lab)).not.toHaveProperty("lock");
    expect(guestConfig(lab, "pve1", 100)!.snapshots.one).not.toHaveProperty("snapstate");
  });

  it("a power failure leaves it locked and incomplete; unlocking and a forced removal are the way out", () => {
    const lab = labOf();
    begin(lab, "pve1", 100, "snapshot", withMemory);
    run(lab, 500);
    act(lab, "power/set", { node: "pve1", state: "off" });
    run(lab, 5_000);
    act(lab, "power/set", { node: "pve1", state: "on" });
    run(lab, 90_000);
    expect(does(lab, "pve1", 100, "start").error).toBe("VM is locked (snapshot)");
    expect(does(lab, "pve1", 100, "unlock").error).toBe("");
    expect(does(lab, "pve1", 100, "rollback", { snapname: "one" }).error).toBe(
      "unable to rollback to incomplete snapshot (snapstate = prepare)",
    );
    expect(does(lab, "pve1", 100, "delsnapshot", { snapname: "one", force: "1" }).error).toBe("");
    expect(volumes(lab)).toEqual(["vm-100-disk-0"]);
    expect(does(lab, "pve1", 100, "start").error).toBe("");
  });
});

describe("a snapshot that does not succeed", () => {
  it("leaves neither a volume nor an entry where the pool has no room", () => {
    const lab = labOf();
    const { bootId } = instanceOf(lab, "pve1", 100)!.machine;
    const content = "x".repeat(SMALL_DISK_BYTES_MAX - 100_000);
    act(lab, "guests/files", { vmid: 100, bootId, change: { op: "write", path: "/root/big", content } });
    for (let number = 0; number < 40; number++) does(lab, "pve1", 100, "snapshot", { snapname: `full${number}` });
    const before = guestConfig(lab, "pve1", 100);
    const job = does(lab, "pve1", 100, "snapshot", withMemory);
    expect(job.error).toContain("reached threshold");
    expect(job.output).toContain("snapshot create failed: starting cleanup\n");
    expect(volumes(lab)).toEqual(["vm-100-disk-0"]);
    expect(guestConfig(lab, "pve1", 100)).toEqual(before);
    expect(lab.guestSystems[100]?.keptMachines ?? {}).toEqual({});
  });

  it("leaves no volume where nothing can be written", () => {
    const lab = labOf();
    setPaths(lab, ["pve1"], ["pve2", "pve3"], false);
    run(lab, 10_000);
    expect(does(lab, "pve1", 100, "snapshot", withMemory).error).toContain("Permission denied");
    expect(volumes(lab)).toEqual(["vm-100-disk-0"]);
  });
});

describe("taking a snapshot back or away", () => {
  it("keeps a disk that came after it as unused", () => {
    const lab = labOf();
    does(lab, "pve1", 100, "snapshot", { snapname: "one" });
    does(lab, "pve1", 100, "set", { scsi1: "local-lvm:1" });
    does(lab, "pve1", 100, "rollback", { snapname: "one" });
    expect(keysOf(lab)).toMatchObject({ unused0: "local-lvm:vm-100-disk-1", parent: "one" });
    expect(keysOf(lab)).not.toHaveProperty("scsi1");
    expect(instanceOf(lab, "pve1", 100)).toBeUndefined();
  });

  it("stops the guest even where the rest is refused for want of quorum", () => {
    const lab = labOf();
    does(lab, "pve1", 100, "snapshot", { snapname: "one" });
    setPaths(lab, ["pve1"], ["pve2", "pve3"], false);
    run(lab, 10_000);
    expect(does(lab, "pve1", 100, "rollback", { snapname: "one" }).error).toContain("Permission denied");
    expect(instanceOf(lab, "pve1", 100)).toBeUndefined();
  });

  it("fails while its storage is away and leaves the lock; with --force the entry goes", () => {
    const lab = labOf("shared:1,format=qcow2");
    does(lab, "pve1", 100, "snapshot", withMemory);
    act(lab, "storage/cut", { address: NFS_ADDRESS, node: "pve1", cut: true });
    expect(does(lab, "pve1", 100, "delsnapshot", { snapname: "one" }).error).toBe("storage 'shared' is not online");
    expect(keysOf(lab).lock).toBe("snapshot-delete");
    does(lab, "pve1", 100, "unlock");
    expect(does(lab, "pve1", 100, "delsnapshot", { snapname: "one", force: "1" }).error).toBe("");
    expect(guestConfig(lab, "pve1", 100)!.snapshots).toEqual({});
    act(lab, "storage/cut", { address: NFS_ADDRESS, node: "pve1", cut: false });
    // What was not reached is still there: a rescan finds it.
    expect(does(lab, "pve1", 100, "rescan").output).toContain(
      "add unreferenced volume 'shared:100/vm-100-state-one.raw'",
    );
  });

  it("takes the saved memory away when the guest is destroyed", () => {
    const lab = labOf();
    does(lab, "pve1", 100, "snapshot", withMemory);
    does(lab, "pve1", 100, "stop");
    expect(does(lab, "pve1", 100, "destroy").error).toBe("");
    expect(lab.storage.volumes).toEqual([]);
  });
});
