import { expect, it } from "vitest";
import { atLeast, availability, downPerYear } from "./availability.ts";

it("three nodes need two: more often there than one alone, less often than any of three", () => {
  const answer = availability({ nodes: 3, node: 0.99, sharedHours: 0 });
  expect(answer.quorum).toBe(2);
  expect(answer.cluster).toBeCloseTo(0.999702, 6);
  expect(answer.cluster).toBeGreaterThan(answer.single);
  expect(answer.cluster).toBeLessThan(answer.anyOne);
});

it("two nodes need both: worse than one alone", () => {
  const answer = availability({ nodes: 2, node: 0.99, sharedHours: 0 });
  expect(answer.cluster).toBeCloseTo(0.9801, 6);
  expect(answer.cluster).toBeLessThan(answer.single);
});

it("four nodes are less often quorate than three", () => {
  const of = (nodes: number) => availability({ nodes, node: 0.99, sharedHours: 0 }).cluster;
  expect(of(4)).toBeLessThan(of(3));
  expect(of(5)).toBeGreaterThan(of(3));
});

it("nodes that work less than half of the time make a cluster worse than one of them", () => {
  expect(availability({ nodes: 5, node: 0.4, sharedHours: 0 }).cluster).toBeLessThan(0.4);
});

it("hours that hit all nodes at once are down for nine nodes as for one", () => {
  const downHours = (nodes: number) => (1 - availability({ nodes, node: 0.999, sharedHours: 24 }).cluster) * 8_766;
  expect(downHours(9)).toBeCloseTo(24, 1);
  expect(downHours(1)).toBeGreaterThan(24 + 8);
});

it("what needs all of two nodes and a cluster of two are the same thing, with and without a shared cause", () => {
  for (const sharedHours of [0, 48]) {
    const { cluster, all } = availability({ nodes: 2, node: 0.99, sharedHours });
    expect(cluster).toBeCloseTo(all, 12);
  }
});

it("the chances of all cases add up to one", () => {
  expect(atLeast(0, 7, 0.73)).toBeCloseTo(1, 12);
});

it("a share of the time is told as time down in a year", () => {
  expect([0.9, 0.99, 0.999, 0.99999, 0.9999999, 1 - 1e-12].map(downPerYear)).toEqual([
    "37 days",
    "4 days",
    "8 h 46 min",
    "5 min",
    "3 s",
    "under 1 s",
  ]);
});

it("time down is never told as sixty minutes or seconds", () => {
  const seconds = Array.from({ length: 25_000 }, (_, at) => at * 7);
  const told = seconds.map((down) => downPerYear(1 - down / (8_766 * 3_600)));
  expect(told.filter((words) => /\b60 (min|s)/.test(words))).toEqual([]);
});
