/** Seeded faults on clusters of every kind; `npm run faults` does the same at length. */
import { describe, expect, it } from "vitest";
import { faultRun } from "./fault-run.ts";
import { faults } from "./fault-run-command.ts";

describe("random faults on clusters of every kind", () => {
  for (let i = 0; i < 24; i++) {
    const seed = `every kind/${i}`;
    it(`hold the invariants, seed "${seed}"`, () => {
      const { violation, cluster, done } = faultRun(seed, 10);
      expect(violation, `${cluster}: ${done.join("; ")}`).toBeUndefined();
    });
  }
  it("are the same for the same seed", () => {
    expect(faultRun("again", 8)).toEqual(faultRun("again", 8));
  });
});

describe("npm run faults", () => {
  it("replays one seed and counts", () => {
    const lines: string[] = [];
    expect(faults(["--seed", "every kind/0", "--faults", "3"], (line) => lines.push(line))).toBe(0);
    expect(lines.at(-1)).toMatch(/^1 runs, \d+ faults: 0 broke an invariant$/);
  });
});
