/** Guests under random faults and migrations: never one guest running on two nodes, no lost configuration or disk. */

import { describe, expect, it } from "vitest";
import { random } from "../kernel.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";
import { act } from "../stepping.ts";
import { addShared } from "../testing/guest-jobs.ts";
import { change, clusterOf, run, setPaths } from "../testing/lab-steps.ts";
import { seedsFor } from "../testing/seeds.ts";
import type { GuestRequest } from "./guest-actions.ts";
import { allGuests, allInstances, disksAnswer, instanceOf } from "./guest-view.ts";

const NODES = ["pve1", "pve2", "pve3"];
const GUESTS = [101, 102, 103, 104];

function labOf(seed: string): LabState {
  const lab = clusterOf(3, seed);
  addShared(lab);
  for (const [index, vmid] of GUESTS.entries()) {
    const node = NODES[index % 3]!;
    ask(lab, {
      node,
      vmid,
      action: "create",
      params: { memory: "512", scsi0: vmid === 104 ? "local-lvm:1" : "shared:1" },
    });
    run(lab, 2_000);
    ask(lab, { node, vmid, action: "start", params: {} });
  }
  run(lab, 5_000);
  return lab;
}

function ask(lab: LabState, request: Omit<GuestRequest, "program">): void {
  try {
    act(lab, "guests/act", { ...request, program: "qm" });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}

const pick = <T>(lab: LabState, list: T[]): T => list[Math.floor(random(lab) * list.length)]!;

const file = (node: string, vmid: number) => `/etc/pve/nodes/${node}/qemu-server/${vmid}.conf`;

let moves = 0;
let problems = 0;
let cancelled = 0;

/** One thing that goes wrong, is put right, or that an operator does. */
function happen(lab: LabState): void {
  const node = pick(lab, NODES);
  const other = pick(
    lab,
    NODES.filter((name) => name !== node),
  );
  const vmid = pick(lab, GUESTS);
  const chance = random(lab);
  if (random(lab) < 0.25) meddle(lab, node, vmid);
  else if (chance < 0.08) act(lab, "power/set", { node, state: "off" });
  else if (chance < 0.3) act(lab, "power/set", { node, state: "on" });
  else if (chance < 0.36) setPaths(lab, [node], [other], false);
  else if (chance < 0.5) setPaths(lab, [node], [other], true);
  else if (chance < 0.54) act(lab, "storage/cut", { address: "10.99.7.5", node, cut: true });
  else if (chance < 0.6) act(lab, "storage/cut", { address: "10.99.7.5", node, cut: false });
  else if (chance < 0.8) {
    const at = allGuests(lab, node).find((guest) => guest.vmid === vmid)?.node ?? node;
    const target = pick(
      lab,
      NODES.filter((name) => name !== at),
    );
    ask(lab, {
      node: at,
      vmid,
      action: "migrate",
      params: { target, online: "1", "with-local-disks": "1", bwlimit: "40960" },
    });
  } else if (chance < 0.86) {
    // An operator recovers the guests of a node that is off, as the documentation says: by moving the file.
    const off = NODES.find((name) => lab.nodes[name]!.power === "off");
    const alive = NODES.find((name) => lab.nodes[name]!.power === "on");
    const lost = off && alive && allGuests(lab, alive).find((guest) => guest.node === off);
    if (lost) change(lab, alive, { op: "rename", path: file(off, lost.vmid), to: file(alive, lost.vmid) });
  } else {
    const action = pick(lab, ["start", "start", "stop", "suspend", "resume", "unlock", "reboot"] as const);
    const params: Record<string, string> = action === "suspend" && random(lab) < 0.3 ? { todisk: "1" } : {};
    for (const name of NODES) if (lab.nodes[name]!.power === "on") ask(lab, { node: name, vmid, action, params });
  }
}

/** What operators and guests do beside: cancel, stop corosync, change the load, snapshots, a reboot from inside. */
function meddle(lab: LabState, node: string, vmid: number): void {
  const chance = random(lab);
  const up = lab.nodes[node]!.power === "on";
  const running = allInstances(lab).find(({ instance }) => instance.vmid === vmid);
  if (running) writeInside(lab, running.node, vmid);
  if (chance < 0.2) {
    const under = NODES.flatMap((at) => lab.nodes[at]!.tasks.map((task) => ({ at, ...task })));
    const task = under.find((one) => one.type === "qmigrate" && one.running);
    if (task) {
      act(lab, "tasks/stop", { node: task.at, upid: task.upid });
      cancelled += 1;
    }
  } else if (chance < 0.35) {
    if (up) act(lab, "services/control", { node, unit: "corosync", action: random(lab) < 0.4 ? "stop" : "start" });
  } else if (chance < 0.5) {
    act(lab, "guests/workload", { vmid, workload: pick(lab, ["idle", "web", "database", "memory-hog"] as const) });
  } else if (chance < 0.65 && running) {
    const { bootId } = running.instance.machine;
    act(lab, "guests/system", { vmid, bootId, op: pick(lab, ["reboot", "poweroff"] as const) });
  } else if (chance < 0.8 && up) {
    const action = pick(lab, ["snapshot", "rollback", "delsnapshot"] as const);
    ask(lab, { node, vmid: 104, action, params: { snapname: "kept", vmstate: "1" } });
  } else if (running) {
    act(lab, "guests/downtime-limit", { node: running.node, vmid, ms: 4_000 });
  }
}

/** By guest: what was last written inside it. */
let written = new Map<number, string>();
let writes = 0;

/** A program in a guest writes to a file; one whose disk is away waits, and so writes nothing. */
function writeInside(lab: LabState, node: string, vmid: number): void {
  const instance = instanceOf(lab, node, vmid);
  if (instance?.status !== "running" || !disksAnswer(lab, node, instance)) return;
  const content = String(lab.nowMs);
  const change = { op: "write" as const, path: "/root/log", content };
  const answer = act(lab, "guests/files", { vmid, bootId: instance.machine.bootId, change });
  expect(answer).toEqual({ state: "done" });
  written.set(vmid, content);
  writes += 1;
}

/** Two machines of one guest that both run and both reach the disk they share. */
function doubles(lab: LabState): number[] {
  const running = allInstances(lab).filter(({ instance }) => instance.status === "running");
  return GUESTS.filter((vmid) => running.filter(({ instance }) => instance.vmid === vmid).length > 1);
}

describe("random faults with guests", () => {
  it.each(seedsFor("guests", 12))("never run a guest twice, seed %j", (seed) => {
    const lab = labOf(seed);
    written = new Map();
    for (let round = 0; round < 60; round++) {
      happen(lab);
      const untilMs = lab.nowMs + 500 + random(lab) * 8_000;
      while (lab.nowMs < untilMs) {
        run(lab, 250);
        expect(doubles(lab)).toEqual([]);
      }
    }
    for (const node of NODES) {
      act(lab, "storage/cut", { address: "10.99.7.5", node, cut: false });
      act(lab, "power/set", { node, state: "on" });
      act(lab, "services/control", { node, unit: "corosync", action: "start" });
    }
    for (const [a, b] of [
      ["pve1", "pve2"],
      ["pve1", "pve3"],
      ["pve2", "pve3"],
    ] as const)
      setPaths(lab, [a], [b], true);
    run(lab, 120_000);
    for (const node of NODES) {
      expect(allGuests(lab, node).map((guest) => guest.vmid)).toEqual(GUESTS);
    }
    const migrations = NODES.flatMap((node) => lab.nodes[node]!.tasks.filter((task) => task.type === "qmigrate"));
    moves += migrations.filter((task) => task.exitStatus === "OK").length;
    problems += migrations.filter((task) => /^migration/.test(task.exitStatus)).length;
    const disks = lab.storage.volumes.filter((volume) => volume.name.includes("-disk-"));
    expect(disks.filter((volume) => volume.vmid !== 104)).toHaveLength(3);
    expect(disks.some((volume) => volume.vmid === 104)).toBe(true);
    // Whatever was moved, killed and started again: what a guest wrote is on its disk. A rollback takes it back.
    for (const volume of disks) {
      if (volume.vmid !== 104) expect(volume.files?.entries["/root/log"]?.content).toBe(written.get(volume.vmid));
    }
  });

  it("were worth running: some guests moved, some did not get there", () => {
    expect(moves).toBeGreaterThan(10);
    expect(problems).toBeGreaterThan(10);
    expect(cancelled).toBeGreaterThan(0);
    expect(writes).toBeGreaterThan(10);
  });
});
