import { describe, expect, it } from "vitest";
import { act } from "./stepping.ts";
import { clusterOf, freshLab, run, runUntil } from "./testing/lab-steps.ts";

describe("a node that is shut down", () => {
  it("leaves its cluster without a lost token, and is off", () => {
    const lab = clusterOf(3);
    act(lab, "power/shutdown", { node: "pve3", reboot: false, delayMs: 0 });
    const begunMs = lab.nowMs;
    runUntil(lab, () => (lab.nodes.pve3!.power === "off" ? true : undefined));
    expect(lab.nowMs - begunMs).toBeLessThan(20_000);
    expect(lab.nodes.pve1!.corosync.daemon!.votequorum.members).toHaveLength(2);
    const since = lab.nodes.pve1!.journal.filter((line) => line.wallMs >= begunMs + lab.wallOffsetMs);
    expect(since.some((line) => line.text.includes("A processor failed"))).toBe(false);
    expect(lab.nodes.pve3!.shutdown).toBeUndefined();
    run(lab, 120_000);
    expect(lab.nodes.pve3!.power).toBe("off");
  });

  it("comes back after a reboot and joins again", () => {
    const lab = clusterOf(3);
    act(lab, "power/shutdown", { node: "pve2", reboot: true, delayMs: 0 });
    runUntil(lab, () => (lab.nodes.pve2!.bootCount === 2 ? true : undefined));
    runUntil(lab, () => (lab.nodes.pve1!.corosync.daemon!.votequorum.members.length === 3 ? true : undefined));
    expect(lab.nodes.pve2!.power).toBe("on");
  });

  it("stops corosync before pmxcfs, and both after what needs them", () => {
    const lab = clusterOf(2);
    const begunMs = lab.nowMs + lab.wallOffsetMs;
    act(lab, "power/shutdown", { node: "pve2", reboot: false, delayMs: 0 });
    runUntil(lab, () => (lab.nodes.pve2!.power === "off" ? true : undefined));
    const stopped = lab.nodes
      .pve2!.journal.filter(
        (line) => line.wallMs >= begunMs && line.identifier === "systemd" && line.text.startsWith("Stopped "),
      )
      .map((line) => line.unit.replace(".service", ""));
    expect(stopped.indexOf("pveproxy")).toBeLessThan(stopped.indexOf("corosync"));
    expect(stopped.indexOf("corosync")).toBeLessThan(stopped.indexOf("pve-cluster"));
    expect(stopped.indexOf("pve-cluster")).toBeLessThan(stopped.indexOf("networking"));
  });

  it("may be told otherwise before it begins, and not afterwards", () => {
    const lab = freshLab(1);
    act(lab, "power/shutdown", { node: "pve1", reboot: true, delayMs: 60_000 });
    run(lab, 30_000);
    act(lab, "power/shutdown-cancel", { node: "pve1" });
    run(lab, 120_000);
    expect(lab.nodes.pve1!.bootCount).toBe(1);
    act(lab, "power/shutdown", { node: "pve1", reboot: false, delayMs: 0 });
    run(lab, 1);
    act(lab, "power/shutdown-cancel", { node: "pve1" });
    runUntil(lab, () => (lab.nodes.pve1!.power === "off" ? true : undefined));
  });

  it("whose plug is pulled meanwhile stays off although it was to reboot", () => {
    const lab = freshLab(1);
    act(lab, "power/shutdown", { node: "pve1", reboot: true, delayMs: 0 });
    run(lab, 2_000);
    act(lab, "power/set", { node: "pve1", state: "off" });
    run(lab, 60_000);
    expect(lab.nodes.pve1!.power).toBe("off");
    expect(lab.nodes.pve1!.bootCount).toBe(1);
  });
});

describe("a masked unit", () => {
  it("is not started by hand nor by a boot, and is after unmask", () => {
    const lab = freshLab(1);
    act(lab, "services/control", { node: "pve1", unit: "pvestatd", action: "stop" });
    act(lab, "services/control", { node: "pve1", unit: "pvestatd", action: "mask" });
    expect(() => act(lab, "services/control", { node: "pve1", unit: "pvestatd", action: "start" })).toThrow(
      "Failed to start pvestatd.service: Unit pvestatd.service is masked.",
    );
    act(lab, "power/shutdown", { node: "pve1", reboot: true, delayMs: 0 });
    runUntil(
      lab,
      () =>
        lab.nodes.pve1!.services.units.pveproxy.active === "active" && lab.nodes.pve1!.bootCount === 2
          ? true
          : undefined,
      200_000,
    );
    run(lab, 10_000);
    expect(lab.nodes.pve1!.services.units.pvestatd.active).toBe("inactive");
    act(lab, "services/control", { node: "pve1", unit: "pvestatd", action: "unmask" });
    act(lab, "services/control", { node: "pve1", unit: "pvestatd", action: "start" });
    run(lab, 5_000);
    expect(lab.nodes.pve1!.services.units.pvestatd.active).toBe("active");
  });
});
