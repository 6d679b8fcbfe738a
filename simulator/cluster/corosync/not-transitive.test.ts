/** Networks in which two nodes that both reach a third do not reach each other: no ring lasts (FACTS 19). */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { act, advance } from "../stepping.ts";
import { logSince, nodeName, runningCluster, setPaths, untilMembers } from "./test-cluster.ts";
import { isQuorate } from "./view.ts";

interface RecordedRun {
  n: number;
  cuts: [number, number][];
  membershipsPerMinute: number[];
  quoratePercent: number[];
}

const RUNS: RecordedRun[] = JSON.parse(
  readFileSync(new URL("../../recordings/corosync/not-transitive.json", import.meta.url), "utf8"),
).runs;

/** As the recordings were counted. */
const BEGIN_MS = 15_000;
const RUN_MS = 135_000;
/** Odd, so that there is one in the middle: which of two patterns a run falls into is chance. */
const SEEDS = 5;
const APART = 0.15;

function run({ n, cuts }: RecordedRun, seed: string): { perMinute: number[]; quoratePercent: number[] } {
  const { lab, ids } = runningCluster(n, seed);
  for (const [a, b] of cuts) setPaths(lab, [[a], [b]], false);
  const beginMs = lab.nowMs + BEGIN_MS;
  advance(lab, beginMs);
  const quorate = ids.map(() => 0);
  const looks = RUN_MS / 100;
  for (let look = 0; look < looks; look++) {
    advance(lab, lab.nowMs + 100);
    for (const [index, id] of ids.entries()) if (isQuorate(lab, nodeName(id))) quorate[index]! += 100 / looks;
  }
  const formed = (id: number) => logSince(lab, id, beginMs).filter((line) => line.includes("A new membership")).length;
  return { perMinute: ids.map((id) => (formed(id) / RUN_MS) * 60_000), quoratePercent: quorate };
}

const middle = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

const cases = Map.groupBy(RUNS, ({ n, cuts }) => `${n} nodes without ${cuts.map((pair) => pair.join("-")).join(", ")}`);

describe("a cut that is not transitive", () => {
  it.each([...cases.keys()])("forms memberships as often as recorded, and the same nodes stay quorate: %s", (name) => {
    const recorded = cases.get(name)!;
    const ours = Array.from({ length: SEEDS }, (_, seed) => run(recorded[0]!, `transitive ${seed}`));
    for (let index = 0; index < recorded[0]!.n; index++) {
      const rates = recorded.map(({ membershipsPerMinute }) => membershipsPerMinute[index]!);
      const rate = middle(ours.map(({ perMinute }) => perMinute[index]!));
      expect(rate, `pve${index + 1}, a minute`).toBeGreaterThanOrEqual(Math.min(...rates) * (1 - APART));
      expect(rate, `pve${index + 1}, a minute`).toBeLessThanOrEqual(Math.max(...rates) * (1 + APART));
      const shares = recorded.map(({ quoratePercent }) => quoratePercent[index]!);
      const share = middle(ours.map(({ quoratePercent }) => quoratePercent[index]!));
      if (Math.min(...shares) >= 98) expect(share, `pve${index + 1}, quorate`).toBeGreaterThan(95);
      if (Math.max(...shares) <= 2) expect(share, `pve${index + 1}, quorate`).toBeLessThan(10);
    }
  });

  // Recorded of a path that is out in one direction alone: 12 or 13 a minute.
  it("never settles either when one direction alone is out, and settles within seconds when it is back", () => {
    for (const seed of ["partial", "nt0", "nt4"]) {
      const { lab, ids } = runningCluster(3, seed);
      act(lab, "network/set-path", { from: "pve1", to: "pve2", up: false, direction: "forward" });
      const cutMs = lab.nowMs;
      advance(lab, cutMs + 60_000);
      for (const id of ids) {
        const formed = logSince(lab, id, cutMs).filter((line) => line.includes("A new membership"));
        expect(formed.length, `seed ${seed}, pve${id}`).toBeGreaterThanOrEqual(10);
        expect(formed.length, `seed ${seed}, pve${id}`).toBeLessThanOrEqual(13);
      }
      expect(ids.map((id) => isQuorate(lab, nodeName(id)))).toEqual([false, true, true]);
      act(lab, "network/set-path", { from: "pve1", to: "pve2", up: true });
      expect(untilMembers(lab, [ids])).toBeLessThan(10_000);
    }
  });
});
