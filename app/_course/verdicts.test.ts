import { expect, it } from "vitest";
import type { CheckResult } from "../../gateway/protocol.ts";
import { checkId, stepLight, stepState } from "./verdicts.ts";

function result(outcome: CheckResult["outcome"]): CheckResult {
  return {
    key: "course/chapter/step/check",
    outcome,
    message: { id: "x" },
    evidence: [],
    weight: 1,
    judgedAtMs: 0,
    sinceMs: 0,
  };
}

it("a step nobody looked at is unchecked", () => {
  expect(stepState(undefined)).toBe("unchecked");
  expect(stepState({ step: "create", checks: [] })).toBe("unchecked");
});

it("a step once passed stays passed when it is no longer true", () => {
  const step = { step: "create", passedAtMs: 1, checks: [result("not-yet"), result("passed")] };
  expect(stepState(step)).toBe("passed");
  expect(stepLight(step, 2)).toBe("not-true-now");
});

it("a pass whose node does not answer is not known now", () => {
  const step = { step: "create", passedAtMs: 1, checks: [result("could-not-check"), result("passed")] };
  expect(stepLight(step, 2)).toBe("not-known-now");
  expect(stepLight({ ...step, checks: [] }, 2)).toBe("not-known-now");
});

it("a pass is true now only when every check passes", () => {
  const step = { step: "create", passedAtMs: 1, checks: [result("passed")] };
  expect(stepLight(step, 1)).toBe("true-now");
  expect(stepLight(step, 2)).toBe("not-known-now");
});

it("one check that could not be read names the step's state", () => {
  expect(stepState({ step: "create", checks: [result("not-yet"), result("could-not-check")] })).toBe("could-not-check");
});

it("a check's id is the end of its key", () => {
  expect(checkId(result("passed"))).toBe("check");
});
