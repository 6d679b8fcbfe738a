/** How fast the model runs with guests in it: simulated seconds per real second, on one core. */

import type { LabState } from "../../simulator/cluster/state.ts";
import { act } from "../../simulator/cluster/stepping.ts";
import { addShared } from "../../simulator/cluster/testing/guest-jobs.ts";
import { clusterOf, run } from "../../simulator/cluster/testing/lab-steps.ts";

const NODES = 5;
const GUESTS = 10;
const FIRST = 101;
/** A cluster of five with ten running guests on shared storage, two to a node. */
export function labWithGuests(): LabState {
  const lab = clusterOf(NODES, "bench guests");
  addShared(lab);
  for (let guest = 0; guest < GUESTS; guest++) {
    const node = `pve${(guest % NODES) + 1}`;
    const vmid = FIRST + guest;
    const params = { memory: "2048", scsi0: "shared:4", net0: "virtio,bridge=vmbr0", tags: "web" };
    act(lab, "guests/act", { node, vmid, action: "create", params, program: "qm" });
    run(lab, 3_000);
    act(lab, "guests/act", { node, vmid, action: "start", params: {}, program: "qm" });
    run(lab, 3_000);
  }
  run(lab, 15_000);
  return lab;
}

/** One of ten guests is on its way all the time, from node to node, at 20 MiB/s so that a move takes a while. */
export function migratingSpeed(simulatedSeconds: number): number {
  const lab = labWithGuests();
  const began = performance.now();
  const untilMs = lab.nowMs + simulatedSeconds * 1_000;
  let moves = 0;
  while (lab.nowMs < untilMs) {
    const at = Object.keys(lab.nodes).find((node) => lab.nodes[node]!.qemu[FIRST]?.status === "running");
    if (at === undefined) throw new Error("the guest that migrates runs nowhere");
    const target = `pve${(Number(at.slice(3)) % NODES) + 1}`;
    const { upid } = act(lab, "guests/act", {
      node: at,
      vmid: FIRST,
      action: "migrate",
      params: { target, online: "1", bwlimit: "20480" },
      program: "qm",
    });
    const running = () => lab.nodes[at]!.tasks.find((task) => task.upid === upid)?.running;
    while (running() && lab.nowMs < untilMs) run(lab, 1_000);
    moves += 1;
  }
  if (moves < 2) throw new Error("no guest moved");
  return simulatedSeconds / ((performance.now() - began) / 1_000);
}
