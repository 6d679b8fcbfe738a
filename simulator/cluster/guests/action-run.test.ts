/** Everything that can be asked of guests, at random and under faults: the lab goes on, and comes to rest. */
import { describe, expect, it } from "vitest";
import { isRunning } from "../jobs/jobs.ts";
import { random } from "../kernel.ts";
import { Refusal } from "../refusal.ts";
import type { LabState } from "../state.ts";
import { act } from "../stepping.ts";
import { addShared, NFS_ADDRESS } from "../testing/guest-jobs.ts";
import { clusterOf, run, setPaths } from "../testing/lab-steps.ts";
import { seedsFor } from "../testing/seeds.ts";
import type { GuestAction } from "./guest-actions.ts";
import { allGuests, allInstances } from "./guest-view.ts";

const NODES = ["pve1", "pve2", "pve3"];
const GUESTS = [101, 102, 103, 104, 105, 106];
const STORAGES = ["shared", "local-lvm", "local-lvm", "nowhere"];

const pick = <T>(lab: LabState, list: readonly T[]): T => list[Math.floor(random(lab) * list.length)]!;
const some = (lab: LabState, share: number, params: Record<string, string>) => (random(lab) < share ? params : {});

const CHANGES: Record<string, string>[] = [
  { delete: "scsi1" },
  { scsi1: "local-lvm:1" },
  { memory: "512" },
  { delete: "vmstate" },
];

/** What is asked, with all that may come with it. */
const ASKED: [GuestAction, (lab: LabState) => Record<string, string>][] = [
  ["create", (lab) => ({ memory: "256", scsi0: pick(lab, ["shared:1", "local-lvm:1", "shared:1,format=qcow2"]) })],
  ["start", () => ({})],
  ["stop", (lab) => some(lab, 0.2, { skiplock: "1" })],
  ["shutdown", (lab) => some(lab, 0.5, { forceStop: "1" })],
  ["reboot", () => ({})],
  ["reset", () => ({})],
  ["suspend", (lab) => some(lab, 0.6, { todisk: "1", ...some(lab, 0.5, { statestorage: pick(lab, STORAGES) }) })],
  ["resume", () => ({})],
  ["unlock", () => ({})],
  ["set", (lab) => pick(lab, CHANGES)],
  ["resize", () => ({ disk: "scsi0", size: "+1G" })],
  ["snapshot", (lab) => ({ snapname: pick(lab, ["one", "two"]), ...some(lab, 0.6, { vmstate: "1" }) })],
  ["rollback", (lab) => ({ snapname: pick(lab, ["one", "two"]), ...some(lab, 0.3, { start: "1" }) })],
  ["delsnapshot", (lab) => ({ snapname: pick(lab, ["one", "two"]), ...some(lab, 0.3, { force: "1" }) })],
  [
    "clone",
    (lab) => ({
      newid: String(pick(lab, GUESTS)),
      ...some(lab, 0.7, { full: "1" }),
      ...some(lab, 0.3, { target: pick(lab, NODES) }),
    }),
  ],
  ["move-disk", (lab) => ({ disk: "scsi0", storage: pick(lab, STORAGES), ...some(lab, 0.5, { delete: "1" }) })],
  ["import", (lab) => ({ source: "local:iso/tiny-cloud.img", storage: pick(lab, STORAGES) })],
  ["rescan", (lab) => some(lab, 0.5, { dryrun: "1" })],
  ["destroy", (lab) => some(lab, 0.3, { "destroy-unreferenced-disks": "1" })],
  [
    "migrate",
    (lab) => ({
      target: pick(lab, NODES),
      ...some(lab, 0.7, { online: "1", "with-local-disks": "1" }),
      ...some(lab, 0.3, { targetstorage: pick(lab, STORAGES) }),
    }),
  ],
];

const START: (typeof ASKED)[number] = ["start", () => ({})];
const TEMPLATE: (typeof ASKED)[number] = ["template", () => ({})];

function ask(lab: LabState): void {
  // Without this most guests would be off most of the time.
  const [action, params] = random(lab) < 0.25 ? START : pick(lab, random(lab) < 0.02 ? [TEMPLATE] : ASKED);
  const vmid = pick(lab, GUESTS);
  const at = allGuests(lab, "pve1").find((guest) => guest.vmid === vmid)?.node;
  const node = action === "create" ? pick(lab, NODES) : (at ?? pick(lab, NODES));
  if (lab.nodes[node]!.power !== "on") return;
  try {
    act(lab, "guests/act", { node, vmid, action, params: params(lab), program: "qm" });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}

/** What goes wrong, is put right, or that somebody does beside. */
function trouble(lab: LabState): void {
  const node = pick(lab, NODES);
  const others = NODES.filter((name) => name !== node);
  const bad = random(lab) < 0.4;
  const task = lab.nodes[node]!.tasks.find((one) => one.running);
  switch (pick(lab, ["power", "paths", "storage", "cancel", "move", "daemon"] as const)) {
    case "power":
      act(lab, "power/set", { node, state: bad ? "off" : "on" });
      break;
    case "paths":
      setPaths(lab, [node], others, !bad);
      break;
    case "storage":
      act(lab, "storage/cut", { address: NFS_ADDRESS, node, cut: bad });
      break;
    case "cancel":
      if (task) act(lab, "tasks/stop", { node, upid: task.upid });
      break;
    case "daemon": {
      const unit = pick(lab, ["corosync", "pve-cluster"]);
      if (lab.nodes[node]!.power === "on") {
        act(lab, "services/control", { node, unit, action: pick(lab, ["restart", bad ? "stop" : "start"]) });
      }
      break;
    }
    case "move": {
      // Somebody moves the file of a guest that is off, whatever else is going on with it.
      const guest = allGuests(lab, node).find((one) => one.node === node);
      const running = allInstances(lab).some(({ instance }) => instance.vmid === guest?.vmid);
      if (!guest || running || lab.nodes[node]!.power !== "on") return;
      const path = (name: string) => `/etc/pve/nodes/${name}/qemu-server/${guest.vmid}.conf`;
      // Not waited for: in a network that is not transitive no change may be answered for as long as it is so.
      act(lab, "files/change", { node, change: { op: "rename", path: path(node), to: path(pick(lab, others)) } });
    }
  }
}

let ended = 0;
let failed = 0;

describe("guests of whom everything is asked", () => {
  it.each(seedsFor("asked", 8))("keep the lab going, seed %j", (seed) => {
    const lab = clusterOf(3, seed);
    addShared(lab);
    for (let round = 0; round < 250; round++) {
      if (random(lab) < 0.1) trouble(lab);
      else ask(lab);
      run(lab, 300 + random(lab) * 4_000);
    }
    for (const node of NODES) {
      act(lab, "power/set", { node, state: "on" });
      act(lab, "storage/cut", { address: NFS_ADDRESS, node, cut: false });
      for (const unit of ["pve-cluster", "corosync"]) {
        act(lab, "services/control", { node, unit, action: "start" });
      }
      setPaths(
        lab,
        [node],
        NODES.filter((name) => name !== node),
        true,
      );
    }
    run(lab, 300_000);
    // Nothing is left that works for ever, all agree about who is there, and the saved lab is plain data.
    const jobs = NODES.flatMap((node) => lab.nodes[node]!.jobs.jobs);
    expect(jobs.filter((job) => isRunning(lab, job))).toEqual([]);
    for (const node of NODES) expect(allGuests(lab, node)).toEqual(allGuests(lab, "pve1"));
    expect(JSON.parse(JSON.stringify(lab.guestSystems))).toEqual(lab.guestSystems);
    ended += jobs.filter((job) => job.error === "").length;
    failed += jobs.filter((job) => job.error !== "").length;
  });

  it("were worth asking: much was done, and much went wrong", () => {
    expect(ended).toBeGreaterThan(50);
    expect(failed).toBeGreaterThan(50);
  });
});
