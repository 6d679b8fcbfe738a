import { expect, it } from "vitest";
import type { RegradeResult } from "../../../grader/judge-again.ts";
import { shownRegrades } from "./shown-regrades.ts";

const result: RegradeResult = {
  ...{ format: 1, graderVersion: "2", people: 2, judgements: 7, unread: 0 },
  changes: [
    {
      personId: "p1",
      stepKey: "c/one/a",
      kind: "passes-now",
      checks: [{ key: "c/one/a/k", was: "not-yet", now: "passed" }],
    },
    {
      personId: "gone",
      stepKey: "c/old/s",
      kind: "stays",
      checks: [{ key: "c/old/s/k", was: "none", now: "not-yet" }],
    },
  ],
};
const row = {
  ...{ id: "r", classId: "x", keyPrefix: "c/one", askedById: "t", askedAt: new Date(0) },
  ...{ finishedAt: new Date(1), result, trouble: null },
};
const names = {
  students: new Map([["p1", "Ada"]]),
  people: new Map([["t", "Ina"]]),
  titles: new Map([
    ["c/one", "First"],
    ["c/one/a", "Step A"],
  ]),
};

it("a class judged again is told with names and titles, and what is gone by what is left of it", () => {
  expect(shownRegrades([row], names)).toMatchObject([
    {
      ...{ of: "First", by: "Ina", done: true, judgements: 7, trouble: undefined },
      changes: [
        { student: "Ada", step: "Step A", kind: "passes-now", checks: ["k: not yet, now passed"] },
        { student: "somebody who left", step: "c/old/s", kind: "stays", checks: ["k: not judged, now not yet"] },
      ],
    },
  ]);
  const waiting = { ...row, finishedAt: null, result: null, askedById: null };
  expect(shownRegrades([waiting], names)).toMatchObject([{ done: false, by: "an instructor", changes: [] }]);
});
