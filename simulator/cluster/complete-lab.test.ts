import { expect, it } from "vitest";
import { completeLab } from "./complete-lab.ts";
import type { LabState, NodeState } from "./state.ts";
import { act } from "./stepping.ts";
import { clusterOf, run } from "./testing/lab-steps.ts";

it("a lab saved before it had guests and storages gets them, and works", () => {
  const lab = clusterOf(2);
  const old: Partial<LabState> = lab;
  delete old.storage;
  delete old.guestSystems;
  for (const node of Object.values(lab.nodes) as Partial<NodeState>[]) {
    delete node.jobs;
    delete node.qemu;
  }
  completeLab(lab);
  expect(lab.storage.servers["10.99.7.5"]).toMatchObject({ up: true });
  const params = { memory: "256", scsi0: "local-lvm:1" };
  act(lab, "guests/act", { node: "pve1", vmid: 100, action: "create", params, program: "qm" });
  run(lab, 5_000);
  expect(lab.nodes.pve2!.pmxcfs.database.entries["nodes/pve1/qemu-server/100.conf"]).toBeDefined();
  const same = structuredClone(lab);
  expect(completeLab(lab)).toEqual(same);
});
