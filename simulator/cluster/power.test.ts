/** Power and the network's faults as they enter from outside. */
import { describe, expect, it } from "vitest";
import { runningCluster, untilMembers, untilTrue } from "./corosync/test-cluster.ts";
import { corosyncRunning, isQuorate, membersOf } from "./corosync/view.ts";
import { pathIsUp, pathOf } from "./network.ts";
import { act, advance } from "./stepping.ts";
import { runUntil } from "./testing/lab-steps.ts";

describe("power", () => {
  it("off kills every process, and on boots the node back into its cluster", () => {
    const { lab } = runningCluster(3, "power");
    act(lab, "power/set", { node: "pve3", state: "off" });
    expect(Object.keys(lab.nodes.pve3!.processes)).toEqual([]);
    expect(corosyncRunning(lab, "pve3")).toBe(false);
    const lostMs = untilMembers(lab, [[1, 2]]);
    expect(lostMs).toBeGreaterThan(7_000);
    expect(lostMs).toBeLessThan(8_100);
    act(lab, "power/set", { node: "pve3", state: "on" });
    expect(lab.nodes.pve3!.bootCount).toBe(2);
    const backMs = untilMembers(lab, [[1, 2, 3]]);
    expect(backMs).toBeGreaterThan(11_000);
    expect(backMs).toBeLessThan(30_000);
  });

  it("that comes and goes quickly boots once", () => {
    const { lab } = runningCluster(2, "twice");
    for (const state of ["off", "on", "off", "on"] as const) act(lab, "power/set", { node: "pve2", state });
    const boots = lab.queue.filter((event) => event.kind === "power/booted");
    expect(boots).toHaveLength(2);
    untilTrue(lab, () => corosyncRunning(lab, "pve2"));
    advance(lab, lab.nowMs + 20_000);
    expect(membersOf(lab, "pve1")).toEqual([1, 2]);
  });

  it("of a hung node comes back without a boot, and the node rejoins in about two seconds", () => {
    const { lab } = runningCluster(3, "hung");
    act(lab, "power/set", { node: "pve2", state: "hung" });
    untilMembers(lab, [[1, 3]]);
    advance(lab, lab.nowMs + 600_000);
    act(lab, "power/set", { node: "pve2", state: "on" });
    expect(lab.nodes.pve2!.bootCount).toBe(1);
    expect(untilMembers(lab, [[1, 2, 3]])).toBeLessThan(2_500);
  });

  it("refuses to hang a node that is off, and nodes that do not exist", () => {
    const { lab } = runningCluster(2, "refused");
    act(lab, "power/set", { node: "pve2", state: "off" });
    expect(() => act(lab, "power/set", { node: "pve2", state: "hung" })).toThrow("node pve2 is powered off");
    expect(() => act(lab, "power/set", { node: "pve9", state: "off" })).toThrow("there is no node pve9");
  });
});

describe("a path", () => {
  it("is changed both ways unless told otherwise, and keeps what is not mentioned", () => {
    const { lab } = runningCluster(2, "path");
    act(lab, "network/set-path", { from: "pve1", to: "pve2", latencyMs: 20, direction: "forward" });
    act(lab, "network/set-path", { from: "pve1", to: "pve2", up: false });
    expect(pathOf(lab, "lan", "pve1", "pve2")).toEqual({ up: false, latencyMs: 20, lossPercent: 0 });
    expect(pathOf(lab, "lan", "pve2", "pve1")).toEqual({ up: false, latencyMs: 0, lossPercent: 0 });
    act(lab, "network/set-path", { from: "pve1", to: "pve2", up: true, latencyMs: 0 });
    expect(lab.network.faults).toEqual({});
  });

  it("is down while a cable is out or a NIC is down, and the node alone blocks itself", () => {
    const { lab } = runningCluster(3, "cable");
    act(lab, "network/nic", { node: "pve3", nic: "vmbr0", up: false });
    expect(pathIsUp(lab, "lan", "pve1", "pve3")).toBe(false);
    expect(untilMembers(lab, [[1, 2], [3]])).toBeLessThan(8_100);
    expect(isQuorate(lab, "pve3")).toBe(false);
    act(lab, "network/nic", { node: "pve3", nic: "vmbr0", up: true });
    expect(untilMembers(lab, [[1, 2, 3]])).toBeLessThan(4_500);
  });

  it("is down while the port of a bridge is down, and up again after a reboot whatever was set", () => {
    const { lab } = runningCluster(3, "port");
    const up = () => lab.nodes.pve3!.net.devices.map((device) => `${device.name} ${device.up}`);
    act(lab, "network/nic", { node: "pve3", nic: "vmbr0", up: false, port: true });
    act(lab, "network/nic", { node: "pve3", nic: "vmbr0", up: false });
    act(lab, "network/nic", { node: "pve3", nic: "vmbr0", up: true });
    expect(up()).toEqual(["lo true", "ens18 false", "vmbr0 true"]);
    expect(pathIsUp(lab, "lan", "pve1", "pve3")).toBe(false);
    expect(untilMembers(lab, [[1, 2], [3]])).toBeLessThan(8_100);
    act(lab, "power/set", { node: "pve3", state: "off" });
    act(lab, "power/set", { node: "pve3", state: "on" });
    expect(up()).toEqual(["lo true", "ens18 false"]);
    runUntil(lab, () => pathIsUp(lab, "lan", "pve1", "pve3") || undefined);
    expect(up()).toEqual(["lo true", "ens18 true", "vmbr0 true"]);
  });

  it("refuses what cannot be: a path to itself, an unknown network or NIC, a loss of 101 %", () => {
    const { lab } = runningCluster(2, "bad");
    const set = (args: object) => () => act(lab, "network/set-path", { from: "pve1", to: "pve2", ...args });
    expect(set({ to: "pve1" })).toThrow("itself");
    expect(set({ network: "storage" })).toThrow("no network storage");
    expect(set({ lossPercent: 101 })).toThrow("loss of 101 %");
    expect(() => act(lab, "network/nic", { node: "pve1", nic: "eth9", up: false })).toThrow(
      'Cannot find device "eth9"',
    );
  });
});
