import { expect, test } from "vitest";
import { act } from "../../cluster/stepping.ts";
import { clusterOf } from "../../cluster/testing/lab-steps.ts";
import { shellStreams } from "../testing/shell-line.ts";

test("a report has every section, with what each command prints now", async () => {
  const lab = clusterOf(2);
  await shellStreams(lab, "pve1", "qm create 123 --name reported --memory 64");
  const { stdout, stderr, exit } = await shellStreams(lab, "pve1", "pvereport");
  expect(exit).toBe(0);
  expect(stdout.match(/^==== .* ====$/gm)).toEqual(
    [
      ...["general system info", "overall system load info", "info about storage", "info about virtual guests"],
      ...["info about network", "info about firewall", "info about cluster", "info about jobs", "info about hardware"],
      ...["info about block devices", "info about volumes"],
    ].map((title) => `==== ${title} ====`),
  );
  const told = (await shellStreams(lab, "pve1", "pvs; cat /etc/pve/storage.cfg")).stdout.split(/^(?=\S)/m);
  expect(stdout).toContain(`\n# pvs\n${told[0]}`);
  expect(stdout).toContain(`\n# cat /etc/pve/storage.cfg\n${told.slice(1).join("")}`);
  expect(stdout).toContain("\n# cat /etc/pve/qemu-server/123.conf\n");
  expect(stdout).toContain("\nname: reported\n");
  expect(stdout).toContain("\n# cat /etc/pve/jobs.cfg\ncat: /etc/pve/jobs.cfg: No such file or directory\n");
  expect(stdout).toMatch(/^sda +\d+:0 +0 +96G +0 disk +0 +1 +512 +QEMU HARDDISK/m);
  expect(stderr).toMatch(/^Process hostname\.\.\.OK\nProcess date -R\.\.\.OK\n/);
});

test("a command that hangs is told, and the report goes on", async () => {
  const lab = clusterOf(2);
  await shellStreams(lab, "pve1", "pvesm add nfs shared --server 10.99.7.5 --export /export/guests --content images");
  act(lab, "storage/server", { address: "10.99.7.5", up: false });
  const { stdout } = await shellStreams(lab, "pve1", "pvereport");
  expect(stdout).toContain("\nERROR: command 'df --human -T' failed: got timeout\n");
  expect(stdout).toContain("\n==== info about volumes ====\n");
});
