import { expect, test } from "vitest";
import { linearScale, logScale } from "./scale.ts";

test("a linear scale keeps distances in proportion, also where the drawing counts downwards", () => {
  const x = linearScale([-10, 190], [84, 626]);
  expect([x(-10), x(90), x(190)]).toEqual([84, 355, 626]);
  const y = linearScale([0, 1024], [190, 12]);
  expect([y(0), y(512), y(1024)]).toEqual([190, 101, 12]);
});

test("an axis names round values inside its domain", () => {
  expect(linearScale([-10, 190], [0, 1]).ticks(7)).toEqual([0, 20, 40, 60, 80, 100, 120, 140, 160, 180]);
  expect(linearScale([0, 11_400], [0, 1]).ticks(6)).toEqual([0, 2000, 4000, 6000, 8000, 10_000]);
  expect(linearScale([0, 1000], [0, 1]).ticks(6)).toEqual([0, 200, 400, 600, 800, 1000]);
  for (let to = 7; to < 100_000; to = Math.ceil(to * 1.37)) {
    const ticks = linearScale([0, to], [0, 1]).ticks(5);
    expect(ticks.length, `${to}`).toBeGreaterThanOrEqual(3);
    expect(ticks.length, `${to}`).toBeLessThanOrEqual(9);
    expect(ticks.at(-1), `${to}`).toBeLessThanOrEqual(to);
  }
});

test("a logarithmic scale puts equal ratios equally far apart and draws what is outside at its ends", () => {
  const x = logScale([1, 10_000], [0, 400]);
  expect(x(10)).toBeCloseTo(100);
  expect(x(100)).toBeCloseTo(200);
  expect([x(0.001), x(1e9)]).toEqual([0, 400]);
});
