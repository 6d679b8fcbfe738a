/** What goes along with a migration and what keeps it from going. @source qemu-server 8.3.13 PVE/QemuMigrate.pm (unverified) */
import { describe, expect, it } from "vitest";
import { guestConfig, instanceOf } from "../guests/guest-view.ts";
import type { JobState } from "../jobs/jobs-state.ts";
import type { LabState } from "../state.ts";
import { act } from "../stepping.ts";
import { addShared, begin, does, finish, NFS_ADDRESS } from "../testing/guest-jobs.ts";
import { change, clusterOf, run, runUntil } from "../testing/lab-steps.ts";

const OWN = "dir: own\n\tpath /var/lib/own\n\tcontent images\n\n";

function labOf(disk: string, started = true): LabState {
  const lab = clusterOf(2);
  addShared(lab);
  // And a folder of each node's own.
  const cfg = lab.nodes.pve1!.pmxcfs.database.entries["storage.cfg"]!.content;
  change(lab, "pve1", { op: "write", path: "/etc/pve/storage.cfg", content: `${cfg}${OWN}` });
  run(lab, 500);
  expect(does(lab, "pve1", 100, "create", { memory: "512", scsi0: disk }).error).toBe("");
  if (started) {
    does(lab, "pve1", 100, "start");
    run(lab, 15_000);
  }
  return lab;
}

const LIVE = { target: "pve2", online: "1" };
const LIVE_WITH_DISKS = { ...LIVE, "with-local-disks": "1" };
const words = ({ output }: JobState) =>
  output
    .replaceAll(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d /gm, "")
    .trimEnd()
    .split("\n");
const places = (lab: LabState) => lab.storage.volumes.map(({ place, name }) => `${place.split("/")[0]} ${name}`).sort();

describe("a migration", () => {
  it.each([{ target: "pve2" }, LIVE])(
    "that waited for a start is aborted, asked for as %j: the guest stays",
    (asked) => {
      const lab = labOf("shared:1", false);
      begin(lab, "pve1", 100, "start");
      run(lab, 300);
      // It is off just now, and so the migration would be offline in any case.
      const job = finish(lab, begin(lab, "pve1", 100, "migrate", asked));
      expect(job.error).toBe("migration aborted");
      expect(words(job).at(-1)).toMatch(
        /migration aborted \(duration .*\): can't migrate running VM without --online$/,
      );
      expect(instanceOf(lab, "pve1", 100)?.status).toBe("running");
      expect(guestConfig(lab, "pve1", 100)!.keys).not.toHaveProperty("lock");
    },
  );

  it("to nowhere is refused first, whatever the guest does", () => {
    const lab = labOf("shared:1");
    expect(() => begin(lab, "pve1", 100, "migrate", { target: "pve9" })).toThrow("no such cluster node 'pve9'");
    expect(() => begin(lab, "pve1", 100, "migrate", { ...LIVE, targetstorage: "local" })).toThrow(
      "storage 'local' does not support vm images",
    );
  });

  it("whose configuration is moved away before the target starts fails there, and the guest runs on", () => {
    const lab = labOf("shared:1");
    const job = begin(lab, "pve1", 100, "migrate", LIVE);
    runUntil(lab, () => (job.output.includes("starting VM 100 on remote") ? true : undefined));
    const path = (node: string) => `/etc/pve/nodes/${node}/qemu-server/100.conf`;
    change(lab, "pve2", { op: "rename", path: path("pve1"), to: path("pve2") });
    expect(words(finish(lab, job))).toContain(
      "[pve2] Configuration file 'nodes/pve1/qemu-server/100.conf' does not exist",
    );
    expect(instanceOf(lab, "pve1", 100)?.status).toBe("running");
    expect(instanceOf(lab, "pve2", 100)).toBeUndefined();
  });

  it("leaves a paused guest paused", () => {
    const lab = labOf("shared:1");
    does(lab, "pve1", 100, "suspend");
    expect(does(lab, "pve1", 100, "migrate", LIVE).error).toBe("");
    expect(instanceOf(lab, "pve2", 100)?.status).toBe("paused");
    expect(does(lab, "pve2", 100, "resume").error).toBe("");
    expect(instanceOf(lab, "pve2", 100)?.status).toBe("running");
  });

  it("says that its own node cannot reach a shared storage", () => {
    const lab = labOf("shared:1", false);
    act(lab, "storage/cut", { address: NFS_ADDRESS, node: "pve1", cut: true });
    const job = does(lab, "pve1", 100, "migrate", { target: "pve2" });
    expect(job).toMatchObject({ error: "" });
    expect(words(job)[0]).toBe("Used shared storage 'shared' is not online on source node!");
  });
});

describe("local volumes", () => {
  it("that a running guest does not use are copied first, the others are mirrored", () => {
    const lab = labOf("local-lvm:1");
    does(lab, "pve1", 100, "set", { scsi1: "local-lvm:2" });
    does(lab, "pve1", 100, "set", { delete: "scsi1" });
    const job = does(lab, "pve1", 100, "migrate", LIVE_WITH_DISKS);
    expect(job.error).toBe("");
    const all = words(job);
    expect(all).toContain("found local disk 'local-lvm:vm-100-disk-1' (unused)");
    const at = (line: string) => all.findIndex((one) => one.includes(line));
    expect(at("successfully imported 'local-lvm:vm-100-disk-1'")).toBeGreaterThan(at("copying local disk images"));
    expect(at("starting VM 100 on remote")).toBeGreaterThan(at("successfully imported"));
    expect(all.filter((line) => line.startsWith("drive mirror is starting"))).toEqual([
      "drive mirror is starting for drive-scsi0",
    ]);
    expect(places(lab)).toEqual(["node:pve2 vm-100-disk-0", "node:pve2 vm-100-disk-1"]);
    expect(guestConfig(lab, "pve2", 100)!.keys).toMatchObject({ unused0: "local-lvm:vm-100-disk-1" });
  });

  it("whose copy is stopped leave nothing on the target, and the guest where it was without a lock", () => {
    const lab = labOf("local-lvm:2", false);
    const job = begin(lab, "pve1", 100, "migrate", { target: "pve2" });
    run(lab, 6_000);
    expect(places(lab)).toContain("node:pve2 vm-100-disk-0");
    act(lab, "tasks/stop", { node: "pve1", upid: job.upid });
    const end = finish(lab, job);
    expect(words(end).slice(-3)).toEqual([
      "ERROR: storage migration for 'local-lvm:vm-100-disk-0' to storage 'local-lvm' failed - interrupted by signal",
      "aborting phase 1 - cleanup resources",
      expect.stringContaining("ERROR: migration aborted (duration"),
    ]);
    run(lab, 30_000);
    expect(places(lab)).toEqual(["node:pve1 vm-100-disk-0"]);
    expect(guestConfig(lab, "pve1", 100)!.keys).not.toHaveProperty("lock");
  });

  it("with a snapshot stay: a thin volume in any case, a qcow2 file while the guest runs", () => {
    const lab = labOf("local-lvm:1");
    does(lab, "pve1", 100, "snapshot", { snapname: "one" });
    const problem = (job: JobState) => words(job).find((line) => line.startsWith("can't migrate local disk"));
    expect(problem(does(lab, "pve1", 100, "migrate", LIVE_WITH_DISKS))).toBe(
      "can't migrate local disk 'local-lvm:vm-100-disk-0': online storage migration not possible if non-replicated snapshot exists",
    );
    does(lab, "pve1", 100, "stop");
    const offline = does(lab, "pve1", 100, "migrate", { target: "pve2" });
    expect(problem(offline)).toBe("can't migrate local disk 'local-lvm:vm-100-disk-0': non-migratable snapshot exists");
    expect(offline.error).toBe("migration aborted");
    expect(guestConfig(lab, "pve1", 100)!.keys).not.toHaveProperty("lock");
  });

  it("of a guest that sleeps cannot go, as it is locked; a snapshot's saved memory goes along with its qcow2 file", () => {
    const lab = labOf("own:1,format=qcow2");
    does(lab, "pve1", 100, "snapshot", { snapname: "one", vmstate: "1" });
    does(lab, "pve1", 100, "stop");
    const job = does(lab, "pve1", 100, "migrate", { target: "pve2" });
    expect(job.error).toBe("");
    expect(places(lab)).toEqual(["node:pve2 100/vm-100-disk-0.qcow2", "node:pve2 100/vm-100-state-one.raw"]);
    expect(does(lab, "pve2", 100, "rollback", { snapname: "one" }).error).toBe("");
    expect(instanceOf(lab, "pve2", 100)?.status).toBe("running");
    does(lab, "pve2", 100, "suspend", { todisk: "1" });
    expect(() => begin(lab, "pve2", 100, "migrate", { target: "pve1" })).toThrow("VM is locked (suspended)");
  });

  it("stay when linked clones need them, or when they are one", () => {
    const lab = labOf("own:1,format=qcow2", false);
    does(lab, "pve1", 100, "template");
    does(lab, "pve1", 100, "clone", { newid: "101" });
    const base = does(lab, "pve1", 100, "migrate", { target: "pve2" });
    expect(words(base)).toContain(
      "can't migrate local disk 'own:100/base-100-disk-0.qcow2': referenced by linked clone(s)",
    );
    const clone = does(lab, "pve1", 101, "migrate", { target: "pve2" });
    expect(clone.output).toContain(
      "can't migrate 'own:100/base-100-disk-0.qcow2/101/vm-101-disk-0.qcow2' as it's a clone of 'base-100-disk-0.qcow2'",
    );
    expect(clone.error).toBe("migration aborted");
  });

  it("go from LVM-thin also as linked clones, whose names do not tell of a base", () => {
    const lab = labOf("local-lvm:1", false);
    does(lab, "pve1", 100, "template");
    does(lab, "pve1", 100, "clone", { newid: "101" });
    expect(does(lab, "pve1", 101, "migrate", { target: "pve2" }).error).toBe("");
    expect(does(lab, "pve1", 100, "destroy").error).toBe("");
    expect(places(lab)).toEqual(["node:pve2 vm-101-disk-0"]);
  });

  it("go where `--targetstorage` says, one by one", () => {
    const lab = labOf("local-lvm:1", false);
    does(lab, "pve1", 100, "set", { scsi1: "own:1" });
    const targetstorage = "local-lvm:own,own:local-lvm";
    expect(does(lab, "pve1", 100, "migrate", { target: "pve2", targetstorage }).error).toBe("");
    const { scsi0, scsi1 } = guestConfig(lab, "pve2", 100)!.keys;
    expect({ scsi0, scsi1 }).toEqual({
      scsi0: "own:100/vm-100-disk-0.raw,size=1G",
      scsi1: "local-lvm:vm-100-disk-0,size=1G",
    });
  });
});
