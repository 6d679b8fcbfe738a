import { expect, it } from "vitest";
import type { CheckResult } from "../../gateway/protocol.ts";
import { merged } from "./chapter-feed.ts";

function result(check: string, outcome: CheckResult["outcome"]): CheckResult {
  return { key: `c/d/s/${check}`, outcome, message: { id: "x" }, evidence: [], weight: 1, judgedAtMs: 0, sinceMs: 0 };
}

it("a verdict that arrives replaces the one before, and the others stay", () => {
  const known = [{ step: "s", checks: [result("a", "not-yet"), result("b", "not-yet")] }];
  const [step] = merged(known, [{ step: "s", checks: [result("a", "passed")] }]);
  expect(step?.checks.map((check) => check.outcome)).toEqual(["passed", "not-yet"]);
});

it("a pass is never taken back by a later message", () => {
  const known = [{ step: "s", passedAtMs: 5, checks: [result("a", "passed")] }];
  const [step] = merged(known, [{ step: "s", checks: [result("a", "not-yet")] }]);
  expect(step?.passedAtMs).toBe(5);
});

it("a step heard of for the first time is added", () => {
  expect(merged([], [{ step: "s", checks: [] }]).map((step) => step.step)).toEqual(["s"]);
});
