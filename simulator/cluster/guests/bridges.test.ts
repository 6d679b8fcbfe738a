/** A guest's card needs its bridge, and is reached where that leads. */
import { describe, expect, it } from "vitest";
import { guestPathIsUp } from "../../node-view/ssh-reach.ts";
import type { LabState } from "../state.ts";
import { act } from "../stepping.ts";
import { clusterOf, run } from "../testing/lab-steps.ts";

const CLUSTER = [{ name: "cluster", nic: "ens19", subnet: "10.98.7.0" }];

function guest(lab: LabState, net0: string): void {
  const params = { memory: "256", scsi0: "local-lvm:1", net0 };
  act(lab, "guests/act", { node: "pve1", vmid: 100, action: "create", params, program: "qm" });
  run(lab, 5_000);
}

function start(lab: LabState) {
  const job = act(lab, "guests/act", { node: "pve1", vmid: 100, action: "start", params: {}, program: "qm" });
  run(lab, 10_000);
  return job;
}

const logOf = (lab: LabState) => lab.nodes.pve1!.tasks.findLast((task) => task.type === "qmstart")!;

describe("a guest's bridge", () => {
  it("has to be there when the guest starts", () => {
    const lab = clusterOf(1, "bridge", CLUSTER);
    guest(lab, "virtio,bridge=vmbr1");
    start(lab);
    expect(logOf(lab).exitStatus).toBe("start failed: QEMU exited with code 1");
    expect(JSON.stringify(logOf(lab))).toContain("bridge 'vmbr1' does not exist");
    expect(lab.nodes.pve1!.qemu[100]).toBeUndefined();
    act(lab, "network/change", { node: "pve1", change: { op: "add-device", name: "vmbr1", kind: "bridge" } });
    start(lab);
    expect(logOf(lab).exitStatus).toBe("OK");
  });

  it("has to be on the target of a migration, too", () => {
    const lab = clusterOf(2, "move");
    act(lab, "network/change", { node: "pve1", change: { op: "add-device", name: "vmbr1", kind: "bridge" } });
    guest(lab, "virtio,bridge=vmbr1");
    start(lab);
    const params = { target: "pve2", online: "1", "with-local-disks": "1" };
    act(lab, "guests/act", { node: "pve1", vmid: 100, action: "migrate", params, program: "qm" });
    run(lab, 60_000);
    const moved = lab.nodes.pve1!.tasks.findLast((task) => task.type === "qmigrate")!;
    expect(JSON.stringify(moved)).toContain("[pve2] bridge 'vmbr1' does not exist");
    expect(moved.exitStatus).toBe("migration problems");
    expect(lab.nodes.pve1!.qemu[100]).toBeDefined();
  });

  it("is where others reach it, and its own node only while it is up", () => {
    const lab = clusterOf(2, "reach", CLUSTER);
    guest(lab, "virtio,bridge=vmbr0");
    start(lab);
    const address = "10.99.7.100";
    expect(guestPathIsUp(lab, "pve2", "pve1", address)).toBe(true);
    act(lab, "network/change", { node: "pve1", change: { op: "set-device", device: "ens18", set: { master: null } } });
    expect(guestPathIsUp(lab, "pve2", "pve1", address)).toBe(false);
    expect(guestPathIsUp(lab, "pve1", "pve1", address)).toBe(true);
    act(lab, "network/change", { node: "pve1", change: { op: "set-device", device: "vmbr0", set: { up: false } } });
    expect(guestPathIsUp(lab, "pve1", "pve1", address)).toBe(false);
  });
});
