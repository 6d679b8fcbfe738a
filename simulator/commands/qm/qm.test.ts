import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { LabState } from "../../cluster/state.ts";
import { act } from "../../cluster/stepping.ts";
import { clusterOf, freshLab, run } from "../../cluster/testing/lab-steps.ts";
import { pvesh } from "../pvesh/pvesh.ts";
import { pvesm } from "../pvesm/pvesm.ts";
import { type ProgramRun, runProgram } from "../testing/run-program.ts";
import { qm } from "./qm.ts";

const recording = (name: string) =>
  readFileSync(new URL(`../../recordings/pve/guests/${name}.txt`, import.meta.url), "utf8").split("\n");

/** Run a command line of words; `(...)` groups are one word. */
async function cli(lab: LabState, node: string, line: string, stdin?: string): Promise<ProgramRun> {
  const argv = line.split(" ");
  return runProgram(lab, node, argv[0] === "qm" ? qm : pvesm, argv, stdin === undefined ? {} : { stdin });
}

async function labWithShared(nodes = 3): Promise<LabState> {
  const lab = clusterOf(nodes);
  const added = await cli(
    lab,
    "pve1",
    "pvesm add nfs shared --server 10.99.7.5 --export /export/guests --content images,iso",
  );
  expect(added).toMatchObject({ status: 0, output: "" });
  run(lab, 500);
  return lab;
}

const CREATE =
  "qm create 100 --name web1 --memory 128 --cores 1 --scsihw virtio-scsi-single --scsi0 shared:1,format=raw --net0 virtio,bridge=vmbr0 --ostype l26";

describe("qm", () => {
  it("creates and shows a guest as recorded", async () => {
    const lab = await labWithShared();
    const created = await cli(lab, "pve1", CREATE);
    const [, formatting, successfully] = recording("21-qm-create");
    expect(created.output.split("\n").slice(0, 2)).toEqual([
      formatting!.replace("/mnt/pve-shared/", "/mnt/pve/shared/"),
      successfully,
    ]);
    expect((await cli(lab, "pve1", "qm list")).output).toBe(`${recording("21-qm-create").slice(6, 8).join("\n")}\n`);
    const keys = (lines: string[]) =>
      lines.filter((line) => /^[a-z0-9]+: /.test(line)).map((line) => line.split(": ")[0]);
    const shown = (await cli(lab, "pve1", "qm config 100")).output.trimEnd().split("\n");
    expect(keys(shown)).toEqual(keys(recording("21-qm-create").slice(8, 19)));
    expect(shown[0]).toBe("boot: order=scsi0;net0");
    expect(shown.find((line) => line.startsWith("scsi0"))).toBe("scsi0: shared:100/vm-100-disk-0.raw,size=1G");
    expect((await cli(lab, "pve1", "qm status 100")).output).toBe("status: stopped\n");
    expect(await cli(lab, "pve1", "qm start 100")).toMatchObject({ status: 0, output: "" });
    expect((await cli(lab, "pve1", "qm list")).output).toMatch(/ {7}100 web1 {17}running {4}128 {16}1\.00 \d+ /);
    expect(await cli(lab, "pve1", "qm start 100")).toMatchObject({ status: 255, output: "VM 100 already running\n" });
    expect((await cli(lab, "pve2", "qm list")).output).toBe("");
  });

  it("refuses migrations with the recorded words and exit statuses", async () => {
    const lab = await labWithShared();
    await cli(lab, "pve1", CREATE);
    await cli(lab, "pve1", "qm start 100");
    const lines = recording("25-migrate-errors");
    const cases: [string, string][] = [
      ["pve1", "qm migrate 100 pve2"],
      ["pve1", "qm migrate 100 pve1 --online"],
      ["pve1", "qm migrate 100 pve9 --online"],
      ["pve2", "qm migrate 100 pve3 --online"],
    ];
    for (const [node, command] of cases) {
      const at = lines.indexOf(`root@${node}:~# ${command}`);
      const end = lines.findIndex((line, index) => index > at && line.startsWith("[exit"));
      const result = await cli(lab, node, command);
      expect(result.output).toBe(`${lines.slice(at + 1, end).join("\n")}\n`);
      expect(result.status).toBe(Number(/\[exit (\d+)\]/.exec(lines[end]!)![1]));
    }
    expect((await cli(lab, "pve1", "qm set 100 --lock backup")).output).toBe("update VM 100: -lock backup\n");
    expect((await cli(lab, "pve1", "qm migrate 100 pve2 --online")).output).toBe("VM is locked (backup)\n");
    expect(await cli(lab, "pve1", "qm unlock 100")).toMatchObject({ status: 0, output: "" });
    expect((await cli(lab, "pve1", "qm config 100")).output).not.toContain("lock");
  });

  it("refuses a local disk online without the option, and a local CD offline, in the recorded words", async () => {
    const lab = await labWithShared();
    await cli(lab, "pve1", "qm create 101 --name db1 --memory 128 --scsi0 local-lvm:1");
    await cli(lab, "pve1", "qm start 101");
    const result = await cli(lab, "pve1", "qm migrate 101 pve2 --online");
    const words = (text: string) =>
      text.replaceAll(/^[\d-]+ [\d:]+ /gm, "").replaceAll("ldir:101/vm-101-disk-0.raw", "local-lvm:vm-101-disk-0");
    const all = recording("26-migrate-localdisk");
    const at = all.indexOf("root@pve1:~# qm migrate 101 pve2 --online");
    expect(words(result.output)).toBe(`${words(all.slice(at + 1, at + 8).join("\n"))}\n`);
    expect(result.status).toBe(255);
    const moved = await cli(lab, "pve1", "qm migrate 101 pve2 --online --with-local-disks");
    expect(moved.status).toBe(0);
    expect(moved.output).toContain("drive-scsi0: Completed successfully.\ndrive-scsi0: mirror-job finished\n");
    expect((await cli(lab, "pve2", "pvesm list local-lvm")).output).toContain("local-lvm:vm-101-disk-0");
    expect((await cli(lab, "pve1", "pvesm list local-lvm")).output).not.toContain("vm-101");
    await cli(lab, "pve2", "qm stop 101");
    await cli(lab, "pve2", "qm set 101 --usb0 host=1234:5678");
    expect((await cli(lab, "pve2", "qm migrate 101 pve3")).output).toMatch(
      /ERROR: migration aborted \(duration 00:00:00\): can't migrate VM which uses local devices: usb0\nmigration aborted\n$/,
    );
  });

  it("without quorum loses the disk and keeps the configuration when it destroys, as recorded", async () => {
    const lab = await labWithShared();
    await cli(lab, "pve3", "qm create 107 --name victim2 --memory 64 --scsi0 local-lvm:1");
    act(lab, "services/control", { node: "pve3", unit: "corosync", action: "stop" });
    run(lab, 5_000);
    expect(await cli(lab, "pve3", "qm start 107")).toMatchObject({
      output: "cluster not ready - no quorum?\n",
      status: 255,
    });
    const changed = await cli(lab, "pve3", "qm set 107 --memory 256");
    expect(changed.status).toBe(2);
    expect(changed.output).toMatch(
      /^update VM 107: -memory 256\nunable to open file '\/etc\/pve\/nodes\/pve3\/qemu-server\/107.conf.tmp.\d+' - Permission denied\n$/,
    );
    const destroyed = await cli(lab, "pve3", "qm destroy 107");
    expect(destroyed.status).toBe(255);
    expect(destroyed.output).toMatch(
      /unable to open file '\/etc\/pve\/nodes\/pve3\/qemu-server\/107.conf.tmp.\d+' - Permission denied\n$/,
    );
    expect((await cli(lab, "pve3", "qm config 107")).output).toContain("scsi0: local-lvm:vm-107-disk-0,size=1G");
    expect((await cli(lab, "pve3", "pvesm list local-lvm")).output).not.toContain("107");
    act(lab, "services/control", { node: "pve3", unit: "corosync", action: "start" });
    run(lab, 20_000);
    expect((await cli(lab, "pve3", "qm start 107")).output).toBe("no such logical volume pve/vm-107-disk-0\n");
  });

  it("stops a guest without quorum, and then cannot start it", async () => {
    const lab = await labWithShared();
    await cli(lab, "pve3", "qm create 102 --memory 64 --scsi0 shared:1");
    await cli(lab, "pve3", "qm start 102");
    act(lab, "services/control", { node: "pve3", unit: "corosync", action: "stop" });
    run(lab, 5_000);
    expect(await cli(lab, "pve3", "qm stop 102 --skiplock 0")).toMatchObject({ status: 0, output: "" });
    expect((await cli(lab, "pve3", "qm status 102")).output).toBe("status: stopped\n");
    expect((await cli(lab, "pve3", "qm start 102")).output).toBe("cluster not ready - no quorum?\n");
  });

  it("keeps memory of a running guest for its next start, and a reboot is a new process", async () => {
    const lab = await labWithShared();
    await cli(lab, "pve1", CREATE);
    await cli(lab, "pve1", "qm start 100");
    run(lab, 15_000);
    await cli(lab, "pve1", "qm set 100 --memory 256");
    expect((await cli(lab, "pve1", "qm pending 100")).output).toContain("cur memory: 128\nnew memory: 256\n");
    const before = (await cli(lab, "pve1", "qm status 100 --verbose")).output;
    expect(await cli(lab, "pve1", "qm reboot 100")).toMatchObject({ status: 0, output: "" });
    run(lab, 4_000);
    const after = (await cli(lab, "pve1", "qm status 100 --verbose")).output;
    expect(/pid: \d+/.exec(after)![0]).not.toBe(/pid: \d+/.exec(before)![0]);
    expect((await cli(lab, "pve1", "qm pending 100")).output).toContain("cur memory: 256\n");
    expect(lab.nodes.pve1!.tasks.slice(-2).map((task) => [task.type, task.exitStatus])).toEqual([
      ["qmreboot", "OK"],
      ["qmstart", "OK"],
    ]);
    await cli(lab, "pve1", "qm suspend 100");
    expect((await cli(lab, "pve1", "qm status 100 --verbose")).output).toMatch(/qmpstatus: paused\nstatus: running\n/);
    await cli(lab, "pve1", "qm resume 100");
    expect(await cli(lab, "pve1", "qm shutdown 100")).toMatchObject({ status: 0, output: "" });
    expect((await cli(lab, "pve1", "qm shutdown 100")).output).toBe("VM 100 not running\n\n");
  });

  it("lets the monitor end a migration that does not converge, and nothing else touch the guest", async () => {
    const lab = await labWithShared();
    await cli(lab, "pve1", "qm create 110 --memory 768 --net0 virtio,bridge=vmbr0 --scsi0 shared:1");
    await cli(lab, "pve1", "qm start 110");
    act(lab, "guests/workload", { vmid: 110, workload: "database", dirtyMibPerS: 60, workingSetMib: 300 });
    const { job } = act(lab, "guests/act", {
      node: "pve1",
      vmid: 110,
      action: "migrate",
      params: { target: "pve2", online: "1", bwlimit: "30720" },
      program: "qm",
    });
    run(lab, 40_000);
    expect((await cli(lab, "pve1", "qm config 110")).output).toContain("lock: migrate\n");
    const stopped = await cli(lab, "pve1", "qm stop 110");
    expect(stopped).toMatchObject({
      status: 4,
      output: "trying to acquire lock...\ncan't lock file '/var/lock/qemu-server/lock-110.conf' - got timeout\n",
    });
    const recorded = recording("g07b-knobs-during-migration");
    for (const question of ["info migrate", "info migrate_parameters", "info migrate_capabilities"]) {
      const at = recorded.indexOf(`qm> ${question}`) + 2;
      const end = recorded.findIndex((line, index) => index >= at && /^(?:qm>|lock: )/.test(line));
      const names = (lines: string[]) => lines.map((line) => line.split(":")[0]);
      const told = await cli(lab, "pve1", "qm monitor 110", `${question}\n`);
      expect(names(told.output.trimEnd().split("\n").slice(1))).toEqual(names(recorded.slice(at, end)));
    }
    const monitor = await cli(
      lab,
      "pve1",
      "qm monitor 110",
      "info migrate\nmigrate_set_parameter downtime-limit 12000\n",
    );
    expect(monitor.output).toContain("Migration status: active\n");
    run(lab, 10_000);
    const state = lab.nodes.pve1!.jobs.jobs.find((one) => one.id === job)!;
    expect(state).toMatchObject({ running: false, error: "" });
    expect(Number(/downtime (\d+) ms/.exec(state.output)![1])).toBeGreaterThan(500);
  });

  it("cannot start a guest while its server is cut off", async () => {
    const lab = await labWithShared();
    await cli(lab, "pve1", CREATE);
    act(lab, "storage/cut", { address: "10.99.7.5", node: "pve1", cut: true });
    expect((await cli(lab, "pve1", "qm start 100")).output).toBe("storage 'shared' is not online\n");
    expect((await cli(lab, "pve1", "pvesm status")).output).toMatch(/^shared +nfs +inactive +0 +0 +0 +0\.00%$/m);
    expect((await cli(lab, "pve2", "pvesm status")).output).toMatch(/^shared +nfs +active /m);
  });

  it("tells the preconditions of a migration through pvesh as recorded, storages alone", async () => {
    const lab = await labWithShared();
    await cli(lab, "pve1", "pvesm add dir only1 --path /var/lib/only1 --content images --nodes pve1");
    await cli(lab, "pve1", "qm create 108 --name only1vm --memory 64 --scsi0 only1:1");
    const all = recording("61-migrate-preconditions");
    const from = all.indexOf("{");
    const to = all.indexOf("}", from);
    const asked = await runProgram(
      lab,
      "pve1",
      pvesh,
      "pvesh get /nodes/pve1/qemu/108/migrate --output-format json-pretty".split(" "),
    );
    expect(asked.stdout).toBe(`${all.slice(from, to + 1).join("\n")}\n`);
    expect((await cli(lab, "pve1", "qm migrate 108 pve2")).output).toBe(
      "storage 'only1' is not available on node 'pve2'\n",
    );
    const moved = await cli(lab, "pve1", "qm migrate 108 pve2 --targetstorage local-lvm");
    expect(moved.output).toContain("found local disk 'only1:108/vm-108-disk-0.raw' (attached)\n");
    expect(moved.output).toContain("volume 'only1:108/vm-108-disk-0.raw' is 'local-lvm:vm-108-disk-0' on the target\n");
    expect(moved.status).toBe(0);
  });

  it("copies a local disk of a stopped guest with the recorded lines", async () => {
    const lab = await labWithShared();
    await cli(lab, "pve1", "pvesm add dir ldir --path /var/lib/ldir --content images,rootdir");
    await cli(lab, "pve1", "qm create 101 --name db1 --memory 128 --scsi0 ldir:1");
    const moved = await cli(lab, "pve1", "qm migrate 101 pve3");
    const all = recording("26-migrate-localdisk");
    const from = all.indexOf("root@pve2:~# qm shutdown 101 --timeout 5; qm stop 101; qm migrate 101 pve3") + 2;
    const shape = (lines: string[]) =>
      lines
        .map((line) => line.replace(/^[\d-]+ [\d:]+ /, ""))
        .filter((line) => !/^\d+ bytes .* \d+ s, /.test(line))
        .map((line) => line.replace(/copied, [\d.]+ s, [\d.]+ MB\/s|duration [\d:]+/, "#"));
    const recorded = shape(all.slice(from, from + 16));
    // What the receiving side counted in blocks of another size comes after it; the model has one side's figures.
    const received = recorded.findIndex((line) => /^\d+\+[1-9]\d* records in/.test(line));
    recorded.splice(received, 3);
    expect(shape(moved.output.trimEnd().split("\n"))).toEqual(recorded);
  });

  it("says of a guest that is not there what each command of a real node says, and exits as it does", async () => {
    const lab = freshLab(1);
    const unfound = "unable to find configuration file for VM 100 on node 'pve1'\n";
    const config = "Configuration file 'nodes/pve1/qemu-server/100.conf' does not exist\n";
    for (const [words, stderr, status] of [
      ["start 100", config, 255],
      ["stop 100", unfound, 255],
      ["shutdown 100", `${unfound}\n${unfound}`, 255],
      ["reboot 100", `${unfound}\n${unfound}`, 2],
      ["reset 100", unfound, 2],
      ["resume 100", unfound, 2],
      ["suspend 100", unfound, 2],
      ["wait 100", unfound, 2],
      ["sendkey 100 a", config, 2],
      ["terminal 100", config, 2],
      ["resize 100 scsi0 +1G", config, 0],
      ["destroy 100", config, 2],
      ["set 100", "no options specified\n", 255],
      ["guest exec 100", "command or input-data (or both) required\n", 255],
    ] as const) {
      expect({ words, ...(await runProgram(lab, "pve1", qm, ["qm", ...words.split(" ")])) }).toMatchObject({
        words,
        stdout: "",
        stderr,
        status,
      });
    }
    expect((await runProgram(lab, "pve1", qm, ["qm", "snapshot", "100", "a"])).stderr).toBe(
      "400 Parameter verification failed.\nsnapname: invalid format - invalid configuration ID 'a'\n\nqm snapshot <vmid> <snapname> [OPTIONS]\n",
    );
  });
});
