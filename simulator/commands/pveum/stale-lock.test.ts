/** A lock that somebody left behind in /etc/pve/priv/lock. @source pve-cluster PVE/Cluster.pm cfs_lock; pmxcfs, recorded */
import { expect, it } from "vitest";
import { recordedLab } from "../../api/testing/recorded-scenario.ts";
import { run } from "../../cluster/testing/lab-steps.ts";
import { shellLine } from "../testing/shell-line.ts";

it.each([
  ["alone", "true"],
  ["in a cluster", "pvecm create lab"],
])("%s it is waited for in vain, and goes two minutes after it was last renewed", async (_, before) => {
  const lab = recordedLab(1);
  const cli = (line: string) => shellLine(lab, "pve1", line);
  await cli(before);
  run(lab, 30_000);
  expect(await cli("mkdir /etc/pve/priv/lock/file-user_cfg")).toEqual({ output: "", exit: 0 });
  const refused = await cli("pveum user add anna@pve");
  expect(refused.output).toMatch(
    /(?:trying to acquire cfs lock 'file-user_cfg' \.\.\.\n){8,9}create user failed: cfs-lock/,
  );
  expect(refused.output).toContain("error: got lock request timeout\n");
  run(lab, 60_000);
  expect(await cli("touch /etc/pve/priv/lock/file-user_cfg")).toEqual({ output: "", exit: 0 });
  run(lab, 80_000);
  expect((await cli("pveum user add anna@pve")).exit).not.toBe(0);
  run(lab, 60_000);
  expect(await cli("pveum user add anna@pve")).toMatchObject({ exit: 0 });
  expect((await cli("ls /etc/pve/priv/lock")).output).not.toContain("user_cfg");
});
