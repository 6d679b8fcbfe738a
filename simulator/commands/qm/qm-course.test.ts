/** Every command of `qm` that the course uses: usual options, refusals in their words, and the same through the API with tasks. */
import { describe, expect, it } from "vitest";
import { instanceOf } from "../../cluster/guests/guest-view.ts";
import type { LabState } from "../../cluster/state.ts";
import { act } from "../../cluster/stepping.ts";
import { clusterOf, run } from "../../cluster/testing/lab-steps.ts";
import { bootOf } from "../../commands/guest/guest-boot.ts";
import { guestFiles } from "../guest/guest-files.ts";
import { haManager } from "../ha-manager/ha-manager.ts";
import { pvesh } from "../pvesh/pvesh.ts";
import { pvesm } from "../pvesm/pvesm.ts";
import { fastPort, type ProgramRun, runProgram } from "../testing/run-program.ts";
import { qm } from "./qm.ts";

const PROGRAMS = { qm, pvesm, pvesh, "ha-manager": haManager };

async function labOf(): Promise<{ lab: LabState; cli(line: string, node?: string): Promise<ProgramRun> }> {
  const lab = clusterOf(3);
  const cli = (line: string, node = "pve1") => {
    const argv = line.split(" ");
    return runProgram(lab, node, PROGRAMS[argv[0] as keyof typeof PROGRAMS], argv);
  };
  await cli("pvesm add nfs shared --server 10.99.7.5 --export /export/guests --content images");
  run(lab, 500);
  await cli("qm create 100 --name web1 --memory 512 --net0 virtio,bridge=vmbr0 --scsi0 shared:1 --onboot 1");
  await cli("qm create 101 --memory 512 --scsi0 local-lvm:1");
  await cli("qm start 100");
  run(lab, 15_000);
  return { lab, cli };
}

const MISSING = "Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist\n";

describe("qm refuses", () => {
  it.each([
    ["qm start 999", MISSING, 255],
    ["qm shutdown 101", "VM 101 not running\n\n", 0],
    ["qm reboot 101", "VM 101 not running\n\nVM 101 not running\n", 2],
    ["qm reset 101", "VM 101 not running\n", 2],
    ["qm suspend 101", "VM 101 not running\n", 2],
    ["qm resume 101", "VM 101 not running\n", 2],
    ["qm destroy 100", "VM 100 is running - destroy failed\n", 255],
    ["qm template 100", "you can't convert a VM to template if VM is running\n", 255],
    ["qm set 101", "no options specified\n", 255],
    ["qm snapshot 101 current", "unable to use snapshot name 'current' (reserved name)\n", 255],
    ["qm delsnapshot 101 nope", "snapshot 'nope' does not exist\n", 255],
    ["qm rollback 101 nope", "snapshot 'nope' does not exist\n", 255],
    ["qm config 101 --snapshot nope", "snapshot 'nope' does not exist\n", 255],
    ["qm clone 101 100", "unable to create VM 100: config file already exists\n", 255],
    ["qm clone 101 102 --target pve2", "can't clone VM to node 'pve2' (VM uses local storage)\n", 255],
    ["qm clone 101 102 --target pve9", "no such cluster node 'pve9'\n", 255],
    ["qm clone 101 102 --storage nope", "storage 'nope' does not exist\n", 255],
    ["qm clone 100 102 --target pve2 --storage local-lvm", "can't clone to non-shared storage 'local-lvm'\n", 255],
    ["qm clone 101 102 --snapname nope", "snapshot 'nope' does not exist\n", 255],
    ["qm clone 101 102 --full 0", "Linked clone feature is not supported for 'local-lvm:vm-101-disk-0' (scsi0)\n", 255],
    ["qm move-disk 101 scsi7 shared", "disk 'scsi7' does not exist\n", 255],
    ["qm move-disk 101 scsi0 local-lvm", "you can't move to the same storage with same format\n", 255],
    ["qm resize 101 scsi0 512M", "shrinking disks is not supported\n", 255],
    ["qm resize 101 scsi9 +1G", "disk 'scsi9' does not exist\n", 255],
    ["qm migrate 100 pve2", "can't migrate running VM without --online\n", 25],
    ["qm agent 100 ping", "No QEMU guest agent configured\n", 255],
    ["qm sendkey 101 ret", "VM 101 not running\n", 255],
    ["qm terminal 101", "VM 101 not running\n", 255],
    ["qm monitor 101", "Entering QEMU Monitor for VM 101 - type 'help' for help\n", 0],
  ])("%s", async (line, output, status) => {
    const { cli } = await labOf();
    expect(await cli(line)).toMatchObject({ output, status });
  });

  it.each([
    ["qm set 101 --delete nonsense", "delete: unknown option 'nonsense'"],
    ["qm set 101 --revert nonsense", "revert: unknown option 'nonsense'"],
    ["qm set 101 --memory 512 --delete memory", "delete: you can't use '-memory' and -delete memory' at the same time"],
    ["qm snapshot 101 9lives", "snapname: invalid format - invalid configuration ID '9lives'"],
    ["qm resize 101 scsi0 big", "size: value does not match the regex pattern"],
    ["qm start 12", "vmid: value does not look like a valid VM ID"],
    ["qm migrate 101 pve1", "target: target is local node."],
    ["qm disk unlink 101", "idlist: property is missing and it is not optional"],
  ])("%s: an argument, with its usage", async (line, problem) => {
    const { cli } = await labOf();
    const { output, status } = await cli(line);
    const [first, second, third] = output.split("\n").filter((one) => one !== "");
    expect([first, status]).toEqual(["400 Parameter verification failed.", 255]);
    expect(second).toContain(problem.slice(problem.indexOf(":") + 2));
    expect(third).toMatch(/^qm [a-z-]+/);
  });

  it("what HA or an operator has in hand", async () => {
    const { lab, cli } = await labOf();
    await cli("ha-manager add vm:101 --state stopped");
    expect((await cli("qm destroy 101")).output).toBe(
      "unable to remove VM 101 - used in HA resources and purge parameter not set.\n",
    );
    expect((await cli("qm destroy 101 --purge")).status).toBe(0);
    expect((await cli("ha-manager config")).output).toBe("");
    await cli("qm suspend 100");
    expect((await cli("qm shutdown 100")).output).toBe("VM is paused - cannot shutdown\n");
    expect((await cli("qm reboot 100")).output).toBe("VM is paused - cannot shutdown\n");
    await cli("qm resume 100");
    await cli("qm set 100 --protection 1");
    expect((await cli("qm destroy 100")).output).toBe("can't remove VM 100 - protection mode enabled\n");
    expect(instanceOf(lab, "pve1", 100)!.status).toBe("running");
  });
});

describe("qm carries out", () => {
  it("pending changes that are taken back before the next start", async () => {
    const { cli } = await labOf();
    await cli("qm set 100 --memory 768 --cores 2");
    expect((await cli("qm pending 100")).output).toMatch(
      /^boot: |cur boot[\s\S]*new cores: 2\n[\s\S]*new memory: 768\n/,
    );
    await cli("qm set 100 --revert memory,cores");
    expect((await cli("qm pending 100")).output).not.toMatch(/^new /m);
    expect((await cli("qm config 100")).output).toContain("memory: 512\n");
  });

  it("disks that are taken out and kept, or destroyed", async () => {
    const { lab, cli } = await labOf();
    await cli("qm set 101 --scsi1 local-lvm:2");
    expect((await cli("qm disk unlink 101 --idlist scsi1")).status).toBe(0);
    expect((await cli("qm config 101")).output).toContain("unused0: local-lvm:vm-101-disk-1\n");
    await cli("qm set 101 --scsi1 local-lvm:2");
    await cli("qm set 101 --delete scsi1 --force");
    expect((await cli("qm config 101")).output).not.toContain("disk-2");
    await cli("qm set 101 --delete unused0");
    expect(lab.storage.volumes.map((one) => one.name)).toEqual(["100/vm-100-disk-0.raw", "vm-101-disk-0"]);
  });

  it("a suspend to disk: nothing runs, and the guest goes on later where it stood, by start or by resume", async () => {
    const { lab, cli } = await labOf();
    for (const wake of ["start", "resume"]) {
      const before = instanceOf(lab, "pve1", 100)!.machine.bootId;
      expect((await cli("qm suspend 100 --todisk")).status).toBe(0);
      expect(lab.nodes.pve1!.tasks.at(-1)).toMatchObject({ type: "qmsuspend", exitStatus: "OK" });
      expect((await cli("qm status 100")).output).toBe("status: stopped\n");
      expect((await cli("qm config 100")).output).toMatch(
        /^lock: suspended\n[\s\S]*^vmstate: shared:100\/vm-100-state-/m,
      );
      expect((await cli("qm migrate 100 pve2")).output).toBe("VM is locked (suspended)\n");
      run(lab, 60_000);
      expect((await cli(`qm ${wake} 100`)).status).toBe(0);
      expect(instanceOf(lab, "pve1", 100)!.machine.bootId).toBe(before);
      expect((await cli("qm config 100")).output).not.toMatch(/lock|vmstate/);
      expect(lab.storage.volumes.filter((one) => one.name.includes("state"))).toEqual([]);
    }
  });

  it("an offline migration of a guest that is off, and says so when it was asked to be live", async () => {
    const { cli } = await labOf();
    await cli("qm stop 100");
    const moved = await cli("qm migrate 100 pve2 --online");
    expect(moved).toMatchObject({ status: 0 });
    expect(moved.output).toMatch(/^VM isn't running\. Doing offline migration instead\.\n/);
    expect(moved.output).not.toContain("on remote node");
  });

  it("a clone onto another node, of a shared disk, and from a snapshot", async () => {
    const { lab, cli } = await labOf();
    expect((await cli("qm clone 100 110 --target pve2 --description copy --name web2")).status).toBe(0);
    run(lab, 500);
    expect((await cli("qm list", "pve2")).output).toContain("110 web2");
    expect((await cli("qm config 110", "pve2")).output).toContain("description: copy");
    await cli("qm start 101");
    run(lab, 15_000);
    const files = () => guestFiles(fastPort(lab), bootOf(instanceOf(lab, "pve1", 101)!));
    await files().writeFile("/root/notes", Buffer.from("old"));
    await cli("qm snapshot 101 before");
    await files().writeFile("/root/notes", Buffer.from("new"));
    expect((await cli("qm clone 101 111 --snapname before --full")).status).toBe(0);
    await cli("qm start 111");
    run(lab, 15_000);
    const cloned = guestFiles(fastPort(lab), bootOf(instanceOf(lab, "pve1", 111)!));
    expect(Buffer.from(await cloned.readFile("/root/notes")).toString()).toBe("old");
  });

  it("linked clones, whose base cannot be destroyed before them", async () => {
    const { cli } = await labOf();
    await cli("qm create 120 --scsi0 shared:1");
    await cli("qm template 120");
    expect((await cli("qm template 120")).output).toBe("you can't convert a template to a template\n");
    expect((await cli("qm clone 120 121 --storage local-lvm")).output).toBe(
      "parameter 'storage' not allowed for linked clones\n",
    );
    await cli("qm clone 120 121");
    expect((await cli("pvesm list shared")).output).toContain("shared:120/base-120-disk-0.raw/121/vm-121-disk-0.qcow2");
    expect((await cli("qm destroy 120")).output).toContain(
      "base volume 'shared:120/base-120-disk-0.raw' is still in use by linked cloned",
    );
    expect((await cli("qm destroy 121")).status).toBe(0);
    expect((await cli("qm destroy 120")).status).toBe(0);
  });

  it("a wait for the end of a guest", async () => {
    const { lab, cli } = await labOf();
    expect(await cli("qm wait 101")).toMatchObject({ output: "", status: 0 });
    expect(await cli("qm wait 100 --timeout 5")).toMatchObject({
      stdout: expect.stringMatching(/^waiting until VM 100 stops \(PID \d+\)\n$/),
      stderr: "wait failed - got timeout\n",
      status: 255,
    });
    act(lab, "guests/act", { node: "pve1", vmid: 100, action: "shutdown", params: {}, program: "pvedaemon" });
    expect(await cli("qm wait 100")).toMatchObject({ stderr: "", status: 0 });
  });

  it("a snapshot tree with every branch", async () => {
    const { cli } = await labOf();
    for (const name of ["one", "two"]) await cli(`qm snapshot 101 ${name}`);
    await cli("qm rollback 101 one");
    const tree = (await cli("qm listsnapshot 101")).output.split("\n");
    expect(tree.map((line) => line.replace(/\d{4}-[\d-]+ [\d:]+/, "TIME"))).toEqual([
      `\`-> ${"one".padEnd(27)} ${"TIME".padEnd(23 - 15)} no-description`,
      `    \`-> ${"two".padEnd(23)} ${"TIME".padEnd(23 - 15)} no-description`,
      `    \`-> ${"current".padEnd(23)} ${" ".repeat(23)} You are here!`,
      "",
    ]);
  });
});

describe("the cluster's view", () => {
  it("keeps the last state of a lost node's guests for five minutes, and then knows nothing (40, 41)", async () => {
    const { lab, cli } = await labOf();
    act(lab, "power/set", { node: "pve1", state: "off" });
    const seen = async () => {
      const all = JSON.parse((await cli("pvesh get /cluster/resources --type vm --output-format json", "pve2")).stdout);
      return Object.fromEntries(all.map((one: { vmid: number; status: string }) => [one.vmid, one.status]));
    };
    run(lab, 120_000);
    expect(await seen()).toEqual({ 100: "running", 101: "stopped" });
    run(lab, 240_000);
    expect(await seen()).toEqual({ 100: "unknown", 101: "unknown" });
    act(lab, "power/set", { node: "pve1", state: "on" });
    run(lab, 120_000);
    expect(await seen()).toEqual({ 100: "running", 101: "stopped" });
  });

  it("loses a stop that waited for a migration: the guest has gone meanwhile (27)", async () => {
    const { lab, cli } = await labOf();
    const params = { target: "pve2", online: "1" };
    act(lab, "guests/act", { node: "pve1", vmid: 100, action: "migrate", params, program: "qm" });
    run(lab, 5_000);
    const stopped = await cli("qm stop 100");
    expect(stopped.output).toBe(
      "trying to acquire lock... OK\nunable to find configuration file for VM 100 on node 'pve1'\n",
    );
    expect(instanceOf(lab, "pve2", 100)!.status).toBe("running");
  });
});

describe("the API", () => {
  it.each([
    ["create /nodes/pve1/qemu/101/status/start", "qmstart"],
    ["create /nodes/pve1/qemu/100/status/suspend", "qmpause"],
    ["create /nodes/pve1/qemu/100/status/shutdown", "qmshutdown"],
    ["create /nodes/pve1/qemu/100/status/reboot", "qmreboot"],
    ["create /nodes/pve1/qemu/100/status/reset", "qmreset"],
    ["create /nodes/pve1/qemu/100/status/stop", "qmstop"],
    ["create /nodes/pve1/qemu/101/snapshot --snapname one", "qmsnapshot"],
    ["create /nodes/pve1/qemu/101/clone --newid 130", "qmclone"],
    ["create /nodes/pve1/qemu/101/template", "qmtemplate"],
    ["create /nodes/pve1/qemu/101/move_disk --disk scsi0 --storage shared", "qmmove"],
    ["create /nodes/pve1/qemu/100/migrate --target pve2 --online 1", "qmigrate"],
    ["create /nodes/pve1/qemu/101/config --cores 2", "qmconfig"],
    ["set /nodes/pve1/qemu/101/resize --disk scsi0 --size +1G", "resize"],
    ["delete /nodes/pve1/qemu/101", "qmdestroy"],
    ["create /nodes/pve1/qemu --vmid 131 --memory 256", "qmcreate"],
  ])("does %s in a task %s that ends well", async (request, type) => {
    const { lab, cli } = await labOf();
    const { status, output } = await cli(`pvesh ${request}`);
    expect(status, output).toBe(0);
    run(lab, 30_000);
    const tasks = lab.nodes.pve1!.tasks.filter((task) => task.type === type);
    expect(tasks.at(-1)).toMatchObject({ type, exitStatus: "OK" });
  });

  it("refuses with the words that qm has", async () => {
    const { cli } = await labOf();
    expect((await cli("pvesh create /nodes/pve1/qemu/101/status/resume")).output).toBe("VM 101 not running\n");
    expect((await cli("pvesh set /nodes/pve1/qemu/101/config --delete nonsense")).output).toContain(
      "delete: unknown option 'nonsense'\n",
    );
    expect((await cli("pvesh get /nodes/pve1/qemu/101/snapshot/nope/config")).output).toBe(
      "snapshot 'nope' does not exist\n",
    );
  });
});
