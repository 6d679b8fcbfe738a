import { expect, test } from "vitest";
import { freeSlot, furtherFrom, isTabOf, shellTabs } from "./shell-tabs.ts";

test("further shells stand beside their node's first", () => {
  expect(shellTabs(["pve1", "pve2"], { pve1: ["2", "3"], gone: ["2"] }).map(({ name }) => name)).toEqual([
    ...["pve1", "pve1 (2)", "pve1 (3)", "pve2"],
  ]);
});

test("a tab is known to be on its node, and on no other whose name begins alike", () => {
  expect(isTabOf("pve1 (2)", "pve1")).toBe(true);
  expect(isTabOf("pve10", "pve1")).toBe(false);
  expect(isTabOf(undefined, "pve1")).toBe(false);
});

test("the lowest free slot is taken, and no more than a node may have", () => {
  expect(freeSlot([])).toBe("2");
  expect(freeSlot(["2", "4"])).toBe("3");
  expect(freeSlot(["2", "3", "4"])).toBeUndefined();
});

test("what a browser kept is read with care", () => {
  expect(furtherFrom({ pve1: ["3", "2", "2", "99", 4], pve2: "no" })).toEqual({ pve1: ["2", "3"], pve2: [] });
  expect(furtherFrom(null)).toEqual({});
});
