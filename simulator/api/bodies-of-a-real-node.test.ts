/**
 * What a real node answered (pve-manager 8.4.21, stand-alone, without QEMU) to root, to an auditor, to somebody without
 * rights, to tokens and to nobody, held against the simulated one: status line, texts and the whole body. Figures of the
 * host itself stand as their kind alone. What is not modelled is left out where the simulated node says so.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type RecordedStep, recordedLab, replaySteps } from "./testing/recorded-scenario.ts";

/** Known differences: the step, and why. */
const DIFFERENT: Record<string, string> = {
  "GET pve1 /nodes/pve1/replication/x": "the form of a job's id is not looked at",
};

const steps: RecordedStep[] = JSON.parse(
  readFileSync(new URL("../recordings/pve/sent/alone-bodies.json", import.meta.url), "utf8"),
);

test("a stand-alone node answers with the bodies of a real one", { timeout: 240_000 }, async () => {
  expect(steps.filter((step) => "path" in step).length).toBeGreaterThan(400);
  const found = (await replaySteps(recordedLab(1), steps)).filter(
    ({ seen }) => !/not modelled|not implemented/.test((seen as { status: string }).status),
  );
  expect(found.filter(({ step }) => !(step in DIFFERENT))).toEqual([]);
  expect(found.map(({ step }) => step)).toEqual(Object.keys(DIFFERENT));
});
