import { describe, expect, it } from "vitest";
import { throttleOf } from "../../cluster/migration/migrate-data.ts";
import type { LabState } from "../../cluster/state.ts";
import { act } from "../../cluster/stepping.ts";
import { clusterOf, run } from "../../cluster/testing/lab-steps.ts";
import { ping } from "../coreutils/ping.ts";
import { pvesm } from "../pvesm/pvesm.ts";
import { runProgram } from "../testing/run-program.ts";
import { qm } from "./qm.ts";

async function labWithGuest(): Promise<LabState> {
  const lab = clusterOf(3);
  const cli = (line: string) => runProgram(lab, "pve1", line.startsWith("qm") ? qm : pvesm, line.split(" "));
  await cli("pvesm add nfs shared --server 10.99.7.5 --export /export/guests --content images");
  await cli(
    "qm create 110 --name web1 --memory 512 --net0 virtio,bridge=vmbr0 --scsi0 shared:1 --ipconfig0 ip=10.99.7.50/24",
  );
  await cli("qm start 110");
  run(lab, 15_000);
  return lab;
}

const pings = async (lab: LabState, seconds: number) => {
  const count = String(seconds * 20);
  const { stdout } = await runProgram(lab, "pve3", ping, ["ping", "-i", "0.05", "-c", count, "10.99.7.50"]);
  const got = [...stdout.matchAll(/icmp_seq=(\d+) ttl/g)].map((match) => Number(match[1]));
  const gaps = got.slice(1).map((sequence, index) => sequence - got[index]! - 1);
  return { lost: seconds * 20 - got.length, longestLoss: Math.max(0, ...gaps), stdout };
};

describe("a guest on the network", () => {
  it("answers by its own address while it runs, and is unreachable when it is stopped", async () => {
    const lab = await labWithGuest();
    expect((await pings(lab, 1)).lost).toBe(0);
    await runProgram(lab, "pve1", qm, ["qm", "stop", "110"]);
    const { stdout } = await runProgram(lab, "pve3", ping, ["ping", "-c", "5", "10.99.7.50"]);
    expect(stdout).toContain("Destination Host Unreachable");
    expect(stdout).toContain("0 received");
  });

  it("misses a few packets when it moves while it runs, and a dozen seconds when it is stopped for that", async () => {
    const lab = await labWithGuest();
    const params = { target: "pve2", online: "1" };
    act(lab, "guests/act", { node: "pve1", vmid: 110, action: "migrate", params, program: "qm" });
    const live = await pings(lab, 15);
    // Recordings guests/01-05: 0.1 to 1.1 s.
    expect(live.longestLoss).toBeGreaterThanOrEqual(1);
    expect(live.longestLoss).toBeLessThanOrEqual(24);
    expect(live.lost).toBe(live.longestLoss);
    await runProgram(lab, "pve2", qm, ["qm", "shutdown", "110"]);
    await runProgram(lab, "pve2", qm, ["qm", "migrate", "110", "pve1"]);
    act(lab, "guests/act", { node: "pve1", vmid: 110, action: "start", params: {}, program: "qm" });
    const cold = await pings(lab, 20);
    expect(cold.lost).toBeGreaterThan(150);
  });

  it("answers late and loses nothing while auto-converge throttles it, as recorded", async () => {
    const lab = await labWithGuest();
    act(lab, "guests/workload", { vmid: 110, workload: "idle", dirtyMibPerS: 60, workingSetMib: 300 });
    const params = { target: "pve2", online: "1", bwlimit: "30720" };
    act(lab, "guests/act", { node: "pve1", vmid: 110, action: "migrate", params, program: "qm" });
    run(lab, 60_000);
    expect(throttleOf(lab, "pve1", 110)).toBeGreaterThanOrEqual(20);
    const { stdout } = await runProgram(lab, "pve3", ping, ["ping", "-i", "0.5", "-c", "40", "10.99.7.50"]);
    expect(stdout).toContain("40 packets transmitted, 40 received");
    const times = [...stdout.matchAll(/time=([\d.]+) ms/g)].map((one) => Number(one[1]));
    expect(Math.max(...times)).toBeGreaterThan(100);
    expect(Math.max(...times)).toBeLessThan(2_100);
  });

  it("boots anew in the same process when it is reset", async () => {
    const lab = await labWithGuest();
    const { pid, machine } = lab.nodes.pve1!.qemu[110]!;
    const { bootId } = machine;
    expect((await runProgram(lab, "pve1", qm, ["qm", "reset", "110"])).status).toBe(0);
    expect(lab.nodes.pve1!.qemu[110]!.pid).toBe(pid);
    expect(lab.nodes.pve1!.qemu[110]!.machine.bootId).not.toBe(bootId);
    expect((await pings(lab, 1)).lost).toBe(20);
    run(lab, 15_000);
    expect((await pings(lab, 1)).lost).toBe(0);
  });
});
