import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { guestUptimeS, instanceOf } from "../../cluster/guests/guest-view.ts";
import type { LabState } from "../../cluster/state.ts";
import { clusterOf, run } from "../../cluster/testing/lab-steps.ts";
import { pvesm } from "../pvesm/pvesm.ts";
import { runProgram } from "../testing/run-program.ts";
import { qm } from "./qm.ts";

async function labOf() {
  const lab = clusterOf(2);
  const cli = async (line: string) => {
    const argv = line.split(" ");
    return runProgram(lab, "pve1", argv[0] === "qm" ? qm : pvesm, argv);
  };
  await cli("pvesm add nfs shared --server 10.99.7.5 --export /export/guests --content images");
  return { lab, cli };
}

const volumes = (lab: LabState) => lab.storage.volumes.map((volume) => volume.name).sort();

describe("disks of a guest", () => {
  it("on a raw file have no snapshots, in the recorded words", async () => {
    const { cli } = await labOf();
    const recorded = readFileSync(
      new URL("../../recordings/pve/guests/28-migrate-more-errors.txt", import.meta.url),
      "utf8",
    ).split("\n");
    const refusal = recorded.indexOf("snapshot feature is not available");
    await cli("qm create 102 --scsi0 shared:1");
    expect(await cli("qm snapshot 102 s1")).toMatchObject({ status: 255, output: `${recorded[refusal]}\n` });
    expect((await cli("qm listsnapshot 102")).output).toBe(`${recorded[refusal + 1]}\n`);
  });

  it("on thin volumes have them, and a rollback brings back the configuration", async () => {
    const { cli } = await labOf();
    await cli("qm create 103 --memory 512 --scsi0 local-lvm:2");
    expect((await cli("qm snapshot 103 before")).status).toBe(0);
    await cli("qm set 103 --memory 1024");
    expect((await cli("qm listsnapshot 103")).output).toMatch(/^`-> before .*\n {4}`-> current {41}You are here!\n$/);
    expect((await cli("qm rollback 103 before")).status).toBe(0);
    expect((await cli("qm config 103")).output).toContain("memory: 512\n");
    expect((await cli("qm delsnapshot 103 before")).status).toBe(0);
    expect((await cli("qm config 103")).output).not.toContain("parent");
    expect((await cli("qm delsnapshot 103 before")).output).toBe("snapshot 'before' does not exist\n");
  });

  it("keep the memory with them when asked: the guest goes on from the moment of the snapshot", async () => {
    const { lab, cli } = await labOf();
    await cli("qm create 103 --memory 512 --scsi0 local-lvm:2");
    await cli("qm start 103");
    run(lab, 20_000);
    const taken = await cli("qm snapshot 103 live --vmstate 1");
    expect(taken.output).toContain("saving VM state and RAM using storage 'local-lvm'\n");
    expect(volumes(lab)).toEqual(["vm-103-disk-0", "vm-103-state-live"]);
    expect((await cli("qm config 103")).output).not.toContain("vmstate");
    const before = { ...instanceOf(lab, "pve1", 103)!.machine };
    const uptimeS = guestUptimeS(lab, before);
    await cli("qm stop 103");
    await cli("qm start 103");
    run(lab, 60_000);
    expect(instanceOf(lab, "pve1", 103)!.machine.bootId).not.toBe(before.bootId);
    expect((await cli("qm rollback 103 live")).status).toBe(0);
    const { machine, status } = instanceOf(lab, "pve1", 103)!;
    expect({ status, bootId: machine.bootId }).toEqual({ status: "running", bootId: before.bootId });
    expect(guestUptimeS(lab, machine) - uptimeS).toBeLessThan(3);
    expect((await cli("qm delsnapshot 103 live")).status).toBe(0);
    expect(volumes(lab)).toEqual(["vm-103-disk-0"]);
  });

  it("are copied by a full clone, which is a guest of its own", async () => {
    const { lab, cli } = await labOf();
    await cli("qm create 104 --name web --scsi0 local-lvm:2 --net0 virtio,bridge=vmbr0");
    expect((await cli("qm clone 104 105 --full --name web2 --storage shared")).status).toBe(0);
    run(lab, 500);
    const one = (await cli("qm config 104")).output;
    const two = (await cli("qm config 105")).output;
    expect(two).toContain("name: web2\n");
    expect(two).toContain("scsi0: shared:105/vm-105-disk-0.raw,size=2G\n");
    for (const key of ["net0", "smbios1", "vmgenid"]) {
      const value = (text: string) => new RegExp(`^${key}: .*$`, "m").exec(text)![0];
      expect(value(two)).not.toBe(value(one));
    }
    expect((await cli("qm clone 104 105")).status).toBe(255);
  });

  it("become read-only bases of a template, from which linked clones are made", async () => {
    const { lab, cli } = await labOf();
    await cli("qm create 106 --scsi0 local-lvm:2");
    expect((await cli("qm template 106")).status).toBe(0);
    expect((await cli("qm config 106")).output).toContain("scsi0: local-lvm:base-106-disk-0,size=2G\n");
    expect((await cli("qm start 106")).output).toBe("you can't start a vm if it's a template\n");
    expect((await cli("qm clone 106 107")).output).toContain("create linked clone of drive scsi0");
    expect(volumes(lab)).toEqual(["base-106-disk-0", "vm-107-disk-0"]);
  });

  it("are imported from the small image that every node has", async () => {
    const { cli } = await labOf();
    expect((await cli("pvesm list local --content iso")).output).toContain("local:iso/tiny-cloud.img");
    await cli("qm create 110 --memory 512");
    const imported = await cli("qm importdisk 110 /var/lib/vz/template/iso/tiny-cloud.img local-lvm");
    expect(imported).toMatchObject({ status: 0 });
    expect(imported.output).toContain("unused0: successfully imported disk 'local-lvm:vm-110-disk-0'\n");
    await cli("qm set 110 --scsi0 local-lvm:vm-110-disk-0 --boot order=scsi0");
    expect((await cli("qm config 110")).output).toMatch(/^scsi0: local-lvm:vm-110-disk-0,size=320M$/m);
    expect((await cli("qm config 110")).output).not.toContain("unused0");
    const line = "qm create 111 --memory 512 --scsi0 local-lvm:0,import-from=local:iso/tiny-cloud.img";
    expect((await cli(line)).output).toContain(
      "scsi0: successfully created disk 'local-lvm:vm-111-disk-0,size=320M'\n",
    );
    expect((await cli("qm disk import 110 /root/nothing.img local-lvm")).status).toBe(255);
  });

  it("that no configuration names are found by a rescan", async () => {
    const { cli } = await labOf();
    await cli("qm create 110 --memory 512 --scsi0 local-lvm:1");
    await cli("pvesm alloc local-lvm 110 vm-110-disk-7 1G");
    expect((await cli("qm rescan --vmid 110")).output).toBe(
      "rescan volumes...\nVM 110 add unreferenced volume 'local-lvm:vm-110-disk-7' as 'unused0' to config\n",
    );
    expect((await cli("qm config 110")).output).toContain("unused0: local-lvm:vm-110-disk-7\n");
    expect((await cli("qm rescan")).output).toBe("rescan volumes...\n");
  });

  it("move to shared storage while the guest runs, so that it can migrate", async () => {
    const { lab, cli } = await labOf();
    await cli("qm create 108 --memory 256 --scsi0 local-lvm:2");
    await cli("qm start 108");
    expect((await cli("qm move-disk 108 scsi0 shared --delete")).status).toBe(0);
    expect(volumes(lab)).toEqual(["108/vm-108-disk-0.raw"]);
    const moved = await cli("qm migrate 108 pve2 --online");
    expect(moved.status).toBe(0);
    expect(moved.output).not.toContain("found local disk");
  });
});
