/** Seeded faults on whole clusters with writes to /etc/pve; `npm run faults -- --pmxcfs` does the same at length. */
import { describe, expect, it } from "vitest";
import { pmxcfsFaultRun } from "./pmxcfs-fault-run.ts";

describe("writes to /etc/pve under random faults", () => {
  // The named ones have once found something: a stranger's join that kept everybody gathering, a token placed by a
  // member's own configuration, a boot lost while the machine stood still.
  const seeds = ["p83", "p65", "p56", "p1233", ...Array.from({ length: 20 }, (_, index) => `files/${index}`)];
  for (const seed of seeds) {
    it(`hold the invariants, seed "${seed}"`, () => {
      const { violation, cluster, done } = pmxcfsFaultRun(seed, 25);
      expect(violation, `${cluster}: ${done.join("; ")}`).toBeUndefined();
    });
  }
  it("end in one ring also where a node that hung has the old nodelist, whose token is longer", () => {
    const { violation, done } = pmxcfsFaultRun("2026-11-29/68", 40);
    expect(violation, done.join("; ")).toBeUndefined();
  });
  it("are the same for the same seed", () => {
    expect(pmxcfsFaultRun("again", 8)).toEqual(pmxcfsFaultRun("again", 8));
  });
});
