/** HA against the recordings 50-52 and guests/20-24: states, wording and times of starts, stops, fences and recoveries. */

import { describe, expect, it } from "vitest";
import type { GuestRequest } from "../guests/guest-actions.ts";
import { allGuests, allInstances, instanceOf } from "../guests/guest-view.ts";
import { pmxcfsFile } from "../pmxcfs/pmxcfs-view.ts";
import type { LabState } from "../state.ts";
import { act } from "../stepping.ts";
import { addShared } from "../testing/guest-jobs.ts";
import { change, clusterOf, run, runUntil, setPaths } from "../testing/lab-steps.ts";
import type { HaChange } from "./ha-requests.ts";
import { haStatus } from "./ha-view.ts";

function ask(lab: LabState, node: string, vmid: number, action: GuestRequest["action"], params = {}): void {
  act(lab, "guests/act", { node, vmid, action, params, program: "qm" });
}

function ha(lab: LabState, node: string, wish: HaChange): void {
  act(lab, "ha/configure", { node, change: wish });
}

/** A cluster of three with guest 100 on shared storage, running on pve2. */
function labOf(seed: string, nodes = 3): LabState {
  const lab = clusterOf(nodes, seed);
  addShared(lab);
  ask(lab, "pve2", 100, "create", { memory: "512", scsi0: "shared:1" });
  run(lab, 3_000);
  return lab;
}

function serviceState(lab: LabState, viewer = "pve1"): string {
  const entry = haStatus(lab, viewer).find((one) => one.type === "service");
  return entry ? `${entry.node}, ${entry.state}` : "";
}

function reach(lab: LabState, wanted: string, withinMs = 60_000, viewer = "pve1"): number {
  const from = lab.nowMs;
  runUntil(lab, () => (serviceState(lab, viewer) === wanted ? true : undefined), withinMs);
  return (lab.nowMs - from) / 1_000;
}

/** Guest 100 is managed and runs on pve2; the master is another node, as recorded, so that pve2 can be lost alone. */
function managed(seed: string): LabState {
  for (let attempt = 0; attempt < 20; attempt++) {
    const lab = labOf(`${seed}${attempt}`);
    ha(lab, "pve1", { op: "add", sid: "vm:100", keys: { state: "started" } });
    reach(lab, "pve2, started");
    if (lab.nodes.pve2!.ha?.crm.phase !== "master") return lab;
  }
  throw new Error("pve2 was the master in twenty clusters");
}

const journal = (lab: LabState, node: string) => lab.nodes[node]!.journal.map((line) => line.text);
const where = (lab: LabState) =>
  allInstances(lab)
    .filter(({ instance }) => instance.status === "running")
    .map(({ node }) => node);

describe("a guest in HA", () => {
  it("is started by its node's LRM after the master took it on, within recorded times", () => {
    const lab = labOf("start");
    ha(lab, "pve1", { op: "add", sid: "vm:100", keys: { state: "started", comment: "oracle" } });
    run(lab, 100);
    expect(pmxcfsFile(lab, "pve1", "ha/resources.cfg")).toBe("vm: 100\n\tcomment oracle\n\tstate started\n\n");
    expect(serviceState(lab)).toBe("pve2, queued");
    // Recorded: 9.8 to 28 s.
    expect(reach(lab, "pve2, started")).toBeLessThan(35);
    expect(where(lab)).toEqual(["pve2"]);
    const pve2 = journal(lab, "pve2");
    for (const line of [
      "successfully acquired lock 'ha_agent_pve2_lock'",
      "watchdog active",
      "status change wait_for_agent_lock => active",
      "starting service vm:100",
      "service status vm:100 started",
    ]) {
      expect(pve2).toContain(line);
    }
    const masters = ["pve1", "pve2", "pve3"].filter((node) =>
      journal(lab, node).includes("status change wait_for_quorum => master"),
    );
    expect(masters).toHaveLength(1);
    expect(journal(lab, masters[0]!)).toContain("adding new service 'vm:100' on node 'pve2'");
    expect(journal(lab, masters[0]!)).toContain(
      "service 'vm:100': state changed from 'request_start' to 'started'  (node = pve2)",
    );
  });

  it("only passes on what qm asks for, and a stop while it migrates is lost", () => {
    const lab = managed("requests");
    ask(lab, "pve2", 100, "migrate", { target: "pve1", online: "1" });
    run(lab, 2_000);
    expect(lab.nodes.pve2!.tasks.find((task) => task.type === "hamigrate")).toMatchObject({
      output: "Requesting HA migration for VM 100 to node pve1\n",
      exitStatus: "OK",
    });
    expect(where(lab)).toEqual(["pve2"]);
    reach(lab, "pve2, migrate");
    ask(lab, "pve2", 100, "stop");
    // Recorded: 22 to 40 s until it runs there.
    reach(lab, "pve1, started");
    expect(where(lab)).toEqual(["pve1"]);
    ask(lab, "pve1", 100, "stop");
    reach(lab, "pve1, stopped");
    expect(where(lab)).toEqual([]);
    expect(pmxcfsFile(lab, "pve1", "ha/resources.cfg")).toContain("state stopped");
    ask(lab, "pve1", 100, "start");
    reach(lab, "pve1, started");
  });

  it("is fenced and recovered when its node is cut off, second by second as recorded", () => {
    const lab = managed("fence");
    const from = lab.nowMs;
    act(lab, "network/unplug", { node: "pve2", unplugged: true });
    const at = (wanted: string) => {
      reach(lab, wanted, 200_000);
      return (lab.nowMs - from) / 1_000;
    };
    const bootsBefore = lab.nodes.pve2!.bootCount;
    const fenced = at("pve2, fence");
    // 60 s after the last round that saw it, which may lie 2 s before the cut; recorded +68 s.
    expect(fenced).toBeGreaterThan(57);
    expect(fenced).toBeLessThan(82);
    const recovered = at("pve1, starting");
    expect(lab.nodes.pve2!.bootCount).toBe(bootsBefore + 1);
    // Recorded +128.5 s.
    expect(recovered).toBeGreaterThan(122);
    expect(recovered).toBeLessThan(142);
    at("pve1, started");
    expect((lab.nowMs - from) / 1_000).toBeLessThan(162);
    expect(where(lab)).toEqual(["pve1"]);
    expect(journal(lab, "pve2")).toContain("client watchdog expired - disable watchdog updates");
  });

  it("runs twice when the watchdog was taken away", () => {
    const lab = managed("no-watchdog");
    act(lab, "ha/watchdog", { present: false });
    act(lab, "network/unplug", { node: "pve2", unplugged: true });
    reach(lab, "pve1, started", 200_000);
    expect(where(lab).sort()).toEqual(["pve1", "pve2"]);
    expect(allGuests(lab, "pve1")).toEqual([{ vmid: 100, node: "pve1" }].map((one) => expect.objectContaining(one)));
  });

  it("has a broken disk once both copies reach it again", () => {
    const lab = managed("broken");
    act(lab, "ha/watchdog", { present: false });
    act(lab, "network/unplug", { node: "pve2", unplugged: true });
    reach(lab, "pve1, started", 200_000);
    run(lab, 5_000);
    const volume = lab.storage.volumes.find((one) => one.vmid === 100)!;
    expect(volume.damaged).toBeUndefined();
    act(lab, "network/unplug", { node: "pve2", unplugged: false });
    run(lab, 5_000);
    expect(volume.damaged).toBe(true);
  });

  it("goes into error after its starts failed on two nodes, and is cured as documented", () => {
    const lab = labOf("error");
    const text = pmxcfsFile(lab, "pve2", "nodes/pve2/qemu-server/100.conf")!;
    change(lab, "pve2", {
      op: "write",
      path: "/etc/pve/nodes/pve2/qemu-server/100.conf",
      content: `${text}scsi1: shared:100/gone.raw\n`,
    });
    ha(lab, "pve1", { op: "add", sid: "vm:100", keys: {} });
    const node = runUntil(
      lab,
      () => {
        const state = serviceState(lab);
        return state.endsWith("error") ? state.slice(0, 4) : undefined;
      },
      150_000,
    );
    expect(node).not.toBe("pve2");
    ha(lab, "pve1", { op: "set", sid: "vm:100", keys: { state: "started" } });
    run(lab, 1_000);
    expect(lab.nodes.pve1!.jobs.jobs.at(-1)!.error).toBe(
      "service 'vm:100' in error state, must be disabled and fixed first",
    );
    const path = `/etc/pve/nodes/${node}/qemu-server/100.conf`;
    change(lab, node, { op: "write", path, content: text });
    ha(lab, "pve1", { op: "set", sid: "vm:100", keys: { state: "disabled" } });
    run(lab, 200);
    expect(serviceState(lab)).toBe(`${node}, clearing error flag`);
    reach(lab, `${node}, disabled`);
    ha(lab, "pve1", { op: "set", sid: "vm:100", keys: { state: "started" } });
    reach(lab, `${node}, started`);
  });

  it("leaves a node in maintenance and comes back when that ends", () => {
    const lab = managed("maintenance");
    ha(lab, "pve1", { op: "crm-command", verb: "enable-node-maintenance", target: "pve2" });
    const left = runUntil(lab, () => (/pve[13], started/.test(serviceState(lab)) ? true : undefined), 90_000);
    expect(left).toBe(true);
    expect(haStatus(lab, "pve1").find((one) => one.id === "lrm:pve2")!.status).toContain("maintenance mode");
    // Whoever ends it within two minutes of the last service leaves the LRM without its lock: recorded +107 s (g20).
    reach(lab, serviceState(lab), 1_000);
    run(lab, 8_000);
    ha(lab, "pve1", { op: "crm-command", verb: "disable-node-maintenance", target: "pve2" });
    const back = runUntil(
      lab,
      () => (journal(lab, "pve2").includes("status change lost_agent_lock => active") ? lab.nowMs : undefined),
      150_000,
    );
    const lines = journal(lab, "pve2");
    const from = lines.indexOf("status change active => maintenance");
    const own = lines
      .slice(from)
      .filter((line) => /^(?:status change|lost lock|watchdog|successfully acquired)/.test(line));
    expect(own).toEqual([
      "status change active => maintenance",
      "watchdog closed (disabled)",
      "lost lock 'ha_agent_pve2_lock - cfs lock update failed - No such file or directory",
      "status change maintenance => lost_agent_lock",
      "successfully acquired lock 'ha_agent_pve2_lock'",
      "watchdog active",
      "status change lost_agent_lock => active",
    ]);
    expect(back).toBeGreaterThan(0);
    reach(lab, "pve2, started", 60_000);
    const master = ["pve1", "pve3"].flatMap((node) => journal(lab, node));
    expect(master).toContain("moving service 'vm:100' back to 'pve2', node came back from maintenance.");
  });

  it("comes back at once when maintenance lasted two minutes and more", () => {
    const lab = managed("long-maintenance");
    ha(lab, "pve1", { op: "crm-command", verb: "enable-node-maintenance", target: "pve2" });
    runUntil(lab, () => (/pve[13], started/.test(serviceState(lab)) ? true : undefined), 90_000);
    run(lab, 130_000);
    ha(lab, "pve1", { op: "crm-command", verb: "disable-node-maintenance", target: "pve2" });
    expect(reach(lab, "pve2, started", 60_000)).toBeLessThan(60);
    expect(journal(lab, "pve2")).not.toContain("status change maintenance => lost_agent_lock");
  });

  it("is frozen while its LRM is restarted, and goes on running", () => {
    const lab = managed("freeze");
    const { pid } = instanceOf(lab, "pve2", 100)!;
    act(lab, "services/control", { node: "pve2", unit: "pve-ha-lrm", action: "restart" });
    reach(lab, "pve2, freeze");
    reach(lab, "pve2, started", 90_000);
    expect(instanceOf(lab, "pve2", 100)!.pid).toBe(pid);
    expect(journal(lab, "pve2")).toContain("restart LRM, freeze all services");
  });

  it("is frozen over a reboot of its node and started there again", () => {
    const lab = managed("reboot");
    act(lab, "power/shutdown", { node: "pve2", reboot: true, delayMs: 0 });
    reach(lab, "pve2, freeze", 90_000);
    runUntil(lab, () => (lab.nodes.pve2!.bootCount > 1 ? true : undefined), 200_000);
    expect(where(lab)).toEqual([]);
    reach(lab, "pve2, started", 200_000);
    expect(where(lab)).toEqual(["pve2"]);
    expect(journal(lab, "pve2")).toContain("reboot LRM, stop and freeze all services");
  });

  it("is recovered elsewhere after its node was shut down in good order", () => {
    const lab = managed("poweroff");
    act(lab, "power/shutdown", { node: "pve2", reboot: false, delayMs: 0 });
    reach(lab, "pve1, started", 250_000);
    expect(lab.nodes.pve2!.power).toBe("off");
    expect(where(lab)).toEqual(["pve1"]);
  });

  it("is moved away live before its node goes, when the policy is to migrate", () => {
    const lab = managed("policy");
    change(lab, "pve1", { op: "write", path: "/etc/pve/datacenter.cfg", content: "ha: shutdown_policy=migrate\n" });
    run(lab, 500);
    const { bootId } = instanceOf(lab, "pve2", 100)!.machine;
    act(lab, "power/shutdown", { node: "pve2", reboot: false, delayMs: 0 });
    runUntil(lab, () => (lab.nodes.pve2!.power === "off" ? true : undefined), 200_000);
    expect(where(lab)).toHaveLength(1);
    const { instance } = allInstances(lab)[0]!;
    expect(instance.machine.bootId).toBe(bootId);
  });

  it("resets every node when all lose quorum", () => {
    const lab = managed("all");
    setPaths(lab, ["pve1"], ["pve2", "pve3"], false);
    setPaths(lab, ["pve2"], ["pve1", "pve3"], false);
    setPaths(lab, ["pve3"], ["pve1", "pve2"], false);
    const before = lab.nodes.pve2!.bootCount;
    run(lab, 95_000);
    expect(lab.nodes.pve2!.bootCount).toBe(before + 1);
    // Only nodes that held a lock with services are reset: the others watch.
    expect(lab.nodes.pve2!.qemu).toEqual({});
  });

  it("moves for a restricted group, and a used group cannot be removed", () => {
    const lab = managed("groups");
    ha(lab, "pve1", { op: "group-add", group: "g1", keys: { nodes: "pve3", restricted: "1" } });
    run(lab, 500);
    ha(lab, "pve1", { op: "set", sid: "vm:100", keys: { group: "g1" } });
    reach(lab, "pve3, started", 90_000);
    expect(() => ha(lab, "pve1", { op: "group-remove", group: "g1" })).toThrow(
      "delete ha group failed: ha group is used by service 'vm:100'",
    );
  });

  it("is asked to move for ever while it keeps a lock, and never goes into error (g24)", () => {
    const lab = managed("locked");
    const path = "/etc/pve/nodes/pve2/qemu-server/100.conf";
    change(lab, "pve2", { op: "write", path, content: "lock: migrate\n", append: true });
    ha(lab, "pve1", { op: "group-add", group: "g1", keys: { nodes: "pve3", restricted: "1" } });
    run(lab, 500);
    ha(lab, "pve1", { op: "set", sid: "vm:100", keys: { group: "g1" } });
    run(lab, 60_000);
    const failures = ["pve1", "pve2", "pve3"]
      .flatMap((node) => journal(lab, node))
      .filter((line) => line === "service 'vm:100' - migration failed (exit code 255)");
    expect(failures.length).toBeGreaterThan(2);
    expect(journal(lab, "pve2")).toContain("VM is locked (migrate)");
    ask(lab, "pve2", 100, "unlock");
    reach(lab, "pve3, started", 90_000);
  });

  it("costs nothing where no HA is configured", () => {
    const lab = clusterOf(3, "quiet");
    run(lab, 20_000);
    expect(lab.queue.filter((event) => event.kind.startsWith("ha/"))).toEqual([]);
  });
});
