import { expect, it } from "vitest";
import { capOf, type Design, designWords, judgeDesign } from "./alternatives.ts";

const designs = Object.keys(designWords) as Design[];

it("in a partition every design either refuses somebody or lets somebody read old data, as its letters say", () => {
  for (const design of designs) {
    const { left, right } = judgeDesign(design, "partition");
    const reads = [left.reads, right.reads];
    expect(reads.includes("refused"), design).toBe(capOf(design) === "CP");
    expect(reads.includes("maybe old"), design).toBe(capOf(design) === "AP");
  }
});

it("whoever takes writes on both sides of a partition has conflicts", () => {
  for (const design of designs) {
    const { left, right, conflict } = judgeDesign(design, "partition");
    expect(conflict, design).toBe(left.writes === "taken" && right.writes === "taken");
  }
});

it("a majority is CP; merging later and name servers that go on answering are AP", () => {
  const letters = Object.fromEntries(designs.map((design) => [design, capOf(design)]));
  expect(letters).toEqual({
    ...{ "one-vm": "CP", "ha-vm": "CP", "quorum-database": "CP" },
    ...{ "live-live": "AP", "virtual-ip": "AP", eventual: "AP" },
  });
});

it("with one node lost only a design that merges later gives old data: the others have the newest, or nothing", () => {
  const old = designs.filter((design) => judgeDesign(design, "node-lost").right.reads === "maybe old");
  expect(old).toEqual(["eventual"]);
});

it("without trouble everybody reads new data", () => {
  for (const design of designs) {
    const { left, right } = judgeDesign(design, "none");
    expect([left.reads, right.reads], design).toEqual(["fresh", "fresh"]);
  }
});
