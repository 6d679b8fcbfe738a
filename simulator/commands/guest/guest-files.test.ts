import { describe, expect, it } from "vitest";
import { SMALL_DISK_BYTES_MAX } from "../../cluster/files/small-disk.ts";
import { allInstances } from "../../cluster/guests/guest-view.ts";
import type { LabState } from "../../cluster/state.ts";
import { act } from "../../cluster/stepping.ts";
import { clusterOf, run } from "../../cluster/testing/lab-steps.ts";
import { mount } from "../node-tools/hardware.ts";
import { pvesm } from "../pvesm/pvesm.ts";
import { qm } from "../qm/qm.ts";
import { fastPort, runProgram } from "../testing/run-program.ts";
import { bootOf } from "./guest-boot.ts";
import { guestFiles } from "./guest-files.ts";

async function cli(lab: LabState, node: string, line: string): Promise<void> {
  const result = await runProgram(lab, node, line.startsWith("qm") ? qm : pvesm, line.split(" "));
  expect(result.status, `${line}: ${result.output}`).toBe(0);
}

async function labWithGuest(disk: string): Promise<LabState> {
  const lab = clusterOf(3);
  await cli(lab, "pve1", "pvesm add nfs shared --server 10.99.7.5 --export /export/guests --content images");
  await cli(lab, "pve1", `qm create 110 --memory 512 --net0 virtio,bridge=vmbr0 --scsi0 ${disk}`);
  await cli(lab, "pve1", "qm start 110");
  run(lab, 15_000);
  return lab;
}

/** Files of the guest in the boot that runs now. */
function filesOf(lab: LabState, vmid = 110, node?: string) {
  const found = allInstances(lab).find((one) => one.instance.vmid === vmid && (!node || one.node === node))!;
  return guestFiles(fastPort(lab), bootOf(found.instance));
}

const write = (lab: LabState, path: string, text: string) => filesOf(lab).writeFile(path, Buffer.from(text));
const read = async (lab: LabState, path: string, vmid = 110) =>
  Buffer.from(await filesOf(lab, vmid).readFile(path)).toString();

describe("files inside a guest", () => {
  it("are part of the lab's state: they outlive its sleep, and nothing is kept of a guest that wrote none", async () => {
    const lab = await labWithGuest("shared:1");
    expect(lab.storage.volumes[0]!.files).toBeUndefined();
    await write(lab, "/root/notes", "grüße\n");
    const woken = JSON.parse(JSON.stringify(lab)) as LabState;
    expect(await read(woken, "/root/notes")).toBe("grüße\n");
  });

  it.each(["shared:1", "local-lvm:1"])("go along with a live migration of a disk on %s", async (disk) => {
    const lab = await labWithGuest(disk);
    await write(lab, "/root/notes", "one");
    await cli(lab, "pve1", "qm migrate 110 pve2 --online --with-local-disks");
    expect(lab.nodes.pve2!.qemu[110]?.status).toBe("running");
    expect(await read(lab, "/root/notes")).toBe("one");
  });

  it("go along with the copy of a local disk, and a cold start finds them", async () => {
    const lab = await labWithGuest("local-lvm:1");
    await write(lab, "/root/notes", "one");
    await cli(lab, "pve1", "qm stop 110");
    await cli(lab, "pve1", "qm migrate 110 pve3");
    await cli(lab, "pve3", "qm start 110");
    run(lab, 15_000);
    expect(await read(lab, "/root/notes")).toBe("one");
  });

  it("are again as they were when the snapshot was taken, also a snapshot before the first file", async () => {
    const lab = await labWithGuest("local-lvm:1");
    await cli(lab, "pve1", "qm snapshot 110 fresh");
    await write(lab, "/root/notes", "one");
    await cli(lab, "pve1", "qm snapshot 110 one");
    await write(lab, "/root/notes", "two");
    await cli(lab, "pve1", "qm rollback 110 one --start");
    run(lab, 15_000);
    expect(await read(lab, "/root/notes")).toBe("one");
    await cli(lab, "pve1", "qm rollback 110 fresh --start");
    run(lab, 15_000);
    await expect(read(lab, "/root/notes")).rejects.toThrow("No such file");
    await cli(lab, "pve1", "qm delsnapshot 110 one");
    expect(Object.keys(lab.storage.volumes[0]!.kept!)).toEqual(["fresh"]);
  });

  it("are in a clone, which then has its own", async () => {
    const lab = await labWithGuest("local-lvm:1");
    await write(lab, "/root/notes", "one");
    await cli(lab, "pve1", "qm clone 110 120 --full");
    await cli(lab, "pve1", "qm start 120");
    run(lab, 15_000);
    await write(lab, "/root/notes", "two");
    expect(await read(lab, "/root/notes", 120)).toBe("one");
  });

  it("follow links, refuse as Linux does, and end where the disk is full", async () => {
    const lab = await labWithGuest("shared:1");
    const files = filesOf(lab);
    await files.mkdir("/srv/data");
    await files.symlink("/srv/data", "/root/link");
    await write(lab, "/root/link/a", "x");
    expect(await files.readdir("/srv/data")).toEqual(["a"]);
    expect(await files.realpath("/root/link/a")).toBe("/srv/data/a");
    await expect(files.rmdir("/srv/data")).rejects.toThrow("Directory not empty");
    await expect(write(lab, "/nowhere/a", "x")).rejects.toThrow("No such file");
    await expect(write(lab, "/root/big", "x".repeat(SMALL_DISK_BYTES_MAX))).rejects.toThrow("No space left");
    await files.rename("/srv/data/a", "/root/b");
    await files.unlink("/root/b");
    expect(await files.readdir("/srv/data")).toEqual([]);
  });

  it("wait while the disk's server is away, and go on when it is back", async () => {
    const lab = await labWithGuest("shared:1");
    await write(lab, "/root/notes", "one");
    act(lab, "storage/server", { address: "10.99.7.5", up: false });
    let answered = "";
    const port = fastPort(lab);
    let wake = () => {};
    const waits = {
      ...port,
      until: async <T>(condition: (state: Readonly<LabState>) => T | undefined) => {
        for (;;) {
          const value = condition(lab);
          if (value !== undefined) return value;
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      },
    };
    const files = guestFiles(waits, bootOf(lab.nodes.pve1!.qemu[110]!));
    const reading = files.readFile("/root/notes").then((bytes) => {
      answered = Buffer.from(bytes).toString();
    });
    run(lab, 60_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe("");
    expect(lab.nodes.pve1!.qemu[110]!.status).toBe("running");
    act(lab, "storage/server", { address: "10.99.7.5", up: true });
    wake();
    await reading;
    expect(answered).toBe("one");
  });

  it("of a disk that two machines wrote to: nothing is written any more, and what was written since is lost", async () => {
    const lab = await labWithGuest("shared:1");
    await write(lab, "/root/before", "old");
    act(lab, "ha/watchdog", { present: false });
    // The operator's mistake: the configuration moved by hand while the machine still runs, and its server cut meanwhile.
    act(lab, "storage/cut", { address: "10.99.7.5", node: "pve1", cut: true });
    const change = { op: "rename" as const, path: "", to: "" };
    act(lab, "files/change", {
      node: "pve2",
      change: {
        ...change,
        path: "/etc/pve/nodes/pve1/qemu-server/110.conf",
        to: "/etc/pve/nodes/pve2/qemu-server/110.conf",
      },
    });
    run(lab, 2_000);
    await cli(lab, "pve2", "qm start 110");
    run(lab, 15_000);
    await filesOf(lab, 110, "pve2").writeFile("/root/since", Buffer.from("new"));
    expect(lab.storage.volumes[0]!.damaged).toBeUndefined();
    act(lab, "storage/cut", { address: "10.99.7.5", node: "pve1", cut: false });
    run(lab, 5_000);
    const files = filesOf(lab, 110, "pve2");
    expect(Buffer.from(await files.readFile("/root/before")).toString()).toBe("old");
    await expect(files.readFile("/root/since")).rejects.toThrow("Bad message");
    await expect(files.writeFile("/root/more", Buffer.from("x"))).rejects.toThrow("Read-only file system");
  });
});

it("inside a guest mount tells of no storage of the cluster", async () => {
  const lab = await labWithGuest("shared:1");
  const inside = await runProgram(lab, "guest-110", mount, ["mount"]);
  expect(inside.status).toBe(0);
  expect(inside.output).not.toContain("nfs4");
});
