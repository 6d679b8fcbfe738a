import { expect, it } from "vitest";
import { capOf, type Design, designWords, judgeDesign } from "./alternatives.ts";

const designs = Object.keys(designWords) as Design[];

it("in a partition no design gives fresh reads and taken writes on both sides", () => {
  for (const design of designs) {
    const { left, right } = judgeDesign(design, "partition");
    const all = [left, right].every(({ reads, writes }) => reads === "fresh" && writes === "taken");
    expect(all, design).toBe(false);
  }
});

it("whoever takes writes on both sides of a partition has conflicts", () => {
  for (const design of designs) {
    const { left, right, conflict } = judgeDesign(design, "partition");
    expect(conflict, design).toBe(left.writes === "taken" && right.writes === "taken");
  }
});

it("a majority is CP, and merging later is AP", () => {
  expect([capOf("quorum-database"), capOf("ha-vm"), capOf("eventual"), capOf("virtual-ip")]).toEqual([
    "CP",
    "CP",
    "AP",
    "AP",
  ]);
});
