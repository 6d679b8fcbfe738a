/** Guests made and destroyed: pools, boot order, a start at once. @source qemu-server 8.4.10, pve-access-control 8.2.2, typed alone */
import { describe, expect, it } from "vitest";
import { recordedLab } from "../../api/testing/recorded-scenario.ts";
import { pmxcfsFile } from "../../cluster/pmxcfs/pmxcfs-view.ts";
import { shellLine } from "../testing/shell-line.ts";

function nodeWithPool() {
  const lab = recordedLab(1);
  const cli = (line: string) => shellLine(lab, "pve1", line);
  const pool = () =>
    pmxcfsFile(lab, "pve1", "user.cfg")!
      .split("\n")
      .find((line) => line.startsWith("pool:"));
  return { lab, cli, pool };
}

describe("a guest's pool", () => {
  it("has it from its making to its end, and its rights go with it", async () => {
    const { lab, cli, pool } = nodeWithPool();
    await cli("pvesh create /pools --poolid p1 && pvesh set /pools/p1 --storage local");
    expect(await cli("qm create 110 --pool p1")).toEqual({ output: "", exit: 0 });
    expect(await cli("qm create 20000 --pool p1")).toEqual({ output: "", exit: 0 });
    expect(pool()).toBe("pool:p1::110,20000:local:");
    await cli("pveum acl modify /vms/110 --users root@pam --roles PVEVMUser");
    expect(await cli("qm clone 110 111 --pool p1")).toMatchObject({ exit: 0 });
    expect(pool()).toBe("pool:p1::110,111,20000:local:");
    expect(await cli("qm destroy 110")).toEqual({ output: "", exit: 0 });
    expect(pool()).toBe("pool:p1::111,20000:local:");
    expect(pmxcfsFile(lab, "pve1", "user.cfg")).not.toContain("acl:");
  });

  it("is looked for before anything else", async () => {
    const { lab, cli, pool } = nodeWithPool();
    const missing = "403 Permission check failed (pool 'nosuch' does not exist)\n";
    expect(await cli("qm create 110 --pool nosuch --scsi0 nosuch:1")).toEqual({ output: missing, exit: 255 });
    await cli("qm create 110");
    expect(await cli("qm create 110 --pool nosuch")).toEqual({ output: missing, exit: 255 });
    expect((await cli("qm clone 110 110 --pool nosuch")).output).toBe(missing);
    expect(pool()).toBeUndefined();
    expect(Object.keys(lab.guestSystems)).toEqual([]);
  });

  it("stays as it was when nobody may write, and so does the guest's file", async () => {
    const { lab, cli } = nodeWithPool();
    await cli("pvecm create lab && pvesh create /pools --poolid p1 && qm create 110 --pool p1");
    const before = pmxcfsFile(lab, "pve1", "user.cfg");
    await cli("systemctl stop corosync");
    expect(await cli("qm create 111 --pool p1")).toEqual({ output: "cluster not ready - no quorum?\n", exit: 255 });
    expect((await cli("qm destroy 110")).output).toMatch(
      /^unable to open file .*110\.conf\.tmp\.\d+' - Permission denied\n$/,
    );
    expect(pmxcfsFile(lab, "pve1", "user.cfg")).toBe(before);
  });
});

it("a guest without devices has an empty boot order", async () => {
  const { cli } = nodeWithPool();
  await cli("qm create 112 --net0 virtio,bridge=vmbr0 && qm set 112 --delete net0");
  expect((await cli("qm config 112 | head -1 | cat -A")).output).toBe("boot: $\n");
});

it("what a guest was purged from is told", async () => {
  const { cli } = nodeWithPool();
  await cli("qm create 112");
  expect(await cli("qm destroy 112 --purge")).toEqual({
    output: "purging VM 112 from related configurations..\n",
    exit: 0,
  });
});

it("a guest that is made by the API can be started at once", async () => {
  const { cli } = nodeWithPool();
  expect((await cli("pvesh create /nodes/pve1/qemu --vmid 112 --start 1")).output).toContain("Execute autostart\n");
  expect((await cli("sleep 5; qm status 112")).output).toBe("status: running\n");
  await cli("pvesh create /nodes/pve1/qemu --vmid 113 --start 0");
  expect((await cli("sleep 5; qm status 113")).output).toBe("status: stopped\n");
});
