/**
 * What Proxmox's own programs said (pve-manager 8.4.21 with its pmxcfs and corosync, without QEMU), typed again: output and
 * exit status, but for some that Perl took from an errno left behind (`~number`).
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type RecordedStep, recordedLab, replaySteps } from "../../api/testing/recorded-scenario.ts";

test.each([
  ["alone-commands", 1, 90],
  ["one-node-programs", 2, 250],
  ["cluster-commands", 3, 25],
  ["further-commands", 1, 40],
] as const)("%s print what they print on real nodes", { timeout: 120_000 }, async (name, nodes, least) => {
  const url = new URL(`../../recordings/pve/sent/${name}.json`, import.meta.url);
  const steps: RecordedStep[] = JSON.parse(readFileSync(url, "utf8"));
  expect(steps.filter((step) => "command" in step).length).toBeGreaterThan(least);
  expect(await replaySteps(recordedLab(nodes), steps)).toEqual([]);
});
