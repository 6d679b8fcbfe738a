/** HA under random faults: never one guest running on two nodes while the watchdog works, no configuration lost. */

import { describe, expect, it } from "vitest";
import type { GuestRequest } from "../guests/guest-actions.ts";
import { allGuests, allInstances } from "../guests/guest-view.ts";
import { random } from "../kernel.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";
import { act } from "../stepping.ts";
import { addShared } from "../testing/guest-jobs.ts";
import { clusterOf, run, setPaths } from "../testing/lab-steps.ts";
import { seedsFor } from "../testing/seeds.ts";
import type { HaChange } from "./ha-requests.ts";
import { haStatus } from "./ha-view.ts";

const NODES = ["pve1", "pve2", "pve3"];
const GUESTS = [101, 102, 103];

const pick = <T>(lab: LabState, list: readonly T[]): T => list[Math.floor(random(lab) * list.length)]!;

function quietly(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}

function ask(lab: LabState, request: Omit<GuestRequest, "program">): void {
  quietly(() => act(lab, "guests/act", { ...request, program: "qm" }));
}

function ha(lab: LabState, node: string, wish: HaChange): void {
  quietly(() => act(lab, "ha/configure", { node, change: wish }));
}

function labOf(seed: string): LabState {
  const lab = clusterOf(3, seed);
  addShared(lab);
  for (const [index, vmid] of GUESTS.entries()) {
    const node = NODES[index]!;
    ask(lab, { node, vmid, action: "create", params: { memory: "512", scsi0: "shared:1" } });
    run(lab, 2_000);
    ha(lab, node, { op: "add", sid: `vm:${vmid}`, keys: { state: "started" } });
    run(lab, 500);
  }
  run(lab, 40_000);
  return lab;
}

function happen(lab: LabState): void {
  const node = pick(lab, NODES);
  const others = NODES.filter((name) => name !== node);
  const vmid = pick(lab, GUESTS);
  const chance = random(lab);
  if (random(lab) < 0.06) mishap(lab, node, vmid);
  else if (chance < 0.08) act(lab, "power/set", { node, state: "off" });
  else if (chance < 0.12) quietly(() => act(lab, "power/set", { node, state: "hung" }));
  else if (chance < 0.34) act(lab, "power/set", { node, state: "on" });
  else if (chance < 0.44) act(lab, "network/unplug", { node, unplugged: true });
  else if (chance < 0.62) act(lab, "network/unplug", { node, unplugged: false });
  else if (chance < 0.68) setPaths(lab, [node], others, false);
  else if (chance < 0.8) setPaths(lab, [node], others, true);
  else if (chance < 0.86) {
    const unit = pick(lab, ["pve-ha-lrm", "pve-ha-crm", "corosync"]);
    if (lab.nodes[node]!.power === "on") act(lab, "services/control", { node, unit, action: "restart" });
  } else if (chance < 0.93) {
    const action = pick(lab, ["start", "stop", "migrate"] as const);
    for (const at of NODES)
      if (lab.nodes[at]!.power === "on")
        ask(lab, { node: at, vmid, action, params: { target: pick(lab, others), online: "1" } });
  } else {
    const state = pick(lab, ["started", "started", "stopped", "disabled"]);
    ha(lab, node, { op: "set", sid: `vm:${vmid}`, keys: { state } });
  }
}

/** What happens less often: a killed daemon, a server away, maintenance, a guest that dies, a relocate. */
function mishap(lab: LabState, node: string, vmid: number): void {
  const on = lab.nodes[node]!.power === "on";
  switch (pick(lab, ["kill", "storage", "maintenance", "crash", "relocate"] as const)) {
    case "kill": {
      const unit = pick(lab, ["pve-ha-lrm", "pve-ha-crm", "watchdog-mux"] as const);
      if (on)
        act(lab, "services/kill", { node, pid: lab.nodes[node]!.services.units[unit].mainPid, signal: "SIGKILL" });
      break;
    }
    case "storage":
      act(lab, "storage/cut", { address: "10.99.7.5", node, cut: random(lab) < 0.4 });
      break;
    case "maintenance": {
      const verb = pick(lab, ["enable-node-maintenance", "disable-node-maintenance"] as const);
      if (on) ha(lab, node, { op: "crm-command", verb, target: pick(lab, NODES) });
      break;
    }
    case "crash": {
      const instance = lab.nodes[node]!.qemu[vmid];
      if (on && instance) act(lab, "guests/kill", { node, pid: instance.pid });
      break;
    }
    case "relocate":
      if (on) ha(lab, node, { op: "crm-command", verb: "relocate", sid: `vm:${vmid}`, target: pick(lab, NODES) });
  }
}

function startDaemons(lab: LabState): void {
  for (const node of NODES) {
    for (const unit of ["watchdog-mux", "pve-ha-crm", "pve-ha-lrm"]) {
      if (lab.nodes[node]!.power === "on") act(lab, "services/control", { node, unit, action: "start" });
    }
  }
}

function doubles(lab: LabState): number[] {
  const running = allInstances(lab).filter(
    ({ node, instance }) => instance.status === "running" && lab.nodes[node]!.power === "on",
  );
  return GUESTS.filter((vmid) => running.filter(({ instance }) => instance.vmid === vmid).length > 1);
}

let recovered = 0;

describe("random faults with HA", () => {
  it.each(seedsFor("faults", 12))("never run a guest twice, seed %j", (seed) => {
    const lab = labOf(seed);
    for (let round = 0; round < 50; round++) {
      happen(lab);
      const untilMs = lab.nowMs + 1_000 + random(lab) * 40_000;
      while (lab.nowMs < untilMs) {
        run(lab, 500);
        expect(doubles(lab)).toEqual([]);
      }
    }
    startDaemons(lab);
    for (const node of NODES) {
      act(lab, "storage/cut", { address: "10.99.7.5", node, cut: false });
      act(lab, "power/set", { node, state: "on" });
      act(lab, "network/unplug", { node, unplugged: false });
      setPaths(
        lab,
        [node],
        NODES.filter((name) => name !== node),
        true,
      );
    }
    run(lab, 400_000);
    expect(doubles(lab)).toEqual([]);
    for (const node of NODES) {
      expect(allGuests(lab, node).map((guest) => guest.vmid)).toEqual(GUESTS);
    }
    // Everybody agrees about what HA says, and there is one master.
    const masters = NODES.filter((node) => lab.nodes[node]!.ha?.crm.phase === "master");
    expect(masters).toHaveLength(1);
    expect(haStatus(lab, "pve1").filter((one) => one.type === "service")).toHaveLength(3);
    recovered += NODES.flatMap((node) => lab.nodes[node]!.journal).filter((line) =>
      line.text.startsWith("recover service"),
    ).length;
  });

  it("would run guests twice without the watchdog: the check can fail", () => {
    let twice = 0;
    for (let index = 0; index < 12 && twice === 0; index++) {
      const lab = labOf(`ha ${index}`);
      act(lab, "ha/watchdog", { present: false });
      for (let round = 0; round < 50; round++) {
        happen(lab);
        // Without a reset a killed daemon stays away, and without daemons nobody starts anything a second time.
        startDaemons(lab);
        run(lab, 1_000 + random(lab) * 40_000);
        twice += doubles(lab).length;
      }
    }
    expect(twice).toBeGreaterThan(0);
  });

  it("were worth running: guests were recovered", () => {
    expect(recovered).toBeGreaterThan(5);
  });
});
