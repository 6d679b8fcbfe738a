import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readNodeFile } from "../../cluster/files/node-tree.ts";
import { act } from "../../cluster/stepping.ts";
import { clusterOf, freshLab } from "../../cluster/testing/lab-steps.ts";
import { runProgram } from "../testing/run-program.ts";
import { shellLine } from "../testing/shell-line.ts";
import { pvesm } from "./pvesm.ts";

const recorded = readFileSync(
  new URL("../../recordings/pve/guests/20-storage-setup.txt", import.meta.url),
  "utf8",
).split("\n");

function labOf() {
  const lab = clusterOf(2);
  return { lab, cli: (line: string, node = "pve1") => runProgram(lab, node, pvesm, line.split(" ")) };
}

describe("pvesm", () => {
  it("adds storages with the recorded words, and writes them as recorded", async () => {
    const { lab, cli } = labOf();
    expect(await cli("pvesm add dir shared --path /mnt/pve-shared --shared 1 --content images,iso")).toMatchObject({
      status: 0,
      output: "",
    });
    const added = await cli("pvesm add dir ldir --path /var/lib/ldir --content images,rootdir --mkdir 1");
    expect(added.output).toBe(`${recorded.find((line) => line.startsWith("NOTE: The 'mkdir'"))}\n`);
    const file = readNodeFile(lab, "pve2", "/etc/pve/storage.cfg") ?? "";
    for (const [name, lines] of [
      ["shared", 4],
      ["ldir", 4],
    ] as const) {
      const at = recorded.indexOf(`dir: ${name}`);
      const section = file
        .slice(file.indexOf(`dir: ${name}\n`))
        .split("\n")
        .slice(0, lines);
      // The order of content types is random on every write of a real node.
      const sorted = (list: string[]) =>
        list.map((line) => (line.startsWith("\tcontent ") ? [...line.slice(9)].sort().join("") : line));
      expect(sorted(section)).toEqual(sorted(recorded.slice(at, at + lines)));
    }
    // As wide as the longest name and one more: there 'shared', here 'local-lvm'.
    const head = recorded.find((line) => line.startsWith("Name "))!;
    expect((await cli("pvesm status")).output.split("\n")[0]).toBe(head.replace("Name", "Name   "));
  });

  it("changes what may be changed of a storage, and refuses what it keeps for life", async () => {
    const { cli } = labOf();
    await cli("pvesm add nfs shared --server 10.99.7.5 --export /export/guests --content images");
    expect(await cli("pvesm set shared --content images,iso --nodes pve1")).toMatchObject({ status: 0, output: "" });
    // Kept to another node, it is listed all the same, and without figures; not for those who ask for a kind.
    const none = /^shared +nfs +disabled +0 +0 +0 +N\/A$/m;
    expect((await cli("pvesm status", "pve2")).output).toMatch(none);
    expect((await cli("pvesm status --content images", "pve2")).output).not.toContain("shared");
    expect((await cli("pvesm status --enabled 1", "pve2")).output).toMatch(none);
    expect(await cli("pvesm set shared --delete nodes")).toMatchObject({ status: 0 });
    expect((await cli("pvesm status", "pve2")).output).toMatch(/shared +nfs +active/);
    expect(await cli("pvesm set shared --disable 1")).toMatchObject({ status: 0 });
    expect((await cli("pvesm status")).output).toMatch(none);
    expect((await cli("pvesm status --enabled 1")).output).not.toContain("shared");
    expect((await cli("pvesm set shared --server 10.99.7.6")).output).toContain(
      "can't change value of fixed parameter",
    );
    expect((await cli("pvesm set nowhere --disable 1")).output).toBe(
      "update storage failed: storage 'nowhere' does not exist\n",
    );
  });

  it("makes and removes volumes by hand, and tells a server's exports", async () => {
    const { cli } = labOf();
    const made = await cli("pvesm alloc local-lvm 100 vm-100-disk-0 2G");
    expect(made.output).toContain("successfully created 'local-lvm:vm-100-disk-0'\n");
    await cli("pvesm alloc local-lvm 9000 vm-9000-disk-0 512M");
    expect((await cli("pvesm list local-lvm")).output).toBe(
      [
        "Volid                    Format  Type            Size VMID",
        "local-lvm:vm-100-disk-0  raw     images    2147483648 100",
        "local-lvm:vm-9000-disk-0 raw     images     536870912 9000",
        "",
      ].join("\n"),
    );
    expect((await cli("pvesm list local-lvm --vmid 102")).output).toBe("Volid Format  Type      Size VMID\n");
    expect(await cli("pvesm free local-lvm:vm-100-disk-0")).toMatchObject({
      status: 0,
      output: "Removed volume 'local-lvm:vm-100-disk-0'\n",
    });
    expect((await cli("pvesm free local-lvm:vm-100-disk-0")).output).toBe("no such logical volume pve/vm-100-disk-0\n");
    expect((await cli("pvesm nfsscan 10.99.7.5")).output).toBe("/export/guests *\n");
  });

  it("shows a server that is cut off from one node as inactive there alone", async () => {
    const { lab, cli } = labOf();
    await cli("pvesm add nfs shared --server 10.99.7.5 --export /export/guests --content images");
    act(lab, "storage/cut", { address: "10.99.7.5", node: "pve2", cut: true });
    expect((await cli("pvesm status", "pve2")).output).toMatch(/shared +nfs +inactive +0 +0 +0 +0\.00%/);
    expect((await cli("pvesm status", "pve1")).output).toMatch(/shared +nfs +active/);
    expect((await cli("pvesm list shared", "pve2")).output).toBe("storage 'shared' is not online\n");
  });

  it("shows the images of a folder wherever it is, and people may keep files beside them", async () => {
    const { lab } = labOf();
    const line = async (text: string) => (await shellLine(lab, "pve1", text)).output;
    await line("pvesm add dir ldir --path /srv/disks/one --content images; qm create 107 --scsi0 ldir:1");
    expect(await line("ls /srv /srv/disks/one/images/107")).toBe(
      "/srv:\ndisks\n\n/srv/disks/one/images/107:\nvm-107-disk-0.raw\n",
    );
    await line("echo mine > /srv/disks/one/notes; mkdir /srv/disks/one/images/108");
    expect(await line("cat /srv/disks/one/notes; ls /srv/disks/one/images")).toBe("mine\n107\n108\n");
    await line("rm /srv/disks/one/images/107/vm-107-disk-0.raw");
    expect(await line("pvesm list ldir --vmid 107")).toBe("Volid Format  Type      Size VMID\n");
  });

  it.each([
    ["add dir extra --path relative", "path: invalid format - value does not look like a valid absolute path\n"],
    ["add dir extra --path /srv --content images,foo", "content: invalid format - invalid content type 'foo'\n"],
    ["add dir x --path /srv", "storage: invalid format - storage ID 'x' contains illegal characters\n"],
    ["add floppy extra", "type: value 'floppy' does not have a value in the enumeration 'btrfs, "],
    ["add zfspool tank --pool rpool", "pvesm: '--pool' is not modelled"],
    ["set local --nodes pve_1", "nodes: invalid format - value does not look like a valid node name\n"],
    ["alloc local-lvm 99 x 1G", "vmid: invalid format - value does not look like a valid VM ID\n"],
    ["alloc local-lvm 999 x 1x", "size: value does not match the regex pattern\n"],
    ["status --storage nosuch", "storage: No such storage.\npvesm status  [OPTIONS]\n"],
    ["path junk", "unable to parse volume ID 'junk'\n"],
    ["path nosuch:vm-100-disk-0", "storage 'nosuch' does not exist\n"],
    ["path local-lvm:disk", "unable to parse lvm volume name 'disk'\n"],
    ["path local:100", "unable to parse directory volume name '100'\n"],
  ])("refuses %s", async (line, text) => {
    const seen = await runProgram(freshLab(1), "pve1", pvesm, ["pvesm", ...line.split(" ")]);
    expect(seen.stderr).toContain(text);
    expect(seen.status).toBe(line.includes("--pool") ? 1 : 255);
  });

  it("says of images that are there, or are not, what Proxmox's own program says, and exits as it does", async () => {
    const lab = freshLab(1);
    const run = (line: string) => runProgram(lab, "pve1", pvesm, ["pvesm", ...line.split(" ")]);
    await run("set local --content iso,images");
    expect((await run("alloc local 100 vm-100-disk-0.raw 32M")).status).toBe(0);
    for (const [line, stdout, stderr, status] of [
      [
        "alloc local 100 vm-100-disk-0.raw 32M",
        "",
        "disk image '/var/lib/vz/images/100/vm-100-disk-0.raw' already exists\n",
        25,
      ],
      ["alloc local 100 foo 1G", "", "unable to parse volume filename 'foo'\n", 2],
      [
        "free local:100/vm-100-disk-2.raw",
        "Removed volume 'local:100/vm-100-disk-2.raw'\n",
        "disk image '/var/lib/vz/images/100/vm-100-disk-2.raw' does not exist\n",
        0,
      ],
      ["free 100/vm-100-disk-0.raw --storage local", "Removed volume 'local:100/vm-100-disk-0.raw'\n", "", 0],
      [
        "free foo",
        "",
        "400 Parameter verification failed.\nvolume: no storage specified - incomplete volume ID\npvesm free <volume> [OPTIONS]\n",
        255,
      ],
      [
        "path foo",
        "",
        "400 Parameter verification failed.\nvolume: invalid format - unable to parse volume ID 'foo'\n\npvesm path <volume>\n",
        255,
      ],
      ["extractconfig foo", "", "unable to parse volume ID 'foo'\n", 255],
      ["extractconfig local:backup/x.vma", "", "volume 'local:backup/x.vma' does not exist\n", 2],
    ] as const) {
      expect({ line, ...(await run(line)) }).toMatchObject({ line, stdout, stderr, status });
    }
  });
});
