/** After a node is lost, without HA: moving the configuration by hand, with a shared disk, with a local one, and too early. */

import { describe, expect, it } from "vitest";
import type { LabState } from "../state.ts";
import { act } from "../stepping.ts";
import { addShared } from "../testing/guest-jobs.ts";
import { change, clusterOf, run, runUntilTaskEnds } from "../testing/lab-steps.ts";
import { allGuests, allInstances } from "./guest-view.ts";

function start(lab: LabState, node: string, vmid: number) {
  const { upid } = act(lab, "guests/act", { node, vmid, action: "start", params: {}, program: "qm" });
  return runUntilTaskEnds(lab, node, upid);
}

/** pve3 runs guest 100 on the shared storage and 101 on its own disk. */
function labOf(seed: string): LabState {
  const lab = clusterOf(3, seed);
  addShared(lab);
  for (const [vmid, disk] of [
    [100, "shared:1"],
    [101, "local-lvm:1"],
  ] as const) {
    const params = { memory: "512", scsi0: disk };
    act(lab, "guests/act", { node: "pve3", vmid, action: "create", params, program: "qm" });
    run(lab, 3_000);
    expect(start(lab, "pve3", vmid).exitStatus).toBe("OK");
  }
  return lab;
}

const move = (lab: LabState, vmid: number) =>
  change(lab, "pve1", {
    op: "rename",
    path: `/etc/pve/nodes/pve3/qemu-server/${vmid}.conf`,
    to: `/etc/pve/nodes/pve1/qemu-server/${vmid}.conf`,
  });

const running = (lab: LabState, vmid: number) =>
  allInstances(lab)
    .filter(({ instance }) => instance.vmid === vmid && instance.status === "running")
    .map(({ node }) => node);

describe("guests of a node that is lost", () => {
  it("start elsewhere when their disk is shared, and not when it was local", () => {
    const lab = labOf("lost");
    act(lab, "power/set", { node: "pve3", state: "off" });
    run(lab, 15_000);
    expect(move(lab, 100).state).toBe("done");
    expect(move(lab, 101).state).toBe("done");
    expect(start(lab, "pve1", 100).exitStatus).toBe("OK");
    expect(start(lab, "pve1", 101).exitStatus).toContain("no such logical volume");
    act(lab, "power/set", { node: "pve3", state: "on" });
    run(lab, 90_000);
    // The node that comes back finds its guests moved, and starts none.
    expect(allGuests(lab, "pve3").map((guest) => guest.node)).toEqual(["pve1", "pve1"]);
    expect(running(lab, 100)).toEqual(["pve1"]);
    expect(running(lab, 101)).toEqual([]);
  });

  it("are found again by a node that comes back: those with onboot start once there is quorum, others stay off", () => {
    const lab = labOf("back");
    const set = { node: "pve3", vmid: 101, action: "set", params: { onboot: "1" }, program: "qm" } as const;
    act(lab, "guests/act", { ...set, foreground: true });
    run(lab, 1_000);
    act(lab, "power/set", { node: "pve3", state: "off" });
    run(lab, 20_000);
    act(lab, "network/unplug", { node: "pve3", unplugged: true });
    act(lab, "power/set", { node: "pve3", state: "on" });
    run(lab, 120_000);
    // Alone it has no quorum, and starts nothing.
    expect(running(lab, 101)).toEqual([]);
    act(lab, "network/unplug", { node: "pve3", unplugged: false });
    run(lab, 30_000);
    expect(running(lab, 101)).toEqual(["pve3"]);
    expect(running(lab, 100)).toEqual([]);
    expect(start(lab, "pve3", 100).exitStatus).toBe("OK");
  });

  it("with a local disk are lost to a wrong move only for as long as the node is: moved back, they start", () => {
    const lab = labOf("moved back");
    act(lab, "power/set", { node: "pve3", state: "off" });
    run(lab, 15_000);
    move(lab, 101);
    expect(start(lab, "pve1", 101).exitStatus).toContain("no such logical volume");
    act(lab, "power/set", { node: "pve3", state: "on" });
    run(lab, 60_000);
    const path = (node: string) => `/etc/pve/nodes/${node}/qemu-server/101.conf`;
    expect(change(lab, "pve1", { op: "rename", path: path("pve1"), to: path("pve3") }).state).toBe("done");
    run(lab, 500);
    expect(start(lab, "pve3", 101).exitStatus).toBe("OK");
  });

  it("cannot be moved or started by a node without quorum", () => {
    const lab = labOf("alone");
    for (const node of ["pve2", "pve3"]) act(lab, "power/set", { node, state: "off" });
    run(lab, 15_000);
    expect(move(lab, 100)).toMatchObject({ state: "refused", errno: "EACCES" });
    expect(() => start(lab, "pve1", 100)).toThrow();
  });

  it("run twice and break their disk when the node was only cut off", () => {
    const lab = labOf("cut");
    act(lab, "network/unplug", { node: "pve3", unplugged: true });
    run(lab, 15_000);
    move(lab, 100);
    expect(start(lab, "pve1", 100).exitStatus).toBe("OK");
    expect(running(lab, 100).sort()).toEqual(["pve1", "pve3"]);
    act(lab, "network/unplug", { node: "pve3", unplugged: false });
    run(lab, 30_000);
    expect(lab.storage.volumes.find((volume) => volume.vmid === 100)!.damaged).toBe(true);
  });
});
