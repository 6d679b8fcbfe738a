import { expect, test } from "vitest";
import type { LabState } from "../../cluster/state.ts";
import { does } from "../../cluster/testing/guest-jobs.ts";
import { clusterOf, freshLab } from "../../cluster/testing/lab-steps.ts";
import { lvs, vgs } from "../../commands/admin-tools/volumes.ts";
import { lspci } from "../../commands/node-tools/hardware.ts";
import { fastPort, runProgram } from "../../commands/testing/run-program.ts";
import { createNodeFiles } from "../../node-view/node-files-adapter.ts";
import { callAsRoot, findLocalEndpoint } from "../in-process.ts";
import { refusedPermission } from "../permissions.ts";

async function get(lab: LabState, path: string, params: Record<string, string> = {}) {
  const signal = new AbortController().signal;
  const answer = await callAsRoot({ lab: fastPort(lab), node: "pve1", signal, method: "GET", path, params });
  return answer.kind === "answered" ? (answer.data as Record<string, unknown>[]) : answer;
}

test("a disk is listed with its partitions when they are asked for, and none is unused", async () => {
  const lab = freshLab(1);
  expect(await get(lab, "/nodes/pve1/disks/list")).toMatchObject([{ devpath: "/dev/sda", used: "BIOS boot" }]);
  const all = await get(lab, "/nodes/pve1/disks/list", { "include-partitions": "1" });
  expect((all as { devpath: string }[]).map((one) => one.devpath)).toEqual([
    "/dev/sda",
    "/dev/sda1",
    "/dev/sda2",
    "/dev/sda3",
  ]);
  expect(await get(lab, "/nodes/pve1/disks/list", { type: "unused" })).toEqual([]);
});

test("the volume group and its thin pool are those of vgs and lvs", async () => {
  const lab = clusterOf(1);
  does(lab, "pve1", 100, "create", { memory: "512", scsi0: "local-lvm:2" });
  lab.storage.volumes.find((one) => one.vmid === 100)!.writtenBytes = 1024 ** 3;
  const words = async (program: typeof vgs, name: string) =>
    (await runProgram(lab, "pve1", program, [name, "--noheadings"])).stdout.trim().split(/\s+/);
  const gib = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(2)}g`;
  const told = (await get(lab, "/nodes/pve1/disks/lvm")) as unknown as { children: Record<string, number>[] };
  const [group] = told.children;
  const [name, , count, , , size, free] = await words(vgs, "vgs");
  expect([group!.name, String(group!.lvcount), gib(group!.size!), gib(group!.free!)]).toEqual([
    name,
    count,
    size,
    free,
  ]);
  expect(group).toMatchObject({ leaf: 0, children: [{ leaf: 1, name: "/dev/sda3", size: group!.size }] });
  const [lv, vg, , lvSize, data, meta] = await words(lvs, "lvs");
  const [pool, ...more] = (await get(lab, "/nodes/pve1/disks/lvmthin")) as Record<string, number>[];
  expect([pool!.lv, pool!.vg, gib(pool!.lv_size!), more]).toEqual([lv, vg, lvSize, []]);
  expect(((pool!.used! / pool!.lv_size!) * 100).toFixed(2)).toBe(data);
  expect(pool!.used).toBeGreaterThan(0.9 * 1024 ** 3);
  expect(((pool!.metadata_used! / pool!.metadata_size!) * 100).toFixed(2)).toBe(meta);
});

test("the health of an emulated disk is not known, and what is no block device is refused", async () => {
  const smart = (disk: string) => get(freshLab(1), "/nodes/pve1/disks/smart", { disk });
  expect(await smart("/dev/sda")).toEqual({ health: "UNKNOWN" });
  expect(await smart("/dev/sdb")).toMatchObject({ status: 500, message: "not a valid block device" });
  expect(await smart("sda")).toMatchObject({ status: 400 });
});

test("cards are those of lspci, without bridges unless another list of classes is given", async () => {
  const lab = freshLab(1);
  const path = "/nodes/pve1/hardware/pci";
  const lines = (await runProgram(lab, "pve1", lspci, ["lspci", "-Dn"])).stdout.trimEnd().split("\n");
  const shown = async (params: Record<string, string>) =>
    ((await get(lab, path, params)) as Record<string, string>[]).map(
      (one) => `${one.id} ${one.class!.slice(2, 6)}: ${one.vendor!.slice(2)}:${one.device!.slice(2)}`,
    );
  const bare = lines.map((line) => line.replace(/ \(rev .*/, ""));
  expect(await shown({ "pci-class-blacklist": "" })).toEqual(bare);
  expect(await shown({ "pci-class-blacklist": "02,03" })).toEqual(bare.filter((line) => !/ 0[23]\d\d:/.test(line)));
  expect(await shown({})).toEqual(bare.filter((line) => !/ 06\d\d:/.test(line)));
  const verbose = (await get(lab, path)) as Record<string, unknown>[];
  expect(verbose.at(-1)).toMatchObject({
    vendor_name: "Red Hat, Inc.",
    device_name: "Virtio network device",
    iommugroup: -1,
  });
  expect(Object.keys(((await get(lab, path, { verbose: "0" })) as object[])[0]!).sort()).toEqual([
    "class",
    "device",
    "id",
    "iommugroup",
    "vendor",
  ]);
});

test("disks are for who may audit all, cards for who may change all, too", async () => {
  const lab = freshLab(1);
  const rights = "acl:1:/nodes:eve@pve:PVEAuditor:\nacl:1:/:max@pve:PVEAuditor:\n";
  const text = `user:eve@pve:1:0::::::\nuser:max@pve:1:0::::::\n${rights}`;
  await createNodeFiles(fastPort(lab), "pve1").writeFile("/etc/pve/user.cfg", new TextEncoder().encode(text));
  const refused = (user: string, path: string) =>
    refusedPermission(lab, "pve1", { user }, findLocalEndpoint("GET", `/nodes/pve1/${path}`)!.endpoint.permission, {});
  for (const path of ["disks/lvm", "disks/lvmthin", "disks/smart"]) {
    expect([refused("eve@pve", path), refused("max@pve", path)]).toEqual([
      "Permission check failed (/, Sys.Audit)",
      undefined,
    ]);
  }
  expect(refused("eve@pve", "hardware/pci")).toBe("Permission check failed (/, Sys.Audit|Sys.Modify)");
  expect(refused("max@pve", "hardware/pci")).toBeUndefined();
});

test("versions are those that pveversion tells", async () => {
  const list = (await get(freshLab(1), "/nodes/pve1/apt/versions")) as { Package: string; Version: string }[];
  expect(list.find((one) => one.Package === "corosync")?.Version).toBe("3.1.7-1+deb12u2");
});

test("backup jobs and the firewall's options are what their files say, and nothing without", async () => {
  const lab = clusterOf(2);
  expect(await get(lab, "/cluster/backup")).toEqual([]);
  expect(await get(lab, "/cluster/firewall/options")).toEqual({ digest: expect.stringMatching(/^\w{40}$/) });
  const files = createNodeFiles(fastPort(lab), "pve1");
  const write = (path: string, text: string) => files.writeFile(path, new TextEncoder().encode(text));
  await write("/etc/pve/jobs.cfg", "vzdump: backup-1\n\tenabled 1\n\tall 1\n\tschedule 02:00\n");
  await write("/etc/pve/firewall/cluster.fw", "[OPTIONS]\nenable: 1\npolicy_in: DROP\n[RULES]\nIN SSH(ACCEPT)\n");
  expect(await get(lab, "/cluster/backup")).toEqual([
    { id: "backup-1", type: "vzdump", enabled: "1", all: "1", schedule: "02:00" },
  ]);
  expect(await get(lab, "/cluster/firewall/options")).toMatchObject({ enable: 1, policy_in: "DROP" });
});
