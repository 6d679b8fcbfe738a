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
    expect((await tool(lab, "hostnamectl set-hostname other")).stderr).toContain("is not modelled");
    expect((await tool(lab, "timedatectl show -p Timezone --value")).stdout).toBe("Etc/UTC\n");
    expect((await tool(lab, "timedatectl set-timezone Foo/Bar")).stderr).toBe(
      "Failed to set time zone: Invalid or not installed time zone 'Foo/Bar'\n",
    );
  });
});
