/** Seeded faults on clusters of every kind; `npm run faults` does the same at length. */
import { describe, expect, it } from "vitest";
import { faultRun, mayKeepItsVote } from "./fault-run.ts";
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

describe("two quorate parts under lms", () => {
  const parts = (sizes: Record<string, number>) =>
    mayKeepItsVote(
      Object.keys(sizes),
      new Map(Object.entries(sizes).map(([ring, size]) => [ring, Array(size).fill(0)])),
    );
  it("are who kept the vote and a part that two which were refused became", () => {
    expect(parts({ "1.11": 1, "2.15": 2 })).toBe(true);
    expect(parts({ "3.1d": 3, "1.19": 2 })).toBe(true);
  });
  it("are nothing else: no node alone, no smaller part, no third", () => {
    expect(parts({ "1.11": 1, "2.15": 1 })).toBe(false);
    expect(parts({ "1.11": 3, "4.15": 2 })).toBe(false);
    expect(parts({ "1.11": 1, "2.15": 2, "4.19": 2 })).toBe(false);
  });
});

describe("npm run faults", () => {
  it("replays one seed and counts", () => {
    const lines: string[] = [];
    expect(faults(["--seed", "every kind/0", "--faults", "3"], (line) => lines.push(line))).toBe(0);
    expect(lines.at(-1)).toMatch(/^1 runs, \d+ faults: 0 broke an invariant$/);
  });

  it.each([[["--sede", "x"]], [["--runs", "none"]], [["--faults", "0"]]])("runs nothing for %j", (args) => {
    const lines: string[] = [];
    expect(faults(args, (line) => lines.push(line))).toBe(2);
    expect(lines).toEqual([expect.stringContaining("usage: npm run faults")]);
  });
});
