import { expect, it } from "vitest";
import { freshLab } from "../../cluster/testing/lab-steps.ts";
import { runProgram } from "../testing/run-program.ts";
import { shellLine } from "../testing/shell-line.ts";
import { pmxcfs } from "./pmxcfs.ts";

it.each([
  ["-x foo", "[main] crit: option parsing failed: Unknown option -x\n", 1],
  ["--nosuch", "[main] crit: option parsing failed: Unknown option --nosuch\n", 1],
  ["foo", "[main] crit: too many arguments\n", 255],
])("pmxcfs refuses %s as the real one", async (words, stderr, status) => {
  expect(await runProgram(freshLab(1), "pve1", pmxcfs, ["pmxcfs", ...words.split(" ")])).toMatchObject({
    stdout: "",
    stderr,
    status,
  });
});

it("pmxcfs says that it does not stay in the foreground, and starts no second one", async () => {
  const lab = freshLab(1);
  expect((await runProgram(lab, "pve1", pmxcfs, ["pmxcfs", "-f"])).stderr).toContain("'-f' is not modelled");
  const second = await runProgram(lab, "pve1", pmxcfs, ["pmxcfs", "-l"]);
  expect(second).toMatchObject({ status: 255, stderr: expect.stringContaining("unable to acquire pmxcfs lock") });
});

it("pmxcfs does not mount over what was written to /etc/pve while it was stopped, and does when that is gone", async () => {
  const lab = freshLab(1);
  const typed = async (line: string) => (await shellLine(lab, "pve1", line)).output;
  await typed("systemctl stop pve-cluster; touch /etc/pve/x");
  expect(await typed("systemctl start pve-cluster; systemctl is-active pve-cluster; ls /etc/pve")).toMatch(
    /^Job for pve-cluster.service failed[\s\S]*\nfailed\nx\n$/,
  );
  const journal = await typed("journalctl -u pve-cluster -o cat --no-pager");
  const lines = journal.split("\n");
  expect(lines.filter((line) => line === "fuse: mountpoint is not empty")).toHaveLength(5);
  expect(lines.filter((line) => line === "[main] crit: fuse_mount error: File exists")).toHaveLength(10);
  expect(await typed("pmxcfs -l; echo $?")).toMatch(
    /^\[main\] notice: resolved node name 'pve1' to '[\d.]+' for default node IP address\nfuse: mountpoint is not empty\nfuse: if you are sure this is safe, use the 'nonempty' mount option\n\[main\] crit: fuse_mount error: File exists\n\[main\] notice: exit proxmox configuration filesystem \(-1\)\n255\n$/,
  );
  await typed("rm /etc/pve/x; systemctl reset-failed pve-cluster");
  expect(await typed("systemctl start pve-cluster; systemctl is-active pve-cluster; ls -d /etc/pve/nodes")).toBe(
    "active\n/etc/pve/nodes\n",
  );
});
