/** Every guest of a node at once, and what is noted of a node. */
import { describe, expect, it } from "vitest";
import { instanceOf } from "../../cluster/guests/guest-view.ts";
import type { LabState } from "../../cluster/state.ts";
import { act } from "../../cluster/stepping.ts";
import { clusterOf, freshLab, run } from "../../cluster/testing/lab-steps.ts";
import { pvesh } from "../pvesh/pvesh.ts";
import { pvesm } from "../pvesm/pvesm.ts";
import { qm } from "../qm/qm.ts";
import { runProgram } from "../testing/run-program.ts";
import { pvenode } from "./pvenode.ts";

const PROGRAMS = { qm, pvesm, pvesh, pvenode };

function cliOf(lab: LabState) {
  return (line: string, node = "pve1") => {
    const argv = line.split(" ");
    return runProgram(lab, node, PROGRAMS[argv[0] as keyof typeof PROGRAMS], argv);
  };
}

/** 100 and 101 start with the node, 101 first; 102 does not, and its disk is of this node alone. */
async function labOf() {
  const lab = clusterOf(2);
  const cli = cliOf(lab);
  await cli("pvesm add nfs shared --server 10.99.7.5 --export /export/guests --content images");
  run(lab, 500);
  await cli("qm create 100 --memory 256 --scsi0 shared:1 --onboot 1");
  await cli("qm create 101 --memory 256 --scsi0 shared:1 --onboot 1 --startup order=1,up=10");
  await cli("qm create 102 --memory 256 --scsi0 local-lvm:1");
  return { lab, cli };
}

const running = (lab: LabState, node: string) => [100, 101, 102].filter((vmid) => instanceOf(lab, node, vmid));

describe("guests of a node", () => {
  it("are started in their order with what each waits, those without onboot only when forced", async () => {
    const { lab, cli } = await labOf();
    const before = lab.nowMs;
    const seen = await cli("pvenode startall");
    expect(seen.output).toBe("Starting VM 101\nWaiting for 10 seconds (startup delay)\nStarting VM 100\n");
    expect(seen.status).toBe(0);
    expect(lab.nowMs - before).toBeGreaterThan(10_000);
    expect(running(lab, "pve1")).toEqual([100, 101]);
    expect((await cli("pvenode startall --force 1")).output).toBe("Starting VM 102\n");
    expect(running(lab, "pve1")).toEqual([100, 101, 102]);
    expect((await cli("pvenode task list --typefilter startall")).stdout).toMatch(/startall +│ +│ root@pam/);
  });

  it("are stopped, the last of the order first, each by a task of its own", async () => {
    const { lab, cli } = await labOf();
    await cli("pvenode startall --force");
    const seen = await cli("pvenode stopall --timeout 5");
    expect(seen.output).toBe(
      "Stopping VM 102 (timeout = 5 seconds)\nStopping VM 100 (timeout = 5 seconds)\nStopping VM 101 (timeout = 5 seconds)\n",
    );
    expect(running(lab, "pve1")).toEqual([]);
    expect((await cli("pvenode task list --typefilter qmshutdown")).stdout.match(/qmshutdown/g)).toHaveLength(6);
  });

  it("move to another node, but for those that cannot", async () => {
    const { lab, cli } = await labOf();
    await cli("qm start 100");
    await cli("qm start 102");
    expect((await cli("pvenode migrateall pve2")).stderr).toBe(
      "either 'maxworkers' parameter or max_workers in datacenter.cfg must be set!\n",
    );
    const seen = await cli("pvenode migrateall pve2 --maxworkers 2");
    expect(seen.output).toBe(
      `Check VM 100: precondition check passed
Migrating VM 100
Check VM 101: precondition check passed
Migrating VM 101
Check VM 102: skip VM 102 - precondition check failed:
  Has local disks: local-lvm:vm-102-disk-0
All jobs finished, used 2 workers in total.
`,
    );
    expect([running(lab, "pve1"), running(lab, "pve2")]).toEqual([[102], [100]]);
    expect((await cli("qm list", "pve2")).stdout).toContain(" 101 ");
    expect((await cli("pvenode migrateall pve1 --maxworkers 2")).stderr).toBe(
      "400 Parameter verification failed.\ntarget: target is local node.\npvenode migrateall <target> [OPTIONS]\n",
    );
    expect((await cli("pvenode migrateall pve9 --maxworkers 2")).stderr).toBe("no such cluster node 'pve9'\n");
    const alone = await cli("pvesh create /nodes/pve1/migrateall --target pve2 --maxworkers 1 --vms 102");
    expect(alone.output).toContain("no migrations worker started...\nUPID:pve1:");
  });

  it("wait for a quorum before they start, and are not moved without one", async () => {
    const { lab, cli } = await labOf();
    act(lab, "power/set", { node: "pve2", state: "off" });
    run(lab, 20_000);
    expect((await cli("pvenode migrateall pve2 --maxworkers 1")).stderr).toBe("cluster not ready - no quorum?\n");
    act(lab, "power/set", { node: "pve2", state: "on" });
    const seen = await cli("pvenode startall --vms 100");
    expect(seen.output).toBe("waiting for quorum ...\ngot quorum\nStarting VM 100\n");
  });
});

describe("what is noted of a node", () => {
  it("is set, read as the file's lines, and taken away", async () => {
    const lab = freshLab(2);
    const cli = cliOf(lab);
    expect(await cli("pvenode config get")).toMatchObject({ status: 0, output: "" });
    expect((await cli("pvenode config set --startall-onboot-delay 30 --description rack%207")).output).toBe("");
    expect((await cli("pvenode config get")).stdout).toBe("#rack%25207\nstartall-onboot-delay: 30\n");
    expect((await cli("pvenode config get --property startall-onboot-delay")).stdout).toBe(
      "startall-onboot-delay: 30\n",
    );
    expect((await cli("pvenode config set --startall-onboot-delay 301")).stderr).toBe(
      "400 Parameter verification failed.\nstartall-onboot-delay: value must have a maximum value of 300\npvenode config set  [OPTIONS]\n",
    );
    await cli("pvenode config set --delete description,startall-onboot-delay");
    expect((await cli("pvenode config get")).output).toBe("");
  });

  it("tells where a packet that wakes it is to go", async () => {
    const cli = cliOf(clusterOf(2));
    expect((await cli("pvenode wakeonlan pve1")).stderr).toBe("'pve1' is local node, cannot wake my self!\n");
    expect((await cli("pvenode wakeonlan pve2")).stderr).toBe("No wake on LAN MAC address defined for 'pve2'!\n");
    await cli("pvenode config set --wakeonlan BC:24:11:00:00:02", "pve2");
    expect((await cli("pvenode wakeonlan pve2")).stdout).toBe("Wake on LAN packet send for 'BC:24:11:00:00:02'\n");
    expect((await cli("pvenode config set --wakeonlan pve2", "pve2")).stderr).toContain(
      "wakeonlan: invalid format - format error\nwakeonlan.mac: invalid format - value does not look like a valid unicast MAC address\n",
    );
  });
});
