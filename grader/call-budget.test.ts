import { describe, expect, it } from "vitest";
import { createCallBudget } from "./call-budget.ts";

function note(budget: ReturnType<typeof createCallBudget>, node: string, calls: number): void {
  for (let call = 0; call < calls; call++) budget.note(node);
}

describe("the budget of calls", () => {
  it("counts the calls of the last minute, for the node that was asked most", () => {
    let nowMs = 0;
    const budget = createCallBudget(30, () => nowMs);
    expect(budget.waitFor(30)).toBe(0);
    note(budget, "pve1", 20);
    note(budget, "pve2", 2);
    expect(budget.left()).toBe(10);
    nowMs = 10_000;
    note(budget, "pve1", 10);
    expect(budget.left()).toBe(0);
    expect(budget.waitFor(1)).toBe(50_000);
    expect(budget.waitFor(21)).toBe(60_000);
    nowMs = 60_000;
    expect(budget.left()).toBe(20);
    nowMs = 70_000;
    expect(budget.left()).toBe(30);
  });

  it("never asks to wait for more than a full budget", () => {
    let nowMs = 0;
    const budget = createCallBudget(30, () => nowMs);
    expect(budget.waitFor(500)).toBe(0);
    budget.note("pve1");
    expect(budget.waitFor(500)).toBe(60_000);
    nowMs = 60_000;
    expect(budget.waitFor(500)).toBe(0);
  });

  it("lets no minute have more than thirty, whenever it begins and however long it was quiet before", () => {
    let nowMs = 0;
    const budget = createCallBudget(30, () => nowMs);
    const sent: number[] = [];
    // Bursts of seven as soon as they are allowed, with quiet times of odd lengths between.
    for (let round = 0; round < 200; round++) {
      nowMs += budget.waitFor(7) + ((round * 7_919) % 100_000) * (round % 3);
      note(budget, "pve1", 7);
      for (let call = 0; call < 7; call++) sent.push(nowMs);
    }
    for (const [index, atMs] of sent.entries()) {
      expect(sent.slice(index).filter((other) => other < atMs + 60_000).length).toBeLessThanOrEqual(30);
    }
  });
});
