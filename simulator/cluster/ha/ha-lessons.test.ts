/** What people ask of HA and how it may go wrong: relocate, requests by state, killed daemons, groups, commands in vain. */

import { describe, expect, it } from "vitest";
import { allInstances, guestText, instanceOf } from "../guests/guest-view.ts";
import { pmxcfsFile } from "../pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../state.ts";
import { act } from "../stepping.ts";
import { addShared } from "../testing/guest-jobs.ts";
import { change, clusterOf, run, runUntil } from "../testing/lab-steps.ts";
import type { HaChange } from "./ha-requests.ts";
import { haStatus } from "./ha-view.ts";

const SID = "vm:100";

const ha = (lab: LabState, wish: HaChange) => void act(lab, "ha/configure", { node: "pve1", change: wish });
const ask = (lab: LabState, node: string, action: "create" | "start" | "stop" | "shutdown", params = {}) =>
  void act(lab, "guests/act", { node, vmid: 100, action, params, program: "qm" });

function serviceState(lab: LabState): string {
  const entry = haStatus(lab, "pve1").find((one) => one.type === "service");
  return entry ? `${entry.node}, ${entry.state}` : "";
}

function reach(lab: LabState, wanted: string, withinMs = 90_000): void {
  runUntil(lab, () => (serviceState(lab) === wanted ? true : undefined), withinMs);
}

/** Guest 100 managed and running on pve2. */
function managed(seed: string, disk = "shared:1", keys: Record<string, string> = {}): LabState {
  const lab = clusterOf(3, seed);
  addShared(lab);
  ask(lab, "pve2", "create", { memory: "512", net0: "virtio,bridge=vmbr0", scsi0: disk });
  run(lab, 3_000);
  ha(lab, { op: "add", sid: SID, keys: { state: "started", ...keys } });
  reach(lab, "pve2, started");
  run(lab, 15_000);
  return lab;
}

const journal = (lab: LabState, node: string) => lab.nodes[node]!.journal.map((line) => line.text);
const all = (lab: LabState) => Object.keys(lab.nodes).flatMap((node) => journal(lab, node));
const runsOn = (lab: LabState) =>
  allInstances(lab)
    .filter(({ instance }) => instance.status === "running")
    .map(({ node }) => node);
const bootId = (lab: LabState, node: string) => instanceOf(lab, node, 100)!.machine.bootId;

describe("the last resource that is removed", () => {
  it("leaves LRMs that tell that they live, and a master that is idle in the end", () => {
    const lab = managed("last");
    ha(lab, { op: "remove", sid: SID });
    const words = () => haStatus(lab, "pve1").map((one) => one.status.replace(/, \w{3} .*\)/, ")"));
    run(lab, 120_000);
    expect(words().filter((text) => text.startsWith("pve"))).toEqual([
      expect.stringMatching(/^pve\d \(active\)$/),
      "pve1 (idle)",
      "pve2 (active)",
      "pve3 (idle)",
    ]);
    run(lab, 1_800_000);
    expect(words().filter((text) => text.startsWith("pve"))).toEqual([
      expect.stringMatching(/^pve\d \(idle\)$/),
      "pve1 (idle)",
      "pve2 (idle)",
      "pve3 (idle)",
    ]);
    expect(runsOn(lab)).toEqual(["pve2"]);
  });
});

describe("a move that people ask for", () => {
  it("migrates live, and relocates by shutting down, moving and starting", () => {
    const lab = managed("moves");
    const before = bootId(lab, "pve2");
    ha(lab, { op: "crm-command", verb: "migrate", sid: SID, target: "pve3" });
    reach(lab, "pve3, started");
    expect(bootId(lab, "pve3")).toBe(before);
    ha(lab, { op: "crm-command", verb: "relocate", sid: SID, target: "pve1" });
    reach(lab, "pve1, started");
    expect(bootId(lab, "pve1")).not.toBe(before);
    expect(all(lab)).toContain("got crm command: relocate vm:100 pve1");
    expect(all(lab)).toContain("relocate service 'vm:100' to node 'pve1'");
    const types = lab.nodes.pve3!.tasks.filter((task) => task.program === "pve-ha-lrm").map((task) => task.type);
    expect(types).toEqual(["qmshutdown", "qmigrate"]);
  });

  it("takes local disks along", () => {
    const lab = managed("local", "local-lvm:1");
    const before = bootId(lab, "pve2");
    ha(lab, { op: "crm-command", verb: "migrate", sid: SID, target: "pve3" });
    reach(lab, "pve3, started", 150_000);
    expect(bootId(lab, "pve3")).toBe(before);
    expect(lab.storage.volumes.map((volume) => volume.place)).toEqual(["node:pve3/lvm/pve/data"]);
  });

  it("is told to the master alone: a wrong target is only in its journal", () => {
    const lab = managed("targets");
    ha(lab, { op: "crm-command", verb: "relocate", sid: SID, target: "pve2" });
    ha(lab, { op: "crm-command", verb: "migrate", sid: SID, target: "pve9" });
    run(lab, 25_000);
    // Recorded (g20).
    expect(all(lab)).toContain("ignore crm command - service already on target node: relocate vm:100 pve2");
    expect(all(lab)).toContain("crm command error - node not online: migrate vm:100 pve9");
    expect(serviceState(lab)).toBe("pve2, started");
  });

  it("is refused at once for a resource that HA does not manage, or ignores", () => {
    const lab = managed("refused");
    const migrate = (sid: string) => () => ha(lab, { op: "crm-command", verb: "migrate", sid, target: "pve1" });
    expect(migrate("vm:101")).toThrow("resource 'vm:101' is not HA managed");
    ha(lab, { op: "set", sid: SID, keys: { state: "ignored" } });
    run(lab, 500);
    expect(migrate(SID)).toThrow("resource 'vm:100' is not HA managed");
    const enter = () => ha(lab, { op: "crm-command", verb: "enable-node-maintenance", target: "pve9" });
    expect(enter).toThrow("no such cluster node 'pve9'");
  });

  it("stops hard at once, or gives the guest its time", () => {
    const lab = managed("stops");
    ha(lab, { op: "crm-command", verb: "stop", sid: SID, target: "30" });
    reach(lab, "pve2, stopped");
    expect(all(lab)).toContain("request graceful stop with timeout '30' for service 'vm:100'");
    expect(lab.nodes.pve2!.tasks.at(-1)!.type).toBe("qmshutdown");
    ask(lab, "pve2", "start");
    reach(lab, "pve2, started");
    ha(lab, { op: "crm-command", verb: "stop", sid: SID, target: "0" });
    reach(lab, "pve2, stopped");
    expect(lab.nodes.pve2!.tasks.at(-1)!.type).toBe("qmstop");
    ha(lab, { op: "crm-command", verb: "stop", sid: SID, target: "0" });
    run(lab, 15_000);
    expect(all(lab)).toContain("ignore service 'vm:100' stop request - service already stopped");
  });
});

describe("the state that people want", () => {
  it.each(["stopped", "disabled"] as const)("%s ends the guest, and started brings it back", (state) => {
    const lab = managed(`want ${state}`);
    ha(lab, { op: "set", sid: SID, keys: { state } });
    run(lab, 200);
    expect(serviceState(lab)).toBe("pve2, stopping");
    reach(lab, `pve2, ${state}`);
    expect(runsOn(lab)).toEqual([]);
    ha(lab, { op: "set", sid: SID, keys: { state: "started" } });
    reach(lab, "pve2, started");
    expect(runsOn(lab)).toEqual(["pve2"]);
  });

  it("enabled is another word for started", () => {
    const lab = managed("enabled");
    ha(lab, { op: "set", sid: SID, keys: { state: "stopped" } });
    reach(lab, "pve2, stopped");
    ha(lab, { op: "set", sid: SID, keys: { state: "enabled" } });
    reach(lab, "pve2, started");
  });

  it("ignored leaves the guest to people, and no LRM starts it again (g21)", () => {
    const lab = managed("ignored");
    ha(lab, { op: "set", sid: SID, keys: { state: "ignored" } });
    run(lab, 12_000);
    expect(all(lab)).toContain("removing stale service 'vm:100' (ignored state requested)");
    ask(lab, "pve2", "stop");
    run(lab, 30_000);
    expect(lab.nodes.pve2!.tasks.at(-1)!.type).toBe("qmstop");
    expect(runsOn(lab)).toEqual([]);
    ha(lab, { op: "set", sid: SID, keys: { state: "started" } });
    reach(lab, "pve2, started");
  });

  it("stopped is recovered from a lost node as well, and stays off there; disabled is not", () => {
    for (const state of ["stopped", "disabled"]) {
      const lab = managed(`lost ${state}`);
      ha(lab, { op: "set", sid: SID, keys: { state } });
      reach(lab, `pve2, ${state}`);
      act(lab, "power/set", { node: "pve2", state: "off" });
      // If that node was the master, its lock must run out first.
      run(lab, 400_000);
      const moved = ["pve1", "pve3"].some((node) => guestText(lab, node, 100) !== undefined);
      expect(moved).toBe(state === "stopped");
      expect(runsOn(lab)).toEqual([]);
    }
  });

  it("is kept by a removed resource's guest: it runs on, without HA", () => {
    const lab = managed("removed");
    ha(lab, { op: "remove", sid: SID });
    run(lab, 12_000);
    expect(all(lab)).toContain("removing stale service 'vm:100' (no config)");
    expect(runsOn(lab)).toEqual(["pve2"]);
    expect(pmxcfsFile(lab, "pve1", "ha/resources.cfg")).toBe("");
  });

  it("is started again by its LRM when the guest went down by itself", () => {
    const lab = managed("crash");
    act(lab, "guests/kill", { node: "pve2", pid: instanceOf(lab, "pve2", 100)!.pid });
    expect(runsOn(lab)).toEqual([]);
    runUntil(lab, () => (runsOn(lab).length > 0 ? true : undefined), 30_000);
    expect(serviceState(lab)).toBe("pve2, started");
  });
});

describe("an error state", () => {
  it("refuses what qm asks for, in a task that fails, and only disabled clears it", () => {
    const lab = managed("error", "shared:1", { max_restart: "0", max_relocate: "0" });
    const path = "/etc/pve/nodes/pve2/qemu-server/100.conf";
    const text = guestText(lab, "pve2", 100)!;
    change(lab, "pve2", { op: "write", path, content: `${text}scsi1: shared:100/gone.raw\n` });
    act(lab, "guests/kill", { node: "pve2", pid: instanceOf(lab, "pve2", 100)!.pid });
    reach(lab, "pve2, error");
    expect(all(lab)).toContain("recovery policy for service vm:100 failed, entering error state. Failed nodes: pve2");
    ask(lab, "pve2", "start");
    run(lab, 2_000);
    expect(lab.nodes.pve2!.tasks.at(-1)).toMatchObject({
      type: "hastart",
      output: "Requesting HA start for VM 100\nservice 'vm:100' in error state, must be disabled and fixed first\n",
      exitStatus: "command 'ha-manager set vm:100 --state started' failed: exit code 255",
    });
    for (const state of ["started", "stopped", "ignored"]) {
      ha(lab, { op: "set", sid: SID, keys: { state } });
      run(lab, 1_000);
      expect(lab.nodes.pve1!.jobs.jobs.at(-1)!.error).toBe(
        "service 'vm:100' in error state, must be disabled and fixed first",
      );
    }
    change(lab, "pve2", { op: "write", path, content: text });
    ha(lab, { op: "set", sid: SID, keys: { state: "disabled" } });
    reach(lab, "pve2, disabled");
    ha(lab, { op: "set", sid: SID, keys: { state: "started" } });
    reach(lab, "pve2, started");
  });
});

describe("a daemon that is killed", () => {
  const kill = (lab: LabState, node: string, unit: "pve-ha-lrm" | "pve-ha-crm" | "watchdog-mux") =>
    act(lab, "services/kill", { node, pid: lab.nodes[node]!.services.units[unit].mainPid, signal: "SIGKILL" });
  const master = (lab: LabState) => haStatus(lab, "pve1").find((one) => one.type === "master")!.node;

  it.each(["pve-ha-lrm", "watchdog-mux"] as const)(
    "%s of a node with a service: the node is reset within 12 s",
    (unit) => {
      const lab = managed(`killed ${unit}`);
      const { bootCount } = lab.nodes.pve2!;
      kill(lab, "pve2", unit);
      runUntil(lab, () => (lab.nodes.pve2!.bootCount > bootCount ? true : undefined), 14_000);
      runUntil(lab, () => (runsOn(lab).length > 0 ? true : undefined), 250_000);
      run(lab, 30_000);
      expect(runsOn(lab)).toHaveLength(1);
    },
  );

  it("an LRM without services has no watchdog open: its node runs on", () => {
    const lab = managed("killed idle");
    const { bootCount } = lab.nodes.pve3!;
    kill(lab, "pve3", "pve-ha-lrm");
    run(lab, 60_000);
    expect(lab.nodes.pve3!.bootCount).toBe(bootCount);
    expect(lab.nodes.pve3!.services.units["pve-ha-lrm"].active).toBe("failed");
    expect(haStatus(lab, "pve1").find((one) => one.id === "lrm:pve3")!.status).toContain("old timestamp - dead?");
  });

  it("the master's CRM: its node is reset, and after two minutes there is a master again", () => {
    const lab = managed("killed master");
    const before = master(lab);
    const { bootCount } = lab.nodes[before]!;
    kill(lab, before, "pve-ha-crm");
    runUntil(lab, () => (lab.nodes[before]!.bootCount > bootCount ? true : undefined), 14_000);
    run(lab, 60_000);
    const word = () => haStatus(lab, "pve1").find((one) => one.type === "master")!.status;
    expect(word()).toContain("old timestamp - dead?");
    runUntil(lab, () => (word().includes("active") ? true : undefined), 150_000);
    runUntil(
      lab,
      () => (runsOn(lab).length === 1 && serviceState(lab).endsWith("started") ? true : undefined),
      300_000,
    );
  });

  it("a stopped master gives its lock back, and another takes it within seconds", () => {
    const lab = managed("stopped master");
    const before = master(lab);
    act(lab, "services/control", { node: before, unit: "pve-ha-crm", action: "stop" });
    runUntil(lab, () => (master(lab) !== before ? true : undefined), 20_000);
    expect(journal(lab, before)).toContain("voluntary release CRM lock");
    expect(serviceState(lab)).toBe("pve2, started");
  });
});

describe("groups", () => {
  const group = (lab: LabState, name: string, keys: Record<string, string>) => {
    ha(lab, { op: "group-add", group: name, keys });
    run(lab, 500);
    ha(lab, { op: "set", sid: SID, keys: { group: name } });
  };

  it("go to the highest priority, and back to it, unless nofailback keeps the guest where it is (g23)", () => {
    const lab = managed("priorities");
    group(lab, "g", { nodes: "pve1:2,pve3:1", nofailback: "1" });
    // Not even from a node outside an unrestricted group.
    run(lab, 45_000);
    expect(serviceState(lab)).toBe("pve2, started");
    ha(lab, { op: "group-set", group: "g", keys: { nofailback: "0" } });
    reach(lab, "pve1, started");
    ha(lab, { op: "group-set", group: "g", keys: { nofailback: "1" } });
    run(lab, 500);
    ha(lab, { op: "crm-command", verb: "migrate", sid: SID, target: "pve3" });
    reach(lab, "pve3, started");
    run(lab, 45_000);
    expect(serviceState(lab)).toBe("pve3, started");
    ha(lab, { op: "group-set", group: "g", keys: { nofailback: "0" } });
    reach(lab, "pve1, started");
  });

  it("that are restricted keep the guest off all other nodes, even when none is left", () => {
    const lab = managed("restricted");
    group(lab, "only2", { nodes: "pve2", restricted: "1" });
    run(lab, 1_000);
    act(lab, "power/set", { node: "pve2", state: "off" });
    // The lost node may have been the master, too: then another takes that lock first, after two minutes.
    reach(lab, "pve2, recovery", 400_000);
    run(lab, 30_000);
    expect(all(lab)).toContain("recovering service 'vm:100' from fenced node 'pve2' failed, no recovery node found");
    act(lab, "power/set", { node: "pve2", state: "on" });
    reach(lab, "pve2, started", 200_000);
    expect(all(lab)).toContain("recover service 'vm:100' to previous failed and fenced node 'pve2' again");
  });

  it("with nodes that are not there leave a guest where it is", () => {
    const lab = managed("elsewhere");
    group(lab, "gone", { nodes: "pve7" });
    run(lab, 30_000);
    expect(serviceState(lab)).toBe("pve2, started");
  });
});
