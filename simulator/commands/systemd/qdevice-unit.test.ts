/** corosync-qdevice.service as systemctl, ps and the journal know it. @source corosync-qdevice init/corosync-qdevice.service.in */
import { expect, it } from "vitest";
import { qdeviceOf } from "../../cluster/corosync/qdevice.ts";
import { votequorumStatus } from "../../cluster/corosync/view.ts";
import type { LabState } from "../../cluster/state.ts";
import { act } from "../../cluster/stepping.ts";
import { clusterOf, ROOT_PASSWORD, run, runUntil } from "../../cluster/testing/lab-steps.ts";
import { allCommands } from "../commands.ts";
import { runProgram } from "../testing/run-program.ts";
import { shellLine } from "../testing/shell-line.ts";

const QNETD = "10.99.7.14";

/** Two nodes with a host of qnetd, or with it set up as their third vote. */
async function pair(setUp: boolean): Promise<LabState> {
  const lab = clusterOf(2);
  act(lab, "corosync/qnetd", { address: QNETD });
  lab.qnetd!.rootPassword = ROOT_PASSWORD;
  if (!setUp) return lab;
  const setup = ["pvecm", "qdevice", "setup", QNETD];
  await runProgram(lab, "pve1", allCommands.pvecm!.program, setup, { keys: `yes\r${ROOT_PASSWORD}\r` });
  run(lab, 5_000);
  return lab;
}

const unit = (lab: LabState, node: string) => lab.nodes[node]!.services.units["corosync-qdevice"];
const line = async (lab: LabState, node: string, text: string) => (await shellLine(lab, node, text)).output.trim();

it("is disabled and does not start without a device in the configuration", async () => {
  const lab = await pair(false);
  expect(await line(lab, "pve1", "systemctl is-enabled corosync-qdevice")).toBe("disabled");
  await shellLine(lab, "pve1", "systemctl start corosync-qdevice");
  expect(await line(lab, "pve1", "systemctl is-active corosync-qdevice")).toBe("failed");
});
it("runs on every node after pvecm qdevice setup, and is seen by systemctl, ps and journalctl", async () => {
  const lab = await pair(true);
  for (const node of ["pve1", "pve2"]) {
    expect(await line(lab, node, "systemctl is-active corosync-qdevice")).toBe("active");
    expect(await line(lab, node, "systemctl is-enabled corosync-qdevice")).toBe("enabled");
    expect(await line(lab, node, "ps -e")).toContain("corosync-qdev");
    expect(await line(lab, node, "journalctl -u corosync-qdevice --no-pager")).toContain(
      "Started corosync-qdevice.service",
    );
  }
});
it("takes its vote along when it is stopped, and brings it back", async () => {
  const lab = await pair(true);
  const total = () => votequorumStatus(lab, "pve1")!.totalVotes;
  const before = total();
  await shellLine(lab, "pve1", "systemctl stop corosync-qdevice");
  runUntil(lab, () => (total() < before ? true : undefined), 30_000);
  expect(await line(lab, "pve1", "systemctl is-active corosync-qdevice")).toBe("inactive");
  await shellLine(lab, "pve1", "systemctl start corosync-qdevice");
  runUntil(lab, () => (total() === before ? true : undefined), 30_000);
});
it("is started again by systemd when it is killed, and has its vote again", async () => {
  const lab = await pair(true);
  const { pid } = qdeviceOf(lab, "pve1")!;
  const before = votequorumStatus(lab, "pve1")!.totalVotes;
  await shellLine(lab, "pve1", `kill -9 ${pid}`);
  runUntil(
    lab,
    () => (unit(lab, "pve1").active === "active" && unit(lab, "pve1").mainPid !== pid ? true : undefined),
    30_000,
  );
  runUntil(lab, () => (qdeviceOf(lab, "pve1")?.connected ? true : undefined), 30_000);
  run(lab, 10_000);
  expect(votequorumStatus(lab, "pve1")!.totalVotes).toBe(before);
});
it("goes and comes with corosync", async () => {
  const lab = await pair(true);
  await shellLine(lab, "pve2", "systemctl stop corosync");
  expect(unit(lab, "pve2").active).toBe("inactive");
  expect(qdeviceOf(lab, "pve2")).toBeUndefined();
  await shellLine(lab, "pve2", "systemctl start corosync");
  runUntil(lab, () => (qdeviceOf(lab, "pve2")?.connected ? true : undefined), 60_000);
  expect(unit(lab, "pve2").active).toBe("active");
});
