import { expect, it } from "vitest";
import type { StepProgress } from "../../gateway/protocol.ts";
import { english, wordsOf } from "../_words/catalogue.ts";
import { duration, percent, scoreNow } from "./exercise-words.ts";

it("a score is told in whole per cent, and is 100 only when everything is whole", () => {
  expect([0, 3 / 12, 0.996, 1].map(percent)).toEqual(["0 %", "25 %", "99 %", "100 %"]);
});

it("a time is told in hours and minutes", () => {
  expect([59_999, 60_000, 34 * 60_000, 60 * 60_000, 64 * 60_000].map((ms) => duration(wordsOf(english), ms))).toEqual([
    "less than a minute",
    "1 minute",
    "34 minutes",
    "1 hour",
    "1 hour 4 minutes",
  ]);
});

it("the score of now goes by the weight of the checks", () => {
  const checks = [
    { outcome: "passed", weight: 3 },
    { outcome: "not-yet", weight: 7 },
    { outcome: "could-not-check", weight: 2 },
  ];
  expect(scoreNow([{ step: "restore", checks } as unknown as StepProgress])).toBe(0.25);
  expect(scoreNow([])).toBe(0);
});
