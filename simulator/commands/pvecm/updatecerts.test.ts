/** `pvecm updatecerts`. @source pve-cluster 8.1.3, typed alone, with a terminal (`keys`) and without; pvecm.pm for the wait */
import { expect, it } from "vitest";
import { recordedLab } from "../../api/testing/recorded-scenario.ts";
import { runProgram } from "../testing/run-program.ts";
import { shellLine } from "../testing/shell-line.ts";
import { pvecm } from "./pvecm.ts";

const REGENERATED = "(re)generate node files\nmerge authorized SSH keys\n";
const typed = (lab: ReturnType<typeof recordedLab>, ...words: string[]) =>
  runProgram(lab, "pve1", pvecm, ["pvecm", "updatecerts", ...words], { keys: "" });

it("a terminal alone shows what its worker does", async () => {
  const lab = recordedLab(1);
  expect(await typed(lab)).toMatchObject({ output: REGENERATED, status: 0 });
  expect(await typed(lab, "--silent")).toMatchObject({ output: "", status: 0 });
  expect(await shellLine(lab, "pve1", "pvecm updatecerts")).toEqual({ output: "", exit: 0 });
  expect((await typed(lab, "--force")).output).toContain("not modelled");
});

it("without quorum it waits, tells so every five seconds, and gives up after eighty", async () => {
  const lab = recordedLab(1);
  await shellLine(lab, "pve1", "pvecm create lab && systemctl stop corosync");
  const since = lab.nowMs;
  const given = await typed(lab);
  const waiting = given.output.match(/waiting for pmxcfs mount to appear and get quorate\.\.\.\n/g);
  expect(waiting).toHaveLength(16);
  expect(given.stderr).toMatch(/^got timeout when trying to ensure cluster certificates .* hung pmxcfs\?\n$/);
  expect(given.status).not.toBe(0);
  expect(lab.nowMs - since).toBeGreaterThanOrEqual(80_000);
  expect(lab.nowMs - since).toBeLessThan(82_000);
  expect(await typed(lab, "--silent")).toMatchObject({ stdout: "", stderr: given.stderr, status: 0 });
});
