import { describe, expect, it } from "vitest";
import { isQuorate } from "./checks/agreement.ts";
import { lab } from "./checks/sample-lab.ts";
import { type Sample, survivors, withoutAnswer } from "./mutants.ts";

const member = { cluster: "lab", members: ["pve1", "pve2"] };
const right = lab({ pve1: member, pve2: member });
const fresh = lab({ pve1: "alone", pve2: "alone" });
const check = isQuorate({ nodes: ["pve1", "pve2"] });
const sample = (observation: typeof right, expected: Sample["expected"]): Sample => ({
  ...{ case: "sample", key: "step/check", expected },
  context: { observation, history: [], variables: {} },
});

describe("mutants of a check", () => {
  const checks = new Map([["step/check", check]]);
  it("survive where the proof lacks the state that tells", () => {
    expect(survivors(checks, [sample(right, "passed")], right)).toEqual([
      "step/check that always passes",
      "step/check that ignores pve1",
      "step/check that ignores pve2",
    ]);
    expect(survivors(checks, [sample(fresh, "not-yet")], right)).toEqual([]);
  });
  it("that ignore a node are told by a proof in which that node does not answer", () => {
    const dead = ["pve1", "pve2"].map((node) => sample(withoutAnswer(right, node, "dead"), "could-not-check"));
    expect(survivors(checks, [sample(right, "passed"), sample(fresh, "not-yet"), ...dead], right)).toEqual([]);
  });
});
