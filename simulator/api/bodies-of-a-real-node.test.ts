/**
 * What real nodes answered (pve-manager 8.4.21 with pmxcfs 8.1.3 and corosync 3.1.7, without QEMU) to root, to an auditor,
 * to somebody without rights, to tokens and to nobody, held against simulated ones: status line, texts and the whole body.
 * Figures of the host itself stand as their kind alone. What is not modelled is left out where the simulated node says so.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Difference, type RecordedStep, recordedLab, replaySteps } from "./testing/recorded-scenario.ts";

/** The recorded nodes were without zfsutils, which a Proxmox node has. */
const WITHOUT_ZFS = "GET pve1 /nodes/pve1/scan/zfs";

/** Known differences: the form of a job's id is not looked at where the index of a job is asked for. */
const DIFFERENT = [WITHOUT_ZFS, "GET pve1 /nodes/pve1/replication/x"];

/** What differs by the recorded host: how long it had run, and so how many points have figures (`endpoints/past-figures.test.ts`). */
const HOST = [
  "GET pve1 /nodes/pve1/qemu/101/rrddata?timeframe=hour",
  "GET pve1 /nodes/pve1/storage/local/rrddata?timeframe=hour",
  WITHOUT_ZFS,
];

const recording = (name: string): RecordedStep[] =>
  JSON.parse(readFileSync(new URL(`../recordings/pve/sent/${name}.json`, import.meta.url), "utf8"));

/** Without those that the simulated node says it does not model. */
async function differences(steps: RecordedStep[], nodes: number): Promise<Difference[]> {
  return (await replaySteps(recordedLab(nodes), steps)).filter(
    ({ seen }) => !/not modelled|not implemented/.test((seen as { status: string }).status),
  );
}

const requests = (steps: RecordedStep[]) => steps.filter((step) => "path" in step).length;

test("a stand-alone node answers with the bodies of a real one", { timeout: 240_000 }, async () => {
  const steps = recording("alone-bodies");
  expect(requests(steps)).toBeGreaterThan(400);
  const found = await differences(steps, 1);
  expect(found.filter(({ step }) => !DIFFERENT.includes(step))).toEqual([]);
  expect(found.map(({ step }) => step)).toEqual(DIFFERENT);
});

test("three nodes do: quorate, one without corosync, without pmxcfs, cut off, with votes forced, healed", {
  timeout: 240_000,
}, async () => {
  const steps = recording("three-nodes-bodies");
  expect(requests(steps)).toBeGreaterThan(230);
  const found = await differences(steps, 3);
  expect(found.filter(({ step }) => !HOST.includes(step))).toEqual([]);
  expect(found.map(({ step }) => step)).toEqual(HOST);
});
