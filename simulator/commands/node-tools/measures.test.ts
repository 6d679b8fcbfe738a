import { describe, expect, it } from "vitest";
import { clusterOf, freshLab } from "../../cluster/testing/lab-steps.ts";
import { allCommands } from "../commands.ts";
import { runProgram } from "../testing/run-program.ts";

const tool = (lab: Parameters<typeof runProgram>[0], line: string, node = "pve1") => {
  const argv = line.split(" ");
  return runProgram(lab, node, allCommands[argv[0]!]!.program, argv);
};

describe("what measures a node", () => {
  it("free: units, totals, rounds and refusals as procps has them", async () => {
    const lab = freshLab(1);
    expect((await tool(lab, "free -t")).stdout).toMatch(/\nTotal: {7}5242880 /);
    expect((await tool(lab, "free -wl")).stdout).toMatch(
      /shared {5}buffers {7}cache {3}available\n.*\nLow: .*\nHigh: {14}0 /,
    );
    expect((await tool(lab, "free --si -h")).stdout).toMatch(/Mem: {12}4\.3G/);
    expect((await tool(lab, "free -s 2 -c 3")).stdout.match(/^Mem:/gm)).toHaveLength(3);
    expect((await tool(lab, "free -x")).stderr).toMatch(/^free: invalid option -- 'x'\n\nUsage:\n free \[options\]\n/);
    expect((await tool(lab, "vmstat 1 3")).stdout.split("\n")).toHaveLength(6);
    expect((await tool(lab, "vmstat x")).stderr).toBe("vmstat: failed to parse argument: 'x': Invalid argument\n");
  });

  it("df: chosen types, fields, blocks and totals", async () => {
    const lab = clusterOf(1);
    expect((await tool(lab, "df -x tmpfs -x devtmpfs")).stdout.match(/\S+$/gm)).toEqual([
      "on",
      "/",
      "/boot/efi",
      "/etc/pve",
    ]);
    expect((await tool(lab, "df --output=target,fstype -t ext4")).stdout).toBe("Mounted on Type\n/          ext4\n");
    expect((await tool(lab, "df -BG /")).stdout).toMatch(/ 1G-blocks {2}Used Available Use% .*\n.* 28G {4}4G {7}24G /);
    expect((await tool(lab, "df -P /")).stdout).toMatch(/1024-blocks .* Capacity /);
    expect((await tool(lab, "df --total -h /")).stdout).toMatch(/\ntotal +28G .* -\n$/);
    expect(await tool(lab, "df -t nosuch")).toMatchObject({ status: 1, stderr: "df: no file systems processed\n" });
    expect((await tool(lab, "df --output=foo")).stderr).toBe(
      "df: option --output: field ‘foo’ unknown\nTry 'df --help' for more information.\n",
    );
    expect((await tool(lab, "stat -f /")).stdout).toMatch(/^ {2}File: "\/"\n.*Type: ext2\/ext3\nBlock size: 4096 /);
  });

  it("du: blocks, depths, what is left out, and refusals", async () => {
    const lab = clusterOf(1);
    expect((await tool(lab, "du -s --apparent-size /etc/corosync")).stdout).toMatch(/^\d+\t\/etc\/corosync\n$/);
    expect((await tool(lab, "du -S /etc/corosync")).stdout).toBe("4\t/etc/corosync/uidgid.d\n12\t/etc/corosync\n");
    expect((await tool(lab, "du --exclude=uidgid.d /etc/corosync")).stdout).toBe("12\t/etc/corosync\n");
    expect((await tool(lab, "du -xd1 /")).stdout).not.toMatch(/\/(?:proc|dev|sys)\n/);
    expect((await tool(lab, "du -d x /etc")).stderr).toBe(
      "du: invalid maximum depth ‘x’\nTry 'du --help' for more information.\n",
    );
    expect((await tool(lab, "du -sa /etc")).stderr).toContain("cannot both summarize and show all entries");
  });

  it("lscpu, lspci and nproc in their further forms", async () => {
    const lab = freshLab(1);
    const parsed = JSON.parse((await tool(lab, "lscpu -J")).stdout) as { lscpu: { field: string; data: string }[] };
    expect(parsed.lscpu.find((one) => one.field === "CPU(s):")?.data).toBe("2");
    expect((await tool(lab, "lscpu -e")).stdout.split("\n")).toHaveLength(4);
    expect((await tool(lab, "lspci -nnk -s 00:12.0")).stdout).toBe(
      "00:12.0 Ethernet controller [0200]: Red Hat, Inc. Virtio network device [1af4:1000]\n\tKernel driver in use: virtio-pci\n",
    );
    expect((await tool(lab, "lspci -v")).stderr).toContain("'-v' is not modelled");
    expect((await tool(lab, "nproc --ignore=1")).stdout).toBe("1\n");
  });

  it("date, who, hostnamectl and timedatectl in the forms that people try", async () => {
    const lab = freshLab(1);
    expect((await tool(lab, "date -Is")).stdout).toMatch(/^2026-11-23T00:05:\d\d\+00:00\n$/);
    expect((await tool(lab, "date -Iz")).stderr).toMatch(
      /^date: invalid argument ‘z’ for ‘--iso-8601’\nValid arguments are:\n/,
    );
    expect((await tool(lab, "who -b")).stdout).toBe("         system boot  2026-11-23 00:00\n");
    expect((await tool(lab, "who -r")).stdout).toBe("         run-level 5  2026-11-23 00:00\n");
    expect(JSON.parse((await tool(lab, "hostnamectl --json=short")).stdout)).toMatchObject({ StaticHostname: "pve1" });
    expect((await tool(lab, "hostnamectl foo")).stderr).toBe("Unknown command verb foo.\n");
    expect((await tool(lab, "hostnamectl set-chassis server")).stderr).toContain("is not modelled");
    expect((await tool(lab, "timedatectl show -p Timezone --value")).stdout).toBe("Etc/UTC\n");
    expect((await tool(lab, "timedatectl set-timezone Foo/Bar")).stderr).toBe(
      "Failed to set time zone: Invalid or not installed time zone 'Foo/Bar'\n",
    );
  });
});
