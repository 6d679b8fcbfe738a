import { expect, it } from "vitest";
import { readingMinutes, sittings } from "./course-time.ts";

it("a sitting takes chapters in their order as long as they fit, and not one more", () => {
  const chapters = [60, 60, 1, 119, 130, 10].map((minutes) => ({ minutes }));
  expect(sittings(chapters).map((sitting) => sitting.map(({ minutes }) => minutes))).toEqual([
    [60, 60],
    [1, 119],
    [130],
    [10],
  ]);
  expect(sittings([])).toEqual([]);
});

it("a text of 1,400 words takes ten minutes", () => {
  expect(readingMinutes(1_400)).toBe(10);
});
