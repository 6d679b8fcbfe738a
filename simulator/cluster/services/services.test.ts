import { describe, expect, it } from "vitest";
import { act } from "../stepping.ts";
import { clusterOf, freshLab, run } from "../testing/lab-steps.ts";

describe("systemd of a node", () => {
  it("skips corosync outside a cluster, and says why", () => {
    const lab = freshLab(1);
    act(lab, "services/control", { node: "pve1", unit: "corosync", action: "start" });
    expect(lab.nodes.pve1!.services.units.corosync.active).toBe("inactive");
    expect(lab.nodes.pve1!.journal.at(-1)!.text).toBe(
      "corosync.service - Corosync Cluster Engine was skipped because of an unmet condition check (ConditionPathExists=/etc/corosync/corosync.conf).",
    );
  });

  it("refuses a unit that is not there", () => {
    expect(() => act(freshLab(1), "services/control", { node: "pve1", unit: "nginx", action: "start" })).toThrow(
      "Failed to start nginx.service: Unit nginx.service not found.",
    );
  });

  it("has nothing running on a node without power, and everything again after its boot", () => {
    const lab = clusterOf(3);
    act(lab, "power/set", { node: "pve2", state: "off" });
    run(lab, 100);
    const { services } = lab.nodes.pve2!;
    expect(Object.values(services.units).every((unit) => unit.active === "inactive" && unit.mainPid === 0)).toBe(true);
    expect(lab.nodes.pve2!.processes).toEqual({});
    act(lab, "power/set", { node: "pve2", state: "on" });
    run(lab, 60_000);
    for (const unit of Object.values(services.units)) expect(unit.active).toBe(unit.enabled ? "active" : "inactive");
    expect(lab.nodes.pve2!.pmxcfs.quorate).toBe(true);
  });

  it("keeps a node that booted without quorum from serving its API for 80 s", () => {
    const lab = clusterOf(3);
    for (const node of ["pve1", "pve2", "pve3"]) act(lab, "power/set", { node, state: "off" });
    run(lab, 1_000);
    act(lab, "power/set", { node: "pve1", state: "on" });
    run(lab, 45_000);
    expect(lab.nodes.pve1!.services.units.corosync.active).toBe("active");
    expect(lab.nodes.pve1!.services.units.pveproxy.active).toBe("activating");
    run(lab, 80_000);
    expect(lab.nodes.pve1!.services.units.pveproxy.active).toBe("active");
  });

  it("calls corosync failed when it was killed, and does not start it again", () => {
    const lab = clusterOf(2);
    act(lab, "corosync/kill", { node: "pve2" });
    run(lab, 5_000);
    expect(lab.nodes.pve2!.services.units.corosync).toMatchObject({ active: "failed", result: "signal", mainPid: 0 });
    expect(lab.nodes.pve2!.journal.map((line) => line.text)).toContain(
      "corosync.service: Main process exited, code=killed, status=9/KILL",
    );
  });
});
